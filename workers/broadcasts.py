"""Runs broadcasts, a stretch at a time."""

from typing import Any
from uuid import UUID

from leadwell import broadcasts
from leadwell.base.tx import Tx
from leadwell.wiring import Kit
from leadwell.work import Job, Kind


async def sender(kit: Kit, job: Job) -> str:
    """The sender where a workspace has named none."""
    return kit.settings.mail_from


async def run(tx: Tx, jobs: list[Job], results: list[Any]) -> None:
    await broadcasts.run(tx, UUID(jobs[0].payload["id"]), mail_from=results[0])


KINDS = [Kind("nurture.broadcast", record=run, perform=sender, batch=1)]
