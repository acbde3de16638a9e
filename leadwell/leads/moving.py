"""Moves a lead between statuses: by hand, accepted or rejected by sales, closed as junk, reopened."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from leadwell import events
from leadwell.base.identity import clean
from leadwell.base.ids import encode_id, uuid7
from leadwell.base.rows import Revision, revise
from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.catalog import CATALOG
from leadwell.leads.lifecycle import Status, may_junk, may_move, may_reopen, milestones, moved
from leadwell.leads.locking import default_status, lock, status
from leadwell.leads.refusals import OpenLeadExists, ReasonRequired, UnknownReason

RECYCLE_DAYS = 90


async def set_status(tx: Tx, lead_id: UUID, status_id: UUID, expected_version: int | None = None) -> Revision:
    """Moves an open lead to another open status of its pipeline."""
    lead = await lock(tx, lead_id, expected_version)
    before, after = await status(tx, lead["status_id"]), await status(tx, status_id, "status_id")
    may_move(before, after)
    return await move(tx, "lead.moved", lead, before, after)


async def accept(tx: Tx, lead_id: UUID, expected_version: int | None = None) -> Revision:
    """Sales takes the lead: it counts as accepted, goes from NEW to WORKING, and belongs to who accepted it if to nobody else."""
    lead = await lock(tx, lead_id, expected_version)
    before, now = await status(tx, lead["status_id"]), await tx.now()
    after = await default_status(tx, lead["pipeline_id"], "WORKING") if before.type in ("NEW", "NURTURING") else before
    may_move(before, after)
    values = {"sales_accepted_at": lead["sales_accepted_at"] or now, "owner_id": lead["owner_id"] or tx.actor.user, "recycle_at": None}
    return await move(tx, "lead.accepted", lead, before, after, values)


async def reject(tx: Tx, lead_id: UUID, reason: str, recycle_at: datetime | None = None, expected_version: int | None = None) -> Revision:
    """Sales gives the lead back to nurturing, to be tried again at `recycle_at` (default: 90 days on)."""
    reason = said(reason)
    lead = await lock(tx, lead_id, expected_version)
    before, now = await status(tx, lead["status_id"]), await tx.now()
    after = await default_status(tx, lead["pipeline_id"], "NURTURING")
    may_move(before, after)
    values = {"recycle_at": recycle_at or now + timedelta(days=RECYCLE_DAYS)}
    return await move(tx, "lead.rejected", lead, before, after, values, {"reason": reason})


async def junk(tx: Tx, lead_id: UUID, reason_code: str, note: str | None = None, expected_version: int | None = None) -> Revision:
    """Closes a lead without conversion, for a reason of the workspace."""
    lead = await lock(tx, lead_id, expected_version)
    may_junk(lead["state"])
    reason, now = await junk_reason(tx, reason_code), await tx.now()
    before = await status(tx, lead["status_id"])
    after = await default_status(tx, lead["pipeline_id"], "JUNK")
    days = reason["recycle_after_days"]
    values = {"junk_reason_id": reason["id"], "junk_note": clean(note) or None, "recycle_at": now + timedelta(days=days) if days else None}
    return await move(tx, "lead.junked", lead, before, after, values, {"reason": reason_code, "note": values["junk_note"]})


async def reopen(tx: Tx, lead_id: UUID, reason: str, expected_version: int | None = None) -> Revision:
    """Brings a junk lead back to the status it had before; its id and history stay."""
    reason = said(reason)
    lead = await lock(tx, lead_id, expected_version)
    may_reopen(lead["state"])
    await _no_open_twin(tx, lead)
    before, after = await status(tx, lead["status_id"]), await _status_before(tx, lead)
    values = {"junk_reason_id": None, "junk_note": None, "recycle_at": None}
    return await move(tx, "lead.reopened", lead, before, after, values, {"reason": reason})


def said(reason: str) -> str:
    """A reason with something in it."""
    words = clean(reason)
    if not words:
        raise ReasonRequired(field="reason")
    return words


async def move(
    tx: Tx, kind: str, lead: dict[str, Any], before: Status, after: Status,
    values: Mapping[str, Any] | None = None, data: Mapping[str, Any] | None = None,
) -> Revision:
    """Writes a locked lead into its next status, with the dates it earns, and notes it."""
    now = await tx.now()
    written = {**(values or {}), **milestones(lead, after, now), **(moved(before, after, now) if before.id != after.id else {})}
    revision = await revise(tx, "lead", "leads", lead, written)
    if not revision.changes:
        return revision
    if before.id != after.id:
        await tx.execute(load(__name__, "spans"), tx.workspace, lead["id"], uuid7(), after.id, now, str(tx.actor))
    told = {"changes": revision.changes, "before": before.name, "after": after.name, **(data or {})}
    await events.note(tx, kind, "Lead", lead["id"], person_id=lead["person_id"], version=revision.version, data=told)
    return revision


async def junk_reason(tx: Tx, code: str) -> Mapping[str, Any]:
    """The reason with that code; UnknownReason."""
    known = await tx.fetch(
        "SELECT j.id, j.code, j.recycle_after_days FROM junk_reasons j WHERE j.workspace_id = $1 AND j.archived_at IS NULL ORDER BY j.code", tx.workspace
    )
    for reason in known:
        if reason["code"] == code:
            return dict(reason)
    raise UnknownReason(code=code, known=[reason["code"] for reason in known])


async def _no_open_twin(tx: Tx, lead: dict[str, Any]) -> None:
    twin = await tx.value(
        "SELECT l.id FROM leads l WHERE l.workspace_id = $1 AND l.person_id = $2 AND l.pipeline_id = $3 AND l.state = 'OPEN'",
        tx.workspace, lead["person_id"], lead["pipeline_id"],
    )
    if twin:
        raise OpenLeadExists(lead=encode_id(CATALOG["Lead"].tag, twin))


async def _status_before(tx: Tx, lead: dict[str, Any]) -> Status:
    """The open status it was in when it was closed, if the pipeline still has it; else the one new leads get."""
    id = await tx.value(
        "SELECT s.id FROM lead_status_spans x JOIN lead_statuses s ON s.workspace_id = $1 AND s.id = x.status_id"
        " WHERE x.workspace_id = $1 AND x.lead_id = $2 AND s.archived_at IS NULL AND s.type IN ('NEW', 'WORKING', 'NURTURING', 'QUALIFIED')"
        " ORDER BY x.entered_at DESC, x.id DESC LIMIT 1",
        tx.workspace, lead["id"],
    )
    return await status(tx, id) if id else await default_status(tx, lead["pipeline_id"], "NEW")
