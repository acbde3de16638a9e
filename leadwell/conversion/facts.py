"""What a conversion is decided on: the lead with its person, and what is already there."""

from collections.abc import Mapping, Sequence
from dataclasses import field
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from leadwell.base.fixed import fixed
from leadwell.base.identity import Email, company_key, parse_email
from leadwell.base.workspace import WorkspaceFacts
from leadwell.companies import Key, domain_key, name_key, website_domain
from leadwell.contacts import Link
from leadwell.deals import Stage
from leadwell.leads import Status


@lru_cache(maxsize=1000)
def _domain(website: str | None, email: str | None) -> Key | None:
    read = parse_email(email)
    return domain_key(website_domain(website) or (read.company_domain if isinstance(read, Email) else None))


@fixed
class LeadFacts:
    """An open lead and its person."""

    id: UUID
    person_id: UUID
    pipeline_id: UUID
    version: int = 1
    owner_id: UUID | None = None
    source_id: UUID | None = None
    campaign_id: UUID | None = None
    product_id: UUID | None = None
    company_id: UUID | None = None
    company_state: str | None = None
    company_name: str | None = None
    company_website: str | None = None
    industry: str | None = None
    employees: int | None = None
    title: str | None = None
    interest: str | None = None
    budget_minor: int | None = None
    currency: str | None = None
    last_activity_at: datetime | None = None
    person: Mapping[str, Any] = field(default_factory=dict[str, Any])

    @property
    def domain(self) -> Key | None:
        """The company's domain: of the website, else of the person's address, unless that is a free one."""
        return _domain(self.company_website, self.person.get("email"))

    @property
    def company(self) -> Key | None:
        """The key of the company's name as given."""
        return name_key(self.company_name, self.person.get("country"))

    @property
    def company_key(self) -> str | None:
        return company_key(self.company_name)

    @property
    def who(self) -> str:
        """The person in words."""
        return self.person.get("name") or self.person.get("email") or self.person.get("phone") or "Unknown"


@fixed
class CompanyFound:
    """A company that is or may be the lead's. `how`: ID, DOMAIN, NAME, CURRENT (of the contact), SIMILAR (same name), MATCH (by `evidence`, which
    comes to `probability` and `decision`: LINK or REVIEW)."""

    how: str
    id: UUID
    name: str
    kind: str = "COMPANY"
    domain: str | None = None
    website: str | None = None
    industry: str | None = None
    employees: int | None = None
    country: str | None = None
    phone: str | None = None
    region: str | None = None
    city: str | None = None
    postal_code: str | None = None
    street: str | None = None
    owner_id: UUID | None = None
    version: int = 1
    probability: float | None = None
    decision: str | None = None
    evidence: Sequence[Mapping[str, Any]] = ()


NAMES = frozenset(("given", "family", "generation", "kind", "country"))


@fixed
class Twin:
    """A contact whose person may be the lead's: a pair of people that waits for a decision."""

    contact_id: UUID
    person_id: UUID
    name: str
    probability: float
    evidence: Sequence[Mapping[str, Any]] = ()

    @property
    def alike(self) -> bool:
        """Whether more than a name speaks for one person: namesakes are asked about in the review of duplicates, not at each conversion."""
        return any(one["bits"] > 0 and one["field"] not in NAMES for one in self.evidence)


@fixed
class CustomFound:
    """Custom fields by noun and key (type, options), and what records have in them by key."""

    fields: Mapping[str, Mapping[str, tuple[str, Sequence[str] | None]]] = field(default_factory=dict[str, Mapping[str, tuple[str, Sequence[str] | None]]])
    values: Mapping[UUID, Mapping[str, Any]] = field(default_factory=dict[UUID, Mapping[str, Any]])

    def of(self, id: UUID | None) -> Mapping[str, Any]:
        return self.values.get(id, {}) if id else {}


@fixed
class ContactFound:
    """The contact that the person already is."""

    id: UUID
    version: int = 1
    title: str | None = None
    source_id: UUID | None = None
    owner_id: UUID | None = None
    lead_id: UUID | None = None
    links: Sequence[Link] = ()


@fixed
class DealFound:
    """The deal that the lead is to join."""

    id: UUID
    name: str
    state: str
    version: int = 1
    company_id: UUID | None = None
    amount_minor: int | None = None
    currency: str = "EUR"
    campaign_id: UUID | None = None
    source_id: UUID | None = None
    owner_id: UUID | None = None
    lead_id: UUID | None = None


@fixed
class Found:
    """Everything read for the decision. `users`: those of the possible owners who are active; `caller`: the user who acts, if one does;
    `has_others`: the person has another open lead; `crowded`: what so many companies share that they were not compared."""

    workspace: WorkspaceFacts
    now: datetime
    status: Status | None = None
    stage: Stage | None = None
    close_days: int = 30
    contact: ContactFound | None = None
    wished_contact: UUID | None = None
    companies: Sequence[CompanyFound] = ()
    deal: DealFound | None = None
    users: frozenset[UUID] = frozenset()
    caller: UUID | None = None
    campaign: str | None = None
    product: str | None = None
    has_tasks: bool = False
    is_enrolled: bool = False
    has_others: bool = False
    twins: Sequence[Twin] = ()
    crowded: Sequence[str] = ()
    custom: CustomFound = field(default_factory=CustomFound)
    has_tags: bool = False

    def by(self, how: str, id: UUID | None = None) -> CompanyFound | None:
        """The first company found that way."""
        return next((c for c in self.companies if c.how == how and (id is None or c.id == id)), None) if self.companies else None
