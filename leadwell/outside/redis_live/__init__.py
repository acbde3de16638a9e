"""Tells every API process that a workspace has new numbered events; a lost word costs one poll."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncGenerator, Collection
from contextlib import suppress
from typing import Any
from uuid import UUID

from redis.asyncio import Redis
from redis.exceptions import RedisError

from leadwell.outside.arq_bell import Spared

CHANNEL, ID = "lw:seq", 16
POLL_S = 1.0


class RedisLive:
    """One subscription per process, shared by all listeners."""

    def __init__(self, url: str) -> None:
        make: Any = Redis
        self._redis, self._spared = make.from_url(url, socket_connect_timeout=1), Spared()
        self._waiting: dict[UUID, set[asyncio.Event]] = defaultdict(set)
        self._tail: asyncio.Task[None] | None = None

    async def publish(self, workspaces: Collection[UUID]) -> None:
        """One word for all of them."""
        if self._spared.resting:
            return
        with suppress(RedisError, OSError):
            async with self._spared.tried():
                await self._redis.publish(CHANNEL, b"".join(workspace.bytes for workspace in workspaces))

    async def listen(self, workspace: UUID) -> AsyncGenerator[None]:
        """Yields whenever the workspace may have new events: at once, when told, and at least every POLL_S seconds."""
        if self._tail is None or self._tail.done():
            self._tail = asyncio.get_running_loop().create_task(self._follow())
        told = asyncio.Event()
        self._waiting[workspace].add(told)
        try:
            while True:
                yield
                with suppress(TimeoutError):
                    await asyncio.wait_for(told.wait(), POLL_S)
                told.clear()
        finally:
            self._waiting[workspace].discard(told)

    async def _follow(self) -> None:
        while True:
            try:
                async with self._redis.pubsub() as pubsub:
                    await pubsub.subscribe(CHANNEL)
                    async for message in pubsub.listen():
                        if message["type"] == "message":
                            self._tell(message["data"])
            except (RedisError, OSError):
                await asyncio.sleep(POLL_S)

    def _tell(self, ids: bytes) -> None:
        for at in range(0, len(ids) - ID + 1, ID):
            for told in self._waiting.get(UUID(bytes=ids[at : at + ID]), ()):
                told.set()

    async def close(self) -> None:
        if self._tail:
            self._tail.cancel()
            with suppress(asyncio.CancelledError):
                await self._tail
        await self._redis.aclose()
