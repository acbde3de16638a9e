"""What a provider outside is asked about a person, and what its answer proposes. Pure."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from leadwell.base.identity import Email, business_domain, domain_of_url, parse_email
from leadwell.enrichment.fields import FIELDS, Field
from leadwell.enrichment.port import COMPANY, EMAIL, LEAD, PERSON, PersonFacts, Proposal
from leadwell.enrichment.providers.companies import domains_of
from leadwell.enrichment.terms import Remote


def key_of(remote: Remote, facts: PersonFacts) -> str | None:
    """The domain or address a provider would be asked about; None when there is none, or more than one."""
    if remote.kind == "MX":
        return business_domain(facts.primary_email.domain) if facts.primary_email else None
    if remote.kind == "WEBSITE" or remote.mapped.by == "domain":
        return company_domain(facts)
    read = parse_email(facts.primary_email.address) if facts.primary_email and facts.primary_email.class_ != "DISPOSABLE" else None
    return read.normalized if isinstance(read, Email) else None


def company_domain(facts: PersonFacts) -> str | None:
    """The one domain of the addresses, else of the web sites given with open leads."""
    given = {host for lead in facts.leads if lead.company_website and isinstance(host := domain_of_url(lead.company_website), str)}
    for domains in (domains_of(facts), {domain for host in given if (domain := business_domain(host))}):
        if domains:
            return next(iter(domains)) if len(domains) == 1 else None
    return None


def places_of(field: Field, facts: PersonFacts, key: str) -> Iterable[UUID]:
    """The records a value for this field is about. A company only when its domain is the one the person belongs to."""
    if field.noun == PERSON:
        yield facts.id
    elif field.noun == LEAD:
        yield from (lead.id for lead in facts.leads)
    elif field.noun == COMPANY:
        domain = business_domain(key.rpartition("@")[2])
        own = {company.id for company in facts.companies if company.by == "DOMAIN" and company.key == domain}
        yield from own if len(own) == 1 else ()
    elif field.noun == EMAIL:
        yield from (email.id for email in facts.emails if business_domain(email.domain) == key)


def proposals(remote: Remote, facts: PersonFacts, key: str, values: Mapping[str, Any]) -> Iterable[Proposal]:
    """What an answer would fill."""
    for name, value in values.items():
        field = FIELDS.get(name)
        if field is None or name not in remote.fields:
            continue
        for place in places_of(field, facts, key):
            yield Proposal(field.noun, place, field.column, value, remote.code, remote.mapped.confidence, {"asked": key})
