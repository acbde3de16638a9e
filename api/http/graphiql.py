"""/: GraphiQL from our own files, and the files of all our pages."""

import mimetypes

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from api.house import house
from api.http.pages import CSP, STATIC

# GraphiQL's editor writes style elements. Its workers are files of ours; nothing comes from elsewhere.
EDITOR = CSP.replace("style-src 'self'", "style-src 'self' 'unsafe-inline'").replace("script-src 'self'", "script-src 'self'; worker-src 'self'")


async def graphiql(request: Request) -> Response:
    """For everybody in development; in production for who is signed in."""
    here = house(request)
    if here.settings.production and (await here.caller(request))[0] is None:
        return RedirectResponse("/sign-in", 303)
    return HTMLResponse((STATIC / "graphiql" / "index.html").read_text(encoding="utf-8"), headers={"content-security-policy": EDITOR})


class Files(StaticFiles):
    """The editor's files lie compressed, under names that carry a hash, so they are sent as they are and may be kept; the others are asked for again."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        packed = path.startswith("graphiql/assets/")
        response = await super().get_response(path + ".gz" if packed else path, scope)
        if packed:
            response.headers["content-type"] = mimetypes.guess_type(path)[0] or "application/octet-stream"
            response.headers["content-encoding"] = "gzip"
        response.headers["cache-control"] = "public, max-age=31536000, immutable" if packed else "no-cache"
        response.headers["content-security-policy"] = EDITOR
        return response


routes: list[BaseRoute] = [Route("/", graphiql, methods=["GET"]), Mount("/static", Files(directory=STATIC))]
