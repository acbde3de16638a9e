"""What the transfer queue does: finishes captures and imports whose process died between keeping them and processing them."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from leadwell import capture, transfer
from leadwell.base.actor import Actor
from leadwell.base.tx import Tx
from leadwell.wiring import Kit
from leadwell.work import Job, Kind, Retry


async def finish_captures(kit: Kit, job: Job) -> None:
    """Processes what is still waiting, in transactions of its own, so that what cannot be processed is parked one by one. Submissions that were
    processed or parked meanwhile are left alone, which makes a second run harmless."""
    await capture.rescue(kit.db, Actor.system(job.workspace), [UUID(id) for id in job.payload["ids"]])


async def finish_import(kit: Kit, job: Job) -> None:
    """Takes in the rest of an import's kept rows, unless somebody is still at it."""
    if not await transfer.resume(kit.db, Actor.system(job.workspace), UUID(job.payload["id"])):
        raise Retry("The import is under way.", transfer.RESCUE, free=True)


async def settled(_tx: Tx, _jobs: Sequence[Job], _results: Sequence[Any]) -> None:
    """Everything was kept by the verb itself."""


KINDS = [
    Kind("transfer.capture", record=settled, perform=finish_captures, batch=10, concurrency=2),
    Kind("transfer.import", record=settled, perform=finish_import, batch=1, concurrency=1),
]
