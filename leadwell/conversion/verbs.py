"""Converts a lead: lock, decide, make company, contact and deal, seal; all of it in the caller's transaction, once and for good."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg.exceptions as pg

from leadwell import events, nurture, tasks, timeline
from leadwell.base.ids import uuid7
from leadwell.base.refusals import NotFound
from leadwell.base.rows import checked_version
from leadwell.base.sql import load
from leadwell.base.together import together
from leadwell.base.tx import Tx
from leadwell.conversion import told
from leadwell.conversion.carrying import Ledger, fill_company, fill_contact, join_deal, make_company, make_contact, make_deal
from leadwell.conversion.facts import Found, LeadFacts
from leadwell.conversion.plan import Plan, plan
from leadwell.conversion.reading import lead_facts, lock, read
from leadwell.conversion.refusals import AlreadyConverted, LeadIsJunk
from leadwell.conversion.wish import ConversionWish, check
from leadwell.leads import LeadSealed


@dataclass(frozen=True, slots=True)
class Conversion:
    """What a lead became. `company_id` may be a hidden one; `replayed`: an earlier call did it."""

    lead_id: UUID
    contact_id: UUID
    company_id: UUID | None
    deal_id: UUID | None
    replayed: bool
    manifest: list[dict[str, Any]]
    conflicts: list[dict[str, Any]]


async def convert(tx: Tx, lead_id: UUID, wish: ConversionWish | None = None, *, expected_version: int | None = None) -> Conversion:
    """Converts an open lead; a second call with the same wish gets the first result. NotFound, StaleVersion, LeadIsJunk, LeadSealed (merged),
    AlreadyConverted (another wish) and what the plan refuses."""
    wish = wish or ConversionWish()
    check(wish)
    row = await lock(tx, lead_id)
    if row is None:
        return await _replay(tx, lead_id, wish)
    _convertible(row, expected_version)
    lead = lead_facts(row)
    found = await read(tx, lead, wish)
    decided = plan(lead, wish, found)
    try:
        return await _carry_out(tx, lead, wish, found, decided)
    except (pg.UniqueViolationError, pg.NotNullViolationError) as anomaly:
        if anomaly.table_name not in ("conversions", "contacts", "company_keys"):
            raise
        raise pg.SerializationError("the lead, its person or its company was converted meanwhile") from anomaly


async def preview(tx: Tx, lead_id: UUID, wish: ConversionWish | None = None) -> tuple[LeadFacts, Found, Plan]:
    """What `convert` would decide now, by the same planner, without writing; the transaction may be read-only."""
    wish = wish or ConversionWish()
    check(wish)
    row = await tx.row(load(__name__, "lock").replace("FOR NO KEY UPDATE OF p, l", ""), tx.workspace, lead_id)
    if row is None:
        raise NotFound(noun="lead")
    if row["state"] in ("CONVERTED", "MERGED"):
        raise LeadSealed(state=row["state"].lower())
    _convertible(row, None)
    lead = lead_facts(dict(row))
    found = await read(tx, lead, wish)
    return lead, found, plan(lead, wish, found)


def _convertible(row: Any, expected_version: int | None) -> None:
    checked_version(row, "lead", expected_version)
    if row["state"] == "JUNK":
        raise LeadIsJunk()


async def _replay(tx: Tx, lead_id: UUID, wish: ConversionWish) -> Conversion:
    """What became of a lead that can no longer be converted."""
    row = await tx.row(
        "SELECT l.state, c.contact_id, c.company_id, c.deal_id, c.fingerprint, c.manifest, c.conflicts"
        " FROM leads l LEFT JOIN conversions c ON c.workspace_id = $1 AND c.lead_id = l.id WHERE l.workspace_id = $1 AND l.id = $2",
        tx.workspace, lead_id,
    )
    if row is None:
        raise NotFound(noun="lead")
    if row["state"] not in ("CONVERTED", "MERGED"):
        raise pg.SerializationError("the lead was given to another person meanwhile")
    if row["fingerprint"] is None:
        raise LeadSealed(state=row["state"].lower())
    if row["fingerprint"] != wish.fingerprint:
        raise AlreadyConverted(**_became(dict(row)))
    return Conversion(lead_id, row["contact_id"], row["company_id"], row["deal_id"], True, row["manifest"], row["conflicts"])


def _became(row: Mapping[str, Any]) -> dict[str, str]:
    """What the lead became, by the ids the API knows."""
    return {noun.lower(): told.opaque(noun, id) for noun in ("Contact", "Company", "Deal") if (id := row[f"{noun.lower()}_id"])}


async def _carry_out(tx: Tx, lead: LeadFacts, wish: ConversionWish, found: Found, decided: Plan) -> Conversion:
    """Where everything is new, all rows go in one statement; what is filled is written first, row by row."""
    ledger, deal = Ledger(), decided.deal
    all_new = decided.contact.found is None and (deal is None or deal.found is None)
    async with together(tx) as gathered:
        writes = gathered if all_new else tx
        if decided.company.found:
            company_id = await fill_company(tx, decided.company, ledger)
        else:
            company_id = await make_company(writes, lead, found, decided, ledger)
        keep_contact = fill_contact if decided.contact.found else make_contact
        contact_id = await keep_contact(writes, lead, wish, decided.contact, company_id, ledger)
        deal_id = await _deal(tx, writes, lead, decided, contact_id, company_id, ledger)
        conflicts = [told.conflict(one) for one in decided.conflicts]
        result = Conversion(lead.id, contact_id, company_id, deal_id, False, ledger.manifest, conflicts)
        await _seal(writes, lead, wish, decided, result)
        if found.has_tasks or found.is_enrolled:
            await gathered.send()
            await _hand_over(tx, lead, found, decided, result, ledger)
        await _tell(gathered, lead, result, ledger, alone=not found.has_others and found.contact is None)
    return result


async def _hand_over(tx: Tx, lead: LeadFacts, found: Found, decided: Plan, result: Conversion, ledger: Ledger) -> None:
    """The lead's tasks go to the contact, and its sequences end."""
    if found.has_tasks:
        changed = lead.owner_id != decided.owner_id
        ledger.noted += await tasks.hand_over(tx, lead.person_id, lead.id, result.contact_id, decided.owner_id, changed=changed)
    if found.is_enrolled:
        await nurture.exit_person(tx, lead.person_id, "CONVERSION", only_audience="LEADS")


async def _deal(tx: Tx, writes: Tx, lead: LeadFacts, decided: Plan, contact_id: UUID, company_id: UUID, ledger: Ledger) -> UUID | None:
    if decided.deal is None:
        return None
    if decided.deal.found:
        return await join_deal(tx, decided.deal, contact_id, ledger)
    return await make_deal(writes, lead, decided, contact_id, company_id, ledger)


async def _seal(writes: Tx, lead: LeadFacts, wish: ConversionWish, decided: Plan, result: Conversion) -> None:
    """Seals the lead and writes the conversion, whose primary key is the guarantee."""
    hidden = decided.company.hidden or (decided.company.found is not None and decided.company.found.kind == "INDIVIDUAL")
    matched = None if hidden else {"state": "CONFIRMED", "by": "CONVERSION"}
    await writes.execute(
        load(__name__, "seal"), writes.workspace, lead.id, lead.person_id, decided.status.id, await writes.now(), decided.owner_id,
        None if hidden else result.company_id, matched, dict(lead.person), uuid7(), str(writes.actor), uuid7(), result.contact_id, result.company_id,
        result.deal_id, wish.canonical(), wish.fingerprint, result.manifest, result.conflicts,
    )


async def _tell(writes: Tx, lead: LeadFacts, result: Conversion, ledger: Ledger, *, alone: bool) -> None:
    """One activity on the timeline of everything concerned, and the events. The lead is sealed as it was, and what is new says now already."""
    links = [("Lead", lead.id), ("Contact", result.contact_id), ("Company", result.company_id), ("Deal", result.deal_id)]
    data = {"contact_id": result.contact_id, "company_id": result.company_id, "deal_id": result.deal_id}
    activity = timeline.NewActivity(
        "CONVERSION", [lead.person_id], [(noun, id) for noun, id in links if id], subject=f"{lead.who} became a contact", automated=True,
        user_id=writes.actor.user, data=data,
    )  # fmt: skip
    converted = events.Event("lead.converted", "Lead", lead.id, lead.person_id, lead.version + 1, data)
    await timeline.record(writes, activity, at_rest=[lead.id, *ledger.made], alone=alone)
    await events.note_all(writes, [converted, *ledger.noted])
