"""How long the log is kept."""

from datetime import timedelta

from leadwell.base.sql import load
from leadwell.base.tx import Tx

KEPT = timedelta(days=30)
BATCH = 2_000


async def forget(tx: Tx, kept: timedelta = KEPT) -> bool:
    """Deliveries that are over, with their bodies and attempts; whether there may be more."""
    return await tx.execute(load(__name__, "forget"), tx.workspace, await tx.now() - kept, BATCH) == BATCH
