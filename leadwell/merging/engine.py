"""Carries the declaration out: a few statements a table, whatever the number of rows, each writing its part of the manifest."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from uuid import UUID

from leadwell.base.ids import uuid7
from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.merging.references import Reference, of
from leadwell.merging.tables import DATED

KEEPERS = frozenset({"leads", "conversions", "consents"})   # what only the keeper may repoint


@dataclass(frozen=True, slots=True)
class Fold:
    """Records of one noun that become one."""

    noun: str
    survivor: UUID
    losers: tuple[UUID, ...]


@dataclass(slots=True)
class Manifest:
    """The manifest while it is written: every statement is a step of its own."""

    tx: Tx
    merge_id: UUID
    step: int = 0
    automatic: bool = False
    counts: dict[str, int] = field(default_factory=dict[str, int])

    def next(self) -> int:
        self.step += 1
        return self.step

    async def wrote(self, table: str, sql: str, *args: Any) -> int:
        """Runs a statement that ends by writing the manifest."""
        lines = await self.tx.fetch(sql, self.tx.workspace, *args, self.merge_id, self.next(), str(uuid7())[:15])
        rows = sum(line["n"] for line in lines)
        if rows:
            self.counts[table] = self.counts.get(table, 0) + rows
        return rows

    async def note(self, action: str, table: str, key: dict[str, Any], before: dict[str, Any] | None, after: dict[str, Any] | None) -> None:
        """One row that a verb of this room wrote itself."""
        self.counts[table] = self.counts.get(table, 0) + 1
        await self.tx.execute(
            "INSERT INTO merge_rows (workspace_id, id, merge_id, step, action, table_name, keys, before, after) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            self.tx.workspace, uuid7(), self.merge_id, self.next(), action, table, [key], before, after)


@asynccontextmanager
async def keeper(tx: Tx) -> AsyncGenerator[None]:
    """Passes the seal: the role may repoint sealed and written-once rows, and nothing else."""
    await tx.execute("SET LOCAL ROLE lw_keeper")
    yield
    await tx.execute("SET LOCAL ROLE NONE")


async def carry_out(manifest: Manifest, fold: Fold) -> None:
    """Everything that points at the losers points at the survivor."""
    for one in of(fold.noun):
        if one.how == "COLLAPSED":
            await manifest.wrote(one.table, collapsing(one), [fold.survivor, *fold.losers], fold.survivor)
        if one.how == "RECOMPUTED":
            await manifest.wrote(one.table, removing(one), list(fold.losers), fold.survivor)
        elif one.keeper:
            async with keeper(manifest.tx):
                await manifest.wrote(one.table, moving(one), list(fold.losers), fold.survivor)
        else:
            await manifest.wrote(one.table, moving(one), list(fold.losers), fold.survivor)


async def counted(tx: Tx, folds: Sequence[Fold]) -> dict[str, int]:
    """How many rows of each table would move or collapse. One statement a fold."""
    counts: dict[str, int] = {}
    for fold in folds:
        row = await tx.row(counting(fold.noun), tx.workspace, list(fold.losers))
        for name, n in dict(row or {}).items():
            table = name.split("__")[0]
            counts[table] = counts.get(table, 0) + n
    return {table: n for table, n in sorted(counts.items()) if n}


@cache
def counting(noun: str) -> str:
    seen: dict[str, str] = {}
    for one in of(noun):
        sql = f"(SELECT count(*) FROM {one.table} t WHERE t.workspace_id = $1 AND t.{one.column} = ANY($2::uuid[]) {_only(one)})"
        seen.setdefault(f"{one.table}__{one.column}", sql)
    return "SELECT " + ", ".join(f"{sql} AS {name}" for name, sql in seen.items())


@cache
def collapsing(one: Reference) -> str:
    by = ", ".join(_at(one, expression if "{t}" in expression else "{t}." + expression) for expression in one.once)
    joins = "".join(f", {_at(one, sql)} OVER (PARTITION BY {by}) AS j_{name}, t.{name} AS b_{name}" for name, sql in one.joined.items())
    return _filled("collapse", one, once=by, rank=_at(one, one.rank), joins=joins, joined=_joined(one), changes=_changes(one))


def _joined(one: Reference) -> str:
    if not one.joined:
        return ""
    sets = ", ".join(f"{name} = m.j_{name}" for name in one.joined)
    differs = " OR ".join(f"m.b_{name} IS DISTINCT FROM m.j_{name}" for name in one.joined)
    return (
        f", joined AS (\n  UPDATE {one.table} t SET {sets} FROM met m WHERE t.workspace_id = $1 AND {_same(one)} AND t.{one.column} = m.owner_"
        f" AND m.place_ = 1 AND m.n_ > 1 AND ({differs}) RETURNING m.*\n)"
    )


def _changes(one: Reference) -> str:
    if not one.joined:
        return ""
    before, after = (", ".join(f"'{name}', x.{mark}_{name}" for name in one.joined) for mark in "bj")
    return (
        "UNION ALL\nSELECT $1, ($6 || substr(gen_random_uuid()::text, 16))::uuid, $4::uuid, $5::int, 'CHANGED', "
        f"'{one.table}', jsonb_build_array({_key_json(one, owner=True)}), jsonb_build_object({before}), jsonb_build_object({after}) FROM joined x"
    )


@cache
def moving(one: Reference) -> str:
    extra = [*one.reset, *(name for name in one.guard if name not in one.reset)]
    sets = "".join(f", {name} = {value}" for name, value in one.reset.items())
    touch = ", version = t.version + 1, updated_at = (SELECT lw_clock($1))" if one.table in DATED else ""
    before = ", ".join([f"'{one.column}', x.owner_", *(f"'{name}', x.b_{name}" for name in one.reset)])
    after = ", ".join([f"'{one.column}', $3::uuid", *(f"'{n}', {v}" for n, v in one.reset.items()), *(f"'{n}', x.b_{n}" for n in one.guard)])
    return _filled(
        "move", one, olds="".join(f", t.{name} AS b_{name}" for name in extra), by="".join(f", x.b_{name}" for name in extra), sets=sets + touch,
        before=f"jsonb_build_object({before})", after=f"jsonb_build_object({after})",
    )


@cache
def removing(one: Reference) -> str:
    return _filled("remove", one)


def _filled(name: str, one: Reference, **parts: str) -> str:
    sql = load(__name__, name)
    parts |= {"table": one.table, "column": one.column, "keys": ", ".join(f"t.{key}" for key in one.key)}
    parts |= {"only": _only(one), "same": _same(one), "key_json": _key_json(one)}
    for part, text in parts.items():
        sql = sql.replace("{{" + part + "}}", text)
    return sql


def _at(one: Reference, sql: str) -> str:
    return sql.replace("{t}", "t").replace("{c}", one.column)


def _only(one: Reference) -> str:
    return f"AND {_at(one, one.only)}" if one.only else ""


def _same(one: Reference) -> str:
    return " AND ".join(f"t.{key} = m.{key}" for key in one.key)


def _key_json(one: Reference, *, owner: bool = False) -> str:
    pairs = [f"'{key}', x.{key}" for key in one.key] + ([f"'{one.column}', x.owner_"] if owner and one.key != ("id",) else [])
    return f"jsonb_build_object({', '.join(pairs)})"
