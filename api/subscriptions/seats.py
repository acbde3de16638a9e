"""How many subscriptions a key or user and a workspace may have open, over all processes: asked when one begins, never for an event."""

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import NamedTuple

from leadwell.access import Viewer
from leadwell.base import seats
from leadwell.base.buckets import Unheard
from leadwell.base.refusals import Refusal
from leadwell.base.settings import Settings

BEAT_S = 5.0
log = logging.getLogger(__name__)


class TooManySubscriptions(Refusal):
    """{whose} has {most} subscriptions open, and that is the limit."""

    fix = "Close those that nobody looks at."
    retryable = True
    status = 429


class Limit(NamedTuple):
    """How many may be open under a name, and whose they are."""

    name: str
    most: int
    whose: str


class Seats:
    """One per process. Whoever begins has told it before hearing how many there are elsewhere, so that of two who take the last seat at once
    never both get it. Where `others` do not answer, this process counts alone."""

    def __init__(self, settings: Settings, others: seats.Seats | None = None, beat_s: float = BEAT_S) -> None:
        self._each, self._most, self._others, self._beat_s = settings.live_subscriptions, settings.workspace_live_subscriptions, others, beat_s
        self.here: Counter[str] = Counter()
        self._elsewhere: dict[str, int] = {}
        self._changed: set[str] = set()
        self._turn = asyncio.Lock()
        self._next: asyncio.Task[None] | None = None
        self._beat: asyncio.Task[None] | None = None
        self._alone = self._heard_of = False

    @asynccontextmanager
    async def taken(self, viewer: Viewer) -> AsyncGenerator[None]:
        """A seat of the viewer's. TooManySubscriptions."""
        limits = (Limit(viewer.credential, self._each, "This key or user"), Limit(f"workspace:{viewer.workspace}", self._most, "This workspace"))
        for limit in limits:
            self._check(limit, self.here[limit.name] + 1)
        places = [self._sit(limit.name) for limit in limits]
        try:
            if self._others is not None:
                await self.tell()
                for limit, place in zip(limits, places, strict=True):
                    self._check(limit, place + self._elsewhere.get(limit.name, 0))
            yield
        finally:
            for limit in limits:
                self._rise(limit.name)
            if self._others is not None:
                self._told()

    async def tell(self) -> None:
        """Tells the others what has changed here, and hears from them."""
        await asyncio.shield(self._told())

    def _check(self, limit: Limit, count: int) -> None:
        if count > limit.most:
            raise TooManySubscriptions(most=limit.most, whose=limit.whose)

    def _sit(self, name: str) -> int:
        self.here[name] += 1
        self._changed.add(name)
        return self.here[name]

    def _rise(self, name: str) -> None:
        self.here[name] -= 1
        self._changed.add(name)
        if not self.here[name]:
            del self.here[name]

    def _told(self) -> asyncio.Task[None]:
        """The message that tells all that has changed by now: one is under way at a time, and whoever comes meanwhile shares the next."""
        if self._next is None:
            self._next = asyncio.create_task(self._tell())
        if self._beat is None or self._beat.done():
            self._beat = asyncio.create_task(self._beating())
        return self._next

    async def _tell(self) -> None:
        async with self._turn:
            self._next, told = None, {name: self.here.get(name, 0) for name in self._changed}
            self._changed.clear()
            if self._others is None:
                return
            self._heard_of = True
            try:
                elsewhere = await self._others.tell(told)
            except Unheard as why:
                if not self._alone:
                    log.warning("subscriptions are counted by this process alone: %s", why)
                self._alone, self._elsewhere = True, {}
                self._changed.update(told)
                return
            self._alone = False
            self._elsewhere.update(zip(told, elsewhere, strict=True))
            self._elsewhere = {name: n for name, n in self._elsewhere.items() if name in self.here}

    async def _beating(self) -> None:
        """Says again what is open, before the others forget it, for as long as anything is."""
        while self.here:
            await asyncio.sleep(self._beat_s)
            self._changed.update(self.here)
            await self.tell()

    async def close(self) -> None:
        """The others need not wait until this process is forgotten."""
        others, self._others = self._others, None
        if self._beat:
            self._beat.cancel()
        async with self._turn:      # what is being told is told to its end
            if others and self._heard_of:
                await others.leave()
