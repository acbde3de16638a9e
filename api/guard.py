"""What holds at every HTTP door: request id, body limit, security headers, listed origins, one shape of error."""

import asyncio
import logging
import re
import time
from contextlib import suppress
from functools import cache
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import BodyTooLarge, MethodNotAllowed, TimedOut, refused
from api.http.pages import page
from api.metrics import FAULTS, REQUESTS
from leadwell.base.ids import uuid7
from leadwell.base.refusals import NotFound, Refusal
from leadwell.base.settings import Settings

log = logging.getLogger(__name__)
BODY = 1024 * 1024
DEADLINE_S = 12.0   # until an answer begins, whatever a door waits for: the caller's credentials, too, are read from a database that may be gone
OPEN_TO_ALL = ("/capture", "/f/", "/forms", "/unsubscribe", "/inbound")  # doors for pages of anybody; they know no cookie and set their own headers
REQUEST_ID = re.compile(r"[A-Za-z0-9_.-]{8,64}")
ALWAYS = {
    "x-content-type-options": "nosniff", "x-frame-options": "DENY", "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin", "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "cache-control": "no-store",
}
FIXED = [(name.encode(), value.encode()) for name, value in ALWAYS.items()]
SECURE = (b"strict-transport-security", b"max-age=31536000")
ALLOWED_HEADERS = "authorization, content-type, idempotency-key, x-leadwell-csrf, x-request-id"
EXPOSED_HEADERS = "x-request-id, retry-after"


class Guard:
    """Pure ASGI, so that streams stay streams."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app, self.settings = app, settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        call = _Call(scope, receive, send, self.settings)
        started = time.perf_counter()
        try:
            async with call.deadline:
                if not await self._preflight(call):
                    await self.app(scope, call.receive, call.send)
        except Exception as error:
            if call.deadline.expired():
                await _answer(TimedOut(seconds=DEADLINE_S), call.request_id)(scope, call.receive, call.send)
                return
            FAULTS.inc()
            log.error("request %s failed", call.request_id, exc_info=error)
            if call.status is None:
                masked = {"error": {"code": "INTERNAL", "message": "Something went wrong on our side.", "retryable": False, "requestId": call.request_id}}
                await JSONResponse(masked, 500)(scope, call.receive, call.send)
        finally:
            _observed(_door(scope), call.status or 499).observe(time.perf_counter() - started)

    async def _preflight(self, call: "_Call") -> bool:
        """Answers a browser's question whether a listed origin may ask."""
        wanted = call.headers.get("access-control-request-method")
        if call.scope["method"] != "OPTIONS" or wanted is None or call.open:
            return False
        allowed = {"access-control-allow-methods": "GET, POST", "access-control-allow-headers": ALLOWED_HEADERS, "access-control-max-age": "600"}
        await Response(status_code=204 if call.origin else 403, headers=allowed if call.origin else None)(call.scope, call.receive, call.send)
        return True


class _Call:
    """One request on its way through."""

    def __init__(self, scope: Scope, receive: Receive, send: Send, settings: Settings) -> None:
        self.scope, self._receive, self._send = scope, receive, send
        self.headers = Headers(scope=scope)
        given = self.headers.get("x-request-id", "")
        self.request_id = given if REQUEST_ID.fullmatch(given) else uuid7().hex
        self.open = scope["path"].startswith(OPEN_TO_ALL)
        origin = self.headers.get("origin", "").lower()
        self.origin = origin if origin in settings.origins else None
        self.fixed = [*FIXED, SECURE] if settings.public_url.startswith("https:") else FIXED
        self.received, self.status = 0, None
        self.deadline = asyncio.timeout(DEADLINE_S)
        scope.setdefault("state", {})["request_id"] = self.request_id

    async def receive(self) -> Message:
        """Refuses a body above the limit at its announcement or, without one, at the first byte too many."""
        announced = self.headers.get("content-length", "")
        if announced.isdecimal() and int(announced[:12]) > BODY:
            raise BodyTooLarge(limit=BODY)
        message = await self._receive()
        self._wait(DEADLINE_S)
        self.received += len(message.get("body", b""))
        if self.received > BODY:
            raise BodyTooLarge(limit=BODY)
        return message

    def _wait(self, seconds: float | None) -> None:
        """The clock starts again with every piece of a body, and stops with the answer."""
        if self.status is None:
            with suppress(RuntimeError):    # it is over: what is sent now tells that, or of a fault
                self.deadline.reschedule(None if seconds is None else asyncio.get_running_loop().time() + seconds)

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._wait(None)
            self.status = message["status"]
            raw: list[tuple[bytes, bytes]] = list(message.get("headers", ()))
            known = {name for name, _ in raw}
            message["headers"] = raw
            raw += [header for header in self.fixed if header[0] not in known]
            raw.append((b"x-request-id", self.request_id.encode()))
            if self.status == BodyTooLarge.status:
                raw.append((b"connection", b"close"))   # the rest of the body is not read
            if not self.open:
                self._shared(MutableHeaders(raw=raw))
        await self._send(message)

    def _shared(self, headers: MutableHeaders) -> None:
        """What a page of another origin may do with the answer."""
        headers.add_vary_header("Origin")
        if self.origin:
            headers["access-control-allow-origin"] = self.origin
            headers["access-control-allow-credentials"] = "true"
            headers["access-control-expose-headers"] = EXPOSED_HEADERS


@cache
def _observed(door: str, status: int) -> Any:
    return REQUESTS.labels(door, status)


def _door(scope: Scope) -> str:
    """The route's pattern, never the path: paths carry ids and tokens."""
    return getattr(scope.get("route"), "path", None) or "none"


async def refusal_response(request: Request, refusal: Any) -> Response:
    """A refusal outside GraphQL."""
    assert isinstance(refusal, Refusal)
    return _answer(refusal, request.state.request_id)


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
