"""Attaches a company or deal that a conversion had left out, without reopening the lead."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg.exceptions as pg

from leadwell import events, people
from leadwell.base import faults
from leadwell.base.ids import uuid7
from leadwell.base.refusals import NotFound
from leadwell.base.rows import revise
from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.contacts import plan_link
from leadwell.conversion import told
from leadwell.conversion.carrying import Case, Ledger, fill_company, fill_contact, fresh, join_deal, make_company, make_deal
from leadwell.conversion.company import plan_company
from leadwell.conversion.decided import CompanyPlan, Conflict, ContactPlan, DealPlan, Plan
from leadwell.conversion.facts import CompanyFound, Found, LeadFacts
from leadwell.conversion.plan import plan_deal, plan_owner, plan_status
from leadwell.conversion.reading import lead_facts, read
from leadwell.conversion.refusals import AlreadyAttached, CompanyNameRequired, NotConverted, NothingToAttach
from leadwell.conversion.verbs import Conversion
from leadwell.conversion.wish import ConversionWish, check

BESIDE = ("conversion_id", "contact_id", "deal_id", "became_id", "became_name", "became_kind", "state", "now")


@dataclass(frozen=True, slots=True)
class Became:
    """What the lead has become so far."""

    conversion_id: UUID
    contact_id: UUID
    deal_id: UUID | None
    company: CompanyFound | None

    @property
    def hidden(self) -> bool:
        """No company but the person's own."""
        return self.company is None or self.company.kind == "INDIVIDUAL"


async def amend(tx: Tx, lead_id: UUID, wish: ConversionWish, *, company: bool) -> Conversion:
    """Attaches a deal (`wish.deal`, unless NONE) and, if asked, a `company` to a conversion that has none; the same again finds the first. NotFound,
    NotConverted, AlreadyAttached, NothingToAttach and what the plan refuses."""
    check(wish)
    if wish.deal.action == "NONE" and not company:
        raise NothingToAttach()
    row = await _locked(tx, lead_id)
    if row["conversion_id"] is None:
        raise NotConverted(state=row["state"].lower())
    faults.point("amending.locked")
    became = _became(row)
    earlier = await _earlier(tx, lead_id, wish, became)
    if earlier:
        return earlier
    _missing(wish, became, company=company)
    lead = lead_facts({name: value for name, value in row.items() if name not in BESIDE}, wish)
    found = await read(tx, lead, wish)
    try:
        return await _carry_out(tx, lead, wish, found, became, _decide(lead, wish, found, became, company=company))
    except pg.UniqueViolationError as anomaly:
        if anomaly.table_name != "company_keys":
            raise
        raise pg.SerializationError("the company was made meanwhile") from anomaly


async def _locked(tx: Tx, lead_id: UUID) -> Mapping[str, Any]:
    """The lead and what it became, read after its person is locked: a statement that waits for a lock reads other tables as they were before."""
    person = await tx.value("SELECT l.person_id FROM leads l WHERE l.workspace_id = $1 AND l.id = $2", tx.workspace, lead_id)
    await people.lock(tx, [person] if person else [])
    row = await tx.row(load(__name__, "converted"), tx.workspace, lead_id)
    if row is None:
        raise NotFound(noun="lead")
    if row["person_id"] != person:
        raise pg.SerializationError("the lead was given to another person meanwhile")
    return dict(row)


def _became(row: Mapping[str, Any]) -> Became:
    company = CompanyFound("CURRENT", row["became_id"], row["became_name"], row["became_kind"]) if row["became_id"] else None
    return Became(row["conversion_id"], row["contact_id"], row["deal_id"], company)


async def _earlier(tx: Tx, lead_id: UUID, wish: ConversionWish, became: Became) -> Conversion | None:
    """The same amendment, made before."""
    row = await tx.row(
        "SELECT a.manifest, a.conflicts FROM conversion_amendments a WHERE a.workspace_id = $1 AND a.lead_id = $2 AND a.fingerprint = $3 LIMIT 1",
        tx.workspace, lead_id, wish.fingerprint)  # fmt: skip
    company = became.company and became.company.id
    return Conversion(lead_id, became.contact_id, company, became.deal_id, True, row["manifest"], row["conflicts"]) if row else None


def _missing(wish: ConversionWish, became: Became, *, company: bool) -> None:
    """AlreadyAttached for what is there."""
    if company and became.company and not became.hidden:
        raise AlreadyAttached(field="company", noun="company", id=told.opaque("Company", became.company.id))
    if wish.deal.action != "NONE" and became.deal_id:
        raise AlreadyAttached(field="deal", noun="deal", id=told.opaque("Deal", became.deal_id))


def _decide(lead: LeadFacts, wish: ConversionWish, found: Found, became: Became, *, company: bool) -> Plan:
    """By the rules of the conversion itself; what is not asked for stays as it is."""
    owner, conflicts = plan_owner(lead, wish, found), list[Conflict]()
    at = CompanyPlan(became.company) if became.company else CompanyPlan(hidden=True)
    if company:
        at, differing = plan_company(lead, wish, found)
        conflicts += differing
        if at.hidden or (at.found and at.found.kind == "INDIVIDUAL"):
            raise CompanyNameRequired(field="company.name")
    deal: DealPlan | None = None
    if wish.deal.action != "NONE":
        deal, differing = plan_deal(lead, wish, found, at, owner)
        conflicts += differing
    link = plan_link(found.contact.links if found.contact else (), at.found.id if at.found else UUID(int=0), primary=False) if company else None
    return Plan(owner, plan_status(lead, found), at, ContactPlan(found.contact, {}, link), deal, tuple(conflicts))


async def _carry_out(tx: Tx, lead: LeadFacts, wish: ConversionWish, found: Found, became: Became, decided: Plan) -> Conversion:
    ledger, company_id, deal_id = Ledger(), became.company and became.company.id, became.deal_id
    case = Case(tx, tx, lead, wish, found, decided, ledger)
    attached = decided.contact.link is not None
    if attached:
        company_id = await (fill_company(case) if decided.company.found else make_company(case))
        await fill_contact(case, company_id)
        await _into_deal(tx, became, company_id, ledger)
        faults.point("amending.company")
    if decided.deal:
        assert company_id is not None, "every contact has a company, if only its own"
        deal_id = await (join_deal(case, became.contact_id) if decided.deal.found else make_deal(case, became.contact_id, company_id))
    done = Conversion(lead.id, became.contact_id, company_id, deal_id, False, ledger.manifest, [told.conflict(one) for one in decided.conflicts])
    await _keep(tx, wish, became, done, ledger, company=attached)
    return done


async def _into_deal(tx: Tx, became: Became, company_id: UUID, ledger: Ledger) -> None:
    """A deal that was made without the company gets it."""
    if became.deal_id is None:
        return
    row = await fresh(tx, "deals", became.deal_id)
    if row["company_id"] is None or (became.company and row["company_id"] == became.company.id):
        revision = await revise(tx, "deal", "deals", row, {"company_id": company_id})
        ledger.add("Deal", became.deal_id, "FILLED", ["company_id"])
        ledger.noted.append(events.Event("deal.updated", "Deal", became.deal_id, None, revision.version, {"changes": revision.changes}))


async def _keep(tx: Tx, wish: ConversionWish, became: Became, done: Conversion, ledger: Ledger, *, company: bool) -> None:
    deal = done.deal_id if became.deal_id is None else None
    if not await tx.value("SELECT lw_amend_conversion($1, $2, $3, $4)", tx.workspace, done.lead_id, done.company_id if company else None, deal):
        raise pg.SerializationError("the conversion was amended meanwhile")
    await tx.execute(
        load(__name__, "amend"), tx.workspace, uuid7(), done.lead_id, wish.canonical(), wish.fingerprint, done.manifest, done.conflicts, str(tx.actor),
        await tx.now())
    data = {"contact_id": done.contact_id, "company_id": done.company_id, "deal_id": done.deal_id, "manifest": done.manifest}
    person = await tx.value("SELECT c.person_id FROM contacts c WHERE c.workspace_id = $1 AND c.id = $2", tx.workspace, done.contact_id)
    await events.note_all(tx, [events.Event("conversion.amended", "Conversion", became.conversion_id, person, None, data), *ledger.noted])
    faults.point("amending.done")
