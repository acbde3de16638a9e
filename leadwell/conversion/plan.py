"""Decides what a conversion makes, links and fills. Pure: the same facts, wish and finds give the same plan."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from leadwell.base.identity import clean, company_key
from leadwell.base.refusals import NotFound
from leadwell.contacts import HiddenCompany, LinkPlan, plan_link
from leadwell.conversion import told
from leadwell.conversion.facts import CompanyFound, ContactFound, DealFound, Found, LeadFacts
from leadwell.conversion.refusals import (
    CompanyNameRequired,
    ContactOfAnotherPerson,
    DealClosed,
    NotAConvertedStatus,
    OwnerRequired,
    PersonIsContact,
    PossibleDuplicate,
)
from leadwell.conversion.wish import ConversionWish
from leadwell.deals import Stage
from leadwell.leads import Status

Conflict = dict[str, Any]


@dataclass(frozen=True, slots=True)
class CompanyPlan:
    """Link `found`, or make one: `name` and `hidden` (the person's own). `domain`: what a known company learns."""

    found: CompanyFound | None = None
    name: str | None = None
    hidden: bool = False
    keyed: bool = True
    fills: Mapping[str, Any] = field(default_factory=dict[str, Any])
    domain: str | None = None


@dataclass(frozen=True, slots=True)
class ContactPlan:
    """Keep `found` and fill it, or make one with `fills`. `link`: what linking the company does; None: it is linked already."""

    found: ContactFound | None
    fills: Mapping[str, Any]
    link: LinkPlan | None = None


@dataclass(frozen=True, slots=True)
class DealPlan:
    """Join `found` and fill it, or make one."""

    found: DealFound | None = None
    fills: Mapping[str, Any] = field(default_factory=dict[str, Any])
    name: str = ""
    stage: Stage | None = None
    amount_minor: int | None = None
    currency: str = ""
    close_on: date | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """The whole decision. `deal` None: no deal."""

    owner_id: UUID
    status: Status
    company: CompanyPlan
    contact: ContactPlan
    deal: DealPlan | None
    conflicts: tuple[Conflict, ...]


def plan(lead: LeadFacts, wish: ConversionWish, found: Found) -> Plan:
    """The decision, or the first refusal: owner, status, company, contact, deal."""
    owner = plan_owner(lead, wish, found)
    status = plan_status(lead, found)
    company, c1 = plan_company(lead, wish, found)
    contact, c2 = plan_contact(lead, wish, found, company, owner)
    deal, c3 = plan_deal(lead, wish, found, company, owner)
    return Plan(owner, status, company, contact, deal, (*c1, *c2, *c3))


def plan_owner(lead: LeadFacts, wish: ConversionWish, found: Found) -> UUID:
    """Given, else the lead's, else the caller; a lead's owner who has left does not count."""
    if wish.owner_id is not None and wish.owner_id not in found.users:
        raise NotFound(field="owner_id", noun="user")
    for owner in (wish.owner_id, lead.owner_id, found.caller):
        if owner is not None and owner in found.users:
            return owner
    raise OwnerRequired(field="owner_id")


def plan_status(lead: LeadFacts, found: Found) -> Status:
    """The named converted status, else the pipeline's default one."""
    if found.status is None:
        raise NotFound(field="converted_status_id", noun="converted status")
    if found.status.type != "CONVERTED" or found.status.pipeline_id != lead.pipeline_id:
        raise NotAConvertedStatus(field="converted_status_id", status=found.status.name)
    return found.status


def plan_company(lead: LeadFacts, wish: ConversionWish, found: Found) -> tuple[CompanyPlan, list[Conflict]]:
    """The wished one; else the confirmed match, the one behind the domain or name, the suggested match, the contact's own; else a new one."""
    if wish.company.action == "USE":
        company = found.by("ID", wish.company.id)
        if company is None:
            raise NotFound(field="company.id", noun="company")
        if company.kind == "INDIVIDUAL":
            raise HiddenCompany(field="company.id")
        return _linked(lead, company, found)
    name = clean(wish.company.name) or clean(lead.company_name) or None
    known = _known(lead, found)
    if wish.company.action == "AUTO" and known:
        return _linked(lead, known, found)
    if wish.company.action == "CREATE" and name is None:
        raise CompanyNameRequired(field="company.name")
    if name is None:
        return _nameless(lead, found)
    return _new_or_duplicate(lead, wish, found, name, known)


def _known(lead: LeadFacts, found: Found) -> CompanyFound | None:
    """The company that surely is the lead's."""
    matched = found.by("ID", lead.company_id) if lead.company_id else None
    if matched and matched.kind == "INDIVIDUAL":
        matched = None
    sure = matched if lead.company_state != "SUGGESTED" else None
    named = found.by("NAME")
    if named and lead.domain and named.domain and named.domain != lead.domain[1]:
        named = None
    return sure or found.by("DOMAIN") or named or matched


def _nameless(lead: LeadFacts, found: Found) -> tuple[CompanyPlan, list[Conflict]]:
    """No company known or named: the one the contact has, else the person's own where the workspace has individuals."""
    current = found.by("CURRENT")
    if current:
        return CompanyPlan(current), []
    if not found.workspace.settings.individuals:
        raise CompanyNameRequired(field="company.name")
    return CompanyPlan(name=lead.who, hidden=True), []


def _new_or_duplicate(
    lead: LeadFacts, wish: ConversionWish, found: Found, name: str, known: CompanyFound | None
) -> tuple[CompanyPlan, list[Conflict]]:
    doubt = known or next((c for c in found.companies if c.how == "SIMILAR" and _may_be(lead, c)), None)
    if doubt is None or wish.on_duplicate == "CREATE":
        return CompanyPlan(name=name, keyed=known is None), []
    if wish.on_duplicate == "LINK":
        return _linked(lead, doubt, found)
    raise PossibleDuplicate(field="company", name=doubt.name, company=told.opaque("Company", doubt.id))


def _may_be(lead: LeadFacts, company: CompanyFound) -> bool:
    """Two known countries that differ are two companies."""
    country = lead.person.get("country")
    return not (country and company.country and country != company.country)


def _linked(lead: LeadFacts, company: CompanyFound, found: Found) -> tuple[CompanyPlan, list[Conflict]]:
    """Fills what the company lacks; its name is never touched."""
    offered = {"website": lead.company_website, "industry": lead.industry, "employees": lead.employees}
    fills, conflicts = merge("Company", company.id, company, offered)
    if lead.company_key and lead.company_key != company_key(company.name):
        conflicts.insert(0, conflict("Company", company.id, "name", company.name, lead.company_name))
    free = found.by("DOMAIN") is None
    learned = lead.domain[1] if lead.domain and company.domain is None and free else None
    return CompanyPlan(company, fills=fills, domain=learned), conflicts


def plan_contact(
    lead: LeadFacts, wish: ConversionWish, found: Found, company: CompanyPlan, owner: UUID
) -> tuple[ContactPlan, list[Conflict]]:
    """A person never gets a second contact; a contact of another company gets a second link."""
    contact = found.contact
    if wish.contact.action == "USE" and (contact is None or contact.id != wish.contact.id):
        if found.wished_contact is None:
            raise NotFound(field="contact.id", noun="contact")
        raise ContactOfAnotherPerson(field="contact.id")
    title = clean(wish.contact.title) or lead.title or lead.person.get("title")
    if contact is None:
        return ContactPlan(None, {"title": title, "source_id": lead.source_id, "owner_id": owner, "lead_id": lead.id}), []
    if wish.contact.action == "CREATE":
        raise PersonIsContact(field="contact")
    offered = {"title": title, "source_id": lead.source_id, "owner_id": owner, "lead_id": lead.id}
    fills, conflicts = merge("Contact", contact.id, contact, offered, silent=("owner_id", "lead_id"))
    if wish.overwrite_lead_source and lead.source_id:
        fills["source_id"] = lead.source_id
        conflicts = [c for c in conflicts if c["field"] != "source_id"]
    return ContactPlan(contact, fills, _link(contact, company)), conflicts


def _link(contact: ContactFound, company: CompanyPlan) -> LinkPlan | None:
    if company.found is None:
        return None if company.hidden else plan_link(contact.links, UUID(int=0), primary=False)
    current = next((link for link in contact.links if link.company_id == company.found.id), None)
    linked = current is not None and current.to_on is None
    return None if linked else plan_link(contact.links, company.found.id, primary=False)


def plan_deal(
    lead: LeadFacts, wish: ConversionWish, found: Found, company: CompanyPlan, owner: UUID
) -> tuple[DealPlan | None, list[Conflict]]:
    """A new deal by the defaults, an open one to join, or none."""
    action = wish.deal.action
    if action == "AUTO":
        action = "NONE" if found.workspace.settings.convert_deal == "NONE" else "CREATE"
    if action == "NONE":
        return None, []
    if action == "USE":
        return _joined(lead, found, company, owner)
    if found.stage is None:
        raise NotFound(field="deal.stage_id", noun="open stage")
    amount, currency = lead.budget_minor, lead.currency
    if wish.deal.amount_minor is not None:
        amount, currency = wish.deal.amount_minor, wish.deal.currency
    close_on = wish.deal.close_on or found.workspace.today(found.now) + timedelta(days=found.close_days)
    name = clean(wish.deal.name) or deal_name(lead, found, company)
    return DealPlan(None, {}, name, found.stage, amount, currency or found.workspace.currency, close_on), []


def _joined(lead: LeadFacts, found: Found, company: CompanyPlan, owner: UUID) -> tuple[DealPlan, list[Conflict]]:
    deal = found.deal
    if deal is None:
        raise NotFound(field="deal.id", noun="deal")
    if deal.state != "OPEN":
        raise DealClosed(field="deal.id", name=deal.name, state=deal.state.lower())
    offered: dict[str, Any] = {"campaign_id": lead.campaign_id, "source_id": lead.source_id, "owner_id": owner, "lead_id": lead.id}
    if company.found and company.found.kind == "COMPANY":
        offered["company_id"] = company.found.id
    if deal.amount_minor is None and lead.budget_minor is not None and lead.currency in (None, deal.currency):
        offered["amount_minor"] = lead.budget_minor
    fills, conflicts = merge("Deal", deal.id, deal, offered, silent=("owner_id", "lead_id"))
    return DealPlan(deal, fills), conflicts


def deal_name(lead: LeadFacts, found: Found, company: CompanyPlan) -> str:
    """"{company} – {interest or campaign}", the person where there is no company."""
    hidden = company.hidden or (company.found is not None and company.found.kind == "INDIVIDUAL")
    head = lead.who if hidden else company.found.name if company.found else company.name or lead.who
    tail = clean(lead.interest) or found.product or found.campaign
    return f"{head} – {tail}" if tail else head


def merge(noun: str, id: UUID, record: Any, offered: Mapping[str, Any], silent: tuple[str, ...] = ()) -> tuple[dict[str, Any], list[Conflict]]:
    """What an existing record lacks and takes, and what it keeps against another offer."""
    fills: dict[str, Any] = {}
    conflicts: list[Conflict] = []
    for name, value in offered.items():
        kept = getattr(record, name)
        if value is not None and kept is None:
            fills[name] = value
        elif value is not None and kept != value and name not in silent:
            conflicts.append(conflict(noun, id, name, kept, value))
    return fills, conflicts


def conflict(noun: str, id: UUID, name: str, kept: Any, offered: Any) -> Conflict:
    """One value that differed and was left as it was."""
    return {"noun": noun, "id": id, "field": name, "kept": kept, "offered": offered}
