"""Scores people who changed, everybody after a publication, those whose score changes by time alone, and companies."""

from typing import Any
from uuid import UUID

from leadwell import prediction, scoring, work
from leadwell.base.actor import Actor
from leadwell.base.tx import Tx
from leadwell.wiring import Kit
from leadwell.work import Job, Kind

ALL_BATCH = 5000
COMPANY_BATCH = 500
CHANCES = 1000


async def people(tx: Tx, jobs: list[Job], results: list[Any]) -> None:
    """One rescore of the distinct people of a batch; their chance first, because rules may ask for it."""
    ids = {UUID(job.payload["person_id"]) for job in jobs}
    await prediction.predict(tx, ids)
    await scoring.rescore(tx, ids)


async def everybody(tx: Tx, jobs: list[Job], results: list[Any]) -> None:
    """The next people by id, of a part of them where there are many; a version that is no longer live has a successor of its own."""
    for job in jobs:
        model, version = UUID(job.payload["model_id"]), UUID(job.payload["version_id"])
        if not await scoring.is_live(tx, model, version):
            continue
        parts = [] if "until" in job.payload else await scoring.parts(tx, ALL_BATCH)
        if len(parts) > 1:
            await work.put(tx, *(_part(job, i, part) for i, part in enumerate(parts)))
            continue
        after, until = _id(job, "after"), _id(job, "until")
        last = await scoring.rescore_after(tx, model, after, ALL_BATCH, quiet=job.payload["quiet"], until=until)
        await _go_on(tx, job, last)


def _part(job: Job, number: int, part: tuple[UUID | None, UUID | None]) -> work.NewJob:
    """Workers take the parts side by side; each goes on by itself."""
    after, until = (str(id) if id else None for id in part)
    return work.NewJob("score", job.kind, {**job.payload, "after": after, "until": until}, key=f"{job.key}:{number}", priority=work.BULK)


def _id(job: Job, name: str) -> UUID | None:
    return UUID(job.payload[name]) if job.payload.get(name) else None


async def companies(tx: Tx, jobs: list[Job], results: list[Any]) -> None:
    """The distinct companies of a batch."""
    await scoring.score_companies(tx, {UUID(job.payload["company_id"]) for job in jobs})


async def every_company(tx: Tx, jobs: list[Job], results: list[Any]) -> None:
    """The next companies by id."""
    for job in jobs:
        model, version = UUID(job.payload["model_id"]), UUID(job.payload["version_id"])
        after = UUID(job.payload["after"]) if job.payload["after"] else None
        if await scoring.is_live(tx, model, version):
            last = await scoring.score_companies_after(tx, model, after, COMPANY_BATCH, quiet=job.payload["quiet"])
            await _go_on(tx, job, last)


async def shown(tx: Tx, jobs: list[Job], results: list[Any]) -> None:
    """The next of those whose lists still show another model."""
    for job in jobs:
        after = UUID(job.payload["after"]) if job.payload["after"] else None
        await _go_on(tx, job, await scoring.show_after(tx, UUID(job.payload["model_id"]), job.payload["subject"], after, ALL_BATCH))


async def train(kit: Kit, job: Job) -> Any:
    """Learns outside of any transaction that writes."""
    return await prediction.learn(kit.db, Actor.system(job.workspace), UUID(job.payload["predictor_id"]))


async def trained(tx: Tx, jobs: list[Job], results: list[Any]) -> None:
    for job, result in zip(jobs, results, strict=True):
        await prediction.settle(tx, UUID(job.payload["predictor_id"]), result)


async def chances(tx: Tx, jobs: list[Job], results: list[Any]) -> None:
    """The next people's chances, and the scores of those whose rules ask for them."""
    for job in jobs:
        after = UUID(job.payload["after"]) if job.payload["after"] else None
        ids, last = await prediction.predict_after(tx, UUID(job.payload["predictor_id"]), after, CHANCES)
        await scoring.rescore(tx, ids)
        await _go_on(tx, job, last)


async def _go_on(tx: Tx, job: Job, last: UUID | None) -> None:
    if last:
        await work.put(tx, work.NewJob("score", job.kind, {**job.payload, "after": str(last)}, key=job.key, priority=1))


async def due(tx: Tx, jobs: list[Job], results: list[Any]) -> None:
    await scoring.due(tx)


KINDS = [
    Kind("score.person", record=people, batch=500),
    Kind("score.all", record=everybody, batch=1),
    Kind("score.due", record=due, batch=1),
    Kind("score.company", record=companies, batch=500),
    Kind("score.companies", record=every_company, batch=1),
    Kind("score.default", record=shown, batch=1),
    Kind("score.train", record=trained, perform=train, batch=1, concurrency=1),
    Kind("score.predict", record=chances, batch=1),
]
