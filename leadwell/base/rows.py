"""Changes of one row: locked, compared, written with its next version; and checks that rows named by others exist."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from leadwell.base.refusals import NotFound, StaleVersion
from leadwell.base.tx import Tx

Changes = dict[str, list[Any]]
KEPT = frozenset({"templates", "segments", "senders", "send_windows", "topics"})   # what drafts name, and what is not put away while one does


@dataclass(frozen=True, slots=True)
class Revision:
    """What a write changed (`{field: [before, after]}`; empty: nothing differed and nothing was written) and the version it left."""

    changes: Changes
    version: int


@dataclass(frozen=True, slots=True)
class Named:
    """A row that a caller names in `field`."""

    noun: str
    table: str
    id: UUID | None
    field: str


def differing(row: Mapping[str, Any], values: Mapping[str, Any]) -> Changes:
    """The fields whose value would change."""
    return {field: [row[field], value] for field, value in values.items() if row[field] != value}


def checked_version(row: Mapping[str, Any], noun: str, expected_version: int | None) -> None:
    """StaleVersion when the caller read another version."""
    if expected_version is not None and row["version"] != expected_version:
        raise StaleVersion(noun=noun, expected=expected_version, current=row["version"])


async def locked(tx: Tx, noun: str, table: str, id: UUID, expected_version: int | None = None) -> dict[str, Any]:
    """The row, locked until the transaction ends; NotFound or StaleVersion. Foreign-key checks of others do not wait for it."""
    row = await tx.row(f"SELECT x.* FROM {table} x WHERE x.workspace_id = $1 AND x.id = $2 FOR NO KEY UPDATE", tx.workspace, id)
    if row is None:
        raise NotFound(noun=noun)
    found = dict(row)
    checked_version(found, noun, expected_version)
    return found


async def revise(tx: Tx, noun: str, table: str, row: Mapping[str, Any], values: Mapping[str, Any], *, touch: bool = False) -> Revision:
    """Writes the fields that differ on a locked row; `touch` raises the version even when none does."""
    changes = differing(row, values)
    if not changes and not touch:
        return Revision(changes, row["version"])
    sets = "".join(f", {field} = ${i}" for i, field in enumerate(changes, start=5))
    written = await tx.execute(
        f"UPDATE {table} SET version = version + 1, updated_at = $4{sets} WHERE workspace_id = $1 AND id = $2 AND version = $3",
        tx.workspace, row["id"], row["version"], await tx.now(), *(after for _, after in changes.values()),
    )
    if written != 1:
        raise StaleVersion(noun=noun, expected=row["version"])
    return Revision(changes, row["version"] + 1)


async def revise_many(tx: Tx, table: str, types: Mapping[str, str], rows: Mapping[UUID, Mapping[str, Any]]) -> dict[UUID, int]:
    """Writes the columns given of each row that the caller has locked, with its next version; one statement for each set of columns, whose `types` are
    those of PostgreSQL. Returns the versions; a row that may not be written has none."""
    sets: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for id, values in sorted(rows.items()):
        sets.setdefault(tuple(sorted(values)), []).append({"id": id, **values})
    versions: dict[UUID, int] = {}
    for columns, given in sets.items():
        written = "".join(f", {name} = g.{name}" for name in columns)
        read = "".join(f", {name} {types[name]}" for name in columns)
        found = await tx.fetch(
            f"UPDATE {table} t SET version = t.version + 1, updated_at = $3{written} FROM jsonb_to_recordset($2::jsonb) AS g (id uuid{read})"
            " WHERE t.workspace_id = $1 AND t.id = g.id RETURNING t.id, t.version", tx.workspace, given, await tx.now(),
        )
        versions |= {row["id"]: row["version"] for row in found}
    return versions


async def require(tx: Tx, *rows: Named) -> None:
    """NotFound, with the field, for the first named row that does not exist or is archived. One statement; of what is `KEPT` the row stays until the
    transaction ends, so say it before you lock a row of your own."""
    named = [row for row in rows if row.id is not None]
    if not named:
        return
    if keys := sorted({f"{row.table} {row.id}" for row in named if row.table in KEPT}):
        await tx.fetch("SELECT pg_advisory_xact_lock_shared(hashtextextended(k || $1::uuid::text, 0)) FROM unnest($2::text[]) AS k", tx.workspace, keys)
    probes = ", ".join(
        f"EXISTS (SELECT 1 FROM {row.table} x WHERE x.workspace_id = $1 AND x.id = ${i} AND x.archived_at IS NULL)"
        for i, row in enumerate(named, start=2)
    )
    found: list[bool] = await tx.value(f"SELECT ARRAY[{probes}]", tx.workspace, *(row.id for row in named))
    for row, exists in zip(named, found, strict=True):
        if not exists:
            raise NotFound(field=row.field, noun=row.noun)


async def unnamed(tx: Tx, table: str, id: UUID) -> None:
    """Waits for whoever is about to name a row that is `KEPT`, and keeps others from it until the transaction ends. Whoever puts one away says this before
    anything is locked, and counts its uses afterwards."""
    await tx.execute("SELECT pg_advisory_xact_lock(hashtextextended($2 || $1::uuid::text, 0))", tx.workspace, f"{table} {id}")


async def hold_many(tx: Tx, table: str, ids: Collection[UUID]) -> dict[UUID, dict[str, Any]]:
    """The rows, locked in one order until the transaction ends; what is unknown is left out."""
    sql = f"SELECT x.* FROM {table} x WHERE x.workspace_id = $1 AND x.id = ANY($2::uuid[]) ORDER BY x.id FOR NO KEY UPDATE"
    return {row["id"]: dict(row) for row in await tx.fetch(sql, tx.workspace, sorted(set(ids)))}


async def absent(tx: Tx, rows: Collection[Named]) -> set[tuple[str, UUID]]:
    """(table, id) of what `require` would refuse, in one statement a table."""
    named = {(row.table, row.id) for row in rows if row.id is not None}
    there = set[tuple[str, UUID]]()
    for table in sorted({table for table, _ in named}):
        sql = f"SELECT x.id FROM {table} x WHERE x.workspace_id = $1 AND x.id = ANY($2::uuid[]) AND x.archived_at IS NULL"
        there |= {(table, row["id"]) for row in await tx.fetch(sql, tx.workspace, sorted(id for one, id in named if one == table))}
    return named - there
