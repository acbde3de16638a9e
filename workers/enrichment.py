"""Jobs of the enrich queue: people are looked at in batches; questions go out one by one, outside any transaction."""

import asyncio
import random
from collections import defaultdict
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

from leadwell import enrichment
from leadwell.base.actor import Actor
from leadwell.base.tx import Tx
from leadwell.changes.enriching import taken_back
from leadwell.enrichment.asking import Answer, Question
from leadwell.wiring import Kit
from leadwell.work import Job, Kind, Retry
from leadwell.work.jobs import backoff

TRIES = 3
AT_ONCE = 8      # questions to one provider that this process waits for at once: a slow one takes no place from the others
IN_HAND = 50
_places: WeakKeyDictionary[asyncio.AbstractEventLoop, defaultdict[UUID, asyncio.Semaphore]] = WeakKeyDictionary()


async def record_people(tx: Tx, jobs: list[Job], results: list[Any]) -> None:
    """One batch of people, settled with the jobs. Of a change that was taken back nothing more is filled in."""
    groups: defaultdict[tuple[bool, str | None], list[UUID]] = defaultdict(list)
    for job in jobs:
        groups[job.payload.get("again") is True, job.payload.get("cause_id")].append(UUID(job.payload["person_id"]))
    before = tx.actor
    for (again, cause), ids in groups.items():
        if cause and await taken_back(tx, UUID(cause)):
            continue
        tx.actor = replace(before, cause_id=UUID(cause)) if cause else before
        await enrichment.enrich_people(tx, ids, again=again)
    tx.actor = before


async def ask(kit: Kit, job: Job) -> Answer | None:
    """One question to a provider outside; None when there is nothing to ask any more. A failed try is made again, at most `TRIES` times."""
    id = UUID(job.payload["provider_id"])
    everybody = _places.setdefault(asyncio.get_running_loop(), defaultdict(partial(asyncio.Semaphore, AT_ONCE)))
    async with everybody[id]:
        return await _asked(kit, job, id, str(job.payload["key"]))


async def _asked(kit: Kit, job: Job, id: UUID, key: str) -> Answer | None:
    actor = Actor.system(job.workspace, quiet=job.quiet)
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
    Kind("enrich.ask", record=record_answers, perform=ask, batch=IN_HAND, concurrency=IN_HAND),
]
