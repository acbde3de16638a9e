"""The one piece of work that moves a workspace's enrollments: it waits for the earliest of them."""

from datetime import datetime

from leadwell import work
from leadwell.base.tx import Tx


async def wake(tx: Tx, at: datetime) -> None:
    """Enrollments are due at `at`: the workspace's step job runs no later than that. Say it last in a transaction: everybody who
    says it waits for the same row."""
    await work.put(tx, work.NewJob("nurture", "nurture.step", key="due", run_at=at, max_attempts=1_000_000))
