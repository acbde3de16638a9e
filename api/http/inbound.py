"""What mail systems tell us: replies, bounces and complaints, matched by Message-ID and taken once each."""

import time
from datetime import UTC, datetime
from typing import Any, Literal

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from api.errors import BadRequest
from api.house import house
from api.meter import TAKE
from leadwell import delivery
from leadwell.access import Unauthenticated
from leadwell.base.actor import Actor
from leadwell.base.ids import encode_id
from leadwell.base.tx import Tx
from leadwell.catalog import CATALOG

Kind = Literal["REPLY", "BOUNCE", "COMPLAINT"]
MOST = 500


class MailEvent(msgspec.Struct, rename="camel"):
    """`id` is the other system's, for which the event is taken once; `references` are Message-IDs, In-Reply-To first."""

    id: str
    kind: Kind
    references: list[str]
    subject: str | None = None
    text: str | None = None
    hard: bool = True


class MailEvents(msgspec.Struct):
    events: list[MailEvent]


async def take(request: Request) -> Response:
    """{"events": [{"id", "kind": "REPLY"|"BOUNCE"|"COMPLAINT", "references": [Message-ID, …], "subject", "text", "hard"}]} → for each the send it
    answers, or null when none of the references is ours."""
    here = house(request)
    viewer, _ = await here.caller(request) if "authorization" in request.headers else (None, None)
    if viewer is None:
        raise Unauthenticated(fix="Send an API key: Authorization: Bearer lw_…")
    viewer.need("activities", "create")
    told = _read(await request.body())
    here.charge(request, viewer, TAKE + len(told.events))

    async def verb(tx: Tx) -> list[Any]:
        return [await delivery.record_inbound(
            tx, e.kind, e.references[:50], external_id=e.id, subject=e.subject, body=e.text, hard=e.hard) for e in told.events]

    sends = await here.kit.db.run(viewer.actor(request.state.request_id), verb, replayable=True)
    return JSONResponse({"sends": [send and encode_id(CATALOG["Send"].tag, send) for send in sends]})


def _read(body: bytes) -> MailEvents:
    try:
        told = msgspec.json.decode(body, type=MailEvents)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadRequest(problem=str(error)[:200], fix='Send {"events": [{"id": …, "kind": "REPLY", "references": ["<message-id>"]}]}.') from None
    if len(told.events) > MOST:
        raise BadRequest(problem=f"there are more than {MOST} events", fix="Send them in several requests.")
    return told


async def post(request: Request) -> Response:
    """What a provider or mail server posts to an inbox: proven first, then each event in a transaction of its own, so that one of them fails alone.
    For each: what became of it, and the send it is about."""
    kit, (workspace, id) = house(request).kit, delivery.read_inbox_token(request.path_params["token"])
    db, sns = kit.db, kit.inboxes and kit.inboxes.sns
    actor = Actor(workspace, "SYSTEM", request_id=request.state.request_id)
    async with db.read(actor) as tx:
        inbox = await delivery.open_inbox(tx, id)
    raw = await request.body()
    signed = await delivery.signed_by_sns(inbox, raw, sns, datetime.now(UTC))
    if sns and signed and (url := delivery.to_confirm(signed)):
        await db.run(actor, lambda tx: delivery.believe(tx, id, signed), replayable=True)
        await sns.confirm(url)
        return JSONResponse({"results": []})
    arrived = delivery.arrivals(inbox, dict(request.headers), raw, time.time(), signed=signed)
    taken = [await db.run(actor, lambda tx, one=one: delivery.take(tx, one), replayable=True) for one in arrived]
    await db.run(actor, lambda tx: delivery.was_read(tx, id), replayable=True)
    tag = CATALOG["Send"].tag
    return JSONResponse({"results": [{"state": one.state, "reason": one.reason, "send": one.send_id and encode_id(tag, one.send_id)} for one in taken]})


routes: list[BaseRoute] = [Route("/inbound/mail-events", take, methods=["POST"]), Route("/inbound/mail/{token}", post, methods=["POST"])]
