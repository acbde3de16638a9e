"""Whom a caller may have enriched, and which suggestions and runs they may decide: those about records they may change."""

from collections.abc import Iterable
from uuid import UUID

from leadwell.access import Viewer
from leadwell.base.ids import BadId, decode_id
from leadwell.base.refusals import NotFound
from leadwell.base.tx import Tx
from leadwell.catalog import CATALOG, matching_ids

TABLES = {"Person": None, "Lead": "leads", "Contact": "contacts"}



async def people(tx: Tx, viewer: Viewer, texts: Iterable[str], verb: str, field: str = "ids") -> list[UUID]:
    """The people behind ids of people, leads and contacts. BadId, Forbidden, NotFound."""
    found: dict[UUID, None] = {}
    for i, text in enumerate(texts):
        place = f"{field}.{i}" if field == "ids" else field
        tag, id = decode_id(str(text))
        noun = CATALOG.by_tag(tag)
        if noun is None or noun.name not in TABLES:
            raise BadId(field=place, id=str(text)[:60])
        viewer.need(noun.name, verb)
        if not await matching_ids(tx, noun, {}, viewer.doing(verb), ids=[id]):
            raise NotFound(noun=noun.singular, field=place)
        table = TABLES[noun.name]
        found[await tx.value(f"SELECT t.person_id FROM {table} t WHERE t.workspace_id = $1 AND t.id = $2", tx.workspace, id) if table else id] = None
    return list(found)


async def suggestions(tx: Tx, viewer: Viewer, ids: Iterable[UUID]) -> list[UUID]:
    """Those of the suggestions that are about records the caller may change; the others are as if there were none."""
    rows = await tx.fetch(
        "SELECT s.id, s.noun, s.record_id, coalesce(e.person_id, h.person_id) AS person_id FROM field_suggestions s "
        "LEFT JOIN person_emails e ON e.workspace_id = $1 AND s.noun = 'PersonEmail' AND e.id = s.record_id "
        "LEFT JOIN person_phones h ON h.workspace_id = $1 AND s.noun = 'PersonPhone' AND h.id = s.record_id "
        "WHERE s.workspace_id = $1 AND s.id = ANY($2::uuid[])", tx.workspace, list(ids))  # fmt: skip
    wanted: dict[str, dict[UUID, list[UUID]]] = {}
    for row in rows:
        noun, record = ("Person", row["person_id"]) if row["person_id"] else (row["noun"], row["record_id"])
        if noun in ("Person", "Lead", "Company") and viewer.may(noun, "update"):
            wanted.setdefault(noun, {}).setdefault(record, []).append(row["id"])
    seen = {noun: await matching_ids(tx, CATALOG[noun], {}, viewer.doing("update"), ids=list(records)) for noun, records in wanted.items()}
    return [id for noun, records in wanted.items() for record in seen[noun] for id in records[record]]


async def run(tx: Tx, viewer: Viewer, id: UUID) -> UUID:
    """A run about somebody the caller may see. NotFound."""
    if not await matching_ids(tx, CATALOG["EnrichmentRun"], {}, viewer, ids=[id]):
        raise NotFound(noun="enrichment run", field="id")
    return id
