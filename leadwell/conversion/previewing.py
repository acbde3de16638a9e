"""Looks at a conversion before it is done: the same planner, what it matched and why, and who else could join."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from leadwell.base.identity import company_key
from leadwell.base.refusals import NotFound, Refusal
from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.conversion.company import doubtful_company, known_company
from leadwell.conversion.decided import Plan
from leadwell.conversion.facts import CompanyFound, Found, LeadFacts
from leadwell.conversion.joinable import joinable, sealed
from leadwell.conversion.plan import plan
from leadwell.conversion.verbs import glimpse
from leadwell.conversion.wish import ConversionWish

MOST_RELATED = 50


@dataclass(frozen=True, slots=True)
class Matched:
    """A record that is the lead's (`taken`) or may be. `reason`: GIVEN, CONFIRMED, DOMAIN, NAME, SUGGESTED, MATCH (evidence), SIMILAR (same name),
    CURRENT (of the contact), PERSON (the person's own contact), DUPLICATE (a pair of people that waits for a decision)."""

    noun: str
    id: UUID
    name: str
    reason: str
    taken: bool
    probability: float | None = None
    evidence: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True, slots=True)
class Preview:
    """`refusal`: why it would be refused, if it would; then there is no plan and no `hash`. `deals` are open ones that the lead could join."""

    plan: Plan | None
    refusal: Refusal | None
    matched: Sequence[Matched]
    related: Sequence[UUID]
    crowded: Sequence[str]
    deals: Sequence[UUID] = ()

    @property
    def hash(self) -> str | None:
        """Of the plan and of the deals that it leaves aside."""
        return sealed(self.plan, self.deals) if self.plan else None


async def look(tx: Tx, lead_id: UUID, wish: ConversionWish | None = None) -> Preview:
    """What `convert` would do now, or why not; the transaction may be read-only. NotFound (also of what the
    wish names), LeadSealed, LeadIsJunk, BadWish."""
    lead, found, wish = await glimpse(tx, lead_id, wish)
    decided, refusal = _decide(lead, wish, found)
    related, deals = await _related(tx, lead, found, decided), await joinable(tx, lead, found, decided)
    return Preview(decided, refusal, matched(lead, found, decided), related, found.crowded, deals)


def _decide(lead: LeadFacts, wish: ConversionWish, found: Found) -> tuple[Plan | None, Refusal | None]:
    try:
        return plan(lead, wish, found), None
    except NotFound:
        raise
    except Refusal as refusal:
        return None, refusal


def matched(lead: LeadFacts, found: Found, decided: Plan | None) -> list[Matched]:
    """What is taken first, then what may be meant."""
    taken = decided.company.found if decided else None
    known, reason = known_company(lead, found)
    said: dict[UUID, Matched] = {}
    if taken:
        said[taken.id] = _company(taken, decided.company.reason or "", True) if decided else _company(taken, reason, True)
    if known and known.id not in said:
        said[known.id] = _company(known, reason, False)
    for one in found.companies:
        if one.id not in said and (one.how == "MATCH" or one == doubtful_company(lead, replace(found, companies=[one]))):
            said[one.id] = _company(one, one.how, False)
    return [*said.values(), *_contacts(found, decided)]


def _company(company: CompanyFound, reason: str, taken: bool) -> Matched:
    return Matched("Company", company.id, company.name, reason, taken, company.probability, company.evidence)


def _contacts(found: Found, decided: Plan | None) -> list[Matched]:
    own = [Matched("Contact", found.contact.id, "", "PERSON", True)] if found.contact else []
    twin = decided.contact.twin if decided else None
    return own + [Matched("Contact", one.contact_id, one.name, "DUPLICATE", one == twin, one.probability, one.evidence) for one in found.twins]


async def _related(tx: Tx, lead: LeadFacts, found: Found, decided: Plan | None) -> list[UUID]:
    """Other open leads at the company that is taken, or of the name that is given."""
    company = decided.company.found if decided else known_company(lead, found)[0]
    if company and company.kind == "INDIVIDUAL":
        return []
    name = company.name if company else lead.company_name
    key = company_key(name)
    rows = await tx.fetch(load(__name__, "related"), tx.workspace, lead.id, company and company.id, key)
    at = [row["id"] for row in rows if row["there"] or company_key(row["company_name"]) == key]
    return at[:MOST_RELATED]
