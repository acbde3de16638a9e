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
PROVIDERS_VERSION = 1

_PEOPLE = ("name", "prefix", "first_name", "middle_name", "last_name", "suffix", "phone", "title", "department")
_PEOPLE_MORE = ("seniority", "time_zone", "country")


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
        found |= {(lead.id, field): getattr(lead, field) for field in ("company_name", "company_website", "currency")}
        found[lead.id, "company_id"] = str(lead.company_id) if lead.company_id else None
    return found


def _flag(record: UUID, value: bool, origins: Mapping[Place, Origin]) -> bool | None:
    return None if value and (record, "is_valid") not in origins else value


def trusted(origins: Mapping[Place, Origin], values: Mapping[Place, Any]) -> dict[Place, Origin]:
    """The origins as they hold now: a provider's value that has since been changed by hand is a human's."""
    return {place: msgspec.structs.replace(origin, source="HUMAN") if _overwritten(origin, values.get(place)) else origin for place, origin in origins.items()}


def _overwritten(origin: Origin, value: Any) -> bool:
    return RANK.get(origin.source) == RANK["PROVIDER"] and origin.value != value


def record_ids(facts: PersonFacts) -> Iterable[UUID]:
    """The records that may be changed: the person, its addresses and numbers, its open leads."""
    yield facts.id
    for rows in (facts.emails, facts.phones, facts.leads):
        yield from (row.id for row in rows)


def fingerprint(facts: PersonFacts, origins: Mapping[Place, Origin]) -> str:
    """A hash of what providers are told, without what they themselves filled in: a second look finds the same."""
    bare = _without_filled(facts, origins)
    rows = {field: tuple(_without_filled(row, origins) for row in getattr(facts, field)) for field in ("emails", "phones", "leads")}
    told = msgspec.json.encode((PROVIDERS_VERSION, msgspec.structs.replace(bare, **rows)), order="sorted")
    return hashlib.sha256(told).hexdigest()[:32]


def _without_filled(row: T, origins: Mapping[Place, Origin]) -> T:
    filled: dict[str, Any] = {}
    for field in type(row).__struct_fields__:
        origin = origins.get((row.id, field.rstrip("_")))
        if origin and RANK.get(origin.source) == RANK["PROVIDER"]:
            filled[field] = True if field == "is_valid" else None
            if field == "company_id":
                filled["company_match"] = None
    return msgspec.structs.replace(row, **filled) if filled else row
