"""Gives leads to whose turn it is, looks again at those that wait, and does what follows when nobody answered in time."""

from typing import Any
from uuid import UUID

from leadwell import assignment
from leadwell.base.tx import Tx
from leadwell.work import Job, Kind


async def lead(tx: Tx, jobs: list[Job], results: list[Any]) -> None:
    await assignment.assign(tx, [assignment.Wanted(UUID(job.payload["lead_id"])) for job in jobs])


async def waiting(tx: Tx, jobs: list[Job], results: list[Any]) -> None:
    await assignment.retry_waiting(tx)


async def breach(tx: Tx, jobs: list[Job], results: list[Any]) -> None:
    await assignment.breach(tx, [UUID(job.payload["clock_id"]) for job in jobs])


KINDS = [Kind("assign.lead", record=lead, batch=200), Kind("assign.waiting", record=waiting, batch=10), Kind("assign.breach", record=breach, batch=100)]
