"""Who may be meant: matches for somebody described, a person, a lead, a company."""

from collections.abc import Mapping
from dataclasses import field
from typing import Any
from uuid import UUID

from leadwell.base.fixed import fixed
from leadwell.base.identity import Email, Phone, clean, country_code, domain_of_url, parse_email, parse_phone
from leadwell.base.ids import uuid7
from leadwell.base.refusals import NotFound, Refusal
from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.dedupe.finding import Match, Matches, find, weigh
from leadwell.dedupe.keeping import Kept, compared
from leadwell.dedupe.nouns import COMPANY, PERSON, Compared
from leadwell.dedupe.weighing import model

NOBODY = Matches()
PLACE = ("country", "city", "postal_code")


class NothingToMatch(Refusal):
    """There is nothing to find anybody by."""

    fix = "Give a name with something else, an e-mail address, a phone number, a domain or a company name."


class OneQuestion(Refusal):
    """Ask about exactly one of input, personId, leadId and companyId."""

    fix = "Leave out the others."


@fixed
class Described:
    """Somebody, or a company, as a caller describes them."""

    first_name: str | None = None
    last_name: str | None = None
    name: str | None = None
    suffix: str | None = None
    emails: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    company: str | None = None
    website: str | None = None
    street: str | None = None
    postal_code: str | None = None
    city: str | None = None
    country: str | None = None


@fixed
class Found:
    """People and companies that may be meant."""

    people: Matches = field(default=NOBODY)
    companies: Matches = field(default=NOBODY)


async def described(tx: Tx, who: Described) -> Found:
    """Matches for a description. NothingToMatch where it gives no key to look by."""
    country = country_code(who.country)
    emails = [email for text in who.emails if isinstance(email := parse_email(text), Email)]
    phones = [phone for text in who.phones if isinstance(phone := parse_phone(text, country), Phone)]
    place = {"street": who.street, "postal_code": clean(who.postal_code), "city": who.city, "country": country}
    person: dict[str, Any] = {
        "id": uuid7(), "first_name": who.first_name, "last_name": who.last_name, "name": who.name, "suffix": who.suffix, **place,
        "emails": await _known_as_shared(tx, emails), "phones": [{"e164": phone.e164} for phone in phones],
        "companies": [who.company] if who.company else [],
    }
    website = domain_of_url(who.website)
    domains = [website] if isinstance(website, str) else []
    company = {"id": uuid7(), "name": who.company, "domains": [*domains, *(e.domain for e in emails)], **place} if who.company or domains else None
    found = Found(await _of(tx, PERSON, person), await _of(tx, COMPANY, company))
    if found == Found() and not _keyed(PERSON, person) and not _keyed(COMPANY, company):
        raise NothingToMatch()
    return found


async def of_record(tx: Tx, of: Compared, id: UUID) -> Matches:
    """Matches for a person or company there is, as the record now stands. NotFound."""
    rows = await tx.fetch(load(__name__, of.query), tx.workspace, [id])
    kept = compared(of, rows)
    if not kept:
        raise NotFound(field="id", noun="person" if of is PERSON else "company")
    return await find(tx, of, kept[0])


async def of_person(tx: Tx, id: UUID) -> Matches:
    """Who may be the same person. NotFound."""
    return await of_record(tx, PERSON, id)


async def of_company(tx: Tx, id: UUID) -> Matches:
    """Which may be the same company. NotFound."""
    return await of_record(tx, COMPANY, id)


async def of_lead(tx: Tx, id: UUID) -> Found:
    """Who may be the same person, and which companies the lead may be of: by the domains of its addresses and web site, by name and country. NotFound."""
    row = await tx.row(load(__name__, "lead"), tx.workspace, id)
    if row is None:
        raise NotFound(field="id", noun="lead")
    website = domain_of_url(row["company_website"])
    domains = [*row["domains"], *([website] if isinstance(website, str) else [])]
    place = {name: row[name] for name in ("country", "city", "postal_code")}
    company = {"id": uuid7(), "name": row["company_name"], "domains": domains, **place}
    return Found(await of_person(tx, row["person_id"]), await _of(tx, COMPANY, company))


async def _of(tx: Tx, of: Compared, row: Mapping[str, Any] | None) -> Matches:
    kept = _kept(of, row)
    return await find(tx, of, kept) if kept and kept.keys else NOBODY


def _keyed(of: Compared, row: Mapping[str, Any] | None) -> bool:
    kept = _kept(of, row)
    return kept is not None and bool(kept.keys)


def _kept(of: Compared, row: Mapping[str, Any] | None) -> Kept | None:
    return compared(of, [row])[0] if row else None


async def _known_as_shared(tx: Tx, emails: list[Email]) -> list[dict[str, Any]]:
    """Addresses, each with whether several people are known to use it."""
    keys = [email.match_key for email in emails]
    shared = await tx.fetch(
        "SELECT DISTINCT e.match_key FROM person_emails e WHERE e.workspace_id = $1 AND e.match_key = ANY($2::text[]) AND e.is_shared", tx.workspace, keys)
    known = {row["match_key"] for row in shared}
    return [{"match_key": email.match_key, "domain": email.domain, "shared": email.match_key in known} for email in emails]


def company_facts_of(name: str | None, domain: str | None, place: Mapping[str, Any]) -> tuple[Mapping[str, Any], list[int]]:
    """What a company that somebody names is compared by, and the keys by which others find it. Pure."""
    facts = COMPANY.facts({"name": name, "domains": [domain] if domain else [], **{p: place.get(p) for p in PLACE}})
    return facts, sorted(COMPANY.keys(facts))


async def weigh_companies(tx: Tx, facts: Mapping[str, Any], near: Mapping[UUID, Mapping[str, Any]]) -> tuple[Match, ...]:
    """How likely each of some companies is the one with these facts; one statement."""
    return weigh(await model(tx, COMPANY), COMPANY, facts, near)
