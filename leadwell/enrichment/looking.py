"""One look at one person: who is believed about which field, and who has to be asked first. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from leadwell.enrichment.blend import Known, Place, blend, open_to, usable
from leadwell.enrichment.facts import Batch
from leadwell.enrichment.fields import BY_COLUMN, FIELDS
from leadwell.enrichment.known import fingerprint, trusted, values_of
from leadwell.enrichment.port import PersonFacts, Proposal, Provider
from leadwell.enrichment.remotes import key_of, places_of, proposals
from leadwell.enrichment.terms import Remote, Terms, Told
from leadwell.enrichment.write import Run

PASSING = ("FAILED", "SKIPPED")


@dataclass(slots=True)
class Look:
    """What a look came to. `asks`: questions that must be answered before it is complete; `waits`: pushes that may come."""

    run: Run
    asks: list[tuple[Remote, str]] = field(default_factory=list[tuple[Remote, str]])
    waits: list[tuple[Remote, str]] = field(default_factory=list[tuple[Remote, str]])


def look(person: PersonFacts, batch: Batch, terms: Terms, providers: Sequence[Provider], *, again: bool = False) -> Look | None:
    """One person, decided; None when nothing has changed since the last look, unless asked `again`."""
    values = values_of(person, batch.origins)
    origins = trusted({place: batch.origins[place] for place in values if place in batch.origins}, values)
    heard = _heard(person, terms)
    said = [(remote.code, key, told.state, told.at) for remote, key, told in heard if told]
    mark = fingerprint(person, origins, (terms.number, said) if terms.number or terms.remotes else None)
    if batch.hashes.get(person.id) == mark and not again:
        return None
    known = Known(values, origins, batch.dismissed)
    found = Look(Run(person.id, mark, ()))
    given: Iterable[Proposal] = (proposal for provider in providers for proposal in provider.propose(person))
    if terms.remotes or terms.policy.waterfall:
        given = _Waterfall(person, terms, known, heard, providers, found).chosen(given)
    decisions = blend(given, known, terms.policy.floor)
    steps = [_step(remote, key, told) for remote, key, told in heard if told or (remote, key) in found.asks]
    found.run = Run(person.id, mark, decisions, policy=terms.number, steps=steps, refresh_at=_again(terms, heard), was=origins)
    return found


def keys(person: PersonFacts, terms: Terms) -> Iterable[tuple[UUID, str]]:
    """What the providers outside would be asked about somebody."""
    return ((remote.id, key) for remote in terms.remotes if (key := key_of(remote, person)))


Heard = list[tuple[Remote, str, Told | None]]


def _heard(person: PersonFacts, terms: Terms) -> Heard:
    return [(remote, key, terms.told.get((remote.id, key))) for remote in terms.remotes if (key := key_of(remote, person))]


def _step(remote: Remote, key: str, told: Told | None) -> dict[str, str]:
    return {"provider": remote.code, "key": key, "state": told.state if told else "ASKED"}


def _again(terms: Terms, heard: Heard) -> datetime | None:
    """When to look again: by the policy, and sooner when an answer failed to come."""
    if terms.now is None:
        return None
    due = [told.expires_at for _, _, told in heard if told and told.state in PASSING]
    days = terms.policy.refresh_days
    return min([*due, *([terms.now + timedelta(days=days)] if days else [])], default=None)


class _Waterfall:
    """Per field and record the providers in order, until one says something usable or has to be asked."""

    def __init__(self, person: PersonFacts, terms: Terms, known: Known, heard: Heard, providers: Sequence[Provider], look: Look) -> None:
        self._person, self._terms, self._known, self._look = person, terms, known, look
        self._heard = {remote.code: (remote, key, told) for remote, key, told in heard}
        self._everybody = (*(provider.name for provider in providers), *(remote.code for remote in terms.remotes))

    def chosen(self, given: Iterable[Proposal]) -> Iterable[Proposal]:
        """At most one proposal per place."""
        said: dict[str, dict[UUID, dict[str, list[Proposal]]]] = defaultdict(lambda: defaultdict(lambda: defaultdict(list)))
        for one in [*given, *self._remote()]:
            said[BY_COLUMN[one.noun, one.field].name][one.record_id][one.provider].append(one)
        for remote, key, _ in self._heard.values():
            for name in remote.fields:
                for place in places_of(FIELDS[name], self._person, key):
                    said[name][place].setdefault(remote.code, [])
        for name, places in said.items():
            for record, by in places.items():
                if (one := self._place(name, (record, FIELDS[name].column), by)) is not None:
                    yield one

    def _remote(self) -> Iterable[Proposal]:
        for remote, key, told in self._heard.values():
            if told and told.state == "FOUND":
                yield from proposals(remote, self._person, key, told.facts)

    def _place(self, name: str, place: Place, by: Mapping[str, list[Proposal]]) -> Proposal | None:
        for step in self._terms.policy.steps(name, self._everybody):
            if step.provider not in by or not self._terms.holds(step, self._person.id):
                continue
            for one in by[step.provider]:
                if usable(one, self._terms.policy.floor) and (*place, repr(one.value)) not in self._known.dismissed:
                    return one
            if step.provider in self._heard and self._must_ask(place, *self._heard[step.provider]):
                return None
        return None

    def _must_ask(self, place: Place, remote: Remote, key: str, told: Told | None) -> bool:
        """Whether the field waits for this provider's answer. A push is never waited for."""
        if told is not None or not open_to(self._known.values.get(place), self._known.origins.get(place)):
            return False
        wanted: list[Any] = self._look.waits if remote.kind == "PUSH" else self._look.asks
        if (remote, key) not in wanted:
            wanted.append((remote, key))
        return remote.kind != "PUSH"
