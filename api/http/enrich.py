"""What providers of enrichment push: POST /enrich/{source}, signed like a feed, taken once."""

import hashlib
import time

import msgspec
import orjson
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from api.house import house
from leadwell import capture, enrichment
from leadwell.base.actor import Actor
from leadwell.base.tx import Tx
from leadwell.capture.signatures import event_id, verify
from leadwell.enrichment import Pushed, Source


async def push(request: Request) -> Response:
    """Verified on its raw bytes before anything is read; committed before it is answered. One result per item."""
    db, raw = house(request).kit.db, await request.body()
    source = await enrichment.find_source(db, request.path_params["source"])
    headers, feed = dict(request.headers), signed_as(source)
    verify(feed, headers, raw, time.time())
    event = event_id(feed, headers, raw) or hashlib.sha256(raw).hexdigest()
    try:
        body = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise capture.UnreadableBody(problem=str(error)[:200]) from None

    async def take(tx: Tx) -> list[Pushed]:
        return await enrichment.take_push(tx, source, event, body)

    results = await db.run(Actor(source.workspace, "SYSTEM", request_id=request.state.request_id), take, replayable=True)
    return JSONResponse({"results": msgspec.to_builtins(results)})


def signed_as(source: Source) -> capture.Feed:
    """The feed whose signature this is: there is one way to sign what comes in."""
    signature = "STANDARD" if source.signature == "STANDARD" else "HMAC"
    return capture.Feed(
        id=source.id, workspace=source.workspace, key=source.key, name=source.name, signature=signature, signature_header=source.signature_header,
        secret=source.secret)


routes: list[BaseRoute] = [Route("/enrich/{source}", push, methods=["POST"])]
