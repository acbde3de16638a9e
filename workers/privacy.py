"""What people and workspaces asked to be done with data: access exports, erasures, and what is kept for a time only."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from leadwell import privacy
from leadwell.base.tx import Tx
from leadwell.wiring import Kit
from leadwell.work import Job, Kind, Retry


async def erase(kit: Kit, job: Job) -> None:
    """Erases a person, from where a killed worker left it; waits for mail on its way and events not read."""
    try:
        await privacy.perform(kit.db, job.workspace, UUID(job.payload["id"]))
    except privacy.StillMoving as moving:
        raise Retry(str(moving), privacy.erasing.AGAIN, free=True) from moving


async def erase_late(kit: Kit, job: Job) -> None:
    """What came in after all, from whoever held the person's id meanwhile."""
    await privacy.follow(kit.db, job.workspace, UUID(job.payload["id"]))


async def export(kit: Kit, job: Job) -> None:
    """Writes an access export."""
    await privacy.access.perform(kit.db, job.workspace, UUID(job.payload["id"]))


async def retain(kit: Kit, job: Job) -> None:
    """The night's run of retention."""
    try:
        await privacy.retention.perform(kit.db, job.workspace)
    except privacy.StillMoving as moving:
        raise Retry(str(moving), privacy.erasing.AGAIN, free=True) from moving


async def settled(_tx: Tx, _jobs: Sequence[Job], _results: Sequence[Any]) -> None:
    """Everything was kept by the verb itself."""


KINDS = [
    Kind(privacy.erasing.JOB, record=settled, perform=erase, batch=1, concurrency=1),
    Kind(privacy.erasing.FOLLOW, record=settled, perform=erase_late, batch=1, concurrency=1),
    Kind(privacy.access.JOB, record=settled, perform=export, batch=1, concurrency=1),
    Kind(privacy.retention.JOB, record=settled, perform=retain, batch=1, concurrency=1),
]
