"""/mailbox: the mail that development keeps, on a page and as JSON."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Any
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from api.errors import BadRequest
from api.house import house
from api.http import mail_pages
from api.http.mail_html import framed
from leadwell.access import Unauthenticated
from leadwell.base.refusals import NotFound
from leadwell.base.setting_values import is_loopback, masked_url
from leadwell.embedded.mailbox import Mail, Mailbox

MOST = 200
Door = Callable[[Request], Awaitable[Response]]


def guarded(door: Door) -> Door:
    """There is no mailbox in production. In development this machine's own pages may look; else a caller must say who asks."""

    async def checked(request: Request) -> Response:
        here = house(request)
        if here.settings.production:
            raise NotFound(noun="address")
        if not _local(request) and (await here.caller(request))[0] is None:
            raise Unauthenticated()
        return await door(request)

    return checked


def _local(request: Request) -> bool:
    """Bound to this machine and asked for by its name: a foreign page that points its own name here sends that name."""
    here, host, origin = house(request), request.headers.get("host", ""), request.headers.get("origin")
    own = origin is None or here.listed(origin, host)
    return own and is_loopback(here.settings.host) and is_loopback(urlsplit(f"//{host}").hostname or "")


async def mails(request: Request) -> Response:
    """?limit=, ?before= an id, ?to= part of a recipient's address."""
    found, more = await _listed(request)
    count = await asyncio.to_thread(_box(request).count)
    return JSONResponse({"count": count, "mails": [_envelope(mail) for mail in found], "before": found[-1].id if more else None})


async def mail(request: Request) -> Response:
    kept, message = await _one(request)
    attached = [{"name": part.get_filename(), "type": part.get_content_type()} for part in message.iter_attachments()]
    headers = [[name, str(value)] for name, value in message.items()]
    return JSONResponse({
        **_envelope(kept), "headers": headers, "text": _body(message, "plain"), "html": _body(message, "html"), "attachments": attached,
    })


async def raw(request: Request) -> Response:
    """The message exactly as it was received."""
    source = await asyncio.to_thread(_box(request).raw, request.path_params["id"])
    if source is None:
        raise NotFound(noun="mail")
    return Response(source, media_type="text/plain; charset=utf-8")


async def html(request: Request) -> Response:
    _, message = await _one(request)
    return framed(_body(message, "html") or "")


async def empty(request: Request) -> Response:
    """Forgets all mail."""
    return JSONResponse({"deleted": await asyncio.to_thread(_box(request).delete_all)})


async def list_page(request: Request) -> Response:
    found, more = await _listed(request)
    count = await asyncio.to_thread(_box(request).count)
    to, server = request.query_params.get("to", ""), masked_url(house(request).settings.smtp_url)
    return mail_pages.listing(found, count=count, to=to, more=more, server=server)


async def one_page(request: Request) -> Response:
    kept, message = await _one(request)
    source = await asyncio.to_thread(_box(request).raw, kept.id) or b""
    return mail_pages.single(kept, message, _body(message, "plain"), _body(message, "html"), source.decode(errors="replace"))


def _box(request: Request) -> Mailbox:
    return Mailbox(house(request).settings.data_dir / "mailbox")


async def _listed(request: Request) -> tuple[Sequence[Mail], bool]:
    """One page of mails, and whether there are older ones."""
    limit, to = request.query_params.get("limit", "50"), request.query_params.get("to", "").lower()
    if not limit.isdecimal() or not 1 <= int(limit[:9]) <= MOST:
        raise BadRequest(field="limit", problem=f"limit is no number from 1 to {MOST}")
    size, box, before = int(limit), _box(request), request.query_params.get("before")

    def read() -> Sequence[Mail]:
        found = box.list(box.count() if to else size + 1, before)
        return [m for m in found if to in ", ".join(m.recipients).lower()][: size + 1]

    found = await asyncio.to_thread(read)
    return found[:size], len(found) > size


async def _one(request: Request) -> tuple[Mail, EmailMessage]:
    box, id = _box(request), request.path_params["id"]
    kept, message = await asyncio.to_thread(lambda: (box.get(id), box.message(id)))
    if kept is None or message is None:
        raise NotFound(noun="mail")
    return kept, message


def _envelope(mail: Mail) -> dict[str, Any]:
    at = datetime.fromtimestamp(mail.at, UTC).isoformat()
    to = list(mail.recipients)
    return {"id": mail.id, "at": at, "from": mail.sender, "to": to, "subject": mail.subject, "messageId": mail.message_id, "size": mail.size}


def _body(message: EmailMessage, kind: str) -> str | None:
    part: Any = message.get_body((kind,))
    if part is None:
        return None
    try:
        return str(part.get_content())
    except LookupError:  # a charset nobody knows
        return part.get_payload(decode=True).decode("latin-1")


async def slash(_: Request) -> Response:
    return RedirectResponse("/mailbox", 303)


routes: list[BaseRoute] = [
    Route(path, guarded(door), methods=[method])
    for method, path, door in (
        ("GET", "/mailbox", list_page),
        ("GET", "/mailbox/", slash),
        ("DELETE", "/mailbox", empty),
        ("GET", "/mailbox.json", mails),
        ("DELETE", "/mailbox.json", empty),
        ("GET", "/mailbox/{id:str}.json", mail),
        ("GET", "/mailbox/{id:str}.eml", raw),
        ("GET", "/mailbox/{id:str}/html", html),
        ("GET", "/mailbox/{id:str}", one_page),
    )
]
