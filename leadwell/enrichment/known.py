"""Turns facts into what `blend` compares with, and into the fingerprint that lets unchanged people be skipped."""

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar
from uuid import UUID

import msgspec

from leadwell.enrichment.blend import RANK, Place
from leadwell.enrichment.port import Origin, PersonFacts

T = TypeVar("T", bound=Any)

# Raise it when providers learn something, so that everybody is looked at again.
PROVIDERS_VERSION = 2

_PEOPLE = ("name", "prefix", "first_name", "middle_name", "last_name", "suffix", "phone", "title", "department")
_PEOPLE_MORE = ("seniority", "time_zone", "country", "language", "region", "city", "postal_code", "street")
_LEADS = ("company_name", "company_website", "industry", "employees", "currency")
_COMPANIES = ("website", "industry", "employees", "phone", "country", "region", "city", "postal_code", "street")


def values_of(facts: PersonFacts, origins: Mapping[Place, Origin]) -> dict[Place, Any]:
    """The present value of every field a provider may fill. A flag nobody has set counts as unset."""
    found: dict[Place, Any] = {(facts.id, field): getattr(facts, field) for field in _PEOPLE + _PEOPLE_MORE}
    for email in facts.emails:
        found[email.id, "class"] = email.class_
        found[email.id, "is_valid"] = _flag(email.id, email.is_valid, origins)
    for phone in facts.phones:
        found |= {(phone.id, field): getattr(phone, field) for field in ("e164", "region", "type")}
        found[phone.id, "is_valid"] = _flag(phone.id, phone.is_valid, origins)
    for lead in facts.leads:
        found |= {(lead.id, field): getattr(lead, field) for field in _LEADS}
        found[lead.id, "company_id"] = str(lead.company_id) if lead.company_id else None
    for company in facts.companies:
        found |= {(company.id, field): getattr(company, field) for field in _COMPANIES}
    return found


def _flag(record: UUID, value: bool, origins: Mapping[Place, Origin]) -> bool | None:
    return None if value and (record, "is_valid") not in origins else value


def trusted(origins: Mapping[Place, Origin], values: Mapping[Place, Any]) -> dict[Place, Origin]:
    """The origins as they hold now: a provider's value that has since been changed by hand is a human's."""
    return {place: msgspec.structs.replace(origin, source="HUMAN") if _overwritten(origin, values.get(place)) else origin for place, origin in origins.items()}


def _overwritten(origin: Origin, value: Any) -> bool:
    return RANK.get(origin.source) == RANK["PROVIDER"] and origin.value != value


def record_ids(facts: PersonFacts) -> Iterable[UUID]:
    """The records that may be changed: the person, its addresses and numbers, its open leads and their companies."""
    yield facts.id
    for rows in (facts.emails, facts.phones, facts.leads, facts.companies):
        yield from (row.id for row in rows)


def fingerprint(facts: PersonFacts, origins: Mapping[Place, Origin], told: Any = None) -> str:
    """A hash of what providers are told, without what they themselves filled in, and of what those outside said: a second look finds the same."""
    filled: dict[UUID, set[str]] = {}
    for (record, field), origin in origins.items():
        if RANK.get(origin.source) == RANK["PROVIDER"]:
            filled.setdefault(record, set()).add(field)
    bare = facts
    if filled:
        rows = {field: tuple(_without_filled(row, filled) for row in getattr(facts, field)) for field in ("emails", "phones", "leads", "companies")}
        bare = msgspec.structs.replace(_without_filled(facts, filled), **rows)
    return hashlib.sha256(msgspec.json.encode((PROVIDERS_VERSION, bare, told), order="sorted")).hexdigest()[:32]


def _without_filled(row: T, filled: Mapping[UUID, set[str]]) -> T:
    names = filled.get(row.id, set[str]())
    blank: dict[str, Any] = {name: True if name == "is_valid" else None for name in row.__struct_fields__ if name.rstrip("_") in names}
    if "company_id" in blank:
        blank["company_match"] = None
    return msgspec.structs.replace(row, **blank) if blank else row
