"""What the transfer queue does: finishes captures whose process died between receiving and processing."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from leadwell import capture
from leadwell.base.tx import Tx
from leadwell.work import Job, Kind


async def finish_captures(tx: Tx, jobs: Sequence[Job], _results: Sequence[Any]) -> None:
    """Processes what is still waiting; submissions done or parked meanwhile are left alone."""
    ids = sorted({UUID(id) for job in jobs for id in job.payload["ids"]})
    await capture.process_in(tx, ids)


KINDS = [Kind("transfer.capture", record=finish_captures, batch=10)]
