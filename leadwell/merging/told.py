"""Folds, fields and values as the outside reads them: opaque ids and public names."""

from collections.abc import Mapping
from typing import Any, cast
from uuid import UUID

from leadwell.base.ids import decode_id, encode_id
from leadwell.catalog import CATALOG
from leadwell.merging.engine import Fold
from leadwell.merging.fields import Conflict

REFERENCES = {
    "owner": "User", "source": "Source", "campaign": "Campaign", "product": "Product", "referredBy": "Person", "company": "Company", "parent": "Company",
    "lead": "Lead",
}


def opaque(noun: str, id: UUID) -> str:
    """The id the API knows the record by."""
    return encode_id(CATALOG[noun].tag, id)


def field_name(column: str) -> str:
    """owner_id is `owner`, first_name is `firstName`."""
    head, *rest = column.removesuffix("_id").split("_")
    return head + "".join(part.title() for part in rest)


def shown(field: str, value: Any) -> Any:
    """A value by the name of its field; ids of records are opaque."""
    if isinstance(value, Mapping):
        return {field_name(c): shown(field_name(c), v) for c, v in cast("Mapping[str, Any]", value).items()}
    if isinstance(value, UUID):
        return opaque(REFERENCES[field], value) if field in REFERENCES else str(value)
    return value


def fold(one: Fold) -> dict[str, Any]:
    """A fold as the merge keeps it."""
    return {"noun": one.noun, "survivor": opaque(one.noun, one.survivor), "losers": [opaque(one.noun, id) for id in one.losers]}


def unfold(one: Mapping[str, Any]) -> Fold:
    """The fold that the merge kept."""
    return Fold(one["noun"], decode_id(one["survivor"])[1], tuple(decode_id(id)[1] for id in one["losers"]))


def conflict(one: Conflict) -> dict[str, Any]:
    """A conflict as the merge keeps it."""
    field = field_name(one.field)
    lost = [{"id": opaque(one.noun, id), "value": shown(field, value)} for id, value in one.lost]
    return {"noun": one.noun, "field": field, "kept": shown(field, one.kept), "lost": lost}
