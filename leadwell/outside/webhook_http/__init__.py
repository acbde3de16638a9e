"""Posts one signed webhook and says what came back."""

import asyncio
import time
from datetime import UTC, datetime

import httpx
from standardwebhooks.webhooks import Webhook

from leadwell.base.refusals import Refusal
from leadwell.outside.guard import GuardedTransport, Resolver, guarded_client
from leadwell.outside.guard.client import resolve
from leadwell.webhooks import Answer, Post

TOTAL_S = 10.0
SHOWN = 4096


class WebhookSender:
    """Standard Webhooks (standardwebhooks.com): a fresh timestamp and signature per attempt over frozen bytes."""

    def __init__(self, *, allow_loopback: bool = False, resolver: Resolver = resolve) -> None:
        self._client = guarded_client(GuardedTransport(allow_loopback=allow_loopback, resolver=resolver), TOTAL_S)

    async def post(self, post: Post) -> Answer:
        now = datetime.now(UTC)
        headers = {
            "content-type": "application/json", "webhook-id": post.id, "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": " ".join(Webhook(secret).sign(post.id, now, post.body) for secret in post.secrets),
        }
        started = time.monotonic()
        try:
            async with asyncio.timeout(TOTAL_S):
                response = await self._client.post(post.url, content=post.body.encode(), headers=headers)
        except Refusal as refusal:
            return Answer(None, "", refusal.message, None)
        except (httpx.HTTPError, TimeoutError, OSError) as error:
            return Answer(None, "", f"{type(error).__name__}: {error}"[:500] or "no answer", None)
        took = round((time.monotonic() - started) * 1000)
        return Answer(response.status_code, response.text[:SHOWN], None, _seconds(response.headers.get("retry-after")), took)

    async def close(self) -> None:
        await self._client.aclose()


def _seconds(text: str | None) -> int | None:
    return int(text) if text and text.isdigit() else None
