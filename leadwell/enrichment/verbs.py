"""Enriches people: lock and read a batch, decide per person, write the batch, ask who has to be asked."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from leadwell import work
from leadwell.base.sparing import rarely
from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.enrichment.facts import Batch, read
from leadwell.enrichment.looking import Look, keys, look
from leadwell.enrichment.port import Provider
from leadwell.enrichment.providers import LOCAL
from leadwell.enrichment.terms import Terms, read_terms, with_answers, with_conditions
from leadwell.enrichment.write import Run, write


@dataclass(frozen=True, slots=True)
class EnrichResult:
    """Who was changed, how many were looked at for nothing, who was skipped unchanged, how many suggestions were made, questions put; `runs`
    by person; `waiting`: who is looked at again once somebody has answered."""

    changed: tuple[UUID, ...] = ()
    unchanged: int = 0
    skipped: int = 0
    suggestions: int = 0
    asked: int = 0
    runs: Mapping[UUID, Run] = field(default_factory=dict[UUID, Run], compare=False)
    waiting: frozenset[UUID] = field(default=frozenset(), compare=False)


async def enrich_people(tx: Tx, person_ids: Sequence[UUID], providers: Sequence[Provider] = LOCAL, *, again: bool = False) -> EnrichResult:
    """Fills what providers know about these people. Set-based; a person whose facts have not changed since the last look is skipped, unless
    asked `again`. A provider outside that has to be asked becomes a job, after which its people are looked at once more.

    People who were changed, or looked at for the first time, are put in line to be scored.
    """
    with rarely():
        return await _enriched(tx, person_ids, providers, again)


async def _enriched(tx: Tx, person_ids: Sequence[UUID], providers: Sequence[Provider], again: bool) -> EnrichResult:
    batch, terms = await read_all(tx, person_ids)
    looked = [found for person in batch.people if (found := look(person, batch, terms, providers, again=again))]
    runs = [one.run for one in looked]
    if runs:
        await write(tx, runs)
    asked = await _ask(tx, looked)
    changed = tuple(run.person_id for run in runs if run.fills)
    to_score = [run.person_id for run in runs if run.fills or run.person_id not in batch.hashes]
    await work.put(tx, *(work.NewJob("score", "score.person", {"person_id": str(id)}, key=str(id)) for id in to_score))
    suggestions = sum(len(run.suggestions) for run in runs)
    waiting = frozenset(one.run.person_id for one in looked if one.asks)
    by_person = {run.person_id: run for run in runs}
    return EnrichResult(changed, len(runs) - len(changed), len(batch.people) - len(runs), suggestions, asked, by_person, waiting)


async def read_all(tx: Tx, person_ids: Sequence[UUID], *, lock: bool = True) -> tuple[Batch, Terms]:
    """The people of a batch and the terms under which they are looked at."""
    terms = await read_terms(tx)
    batch = await read(tx, person_ids, lock=lock, companies=bool(terms.remotes))
    if terms.remotes:
        terms = await with_answers(tx, terms, (asking for person in batch.people for asking in keys(person, terms)))
    if terms.policy.waterfall:
        terms = await with_conditions(tx, terms, [person.id for person in batch.people])
    return batch, terms


async def _ask(tx: Tx, looked: Iterable[Look]) -> int:
    """Notes who waits for which answer, and puts each question once, however many people wait for it."""
    waits = [(remote.id, key, one.run.person_id) for one in looked for remote, key in (*one.asks, *one.waits)]
    asks = {(remote.id, key): remote for one in looked for remote, key in one.asks}
    if waits:
        columns = [list(column) for column in zip(*sorted(set(waits)), strict=True)]
        await tx.execute(load(__name__, "wait"), tx.workspace, *columns, tx.actor.cause_id)
    await work.put(tx, *(
        work.NewJob("enrich", "enrich.ask", {"provider_id": str(id), "key": key}, key=f"{id}:{key}", max_attempts=5) for id, key in asks))  # fmt: skip
    return len(asks)
