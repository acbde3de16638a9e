"""One reader of numbered events per workspace and process; subscribers share what it read and never miss or repeat a number."""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from typing import Any
from uuid import UUID

from api.subscriptions.feeds import Feeds
from api.subscriptions.places import CursorTooOld, Place
from api.subscriptions.seats import Seats
from leadwell import events
from leadwell.access import Viewer
from leadwell.base.actor import Actor
from leadwell.base.refusals import Unavailable
from leadwell.base.tx import Database
from leadwell.wiring import Kit

KEPT, BATCH, TRY_AGAIN_S = 500, 500, 1.0
SLOW_S = 10.0               # for so long a connection may hold up who was up to date
TOGETHER_S = 0.02           # what is numbered in so short a time is read together
log = logging.getLogger(__name__)


class Tail:
    """The newest events of one workspace. `failed` tries say nothing to subscribers: they wait until it reads again."""

    def __init__(self, kit: Kit, workspace: UUID) -> None:
        self._kit, self.actor = kit, Actor.system(workspace)
        self._events: deque[Any] = deque(maxlen=KEPT)
        self._told = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self.seq = -1
        self._first = 1 << 62   # whose event is still there, as far as is known
        self.subscribers = 0

    async def start(self) -> None:
        """Begins at the latest number, so that the first subscriber's place is certain."""
        if self.seq < 0:
            async with self._kit.db.read(self.actor) as tx:
                self.seq = max(self.seq, await events.latest(tx))
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._follow())

    async def stop(self) -> None:
        if self._task:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def begin(self, after: str | None) -> Place:
        """The place behind a cursor, or the latest one. BadCursor; CursorTooOld where events behind it are no longer kept."""
        if after is None:
            return Place(self.seq)
        place = Place.read(self.actor.workspace, after)
        if not self._first <= place.seq + 1 <= self.seq + 1:     # many come back at once, and mostly this is known
            async with self._kit.db.read(self.actor) as tx:
                self._first, last = await events.kept(tx)
            place.check(self._first, last)
        return place

    async def moved(self, seq: int, patience_s: float) -> bool:
        """Waits for events behind number `seq`; False when none came for so long."""
        if self.seq <= seq:
            with suppress(TimeoutError):
                async with asyncio.timeout(patience_s):
                    while self.seq <= seq:
                        await self._told.wait()
        return self.seq > seq

    async def after(self, seq: int) -> list[Any]:
        """The next events behind number `seq`, once there are some: from memory if they are still there, else from the table. CursorTooOld."""
        while self.seq <= seq:
            await self._told.wait()
        if self._events and self._events[0]["seq"] <= seq + 1:
            return [e for e in self._events if e["seq"] > seq][:BATCH]
        if not (found := await _read(self._kit.db, self.actor, seq)):
            raise CursorTooOld(field="after")
        return found

    async def _follow(self) -> None:
        while True:
            try:
                async for _ in self._kit.live.listen(self.actor.workspace):
                    if await self._advance():
                        await asyncio.sleep(TOGETHER_S)
            except Exception as error:
                log.warning("live events of %s wait: %s", self.actor.workspace, error)
            await asyncio.sleep(TRY_AGAIN_S)

    async def _advance(self) -> bool:
        before = self.seq
        while found := await _read(self._kit.db, self.actor, self.seq):
            self._events.extend(found)
            self.seq = found[-1]["seq"]
            told, self._told = self._told, asyncio.Event()
            told.set()
            if len(found) < BATCH:
                break
        return self.seq > before


async def _read(db: Database, actor: Actor, seq: int) -> list[Any]:
    if db.brief:
        return await events.glanced(db, actor.workspace, seq, BATCH)
    async with db.read(actor) as tx:
        return await events.newer(tx, seq, BATCH)


class Tails:
    """The tails of a process; one ends with its last subscriber."""

    def __init__(self, kit: Kit) -> None:
        self.kit, self.feeds, self.leaving = kit, Feeds(kit.db), asyncio.Event()
        self._tails: dict[UUID, Tail] = {}
        self.slow_s = SLOW_S
        self.seats = Seats(kit.settings, kit.seats)

    @asynccontextmanager
    async def tail(self, viewer: Viewer) -> AsyncGenerator[Tail]:
        """The tail of the viewer's workspace, as long as it is followed. TooManySubscriptions; Unavailable once the process is leaving."""
        if self.leaving.is_set():
            raise Unavailable()
        async with self.seats.taken(viewer):
            tail = self._tails.setdefault(viewer.workspace, Tail(self.kit, viewer.workspace))
            tail.subscribers += 1
            try:
                await tail.start()
                yield tail
            finally:
                tail.subscribers -= 1
                if not tail.subscribers:
                    self._tails.pop(viewer.workspace, None)
                    await tail.stop()

    async def close(self) -> None:
        for tail in list(self._tails.values()):
            await tail.stop()
        await self.seats.close()
