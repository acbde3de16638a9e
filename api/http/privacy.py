"""GET /privacy/{token}: the file of an access export, for whoever was given the link."""

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from api.house import house, peer
from api.meter import TAKE
from leadwell import privacy


async def download(request: Request) -> Response:
    """The ZIP; the token in the path is the permission, and runs out. That it was opened, and from where, stands in the audit."""
    here = house(request)
    here.charge(request, None, TAKE)
    size, stream = await privacy.access.opened(here.kit.db, request.path_params["token"], peer(request))
    headers = {"content-disposition": 'attachment; filename="your-data.zip"', "content-length": str(size), "cache-control": "no-store"}
    return StreamingResponse(stream, media_type="application/zip", headers=headers)


routes: list[BaseRoute] = [Route("/privacy/{token}", download, methods=["GET"])]
