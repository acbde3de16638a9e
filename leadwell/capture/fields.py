"""The fields a lead can be captured with: one table for forms, mappings, API and documentation."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC
from typing import Any
from zoneinfo import ZoneInfo

from leadwell.base.identity import BLANK, Flaw, clean, company_name, country_code, domain_of_url, parse_moment

LONG = 10_000
_BREAKS = re.compile(r"\n{3,}")


@dataclass(frozen=True, slots=True)
class Field:
    """Where a value goes: a column of people, of leads, of both, or something looked up or read apart (OTHER)."""

    name: str
    goes: str
    doc: str
    column: str = ""
    read: Callable[[str], Any] | None = None


def block(text: str) -> str | Flaw:
    """Text of several lines, without controls."""
    lines = [clean(line) for line in text[:LONG].replace("\r\n", "\n").replace("\r", "\n").split("\n")]
    return _BREAKS.sub("\n\n", "\n".join(lines)).strip() or BLANK


def _line(text: str) -> str | Flaw:
    return clean(text, limit=500) or BLANK


def _company(text: str) -> str | Flaw:
    return company_name(text) or (Flaw("BAD_COMPANY", f'"{clean(text)[:60]}" is no name.') if clean(text) else BLANK)


def _website(text: str) -> str | Flaw:
    domain = domain_of_url(text)
    return domain if isinstance(domain, Flaw) else clean(text)


def _country(text: str) -> str | Flaw:
    if not clean(text):
        return BLANK
    return country_code(text) or Flaw("BAD_COUNTRY", f'"{clean(text)[:40]}" is not a country. Give a code such as DE, or its name.')


def _zone(text: str) -> str | Flaw:
    if not clean(text):
        return BLANK
    try:
        return ZoneInfo(clean(text)).key
    except (KeyError, ValueError, OSError):
        return Flaw("BAD_TIME_ZONE", f'"{clean(text)[:40]}" is not a time zone. Give a name such as Europe/Berlin.')


def _count(text: str) -> int | Flaw:
    """ "1,200" and "51-200" (its lower end)."""
    plain = clean(text).replace(",", "").replace("'", "").replace(" ", "").rstrip("+")
    if not plain:
        return BLANK
    found = re.fullmatch(r"(\d{1,9})(?:\.0+)?(?:[-–]\d{1,9})?", plain)
    return int(found[1]) if found else Flaw("BAD_NUMBER", f'"{clean(text)[:40]}" is not a number of employees.')


def _moment(text: str) -> Any:
    return parse_moment(text, UTC)


PERSON, LEAD, BOTH, OTHER = "PERSON", "LEAD", "BOTH", "OTHER"
FIELDS: Mapping[str, Field] = {
    field.name: field
    for field in (
        Field("name", PERSON, "Full name.", "name", _line),
        Field("prefix", PERSON, "Title before the name, such as Dr.", "prefix", _line),
        Field("firstName", PERSON, "Given name.", "first_name", _line),
        Field("middleName", PERSON, "Middle names.", "middle_name", _line),
        Field("lastName", PERSON, "Family name.", "last_name", _line),
        Field("suffix", PERSON, "What follows the name, such as Jr.", "suffix", _line),
        Field("email", OTHER, "E-mail address."),
        Field("phone", OTHER, "Phone number, with + or with a country."),
        Field("mobile", OTHER, "Mobile number, with + or with a country."),
        Field("title", BOTH, "Job title.", "title", _line),
        Field("company", LEAD, "Name of the company.", "company_name", _company),
        Field("website", LEAD, "Web site of the company.", "company_website", _website),
        Field("industry", LEAD, "Industry of the company.", "industry", _line),
        Field("employees", LEAD, "Number of employees; of a range the lower end.", "employees", _count),
        Field("country", PERSON, "Country: a code or a name.", "country", _country),
        Field("region", PERSON, "State, province or region.", "region", _line),
        Field("city", PERSON, "City.", "city", _line),
        Field("postalCode", PERSON, "Postal code.", "postal_code", _line),
        Field("street", PERSON, "Street and number.", "street", _line),
        Field("language", PERSON, "Language, BCP 47.", "language", _line),
        Field("timeZone", PERSON, "IANA time zone.", "time_zone", _zone),
        Field("need", LEAD, "What the prospect needs or wrote.", "need", block),
        Field("interest", LEAD, "Product of interest in words.", "interest", _line),
        Field("budget", OTHER, "What the prospect can spend: 12,000 EUR."),
        Field("externalId", OTHER, "What another system calls the lead."),
        Field("source", OTHER, "Name of the source; made if there is none."),
        Field("campaign", OTHER, "Name of a campaign."),
        Field("owner", OTHER, "Name or e-mail address of a user."),
        Field("status", OTHER, "Name of an open status of the pipeline."),
        Field("createdAt", OTHER, "When the person did it.", "at", _moment),
    )
}
# The schema's names of the same things.
SYNONYMS = {"companyName": "company", "companyWebsite": "website", "message": "need"}
REACH = ("email", "phone", "mobile")
IDENTIFYING = ("name", "firstName", "lastName", *REACH, "company", "externalId")
