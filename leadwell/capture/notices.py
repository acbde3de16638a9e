"""Leads that a vendor only announced: who has the answers fetched, and when."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from leadwell import work
from leadwell.base.actor import Actor
from leadwell.base.sql import load
from leadwell.base.tx import Database, Tx

ATTEMPTS = 20    # some ten hours of the job plane's backoff
MOST_AGAIN = 1000


async def plan(tx: Tx, ids: Sequence[UUID]) -> int:
    """Has the answers fetched of those that are parked announcements of a feed with a token; returns how many. Said again, nothing more is done."""
    return await _put(tx, await tx.fetch(load(__name__, "announced"), tx.workspace, list(ids), None, MOST_AGAIN))


async def plan_feed(tx: Tx, feed_id: UUID) -> int:
    """The same for whatever a feed has waiting, newest first: it has another token now."""
    return await _put(tx, await tx.fetch(load(__name__, "announced"), tx.workspace, None, feed_id, MOST_AGAIN))


async def finish_fetching(db: Database, actor: Actor, ids: Sequence[UUID]) -> None:
    """Plans for those whose process died between keeping them and planning."""
    await db.run(actor, lambda tx: plan(tx, ids), replayable=True)


async def _put(tx: Tx, rows: Sequence[Any]) -> int:
    await work.put(tx, *(work.NewJob("transfer", "transfer.fetch", {"id": str(row["id"])}, key=str(row["id"]), max_attempts=ATTEMPTS) for row in rows))
    return len(rows)
