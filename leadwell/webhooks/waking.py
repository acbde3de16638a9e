"""When an endpoint is looked after next: one job an endpoint, however much waits for it."""

from collections.abc import Iterable
from uuid import UUID

from leadwell import work
from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.webhooks.health import AT_ONCE, TRIES

JOB = "hook.deliver"


async def wake(tx: Tx, endpoints: Iterable[UUID]) -> int:
    """Puts the job of each endpoint for when its next delivery is due and its breaker lets one through; returns how many have something waiting."""
    rows = await tx.fetch(load(__name__, "waiting"), tx.workspace, list(endpoints), TRIES, AT_ONCE)
    await work.put(tx, *(work.NewJob("hook", JOB, {"endpoint_id": str(row["id"])}, key=str(row["id"]), run_at=row["at"]) for row in rows))
    return len(rows)


async def tend(tx: Tx) -> None:
    """Endpoints with something due that no job looks after, such as one whose job was quarantined."""
    rows = await tx.fetch(load(__name__, "forsaken"), tx.workspace)
    await wake(tx, [row["id"] for row in rows])
