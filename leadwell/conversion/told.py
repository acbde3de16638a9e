"""Manifest and conflicts as the outside reads them: opaque ids and public field names."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from leadwell.base.ids import encode_id
from leadwell.catalog import CATALOG
from leadwell.conversion.decided import Plan

REFERENCES = {"source_id": "Source", "campaign_id": "Campaign", "company_id": "Company", "owner_id": "User", "lead_id": "Lead"}
RENAMED = {"amount_minor": "amount"}


def opaque(noun: str, id: UUID) -> str:
    """The id the API knows the record by."""
    return encode_id(CATALOG[noun].tag, id)


def field_name(column: str) -> str:
    """source_id is `source`, close_on is `closeOn`; custom.key stays."""
    if column.startswith("custom."):
        return column
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
    id = found["id"] and opaque(found["noun"], found["id"])
    return {"noun": found["noun"], "id": id, "field": field_name(found["field"]), "kept": kept, "offered": offered}


def became(row: Mapping[str, Any]) -> dict[str, str]:
    """What a lead became, by the ids the API knows."""
    return {noun.lower(): opaque(noun, id) for noun in ("Contact", "Company", "Deal") if (id := row[f"{noun.lower()}_id"])}


def records(decided: Plan) -> list[dict[str, Any]]:
    """What the plan does to each record: CREATED (no id yet), FILLED or LINKED, with the fields it writes; of people MERGED."""
    company, contact, deal = decided.company, decided.contact, decided.deal
    said: list[dict[str, Any]] = []
    if contact.twin:
        said.append(entry("Person", contact.twin.person_id, "MERGED", []))
    learned = ["domain"] if company.domain else []
    said.append(_planned("Company", company.found, [*company.fills, *learned], company.custom, company.name))
    if contact.twin:
        said.append({**entry("Contact", contact.twin.contact_id, "LINKED", []), "name": contact.twin.name})
    else:
        said.append(_planned("Contact", contact.found, [*contact.fills, *(["company_id"] if contact.found and contact.link else [])], contact.custom, None))
    if deal:
        said.append(_planned("Deal", deal.found, list(deal.fills), deal.custom, deal.name or None))
    return said


def _planned(noun: str, found: Any, written: list[str], custom: Mapping[str, Any], name: str | None) -> dict[str, Any]:
    columns = [*written, *(f"custom.{key}" for key in custom)]
    fields = sorted(map(field_name, columns))
    if found is None:
        return {"noun": noun, "id": None, "action": "CREATED", "fields": fields, "name": name}
    return {"noun": noun, "id": opaque(noun, found.id), "action": "FILLED" if columns else "LINKED", "fields": fields, "name": getattr(found, "name", None)}


def outline(decided: Plan) -> dict[str, Any]:
    """The plan without values: what happens to which record, and which fields differ."""
    differing = [conflict(one) for one in decided.conflicts]
    return {"records": records(decided), "conflicts": [{name: one[name] for name in ("noun", "id", "field")} for one in differing]}
