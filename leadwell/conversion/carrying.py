"""Carries a plan out: company, contact, deal, each with what goes into the manifest and what is noted."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from leadwell import companies, contacts, custom, deals, events
from leadwell.base.fixed import fixed
from leadwell.base.ids import uuid7
from leadwell.base.rates import in_base
from leadwell.base.rows import revise
from leadwell.base.tx import Tx
from leadwell.conversion import told
from leadwell.conversion.decided import Plan
from leadwell.conversion.facts import Found, LeadFacts
from leadwell.conversion.wish import ConversionWish


@dataclass(slots=True)
class Ledger:
    """What a conversion did, collected on the way."""

    manifest: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    noted: list[events.Event] = field(default_factory=list[events.Event])
    made: list[UUID] = field(default_factory=list[UUID])

    def add(self, noun: str, id: UUID, action: str, fields: Iterable[str] = ()) -> None:
        if action == "CREATED":
            self.made.append(id)
        self.manifest.append(told.entry(noun, id, action, list(fields)))


@fixed
class Case:
    """A conversion on its way: what goes to `tx` is written at once, what goes to `writes` with the rest."""

    tx: Tx
    writes: Tx
    lead: LeadFacts
    wish: ConversionWish
    found: Found
    decided: Plan
    ledger: Ledger


async def make_company(case: Case) -> UUID:
    """A company under the keys that are free; a second one of the same name or domain has none."""
    plan, lead, ledger, writes, now = case.decided.company, case.lead, case.ledger, case.writes, await case.writes.now()
    name, domain = plan.name or lead.who, lead.domain and lead.domain[1]
    own: dict[str, Any] = {"country": lead.person.get("country"), "owner_id": case.decided.owner_id, "last_activity_at": now}
    if plan.hidden:
        company = companies.NewCompany(name, kind="INDIVIDUAL", **own)
    else:
        given: dict[str, Any] = {"website": lead.company_website, "industry": lead.industry, "employees": lead.employees, **own, **plan.fills}
        company = companies.NewCompany(name, domain if plan.keyed else None, **given)
    if plan.hidden or not plan.keyed:
        await companies.insert(writes, [company], match_primary=False)
    else:
        held = [key for how, key in (("DOMAIN", lead.domain), ("NAME", company.identity[1])) if key and case.found.by(how)]
        await companies.take(writes, company, held)
    await custom.write(case.tx, "Company", company.id, plan.custom)
    ledger.noted.append(companies.created(company))
    ledger.add("Company", company.id, "CREATED", _custom(plan.custom))
    return company.id


async def fill_company(case: Case) -> UUID:
    """A known company takes what it lacks."""
    tx, plan, company = case.tx, case.decided.company, case.decided.company.found
    assert company is not None, "only a found company is filled"
    if plan.domain:
        await companies.learn_domain(tx, company.id, plan.domain)
    if plan.fills or plan.custom:
        row = await fresh(tx, "companies", company.id)
        fills = {name: value for name, value in plan.fills.items() if row[name] is None}
        own = await custom.write(tx, "Company", company.id, plan.custom)
        revision = await revise(tx, "company", "companies", row, fills, touch=bool(own))
        if revision.changes or own:
            data = {"changes": revision.changes | own}
            case.ledger.noted.append(events.Event("company.updated", "Company", company.id, None, revision.version, data))
    written = [*plan.fills, *(["domain"] if plan.domain else []), *_custom(plan.custom)]
    case.ledger.add("Company", company.id, "FILLED" if written else "LINKED", written)
    return company.id


async def make_contact(case: Case, company_id: UUID) -> UUID:
    """The person's contact; the person is locked and has none."""
    plan, now = case.decided.contact, await case.writes.now()
    contact = contacts.NewContact(case.lead.person_id, company_id, role=case.wish.contact.role, last_activity_at=now, **plan.fills)
    await contacts.insert(case.writes, contact)
    await custom.write(case.tx, "Contact", contact.id, plan.custom)
    case.ledger.add("Contact", contact.id, "CREATED", _custom(plan.custom))
    case.ledger.noted.append(contacts.created(contact))
    return contact.id


async def fill_contact(case: Case, company_id: UUID) -> UUID:
    """The contact there is takes what it lacks, and a link to the company."""
    tx, plan, contact = case.tx, case.decided.contact, case.decided.contact.found
    assert contact is not None, "only a found contact is filled"
    row = await fresh(tx, "contacts", contact.id)
    own = await custom.write(tx, "Contact", contact.id, plan.custom)
    if plan.link:
        revision = await contacts.write_link(tx, row, company_id, plan.link, case.wish.contact.role, plan.fills)
    else:
        revision = await revise(tx, "contact", "contacts", row, plan.fills, touch=bool(own))
    written = [*plan.fills, *(["company_id"] if plan.link else []), *_custom(plan.custom)]
    case.ledger.add("Contact", contact.id, "FILLED" if written else "LINKED", written)
    if revision.changes or plan.link or own:
        data = {"changes": revision.changes | own, "linked": plan.link and company_id}
        case.ledger.noted.append(events.Event("contact.updated", "Contact", contact.id, case.lead.person_id, revision.version, data))
    return contact.id


async def make_deal(case: Case, contact_id: UUID, company_id: UUID) -> UUID:
    """The deal, with the contact as its primary one."""
    plan, lead = case.decided.deal, case.lead
    assert plan is not None, "a deal that is made is planned"
    stage, close_on = plan.stage, plan.close_on
    assert stage is not None, "a deal that is made has a stage"
    assert close_on is not None, "a deal that is made has a close date"
    deal = deals.NewDeal(
        plan.name, stage.pipeline_id, stage.id, company_id, plan.owner_id or case.decided.owner_id, plan.amount_minor, plan.currency, close_on, lead.id,
        lead.source_id, lead.campaign_id, [(contact_id, plan.role or "DECISION_MAKER")], [lead.product_id] if lead.product_id else [],
        last_activity_at=await case.writes.now(),
    )
    await deals.insert(case.writes, deal, stage, case.found.workspace, currency=plan.currency, close_on=close_on)
    await custom.write(case.tx, "Deal", deal.id, plan.custom)
    case.ledger.add("Deal", deal.id, "CREATED", _custom(plan.custom))
    case.ledger.noted.append(deals.created(deal))
    return deal.id


async def join_deal(case: Case, contact_id: UUID) -> UUID:
    """The open deal there is takes what it lacks, and the contact."""
    tx, plan = case.tx, case.decided.deal
    deal = plan and plan.found
    assert plan is not None, "a deal that is joined is planned"
    assert deal is not None, "only a found deal is joined"
    row = await fresh(tx, "deals", deal.id)
    fills = {name: value for name, value in plan.fills.items() if row[name] is None}
    if "amount_minor" in fills:
        fills |= await in_base(tx, fills["amount_minor"], row["currency"], await deals.base_day(tx, row))
    own = await custom.write(tx, "Deal", deal.id, plan.custom)
    revision = await revise(tx, "deal", "deals", row, fills, touch=True)
    await tx.execute(
        "INSERT INTO deal_contacts (workspace_id, id, deal_id, contact_id, role, is_primary, created_at)"
        " SELECT $1, $2, $3, $4, $6, NOT EXISTS (SELECT 1 FROM deal_contacts c WHERE c.workspace_id = $1 AND c.deal_id = $3 AND c.is_primary), $5"
        " ON CONFLICT (workspace_id, deal_id, contact_id) DO NOTHING",
        tx.workspace, uuid7(), deal.id, contact_id, await tx.now(), plan.role or "OTHER",
    )
    written = [*(name for name in revision.changes if name in plan.fills), *_custom(plan.custom)]
    case.ledger.add("Deal", deal.id, "FILLED" if written else "LINKED", written)
    data = {"changes": revision.changes | own, "contact_id": contact_id}
    case.ledger.noted.append(events.Event("deal.updated", "Deal", deal.id, None, revision.version, data))
    return deal.id


async def fresh(tx: Tx, table: str, id: UUID) -> Mapping[str, Any]:
    """The row as it is now, locked: others may have filled it since it was read."""
    row = await tx.row(f"SELECT x.* FROM {table} x WHERE x.workspace_id = $1 AND x.id = $2 FOR NO KEY UPDATE", tx.workspace, id)
    assert row is not None, "it was read in this transaction, and no row is ever removed"
    return dict(row)


def _custom(values: Mapping[str, Any]) -> list[str]:
    return [f"custom.{key}" for key in values]
