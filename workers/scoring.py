"""Scores people who changed, everybody after a publication, and those whose score changes by time alone."""

from typing import Any
from uuid import UUID

from leadwell import scoring, work
from leadwell.base.tx import Tx
from leadwell.work import Job, Kind

ALL_BATCH = 5000


async def people(tx: Tx, jobs: list[Job], results: list[Any]) -> None:
    """One rescore of the distinct people of a batch."""
    await scoring.rescore(tx, {UUID(job.payload["person_id"]) for job in jobs})


async def everybody(tx: Tx, jobs: list[Job], results: list[Any]) -> None:
    """The next people by id; a version that is no longer live has a successor of its own."""
    for job in jobs:
        model, version = UUID(job.payload["model_id"]), UUID(job.payload["version_id"])
        if not await scoring.is_live(tx, model, version):
            continue
        after = UUID(job.payload["after"]) if job.payload["after"] else None
        last = await scoring.rescore_after(tx, model, after, ALL_BATCH, quiet=job.payload["quiet"])
        if last:
            await work.put(tx, work.NewJob("score", "score.all", {**job.payload, "after": str(last)}, key=job.key, priority=1))


async def due(tx: Tx, jobs: list[Job], results: list[Any]) -> None:
    await scoring.due(tx)


KINDS = [
    Kind("score.person", record=people, batch=500),
    Kind("score.all", record=everybody, batch=1),
    Kind("score.due", record=due, batch=1),
]
