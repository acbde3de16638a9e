"""Finds who bought: a contact there is, one made of a stranger, one an open lead becomes; or says why that has to wait."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from uuid import UUID

import asyncpg.exceptions as pg

from leadwell import contacts, conversion, people
from leadwell.base.refusals import NotFound, Refusal
from leadwell.base.rows import Named, require
from leadwell.base.tx import Tx
from leadwell.base.workspace import workspace_facts
from leadwell.companies import NewCompany
from leadwell.conversion import CompanyWish, ConversionWish, DealWish
from leadwell.purchases.refusals import BuyerRequired

CHOSEN = "BY_SETTING"
STANDING = """SELECT c.id AS contact_id, c.company_id, c.type, (SELECT l.id FROM leads l
  WHERE l.workspace_id = $1 AND l.person_id = p.id AND l.state = 'OPEN' ORDER BY l.id = $3 DESC, l.created_at, l.id LIMIT 1) AS lead_id
FROM people p LEFT JOIN contacts c ON c.workspace_id = $1 AND c.person_id = p.id WHERE p.workspace_id = $1 AND p.id = $2"""


@dataclass(frozen=True, slots=True)
class Buyer:
    """Whoever bought, by one of: a contact, a lead, a person ({name, email, phone ...}), or a company alone. `company_id` or `company`: for which
    company, and where a new contact works."""

    contact_id: UUID | None = None
    lead_id: UUID | None = None
    person_id: UUID | None = None
    person: Mapping[str, str] = field(default_factory=dict[str, str])
    company_id: UUID | None = None
    company: NewCompany | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """Who bought, and for which company. `waits`: why the person is no contact yet."""

    person_id: UUID | None = None
    contact_id: UUID | None = None
    company_id: UUID | None = None
    waits: str | None = None


async def find(tx: Tx, buyer: Buyer, *, always: bool = False) -> Found:
    """The buyer; `always` converts an open lead whatever the workspace chose. NotFound, BuyerRequired, and what makes a bad person."""
    await require(tx, Named("company", "companies", buyer.company_id, "company_id"))
    person = await _person(tx, buyer)
    if person is None:
        if buyer.company_id is None:
            raise BuyerRequired()
        return Found(company_id=buyer.company_id)
    if person not in await people.lock(tx, [person]):
        raise NotFound(field="person_id", noun="person")
    row = await tx.row(STANDING, tx.workspace, person, buyer.lead_id)
    assert row is not None, "the person is locked"
    if row["contact_id"]:
        return Found(person, row["contact_id"], buyer.company_id or row["company_id"])
    if row["lead_id"]:
        return await _converted(tx, person, row["lead_id"], buyer, always)
    return await _introduced(tx, person, buyer)


async def _person(tx: Tx, buyer: Buyer) -> UUID | None:
    for noun, table, id in (("contact", "contacts", buyer.contact_id), ("lead", "leads", buyer.lead_id)):
        if id:
            found = await tx.value(f"SELECT x.person_id FROM {table} x WHERE x.workspace_id = $1 AND x.id = $2", tx.workspace, id)
            if found is None:
                raise NotFound(field=f"{noun}_id", noun=noun)
            return found
    if buyer.person_id or not buyer.person:
        return buyer.person_id
    return await conversion.person_named(tx, buyer.person)


async def _introduced(tx: Tx, person: UUID, buyer: Buyer) -> Found:
    """A stranger becomes a contact; without a company they wait, unless the workspace has individuals."""
    given = conversion.Introduction(person, company_id=buyer.company_id, company=buyer.company, contact={"type": "CUSTOMER"})
    try:
        contact = await conversion.introduce(tx, given)
    except contacts.CompanyRequired as why:
        return Found(person, waits=why.code)
    company = await tx.value("SELECT c.company_id FROM contacts c WHERE c.workspace_id = $1 AND c.id = $2", tx.workspace, contact)
    return Found(person, contact, company)


async def _converted(tx: Tx, person: UUID, lead: UUID, buyer: Buyer, always: bool) -> Found:
    """An open lead is converted by the system, without a deal; what stands against that, or the workspace's choice, makes the purchase wait."""
    if not always and (await workspace_facts(tx)).settings.purchase_by_lead == "PARK":
        return Found(person, waits=CHOSEN)
    company = CompanyWish("USE", buyer.company_id) if buyer.company_id else CompanyWish(name=buyer.company.name if buyer.company else None)
    wish = ConversionWish(company=company, deal=DealWish("NONE"))
    with _as_system(tx):
        try:
            await conversion.preview(tx, lead, wish)
        except Refusal as why:
            return Found(person, waits=why.code)
        done = await conversion.convert(tx, lead, wish)
    return Found(person, done.contact_id, buyer.company_id or done.company_id)


@contextmanager
def _as_system(tx: Tx) -> Generator[None]:
    """Nobody at a screen has asked for this conversion; the request that led to it stays on its events."""
    who, tx.actor = tx.actor, replace(tx.actor, kind="SYSTEM", id=None)
    try:
        yield
    finally:
        tx.actor = who


async def locked(tx: Tx, person: UUID, purchase: UUID) -> None:
    """Whose purchase is settled is locked first, as everywhere."""
    if person not in await people.lock(tx, [person]):
        raise pg.SerializationError(f"the buyer of {purchase} was merged meanwhile")
