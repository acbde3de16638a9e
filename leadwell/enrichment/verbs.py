"""Enriches people: lock and read a batch, decide per person, write the batch."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from leadwell import work
from leadwell.base.tx import Tx
from leadwell.enrichment.blend import Known, blend
from leadwell.enrichment.facts import Batch, read
from leadwell.enrichment.known import fingerprint, trusted, values_of
from leadwell.enrichment.port import PersonFacts, Provider
from leadwell.enrichment.providers import LOCAL
from leadwell.enrichment.write import Run, write


@dataclass(frozen=True, slots=True)
class EnrichResult:
    """Who was changed, how many were looked at for nothing, who was skipped unchanged, how many suggestions were made."""

    changed: tuple[UUID, ...] = ()
    unchanged: int = 0
    skipped: int = 0
    suggestions: int = 0


async def enrich_people(tx: Tx, person_ids: Sequence[UUID], providers: Sequence[Provider] = LOCAL) -> EnrichResult:
    """Fills what providers know about these people. Set-based; a person whose facts have not changed since the last run is skipped.

    People who were changed, or looked at for the first time, are put in line to be scored.
    """
    batch = await read(tx, person_ids)
    looked = [run for person in batch.people if (run := _look(person, batch, providers))]
    if looked:
        await write(tx, looked)
    changed = tuple(run.person_id for run in looked if run.fills)
    to_score = [run.person_id for run in looked if run.fills or run.person_id not in batch.hashes]
    await work.put(tx, *(work.NewJob("score", "score.person", {"person_id": str(id)}, key=str(id)) for id in to_score))
    suggestions = sum(len(run.suggestions) for run in looked)
    return EnrichResult(changed, len(looked) - len(changed), len(batch.people) - len(looked), suggestions)


def _look(person: PersonFacts, batch: Batch, providers: Sequence[Provider]) -> Run | None:
    """One person, decided; None when nothing has changed since the last run."""
    values = values_of(person, batch.origins)
    origins = trusted({place: batch.origins[place] for place in values if place in batch.origins}, values)
    mark = fingerprint(person, origins)
    if batch.hashes.get(person.id) == mark:
        return None
    known = Known(values, origins, batch.dismissed)
    proposals = (proposal for provider in providers for proposal in provider.propose(person))
    return Run(person.id, mark, blend(proposals, known))
