"""Writes values of custom fields on records, each checked against its field."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from leadwell.base.rows import Changes
from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.custom.reading import COLUMN, Unfit, read, shown
from leadwell.custom.refusals import BadCustomValue, UnknownCustomField

Field = Mapping[str, Any]


async def write(tx: Tx, noun: str, record_id: UUID, given: Mapping[str, Any]) -> Changes:
    """Keeps {key: value as JSON} on a record the caller has locked or just made; None clears, keys left out stay. Returns what changed, as
    {"custom.key": [before, after]}. UnknownCustomField, BadCustomValue."""
    if not given:
        return {}
    fields = await tx.fetch(load(__name__, "of_record"), tx.workspace, noun, record_id)
    known: dict[str, Field] = {row["key"]: dict(row) for row in fields}
    rows: list[dict[str, Any]] = []
    changes: Changes = {}
    for i, (key, value) in enumerate(given.items()):
        field = known.get(key)
        if field is None:
            raise UnknownCustomField(field=f"custom.{i}.key", noun=noun, key=key[:60], known=sorted(known))
        kept = checked(field, value, f"custom.{i}.value")
        if kept != _standing(field):
            changes[f"custom.{key}"] = [shown(field["type"], _standing(field)), shown(field["type"], kept)]
            rows.append({"field_id": field["id"], COLUMN[field["type"]]: kept})
    if rows:
        await _keep(tx, record_id, rows)
    return changes


async def standing(tx: Tx, noun: str, record_id: UUID) -> dict[str, Any]:
    """What a record holds in its fields, by key, as JSON shows it."""
    rows = await tx.fetch(load(__name__, "of_record"), tx.workspace, noun, record_id)
    return {row["key"]: shown(row["type"], _standing(dict(row))) for row in rows}


def checked(field: Field, value: Any, at: str) -> Any:
    """A value as its column keeps it; BadCustomValue."""
    if value is None:
        return None
    try:
        return read(field["type"], field["options"], value)
    except Unfit as why:
        raise BadCustomValue(field=at, key=field["key"], value=str(value)[:60], why=str(why)) from None


def _standing(field: Field) -> Any:
    return field[COLUMN[field["type"]]]


async def _keep(tx: Tx, record_id: UUID, rows: Sequence[dict[str, Any]]) -> None:
    gone = [row["field_id"] for row in rows if all(value is None for name, value in row.items() if name != "field_id")]
    kept = [row for row in rows if row["field_id"] not in gone]
    if gone:
        await tx.execute(
            "DELETE FROM custom_values v WHERE v.workspace_id = $1 AND v.record_id = $2 AND v.field_id = ANY($3::uuid[])", tx.workspace, record_id, gone
        )
    if kept:
        await tx.execute(load(__name__, "keep"), tx.workspace, record_id, kept)
