"""The page of a double opt-in: looking at it changes nothing, because scanners look too; the button does."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from api.house import house
from api.http.capture import THANKS, ip_of
from api.http.pages import CSP, page, text
from leadwell import capture
from leadwell.base.actor import Actor
from leadwell.base.refusals import Refusal
from leadwell.base.secrets import BadToken


async def show(request: Request) -> Response:
    """Asks. Answers HEAD too."""
    try:
        link = capture.read_opt_in(request.path_params["token"])
        async with house(request).kit.db.read(Actor(link.workspace, "PERSON")) as tx:
            found = await capture.opt_in_shown(tx, link.id)
    except BadToken as bad:
        return _told(bad)
    if found is None:
        return _told(BadToken())
    if found["confirmed_at"]:
        return page("Confirmed", f'<h1>Confirmed</h1><p role="status">{text(found["thank_you"] or THANKS)}</p>', style="form.css")
    if found["is_over"]:
        return _told(capture.OptInExpired(until=f"{found['expires_at']:%Y-%m-%d %H:%M} UTC"))
    asked = f"Did you fill in “{text(found['form_name'])}” with the address {text(found['address'])}?"
    shown = page("Please confirm", (
        f'<h1>Please confirm</h1><p>{asked}</p><form method="post" action="/confirm/{text(request.path_params["token"])}">'
        "<p><button>Yes, it was me</button></p></form><p class=\"hint\">If it was not you, close this page; nothing happens then.</p>"), style="form.css")
    goes = capture.origin_of(found["redirect_url"])
    shown.headers["content-security-policy"] = CSP.replace("form-action 'self'", f"form-action 'self' {goes}".rstrip())
    return shown


async def decide(request: Request) -> Response:
    """The word of the person; said again it answers the same."""
    db = house(request).kit.db
    try:
        link = capture.read_opt_in(request.path_params["token"])
        await capture.confirm(db, link, {"ip": ip_of(request), "user_agent": request.headers.get("user-agent")})
        async with db.read(Actor(link.workspace, "PERSON")) as tx:
            found = await capture.opt_in_shown(tx, link.id)
    except Refusal as refusal:
        if refusal.retryable:
            raise
        return _told(refusal)
    assert found is not None, "it has just been confirmed"
    if found["redirect_url"]:
        return RedirectResponse(found["redirect_url"], 303)
    return page("Confirmed", f'<h1>Confirmed</h1><p role="status">{text(found["thank_you"] or THANKS)}</p>', style="form.css")


def _told(refusal: Refusal) -> Response:
    return page("Not possible", f"<h1>{text(refusal.message)}</h1><p>{text(refusal.fix or '')}</p>", style="form.css", status=refusal.status)


routes: list[BaseRoute] = [Route("/confirm/{token}", show, methods=["GET", "HEAD"]), Route("/confirm/{token}", decide, methods=["POST"])]
