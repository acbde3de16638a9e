"""Asks Amazon SNS for its certificates, each once a day, and confirms subscriptions there; it asks nobody else."""

import time

import httpx

from leadwell.delivery import SnsAway, sns
from leadwell.outside.guard import Asked, Fetcher, NotFetched, Resolver
from leadwell.outside.guard.client import resolve

KEPT_S, MOST = 86_400, 20
AGENT = "Leadwell/0.1"


class AmazonSns:
    """`resolver` and `inner` stand in for the network in tests."""

    def __init__(self, *, resolver: Resolver | None = None, inner: httpx.AsyncBaseTransport | None = None) -> None:
        self._fetcher = Fetcher(agent=AGENT, resolver=resolver or resolve, inner=inner)
        self._kept: dict[str, tuple[float, bytes]] = {}

    async def certificate(self, url: str) -> bytes:
        """SnsAway."""
        assert sns.ours_to_ask(url)
        at, found = self._kept.get(url, (0.0, b""))
        if not found or time.monotonic() - at > KEPT_S:
            found = await self._asked(url)
            self._kept = dict(list(self._kept.items())[-MOST + 1:]) | {url: (time.monotonic(), found)}
        return found

    async def confirm(self, url: str) -> None:
        """From now on SNS sends. SnsAway."""
        if not sns.ours_to_ask(url):
            raise SnsAway(why="the address to confirm at is not one of Amazon SNS")
        await self._asked(url)

    async def _asked(self, url: str) -> bytes:
        try:
            found = await self._fetcher.fetch(Asked(url, seconds=5, most_bytes=50_000))
        except NotFetched as error:
            raise SnsAway(why=error.reason) from None
        if found.status != 200:
            raise SnsAway(why=f"it answered with status {found.status}")
        return found.body

    async def close(self) -> None:
        await self._fetcher.close()
