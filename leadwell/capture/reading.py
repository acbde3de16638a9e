"""Reads the fields of a submission: every value normalized, or named as a flaw and left out. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from leadwell.base.identity import BLANK, Email, Flaw, clean, country_code, parse_email, parse_money, parse_phone
from leadwell.capture.fields import BOTH, FIELDS, IDENTIFYING, LEAD, PERSON
from leadwell.capture.own_values import own_values
from leadwell.capture.submissions import FieldFlaw, Submission
from leadwell.people import PhoneGiven

NAMED = ("source", "campaign", "owner", "status")


@dataclass(slots=True)
class Read:
    """A submission taken apart. `names` are values that stand for records and are still to be looked up; `custom` those of the workspace's own fields."""

    person: dict[str, str] = field(default_factory=dict[str, str])
    lead: dict[str, Any] = field(default_factory=dict[str, Any])
    email: Email | None = None
    phones: tuple[PhoneGiven, ...] = ()
    names: dict[str, str] = field(default_factory=dict[str, str])
    external_id: str | None = None
    at: datetime | None = None
    flaws: list[FieldFlaw] = field(default_factory=list[FieldFlaw])
    custom: dict[str, Any] = field(default_factory=dict[str, Any])

    @property
    def fatal(self) -> FieldFlaw | None:
        return next((flaw for flaw in self.flaws if flaw.fatal), None)

    def anew(self) -> "Read":
        """The same, with flaws of its own."""
        return Read(self.person, self.lead, self.email, self.phones, self.names, self.external_id, self.at, [*self.flaws], self.custom)

    def flaw(self, name: str, found: Flaw) -> None:
        if found is not BLANK:
            self.flaws.append(FieldFlaw(name, found.code, found.reason))


def read(submission: Submission) -> Read:
    """Everything that can be read; what cannot is a flaw, and only a submission that names nobody is fatal."""
    found, texts = Read(custom=own_values(submission.fields)), {name: text(value) for name, value in submission.fields.items()}
    for name, value in texts.items():
        if "\0" in value:
            found.flaw(name, Flaw("NUL_CHARACTER", "The value held NUL characters, which were left out."))
            texts[name] = value.replace("\0", "")
    for name, value in texts.items():
        known = FIELDS.get(name)
        if known and known.read and value:
            _place(found, name, known.goes, known.column, known.read(value))
    found.names = {name: clean(texts[name], limit=200) for name in NAMED if clean(texts.get(name))}
    found.external_id = clean(texts.get("externalId"), limit=200) or None
    _email(found, texts.get("email"))
    _phones(found, texts, submission)
    _budget(found, texts.get("budget"), submission.defaults.currency)
    _whole_name(found.person)
    _identified(found, submission)
    return found


def text(value: Any) -> str:
    """A JSON value as text; lists and objects are not values of fields."""
    if value is None or isinstance(value, (list, dict)):
        return ""
    return value if isinstance(value, str) else str(value)


def _place(found: Read, name: str, goes: str, column: str, value: Any) -> None:
    if isinstance(value, Flaw):
        found.flaw(name, value)
    elif name == "createdAt":
        found.at = value
    else:
        if goes in (PERSON, BOTH):
            found.person[column] = value
        if goes in (LEAD, BOTH):
            found.lead[column] = value


def _email(found: Read, value: str | None) -> None:
    parsed = parse_email(value)
    if isinstance(parsed, Flaw):
        found.flaw("email", parsed)
    else:
        found.email = parsed
        if parsed.name and not found.person:
            found.person["name"] = parsed.name


def _phones(found: Read, texts: Mapping[str, str], submission: Submission) -> None:
    country = found.person.get("country") or country_code(submission.defaults.country)
    for name, label in (("phone", "WORK"), ("mobile", "MOBILE")):
        raw = clean(texts.get(name), limit=60)
        parsed = parse_phone(raw, country)
        if isinstance(parsed, Flaw):
            found.flaw(name, parsed)
            if parsed.code == "PHONE_NEEDS_COUNTRY" and all(phone.raw != raw for phone in found.phones):
                found.phones += (PhoneGiven(raw, label),)
        elif all(phone.e164 != parsed.e164 for phone in found.phones):
            found.phones += (PhoneGiven(raw, label, parsed.e164, parsed.region, parsed.type, parsed.valid),)


def _budget(found: Read, value: str | None, currency: str | None) -> None:
    money = parse_money(value, currency)
    if isinstance(money, Flaw):
        found.flaw("budget", money)
    elif money.amount_minor < 0:
        found.flaw("budget", Flaw("BAD_MONEY", "A budget cannot be negative."))
    else:
        found.lead |= {"budget_minor": money.amount_minor} | ({"currency": money.currency} if money.currency else {})


def _whole_name(person: dict[str, str]) -> None:
    parts = [person[name] for name in ("prefix", "first_name", "middle_name", "last_name", "suffix") if name in person]
    if parts and "name" not in person:
        person["name"] = " ".join(parts)


def _identified(found: Read, submission: Submission) -> None:
    if submission.intent == "SUBSCRIBE" and found.email is None:
        found.flaws.append(FieldFlaw("email", "EMAIL_REQUIRED", "A subscription needs an e-mail address.", fatal=True))
    named = found.person.get("name") or found.email or found.phones or found.external_id or found.lead.get("company_name")
    if not named:
        needed = ", ".join(IDENTIFYING)
        found.flaws.append(FieldFlaw("", "NOBODY_NAMED", f"Nothing says who this is: give one of {needed}.", fatal=True))
