"""The page of an invitation, and those of a forgotten password. Looking changes nothing, because mail scanners look too."""

from contextlib import suppress
from urllib.parse import urlencode

from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from api.house import house
from api.http.entering import client_of, form_of, merged, name_of, told, with_cookie
from api.http.pages import page, text
from leadwell import accounts
from leadwell.access import oidc
from leadwell.access.passwords import LEAST
from leadwell.access.refusals import PasswordTooWeak, TooManyAttempts, WrongPassword
from leadwell.base.actor import Actor
from leadwell.base.refusals import Refusal


async def welcome(request: Request) -> Response:
    """Who invites whom to what, and how to accept. Answers HEAD too."""
    try:
        return await _welcome(request)
    except accounts.InvitationOver as over:
        return told(over, "Invitation")


async def accept(request: Request) -> Response:
    here = house(request)
    try:
        password = await form_of(request, "password")
        opened = await accounts.accept(here.kit.db, request.path_params["token"], password, client_of(request))
    except (PasswordTooWeak, WrongPassword) as wrong:
        return await _welcome(request, wrong)
    except Refusal as refusal:
        return told(refusal, "Invitation")
    return with_cookie(request, RedirectResponse("/", 303), opened)


async def _welcome(request: Request, wrong: Refusal | None = None) -> HTMLResponse:
    here, token = house(request), request.path_params["token"]
    found = await accounts.invited(here.kit.db, token)
    async with here.kit.db.read(Actor.system(found.workspace_id)) as tx:
        providers = merged([one] if (one := oidc.installed(here.settings)) else [], await oidc.of_workspace(tx, here.settings))
    ways = "".join(
        f'<li><a class="way" href="/auth/oidc/start?{text(urlencode({"provider": name_of(one.id), "invitation": token}))}">{text(one.name)}</a></li>'
        for one in providers)
    said = f"{found.inviter} invites you to {found.workspace}" if found.inviter else f"You are invited to {found.workspace}"
    offered = f'<h2>With the account of your company</h2><ul class="ways">{ways}</ul><h2>With a password</h2>' if ways else ""
    body = (
        f"<h1>{text(said)}</h1><p>You will be {text(found.name)}, {text(found.role)}, and sign in as {text(found.email)}.</p>{offered}"
        + _password(f"/welcome/{token}", "Your password" if found.has_login else "Choose a password", known=found.has_login, wrong=wrong, user=found.email))
    return page("Invitation", body, status=wrong.status if wrong else 200, style="sign-in.css")


async def forgot(request: Request) -> Response:
    return page("Forgotten password", (
        '<h1>A new password</h1><p>Say your address, and a link comes by mail.</p><form method="post" action="/forgot">'
        '<label>E-mail <input name="email" type="email" autocomplete="username" required autofocus></label><button>Send the link</button></form>'))


async def ask_reset(request: Request) -> Response:
    """Answers everybody the same, before it looks whether the address is known."""
    here, email = house(request), await form_of(request, "email")
    address = request.client.host if request.client else ""

    async def ask() -> None:
        with suppress(TooManyAttempts):    # no news for a stranger either
            await accounts.ask_reset(here.kit.db, email, here.settings, address=address)

    said = '<h1>Look into your mailbox</h1><p role="status">If somebody signs in with this address, a link is on its way. It works for an hour.</p>'
    answer = page("Forgotten password", said, status=202)
    answer.background = BackgroundTask(ask)
    return answer


async def choose(request: Request) -> Response:
    """The page of a link for a new password. Answers HEAD too."""
    token = request.path_params["token"]
    if not await accounts.reset_is_open(house(request).kit.db, token):
        return told(accounts.ResetOver(), "New password")
    return page("New password", f'<h1>A new password</h1>{_password(f"/reset/{token}", "Choose a password")}')


async def reset(request: Request) -> Response:
    token = request.path_params["token"]
    try:
        opened = await accounts.reset(house(request).kit.db, token, await form_of(request, "password"), client_of(request))
    except PasswordTooWeak as weak:
        return page("New password", f'<h1>A new password</h1>{_password(f"/reset/{token}", "Choose a password", wrong=weak)}', status=weak.status)
    except Refusal as refusal:
        return told(refusal, "New password")
    return with_cookie(request, RedirectResponse("/", 303), opened)


def _password(action: str, label: str, *, known: bool = False, wrong: Refusal | None = None, user: str = "") -> str:
    """A form of one password; `wrong` says what was wrong with the last one. The hidden name lets password keepers know whose it is."""
    least, kind = ("", "current-password") if known else (f' minlength="{LEAST}" aria-describedby="least"', "new-password")
    hint = "" if known else f'<p id="least">At least {LEAST} characters: a few words, or what your password keeper makes.</p>'
    alert = f'<p role="alert">{text(wrong.message)} {text(wrong.fix or "")}</p>' if wrong else ""
    name = f'<input type="email" name="username" autocomplete="username" value="{text(user)}" hidden>' if user else ""
    forgot = ' <a href="/forgot">Forgot it?</a>' if known else ""
    return (
        f'<form method="post" action="{text(action)}">{name}<label>{text(label)} '
        f'<input name="password" type="password" autocomplete="{kind}" required autofocus{least}></label>{hint}{alert}<button>Go on</button>{forgot}</form>')


routes: list[BaseRoute] = [
    Route("/welcome/{token:str}", welcome, methods=["GET", "HEAD"]),
    Route("/welcome/{token:str}", accept, methods=["POST"]),
    Route("/forgot", forgot, methods=["GET", "HEAD"]),
    Route("/forgot", ask_reset, methods=["POST"]),
    Route("/reset/{token:str}", choose, methods=["GET", "HEAD"]),
    Route("/reset/{token:str}", reset, methods=["POST"]),
]
