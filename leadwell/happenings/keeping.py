"""Looks again at what waits for somebody to be known, and forgets what is long over."""

from collections import defaultdict
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec

from leadwell.base.refusals import Refusal
from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.capture.feeds import Feed, FeedClosed, UnknownFeed, read_feed
from leadwell.happenings.following import follow
from leadwell.happenings.taking import Taken, keep
from leadwell.happenings.telling import Happening

BATCH = 100
KEPT = timedelta(days=90)


async def look_again(tx: Tx) -> bool:
    """Events whose person is known by now; whether there may be more. One that is refused is over, with the reason."""
    rows = await tx.fetch(load(__name__, "found"), tx.workspace, BATCH)
    by_feed: dict[UUID, list[Any]] = defaultdict(list)
    for row in rows:
        by_feed[row["feed_id"]].append(row)
    for feed_id, waiting in by_feed.items():
        feed = await _feed(tx, feed_id)
        for row in waiting:
            told = msgspec.convert(row["body"], Happening)
            await keep(tx, [(row["id"], await _fate(tx, feed, told, row["person_id"]), told)])
    return len(rows) == BATCH


async def _fate(tx: Tx, feed: Feed | None, told: Happening, person: UUID) -> Taken:
    if feed is None:
        return Taken(told.id, "IGNORED", "FEED_CLOSED")
    try:
        return Taken(told.id, *await follow(tx, feed, told, person))
    except Refusal as refusal:
        return Taken(told.id, "IGNORED", f"{refusal.code}: {refusal.message}")


async def _feed(tx: Tx, id: UUID) -> Feed | None:
    try:
        return await read_feed(tx, id)
    except (UnknownFeed, FeedClosed):
        return None


async def forget(tx: Tx) -> bool:
    """Ids are remembered, and events wait, for 90 days; whether there may be more."""
    return await tx.execute(load(__name__, "forget"), tx.workspace, await tx.now() - KEPT, 2_000) == 2_000
