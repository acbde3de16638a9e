"""Converts a lead: lock, decide, make company, contact and deal, seal; all of it in the caller's transaction, once and for good."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

import asyncpg.exceptions as pg

from leadwell import events, merging, nurture, tasks, timeline
from leadwell.base import faults
from leadwell.base.fixed import fixed
from leadwell.base.ids import uuid7
from leadwell.base.refusals import Forbidden, NotFound
from leadwell.base.rows import checked_version
from leadwell.base.sql import load
from leadwell.base.together import together
from leadwell.base.tx import Tx
from leadwell.conversion import told
from leadwell.conversion.carrying import Case, Ledger, fill_company, fill_contact, join_deal, make_company, make_contact, make_deal
from leadwell.conversion.decided import Plan
from leadwell.conversion.facts import Found, LeadFacts, Twin
from leadwell.conversion.joinable import joinable, sealed
from leadwell.conversion.plan import plan
from leadwell.conversion.reading import lead_facts, lock, read
from leadwell.conversion.refusals import AlreadyConverted, LeadIsJunk, StalePlan
from leadwell.conversion.wish import DEFAULT, CompanyWish, ContactWish, ConversionWish, DealWish, check
from leadwell.leads import LeadSealed, OpenLeadExists


@fixed
class Conversion:
    """What a lead became. `company_id` may be a hidden one; `replayed`: an earlier call did it."""

    lead_id: UUID
    contact_id: UUID
    company_id: UUID | None
    deal_id: UUID | None
    replayed: bool
    manifest: list[dict[str, Any]]
    conflicts: list[dict[str, Any]]


@fixed
class Terms:
    """What must hold: the lead's version, the hash of the plan that the caller saw; whether two people may become one on the way."""

    version: int | None = None
    plan_hash: str | None = None
    may_merge: bool = True


FREE = Terms()


async def convert(
    tx: Tx, lead_id: UUID, wish: ConversionWish | None = None, *, expected_version: int | None = None, terms: Terms = FREE
) -> Conversion:
    """Converts an open lead; a second call with the same wish gets the first result. NotFound, StaleVersion, StalePlan, LeadIsJunk, LeadSealed
    (merged), AlreadyConverted (another wish) and what the plan refuses."""
    wish = wish or DEFAULT
    check(wish)
    row = await lock(tx, lead_id)
    if row is None:
        return await _replay(tx, lead_id, wish)
    faults.point("conversion.locked")
    _convertible(row, terms.version if expected_version is None else expected_version)
    try:
        return await _convert(tx, row, wish, terms)
    except (pg.UniqueViolationError, pg.NotNullViolationError) as anomaly:
        if anomaly.table_name not in ("conversions", "contacts", "company_keys"):
            raise
        raise pg.SerializationError("the lead, its person or its company was converted meanwhile") from anomaly


async def _convert(tx: Tx, row: Mapping[str, Any], wish: ConversionWish, terms: Terms) -> Conversion:
    lead, found, decided = await _decide(tx, row, wish)
    if terms.plan_hash is not None and terms.plan_hash != (now := sealed(decided, await joinable(tx, lead, found, decided))):
        raise StalePlan(field="expected_plan_hash", plan_hash=now, plan=told.outline(decided))
    ledger = Ledger()
    if twin := decided.contact.twin:
        lead, found, decided = await _made_one(tx, lead, wish, twin, terms)
        ledger.manifest.append(told.entry("Person", twin.person_id, "MERGED", []))
    done = await _carry_out(tx, lead, wish, found, decided, ledger)
    faults.point("conversion.sealed")
    for id in wish.related:
        await convert(tx, id, _joining(wish, done), terms=Terms(may_merge=terms.may_merge))
    faults.point("conversion.done")
    return done


async def _decide(tx: Tx, row: Mapping[str, Any], wish: ConversionWish) -> tuple[LeadFacts, Found, Plan]:
    lead = lead_facts(row, wish)
    found = await read(tx, lead, wish)
    return lead, found, plan(lead, wish, found)


async def _made_one(tx: Tx, lead: LeadFacts, wish: ConversionWish, twin: Twin, terms: Terms) -> tuple[LeadFacts, Found, Plan]:
    """The lead's person goes up in the contact's, as `merging` does it, and the conversion is decided anew; unmerge takes that part back."""
    if not terms.may_merge:
        raise Forbidden(noun="people", verb="merge", field="on_duplicate")
    await merging.merge(tx, "Person", merging.Wish(twin.person_id, (lead.person_id,)))
    faults.point("conversion.merged")
    row = await lock(tx, lead.id)
    if row is None:
        survivor = await tx.value("SELECT l.merged_into FROM leads l WHERE l.workspace_id = $1 AND l.id = $2", tx.workspace, lead.id)
        raise OpenLeadExists(lead=told.opaque("Lead", survivor or lead.id))
    return await _decide(tx, row, wish)


def _joining(wish: ConversionWish, done: Conversion) -> ConversionWish:
    """How a related lead is converted: into the same company and deal, as a contact of its own."""
    company = CompanyWish("USE", done.company_id) if done.company_id else CompanyWish()
    deal = DealWish("USE", done.deal_id) if done.deal_id else DealWish("NONE")
    return replace(wish, company=company, contact=ContactWish(), deal=deal, related=())


async def preview(tx: Tx, lead_id: UUID, wish: ConversionWish | None = None) -> tuple[LeadFacts, Found, Plan]:
    """What `convert` would decide now, by the same planner, without writing; the transaction may be read-only."""
    lead, found, wish = await glimpse(tx, lead_id, wish)
    return lead, found, plan(lead, wish, found)


async def glimpse(tx: Tx, lead_id: UUID, wish: ConversionWish | None = None) -> tuple[LeadFacts, Found, ConversionWish]:
    """What a decision would be made on, without locks. NotFound, LeadSealed, LeadIsJunk."""
    wish = wish or DEFAULT
    check(wish)
    row = await tx.row(load(__name__, "lock").replace("FOR NO KEY UPDATE OF p, l", ""), tx.workspace, lead_id)
    if row is None:
        raise NotFound(noun="lead")
    if row["state"] in ("CONVERTED", "MERGED"):
        raise LeadSealed(state=row["state"].lower())
    _convertible(row, None)
    lead = lead_facts(dict(row), wish)
    return lead, await read(tx, lead, wish), wish


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
        raise AlreadyConverted(**told.became(dict(row)))
    return Conversion(lead_id, row["contact_id"], row["company_id"], row["deal_id"], True, row["manifest"], row["conflicts"])


async def _carry_out(tx: Tx, lead: LeadFacts, wish: ConversionWish, found: Found, decided: Plan, ledger: Ledger) -> Conversion:
    """Where everything is new, all rows go in one statement; what is filled is written first, row by row."""
    deal = decided.deal
    all_new = decided.contact.found is None and (deal is None or deal.found is None)
    async with together(tx) as gathered:
        writes = gathered if all_new else tx
        case = Case(tx, writes, lead, wish, found, decided, ledger)
        company_id = await (fill_company(case) if decided.company.found else make_company(case))
        faults.point("conversion.company")
        contact_id = await (fill_contact(case, company_id) if decided.contact.found else make_contact(case, company_id))
        faults.point("conversion.contact")
        deal_id = None if deal is None else await (join_deal(case, contact_id) if deal.found else make_deal(case, contact_id, company_id))
        conflicts = [told.conflict(one) for one in decided.conflicts]
        result = Conversion(lead.id, contact_id, company_id, deal_id, False, ledger.manifest, conflicts)
        await _seal(writes, lead, wish, decided, result)
        if found.has_tasks or found.is_enrolled or found.has_tags:
            await gathered.send()
            await _hand_over(tx, lead, found, decided, result, ledger)
        await _tell(gathered, lead, result, ledger, alone=not found.has_others and found.contact is None)
    return result


async def _hand_over(tx: Tx, lead: LeadFacts, found: Found, decided: Plan, result: Conversion, ledger: Ledger) -> None:
    """The lead's tasks and tags go to the contact, and its sequences end."""
    if found.has_tasks:
        changed = lead.owner_id != decided.owner_id
        ledger.noted += await tasks.hand_over(tx, lead.person_id, lead.id, result.contact_id, decided.owner_id, changed=changed)
    if found.is_enrolled:
        await nurture.exit_person(tx, lead.person_id, "CONVERSION", only_audience="LEADS")
    if found.has_tags:
        await tx.execute(load(__name__, "tags"), tx.workspace, lead.id, result.contact_id, await tx.now())


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
