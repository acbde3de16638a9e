"""Signing in with a password or a one-time link, and out again; and the page that offers every way in."""

from typing import Any
from urllib.parse import urlencode

import orjson
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from api.errors import BadRequest, UnsupportedMedia
from api.guard import refusal_response
from api.house import bearer, cookie_name, house
from api.http.entering import after, checked, client_of, name_of, own_page, ways_in, with_cookie
from api.http.pages import page, text
from leadwell.access import oidc, sessions
from leadwell.access.refusals import LinkSpent, WrongPassword


async def sign_in(request: Request) -> Response:
    """{"email", "password", "workspace"?, "bearer"?} → a session cookie, or with bearer: true the token itself."""
    here, given = house(request), await _json(request)
    own_page(request)
    email, password = checked(given.get("email"), "email"), checked(given.get("password"), "password")
    workspace = given.get("workspace") and checked(given.get("workspace"), "workspace")
    client = client_of(request)
    try:
        opened = await sessions.sign_in(here.kit.db, email, password, workspace=workspace, client=client)
    except WrongPassword as wrong:
        refused = await refusal_response(request, wrong)
        refused.background = BackgroundTask(sessions.note_failure, here.kit.db, email, client)   # known and unknown addresses are answered alike
        return refused
    viewer = await here.credentials.viewer(opened.token)
    answer: dict[str, Any] = {"workspace": str(opened.workspace), "user": {"name": viewer.name, "role": viewer.role}, "expiresIn": opened.seconds}
    if given.get("bearer") is True:
        return JSONResponse(answer | {"token": opened.token})
    return with_cookie(request, JSONResponse(answer), opened)


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
    own_page(request)
    try:
        opened = await sessions.follow_link(here.kit.db, request.path_params["token"], client_of(request))
    except LinkSpent as spent:
        told = f'<h1>{text(spent.message)}</h1><p>{text(spent.fix)}</p><p><a href="/sign-in">Sign in with a password</a></p>'
        return page("Link used up", told, status=spent.status)
    return with_cookie(request, RedirectResponse("/", 303), opened)


async def sign_in_page(request: Request) -> Response:
    """Every way in, for people: identity providers, those of ?workspace= too, and the form for passwords. ?token= leads to the page of the link."""
    if token := request.query_params.get("token"):
        return RedirectResponse(f"/auth/link/{token}" if token.replace("-", "").replace("_", "").isalnum() else "/sign-in", 303)
    slug, where = request.query_params.get("workspace", "")[:100].replace("\0", ""), after(request, request.query_params.get("next"))
    ways = await ways_in(request, slug)
    none = bool(slug) and all(one.id is None for one in ways)   # the same whether there is such a workspace or not
    said = '<p role="status">Nobody signs in to a workspace of that name by a company\'s account.</p>' if none else ""
    return page("Sign in", (
        f'<h1>Leadwell</h1>{said}{_buttons(ways, slug, where)}'
        f'<form id="sign-in" data-next="{text(where)}">'
        '<label>E-mail <input name="email" type="email" autocomplete="username" required autofocus></label>'
        '<label>Password <input name="password" type="password" autocomplete="current-password" required></label>'
        '<label hidden>Workspace <select name="workspace"></select></label>'
        '<button>Sign in</button> <a href="/forgot">Forgot your password?</a><p role="alert"></p></form>'
        f'<details{" open" if none else ""}><summary>Sign in with your company\'s account</summary><form method="get" action="/sign-in">'
        f'<label>Workspace <input name="workspace" autocomplete="organization" required value="{text(slug)}"></label><button>Show</button></form></details>'
        ), script="sign-in.js", style="sign-in.css")


def _buttons(providers: list[oidc.Provider], slug: str, where: str) -> str:
    """One link for each provider; none where there is none."""
    def address(provider: oidc.Provider) -> str:
        given = {"provider": name_of(provider.id), "workspace": slug if provider.id else "", "next": where if where != "/" else ""}
        return "/auth/oidc/start?" + urlencode({name: value for name, value in given.items() if value})

    items = "".join(f'<li><a class="way" href="{text(address(one))}">{text(one.name)}</a></li>' for one in providers)
    return f'<nav aria-label="Other ways to sign in"><ul class="ways">{items}</ul></nav>' if items else ""


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


routes: list[BaseRoute] = [
    Route("/auth/sign-in", sign_in, methods=["POST"]),
    Route("/auth/sign-out", sign_out, methods=["POST"]),
    Route("/auth/link/{token:str}", link, methods=["GET"]),
    Route("/auth/link/{token:str}", follow_link, methods=["POST"]),
    Route("/sign-in", sign_in_page, methods=["GET"]),
]
