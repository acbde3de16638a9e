"""What the transfer queue does: finishes captures whose process died between receiving and processing."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from leadwell import capture
from leadwell.base.actor import Actor
from leadwell.base.tx import Tx
from leadwell.wiring import Kit
from leadwell.work import Job, Kind


async def finish_captures(kit: Kit, job: Job) -> None:
    """Processes what is still waiting, in transactions of its own, so that what cannot be processed is parked one by one. Submissions that were
    processed or parked meanwhile are left alone, which makes a second run harmless."""
    await capture.process(kit.db, Actor.system(job.workspace), [UUID(id) for id in job.payload["ids"]])


async def settled(_tx: Tx, _jobs: Sequence[Job], _results: Sequence[Any]) -> None:
    """Everything was kept by the verb itself."""


KINDS = [Kind("transfer.capture", record=settled, perform=finish_captures, batch=10, concurrency=2)]
