"""Writes, set-based, what was decided for a batch: fields, provenance, suggestions, runs."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import Any
from uuid import UUID

from leadwell import companies, events
from leadwell.base.ids import uuid7
from leadwell.base.provenance import Origin, record_all
from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.enrichment import port
from leadwell.enrichment.blend import Decision, Place
from leadwell.enrichment.port import COMPANY, EMAIL, LEAD, PERSON, PHONE

_FILLS = {PERSON: "fill_people", LEAD: "fill_leads", EMAIL: "fill_emails", PHONE: "fill_phones"}


@dataclass(frozen=True)
class Run:
    """What one look at one person decided."""

    person_id: UUID
    input_hash: str
    decisions: Sequence[Decision]
    id: UUID = field(default_factory=uuid7)
    policy: int = 0
    steps: Sequence[Mapping[str, Any]] = ()
    refresh_at: datetime | None = None
    was: Mapping[Place, port.Origin] = field(default_factory=dict[Place, port.Origin])

    @cached_property
    def fills(self) -> list[Decision]:
        """What changes a field."""
        return [decision for decision in self.decisions if decision.action == "FILL"]

    @cached_property
    def suggestions(self) -> list[Decision]:
        """What waits for a person."""
        return [decision for decision in self.decisions if decision.action == "SUGGEST"]

    @cached_property
    def by_record(self) -> Mapping[UUID, Mapping[str, list[Any]]]:
        """Per record the changes as events tell them: {field: [before, after]}."""
        found: defaultdict[UUID, dict[str, list[Any]]] = defaultdict(dict)
        for fill in self.fills:
            found[fill.proposal.record_id][fill.proposal.field] = [fill.before, fill.proposal.value]
        return found

    def told(self, record_id: UUID) -> dict[str, Any]:
        """What an event says of the changes of one record."""
        return {"run_id": str(self.id), "changes": self.by_record.get(record_id, {})}

    @property
    def changes(self) -> list[dict[str, Any]]:
        """The changes as they are kept and told: noun, record, field, before, after, provider, and what was said about the value before."""
        return [
            {
                "noun": fill.proposal.noun,
                "record_id": str(fill.proposal.record_id),
                "field": fill.proposal.field,
                "before": fill.before,
                "after": fill.proposal.value,
                "provider": fill.proposal.provider,
                **({"was": was} if (was := self._was(fill)) else {}),
            }
            for fill in self.fills
        ]

    def _was(self, fill: Decision) -> dict[str, Any] | None:
        origin = self.was.get((fill.proposal.record_id, fill.proposal.field))
        return {"source": origin.source, "provider": origin.provider, "confidence": origin.confidence} if origin else None


async def write(tx: Tx, runs: Sequence[Run]) -> None:
    """Every statement covers the whole batch, but for companies, which few looks change and which have a verb of their own."""
    runs = await _companies(tx, runs)
    rows = _rows(runs)
    filled = {noun: await _fill(tx, noun, rows[noun]) for noun in _FILLS}
    await _numbers(tx, runs)
    await record_all(tx, [_origin(run, fill) for run in runs for fill in run.fills])
    await _suggest(tx, [suggestion for run in runs for suggestion in run.suggestions])
    await _keep(tx, runs)
    await events.note_all(tx, [*_people_events(runs, filled[PERSON]), *_lead_events(runs, filled[LEAD])])


def _rows(runs: Sequence[Run]) -> Mapping[str, Mapping[UUID, Mapping[str, Any]]]:
    """What each record of each noun is to hold."""
    rows: dict[str, defaultdict[UUID, dict[str, Any]]] = {noun: defaultdict(dict) for noun in (*_FILLS, COMPANY)}
    for proposal in (fill.proposal for run in runs for fill in run.fills):
        row = rows[proposal.noun][proposal.record_id]
        row[proposal.field] = proposal.value
        if proposal.field == "company_id":
            row["company_match"] = {"state": "SUGGESTED", "by": proposal.provider, "evidence": proposal.evidence}
    return rows


async def _fill(tx: Tx, noun: str, rows: Mapping[UUID, Mapping[str, Any]]) -> Sequence[Any]:
    if not rows:
        return []
    given = [{"id": id, **rows[id]} for id in sorted(rows)]
    stamped = () if noun in (EMAIL, PHONE) else (await tx.now(),)
    written = await tx.fetch(load(__name__, _FILLS[noun]), tx.workspace, given, *stamped)
    if len(written) != len(given):
        raise RuntimeError(f"{noun}: {len(given) - len(written)} locked rows were not there to be filled")
    return written


async def _companies(tx: Tx, runs: Sequence[Run]) -> list[Run]:
    """Fills companies, each field by the first who would; what somebody else wrote since it was read stays. Returns the runs as they came about."""
    places = {(d.proposal.record_id, d.proposal.field): (run.id, d) for run in reversed(runs) for d in run.fills if d.proposal.noun == COMPANY}
    if not places:
        return list(runs)
    rows = await tx.fetch(load(__name__, "lock_companies"), tx.workspace, sorted({id for id, _ in places}))
    now = {row["id"]: row for row in rows}
    kept = {place: run for place, (run, d) in places.items() if place[0] in now and now[place[0]][place[1]] == d.before}
    changes: defaultdict[UUID, dict[str, Any]] = defaultdict(dict)
    for id, name in sorted(kept):
        changes[id][name] = places[id, name][1].proposal.value
    for id, values in changes.items():
        await companies.update(tx, id, values)
    return [replace(run, decisions=[d for d in run.decisions if not _lost(run, d, kept)]) for run in runs]


def _lost(run: Run, decision: Decision, kept: Mapping[Place, UUID]) -> bool:
    about = decision.proposal
    return about.noun == COMPANY and decision.action == "FILL" and kept.get((about.record_id, about.field)) != run.id


async def _numbers(tx: Tx, runs: Sequence[Run]) -> None:
    """A phone number that a provider outside gave becomes a number of the person's."""
    fills = ((run.person_id, fill.proposal) for run in runs for fill in run.fills)
    given = sorted({(id, p.value) for id, p in fills if p.noun == PERSON and p.field == "phone" and p.provider != "phone"})
    if given:
        rows = [{"id": str(uuid7()), "person_id": str(person), "number": number} for person, number in given]
        await tx.execute(load(__name__, "add_phones"), tx.workspace, rows, await tx.now())


def _origin(run: Run, fill: Decision) -> Origin:
    about = fill.proposal
    return Origin(about.noun, about.record_id, about.field, about.value, "PROVIDER", about.provider, about.confidence, about.evidence, run.id)


async def _suggest(tx: Tx, suggestions: Sequence[Decision]) -> None:
    rows = [
        {
            "id": str(uuid7()),
            "noun": one.proposal.noun,
            "record_id": str(one.proposal.record_id),
            "field": one.proposal.field,
            "value": one.proposal.value,
            "current_value": one.before,
            "provider": one.proposal.provider,
            "confidence": one.proposal.confidence,
            "evidence": one.proposal.evidence,
        }
        for one in suggestions
    ]
    if rows:
        await tx.execute(load(__name__, "suggest"), tx.workspace, rows, await tx.now())


async def _keep(tx: Tx, runs: Sequence[Run]) -> None:
    rows = [{"id": str(run.id), "person_id": str(run.person_id), "input_hash": run.input_hash, "changes": run.changes,
             "policy": run.policy, "steps": run.steps, "refresh_at": run.refresh_at} for run in runs]  # fmt: skip
    await tx.execute(load(__name__, "note_runs"), tx.workspace, rows, await tx.now(), tx.actor.cause_id)


def _people_events(runs: Sequence[Run], filled: Sequence[Any]) -> Iterable[events.Event]:
    versions = {row["id"]: row["version"] for row in filled}
    for run in runs:
        if run.fills:
            version = versions.get(run.person_id)
            yield events.Event("person.enriched", "Person", run.person_id, run.person_id, version, run.told(run.person_id))


def _lead_events(runs: Sequence[Run], filled: Sequence[Any]) -> Iterable[events.Event]:
    by_person = {run.person_id: run for run in runs}
    for row in filled:
        data = by_person[row["person_id"]].told(row["id"])
        yield events.Event("lead.updated", "Lead", row["id"], row["person_id"], row["version"], data)
