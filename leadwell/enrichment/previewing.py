"""A dry run: exactly what enriching somebody now would change, suggest and ask, without doing it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from leadwell.base.refusals import NotFound
from leadwell.base.tx import Tx
from leadwell.enrichment.blend import Decision
from leadwell.enrichment.looking import look
from leadwell.enrichment.port import Provider
from leadwell.enrichment.providers import LOCAL
from leadwell.enrichment.verbs import read_all


@dataclass(frozen=True, slots=True)
class Asks:
    """A question that would be put, and what it may cost."""

    provider: str
    key: str
    credits: int


@dataclass(frozen=True, slots=True)
class Preview:
    """`decisions`: what would be filled or suggested; `asks`: who would be asked before anything more is known; `steps`: who has answered already."""

    person_id: UUID
    decisions: Sequence[Decision]
    asks: Sequence[Asks]
    steps: Sequence[Mapping[str, Any]]


async def preview(tx: Tx, person_id: UUID, providers: Sequence[Provider] = LOCAL) -> Preview:
    """The same look that enrichment takes. NotFound."""
    batch, terms = await read_all(tx, [person_id], lock=False)
    if not batch.people:
        raise NotFound(noun="person")
    found = look(batch.people[0], batch, terms, providers, again=True)
    assert found is not None, "a look that is asked for again is taken"
    asks = [Asks(remote.code, key, remote.cost) for remote, key in found.asks]
    return Preview(person_id, found.run.decisions, asks, found.run.steps)
