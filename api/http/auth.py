"""Signing in with a password or a one-time link, and out again."""

from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from api.errors import BadRequest, ForeignOrigin, UnsupportedMedia
from api.house import bearer, cookie_name, house
from api.http.pages import page, text
from leadwell.access import sessions
from leadwell.access.refusals import LinkSpent
from leadwell.access.sessions import Opened


async def sign_in(request: Request) -> Response:
    """{"email", "password", "workspace"?, "bearer"?} → a session cookie, or with bearer: true the token itself."""
    here, given = house(request), await _json(request)
    _own_page(request)
    opened = await sessions.sign_in(
        here.kit.db, _text(given, "email"), _text(given, "password"), workspace=given.get("workspace") and _text(given, "workspace"),
        address=request.client.host if request.client else "", user_agent=request.headers.get("user-agent", ""))
    viewer = await here.credentials.viewer(opened.token)
    answer: dict[str, Any] = {"workspace": str(opened.workspace), "user": {"name": viewer.name, "role": viewer.role}, "expiresIn": opened.seconds}
    if given.get("bearer") is True:
        return JSONResponse(answer | {"token": opened.token})
    return _with_cookie(request, JSONResponse(answer), opened)


async def sign_out(request: Request) -> Response:
    """Ends the session of the cookie or bearer token. Without one there is nothing to do."""
    here = house(request)
    cookie = request.cookies.get(cookie_name(here.settings))
    if cookie:
        here.same_site(request)
    for token in filter(None, (cookie, bearer(request))):
        await sessions.sign_out(here.kit.db, token)
        here.credentials.forget(token)
    response = Response(status_code=204)
    response.delete_cookie(cookie_name(here.settings), path="/", secure=True, httponly=True, samesite="lax")
    return response


async def link(request: Request) -> Response:
    """The page of a one-time link. Reading it changes nothing, so that whoever looks ahead, a mail scanner or a browser, does not use it up."""
    return page("Signing in", (
        '<h1>Leadwell</h1><p>This link signs you in once.</p>'
        f'<form method="post" action="/auth/link/{text(request.path_params["token"])}"><button autofocus>Sign in</button></form>'), script="link.js")


async def follow_link(request: Request) -> Response:
    here = house(request)
    _own_page(request)
    try:
        opened = await sessions.follow_link(here.kit.db, request.path_params["token"], user_agent=request.headers.get("user-agent", ""))
    except LinkSpent as spent:
        told = f'<h1>{text(spent.message)}</h1><p>{text(spent.fix)}</p><p><a href="/sign-in">Sign in with a password</a></p>'
        return page("Link used up", told, status=spent.status)
    return _with_cookie(request, RedirectResponse("/", 303), opened)


async def sign_in_page(request: Request) -> Response:
    """A form for people; ?token= leads to the page of the link."""
    if token := request.query_params.get("token"):
        return RedirectResponse(f"/auth/link/{token}" if token.replace("-", "").replace("_", "").isalnum() else "/sign-in", 303)
    return page("Sign in", (
        '<h1>Leadwell</h1><form id="sign-in"><label>E-mail <input name="email" type="email" autocomplete="username" required autofocus></label>'
        '<label>Password <input name="password" type="password" autocomplete="current-password" required></label>'
        '<label hidden>Workspace <select name="workspace"></select></label>'
        '<button>Sign in</button><p role="alert"></p></form>'), script="sign-in.js")


def _with_cookie(request: Request, response: Response, opened: Opened) -> Response:
    response.set_cookie(
        cookie_name(house(request).settings), opened.token, max_age=opened.seconds, path="/", secure=True, httponly=True, samesite="lax")
    return response


def _own_page(request: Request) -> None:
    """A foreign page must not sign its visitor in as somebody else."""
    origin = request.headers.get("origin")
    if origin is not None and not house(request).listed(origin, request.headers.get("host", "")):
        raise ForeignOrigin(origin=origin[:200])


async def _json(request: Request) -> dict[str, Any]:
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise UnsupportedMedia(wanted="application/json in UTF-8")
    try:
        data = orjson.loads(await request.body())
    except orjson.JSONDecodeError:
        raise BadRequest(problem="the body is no JSON in UTF-8") from None
    if not isinstance(data, dict):
        raise BadRequest(problem="the body is no JSON object")
    return data  # pyright: ignore[reportUnknownVariableType]


def _text(given: dict[str, Any], name: str) -> str:
    value = given.get(name)
    if not isinstance(value, str) or not value or "\0" in value or len(value) > 1024:
        raise BadRequest(field=name, problem=f"{name} is missing, or no text of at most 1,024 characters")
    return value


routes: list[BaseRoute] = [
    Route("/auth/sign-in", sign_in, methods=["POST"]),
    Route("/auth/sign-out", sign_out, methods=["POST"]),
    Route("/auth/link/{token:str}", link, methods=["GET"]),
    Route("/auth/link/{token:str}", follow_link, methods=["POST"]),
    Route("/sign-in", sign_in_page, methods=["GET"]),
]
