"""Two people who are one, merged, and what the tables say about them."""

from typing import Any
from uuid import UUID

from leadwell import merging
from leadwell.base.actor import Actor
from leadwell.base.tx import Database, Tx
from leadwell.merging import Merged, Wish
from tests import builders as make

WHOLE = (
    "person_emails", "person_phones", "person_keys", "activity_participants", "redirects", "field_provenance", "taggings", "segment_members", "touchpoints",
    "custom_values", "sequence_blocks", "external_ids", "company_domains", "company_keys", "company_aliases", "activity_links",
)  # fmt: skip
PARTS = {
    "people": "id, name, first_name, title, email, phone, street, city, tracking, merged_into, archived_at",
    "leads": "id, person_id, state, status_id, title, need, company_id, merged_into, closed_at", "contacts": "id, person_id, company_id, title, archived_at",
    "contact_companies": "id, contact_id, company_id, is_primary, from_on", "tasks": "id, person_id, lead_id, contact_id, company_id",
    "campaign_members": "id, person_id, status, responded, responded_at", "deal_contacts": "id, contact_id, role, is_primary", "deals": "id, company_id",
    "companies": "id, name, domain, parent_id, archived_at", "enrollments": "id, person_id, state", "sends": "id, person_id", "consents": "id, person_id",
}  # fmt: skip


async def merge(db: Database, actor: Actor, survivor: UUID, *losers: UUID, noun: str = "Person", **more: Any) -> Merged:
    return await db.run(actor, lambda tx: merging.merge(tx, noun, Wish(survivor, losers, **more)))


async def rows(db: Database, actor: Actor, table: str, columns: str = "*", where: str = "true", *args: Any) -> list[dict[str, Any]]:
    """Rows of a table in a fixed order."""
    sql = f"SELECT {columns} FROM {table} t WHERE t.workspace_id = $1 AND {where}"
    async with db.read(actor) as tx:
        return sorted((dict(r) for r in await tx.fetch(sql, tx.workspace, *args)), key=lambda r: str(list(r.values())))


async def two(db: Database, actor: Actor, **more: Any) -> tuple[UUID, UUID]:
    """Ana, and Ana again under another address; `more` is of the second."""

    async def work(tx: Tx) -> tuple[UUID, UUID]:
        ana = await make.make_person(tx, "Ana Silva", None if more.get("fresh") else "ana@acme.com")
        return ana, await make.make_person(tx, "Ana Silva", None if more.pop("fresh", None) else "a.silva@web.de", **more)

    return await db.run(actor, work)


async def state(db: Database, actor: Actor) -> dict[str, Any]:
    """Everything a merge may touch, without versions and times of change."""
    return {t: await rows(db, actor, t) for t in WHOLE} | {t: await rows(db, actor, t, columns) for t, columns in PARTS.items()}
