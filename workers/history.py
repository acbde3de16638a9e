"""What the history waits for: activities told too early and reminders whose time has come, files to be removed from the store."""

from typing import Any
from uuid import UUID

from leadwell import files, tasks
from leadwell.base.tx import Tx
from leadwell.wiring import Kit
from leadwell.work import Job, Kind


async def record_activities(tx: Tx, jobs: list[Job], results: list[Any]) -> None:
    """Activities whose time has come."""
    await tasks.record_parked(tx, [UUID(job.payload["activity_id"]) for job in jobs])


async def remind(tx: Tx, jobs: list[Job], results: list[Any]) -> None:
    """One notification for each who is to be reminded."""
    await tasks.remind(tx, [job.payload for job in jobs])


async def remove(kit: Kit, job: Job) -> None:
    """The store forgets the bytes; to forget them twice does no harm."""
    await kit.files.remove(job.payload["key"])


async def removed(tx: Tx, jobs: list[Job], results: list[Any]) -> None:
    """The row went when this was planned."""


KINDS = [
    Kind("upkeep.record_activity", record=record_activities), Kind("upkeep.remind", record=remind),
    Kind(files.REMOVE, record=removed, perform=remove, concurrency=4),
]  # fmt: skip
