"""What makes two companies one: the business domain, else the name with the country. Decided without I/O."""

from collections.abc import Mapping
from uuid import UUID

from leadwell.base.fixed import fixed
from leadwell.base.identity import Flaw, business_domain, company_key, domain_of_url

SEPARATOR = chr(31)
Key = tuple[str, str]


@fixed
class Known:
    """A company that a key led to. `domain` is the one it is matched by."""

    id: UUID
    name: str
    domain: str | None


@fixed
class Match:
    """The company found, and what it was found by: DOMAIN or NAME."""

    company: Known
    by: str


def domain_key(domain: str | None) -> Key | None:
    """The registrable domain, unless it is free, disposable or no domain."""
    found = business_domain(domain) if domain else None
    return ("DOMAIN", found) if found else None


def name_key(name: str | None, country: str | None) -> Key | None:
    """The name without legal form, with the country; unknown is a country of its own."""
    found = company_key(name)
    return ("NAME", found + SEPARATOR + (country or "")) if found else None


def website_domain(website: str | None) -> str | None:
    """The business domain of a web address."""
    host = domain_of_url(website)
    return None if isinstance(host, Flaw) else business_domain(host)


def match(domain: Key | None, name: Key | None, found: Mapping[Key, Known]) -> Match | None:
    """The domain decides. A name leads to a company only when no domain contradicts it: two domains are two companies."""
    if domain and domain in found:
        return Match(found[domain], "DOMAIN")
    if name and name in found and not (domain and found[name].domain and found[name].domain != domain[1]):
        return Match(found[name], "NAME")
    return None


def learns(hit: Match) -> bool:
    """Whether the company found is to have the domain it was asked for with: one known by its name that has none."""
    return hit.by == "NAME" and hit.company.domain is None
