"""What a reader decides about our mail: one click, or a page. Reading the page changes nothing, because scanners read it too."""

from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from api.http.mail_words import say, voice_of
from api.http.pages import page, text
from leadwell import consent, delivery, nurture
from leadwell.base.actor import Actor
from leadwell.base.secrets import BadToken
from leadwell.base.tx import Tx
from leadwell.capture.words import Voice
from leadwell.wiring import Kit

ONE_CLICK = ("List-Unsubscribe", "One-Click")
Given = dict[str, list[str]]


async def show(request: Request) -> Response:
    """The page. It answers HEAD too, and neither changes anything."""
    try:
        link = delivery.read_unsubscribe(request.path_params["token"])
    except BadToken as bad:
        voice = voice_of(None, request.headers.get("accept-language", ""))
        return page(say(voice, "title"), f"<h1>{text(say(voice, 'damaged'))}</h1>", status=bad.status, voice=voice)
    return await _page(request, link)


async def _page(request: Request, link: delivery.Unsubscribe, said: str = "") -> HTMLResponse:
    kit: Kit = request.app.state.kit
    async with kit.db.read(_reader(link)) as tx:
        known = await consent.preferences(tx, link.address_hash, link.topic_id, link.send_id)
    voice, token = voice_of(known.language, request.headers.get("accept-language", "")), request.path_params["token"]
    body = f'<h1>{text(say(voice, "title"))}</h1><p role="status">{text(say(voice, said) if said else "")}</p>'
    about = next((topic for topic in known.topics if topic.id == link.topic_id), None)
    if about:
        wish, label = ("unsubscribe", "leave") if about.subscribed else ("resubscribe", "return")
        body += f'<p>{text(say(voice, "gets" if about.subscribed else "getsNot", topic=about.name))}</p>'
        body += _form(token, wish, _button(say(voice, label, topic=about.name)))
    body += _form(token, "everything", _button(say(voice, "everything"))) + _choice(voice, token, known) + _break(voice, token, known)
    return page(say(voice, "title"), body, style="form.css", voice=voice)


def _choice(voice: Voice, token: str, known: consent.Preferences) -> str:
    """Every topic with a box, and one for being tracked."""
    boxes = "".join(_box("topic", str(topic.id), topic.name, topic.subscribed) for topic in known.topics)
    tracked = _box("track", "yes", say(voice, "track"), known.tracked)
    return f'<h2>{text(say(voice, "choose"))}</h2>{_form(token, "choose", boxes + tracked + _button(say(voice, "save")))}'


def _break(voice: Voice, token: str, known: consent.Preferences) -> str:
    head = f'<h2>{text(say(voice, "pause"))}</h2>'
    if known.paused_until:
        return f'{head}<p>{text(say(voice, "pausedUntil", until=f"{known.paused_until:%Y-%m-%d}"))}</p>{_form(token, "resume", _button(say(voice, "resume")))}'
    return head + "".join(_form(token, f"pause{days}", _button(say(voice, "days", days=days))) for days in consent.PAUSES)


def _box(name: str, value: str, label: str, checked: bool) -> str:
    return f'<p><label><input type="checkbox" name="{name}" value="{text(value)}"{" checked" if checked else ""}> {text(label)}</label></p>'


def _button(label: str) -> str:
    return f"<p><button>{text(label)}</button></p>"


def _form(token: str, wish: str, inside: str) -> str:
    """`inside` is HTML."""
    return f'<form method="post" action="/u/{text(token)}"><input type="hidden" name="wish" value="{wish}">{inside}</form>'


async def decide(request: Request) -> Response:
    """One-click (RFC 8058) answers a plain word without cookie, login or redirect; the page's buttons answer the page.
    Both may be said as often as you like. Once this has answered, no mail about the topic begins to leave."""
    link = delivery.read_unsubscribe(request.path_params["token"])
    given = parse_qs((await request.body()).decode("utf-8", "replace"), max_num_fields=200)
    kit: Kit = request.app.state.kit
    wish = "unsubscribe" if given.get(ONE_CLICK[0]) == [ONE_CLICK[1]] else given.get("wish", ["unsubscribe"])[0]
    said = await _do(kit, link, wish, given, _proof(request))
    if "wish" not in given:
        return PlainTextResponse(say(Voice(), said) + "\n")
    return await _page(request, link, said)


async def _do(kit: Kit, link: delivery.Unsubscribe, wish: str, given: Given, proof: dict[str, str]) -> str:
    """The name of what is said about it."""

    async def verb(tx: Tx) -> str:
        if wish == "resubscribe":
            await nurture.resubscribe(tx, link, ip=proof.get("ip"), evidence=proof)
            return "saidIn"
        if wish == "choose":
            await _choose(tx, link, given, proof)
            return "saidSaved"
        if wish == "resume" or wish.startswith("pause"):
            await _rest(tx, link, wish)
            return "saidSaved"
        await nurture.unsubscribe(tx, link, everything=wish == "everything", ip=proof.get("ip"), evidence=proof)
        return "saidOut"

    return await kit.db.run(_reader(link), verb, replayable=True)


async def _choose(tx: Tx, link: delivery.Unsubscribe, given: Given, proof: dict[str, str]) -> None:
    """What was ticked against what holds now: only what differs is done."""
    wanted, known = set(given.get("topic", [])), await consent.preferences(tx, link.address_hash, link.topic_id, link.send_id)
    for topic in known.topics:
        about = replace(link, topic_id=topic.id)
        if topic.subscribed and str(topic.id) not in wanted:
            await nurture.unsubscribe(tx, about, ip=proof.get("ip"), evidence=proof)
        elif not topic.subscribed and str(topic.id) in wanted:
            await nurture.resubscribe(tx, about, ip=proof.get("ip"), evidence=proof)
    await consent.track(tx, [link.address_hash], "track" in given)


async def _rest(tx: Tx, link: delivery.Unsubscribe, wish: str) -> None:
    if wish == "resume":
        await consent.unpause(tx, link.address_hash)
        return
    days = next((days for days in consent.PAUSES if wish == f"pause{days}"), None)
    if days is None:
        raise consent.NoSuchPause(days=" or ".join(map(str, consent.PAUSES)))
    await consent.pause(tx, link.address_hash, await tx.now() + timedelta(days=days), "PERSON")


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
