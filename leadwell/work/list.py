"""What waits, runs and has died: for people who look after an installation."""

from collections.abc import Sequence
from uuid import UUID

import asyncpg

from leadwell.base.tx import Tx

COLUMNS = "w.id, w.queue, w.kind, w.key, w.payload, w.state, w.run_at, w.attempts, w.crashes, w.last_error, w.created_at"


async def depths(tx: Tx) -> list[asyncpg.Record]:
    """Rows per queue and state, with the oldest due time of each."""
    return await tx.fetch(
        "SELECT w.queue, w.state, count(*) AS jobs, min(w.run_at) AS oldest FROM work w WHERE w.workspace_id = $1 "
        "GROUP BY w.queue, w.state ORDER BY w.queue, w.state", tx.workspace)


async def listed(tx: Tx, states: Sequence[str], limit: int, before: UUID | None = None) -> list[asyncpg.Record]:
    """Jobs in these states, newest first."""
    return await tx.fetch(
        f"SELECT {COLUMNS} FROM work w WHERE w.workspace_id = $1 AND w.state = ANY($2::text[]) AND ($4::uuid IS NULL OR w.id < $4) ORDER BY w.id DESC LIMIT $3",
        tx.workspace, list(states), limit, before)
