"""Rehearses sequences: long, alone, and leaving nothing but figures."""

from typing import Any
from uuid import UUID

from leadwell import simulation
from leadwell.base.tx import Tx
from leadwell.wiring import Kit
from leadwell.work import Job, Kind


async def perform(kit: Kit, job: Job) -> None:
    await simulation.perform(kit.db, job.workspace, UUID(job.payload["id"]))


async def done(tx: Tx, jobs: list[Job], results: list[Any]) -> None:
    """The rehearsal says itself how it ended."""


KINDS = [Kind(simulation.JOB, record=done, perform=perform, batch=1, concurrency=1)]
