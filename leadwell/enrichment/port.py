"""The port of providers: what they are told about a person and what they propose."""

from collections.abc import Iterable
from typing import Any, Protocol
from uuid import UUID

import msgspec

from leadwell.base.ids import Made

PERSON, LEAD, EMAIL, PHONE, COMPANY = "Person", "Lead", "PersonEmail", "PersonPhone", "Company"


class Proposal(msgspec.Struct, frozen=True):
    """One value for one field of one record, with how sure the provider is (0 to 1) and why."""

    noun: str
    record_id: UUID
    field: str
    value: Any
    provider: str
    confidence: float
    evidence: dict[str, Any]


class EmailFacts(msgspec.Struct, frozen=True, rename={"class_": "class"}):
    """One address of the person."""

    id: Made
    address: str
    domain: str
    is_primary: bool
    is_valid: bool
    class_: str | None = None


class PhoneFacts(msgspec.Struct, frozen=True):
    """One number of the person."""

    id: Made
    raw: str
    is_primary: bool
    is_valid: bool
    e164: str | None = None
    region: str | None = None
    type: str | None = None


class LeadFacts(msgspec.Struct, frozen=True):
    """One open lead of the person."""

    id: Made
    title: str | None = None
    company_name: str | None = None
    company_website: str | None = None
    industry: str | None = None
    employees: int | None = None
    company_id: UUID | None = None
    company_match: dict[str, Any] | None = None
    budget_minor: int | None = None
    currency: str | None = None


class CompanyFacts(msgspec.Struct, frozen=True):
    """A company the person may belong to, and by what: DOMAIN or NAME."""

    id: UUID
    name: str
    by: str
    key: str
    country: str | None = None
    website: str | None = None
    industry: str | None = None
    employees: int | None = None
    phone: str | None = None
    region: str | None = None
    city: str | None = None
    postal_code: str | None = None
    street: str | None = None


class Origin(msgspec.Struct, frozen=True):
    """Where the present value of a field came from."""

    source: str
    provider: str | None = None
    confidence: float = 1.0
    locked: bool = False
    value: Any = None


class PersonFacts(msgspec.Struct, frozen=True):
    """Everything known about one person that a provider may use."""

    id: UUID
    name: str | None = None
    prefix: str | None = None
    first_name: str | None = None
    middle_name: str | None = None
    last_name: str | None = None
    suffix: str | None = None
    phone: str | None = None
    title: str | None = None
    department: str | None = None
    seniority: str | None = None
    time_zone: str | None = None
    country: str | None = None
    language: str | None = None
    region: str | None = None
    city: str | None = None
    postal_code: str | None = None
    street: str | None = None
    home_country: str | None = None
    emails: tuple[EmailFacts, ...] = ()
    phones: tuple[PhoneFacts, ...] = ()
    leads: tuple[LeadFacts, ...] = ()
    companies: tuple[CompanyFacts, ...] = ()

    @property
    def lead_title(self) -> str | None:
        """The title given with the newest open lead that has one."""
        return next((lead.title for lead in self.leads if lead.title), None)

    @property
    def primary_email(self) -> EmailFacts | None:
        """The primary address, else the first."""
        return next((email for email in self.emails if email.is_primary), self.emails[0] if self.emails else None)

    def about(self, field: str, value: Any, provider: str, confidence: float, evidence: dict[str, Any]) -> Proposal:
        """A proposal about the person itself."""
        return Proposal(PERSON, self.id, field, value, provider, confidence, evidence)


class Provider(Protocol):
    """A source of values. Local ones are pure; `fills` names the fields for settings and documentation."""

    @property
    def name(self) -> str:
        """Stands in provenance, evidence and settings."""
        ...

    @property
    def fills(self) -> tuple[str, ...]:
        """The fields it may propose."""
        ...

    def propose(self, facts: PersonFacts) -> Iterable[Proposal]:
        """What it would fill, best first; nothing when it knows nothing."""
        ...
