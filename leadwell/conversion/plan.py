"""Decides what a conversion makes, links and fills. Pure: the same facts, wish and finds give the same plan."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from leadwell.base.identity import clean
from leadwell.base.refusals import NotFound
from leadwell.contacts import LinkPlan, plan_link
from leadwell.conversion import told
from leadwell.conversion.company import plan_company
from leadwell.conversion.decided import CompanyPlan, Conflict, ContactPlan, DealPlan, Plan, merge
from leadwell.conversion.facts import ContactFound, Found, LeadFacts, Twin
from leadwell.conversion.mapped import plan_custom
from leadwell.conversion.refusals import (
    ContactOfAnotherPerson,
    DealClosed,
    NotAConvertedStatus,
    OwnerRequired,
    PersonIsContact,
    PossibleDuplicate,
)
from leadwell.conversion.wish import ConversionWish
from leadwell.leads import Status


def plan(lead: LeadFacts, wish: ConversionWish, found: Found) -> Plan:
    """The decision, or the first refusal: owner, status, company, contact, deal."""
    owner = plan_owner(lead, wish, found)
    status = plan_status(lead, found)
    company, c1 = plan_company(lead, wish, found)
    contact, c2 = plan_contact(lead, wish, found, company, owner)
    deal, c3 = plan_deal(lead, wish, found, company, owner)
    return Plan(owner, status, company, contact, deal, (*c1, *c2, *c3), wish.related)


def plan_owner(lead: LeadFacts, wish: ConversionWish, found: Found) -> UUID:
    """Given, else the lead's, else the caller; a lead's owner who has left does not count."""
    parts = {"company": wish.company, "contact": wish.contact, "deal": wish.deal}
    named = {"owner_id": wish.owner_id, **{f"{name}.owner_id": part.owner_id for name, part in parts.items()}}
    for field, id in named.items():
        if id is not None and id not in found.users:
            raise NotFound(field=field, noun="user")
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


def plan_contact(
    lead: LeadFacts, wish: ConversionWish, found: Found, company: CompanyPlan, owner: UUID
) -> tuple[ContactPlan, list[Conflict]]:
    """A person never gets a second contact; a contact of another company gets a second link; a contact who may be this person is asked about."""
    contact = found.contact
    if wish.contact.action == "USE" and (contact is None or contact.id != wish.contact.id):
        return ContactPlan(None, {}, twin=_wished_twin(wish, found)), []
    title = clean(wish.contact.title) or lead.title or lead.person.get("title")
    offered = {"title": title, "source_id": lead.source_id, "owner_id": wish.contact.owner_id or owner, "lead_id": lead.id}
    if contact is None:
        if found.twins and wish.on_duplicate != "CREATE":
            return ContactPlan(None, {}, twin=_twin(wish, found)), []
        custom, conflicts = plan_custom(lead, found, "Contact", None, wish.contact.custom)
        fills = offered | ({"type": wish.contact.type} if wish.contact.type else {})
        return ContactPlan(None, fills, custom=custom), conflicts
    if wish.contact.action == "CREATE":
        raise PersonIsContact(field="contact")
    fills, conflicts = merge("Contact", contact.id, contact, offered, silent=("owner_id", "lead_id"))
    if wish.overwrite_lead_source and lead.source_id:
        fills["source_id"] = lead.source_id
        conflicts = [c for c in conflicts if c["field"] != "source_id"]
    custom, others = plan_custom(lead, found, "Contact", contact.id, wish.contact.custom)
    return ContactPlan(contact, fills, _link(contact, company), custom), [*conflicts, *others]


def _wished_twin(wish: ConversionWish, found: Found) -> Twin:
    """The contact that the caller names, if it waits for a decision and the caller decides."""
    if found.wished_contact is None:
        raise NotFound(field="contact.id", noun="contact")
    twin = next((one for one in found.twins if one.contact_id == wish.contact.id), None)
    if twin is None or wish.on_duplicate != "LINK":
        raise ContactOfAnotherPerson(field="contact.id")
    return twin


def _twin(wish: ConversionWish, found: Found) -> Twin:
    twin = found.twins[0]
    if wish.on_duplicate == "BLOCK":
        raise PossibleDuplicate(field="contact", noun="contact", name=twin.name, contact=told.opaque("Contact", twin.contact_id))
    return twin


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
        return _joined(lead, wish, found, company, owner)
    if found.stage is None:
        raise NotFound(field="deal.stage_id", noun="open stage")
    amount, currency = lead.budget_minor, lead.currency
    if wish.deal.amount_minor is not None:
        amount, currency = wish.deal.amount_minor, wish.deal.currency
    close_on = wish.deal.close_on or found.workspace.today(found.now) + timedelta(days=found.close_days)
    name = clean(wish.deal.name) or deal_name(lead, found, company)
    custom, conflicts = plan_custom(lead, found, "Deal", None, wish.deal.custom)
    made = DealPlan(
        None, {}, name, found.stage, amount, currency or found.workspace.currency, close_on, wish.deal.owner_id or owner, wish.deal.role, custom)
    return made, conflicts


def _joined(lead: LeadFacts, wish: ConversionWish, found: Found, company: CompanyPlan, owner: UUID) -> tuple[DealPlan, list[Conflict]]:
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
    custom, others = plan_custom(lead, found, "Deal", deal.id, wish.deal.custom)
    return DealPlan(deal, fills, role=wish.deal.role, custom=custom), [*conflicts, *others]


def deal_name(lead: LeadFacts, found: Found, company: CompanyPlan) -> str:
    """"{company} – {interest or campaign}", the person where there is no company."""
    hidden = company.hidden or (company.found is not None and company.found.kind == "INDIVIDUAL")
    head = lead.who if hidden else company.found.name if company.found else company.name or lead.who
    tail = clean(lead.interest) or found.product or found.campaign
    return f"{head} – {tail}" if tail else head
