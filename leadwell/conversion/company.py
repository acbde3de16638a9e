"""Decides the company of a conversion. Pure."""

from typing import Any

from leadwell.base.identity import clean, company_key
from leadwell.base.refusals import NotFound
from leadwell.companies import checked_country
from leadwell.contacts import HiddenCompany
from leadwell.conversion import told
from leadwell.conversion.decided import CompanyPlan, Conflict, conflict, merge
from leadwell.conversion.facts import CompanyFound, Found, LeadFacts
from leadwell.conversion.mapped import plan_custom
from leadwell.conversion.refusals import CompanyNameRequired, PossibleDuplicate
from leadwell.conversion.wish import ConversionWish


def plan_company(lead: LeadFacts, wish: ConversionWish, found: Found) -> tuple[CompanyPlan, list[Conflict]]:
    """The wished one; else the confirmed match, the one behind the domain or name, the suggested match, the one that evidence makes sure, the contact's
    own; else a new one."""
    if wish.company.action == "USE":
        company = found.by("ID", wish.company.id)
        if company is None:
            raise NotFound(field="company.id", noun="company")
        if company.kind == "INDIVIDUAL":
            raise HiddenCompany(field="company.id")
        return _linked(lead, wish, company, found, "GIVEN")
    name = clean(wish.company.name) or clean(lead.company_name) or None
    known, reason = known_company(lead, found)
    if wish.company.action == "AUTO" and known:
        return _linked(lead, wish, known, found, reason)
    if wish.company.action == "CREATE" and name is None:
        raise CompanyNameRequired(field="company.name")
    if name is None:
        return _nameless(lead, wish, found)
    return _new_or_duplicate(lead, wish, found, name, known)


def known_company(lead: LeadFacts, found: Found) -> tuple[CompanyFound | None, str]:
    """The company that surely is the lead's, and why: CONFIRMED, DOMAIN, NAME, SUGGESTED or MATCH."""
    matched = found.by("ID", lead.company_id) if lead.company_id else None
    if matched and matched.kind == "INDIVIDUAL":
        matched = None
    named = found.by("NAME")
    if named and lead.domain and named.domain and named.domain != lead.domain[1]:
        named = None
    likely = next((c for c in found.companies if c.how == "MATCH" and c.decision == "LINK"), None)
    sure = (
        (matched if lead.company_state != "SUGGESTED" else None, "CONFIRMED"), (found.by("DOMAIN"), "DOMAIN"), (named, "NAME"), (matched, "SUGGESTED"),
        (likely, "MATCH"),
    )  # fmt: skip
    return next(((company, why) for company, why in sure if company), (None, ""))


def doubtful_company(lead: LeadFacts, found: Found) -> CompanyFound | None:
    """The first company that may be the lead's: one of the same name, or one that evidence speaks for."""
    return next((c for c in found.companies if (c.how == "SIMILAR" and _may_be(lead, c)) or c.how == "MATCH"), None)


def _nameless(lead: LeadFacts, wish: ConversionWish, found: Found) -> tuple[CompanyPlan, list[Conflict]]:
    """No company known or named: the one the contact has, else the person's own where the workspace has individuals."""
    current = found.by("CURRENT")
    if current:
        return CompanyPlan(current, reason="CURRENT"), []
    if not found.workspace.settings.individuals:
        raise CompanyNameRequired(field="company.name")
    return CompanyPlan(name=lead.who, hidden=True), []


def _new_or_duplicate(
    lead: LeadFacts, wish: ConversionWish, found: Found, name: str, known: CompanyFound | None
) -> tuple[CompanyPlan, list[Conflict]]:
    doubt = known or doubtful_company(lead, found)
    if doubt is None or wish.on_duplicate == "CREATE":
        custom, conflicts = plan_custom(lead, found, "Company", None, wish.company.custom)
        return CompanyPlan(name=name, keyed=known is None, fills=_given(wish), custom=custom), conflicts
    if wish.on_duplicate == "LINK":
        return _linked(lead, wish, doubt, found, doubt.how)
    raise PossibleDuplicate(field="company", noun="company", name=doubt.name, company=told.opaque("Company", doubt.id))


def _given(wish: ConversionWish) -> dict[str, Any]:
    """What the caller says of the company; the country by its code."""
    said: dict[str, Any] = {name: clean(value) or None if isinstance(value, str) else value for name, value in wish.company.fields.items()}
    if "country" in said:
        said["country"] = checked_country(said["country"])
    if wish.company.owner_id:
        said["owner_id"] = wish.company.owner_id
    return {name: value for name, value in said.items() if value is not None}


def _may_be(lead: LeadFacts, company: CompanyFound) -> bool:
    """Two known countries that differ are two companies."""
    country = lead.person.get("country")
    return not (country and company.country and country != company.country)


def _linked(lead: LeadFacts, wish: ConversionWish, company: CompanyFound, found: Found, reason: str) -> tuple[CompanyPlan, list[Conflict]]:
    """Fills what the company lacks; its name is never touched."""
    offered = {"website": lead.company_website, "industry": lead.industry, "employees": lead.employees, **_given(wish)}
    fills, conflicts = merge("Company", company.id, company, offered, silent=("owner_id",))
    if lead.company_key and lead.company_key != company_key(company.name):
        conflicts.insert(0, conflict("Company", company.id, "name", company.name, lead.company_name))
    free = found.by("DOMAIN") is None
    learned = lead.domain[1] if lead.domain and company.domain is None and free else None
    custom, others = plan_custom(lead, found, "Company", company.id, wish.company.custom)
    return CompanyPlan(company, fills=fills, domain=learned, reason=reason, custom=custom), [*conflicts, *others]
