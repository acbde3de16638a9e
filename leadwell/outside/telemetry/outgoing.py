"""Mail and webhooks on their way out, each a span: what kind and how it ended, never to whom."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from leadwell.base.tracing import Tracer
from leadwell.webhooks import Answer, Post


class TracedMail:
    """The mail port behind spans."""

    def __init__(self, inner: Any, tracer: Tracer) -> None:
        self._inner, self._tracer = inner, tracer

    @asynccontextmanager
    async def open(self, route: Any = None) -> AsyncGenerator[Any]:
        with self._tracer.span("mail", "CLIENT", {"leadwell.channel": route.channel if route else "MAIL"}):
            async with self._inner.open(route) as session:
                yield session

    async def close(self) -> None:
        await self._inner.close()


class TracedHooks:
    """The port of webhooks behind spans."""

    def __init__(self, inner: Any, tracer: Tracer) -> None:
        self._inner, self._tracer = inner, tracer

    async def post(self, post: Post) -> Answer:
        with self._tracer.span("webhook", "CLIENT", {"leadwell.attempt": post.attempts + 1}) as span:
            answer = await self._inner.post(post)
            if answer.status is None:
                span.fail("no answer")
            else:
                span.note(http__response__status_code=answer.status)
            return answer

    async def close(self) -> None:
        await self._inner.close()
