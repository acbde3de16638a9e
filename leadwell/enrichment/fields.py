"""What enrichment may fill, by the names people use, and how a value that some provider gives is read. Pure."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from zoneinfo import available_timezones

from leadwell.base.identity import Flaw, Phone, clean, country_code, domain_of_url, parse_phone
from leadwell.enrichment.port import COMPANY, EMAIL, LEAD, PERSON, PHONE
from leadwell.enrichment.providers.departments import phrases
from leadwell.enrichment.providers.seniorities import ROWS

Reader = Callable[[Any], Any]
LONGEST = 300


@dataclass(frozen=True, slots=True)
class Field:
    """A column of a noun under its name; `read` gives the value as kept, None where it is none. Without `read` only our own providers fill it."""

    name: str
    noun: str
    column: str
    read: Reader | None = None


def _text(value: Any) -> str | None:
    return clean(value, limit=LONGEST) or None if isinstance(value, str) else None


def _country(value: Any) -> str | None:
    return country_code(value) if isinstance(value, str) else None


def _phone(value: Any) -> str | None:
    found = parse_phone(value) if isinstance(value, str) else None
    return found.e164 if isinstance(found, Phone) and found.valid else None


def _count(value: Any) -> int | None:
    if isinstance(value, str) and value.strip().isascii() and value.strip().isdigit():
        value = int(value.strip()[:9])
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10_000_000 else None


def _zone(value: Any) -> str | None:
    return value if isinstance(value, str) and value in available_timezones() else None


def _website(value: Any) -> str | None:
    found = domain_of_url(value) if isinstance(value, str) else None
    return None if found is None or isinstance(found, Flaw) else _text(value)


def _language(value: Any) -> str | None:
    text = value.strip().lower().partition("-")[0] if isinstance(value, str) else ""
    return text if 2 <= len(text) <= 3 and text.isascii() and text.isalpha() else None


def _currency(value: Any) -> str | None:
    text = value.strip().upper() if isinstance(value, str) else ""
    return text if len(text) == 3 and text.isascii() and text.isalpha() else None


def _code(known: frozenset[str]) -> Reader:
    return lambda value: text if isinstance(value, str) and (text := value.strip().upper().replace("-", "_").replace(" ", "_")) in known else None


DEPARTMENTS = frozenset(phrases().values())
SENIORITIES = frozenset(level for level, _, _ in ROWS)
_ADDRESS = (("country", "country", _country), ("region", "region", _text), ("city", "city", _text), ("postalCode", "postal_code", _text),
            ("street", "street", _text))  # fmt: skip
_PERSON = (
    ("name", "name", _text), ("prefix", "prefix", _text), ("firstName", "first_name", _text), ("middleName", "middle_name", _text),
    ("lastName", "last_name", _text), ("suffix", "suffix", _text), ("title", "title", _text), ("department", "department", _code(DEPARTMENTS)),
    ("seniority", "seniority", _code(SENIORITIES)), ("phone", "phone", _phone), ("language", "language", _language), ("timeZone", "time_zone", _zone),
    *_ADDRESS,
)  # fmt: skip
_LEAD = (("companyName", "company_name", _text), ("companyWebsite", "company_website", _website), ("industry", "industry", _text),
         ("employees", "employees", _count), ("currency", "currency", _currency), ("company", "company_id", None))  # fmt: skip
_COMPANY = (("website", "website", _website), ("industry", "industry", _text), ("employees", "employees", _count), ("phone", "phone", _phone), *_ADDRESS)
_EMAIL = (("class", "class", None), ("isValid", "is_valid", None))
_PHONE = (("e164", "e164", None), ("region", "region", None), ("type", "type", None), ("isValid", "is_valid", None))

FIELDS: dict[str, Field] = {
    f"{prefix}.{name}": Field(f"{prefix}.{name}", noun, column, read)
    for prefix, noun, rows in (("person", PERSON, _PERSON), ("lead", LEAD, _LEAD), ("company", COMPANY, _COMPANY), ("email", EMAIL, _EMAIL),
                               ("phone", PHONE, _PHONE))
    for name, column, read in rows
}  # fmt: skip
BY_COLUMN: dict[tuple[str, str], Field] = {(field.noun, field.column): field for field in FIELDS.values()}
GIVEN: tuple[str, ...] = tuple(name for name, field in FIELDS.items() if field.read)
"""What providers outside may fill."""


def checked(values: dict[str, Any]) -> dict[str, Any]:
    """The values that can be kept, read; the others are as if they had not been given."""
    read = {name: reader(value) for name, value in values.items() if name in FIELDS and (reader := FIELDS[name].read)}
    return {name: value for name, value in read.items() if value is not None}
