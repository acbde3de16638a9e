"""Jobs of the enrich queue: people are looked at in batches; questions go out one by one, outside any transaction."""

import random
from datetime import timedelta
from typing import Any
from uuid import UUID

from leadwell import enrichment
from leadwell.base.actor import Actor
from leadwell.base.tx import Tx
from leadwell.enrichment.asking import Answer, Question
from leadwell.wiring import Kit
from leadwell.work import Job, Kind, Retry
from leadwell.work.jobs import backoff

TRIES = 3


async def record_people(tx: Tx, jobs: list[Job], results: list[Any]) -> None:
    """One batch of people, settled with the jobs."""
    for again in (False, True):
        ids = [UUID(job.payload["person_id"]) for job in jobs if (job.payload.get("again") is True) == again]
        if ids:
            await enrichment.enrich_people(tx, ids, again=again)


async def ask(kit: Kit, job: Job) -> Answer | None:
    """One question to a provider outside; None when there is nothing to ask any more. A failed try is made again, at most `TRIES` times."""
    actor, id, key = Actor.system(job.workspace, quiet=job.quiet), UUID(job.payload["provider_id"]), str(job.payload["key"])
    turn = await kit.db.run(actor, lambda tx: enrichment.take_turn(tx, id, key, job.lease), replayable=True)
    if isinstance(turn, timedelta):
        raise Retry("It has been asked as often as it may be for now.", turn, free=True)
    if not isinstance(turn, Question):
        return turn
    answer = await kit.lookup.look(turn)
    if answer.state == "FAILED" and not answer.final and job.attempts < TRIES:
        await kit.db.run(actor, lambda tx: enrichment.failed(tx, id, key, job.lease, answer), replayable=True)
        raise Retry(answer.reason or "It failed.", max(backoff(job.attempts, random.random()), timedelta(seconds=min(answer.after_s or 0, 3600))))
    return answer


async def record_answers(tx: Tx, jobs: list[Job], results: list[Any]) -> None:
    """Answers are kept, credits settled, and whoever waits is looked at again. In one order, so that two batches never wait in a circle."""
    for job, answer in sorted(zip(jobs, results, strict=True), key=lambda pair: (pair[0].payload["provider_id"], pair[0].payload["key"])):
        await enrichment.answered(tx, UUID(job.payload["provider_id"]), str(job.payload["key"]), job.lease, answer)


KINDS = [
    Kind("enrich.person", record=record_people, batch=500),
    Kind("enrich.ask", record=record_answers, perform=ask, batch=50, concurrency=10),
]
