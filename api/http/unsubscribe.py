"""What a reader decides about our mail: one click, or a page. Reading the page changes nothing, because scanners read it too."""

from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from api.http.pages import page, text
from leadwell import delivery, nurture
from leadwell.base.actor import Actor
from leadwell.base.secrets import BadToken
from leadwell.base.tx import Tx
from leadwell.wiring import Kit

ONE_CLICK = ("List-Unsubscribe", "One-Click")


async def show(request: Request) -> Response:
    """The page. It answers HEAD too, and neither changes anything."""
    try:
        link = delivery.read_unsubscribe(request.path_params["token"])
    except BadToken as bad:
        return page("Link damaged", f"<h1>{text(bad.message)}</h1><p>{text(bad.fix)}</p>", status=bad.status)
    return await _page(request.app.state.kit, link, request.path_params["token"])


async def _page(kit: Kit, link: delivery.Unsubscribe, token: str, said: str = "") -> HTMLResponse:
    async with kit.db.read(_reader(link)) as tx:
        known = await nurture.subscription(tx, link)
    topic, subscribed = known or ("mail of this kind", False)
    forms = _form(token, "unsubscribe", f"Unsubscribe from “{text(topic)}”") if subscribed else _form(token, "resubscribe", f"Get “{text(topic)}” again")
    forms += _form(token, "everything", "Unsubscribe from everything")
    standing = f"You get mail about “{text(topic)}”." if subscribed else f"You get no mail about “{text(topic)}”."
    return page("Your mail", f"<h1>Your mail</h1><p role=\"status\">{text(said)}</p><p>{standing}</p>{forms}")


def _form(token: str, wish: str, label: str) -> str:
    """`label` is HTML."""
    return f'<form method="post" action="/u/{text(token)}"><input type="hidden" name="wish" value="{wish}"><p><button>{label}</button></p></form>'


async def decide(request: Request) -> Response:
    """One-click (RFC 8058) answers a plain word without cookie, login or redirect; the page's buttons answer the page.
    Both may be said as often as you like. Once this has answered, no mail about the topic begins to leave."""
    link = delivery.read_unsubscribe(request.path_params["token"])
    given = parse_qs((await request.body()).decode("utf-8", "replace"))
    kit: Kit = request.app.state.kit
    wish = "unsubscribe" if given.get(ONE_CLICK[0]) == [ONE_CLICK[1]] else given.get("wish", ["unsubscribe"])[0]
    said = await _do(kit, link, wish, _proof(request))
    if "wish" not in given:
        return PlainTextResponse(said + "\n")
    return await _page(kit, link, request.path_params["token"], said)


async def _do(kit: Kit, link: delivery.Unsubscribe, wish: str, proof: dict[str, str]) -> str:
    async def verb(tx: Tx) -> str:
        if wish == "resubscribe":
            await nurture.resubscribe(tx, link, ip=proof.get("ip"), evidence=proof)
            return "You are subscribed again."
        await nurture.unsubscribe(tx, link, everything=wish == "everything", ip=proof.get("ip"), evidence=proof)
        return "You are unsubscribed."

    return await kit.db.run(_reader(link), verb, replayable=True)


def _reader(link: delivery.Unsubscribe) -> Actor:
    return Actor(link.workspace, "PERSON")


def _proof(request: Request) -> dict[str, str]:
    """What shows later that it was the reader."""
    proof = {"user_agent": request.headers.get("user-agent", "")[:500], "request_id": request.state.request_id}
    return proof | ({"ip": request.client.host} if request.client and _is_ip(request.client.host) else {})


def _is_ip(text: str) -> bool:
    from ipaddress import ip_address

    try:
        return bool(ip_address(text))
    except ValueError:
        return False


routes: list[BaseRoute] = [Route("/u/{token}", show, methods=["GET", "HEAD"]), Route("/u/{token}", decide, methods=["POST"])]
