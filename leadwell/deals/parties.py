"""Who takes part in a deal and what it is about: contacts with roles, one of them the main one, and products of interest."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from leadwell import events
from leadwell.base.ids import uuid7
from leadwell.base.refusals import NotFound
from leadwell.base.rows import Changes, Named, Revision, locked, require, revise
from leadwell.base.tx import Tx
from leadwell.deals.editing import ROLES
from leadwell.deals.refusals import BadDealField, PrimaryContact


async def put_contact(
    tx: Tx, deal_id: UUID, contact_id: UUID, role: str | None = None, primary: bool = False, *, expected_version: int | None = None
) -> Revision:
    """A contact takes part, in a role; or changes the role, or becomes the main contact. The first one is. NotFound, BadDealField."""
    if role is not None and role not in ROLES:
        raise BadDealField(field="role", name="role", value=role[:40], why="it is not one of " + ", ".join(ROLES))
    deal = await locked(tx, "deal", "deals", deal_id, expected_version)
    await require(tx, Named("contact", "contacts", contact_id, "contact_id"))
    standing = await _standing(tx, deal_id)
    before = next((one for one in standing if one["contact_id"] == contact_id), None)
    main = primary or not any(one["is_primary"] for one in standing) or bool(before and before["is_primary"])
    after = {"role": role or (before["role"] if before else "OTHER"), "is_primary": main}
    if before and (before["role"], before["is_primary"]) == (after["role"], main):
        return Revision({}, deal["version"])
    if main:
        await tx.execute(
            "UPDATE deal_contacts c SET is_primary = false WHERE c.workspace_id = $1 AND c.deal_id = $2 AND c.contact_id <> $3 AND c.is_primary",
            tx.workspace, deal_id, contact_id,
        )
    await tx.execute(
        "INSERT INTO deal_contacts AS c (workspace_id, id, deal_id, contact_id, role, is_primary, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)"
        " ON CONFLICT (workspace_id, deal_id, contact_id) DO UPDATE SET role = EXCLUDED.role, is_primary = EXCLUDED.is_primary",
        tx.workspace, uuid7(), deal_id, contact_id, after["role"], main, await tx.now(),
    )
    return await _noted(tx, deal, {"contact": [str(contact_id) if before else None, str(contact_id)], "role": [before and before["role"], after["role"]]})


async def remove_contact(tx: Tx, deal_id: UUID, contact_id: UUID, *, expected_version: int | None = None) -> Revision:
    """A contact no longer takes part. NotFound, PrimaryContact."""
    deal = await locked(tx, "deal", "deals", deal_id, expected_version)
    standing = await _standing(tx, deal_id)
    before = next((one for one in standing if one["contact_id"] == contact_id), None)
    if before is None:
        raise NotFound(field="contact_id", noun="contact of the deal")
    if before["is_primary"] and len(standing) > 1:
        raise PrimaryContact(field="contact_id")
    await tx.execute("DELETE FROM deal_contacts c WHERE c.workspace_id = $1 AND c.deal_id = $2 AND c.contact_id = $3", tx.workspace, deal_id, contact_id)
    return await _noted(tx, deal, {"contact": [str(contact_id), None]})


async def set_products(tx: Tx, deal_id: UUID, products: Sequence[UUID], *, expected_version: int | None = None) -> Revision:
    """What the deal is about: exactly these products. NotFound."""
    deal = await locked(tx, "deal", "deals", deal_id, expected_version)
    rows = await tx.fetch("SELECT p.product_id FROM deal_products p WHERE p.workspace_id = $1 AND p.deal_id = $2", tx.workspace, deal_id)
    before, after = {row["product_id"] for row in rows}, set(products)
    await require(tx, *(Named("product", "products", id, f"product_ids.{i}") for i, id in enumerate(products) if id not in before))
    if before == after:
        return Revision({}, deal["version"])
    gone, new = sorted(before - after), sorted(after - before)
    await tx.execute("DELETE FROM deal_products p WHERE p.workspace_id = $1 AND p.deal_id = $2 AND p.product_id = ANY($3::uuid[])", tx.workspace, deal_id, gone)
    await tx.execute(
        "INSERT INTO deal_products (workspace_id, deal_id, product_id, created_at) SELECT $1, $2, p.id, $4 FROM unnest($3::uuid[]) AS p (id)",
        tx.workspace, deal_id, new, await tx.now(),
    )
    return await _noted(tx, deal, {"products": [sorted(map(str, before)), sorted(map(str, after))]})


async def _standing(tx: Tx, deal_id: UUID) -> list[Any]:
    return await tx.fetch("SELECT c.contact_id, c.role, c.is_primary FROM deal_contacts c WHERE c.workspace_id = $1 AND c.deal_id = $2", tx.workspace, deal_id)


async def _noted(tx: Tx, deal: dict[str, Any], changes: Changes) -> Revision:
    revision = await revise(tx, "deal", "deals", deal, {}, touch=True)
    await events.note(tx, "deal.updated", "Deal", deal["id"], version=revision.version, data={"changes": changes})
    return Revision(changes, revision.version)
