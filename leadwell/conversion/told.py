"""Manifest and conflicts as the outside reads them: opaque ids and public field names."""

from typing import Any
from uuid import UUID

from leadwell.base.ids import encode_id
from leadwell.catalog import CATALOG

REFERENCES = {"source_id": "Source", "campaign_id": "Campaign", "company_id": "Company", "owner_id": "User", "lead_id": "Lead"}
RENAMED = {"amount_minor": "amount"}


def opaque(noun: str, id: UUID) -> str:
    """The id the API knows the record by."""
    return encode_id(CATALOG[noun].tag, id)


def field_name(column: str) -> str:
    """source_id is `source`, close_on is `closeOn`."""
    name = RENAMED.get(column) or column.removesuffix("_id")
    head, *rest = name.split("_")
    return head + "".join(part.title() for part in rest)


def entry(noun: str, id: UUID, action: str, columns: list[str]) -> dict[str, Any]:
    """One line of the manifest."""
    return {"noun": noun, "id": opaque(noun, id), "action": action, "fields": sorted(map(field_name, columns))}


def conflict(found: dict[str, Any]) -> dict[str, Any]:
    """One conflict of the plan."""
    noun = REFERENCES.get(found["field"])
    kept, offered = (opaque(noun, value) if noun and isinstance(value, UUID) else value for value in (found["kept"], found["offered"]))
    return {"noun": found["noun"], "id": opaque(found["noun"], found["id"]), "field": field_name(found["field"]), "kept": kept, "offered": offered}
