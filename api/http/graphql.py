"""/graphql: one operation a request, answered as JSON or as server-sent events; subscriptions also over a WebSocket."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import orjson
from graphql import OperationType
from starlette.requests import ClientDisconnect, Request
from starlette.responses import RedirectResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.types import Receive, Scope, Send

from api import execution, incremental
from api.context import Context
from api.errors import BadRequest, MethodNotAllowed, RateLimited, UnsupportedMedia, refused
from api.execution import Answer, Prepared
from api.house import House, house, peer
from api.http.negotiation import EVENTS, JSON, RESPONSE, accepted, in_parts
from api.persisted import NAMING
from api.subscriptions.socket import Socket
from leadwell.base.refusals import Refusal

BEAT_S = 15
STREAMED = {"cache-control": "no-cache", "x-accel-buffering": "no"}


class GraphQL:
    """The door without what Starlette wraps around functions, because it is the one that has to be quick."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = await graphql(Request(scope, receive, send))
        await response(scope, receive, send)


async def graphql(request: Request) -> Response:
    """POST in every environment; GET for queries, and the page that explains itself, in development only."""
    here = house(request)
    if request.method == "GET" and here.settings.production:
        return _refusal(request, MethodNotAllowed(method="GET"), JSON)
    if request.method == "GET" and not any(name in request.query_params for name in NAMING) and "text/html" in request.headers.get("accept", ""):
        return RedirectResponse("/", 303)
    media, wished = JSON, request.headers.get("accept")
    try:
        media = accepted(wished)
        data = _from_query(request) if request.method == "GET" else await _from_body(request)
        asked = execution.Request.read(data)
        known, token = await here.caller(request)
        context = here.context(
            known, token, address=peer(request), request_id=request.state.request_id, idempotency_key=request.headers.get("idempotency-key"))
        if not here.settings.production:
            _for_developers(request, context)
        prepared = here.runner.prepare(context, asked)
        response = await _respond(request, here, context, prepared, wished)
        if isinstance(prepared, Prepared) and prepared.leaving:
            response.headers["x-leadwell-deprecated"] = ", ".join(prepared.leaving)
        return response
    except Refusal as refusal:
        return _refusal(request, refusal, JSON if media == EVENTS else media)


def _for_developers(request: Request, context: Context) -> None:
    """Headers that ask for the ordinary executor, or for the statement and its plan."""
    context.ordinary = request.headers.get("x-leadwell-reads") == "ordinary"
    context.explained = {} if request.headers.get("x-leadwell-explain") == "1" else None


async def _respond(request: Request, here: House, context: Context, asked: Prepared | Answer, wished: str | None) -> Response:
    kind = asked.kind if isinstance(asked, Prepared) else None
    if kind:
        request.state.asked, request.state.context = asked, context     # for the log
    media = accepted(wished, subscription=kind is OperationType.SUBSCRIPTION)
    if request.method == "GET" and kind is OperationType.MUTATION:
        raise MethodNotAllowed(method="GET", fix="Send mutations by POST.")
    if media != EVENTS and isinstance(asked, Prepared) and asked.deferred and in_parts(wished):
        return await _parts(here, context, asked, media)
    if media == EVENTS:
        return StreamingResponse(_frames(here, context, asked), media_type=EVENTS, headers=STREAMED)
    answer = await here.runner.answer(context, asked)
    if answer.status == RateLimited.status:
        await here.runner.slow(context)
    return _json(answer, media)


async def _parts(here: House, context: Context, asked: Prepared, media: str) -> Response:
    """One answer where nothing is left for later."""
    parts = here.runner.parts(context, asked)
    first = await anext(parts)
    if "hasNext" in first.body:
        return StreamingResponse(incremental.multipart(first, parts), media_type=incremental.MEDIA, headers=STREAMED)
    await parts.aclose()
    return _json(first, media)


async def _from_body(request: Request) -> Any:
    kind, _, rest = request.headers.get("content-type", "").partition(";")
    charset = rest.partition("charset=")[2].strip(' "').lower()
    if kind.strip().lower() != JSON or charset not in ("", "utf-8", "utf8"):
        raise UnsupportedMedia(wanted="application/json in UTF-8")
    return _parse(await _body(request), "the body")


async def _body(request: Request) -> bytes:
    """All of it, without the stream that Starlette makes of it. ClientDisconnect."""
    pieces, more = list[bytes](), True
    while more:
        message = await request.receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        pieces.append(message.get("body", b""))
        more = message.get("more_body", False)
    return b"".join(pieces)


def _from_query(request: Request) -> Any:
    given: dict[str, Any] = dict(request.query_params)
    for name in ("variables", "extensions"):
        if given.get(name):
            given[name] = _parse(given[name], name)
        else:
            given.pop(name, None)
    return given


def _parse(text: str | bytes, what: str) -> Any:
    try:
        return orjson.loads(text)
    except (orjson.JSONDecodeError, RecursionError):
        raise BadRequest(problem=f"{what} is no JSON in UTF-8, or nested too deeply") from None


def _refusal(request: Request, refusal: Refusal, media: str) -> Response:
    answer = Answer({"errors": [refused(refusal, request.state.request_id)]}, refusal.status)
    response = _json(answer, media, always=True)
    if isinstance(refusal, MethodNotAllowed):
        response.headers["allow"] = "POST"
    if refusal.retryable:
        response.headers["retry-after"] = str(refusal.params.get("seconds", 1))
    return response


def _json(answer: Answer, media: str, *, always: bool = False) -> Response:
    """Clients of plain JSON read errors from the body, whatever was wrong with the document; credentials and faults still show in the status."""
    later = {"retry-after": str(answer.seconds)} if answer.status in (429, 503) else None
    status = answer.status if always or media == RESPONSE or answer.status not in (400, 422) else 200
    return Response(answer.written(), status, later, f"{media}; charset=utf-8")


async def _frames(here: House, context: Context, asked: Prepared | Answer) -> AsyncGenerator[bytes]:
    """Frames of graphql-sse in distinct connections mode, ended by LF alone; a comment now and then keeps proxies from closing.
    Without its last frame a stream was cut, as when the process leaves: then the client comes back behind its last cursor."""
    source = here.runner.events(context, asked)
    leaving: asyncio.Future[Any] = asyncio.ensure_future(here.tails.leaving.wait())
    waiting: asyncio.Future[Answer] | None = None
    try:
        while not leaving.done():
            waiting = waiting or asyncio.ensure_future(anext(source))
            done, _ = await asyncio.wait((waiting, leaving), timeout=BEAT_S, return_when=asyncio.FIRST_COMPLETED)
            if not done:
                yield b":\n\n"
            if waiting not in done:
                continue
            try:
                answer = waiting.result()
            except StopAsyncIteration:
                yield b"event: complete\ndata:\n\n"
                return
            waiting = None
            yield b"event: next\ndata: " + answer.written() + b"\n\n"
    finally:
        leaving.cancel()
        if waiting is not None:
            waiting.cancel()
            await asyncio.wait([waiting])
        await source.aclose()


routes: list[BaseRoute] = [
    *(Route(path, GraphQL(), methods=["GET", "POST"], include_in_schema=False) for path in ("/graphql", "/graphql/")),
    *(WebSocketRoute(path, Socket()) for path in ("/graphql", "/graphql/")),
]
