"""People who may be one, made one after the other, and what is kept about them."""

from typing import Any
from uuid import UUID

from leadwell import dedupe, people
from leadwell.base.actor import Actor
from leadwell.base.identity import Email, parse_email
from leadwell.base.tx import Database
from leadwell.people import PersonGiven, PhoneGiven


def given(name: str, email: str | None = None, phone: str | None = None, **more: str) -> PersonGiven:
    first, _, last = name.rpartition(" ")
    address = parse_email(email) if email else None
    assert address is None or isinstance(address, Email)
    fields = {"name": name, "last_name": last, **more} | ({"first_name": first} if first else {})
    return PersonGiven(fields, address, (PhoneGiven(phone, e164=phone),) if phone else ())


async def made(db: Database, actor: Actor, *wanted: PersonGiven) -> list[UUID]:
    """One after the other, as captures come in."""
    ids: list[UUID] = []
    for one in wanted:
        ids += [found.person_id for found in await db.run(actor, lambda tx, one=one: people.identify_many(tx, [one]))]
    return ids


async def rows(db: Database, actor: Actor, sql: str, *args: Any) -> list[dict[str, Any]]:
    async with db.read(actor) as tx:
        return [dict(row) for row in await tx.fetch(sql, tx.workspace, *args)]


async def pairs(db: Database, actor: Actor) -> list[dict[str, Any]]:
    return await rows(db, actor, "SELECT d.* FROM duplicate_pairs d WHERE d.workspace_id = $1 ORDER BY d.probability DESC, d.id")


async def checked(db: Database, actor: Actor, *ids: UUID) -> list[UUID]:
    return await db.run(actor, lambda tx: dedupe.check(tx, people=ids))


async def sweep(db: Database, actor: Actor) -> dict[str, Any]:
    await db.run(actor, dedupe.start)
    while await db.run(actor, dedupe.step):
        pass
    (*_, last) = await rows(db, actor, "SELECT s.* FROM duplicate_sweeps s WHERE s.workspace_id = $1 ORDER BY s.id")
    return last


ANA = given("Ana Silveira", "ana@silveira.example", "+4930123456")
ANN = given("Ana Silveira", "a.silveira@other.example", "+4930123456")
