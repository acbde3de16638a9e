"""One reader of numbered events per workspace and process; subscribers share what it read and never miss or repeat a number."""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from typing import Any
from uuid import UUID

from leadwell import events
from leadwell.base.actor import Actor
from leadwell.base.refusals import Refusal
from leadwell.base.tx import Database
from leadwell.wiring import Kit

KEPT, BATCH, TRY_AGAIN_S, MOST = 2_000, 500, 1.0, 1_000
log = logging.getLogger(__name__)


class TooManySubscriptions(Refusal):
    """This workspace has {most} subscriptions open in this process, and that is the limit."""

    fix = "Close those that nobody looks at."
    retryable = True
    status = 429


class Tail:
    """The newest events of one workspace. `failed` tries say nothing to subscribers: they wait until it reads again."""

    def __init__(self, kit: Kit, workspace: UUID) -> None:
        self._kit, self._actor = kit, Actor.system(workspace)
        self._events: deque[Any] = deque(maxlen=KEPT)
        self._told = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self.seq = -1
        self.subscribers = 0

    async def start(self) -> None:
        """Begins at the latest number, so that the first subscriber's place is certain."""
        if self.seq < 0:
            async with self._kit.db.read(self._actor) as tx:
                self.seq = max(self.seq, await events.latest(tx))
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._follow())

    async def stop(self) -> None:
        if self._task:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def after(self, seq: int) -> list[Any]:
        """The next events behind number `seq`, once there are some: from memory if they are still there, else from the table."""
        while self.seq <= seq:
            await self._told.wait()
        if self._events and self._events[0]["seq"] <= seq + 1:
            return [e for e in self._events if e["seq"] > seq][:BATCH]
        return await _read(self._kit.db, self._actor, seq)

    async def _follow(self) -> None:
        while True:
            try:
                async for _ in self._kit.live.listen(self._actor.workspace):
                    await self._advance()
            except Exception as error:
                log.warning("live events of %s wait: %s", self._actor.workspace, error)
            await asyncio.sleep(TRY_AGAIN_S)

    async def _advance(self) -> None:
        while found := await _read(self._kit.db, self._actor, self.seq):
            self._events.extend(found)
            self.seq = found[-1]["seq"]
            told, self._told = self._told, asyncio.Event()
            told.set()


async def _read(db: Database, actor: Actor, seq: int) -> list[Any]:
    async with db.read(actor) as tx:
        return await events.newer(tx, seq, BATCH)


class Tails:
    """The tails of a process; one ends with its last subscriber."""

    def __init__(self, kit: Kit) -> None:
        self._kit = kit
        self._tails: dict[UUID, Tail] = {}

    @asynccontextmanager
    async def tail(self, workspace: UUID) -> AsyncGenerator[Tail]:
        tail = self._tails.setdefault(workspace, Tail(self._kit, workspace))
        if tail.subscribers >= MOST:
            raise TooManySubscriptions(most=MOST)
        tail.subscribers += 1
        try:
            await tail.start()
            yield tail
        finally:
            tail.subscribers -= 1
            if not tail.subscribers:
                self._tails.pop(workspace, None)
                await tail.stop()

    async def close(self) -> None:
        for tail in list(self._tails.values()):
            await tail.stop()
