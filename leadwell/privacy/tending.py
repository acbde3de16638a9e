"""Looks after requests whose job died: they are taken up again for a day, and are shown as failed then, until somebody asks again."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from leadwell import work
from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.privacy import access, erasing, requests

LONG = timedelta(days=1)        # for which a job that died is tried again, each hour
FOLLOWED = timedelta(days=7)    # the same of the last look after an erasure
JOBS = {"ERASURE": erasing.JOB, "ACCESS": access.JOB}
LATE = (
    "SELECT w.id FROM work w WHERE w.workspace_id = $1 AND w.state = 'DEAD' AND w.kind = $2 AND w.created_at > clock_timestamp() - $3::interval "
    "ORDER BY w.created_at DESC LIMIT 1000")


async def tend(tx: Tx) -> None:
    """Every request under way that no job looks after. A run of retention goes on by the next night's job; what stopped it is shown."""
    for row in await tx.fetch(load(__name__, "forsaken"), tx.workspace, LONG):
        if row["last_error"] not in (None, row["error"]):
            await tx.execute("UPDATE privacy_requests SET error = $3 WHERE workspace_id = $1 AND id = $2", tx.workspace, row["id"], row["last_error"][:1000])
        if row["kind"] in JOBS:
            await _take_up(tx, row)
    if late := await tx.fetch(LATE, tx.workspace, erasing.FOLLOW, FOLLOWED):
        await work.replay(tx, [row["id"] for row in late])


async def _take_up(tx: Tx, row: Any) -> None:
    id: UUID = row["id"]
    if row["dead"] is None:
        await work.put(tx, work.NewJob("transfer", JOBS[row["kind"]], {"id": str(id)}, key=str(id)))
    elif row["fresh"]:
        await work.replay(tx, [row["dead"]])
    else:
        await requests.fail(tx, id, row["last_error"])
