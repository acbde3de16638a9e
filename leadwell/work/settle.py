"""Ends or returns claimed jobs. Every word names the lease: a worker that lost it changes nothing."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.work.jobs import Job


async def hold(tx: Tx, jobs: Sequence[Job]) -> set[UUID]:
    """Locks the jobs that are still ours, at the start of the settling transaction: no row, no effect."""
    rows = await tx.fetch(
        "SELECT w.id FROM work w WHERE w.workspace_id = $1 AND w.id = ANY($2::uuid[]) AND w.lease = $3 AND w.state = 'RUNNING' FOR UPDATE",
        tx.workspace, [j.id for j in jobs], jobs[0].lease)
    return {r["id"] for r in rows}


async def finish(tx: Tx, jobs: Sequence[Job]) -> int:
    """Moves done jobs to the history, in the transaction of their effects."""
    return await tx.execute(load(__name__, "finish"), tx.workspace, [j.id for j in jobs], jobs[0].lease)


async def retry(tx: Tx, job: Job, reason: str, after: timedelta, *, free: bool = False) -> None:
    """Ready again after `after`; dead once its attempts are used up (a `free` try uses none); dropped when a ready twin will do it."""
    await tx.execute(load(__name__, "retry"), tx.workspace, job.id, job.lease, await tx.now() + after, reason[:2000], int(free))


async def postpone(tx: Tx, rows: Sequence[tuple[UUID, UUID | None, datetime, str]]) -> int:
    """Puts jobs off without a try: id, the lease under which it is in hand (None for a ready one), when it runs, and why then; returns how many."""
    return await tx.execute(load(__name__, "postpone"), tx.workspace, *map(list, zip(*rows, strict=True))) if rows else 0


async def bury(tx: Tx, job: Job, reason: str) -> None:
    """Dead: kept, visible, replayable."""
    await tx.execute(
        "UPDATE work SET state = 'DEAD', last_error = $4, lease = NULL, lease_until = NULL "
        "WHERE workspace_id = $1 AND id = $2 AND lease = $3 AND state = 'RUNNING'",
        tx.workspace, job.id, job.lease, reason[:2000])


async def release(tx: Tx, jobs: Sequence[Job]) -> int:
    """Gives back unfinished jobs at shutdown; a deploy costs no attempt."""
    return await tx.execute(load(__name__, "release"), tx.workspace, [j.id for j in jobs], jobs[0].lease)


async def replay(tx: Tx, ids: Sequence[UUID]) -> int:
    """Makes dead jobs ready again with a clean count; one whose twin is ready already stays dead."""
    return await tx.execute(load(__name__, "replay"), tx.workspace, list(ids), await tx.now())


async def cancel(tx: Tx, ids: Sequence[UUID]) -> int:
    """Cancels waiting jobs now and asks running ones to stop at their next heartbeat."""
    named = "WHERE workspace_id = $1 AND id = ANY($2::uuid[])"
    waiting = await tx.execute(f"UPDATE work SET state = 'CANCELED' {named} AND state = 'READY'", tx.workspace, list(ids))
    running = await tx.execute(f"UPDATE work SET cancel_requested = true {named} AND state = 'RUNNING'", tx.workspace, list(ids))
    return waiting + running
