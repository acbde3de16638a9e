"""Writes values of custom fields on records, each checked against its field."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

import asyncpg.exceptions as pg

from leadwell.base.ids import encode_id
from leadwell.base.refusals import Refusal
from leadwell.base.rows import Changes
from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.catalog import CATALOG
from leadwell.custom.reading import COLUMN, Unfit, folded, read, shown
from leadwell.custom.refusals import BadCustomValue, CustomValueRequired, CustomValueTaken, UnknownCustomField
from leadwell.custom.wording import worded

Field = Mapping[str, Any]
Given = Mapping[str, Any]
HOLDER = (
    "SELECT v.record_id FROM custom_values v WHERE v.workspace_id = $1 AND v.field_id = $2 AND v.unique_key = $3 AND v.record_id <> $4"
)


async def write(tx: Tx, noun: str, record_id: UUID, given: Given) -> Changes:
    """Keeps {key: value as JSON} on a record the caller has locked or just made; None clears, keys left out stay. Returns what changed, as
    {"custom.key": [before, after]}. UnknownCustomField, BadCustomValue, CustomValueTaken, CustomValueRequired."""
    return (await write_many(tx, noun, {record_id: given}))[record_id] if given else {}


async def write_many(tx: Tx, noun: str, wanted: Mapping[UUID, Given], *, empty_only: bool = False) -> dict[UUID, Changes]:
    """As `write`, on many records at once; the first refusal is that of all of them. `empty_only`: what a record holds stays."""
    fields, held = await _known(tx, noun, sorted(wanted), {key for given in wanted.values() for key in given})
    rows: list[dict[str, Any]] = []
    changes: dict[UUID, Changes] = {id: {} for id in wanted}
    for id, given in wanted.items():
        for i, (key, value) in enumerate(given.items()):
            field = _field(fields, noun, key, i)
            before, after = held.get((id, key)), checked(field, value, f"custom.{i}.value")
            if before == after or (empty_only and before is not None):
                continue
            if after is None and field["is_required"]:
                raise CustomValueRequired(field=f"custom.{i}.value", noun=noun.lower(), labels=field["label"])
            changes[id][f"custom.{key}"] = [shown(field["type"], before), shown(field["type"], after)]
            unique = folded(field["type"], after) if field["is_unique"] and after is not None else None
            rows.append({"record_id": id, "field_id": field["id"], COLUMN[field["type"]]: after, "unique_key": unique})
    await _keep(tx, noun, [row for row in rows if _empty(row)], [row for row in rows if not _empty(row)])
    return changes


async def unfit(tx: Tx, noun: str, wanted: Sequence[Given]) -> list[dict[str, Refusal]]:
    """For each of `wanted`, which of its values no record of the noun could keep, by key, and why."""
    if not wanted:
        return []
    fields, _ = await _known(tx, noun, [], ())
    return [{key: why for i, key in enumerate(given) if (why := _unfit(fields, noun, given, key, i))} for given in wanted]


async def told(tx: Tx, noun: str, wanted: Sequence[Given]) -> list[tuple[dict[str, Any], dict[str, Refusal]]]:
    """For each of `wanted`, whose values are what people wrote: those that can be kept, as JSON, and why the others cannot, by key."""
    if not wanted:
        return []
    fields, _ = await _known(tx, noun, [], ())
    found: list[tuple[dict[str, Any], dict[str, Refusal]]] = []
    for given in wanted:
        read = {key: worded(fields[key]["type"], fields[key]["options"] or (), str(value)) if key in fields else value for key, value in given.items()}
        values = {key: given[key] if isinstance(value, Unfit) else value for key, value in read.items() if value is not None}
        bad = {key: why for i, key in enumerate(values) if (why := _unfit(fields, noun, values, key, i))}
        found.append(({key: value for key, value in values.items() if key not in bad}, bad))
    return found


async def missing(tx: Tx, noun: str, keys: Iterable[str]) -> str | None:
    """The first of these keys that is no field of the noun."""
    sql = "SELECT f.key FROM custom_fields f WHERE f.workspace_id = $1 AND f.noun = $2 AND f.archived_at IS NULL"
    wanted = list(keys)
    known = {row["key"] for row in await tx.fetch(sql, tx.workspace, noun)} if wanted else set[str]()
    return next((key for key in wanted if key not in known), None)


def _unfit(fields: Mapping[str, Field], noun: str, given: Given, key: str, i: int) -> Refusal | None:
    try:
        checked(_field(fields, noun, key, i), given[key], f"custom.{i}.value")
    except Refusal as why:
        return why
    return None


async def standing(tx: Tx, noun: str, record_id: UUID) -> dict[str, Any]:
    """What a record holds in its fields, by key, as JSON shows it."""
    return (await standing_many(tx, noun, [record_id]))[record_id]


async def standing_many(tx: Tx, noun: str, record_ids: Iterable[UUID], keys: Iterable[str] | None = None) -> dict[UUID, dict[str, Any]]:
    """What records hold in their fields (`keys` None: all), by key, as JSON shows it."""
    ids = sorted(set(record_ids))
    if keys is None:
        sql = "SELECT f.key FROM custom_fields f WHERE f.workspace_id = $1 AND f.noun = $2 AND f.archived_at IS NULL"
        keys = [row["key"] for row in await tx.fetch(sql, tx.workspace, noun)]
    fields, held = await _known(tx, noun, ids, keys)
    wanted = set(keys)
    return {id: {key: shown(field["type"], held.get((id, key))) for key, field in fields.items() if key in wanted} for id in ids}


async def _known(tx: Tx, noun: str, ids: Sequence[UUID], keys: Iterable[str]) -> tuple[dict[str, Field], dict[tuple[UUID, str], Any]]:
    """The noun's fields by key, and what records hold in those of `keys`, as kept."""
    rows = await tx.fetch(load(__name__, "of_records"), tx.workspace, noun, list(ids), sorted(keys))
    fields: dict[str, Field] = {row["key"]: dict(row) for row in rows}
    return fields, {(row["record_id"], row["key"]): row[COLUMN[row["type"]]] for row in rows if row["record_id"]}


def _field(fields: Mapping[str, Field], noun: str, key: str, i: int) -> Field:
    if key not in fields:
        raise UnknownCustomField(field=f"custom.{i}.key", noun=noun, key=key[:60], known=sorted(fields))
    return fields[key]


def checked(field: Field, value: Any, at: str) -> Any:
    """A value as its column keeps it; BadCustomValue."""
    if value is None:
        return None
    try:
        return read(field["type"], field["options"], value)
    except Unfit as why:
        raise BadCustomValue(field=at, key=field["key"], value=str(value)[:60], why=str(why)) from None


def _empty(row: Mapping[str, Any]) -> bool:
    return all(value is None for name, value in row.items() if name not in ("record_id", "field_id"))


async def _keep(tx: Tx, noun: str, gone: Sequence[Mapping[str, Any]], kept: Sequence[Mapping[str, Any]]) -> None:
    if gone:
        await tx.execute(
            "DELETE FROM custom_values v USING unnest($2::uuid[], $3::uuid[]) AS g (record_id, field_id)"
            " WHERE v.workspace_id = $1 AND v.record_id = g.record_id AND v.field_id = g.field_id",
            tx.workspace, [row["record_id"] for row in gone], [row["field_id"] for row in gone],
        )
    unique = [row for row in kept if row["unique_key"] is not None]
    if not unique:
        if kept:
            await tx.execute(load(__name__, "keep"), tx.workspace, kept)
        return
    await tx.execute("SAVEPOINT unique_values")
    try:
        await tx.execute(load(__name__, "keep"), tx.workspace, kept)
    except pg.UniqueViolationError:
        await tx.execute("ROLLBACK TO SAVEPOINT unique_values")
        raise await _taken(tx, noun, unique) from None
    await tx.execute("RELEASE SAVEPOINT unique_values")


async def _taken(tx: Tx, noun: str, rows: Sequence[Mapping[str, Any]]) -> CustomValueTaken:
    """Which value it is, and who holds it."""
    for row in rows:
        holder = await tx.value(HOLDER, tx.workspace, row["field_id"], row["unique_key"], row["record_id"])
        if holder:
            sql = "SELECT f.key FROM custom_fields f WHERE f.workspace_id = $1 AND f.id = $2"
            key = await tx.value(sql, tx.workspace, row["field_id"])
            return CustomValueTaken(field=f"custom.{key}", key=key, value=row["unique_key"][:60], record=encode_id(CATALOG[noun].tag, holder))
    return CustomValueTaken(field="custom", key="the field", value=rows[0]["unique_key"][:60], record=None)
