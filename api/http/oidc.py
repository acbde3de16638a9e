"""Signing in at an identity provider: there, with a cookie that binds the journey to this browser, and back."""

import secrets
from urllib.parse import quote, urlencode
from uuid import UUID

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from api.house import House, house
from api.http.entering import HERE, IDENTITY_PROVIDER, after, checked, client_of, merged, name_of, told, with_cookie
from api.http.pages import page, text
from leadwell import accounts
from leadwell.access import oidc, sessions
from leadwell.access.refusals import ChooseWorkspace
from leadwell.access.sessions import Opened
from leadwell.access.tokens import digest
from leadwell.base.actor import Actor
from leadwell.base.ids import BadId, decode_id
from leadwell.base.refusals import Refusal

COOKIE = "__Host-leadwell-journey"
FREE = 60


async def start(request: Request) -> Response:
    """?provider= of the page's links, ?workspace= its slug, ?invitation= the token of one, ?next= where to go afterwards."""
    here, asked = house(request), request.query_params
    invitation = asked.get("invitation")
    if invitation and request.headers.get("sec-fetch-site", "same-origin") != "same-origin":   # nobody takes one without having seen its page
        return RedirectResponse(f"/welcome/{quote(invitation, safe='')}", 303)
    try:
        await sessions.attempt(here.kit.db, _counted(request), FREE)
        workspace = (await accounts.invited(here.kit.db, invitation)).workspace_id if invitation else await _workspace(here, asked.get("workspace"))
        provider = await _provider(here, checked(asked.get("provider"), "provider"), workspace)
        setting, browser = oidc.Setting(workspace, invitation, after(request, asked.get("next"))), secrets.token_urlsafe(32)
        address = await oidc.begin(here.kit.db, here.kit.issuers, provider, setting, public_url=here.settings.public_url, browser=browser)
    except Refusal as refusal:
        return told(refusal, "Sign in")
    response = RedirectResponse(address, 303)
    response.set_cookie(COOKIE, browser, max_age=600, path="/", secure=True, httponly=True, samesite="lax")
    return response


async def callback(request: Request) -> Response:
    """Where providers send people back to: a session, or a page that says why not. Coming a second time is refused."""
    here, journey = house(request), None
    try:
        journey = await oidc.take(here.kit.db, checked(request.query_params.get("state"), "state"), request.cookies.get(COOKIE, ""))
        response = with_cookie(request, RedirectResponse(journey.setting.next, 303), await _entered(request, here, journey))
        await here.kit.db.control("SELECT lw_sign_in_succeeded($1, false)", _counted(request))
    except ChooseWorkspace as several:
        assert journey is not None
        response = _choice(journey, several)
    except Refusal as refusal:
        response = told(refusal, "Sign in")
    response.delete_cookie(COOKIE, path="/", secure=True, httponly=True, samesite="lax")
    return response


async def _entered(request: Request, here: House, journey: oidc.Journey) -> Opened:
    asked, db, settings = request.query_params, here.kit.db, here.settings
    if "error" in asked:
        word = asked["error"]
        raise oidc.ProviderSaidNo(why=f"it says {word}." if word.replace("_", "").isalnum() and len(word) < 60 else "it gives no reason.")
    provider = await _provider(here, name_of(journey.provider), journey.setting.workspace)
    if provider.issuer != journey.issuer:
        raise oidc.ProviderUnknown()
    code = checked(asked.get("code"), "code")
    claims = await oidc.redeem(here.kit.issuers, journey, provider, code, public_url=settings.public_url, said_by=asked.get("iss"))
    if journey.setting.invitation:
        return await accounts.accept_by(db, journey.setting.invitation, claims, client_of(request))
    return await oidc.enter(db, oidc.Entry(claims, provider, journey.setting.workspace), client_of(request), settings)


async def _workspace(here: House, slug: str | None) -> UUID | None:
    found = (await here.kit.db.control("SELECT lw_workspace_by_slug($1) AS id", checked(slug, "workspace")))[0]["id"] if slug else None
    if slug and found is None:
        raise oidc.ProviderUnknown()
    return found


async def _provider(here: House, name: str, workspace: UUID | None) -> oidc.Provider:
    """The provider that an address names; ProviderUnknown, also for one of another workspace."""
    installed = oidc.installed(here.settings)
    if name == HERE and installed:
        return installed
    try:
        tag, id = decode_id(name)
    except BadId:
        raise oidc.ProviderUnknown() from None
    if tag == IDENTITY_PROVIDER and workspace is not None:
        async with here.kit.db.read(Actor.system(workspace)) as tx:
            for provider in merged([], await oidc.of_workspace(tx, here.settings)):
                if provider.id == id:
                    return provider
    raise oidc.ProviderUnknown()


def _choice(journey: oidc.Journey, several: ChooseWorkspace) -> Response:
    """One link for each workspace; at the provider they are signed in already."""
    def address(slug: str) -> str:
        given = {"provider": name_of(journey.provider), "workspace": slug, "next": journey.setting.next}
        return "/auth/oidc/start?" + urlencode(given)

    items = "".join(f'<li><a class="way" href="{text(address(slug))}">{text(slug)}</a></li>' for slug in several.params["workspaces"])
    return page("Choose a workspace", f'<h1>{text(several.message)}</h1><ul class="ways">{items}</ul>', style="sign-in.css")


def _counted(request: Request) -> bytes:
    return digest(f"oidc:{request.client.host if request.client else ''}")


routes: list[BaseRoute] = [Route("/auth/oidc/start", start, methods=["GET"]), Route("/auth/oidc/callback", callback, methods=["GET"])]
