"""Defines custom fields, changes their labels and choices, puts them away and brings them back. Key, type and uniqueness stay for good."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from leadwell import events
from leadwell.base.identity import clean
from leadwell.base.ids import uuid7
from leadwell.base.rows import Revision, locked, revise
from leadwell.base.tx import Tx
from leadwell.custom.refusals import BadCustomField, ChoiceInUse, CustomFieldExists, TooManyCustomFields
from models.custom import CustomFieldType

NOUNS = ("Person", "Lead", "Contact", "Company", "Deal")
KEY = re.compile(r"[a-z][a-z0-9_]{0,59}")
MOST_FIELDS, MOST_OPTIONS, LONGEST_OPTION = 200, 500, 200


@dataclass(frozen=True, slots=True)
class NewField:
    """A field to be defined. `options` are for a CHOICE; `key` None: made of the label. `is_required`: who makes a record by hand gives a value;
    `is_unique`: no two records hold the same."""

    noun: str
    label: str
    type: str
    key: str | None = None
    options: Sequence[str] | None = None
    is_required: bool = False
    is_unique: bool = False
    id: UUID = field(default_factory=uuid7)


async def define(tx: Tx, new: NewField) -> UUID:
    """A field of its own for a noun. BadCustomField, CustomFieldExists, TooManyCustomFields."""
    _one_of("noun", new.noun, NOUNS)
    _one_of("type", new.type, tuple(map(str, CustomFieldType)))
    label, options = _label(new.label), _options(new.options) if new.type == "CHOICE" else None
    if new.type != "CHOICE" and new.options:
        raise BadCustomField(field="options", name="options", value=str(list(new.options))[:60], why="only a CHOICE has options")
    if new.is_required and new.noun == "Person":
        raise BadCustomField(field="is_required", name="is_required", value="true", why="people are made of leads and contacts: require it of those")
    if new.is_unique and new.type in ("CHOICE", "FLAG"):
        raise BadCustomField(field="is_unique", name="is_unique", value="true", why=f"a {new.type} has too few values for each to be another one")
    key = _key(label if new.key is None else new.key, made=new.key is None)
    await tx.execute("SELECT pg_advisory_xact_lock(hashtextextended('custom_fields' || $1::uuid::text, 0))", tx.workspace)
    known = await tx.fetch("SELECT f.key, f.archived_at FROM custom_fields f WHERE f.workspace_id = $1 AND f.noun = $2", tx.workspace, new.noun)
    for one in known:
        if one["key"] == key:
            raise CustomFieldExists(field="key", noun=new.noun, key=key, hint=", put away" if one["archived_at"] else "")
    if sum(one["archived_at"] is None for one in known) >= MOST_FIELDS:
        raise TooManyCustomFields(noun=new.noun, most=MOST_FIELDS)
    await tx.execute(
        "INSERT INTO custom_fields (workspace_id, id, noun, key, label, type, options, is_required, is_unique, created_at, updated_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10)",
        tx.workspace, new.id, new.noun, key, label, new.type, options, new.is_required, new.is_unique, await tx.now(),
    )
    await events.note(tx, "customField.created", "CustomField", new.id, version=1, data={"noun": new.noun, "key": key, "type": new.type})
    return new.id


async def update(
    tx: Tx, field_id: UUID, changes: Mapping[str, Any], renames: Mapping[str, str] | None = None, expected_version: int | None = None
) -> Revision:
    """Writes label, options and is_required; `renames` says which choice became which, and records follow. A choice that records hold stays.
    NotFound, StaleVersion, BadCustomField, ChoiceInUse."""
    row = await locked(tx, "custom field", "custom_fields", field_id, expected_version)
    values: dict[str, Any] = {}
    if "label" in changes:
        values["label"] = _label(changes["label"])
    if changes.get("is_required") is not None:
        if changes["is_required"] and row["noun"] == "Person":
            raise BadCustomField(field="is_required", name="is_required", value="true", why="people are made of leads and contacts: require it of those")
        values["is_required"] = changes["is_required"]
    if "options" in changes or renames:
        if row["type"] != "CHOICE":
            raise BadCustomField(field="options", name="options", value="", why="only a CHOICE has options")
        before: list[str] = row["options"] or []
        renamed = [(renames or {}).get(one, one) for one in before]
        values["options"] = _options(changes.get("options") or list(dict.fromkeys(renamed)))
        await _rename(tx, row, renames or {}, values["options"])
        await _unused(tx, row, [one for one in row["options"] or () if one not in values["options"]])
    return await _revised(tx, row, values)


async def archive(tx: Tx, field_id: UUID, expected_version: int | None = None) -> Revision:
    """Puts a field away: it is shown, filled and filtered by no more; its values stay for when it comes back."""
    row = await locked(tx, "custom field", "custom_fields", field_id, expected_version)
    return await _revised(tx, row, {"archived_at": row["archived_at"] or await tx.now()})


async def unarchive(tx: Tx, field_id: UUID, expected_version: int | None = None) -> Revision:
    """Brings a field back with the values it had."""
    row = await locked(tx, "custom field", "custom_fields", field_id, expected_version)
    return await _revised(tx, row, {"archived_at": None})


async def _revised(tx: Tx, row: Mapping[str, Any], values: Mapping[str, Any]) -> Revision:
    revision = await revise(tx, "custom field", "custom_fields", row, values)
    await events.revised(tx, "customField.updated", "CustomField", row["id"], revision)
    return revision


async def _rename(tx: Tx, row: Mapping[str, Any], renames: Mapping[str, str], options: Sequence[str]) -> None:
    for before, after in renames.items():
        if before not in (row["options"] or ()) or after not in options:
            raise BadCustomField(field="renames", name="renames", value=f"{before} to {after}"[:60], why="one of them is no choice of the field")
    if renames:
        await tx.execute(
            "UPDATE custom_values v SET text_value = r.after FROM unnest($3::text[], $4::text[]) AS r (before, after)"
            " WHERE v.workspace_id = $1 AND v.field_id = $2 AND v.text_value = r.before",
            tx.workspace, row["id"], list(renames), list(renames.values()),
        )


async def _unused(tx: Tx, row: Mapping[str, Any], gone: Sequence[str]) -> None:
    held = await tx.row(
        "SELECT v.text_value, count(*) AS n FROM custom_values v WHERE v.workspace_id = $1 AND v.field_id = $2 AND v.text_value = ANY($3::text[])"
        " GROUP BY 1 ORDER BY 1 LIMIT 1", tx.workspace, row["id"], list(gone))  # fmt: skip
    if held:
        raise ChoiceInUse(field="options", count=held["n"], value=held["text_value"])


def _one_of(name: str, value: str, known: Sequence[str]) -> None:
    if value not in known:
        raise BadCustomField(field=name, name=name, value=value[:60], why="it is not one of " + ", ".join(known))


def _label(value: str) -> str:
    label = clean(value)
    if not label:
        raise BadCustomField(field="label", name="label", value="", why="it is empty")
    return label


def _key(text: str, *, made: bool) -> str:
    key = re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")[:60] if made else text
    if not KEY.fullmatch(key):
        raise BadCustomField(field="key", name="key", value=text[:60], why="a key is small letters, digits and underscores, and begins with a letter")
    return key


def _options(options: Sequence[str] | None) -> list[str]:
    """The choices as written, each once."""
    cleaned = [clean(one) or "" for one in options or ()]
    if not cleaned or not all(cleaned) or len(set(cleaned)) < len(cleaned):
        raise BadCustomField(field="options", name="options", value=str(list(options or ()))[:60], why="a CHOICE needs options, none blank and none twice")
    if len(cleaned) > MOST_OPTIONS or max(map(len, cleaned)) > LONGEST_OPTION:
        raise BadCustomField(field="options", name="options", value="", why=f"there are up to {MOST_OPTIONS} options of up to {LONGEST_OPTION} characters")
    return cleaned
