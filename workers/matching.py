"""Jobs of the match queue: records that changed are checked, everybody is looked at every night, weights are learnt, what needs nobody's decision is merged."""

from typing import Any
from uuid import UUID

from leadwell import dedupe, merging, work
from leadwell.base.tx import Tx
from leadwell.work import Job, Kind


async def record_changed(tx: Tx, jobs: list[Job], results: list[Any]) -> None:
    """One check of the distinct records of a batch; what is no person is a company, and what is neither is gone."""
    ids = {UUID(job.payload["id"]) for job in jobs}
    rows = await tx.fetch("SELECT c.id FROM companies c WHERE c.workspace_id = $1 AND c.id = ANY($2::uuid[])", tx.workspace, list(ids))
    companies = {row["id"] for row in rows}
    await dedupe.check(tx, people=ids - companies, companies=companies)


async def sweep(tx: Tx, jobs: list[Job], results: list[Any]) -> None:
    """A batch of the sweep, begun if none is under way; what is left is another job."""
    if jobs[0].payload.get("begin"):
        await dedupe.start(tx)
    if await dedupe.step(tx):
        await work.put(tx, work.NewJob("match", "match.sweep", key="sweep", priority=1))


async def learn(tx: Tx, jobs: list[Job], results: list[Any]) -> None:
    for of in dedupe.NOUNS:
        await dedupe.teach(tx, of)


async def link(tx: Tx, jobs: list[Job], results: list[Any]) -> None:
    """One merge of a pair that needs nobody's decision."""
    for job in jobs:
        await merging.link(tx, UUID(job.payload["id"]))


async def link_all(tx: Tx, jobs: list[Job], results: list[Any]) -> None:
    await merging.link_all(tx, {name: value for name, value in jobs[0].payload.items() if name != "quiet"})


KINDS = [
    Kind("match.record", record=record_changed, batch=200),
    Kind("match.sweep", record=sweep, batch=1),
    Kind("match.learn", record=learn, batch=1),
    Kind("match.link", record=link, batch=1),
    Kind("match.link_all", record=link_all, batch=1),
]
