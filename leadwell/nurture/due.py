"""The one piece of work that moves a workspace's enrollments: it waits for the earliest of them."""

from datetime import datetime

from leadwell import delivery, work
from leadwell.base.tx import Tx


async def wake(tx: Tx, at: datetime) -> None:
    """Enrollments are due at `at`: the workspace's step job runs no later than that. Say it last in a transaction: everybody who
    says it waits for the same row."""
    await work.put(tx, work.NewJob("nurture", "nurture.step", key="due", run_at=at, max_attempts=1_000_000))


async def tend(tx: Tx) -> int:
    """Upkeep of a workspace: holds mail whose worker is gone for good, and makes sure that somebody looks at the earliest enrollment.
    Returns how many mails were held."""
    held = await delivery.hold_lost(tx)
    at = await tx.value("SELECT min(e.due_at) FROM enrollments e WHERE e.workspace_id = $1 AND e.state = 'ACTIVE' AND e.due_at IS NOT NULL", tx.workspace)
    if at is not None:
        await wake(tx, at)
    return len(held)
