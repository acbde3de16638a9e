"""The second channel behind the mail port: a message is posted, signed, to a system that delivers it, such as a gateway for text messages."""

from __future__ import annotations

import base64
from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime
from email import message_from_bytes, policy
from typing import TYPE_CHECKING, Any, Literal

import orjson
from standardwebhooks.webhooks import Webhook

from leadwell.base import faults
from leadwell.base.refusals import Refusal
from leadwell.delivery.port import Lost, Mailer, Refused, Route, Session

if TYPE_CHECKING:
    from httpx import AsyncClient

    from leadwell.outside.guard import Resolver

TOTAL_S, SHOWN = 20.0, 500
LATER = frozenset({408, 425, 429})


class Carriers:
    """The mail port over everything a message can travel by: the route says which."""

    def __init__(self, mail: Mailer, hooks: WebhookChannel) -> None:
        self._mail, self._hooks = mail, hooks

    def open(self, route: Route | None = None) -> AbstractAsyncContextManager[Session]:
        return self._hooks.open(route) if route and route.channel == "WEBHOOK" else self._mail.open(route)

    async def close(self) -> None:
        await self._mail.close()
        await self._hooks.close()


class WebhookChannel:
    """Standard Webhooks: the id is the message's own, so that a gateway that keeps ids takes none twice."""

    def __init__(self, *, allow_loopback: bool = False, resolver: Resolver | None = None) -> None:
        self._loopback, self._resolver = allow_loopback, resolver
        self._client: AsyncClient | None = None

    @asynccontextmanager
    async def open(self, route: Route) -> AsyncGenerator[HookSession]:
        """Nothing is connected yet: a post is one step."""
        yield HookSession(self._opened(), route)

    def _opened(self) -> AsyncClient:
        from leadwell.outside.guard import GuardedTransport, guarded_client
        from leadwell.outside.guard.client import resolve

        if self._client is None:
            self._client = guarded_client(GuardedTransport(allow_loopback=self._loopback, resolver=self._resolver or resolve), TOTAL_S)
        return self._client

    async def close(self) -> None:
        if self._client is not None:
            await self._client.aclose()


class HookSession:
    """One message. Its text part is what is delivered; the subject goes along."""

    def __init__(self, client: AsyncClient, route: Route) -> None:
        self._client, self._route = client, route
        self._sender, self._recipient = "", ""

    async def mail(self, sender: str) -> None:
        self._sender = sender

    async def rcpt(self, recipient: str) -> None:
        self._recipient = recipient

    async def data(self, content: bytes) -> str:
        """2xx: taken; other answers are refusals, some of them for now; an answer that never came leaves the message's fate open."""
        import httpx

        faults.point("channel.post")
        body, id = self._body(content)
        try:
            response = await self._client.post(self._route.url, content=body, headers=self._headers(id, body))
        except (Refusal, httpx.ConnectError, httpx.ConnectTimeout, httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
            raise Refused("DATA", 451, f"4.4.1 {error}"[:SHOWN]) from error   # nothing was sent: it is tried again
        except (httpx.HTTPError, OSError) as error:
            raise Lost(f"{type(error).__name__}: {error}"[:SHOWN]) from error
        said = " ".join(response.text[:SHOWN].split())
        if response.is_success:
            return f"{response.status_code} {said}"
        raise Refused("DATA", _code(response.status_code), f"HTTP {response.status_code} {said}")

    def _body(self, content: bytes) -> tuple[bytes, str]:
        message: Any = message_from_bytes(content, policy=policy.default)
        part = message.get_body(("plain",))
        id = str(message["message-id"]).strip("<>")
        said = {
            "id": id, "from": self._sender, "to": self._recipient, "subject": str(message["subject"] or ""),
            "text": part.get_content().strip() if part is not None else "", "send": str(message["x-leadwell-send"] or ""),
        }  # fmt: skip
        return orjson.dumps(said), id

    def _headers(self, id: str, body: bytes) -> dict[str, str]:
        now = datetime.now(UTC)
        key = "whsec_" + base64.b64encode((self._route.secret or "").encode()).decode()
        return {
            "content-type": "application/json", "webhook-id": id, "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": Webhook(key).sign(id, now, body.decode()), "idempotency-key": id,
        }  # fmt: skip


def _code(status: int) -> Literal[451, 550]:
    """As SMTP would say it: for now, or for good."""
    return 451 if status in LATER or status >= 500 or status < 400 else 550
