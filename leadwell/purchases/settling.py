"""Purchases that waited get their contact: when it comes to be, or when somebody says so."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from leadwell import events
from leadwell.base.refusals import NotFound
from leadwell.base.rows import Named, Revision, checked_version, require, revise
from leadwell.base.tx import Tx
from leadwell.purchases.buyers import Buyer, Found, find, locked
from leadwell.purchases.recording import lived
from leadwell.purchases.refusals import BadPurchase

WAITING = """SELECT p.*, c.id AS now_contact_id, c.company_id AS now_company_id FROM purchases p
JOIN contacts c ON c.workspace_id = $1 AND c.person_id = p.person_id
WHERE p.workspace_id = $1 AND p.person_id = $2 AND p.state = 'PARKED' ORDER BY p.id FOR NO KEY UPDATE OF p"""


async def settle(tx: Tx, purchase_id: UUID, buyer: Buyer | None = None, expected_version: int | None = None) -> Revision:
    """A purchase that waits is put on its buyer, who becomes a contact now: an open lead is converted whatever the workspace chose. `buyer` may say for
    which company. NotFound, StaleVersion, BadPurchase (why it still cannot be)."""
    person = await tx.value("SELECT p.person_id FROM purchases p WHERE p.workspace_id = $1 AND p.id = $2", tx.workspace, purchase_id)
    if person:
        await locked(tx, person, purchase_id)
    row = await tx.row("SELECT p.* FROM purchases p WHERE p.workspace_id = $1 AND p.id = $2 FOR NO KEY UPDATE", tx.workspace, purchase_id)
    if row is None:
        raise NotFound(noun="purchase")
    checked_version(dict(row), "purchase", expected_version)
    given = buyer or Buyer()
    await require(tx, Named("company", "companies", given.company_id, "company_id"))
    if row["state"] != "PARKED":
        return Revision({}, row["version"])
    found = await find(tx, Buyer(person_id=row["person_id"], company_id=given.company_id, company=given.company), always=True)
    if found.waits:
        raise BadPurchase(field="id", name="the buyer", value=found.waits, why="that stands against making them a contact")
    return await _settled(tx, dict(row), found)


async def settle_by_person(tx: Tx, told: Sequence[Any]) -> None:
    """Reaction: whoever became a contact gets the purchases that waited for that."""
    for event in told:
        if event["person_id"]:
            for row in await tx.fetch(WAITING, tx.workspace, event["person_id"]):
                await _settled(tx, dict(row), Found(row["person_id"], row["now_contact_id"], row["company_id"] or row["now_company_id"]))


async def _settled(tx: Tx, row: Mapping[str, Any], found: Found) -> Revision:
    values = {"state": "RECORDED", "parked_reason": None, "contact_id": found.contact_id, "company_id": found.company_id}
    revision = await revise(tx, "purchase", "purchases", row, values)
    await lived(tx, row["id"], found, row["amount_minor"], row["currency"], row["at"], row["source"], row["external_id"])
    data = {"changes": revision.changes}
    await events.note(tx, "purchase.settled", "Purchase", row["id"], person_id=found.person_id, version=revision.version, data=data)
    return revision
