"""/openapi.json: the REST doors, described for programs."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route


async def describe(request: Request) -> Response:
    """OpenAPI 3.1; made when it is first asked for."""
    from api.http.openapi.document import text

    return Response(text(), media_type="application/json", headers={"access-control-allow-origin": "*"})


routes: list[BaseRoute] = [Route("/openapi.json", describe, methods=["GET"])]
