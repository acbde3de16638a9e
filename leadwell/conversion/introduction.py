"""A contact made by hand, without a lead: person and company are found or made on the way."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from leadwell import companies, contacts, events, people
from leadwell.base.identity import BLANK, Email, Flaw, clean, country_code, parse_email, parse_name, parse_phone
from leadwell.base.tx import Tx
from leadwell.base.workspace import workspace_facts
from leadwell.conversion.refusals import NobodyNamed


@dataclass(frozen=True, slots=True)
class Introduction:
    """Who the contact is: a known person, or `person` ({name, first_name, last_name, email, phone, title, country ...}); and where: a known
    company, or one found or made by `company`. Neither: the person's own, where the workspace has individuals."""

    person_id: UUID | None = None
    person: Mapping[str, str] = field(default_factory=dict[str, str])
    company_id: UUID | None = None
    company: companies.NewCompany | None = None
    contact: Mapping[str, Any] = field(default_factory=dict[str, Any])


async def introduce(tx: Tx, given: Introduction) -> UUID:
    """The new contact. NobodyNamed, BadEmail, BadPhone, BadCountry and what `contacts.create` refuses."""
    person = given.person_id or await person_named(tx, given.person)
    company = given.company_id or await _company(tx, given, person)
    return await contacts.create(tx, contacts.NewContact(person, company, **given.contact))


async def person_named(tx: Tx, given: Mapping[str, str]) -> UUID:
    """The person these fields tell of, found by e-mail address or made. NobodyNamed, BadEmail, BadPhone, BadCountry."""
    fields = {name: clean(value) for name, value in given.items() if name not in ("email", "phone") and clean(value)}
    email, phone = _email(given.get("email")), given.get("phone")
    if "country" in fields:
        fields["country"] = _country(fields["country"])
    numbers = _numbers(phone, fields.get("country"))
    if not email and not numbers and not fields.keys() & {"name", "first_name", "last_name"}:
        raise NobodyNamed(field="person")
    (found,) = await people.identify_many(tx, [people.PersonGiven(_named(fields), email, numbers, source="HUMAN")])
    return found.person_id


def _named(fields: dict[str, str]) -> dict[str, str]:
    """The whole name beside its parts, whichever was given."""
    parts = [fields.get(part) for part in ("prefix", "first_name", "middle_name", "last_name", "suffix")]
    if any(parts):
        return {"name": " ".join(filter(None, parts)), **fields}
    read = parse_name(fields.get("name"))
    if isinstance(read, Flaw):
        return fields
    return fields | {name: part for name, part in (("first_name", read.first), ("last_name", read.last)) if part}


def _email(text: str | None) -> Email | None:
    read = parse_email(text)
    if isinstance(read, Flaw):
        if read is not BLANK:
            raise people.BadEmail(field="email", reason=read.reason)
        return None
    return read


def _numbers(text: str | None, country: str | None) -> tuple[people.PhoneGiven, ...]:
    read = parse_phone(text, country)
    if isinstance(read, Flaw):
        if read is not BLANK:
            raise people.BadPhone(field="phone", reason=read.reason)
        return ()
    return (people.PhoneGiven(read.display, "WORK", read.e164, read.region, read.type, read.valid),)


def _country(text: str) -> str:
    code = country_code(text)
    if code is None:
        raise people.BadCountry(field="country", value=text[:40])
    return code


async def _company(tx: Tx, given: Introduction, person: UUID) -> UUID | None:
    if given.company:
        owner = given.contact.get("owner_id")
        country = companies.checked_country(given.company.country)
        (found,) = await companies.find_or_create_many(tx, [replace(given.company, owner_id=owner, country=country)])
        return found.id
    if not (await workspace_facts(tx)).settings.individuals:
        return None
    name = await tx.value("SELECT coalesce(p.name, p.email, p.phone) FROM people p WHERE p.workspace_id = $1 AND p.id = $2", tx.workspace, person)
    own = companies.NewCompany(name or "Unknown", kind="INDIVIDUAL")
    await companies.insert(tx, [own])
    await events.note_all(tx, [companies.created(own)])
    return own.id
