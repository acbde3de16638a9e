"""Open deals that a lead could join instead of making one: those of its company, and those its person's contact has a part in."""

import hashlib
from collections.abc import Sequence
from uuid import UUID

from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.conversion.company import known_company
from leadwell.conversion.decided import Plan
from leadwell.conversion.facts import Found, LeadFacts

MOST = 50


async def joinable(tx: Tx, lead: LeadFacts, found: Found, decided: Plan | None) -> list[UUID]:
    """The first 50, the contact's own first; none where the lead joins one already."""
    if decided and decided.deal and decided.deal.found:
        return []
    company = decided.company.found if decided else known_company(lead, found)[0]
    at = company.id if company and company.kind == "COMPANY" else None
    contact = found.contact.id if found.contact else None
    if at is None and contact is None:
        return []
    return [row["id"] for row in await tx.fetch(load(__name__, "joinable"), tx.workspace, at, contact, MOST)]


def sealed(decided: Plan, deals: Sequence[UUID]) -> str:
    """The plan's hash, over the deals as well that it leaves aside."""
    return hashlib.sha256("|".join([decided.hash, *sorted(map(str, deals))]).encode()).hexdigest() if deals else decided.hash
