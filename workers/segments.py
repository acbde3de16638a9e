"""Keeps the members of segments up to date."""

from typing import Any
from uuid import UUID

from leadwell import segments
from leadwell.base.actor import Actor
from leadwell.base.tx import Tx
from leadwell.wiring import Kit
from leadwell.work import Job, Kind


async def follow(tx: Tx, jobs: list[Job], results: list[Any]) -> None:
    """One batch of records that changed; more is another job."""
    await segments.follow(tx)


async def refresh(kit: Kit, job: Job) -> None:
    """A segment as a whole, in a transaction of its own: killed, it is as it was, and the next worker does it."""
    await kit.db.run(Actor.system(job.workspace), lambda tx: segments.refresh(tx, UUID(job.payload["id"])), replayable=True)


async def settled(tx: Tx, jobs: list[Job], results: list[Any]) -> None:
    """Everything was kept by the verb itself."""


KINDS = [Kind("nurture.segments", record=follow, batch=1), Kind("transfer.segment", record=settled, perform=refresh, batch=1, concurrency=1)]
