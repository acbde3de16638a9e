"""The company behind a person: matched by the domain of the address, else by name; its website from the domain."""

from collections.abc import Iterable

from leadwell.base.identity import business_domain, company_key, domain_of_url
from leadwell.enrichment.port import LEAD, CompanyFacts, LeadFacts, PersonFacts, Proposal


class Companies:
    """Suggests the company of open leads; only a person or a conversion confirms it."""

    name = "company"
    fills = ("company_id", "company_name", "company_website")

    def propose(self, facts: PersonFacts) -> Iterable[Proposal]:
        """A match only when exactly one company fits."""
        domains = domains_of(facts)
        for lead in facts.leads:
            if (lead.company_match or {}).get("state") == "CONFIRMED":
                continue
            match = _match(facts, lead, domains)
            if match:
                yield self._matched(lead, match)
                if match.by == "DOMAIN":
                    evidence = {"domain": match.key, "company_id": str(match.id)}
                    yield Proposal(LEAD, lead.id, "company_name", match.name, self.name, 0.8, evidence)
            if len(domains) == 1 and not lead.company_website:
                domain = next(iter(domains))
                yield Proposal(LEAD, lead.id, "company_website", domain, self.name, 0.7, {"domain": domain})

    def _matched(self, lead: LeadFacts, match: CompanyFacts) -> Proposal:
        evidence = {match.by.lower(): match.key, "company": match.name} | ({"country": match.country} if match.by == "NAME" and match.country else {})
        confidence = 0.9 if match.by == "DOMAIN" else 0.6
        return Proposal(LEAD, lead.id, "company_id", str(match.id), self.name, confidence, evidence)


def domains_of(facts: PersonFacts) -> set[str]:
    """The registrable business domains of the person's addresses."""
    return {domain for email in facts.emails if email.is_valid and (domain := business_domain(email.domain))}


def keys_of(facts: PersonFacts) -> Iterable[tuple[str, str]]:
    """By what a company of this person can be found: (DOMAIN or NAME, key)."""
    for domain in domains_of(facts):
        yield "DOMAIN", domain
    for lead in facts.leads:
        yield from _keys_of_lead(lead)


def _keys_of_lead(lead: LeadFacts) -> Iterable[tuple[str, str]]:
    if lead.company_website and isinstance(host := domain_of_url(lead.company_website), str):
        domain = business_domain(host)
        if domain:
            yield "DOMAIN", domain
    if lead.company_name and (name := company_key(lead.company_name)):
        yield "NAME", name


def _match(facts: PersonFacts, lead: LeadFacts, domains: set[str]) -> CompanyFacts | None:
    """Domain of the address, then website of the lead, then name; two candidates on one step are none."""
    if not facts.companies:
        return None
    own = dict.fromkeys(("DOMAIN", domain) for domain in domains)
    given = dict.fromkeys(_keys_of_lead(lead))
    steps = (own, [key for key in given if key[0] == "DOMAIN"], [key for key in given if key[0] == "NAME"])
    for keys in steps:
        found = {company.id: company for company in _near(facts, [one for one in facts.companies if (one.by, one.key) in keys])}
        if found:
            return next(iter(found.values())) if len(found) == 1 else None
    return None


def _near(facts: PersonFacts, found: list[CompanyFacts]) -> list[CompanyFacts]:
    """By name only those that no other country speaks against, and those of the person's own country before any."""
    open_to = [one for one in found if one.by == "DOMAIN" or not one.country or not facts.country or one.country == facts.country]
    return [one for one in open_to if one.by == "NAME" and one.country and one.country == facts.country] or open_to
