"""Writes, set-based, what was decided for a batch: fields, provenance, suggestions, runs."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from leadwell import events
from leadwell.base.ids import uuid7
from leadwell.base.provenance import Origin, record_all
from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.enrichment.blend import Decision
from leadwell.enrichment.port import EMAIL, LEAD, PERSON, PHONE

_FILLS = {PERSON: "fill_people", LEAD: "fill_leads", EMAIL: "fill_emails", PHONE: "fill_phones"}


@dataclass(frozen=True, slots=True)
class Run:
    """What one look at one person decided."""

    person_id: UUID
    input_hash: str
    decisions: Sequence[Decision]
    id: UUID = field(default_factory=uuid7)

    @property
    def fills(self) -> list[Decision]:
        """What changes a field."""
        return [decision for decision in self.decisions if decision.action == "FILL"]

    @property
    def suggestions(self) -> list[Decision]:
        """What waits for a person."""
        return [decision for decision in self.decisions if decision.action == "SUGGEST"]

    def told(self, record_id: UUID) -> dict[str, Any]:
        """The changes of one record as events tell them: {field: [before, after]}."""
        mine = (fill for fill in self.fills if fill.proposal.record_id == record_id)
        return {"run_id": str(self.id), "changes": {fill.proposal.field: [fill.before, fill.proposal.value] for fill in mine}}

    @property
    def changes(self) -> list[dict[str, Any]]:
        """The changes as they are kept and told: noun, record, field, before, after, provider."""
        return [
            {
                "noun": fill.proposal.noun,
                "record_id": str(fill.proposal.record_id),
                "field": fill.proposal.field,
                "before": fill.before,
                "after": fill.proposal.value,
                "provider": fill.proposal.provider,
            }
            for fill in self.fills
        ]


async def write(tx: Tx, runs: Sequence[Run]) -> None:
    """Every statement covers the whole batch."""
    filled = {noun: await _fill(tx, noun, runs) for noun in _FILLS}
    await record_all(tx, [_origin(run, fill) for run in runs for fill in run.fills])
    await _suggest(tx, [suggestion for run in runs for suggestion in run.suggestions])
    await _keep(tx, runs)
    await events.note_all(tx, [*_people_events(runs, filled[PERSON]), *_lead_events(runs, filled[LEAD])])


async def _fill(tx: Tx, noun: str, runs: Sequence[Run]) -> Sequence[Any]:
    rows: defaultdict[UUID, dict[str, Any]] = defaultdict(dict)
    for fill in (fill for run in runs for fill in run.fills if fill.proposal.noun == noun):
        row = rows[fill.proposal.record_id]
        row[fill.proposal.field] = fill.proposal.value
        if fill.proposal.field == "company_id":
            row["company_match"] = {"state": "SUGGESTED", "by": fill.proposal.provider, "evidence": fill.proposal.evidence}
    if not rows:
        return []
    given = [{"id": str(id), **row} for id, row in sorted(rows.items())]
    stamped = () if noun in (EMAIL, PHONE) else (await tx.now(),)
    written = await tx.fetch(load(__name__, _FILLS[noun]), tx.workspace, given, *stamped)
    if len(written) != len(given):
        raise RuntimeError(f"{noun}: {len(given) - len(written)} locked rows were not there to be filled")
    return written


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
    rows = [{"id": str(run.id), "person_id": str(run.person_id), "input_hash": run.input_hash, "changes": run.changes} for run in runs]
    await tx.execute(load(__name__, "note_runs"), tx.workspace, rows, await tx.now())


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
