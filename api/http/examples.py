"""/examples/spa: the example of a single-page app, built, for development."""

from pathlib import Path

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from api.http.pages import CSP
from leadwell.base.refusals import NotFound

SPA = Path(__file__).parents[2] / "examples" / "spa" / "dist"


class Built(StaticFiles):
    """Files whose names carry a hash may be kept; the page that names them is asked for again."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        if scope["app"].state.settings.production:
            raise NotFound(noun="address")
        response = await super().get_response(path, scope)
        response.headers["cache-control"] = "public, max-age=31536000, immutable" if path.startswith("assets/") else "no-cache"
        response.headers["content-security-policy"] = CSP
        return response


async def slash(request: Request) -> Response:
    return RedirectResponse(f"{request.url.path}/", 303)


routes: list[BaseRoute] = [Route("/examples/spa", slash, methods=["GET"]), Mount("/examples/spa", Built(directory=SPA, html=True, check_dir=False))]
