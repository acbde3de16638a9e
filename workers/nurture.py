"""Moves enrollments through their sequences, a batch at a time."""

from typing import Any

from leadwell import nurture
from leadwell.base.tx import Tx
from leadwell.wiring import Kit
from leadwell.work import Job, Kind


async def sender(kit: Kit, job: Job) -> str:
    """The sender where a workspace has named none."""
    return kit.settings.mail_from


async def step(tx: Tx, jobs: list[Job], results: list[Any]) -> None:
    await nurture.step_due(tx, mail_from=results[0])


KINDS = [Kind("nurture.step", record=step, perform=sender, batch=1)]
