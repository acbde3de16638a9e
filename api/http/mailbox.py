"""/mailbox: the mail that development keeps, on a page and as JSON."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Any
from urllib.parse import quote, urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from api.errors import BadRequest
from api.house import house
from api.http.mail_html import framed
from api.http.pages import page, text
from leadwell.access import Unauthenticated
from leadwell.base.refusals import NotFound
from leadwell.base.setting_values import is_loopback, masked_url
from leadwell.embedded.mailbox import Mail, Mailbox

MOST = 200
Door = Callable[[Request], Awaitable[Response]]


def guarded(door: Door) -> Door:
    """There is no mailbox in production. In development this machine's own pages may look; by any other name a caller must say who asks."""

    async def checked(request: Request) -> Response:
        here = house(request)
        if here.settings.production:
            raise NotFound(noun="address")
        known = None if request.method in ("GET", "HEAD") and "authorization" not in request.headers else await here.caller(request)
        if not _local(request) and not (known or await here.caller(request))[0]:
            raise Unauthenticated()
        return await door(request)

    return checked


def _local(request: Request) -> bool:
    """Bound to this machine and asked for by its name: a foreign page that points its own name here sends that name."""
    settings = house(request).settings
    asked = urlsplit(f"//{request.headers.get('host', '')}").hostname or ""
    origin = request.headers.get("origin")
    return is_loopback(settings.host) and is_loopback(asked) and (origin is None or house(request).listed(origin, request.headers.get("host", "")))


async def mails(request: Request) -> Response:
    """?limit=, ?before= an id, ?to= part of a recipient's address."""
    box, (found, more) = _box(request), await _listed(request)
    return JSONResponse({"count": await asyncio.to_thread(box.count), "mails": [_envelope(mail) for mail in found], "before": found[-1].id if more else None})


async def mail(request: Request) -> Response:
    kept, message = await _one(request)
    return JSONResponse({
        **_envelope(kept), "headers": [[name, str(value)] for name, value in message.items()], "text": _body(message, "plain"), "html": _body(message, "html"),
        "attachments": [{"name": part.get_filename(), "type": part.get_content_type()} for part in message.iter_attachments()],
    })


async def raw(request: Request) -> Response:
    """The message exactly as it was received."""
    kept, _ = await _one(request)
    source = await asyncio.to_thread(_box(request).raw, kept.id)
    return Response(source, media_type="text/plain; charset=utf-8", headers={"content-disposition": f'inline; filename="{kept.id}.eml"'})


async def html(request: Request) -> Response:
    _, message = await _one(request)
    return framed(_body(message, "html") or "")


async def empty(request: Request) -> Response:
    """Forgets all mail."""
    return JSONResponse({"deleted": await asyncio.to_thread(_box(request).delete_all)})


async def list_page(request: Request) -> Response:
    found, more = await _listed(request)
    to = request.query_params.get("to", "")
    count = await asyncio.to_thread(_box(request).count)
    search = f'<form role="search"><label>To <input type="search" name="to" value="{text(to)}" placeholder="part of an address"></label><button>Show</button></form>'
    body = _table(found) if found else _nothing(request, to)
    older = f'<p><a href="/mailbox?before={found[-1].id}&amp;to={quote(to)}">Older mail</a></p>' if more else ""
    return _page("Mailbox", (
        f'<header><h1>Mailbox</h1>{search}<button type="button" id="empty"{"" if count else " hidden"}>Delete all</button></header>'
        f'<div id="mails" data-count="{count}"><p role="status">{count:,} mail{"" if count == 1 else "s"} kept</p>{body}{older}</div>'))


async def one_page(request: Request) -> Response:
    kept, message = await _one(request)
    known = [("From", str(message["from"] or kept.sender)), ("To", str(message["to"] or ", ".join(kept.recipients))), ("Delivered to", ", ".join(kept.recipients))]
    rows = "".join(f"<dt>{name}</dt><dd>{text(value)}</dd>" for name, value in known)
    headers = "".join(f"<dt>{text(name)}</dt><dd>{text(value)}</dd>" for name, value in message.items())
    plain, rich = _body(message, "plain"), _body(message, "html")
    source = (await asyncio.to_thread(_box(request).raw, kept.id) or b"").decode(errors="replace")
    return _page(kept.subject or "No subject", (
        f'<p><a href="/mailbox">Mailbox</a></p><h1>{text(kept.subject or "(no subject)")}</h1><dl>{rows}<dt>Received</dt><dd>{_time(kept)}</dd></dl>'
        + (f'<h2>HTML</h2><iframe title="The mail as HTML" sandbox="allow-popups allow-popups-to-escape-sandbox" src="/mailbox/{kept.id}/html"></iframe>' if rich else "")
        + (f'<h2>Text</h2><pre tabindex="0">{text(plain)}</pre>' if plain else "")
        + f'<details><summary>All headers</summary><dl>{headers}</dl></details>'
        f'<details><summary>Source</summary><p><a href="/mailbox/{kept.id}.eml">Open alone</a></p><pre tabindex="0">{text(source)}</pre></details>'))


def _table(found: Sequence[Mail]) -> str:
    rows = "".join(
        f'<tr><td>{_time(m)}</td><td>{text(m.sender)}</td><td>{text(", ".join(m.recipients))}</td><th scope="row"><a href="/mailbox/{m.id}">{text(m.subject or "(no subject)")}</a></th></tr>'
        for m in found)
    return f'<div class="wide"><table><thead><tr><th scope="col">Time</th><th scope="col">From</th><th scope="col">To</th><th scope="col">Subject</th></tr></thead><tbody>{rows}</tbody></table></div>'


def _nothing(request: Request, to: str) -> str:
    if to:
        return f'<p>No mail to <b>{text(to)}</b>. <a href="/mailbox">Show all</a></p>'
    server = masked_url(house(request).settings.smtp_url)
    return f"<p>No mail yet. What Leadwell sends goes to {text(server) or 'no server'} and shows here if that is the development mailbox; no real person gets it.</p>"


def _time(mail: Mail) -> str:
    at = datetime.fromtimestamp(mail.at, UTC)
    return f'<time datetime="{at.isoformat(timespec="seconds")}">{at:%Y-%m-%d %H:%M:%S} UTC</time>'


def _page(title: str, body: str) -> Response:
    return page(title, f'<div class="mailbox">{body}</div>', script="mailbox.js", style="mailbox.css")


def _box(request: Request) -> Mailbox:
    return Mailbox(house(request).settings.data_dir / "mailbox")


async def _listed(request: Request) -> tuple[Sequence[Mail], bool]:
    """One page of mails, and whether there are older ones."""
    limit, to = request.query_params.get("limit", "50"), request.query_params.get("to", "").lower()
    if not limit.isdecimal() or not 1 <= int(limit[:9]) <= MOST:
        raise BadRequest(field="limit", problem=f"limit is no number from 1 to {MOST}")
    size, box, before = int(limit), _box(request), request.query_params.get("before")

    def read() -> Sequence[Mail]:
        found = box.list(size + 1 if not to else box.count(), before)
        return [m for m in found if to in ", ".join(m.recipients).lower()][:size + 1]

    found = await asyncio.to_thread(read)
    return found[:size], len(found) > size


async def _one(request: Request) -> tuple[Mail, EmailMessage]:
    box, id = _box(request), request.path_params["id"]
    kept, message = await asyncio.to_thread(lambda: (box.get(id), box.message(id)))
    if kept is None or message is None:
        raise NotFound(noun="mail")
    return kept, message


def _envelope(mail: Mail) -> dict[str, Any]:
    return {
        "id": mail.id, "at": datetime.fromtimestamp(mail.at, UTC).isoformat(), "from": mail.sender, "to": list(mail.recipients),
        "subject": mail.subject, "messageId": mail.message_id, "size": mail.size}


def _body(message: EmailMessage, kind: str) -> str | None:
    part = message.get_body((kind,))
    return None if part is None else str(part.get_content())


async def _slash(_: Request) -> Response:
    return RedirectResponse("/mailbox", 303)


routes: list[BaseRoute] = [
    Route(path, guarded(door), methods=[method])
    for method, path, door in (
        ("GET", "/mailbox", list_page), ("GET", "/mailbox/", _slash), ("DELETE", "/mailbox", empty), ("GET", "/mailbox.json", mails), ("DELETE", "/mailbox.json", empty),
        ("GET", "/mailbox/{id:str}.json", mail), ("GET", "/mailbox/{id:str}.eml", raw), ("GET", "/mailbox/{id:str}/html", html), ("GET", "/mailbox/{id:str}", one_page),
    )
]
