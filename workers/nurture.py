"""Moves enrollments through their sequences, a batch at a time."""

from typing import Any
from uuid import UUID

from leadwell import nurture
from leadwell.base.tx import Tx
from leadwell.wiring import Kit
from leadwell.work import Job, Kind


async def sender(kit: Kit, job: Job) -> str:
    """The sender where a workspace has named none."""
    return kit.settings.mail_from


async def step(tx: Tx, jobs: list[Job], results: list[Any]) -> None:
    await nurture.step_due(tx, mail_from=results[0])


async def migrate(tx: Tx, jobs: list[Job], results: list[Any]) -> None:
    """One batch of people on their way to a new version; it asks for the next."""
    for job in jobs:
        await nurture.carry_on(tx, UUID(job.payload["id"]))


KINDS = [Kind("nurture.step", record=step, perform=sender, batch=1), Kind("nurture.migrate", record=migrate, batch=1)]
