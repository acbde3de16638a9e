"""Takes due jobs of one workspace under a lease, keeps the lease alive, and rescues what a dead worker left."""

from collections.abc import Sequence
from uuid import UUID, uuid4

import asyncpg

from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.work.jobs import PROMPT, Job, Kind

LEASE_S = 30
CRASHES = 3


async def claim(
    tx: Tx, queue: str, kinds: Sequence[Kind], limit: int, *, priority: int = PROMPT, suspects: bool = False, lease: UUID | None = None,
) -> list[Job]:
    """Up to `limit` due jobs of the kinds (and payload versions) this worker knows; the rest wait for a newer worker.
    `suspects` takes jobs that a crashed worker held: they run alone, so that they take nobody down with them.
    Whoever names the `lease` beforehand can find with `held` what was claimed, should the answer be lost."""
    rows = await tx.fetch(
        load(__name__, "claim"), tx.workspace, queue, priority, limit, [k.name for k in kinds], [k.version for k in kinds], lease or uuid4(), LEASE_S, suspects)
    return [_job(tx.workspace, r) for r in rows]


async def held(tx: Tx, lease: UUID) -> list[Job]:
    """The jobs in hand under this lease."""
    rows = await tx.fetch(
        "SELECT w.id, w.queue, w.kind, w.key, w.payload, w.payload_version, w.attempts, w.crashes, w.max_attempts, w.run_at, w.lease FROM work w "
        "WHERE w.workspace_id = $1 AND w.lease = $2 AND w.state = 'RUNNING' ORDER BY w.run_at, w.id", tx.workspace, lease)
    return [_job(tx.workspace, r) for r in rows]


def _job(workspace: UUID, r: asyncpg.Record) -> Job:
    return Job(workspace, r["id"], r["queue"], r["kind"], r["key"], r["payload"], r["payload_version"], r["attempts"], r["crashes"],
               r["max_attempts"], r["run_at"], r["lease"])


async def heartbeat(tx: Tx, jobs: Sequence[Job]) -> set[UUID]:
    """Renews the leases still held; returns the ids of jobs whose cancellation was asked for or whose lease is lost."""
    rows = await tx.fetch(load(__name__, "heartbeat"), tx.workspace, [j.id for j in jobs], jobs[0].lease, LEASE_S)
    return {j.id for j in jobs} - {r["id"] for r in rows if not r["cancel_requested"]}


async def rescue(tx: Tx, queue: str) -> int:
    """Gives back what dead workers held: a crash is counted, the third one quarantines. Returns how many were rescued."""
    return await tx.execute(load(__name__, "rescue"), tx.workspace, queue, CRASHES)
