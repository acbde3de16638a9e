"""How every subscription goes on: event after event, with the rights of the moment, at the pace of whoever listens."""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from typing import Any

from api.context import Context
from api.subscriptions.feeds import LEFT, Feed, Stretch, Told
from api.subscriptions.leaving import Listed
from api.subscriptions.places import Place
from api.subscriptions.tail import SLOW_S, TRY_AGAIN_S, Tail
from api.subscriptions.watches import Watch
from leadwell.access.credentials import REMEMBERED_S
from leadwell.base.refusals import Refusal, Unavailable
from leadwell.base.turns import WorkspaceBusy

Make = Callable[[], Watch]


class SlowConsumer(Refusal):
    """The connection took more than {seconds} seconds for what this subscription told, so it was ended."""

    fix = "Read faster or ask for less; subscribe again after params.cursor, and nothing is missed."
    retryable = True
    status = 408


async def follow(context: Context, watch: Watch, make: Make, after: str | None, listed: Listed | None = None) -> AsyncGenerator[Told, None]:
    """What a watch tells behind a cursor, or from now on. `make` gives the one that holds when the viewer's rights have changed.
    Forbidden, CredentialRejected, BadCursor, CursorTooOld, TooManySubscriptions, SlowConsumer."""
    async with context.tails.tail(context.viewer) as tail:
        place, pace, feed = await tail.begin(after), Pace(context.tails.slow_s), context.tails.feeds.of(watch, tail)
        while True:
            for one in await _gone(context, feed, place, listed):
                yield one
            moved = await tail.moved(place.seq, REMEMBERED_S)
            if await renewed(context):
                feed = context.tails.feeds.of(make(), tail)
                if listed:
                    listed.unsure = True
            if not moved or (stretch := await _behind(feed, place)) is None:
                continue
            for one in listed.heard(stretch, feed.watch) if listed else stretch.told:
                if one.change.kind == LEFT or place.behind(one.seq, one.change.record):
                    pace.began = time.monotonic()
                    yield one
                    pace.took(one.change.cursor)
            place = Place(stretch.end)
            pace.reached(place.seq >= tail.seq)


async def _gone(context: Context, feed: Feed, place: Place, listed: Listed | None) -> Sequence[Told]:
    """What of a list does not match any more, where that has to be looked at."""
    if listed is None or not listed.unsure:
        return ()
    try:
        return await listed.gone(context.db, feed.watch, place)
    except (Unavailable, WorkspaceBusy):
        await asyncio.sleep(TRY_AGAIN_S)
        return ()


async def _behind(feed: Feed, place: Place) -> Stretch | None:
    """The next stretch; None where the database is away or too busy."""
    try:
        return await feed.behind(place.seq)
    except (Unavailable, WorkspaceBusy):
        await asyncio.sleep(TRY_AGAIN_S)
        return None


async def renewed(context: Context) -> bool:
    """Looks at the rights of this moment: whether they are others than before. They stay while the database is away, for then nothing is told.
    CredentialRejected."""
    before = context.viewer
    try:
        await context.renew()
    except (Unavailable, WorkspaceBusy):
        await asyncio.sleep(TRY_AGAIN_S)
    return context.viewer is not before and context.viewer != before


async def heard(context: Context, after: str | None) -> AsyncGenerator[tuple[Tail, Sequence[Any]], None]:
    """Every event of the workspace behind a cursor, or from now on, in stretches; an empty one at least every few seconds, so that rights are looked at."""
    async with context.tails.tail(context.viewer) as tail:
        place, pace = await tail.begin(after), Pace(context.tails.slow_s)
        while True:
            moved = await tail.moved(place.seq, REMEMBERED_S)
            await renewed(context)
            batch: Sequence[Any] = await tail.after(place.seq) if moved else ()
            place = Place(batch[-1]["seq"]) if batch else place
            pace.began = time.monotonic()
            yield tail, batch
            pace.took(place.cursor(context.viewer.workspace))
            pace.reached(place.seq >= tail.seq)


class Pace:
    """How long a listener takes. Whoever has come up with events and is behind again because of its own connection is told so, and ended."""

    def __init__(self, slow_s: float = SLOW_S) -> None:
        self.slow_s = slow_s
        self.began = self.waited = 0.0
        self.live = False

    def took(self, cursor: str) -> None:
        """Something was handed over that ends at the cursor. SlowConsumer."""
        self.waited += time.monotonic() - self.began
        if self.live and self.waited > self.slow_s:
            raise SlowConsumer(cursor=cursor, seconds=round(self.slow_s))

    def reached(self, end: bool) -> None:
        """A stretch is over, which brought the listener up with the newest event or not."""
        if end:
            self.live, self.waited = True, 0.0
