"""Tries leads again: junk as a new lead linked to the old one, rejected leads by putting them before sales again."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from leadwell import events, people
from leadwell.base.ids import encode_id
from leadwell.base.refusals import Refusal
from leadwell.base.rows import Revision, revise
from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.catalog import CATALOG
from leadwell.leads.lifecycle import may_reopen
from leadwell.leads.locking import default_status, lock, status
from leadwell.leads.moving import move
from leadwell.leads.opening import FILLABLE, NewLead, open_many
from leadwell.leads.refusals import OpenLeadExists

DUE = 100
QUALIFYING = "mql"   # the threshold of a score that makes a lead marketing-qualified


async def recycle(tx: Tx, lead_id: UUID, expected_version: int | None = None) -> UUID:
    """A new lead of the same person, with what the junk one said, linked to it; the old one stays closed. NotFound, LeadSealed, StaleVersion, NotJunk,
    OpenLeadExists."""
    old = await lock(tx, lead_id, expected_version)
    may_reopen(old["state"])
    await people.lock(tx, [old["person_id"]])
    fields = {name: old[name] for name in FILLABLE if old[name] is not None}
    new = NewLead(old["person_id"], fields, old["intent"], old["pipeline_id"], repeat_of_id=lead_id, at=await tx.now(), source="RECYCLED",
                  data={"recycled": True})  # fmt: skip
    (opened,) = await open_many(tx, [new], {old["person_id"]}, tx)
    if opened.outcome != "CREATED":
        raise OpenLeadExists(lead=encode_id(CATALOG["Lead"].tag, opened.lead_id))
    await tx.execute(load(__name__, "custom"), tx.workspace, lead_id, opened.lead_id)
    await _tried(tx, old)
    return opened.lead_id


async def recycle_due(tx: Tx) -> int:
    """What is to be tried again by now, a hundred at most; answers how many were looked at. Whoever is open again already is left alone."""
    rows = await tx.fetch(load(__name__, "due"), tx.workspace, await tx.now(), DUE)
    for row in rows:
        await (_recycle_junk(tx, row["id"]) if row["state"] == "JUNK" else _back_to_sales(tx, row["id"]))
    return len(rows)


async def _recycle_junk(tx: Tx, lead_id: UUID) -> None:
    await tx.execute("SAVEPOINT recycled")
    try:
        await recycle(tx, lead_id)
    except Refusal:
        await tx.execute("ROLLBACK TO SAVEPOINT recycled")
        await _tried(tx, await lock(tx, lead_id))


async def _back_to_sales(tx: Tx, lead_id: UUID) -> Revision:
    lead = await lock(tx, lead_id)
    before = await status(tx, lead["status_id"])
    after = await default_status(tx, lead["pipeline_id"], "NEW") if before.type == "NURTURING" else before
    return await move(tx, "lead.recycled", lead, before, after, {"recycle_at": None})


async def _tried(tx: Tx, lead: dict[str, Any]) -> None:
    revision = await revise(tx, "lead", "leads", lead, {"recycle_at": None})
    if revision.changes:
        data = {"changes": revision.changes}
        await events.note(tx, "lead.updated", "Lead", lead["id"], person_id=lead["person_id"], version=revision.version, data=data)


async def qualify_by_score(tx: Tx, crossed: Sequence[Any]) -> int:
    """Open leads of people whose score reached the threshold called mql are marketing-qualified from then on; returns how many became it."""
    ids = sorted({e["person_id"] for e in crossed if e["person_id"] and str(e["data"].get("threshold", "")).lower() == QUALIFYING})
    if not ids:
        return 0
    await people.lock(tx, ids)
    now = await tx.now()
    rows = await tx.fetch(load(__name__, "qualify"), tx.workspace, ids, now)
    told = {"changes": {"marketing_qualified_at": [None, now.isoformat()]}}
    await events.note_all(tx, [events.Event("lead.updated", "Lead", row["id"], row["person_id"], row["version"], told) for row in rows])
    return len(rows)
