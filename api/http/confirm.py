"""The page of a double opt-in: looking at it changes nothing, because scanners look too; the button does."""

from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from api.house import house
from api.http.capture import ip_of
from api.http.pages import CSP, page, said, text
from leadwell import capture
from leadwell.base.actor import Actor
from leadwell.base.refusals import Refusal
from leadwell.base.secrets import BadToken
from leadwell.capture.words import Voice


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
        return _thanked(found)
    return _over(found) if found["is_over"] else _asked(found, request.path_params["token"])


async def decide(request: Request) -> Response:
    """The word of the person; said again it answers the same."""
    db = house(request).kit.db
    try:
        link = capture.read_opt_in(request.path_params["token"])
        over = await _confirmed(db, link, request)
        async with db.read(Actor(link.workspace, "PERSON")) as tx:
            found = await capture.opt_in_shown(tx, link.id)
    except Refusal as refusal:
        if refusal.retryable:
            raise
        return _told(refusal)
    assert found is not None, "it has just been confirmed"
    if over:
        return _over(found)
    return RedirectResponse(found["redirect_url"], 303) if found["redirect_url"] else _thanked(found)


async def _confirmed(db: Any, link: capture.OptIn, request: Request) -> bool:
    """Whether it was too late."""
    try:
        await capture.confirm(db, link, {"ip": ip_of(request), "user_agent": request.headers.get("user-agent")})
    except capture.OptInExpired:
        return True
    return False


def _asked(found: Any, token: str) -> Response:
    voice = Voice(found["locale"], found["words"])
    asked = said(voice, "confirmAsk", form=found["form_name"], address=found["address"])
    shown = page(voice.say("confirm"), (
        f'<h1>{said(voice, "confirm")}</h1><p>{asked}</p><form method="post" action="/confirm/{text(token)}">'
        f'<p><button>{said(voice, "confirmYes")}</button></p></form><p class="hint">{said(voice, "confirmNo")}</p>'), style="form.css", voice=voice)
    goes = capture.origin_of(found["redirect_url"])
    shown.headers["content-security-policy"] = CSP.replace("form-action 'self'", f"form-action 'self' {goes}".rstrip())
    return shown


def _thanked(found: Any) -> Response:
    voice = Voice(found["locale"], found["words"])
    thanks = text(found["thank_you"]) if found["thank_you"] else said(voice, "thanks")
    return page(voice.say("confirmed"), f'<h1>{said(voice, "confirmed")}</h1><p role="status">{thanks}</p>', style="form.css", voice=voice)


def _over(found: Any) -> Response:
    voice, until = Voice(found["locale"], found["words"]), f"{found['expires_at']:%Y-%m-%d %H:%M} UTC"
    return page(voice.say("confirm"), f'<h1>{said(voice, "over", until=until)}</h1>', style="form.css", status=410, voice=voice)


def _told(refusal: Refusal) -> Response:
    return page("Not possible", f"<h1>{text(refusal.message)}</h1><p>{text(refusal.fix or '')}</p>", style="form.css", status=refusal.status)


routes: list[BaseRoute] = [Route("/confirm/{token}", show, methods=["GET", "HEAD"]), Route("/confirm/{token}", decide, methods=["POST"])]
