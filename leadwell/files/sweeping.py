"""Removes files that nobody attached, or that never arrived, a day later: the row first, its bytes by a job of the same transaction."""

from datetime import timedelta

from leadwell import work
from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.work import NewJob

REMOVE = "upkeep.remove_file"
GRACE = timedelta(days=1)
BATCH = 500


def removal(key: str, delay: timedelta = timedelta(0)) -> NewJob:
    """The job that has the file store forget a key."""
    return NewJob("upkeep", REMOVE, {"key": key}, key=key, delay=delay)


async def sweep(tx: Tx) -> int:
    """Forgets up to BATCH loose files; returns how many."""
    rows = await tx.fetch(load(__name__, "sweep"), tx.workspace, await tx.now() - GRACE, BATCH)
    await work.put(tx, *(removal(row["store_key"]) for row in rows if row["store_key"]))
    return len(rows)
