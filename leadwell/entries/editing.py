"""Makes, changes, orders, puts away and brings back the entries of a list. Who edits a list takes turns with others who do."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

import asyncpg.exceptions as pg

from leadwell import events
from leadwell.base.ids import uuid7
from leadwell.base.refusals import NotFound
from leadwell.base.rows import KEPT, Named, Revision, locked, require, revise, unnamed
from leadwell.base.tx import Tx
from leadwell.entries.lists import Entry, Use, spoken
from leadwell.entries.refusals import BadEntryField, EntryExists, EntryInUse, LastEntry, NotAReplacement

Row = dict[str, Any]


async def turn(tx: Tx, entry: Entry) -> None:
    """Waits until nobody else edits the list; until the transaction ends nobody else does."""
    await tx.execute("SELECT pg_advisory_xact_lock(hashtextextended($2 || $1::uuid::text, 0))", tx.workspace, entry.table)


async def create(tx: Tx, entry: Entry, given: Mapping[str, Any]) -> UUID:
    """A new entry, the last one of its list. BadEntryField, EntryExists."""
    await turn(tx, entry)
    values = _filled(entry, given)
    await _named(tx, entry, values)
    await _unique(tx, entry, values, None)
    id = uuid7()
    row = {"id": id, **values, "created_at": await tx.now(), "updated_at": await tx.now()}
    if entry.ordered:
        row["position"] = await _last_position(tx, entry, values) + 1
    if values.get("is_default"):
        await _undefault(tx, entry, row)
    names = list(row)
    marks = ", ".join(f"${i}" for i in range(2, len(names) + 2))
    await _write(tx, f"INSERT INTO {entry.table} (workspace_id, {', '.join(names)}) VALUES ($1, {marks})", *row.values())
    await events.note(tx, entry.created, entry.noun, id, version=1, data=events.first(values))
    return id


async def update(tx: Tx, entry: Entry, id: UUID, changes: Mapping[str, Any], expected_version: int | None = None) -> Revision:
    """Writes `changes` ({column: value}). NotFound, StaleVersion, BadEntryField, EntryExists."""
    await turn(tx, entry)
    row = await locked(tx, entry.words, entry.table, id, expected_version)
    if fixed := sorted(set(changes) & entry.fixed | set(changes) - set(entry.fields)):
        raise BadEntryField(field=fixed[0], name=fixed[0], value=str(changes[fixed[0]])[:60], why="it is said once, when the entry is made")
    values = {name: entry.fields[name](name, value) for name, value in changes.items()}
    await _named(tx, entry, values)
    await _unique(tx, entry, {**row, **values}, id, changed=values)
    if values.get("is_default") is False and row["is_default"]:
        raise LastEntry(field="is_default", noun=entry.words, why="it is the default one", fix="Make another one the default instead.")
    if values.get("is_default"):
        await _undefault(tx, entry, row)
    return await _revised(tx, entry, row, values)


async def reorder(tx: Tx, entry: Entry, ids: Sequence[UUID]) -> list[UUID]:
    """The entries named come first, in this order; the others of their list follow as they stood. NotFound, BadEntryField. Answers the whole list."""
    await turn(tx, entry)
    first = await locked(tx, entry.words, entry.table, ids[0]) if ids else {}
    if not first:
        raise BadEntryField(field="ids", name="ids", value="", why="it is empty")
    same, args = _within(entry, first, 2)
    live = f"SELECT x.* FROM {entry.table} x WHERE x.workspace_id = $1 AND x.archived_at IS NULL{same}"
    rows = {r["id"]: dict(r) for r in await tx.fetch(f"{live} ORDER BY x.position, x.id FOR NO KEY UPDATE", tx.workspace, *args)}
    for i, id in enumerate(ids):
        if id not in rows:
            raise NotFound(field=f"ids.{i}", noun=entry.words)
    order = list(dict.fromkeys([*ids, *rows]))
    for position, id in enumerate(order):
        await _revised(tx, entry, rows[id], {"position": position})
    return order


async def archive(tx: Tx, entry: Entry, id: UUID, replacement: UUID | None = None, expected_version: int | None = None, *, used: bool = True) -> Revision:
    """Puts an entry away: records keep it, nothing new gets it. Who must have a live one gets the replacement; `used=False`: the caller has seen to that.
    NotFound, StaleVersion, EntryInUse, LastEntry, NotAReplacement."""
    await turn(tx, entry)
    if entry.table in KEPT:
        await unnamed(tx, entry.table, id)
    row = await locked(tx, entry.words, entry.table, id, expected_version)
    if row["archived_at"] is not None:
        return Revision({}, row["version"])
    heir = await heir_of(tx, entry, row, replacement)
    await _may_go(tx, entry, row)
    if entry.one_default is not None and row["is_default"]:
        if heir is None:
            raise LastEntry(noun=entry.words, why="it is the default one", fix="Make another one the default first, or name a replacement.")
        row = await _inherited(tx, entry, row, heir)
    if used:
        for use in entry.uses:
            await _repoint(tx, entry, use, id, heir)
    return await _revised(tx, entry, row, {"archived_at": await tx.now()})


async def unarchive(tx: Tx, entry: Entry, id: UUID, expected_version: int | None = None) -> Revision:
    """Brings an entry back, the last one of its list. NotFound, StaleVersion, EntryExists."""
    await turn(tx, entry)
    row = await locked(tx, entry.words, entry.table, id, expected_version)
    await _unique(tx, entry, row, id)
    moved = {"position": await _last_position(tx, entry, row) + 1} if entry.ordered and row["archived_at"] is not None else {}
    return await _revised(tx, entry, row, {"archived_at": None, **moved})


async def heir_of(tx: Tx, entry: Entry, row: Row, replacement: UUID | None) -> Row | None:
    """The entry that takes the place of another: of the same list, and not archived."""
    if replacement is None:
        return None
    heir = await locked(tx, entry.words, entry.table, replacement)
    why = "it is the same one" if heir["id"] == row["id"] else "it is archived" if heir["archived_at"] else None
    if why is None and any(heir[name] != row[name] for name in entry.within):
        why = "it stands in another list"
    if why:
        raise NotAReplacement(field="replacement_id", noun=entry.words, replacement=heir.get("name"), why=why)
    return heir


def _filled(entry: Entry, given: Mapping[str, Any]) -> Row:
    said = {name: value for name, value in given.items() if value is not None}
    for name, other in entry.made_of.items():
        said.setdefault(name, given.get(other))
    for name in entry.needed:
        if said.get(name) is None:
            raise BadEntryField(field=name, name=name, value="", why="it is missing")
    return {**entry.defaults, **{name: entry.fields[name](name, value) for name, value in said.items()}}


async def _named(tx: Tx, entry: Entry, values: Mapping[str, Any]) -> None:
    """NotFound for a row named that is not there."""
    await require(tx, *(Named(spoken(noun), table, values.get(name), name) for name, (noun, table) in entry.references.items()))


async def _unique(tx: Tx, entry: Entry, values: Mapping[str, Any], own: UUID | None, changed: Iterable[str] | None = None) -> None:
    for name in entry.unique:
        if changed is not None and name not in changed:
            continue
        same, args = _within(entry, values, 4)
        found = await tx.row(
            f"SELECT x.archived_at FROM {entry.table} x WHERE x.workspace_id = $1 AND lower(x.{name}) = lower($2) AND x.id IS DISTINCT FROM $3{same}"
            " ORDER BY x.archived_at NULLS FIRST LIMIT 1", tx.workspace, values[name], own, *args)  # fmt: skip
        if found:
            raise EntryExists(field=name, noun=entry.words, name=name, value=values[name], hint=", put away" if found["archived_at"] else "")


def _within(entry: Entry, values: Mapping[str, Any], first: int, fields: tuple[str, ...] | None = None) -> tuple[str, list[Any]]:
    """The condition that an entry x stands in the list of another."""
    names = entry.within if fields is None else fields
    return "".join(f" AND x.{name} = ${i}" for i, name in enumerate(names, first)), [values[name] for name in names]


async def _last_position(tx: Tx, entry: Entry, values: Mapping[str, Any]) -> int:
    same, args = _within(entry, values, 2)
    return await tx.value(f"SELECT coalesce(max(x.position), -1) FROM {entry.table} x WHERE x.workspace_id = $1{same}", tx.workspace, *args)


async def _undefault(tx: Tx, entry: Entry, row: Mapping[str, Any]) -> None:
    same, args = _within(entry, row, 3, entry.one_default)
    before = await tx.fetch(f"SELECT x.* FROM {entry.table} x WHERE x.workspace_id = $1 AND x.is_default AND x.id <> $2{same}", tx.workspace, row["id"], *args)
    for one in before:
        await _revised(tx, entry, dict(one), {"is_default": False})


async def _inherited(tx: Tx, entry: Entry, row: Row, heir: Row) -> Row:
    """The default passes to the heir, if it is of the same sort."""
    if any(heir[name] != row[name] for name in entry.one_default or ()):
        raise LastEntry(noun=entry.words, why="it is the default one", fix="Make another one the default first.")
    await _revised(tx, entry, row, {"is_default": False})
    await _revised(tx, entry, heir, {"is_default": True})
    return await locked(tx, entry.words, entry.table, row["id"])


async def _may_go(tx: Tx, entry: Entry, row: Row) -> None:
    if not entry.kept:
        return
    same, args = _within(entry, row, 3, entry.kept)
    others = f"SELECT 1 FROM {entry.table} x WHERE x.workspace_id = $1 AND x.id <> $2 AND x.archived_at IS NULL{same} LIMIT 1"
    if not await tx.value(others, tx.workspace, row["id"], *args):
        raise LastEntry(noun=entry.words, why="it is the only one of its kind")


async def _repoint(tx: Tx, entry: Entry, use: Use, id: UUID, heir: Row | None) -> None:
    live = use.live.replace("{t}", "t")
    count = await tx.value(f"SELECT count(*) FROM {use.table} t WHERE t.workspace_id = $1 AND t.{use.column} = $2 AND {live}", tx.workspace, id)
    if not count:
        return
    if heir is None or not use.moves:
        more = {} if use.moves else {"fix": "Move or close them first."}
        raise EntryInUse(field="replacement_id", noun=entry.words, count=count, users=use.who, **more)
    await tx.execute(
        f"UPDATE {use.table} t SET {use.column} = $3, version = version + 1, updated_at = $4 WHERE t.workspace_id = $1 AND t.{use.column} = $2 AND {live}",
        tx.workspace, id, heir["id"], await tx.now(),
    )  # fmt: skip


async def _revised(tx: Tx, entry: Entry, row: Row, values: Mapping[str, Any]) -> Revision:
    try:
        revision = await revise(tx, entry.words, entry.table, row, values)
    except pg.UniqueViolationError as taken:
        raise pg.SerializationError("somebody made the same entry meanwhile") from taken
    await events.revised(tx, entry.updated, entry.noun, row["id"], revision)
    return revision


async def _write(tx: Tx, sql: str, *args: Any) -> None:
    try:
        await tx.execute(sql, tx.workspace, *args)
    except pg.UniqueViolationError as taken:   # capture makes sources too, and takes no turns
        raise pg.SerializationError("somebody made the same entry meanwhile") from taken
