"""Posts one signed webhook and says what came back."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from standardwebhooks.webhooks import Webhook

from leadwell.base.refusals import Refusal
from leadwell.webhooks import Answer, Post

if TYPE_CHECKING:
    from httpx import AsyncClient

    from leadwell.outside.guard import Resolver

TOTAL_S = 10.0
SHOWN = 4096    # of a response, of which the log keeps the first kilobyte
MOST = 400      # connections: workers bound how many posts are under way


class WebhookSender:
    """Standard Webhooks (standardwebhooks.com): a fresh timestamp and signature per attempt over frozen bytes.
    Its client is made, and httpx imported, with the first post: most processes never send one."""

    def __init__(self, *, allow_loopback: bool = False, resolver: Resolver | None = None) -> None:
        self._loopback, self._resolver = allow_loopback, resolver
        self._client: AsyncClient | None = None

    async def post(self, post: Post) -> Answer:
        import httpx

        now = datetime.now(UTC)
        headers = {
            "content-type": "application/json", "webhook-id": post.id, "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": " ".join(Webhook(secret).sign(post.id, now, post.body) for secret in post.secrets),
        }
        started = time.monotonic()
        try:
            async with asyncio.timeout(TOTAL_S):
                response = await self._opened().post(post.url, content=post.body.encode(), headers=headers)
        except Refusal as refusal:
            return Answer(None, "", refusal.message, None, _since(started))
        except (httpx.HTTPError, TimeoutError, OSError) as error:
            return Answer(None, "", f"{type(error).__name__}: {error}"[:500], None, _since(started))
        took = _since(started)
        return Answer(response.status_code, response.text[:SHOWN], None, _seconds(response.headers.get("retry-after")), took)

    def _opened(self) -> AsyncClient:
        import httpx

        from leadwell.outside.guard import GuardedTransport, guarded_client
        from leadwell.outside.guard.client import resolve

        if self._client is None:
            inner = httpx.AsyncHTTPTransport(retries=0, trust_env=False, limits=httpx.Limits(max_connections=MOST, max_keepalive_connections=0))
            self._client = guarded_client(GuardedTransport(allow_loopback=self._loopback, resolver=self._resolver or resolve, inner=inner), TOTAL_S)
        return self._client

    async def close(self) -> None:
        if self._client is not None:
            await self._client.aclose()


def _since(started: float) -> int:
    return round((time.monotonic() - started) * 1000)


def _seconds(text: str | None) -> int | None:
    return int(text) if text and text.isdigit() else None
