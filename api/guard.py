"""What holds at every HTTP door: request id, body limit, security headers, listed origins, one shape of error."""

import logging
import random
import re
import time
from functools import cache
from typing import Any

from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import journal
from api.deadline import Deadline, Watch
from api.errors import BodyTooLarge, MethodNotAllowed, TimedOut, refused
from api.http.pages import page, text
from api.metrics import FAULTS, REQUESTS, Noted
from leadwell.access.refusals import KeyInAddress
from leadwell.access.tokens import exposed
from leadwell.base.refusals import NotFound, Refusal
from leadwell.base.settings import Settings

log = logging.getLogger(__name__)
UNBOUNDED = ("/uploads", "/files/")   # doors that take a body piece by piece and count for themselves
GRACE_S = 2.0   # beyond an operation's time, until an answer begins: the caller's credentials, too, are read from a database that may be gone
# Doors for pages and systems of anybody; they know no cookie and set their own headers.
OPEN_TO_ALL = ("/capture", "/f/", "/forms", "/unsubscribe", "/inbound", "/enrich/", "/t.js")
VISITS = "/t"
REQUEST_ID = re.compile(r"(?!lws?_)[A-Za-z0-9_.-]{8,64}")   # it is logged: no place for a key
ALWAYS = {
    "x-content-type-options": "nosniff", "x-frame-options": "DENY", "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin", "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "cache-control": "no-store",
}
FIXED = [(name.encode(), value.encode()) for name, value in ALWAYS.items()]
SECURE = (b"strict-transport-security", b"max-age=31536000")
NAMES = frozenset(name for name, _ in (*FIXED, SECURE))
ALLOWED_HEADERS = "authorization, content-type, idempotency-key, x-leadwell-csrf, x-request-id, traceparent"
EXPOSED_HEADERS = "x-request-id, x-leadwell-deprecated, retry-after"


class Guard:
    """Pure ASGI, so that streams stay streams."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app, self.settings, self.told, self.watch = app, settings, journal.least(settings), Watch()
        self.fixed = [*FIXED, SECURE] if settings.public_url.startswith("https:") else FIXED

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await (self._socket if scope["type"] == "websocket" else self.app)(scope, receive, send)
            return
        call = _Call(scope, receive, send, self)
        started = time.perf_counter()
        try:
            with call.deadline:
                if exposed(scope["path"], scope["query_string"]):
                    await _answer(KeyInAddress(), call.request_id)(scope, call.receive, call.send)
                elif scope["method"] != "OPTIONS" or not await self._preflight(call):
                    await self.app(scope, call.receive, call.send)
        except Exception as error:
            if (response := await _failed(call, error)) is not None:
                await response(scope, call.receive, call.send)
        finally:
            door, status, seconds = _door(scope), call.status or 499, time.perf_counter() - started
            _observed(door, status).observe(seconds)
            if status >= self.told:
                journal.tell(scope, door, status, seconds)

    async def _socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        if exposed(scope["path"], scope["query_string"]):
            await send({"type": "websocket.close", "code": 4400, "reason": KeyInAddress().message})
            return
        started = time.perf_counter()
        try:
            await self.app(scope, receive, send)
        finally:
            if self.told == 0:
                journal.tell(scope, _door(scope), 101, time.perf_counter() - started)

    async def _preflight(self, call: "_Call") -> bool:
        """Answers a browser's question whether a listed origin may ask."""
        if b"access-control-request-method" not in call.given or call.open:
            return False
        allowed = {"access-control-allow-methods": "GET, POST, PUT", "access-control-allow-headers": ALLOWED_HEADERS, "access-control-max-age": "600"}
        await Response(status_code=204 if call.origin else 403, headers=allowed if call.origin else None)(call.scope, call.receive, call.send)
        return True


class _Call:
    """One request on its way through."""

    def __init__(self, scope: Scope, receive: Receive, send: Send, guard: Guard) -> None:
        self.scope, self._receive, self._send, self.fixed = scope, receive, send, guard.fixed
        self.given: dict[bytes, bytes] = dict(scope["headers"])
        told = self.given.get(b"x-request-id", b"").decode("latin-1")
        self.request_id = told if REQUEST_ID.fullmatch(told) else f"{random.getrandbits(128):032x}"
        self.open = scope["path"].startswith(OPEN_TO_ALL) or scope["path"] == VISITS
        self.bounded = not (scope["method"] == "PUT" and scope["path"].startswith(UNBOUNDED))
        origin = self.given.get(b"origin", b"").decode("latin-1").lower()
        self.origin = origin if origin in guard.settings.origins else None
        self.received, self.status, self.longest = 0, None, guard.settings.body_kilobytes * 1024
        self.deadline = Deadline(guard.settings.request_seconds + GRACE_S, guard.watch)
        scope.setdefault("state", {})["request_id"] = self.request_id

    async def receive(self) -> Message:
        """Refuses a body above the limit at its announcement or, without one, at the first byte too many."""
        announced = self.given.get(b"content-length", b"")
        if self.bounded and announced.isdigit() and int(announced[:12]) > self.longest:
            raise BodyTooLarge(limit=self.longest)
        message = await self._receive()
        if self.status is None:     # the clock starts again with every piece of a body, and stops with the answer
            self.deadline.again()
        self.received += len(message.get("body", b""))
        if self.bounded and self.received > self.longest:
            raise BodyTooLarge(limit=self.longest)
        return message

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.deadline.lift()
            self.status = message["status"]
            raw: list[tuple[bytes, bytes]] = list(message.get("headers", ()))
            known = {name for name, _ in raw}
            message["headers"] = raw
            raw += self.fixed if known.isdisjoint(NAMES) else [header for header in self.fixed if header[0] not in known]
            raw.append((b"x-request-id", self.request_id.encode()))
            if self.status == BodyTooLarge.status:
                raw.append((b"connection", b"close"))   # the rest of the body is not read
            if not self.open:
                self._shared(raw, known)
        await self._send(message)

    def _shared(self, raw: list[tuple[bytes, bytes]], known: set[bytes]) -> None:
        """What a page of another origin may do with the answer."""
        if b"vary" in known:
            MutableHeaders(raw=raw).add_vary_header("Origin")
        else:
            raw.append((b"vary", b"Origin"))
        if self.origin:
            headers = MutableHeaders(raw=raw)
            headers["access-control-allow-origin"] = self.origin
            headers["access-control-allow-credentials"] = "true"
            headers["access-control-expose-headers"] = EXPOSED_HEADERS


async def _failed(call: _Call, error: Exception) -> Response | None:
    """The answer to what was refused or went wrong, if none has begun; a fault is logged."""
    if call.deadline.expired:
        return _answer(TimedOut(seconds=call.deadline.seconds), call.request_id)
    if call.status is None and isinstance(error, (Refusal, HTTPException)):
        request = Request(call.scope, call.receive)
        return await (refusal_response if isinstance(error, Refusal) else http_problem)(request, error)
    FAULTS.inc()
    log.error("request %s failed", call.request_id, exc_info=error)
    masked = {"error": {"code": "INTERNAL", "message": "Something went wrong on our side.", "retryable": False, "requestId": call.request_id}}
    return JSONResponse(masked, 500) if call.status is None else None


@cache
def _observed(door: str, status: int) -> Noted:
    return Noted(REQUESTS.labels(door, status))


def _door(scope: Scope) -> str:
    """The route's pattern, never the path: paths carry ids and tokens."""
    return getattr(scope.get("route"), "path", None) or "none"


async def refusal_response(request: Request, refusal: Any) -> Response:
    """A refusal outside GraphQL; somebody who opened the address in a browser gets a page."""
    assert isinstance(refusal, Refusal)
    if request.method == "GET" and request.headers.get("accept", "").startswith("text/html"):
        return _page(refusal, request.state.request_id)
    return _answer(refusal, request.state.request_id)


def _page(refusal: Refusal, request_id: str) -> Response:
    shown = refused(refusal, request_id)
    fix = shown["extensions"].get("fix") or ""
    way = '<a href="/sign-in">Sign in</a>' if refusal.status == 401 else '<a href="/">To the start</a>'
    response = page("Refused", f"<h1>{text(shown['message'])}</h1><p>{text(fix)}</p><p>{way}</p>", status=refusal.status)
    if refusal.retryable:
        response.headers["retry-after"] = str(refusal.params.get("seconds", 1))
    return response


def _answer(refusal: Refusal, request_id: str) -> Response:
    shown = refused(refusal, request_id)
    headers = {"retry-after": str(refusal.params.get("seconds", 1))} if refusal.retryable else None
    return JSONResponse({"error": {"message": shown["message"], **shown["extensions"]}}, refusal.status, headers)


async def http_problem(request: Request, problem: Any) -> Response:
    """What the router refuses: no such address, or not by this method. A browser gets a page."""
    if problem.status_code == 404 and request.headers.get("accept", "").startswith("text/html"):
        return page("Not found", '<h1>There is no such page.</h1><p><a href="/">To the start</a></p>', status=404)
    known = {404: NotFound(noun="address"), 405: MethodNotAllowed(method=request.method)}
    response = await refusal_response(request, known.get(problem.status_code, NotFound(noun="address")))
    response.headers.update(problem.headers or {})
    response.status_code = problem.status_code
    return response
