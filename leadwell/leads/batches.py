"""Closes many leads as junk, or opens many again: each by the rules of one, all in a handful of statements."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from leadwell import events
from leadwell.base.identity import clean
from leadwell.base.ids import encode_id, uuid7
from leadwell.base.refusals import NotFound, Refusal
from leadwell.base.rows import Changes, differing
from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.catalog import CATALOG
from leadwell.leads.lifecycle import Status, may_junk, may_reopen, moved
from leadwell.leads.locking import STATUS, default_status
from leadwell.leads.moving import junk_reason, said
from leadwell.leads.refusals import LeadSealed, OpenLeadExists

Lead = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Many:
    """The leads that were changed, in the order given, what changed of each, and why the others were not."""

    done: Sequence[UUID] = ()
    refused: Mapping[UUID, Refusal] = field(default_factory=dict[UUID, Refusal])
    changes: Mapping[UUID, Changes] = field(default_factory=dict[UUID, Changes])


@dataclass(frozen=True, slots=True)
class _Move:
    lead: Lead
    before: Status
    after: Status
    values: dict[str, Any]


async def junk_many(tx: Tx, lead_ids: Collection[UUID], reason_code: str, note: str | None = None) -> Many:
    """As `junk` does to one; a lead that is sealed, unknown or junk already is refused and left alone. UnknownReason."""
    reason, now = await junk_reason(tx, reason_code), await tx.now()
    leads, refused, statuses = await _locked(tx, lead_ids, may_junk)
    closing = {pipeline: await default_status(tx, pipeline, "JUNK") for pipeline in sorted({lead["pipeline_id"] for lead in leads})}
    days = reason["recycle_after_days"]
    values = {"junk_reason_id": reason["id"], "junk_note": clean(note) or None, "recycle_at": now + timedelta(days=days) if days else None}
    moves = [_moving(lead, statuses[lead["status_id"]], closing[lead["pipeline_id"]], values, now) for lead in leads]
    await _write(tx, "lead.junked", moves, {"reason": reason_code, "note": values["junk_note"]})
    return _many(lead_ids, moves, refused)


async def reopen_many(tx: Tx, lead_ids: Collection[UUID], reason: str) -> Many:
    """As `reopen` does to one: each back to the status it had. What is not junk, or whose person has an open lead by now, is refused and left alone.
    ReasonRequired."""
    reason, now = said(reason), await tx.now()
    junk, refused, statuses = await _locked(tx, lead_ids, may_reopen)
    leads, twins = await _without_twins(tx, junk)
    statuses |= (earlier := await _earlier(tx, leads))
    first = {pipeline: await default_status(tx, pipeline, "NEW") for pipeline in sorted({lead["pipeline_id"] for lead in leads})}
    values: dict[str, Any] = {"junk_reason_id": None, "junk_note": None, "recycle_at": None}
    moves = [_moving(lead, statuses[lead["status_id"]], earlier.get(lead["id"]) or first[lead["pipeline_id"]], values, now) for lead in leads]
    await _write(tx, "lead.reopened", moves, {"reason": reason})
    return _many(lead_ids, moves, refused | twins)


async def hold(tx: Tx, lead_ids: Collection[UUID]) -> dict[UUID, Lead]:
    """The leads, open or junk, locked behind their people in one order; what is sealed or unknown is left out."""
    return {row["id"]: dict(row) for row in await tx.fetch(load(__name__, "lock_many"), tx.workspace, sorted(set(lead_ids)))}


async def _locked(tx: Tx, ids: Collection[UUID], may: Callable[[str], None]) -> tuple[list[Lead], dict[UUID, Refusal], dict[UUID, Status]]:
    """Those that may be changed, locked behind their people in one order, with their statuses; and why others may not."""
    wanted = sorted(set(ids))
    rows = await hold(tx, wanted)
    refused: dict[UUID, Refusal] = {}
    for id, row in rows.items():
        try:
            may(row["state"])
        except Refusal as why:
            refused[id] = why
    missing = [id for id in wanted if id not in rows]
    sealed = await tx.fetch("SELECT l.id, l.state FROM leads l WHERE l.workspace_id = $1 AND l.id = ANY($2::uuid[])", tx.workspace, missing) if missing else []
    states = {row["id"]: row["state"] for row in sealed}
    for id in missing:
        refused[id] = LeadSealed(state=states[id].lower()) if id in states else NotFound(noun="lead")
    leads = [row for id, row in rows.items() if id not in refused]
    found = await tx.fetch(
        f"SELECT {STATUS} FROM lead_statuses s WHERE s.workspace_id = $1 AND s.id = ANY($2::uuid[])", tx.workspace, sorted({x["status_id"] for x in leads}))
    return leads, refused, {row["id"]: Status(**row) for row in found}


async def _without_twins(tx: Tx, leads: Sequence[Lead]) -> tuple[list[Lead], dict[UUID, Refusal]]:
    """A person has one open lead in a pipeline: the one there is, or the first of these."""
    rows = await tx.fetch(
        "SELECT l.id, l.person_id, l.pipeline_id FROM leads l WHERE l.workspace_id = $1 AND l.person_id = ANY($2::uuid[]) AND l.state = 'OPEN'",
        tx.workspace, sorted({lead["person_id"] for lead in leads}))  # fmt: skip
    taken = {(row["person_id"], row["pipeline_id"]): row["id"] for row in rows}
    free: list[Lead] = []
    refused: dict[UUID, Refusal] = {}
    for lead in leads:
        holder = taken.setdefault((lead["person_id"], lead["pipeline_id"]), lead["id"])
        if holder == lead["id"]:
            free.append(lead)
        else:
            refused[lead["id"]] = OpenLeadExists(lead=encode_id(CATALOG["Lead"].tag, holder))
    return free, refused


async def _earlier(tx: Tx, leads: Sequence[Lead]) -> dict[UUID, Status]:
    """The open status each lead was in when it was closed, if its pipeline still has it."""
    rows = await tx.fetch(load(__name__, "earlier"), tx.workspace, [lead["id"] for lead in leads])
    return {row["lead_id"]: Status(*(row[name] for name in ("id", "name", "type", "pipeline_id", "next_ids"))) for row in rows}


def _moving(lead: Lead, before: Status, after: Status, values: Mapping[str, Any], now: datetime) -> _Move:
    return _Move(lead, before, after, {**values, **moved(before, after, now)})


async def _write(tx: Tx, kind: str, moves: Sequence[_Move], data: Mapping[str, Any]) -> None:
    if not moves:
        return
    rows = [{"id": one.lead["id"], "span_id": uuid7(), **one.values} for one in moves]
    await tx.execute(load(__name__, "move_many"), tx.workspace, rows, await tx.now(), str(tx.actor))
    await events.note_all(tx, [_event(kind, one, data) for one in moves])


def _event(kind: str, one: _Move, data: Mapping[str, Any]) -> events.Event:
    told = {"changes": differing(one.lead, one.values), "before": one.before.name, "after": one.after.name, **data}
    return events.Event(kind, "Lead", one.lead["id"], one.lead["person_id"], one.lead["version"] + 1, told)


def _many(ids: Collection[UUID], moves: Sequence[_Move], refused: Mapping[UUID, Refusal]) -> Many:
    done = {one.lead["id"]: differing(one.lead, one.values) for one in moves}
    return Many([id for id in dict.fromkeys(ids) if id in done], refused, done)
