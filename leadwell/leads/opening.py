"""Opens leads, or attaches to the one that is open: at most one per person and pipeline."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import asyncpg.exceptions as pg

from leadwell import events
from leadwell.base.fixed import fixed
from leadwell.base.identity import key
from leadwell.base.ids import uuid7
from leadwell.base.refusals import NotFound
from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.leads.refusals import LeadSealed
from leadwell.people import Suggestion, suggest_all

# Filled where the open lead has nothing.
FILLABLE = (
    *("title", "company_name", "company_website", "industry", "employees", "need", "budget_minor", "currency", "interest"),
    *("product_id", "referred_by_id", "source_id", "campaign_id", "owner_id"),
)
# Where the open lead has something else, these are put up for decision; what was said and where it came from stays on the timeline.
SUGGESTED = frozenset(("title", "company_name", "company_website", "industry", "employees", "budget_minor", "interest"))
Group = tuple[UUID, UUID | None]


class NoSuchPipeline(NotFound):
    """There is no such lead pipeline, or the status is not one of it."""


@fixed
class NewLead:
    """`fields` are columns of leads (FILLABLE). `pipeline_id` and `status_id` default to the default ones. `repeat_of_id` is the lead the
    person had before. `source` says who speaks, for suggestions; `data` goes on the events."""

    person_id: UUID
    fields: Mapping[str, Any] = field(default_factory=dict[str, Any])
    intent: str = "HAND_RAISE"
    pipeline_id: UUID | None = None
    status_id: UUID | None = None
    repeat_of_id: UUID | None = None
    external_ids: tuple[tuple[str, str], ...] = ()
    at: datetime | None = None
    source: str = "FORM"
    data: Mapping[str, Any] = field(default_factory=dict[str, Any])


@fixed
class Opened:
    """`filled` are the fields that took the given value, `conflicts` those that keep another one."""

    lead_id: UUID
    outcome: Literal["CREATED", "ATTACHED"]
    filled: Mapping[str, Any]
    conflicts: Mapping[str, Any]


@dataclass(slots=True)
class _Current:
    """The open lead of one group while the batch adds to it."""

    id: UUID
    version: int
    values: dict[str, Any]
    created: bool
    filled: dict[str, Any] = field(default_factory=dict[str, Any])


async def open_many(tx: Tx, given: Sequence[NewLead], known: Collection[UUID], writes: Tx) -> list[Opened]:
    """For each, in the same order, the lead made or attached to. The caller holds the locks of the `known` people (`people.meet`), so that
    none of their leads is opened or converted meanwhile; the others are new and have none. New leads are written by `writes`, where a
    pipeline or status that does not exist is a NotNullViolationError: see `opening_refused`."""
    groups: dict[Group, NewLead] = {}
    for one in given:
        groups.setdefault((one.person_id, one.pipeline_id), one)
    current = await _existing(tx, [group for group in groups if group[0] in known])
    missing = {group: one for group, one in groups.items() if group not in current}
    current |= {group: _Current(uuid7(), 1, {name: one.fields.get(name) for name in FILLABLE}, True) for group, one in missing.items()}
    opened = [_join(current[one.person_id, one.pipeline_id], one, first=groups[one.person_id, one.pipeline_id] is one) for one in given]
    await _fill(tx, [lead for lead in current.values() if lead.filled])
    await _insert(writes, missing, current)
    await _note(writes, given, opened, current)
    return opened


def opening_refused(error: pg.IntegrityConstraintViolationError) -> Exception:
    """What went wrong when new leads were written: no such pipeline, or somebody else was faster and it is to be tried again."""
    if error.table_name != "leads":
        return error
    if isinstance(error, pg.NotNullViolationError):
        return NoSuchPipeline(field="pipeline_id")
    return pg.SerializationError("an open lead of the person was made meanwhile")


async def _insert(writes: Tx, missing: Mapping[Group, NewLead], current: Mapping[Group, _Current]) -> None:
    rows = [
        {"id": current[group].id, "person_id": one.person_id, "pipeline_id": one.pipeline_id, "status_id": one.status_id, "intent": one.intent,
         "repeat_of_id": one.repeat_of_id, "last_activity_at": one.at, "version": current[group].version,
         **{name: value for name, value in current[group].values.items() if value is not None}}
        for group, one in missing.items()
    ]  # fmt: skip
    if rows:
        await writes.execute(load(__name__, "open"), writes.workspace, rows, await writes.now(), str(writes.actor))


async def _existing(tx: Tx, groups: Sequence[Group]) -> dict[Group, _Current]:
    if not groups:
        return {}
    rows = await tx.fetch(load(__name__, "open_leads"), tx.workspace, [person for person, _ in groups], [pipeline for _, pipeline in groups])
    return {
        (row["person_id"], row["asked"]): _Current(row["id"], row["version"], {name: row[name] for name in FILLABLE}, False) for row in rows
    }


def _join(current: _Current, one: NewLead, *, first: bool) -> Opened:
    """Fills what is empty; the first of a group that made its lead has nothing to add."""
    if first and current.created:
        return Opened(current.id, "CREATED", {name: value for name, value in current.values.items() if value is not None}, {})
    filled: dict[str, Any] = {}
    conflicts: dict[str, Any] = {}
    for name, value in one.fields.items():
        present = current.values.get(name)
        if value is None or name not in FILLABLE or (name == "currency" and current.values.get("budget_minor") is not None):
            continue
        if present is None:
            filled[name] = value
        elif name in SUGGESTED and key(str(present)) != key(str(value)):
            conflicts[name] = value
    current.values |= filled
    current.filled |= filled
    return Opened(current.id, "ATTACHED", filled, conflicts)


async def _fill(tx: Tx, leads: Sequence[_Current]) -> None:
    """Fills leads that were there; one that is new is written as filled."""
    rows = [{"id": lead.id, **lead.filled} for lead in sorted(leads, key=lambda lead: lead.id) if not lead.created]
    if rows and await tx.execute(load(__name__, "attach"), tx.workspace, rows, await tx.now()) != len(rows):
        raise LeadSealed(state="closed")
    for lead in leads:
        lead.version += 1


async def _note(tx: Tx, given: Sequence[NewLead], opened: Sequence[Opened], current: Mapping[Group, _Current]) -> None:
    noted: list[events.Event] = []
    suggestions: list[Suggestion] = []
    external_ids: list[dict[str, Any]] = []
    for one, made in zip(given, opened, strict=True):
        lead = current[one.person_id, one.pipeline_id]
        kind = "lead.attached" if made.outcome == "ATTACHED" else "lead.repeated" if one.repeat_of_id else "lead.created"
        data = dict(one.data) | ({"repeat_of_id": str(one.repeat_of_id)} if kind == "lead.repeated" else {})
        if kind == "lead.attached":
            data["changes"] = {name: [None, value] for name, value in made.filled.items()}
        noted.append(events.Event(kind, "Lead", made.lead_id, one.person_id, lead.version, data))
        suggestions += [Suggestion("Lead", made.lead_id, name, value, lead.values[name], one.source) for name, value in made.conflicts.items()]
        external_ids += [{"source": s, "external_id": x, "record_id": made.lead_id} for s, x in one.external_ids]
    if external_ids:
        await tx.execute(load(__name__, "external_ids"), tx.workspace, external_ids, await tx.now())
    await suggest_all(tx, suggestions)
    await events.note_all(tx, noted)
