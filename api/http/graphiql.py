"""/: GraphiQL from our own files, and the files of all our pages."""

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from api.house import house
from api.http.pages import CSP, STATIC

# GraphiQL's editor writes style elements, and starts its language worker from a blob of its own; nothing comes from elsewhere.
EDITOR = CSP.replace("style-src 'self'", "style-src 'self' 'unsafe-inline'").replace("script-src 'self'", "script-src 'self'; worker-src 'self' blob:")


async def graphiql(request: Request) -> Response:
    """For everybody in development; in production for who is signed in."""
    here = house(request)
    if here.settings.production and (await here.caller(request))[0] is None:
        return RedirectResponse("/sign-in", 303)
    return HTMLResponse((STATIC / "graphiql" / "index.html").read_text(encoding="utf-8"), headers={"content-security-policy": EDITOR})


class Files(StaticFiles):
    """Names of built files carry a hash, so they may be kept; the others are asked for again."""

    async def get_response(self, path: str, scope: dict[str, object]) -> Response:  # type: ignore[override]
        response = await super().get_response(path, scope)  # type: ignore[arg-type]
        kept = path.startswith("graphiql/assets/")
        response.headers["cache-control"] = "public, max-age=31536000, immutable" if kept else "no-cache"
        return response


routes: list[BaseRoute] = [Route("/", graphiql, methods=["GET"]), Mount("/static", Files(directory=STATIC))]
