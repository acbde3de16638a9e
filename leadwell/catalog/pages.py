"""Pages of a list: which rows, in which order, from where to where, for one parent or for many at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from uuid import UUID

from leadwell.base.tx import Tx
from leadwell.catalog.nouns import Column, Noun, Relation
from leadwell.catalog.order import Key, behind, cursor_sql, digest, keys, read_cursor
from leadwell.catalog.predicate import parse
from leadwell.catalog.refusals import BadPage
from leadwell.catalog.statement import Given, Statement
from leadwell.catalog.viewer import Sees
from leadwell.catalog.where import Where

LONGEST = 200
DEFAULT = 25
CAP = 1_000
Row = dict[str, Any]
NOTHING: dict[str, object] = {}


@dataclass(frozen=True)
class Listing:
    """What a list is asked for. A relation makes it a list of each parent's related rows."""

    noun: Noun
    where: object = None
    order: object = None
    first: int | None = None
    after: str | None = None
    last: int | None = None
    before: str | None = None
    relation: Relation | None = None

    @classmethod
    def of(cls, noun: Noun, args: Mapping[str, Any], relation: Relation | None = None) -> "Listing":
        """From the arguments of a connection, by their API names."""
        names = {"orderBy": "order"}
        return cls(noun, relation=relation, **{names.get(k, k): v for k, v in args.items()})

    def __post_init__(self) -> None:
        if self.first is not None and self.last is not None:
            raise BadPage(why="first and last exclude each other", field="last")
        for name, size in (("first", self.first), ("last", self.last)):
            if size is not None and not 0 <= size <= LONGEST:
                raise BadPage(why=f"{name} must be from 0 to {LONGEST}", field=name)

    @property
    def size(self) -> int:
        given = self.last if self.first is None else self.first
        return DEFAULT if given is None else given

    @property
    def backward(self) -> bool:
        return self.last is not None

    @property
    def filter(self) -> object:
        return NOTHING if self.where is None else self.where

    @cached_property
    def name(self) -> str:
        return self.relation.path if self.relation else self.noun.name


@dataclass(frozen=True, slots=True)
class Page:
    """Rows in the order asked for, and whether more stand behind or before them."""

    rows: list[Row]
    has_next: bool
    has_previous: bool


@dataclass(frozen=True, slots=True)
class Compiled:
    """A statement ready to run: its text, the values of the request, and the collector of its parameters."""

    sql: str
    statement: Statement
    values: Mapping[str, Any]

    async def fetch(self, tx: Tx) -> list[Row]:
        now = await tx.now() if self.statement.clocked else None
        found = await tx.fetch(self.sql, *self.statement.params(Given(self.values, now)))
        return [dict(r) for r in found]


def selection(s: Statement, noun: Noun, t: str, wanted: frozenset[str] | None) -> str:
    """The select list: keys always, fields by API name, all of them for None; hidden ones are never read."""
    out = {name: f"{t}.{name}" for name in noun.keys}
    for c in noun.columns.values():
        if wanted is not None and c.api not in wanted:
            continue
        if c.kind == "money":
            out |= {f"{c.name}__minor": _seen(s, c, c.at(t)), f"{c.name}__currency": c.currency.replace("{t}", t)}
        else:
            out[c.name] = _seen(s, c, c.at(t))
    return ", ".join(f"{sql} AS {name}" for name, sql in out.items())


def _seen(s: Statement, column: Column, sql: str) -> str:
    return sql if s.see(column) else f"NULL::{column.cast}"


class _Writer:
    """The statements of one listing."""

    def __init__(self, viewer: Sees, ask: Listing) -> None:
        self.s, self.ask = Statement(viewer), ask
        self.values: dict[str, Any] = {"where": ask.filter}
        self.link = self.s.alias() if ask.relation and ask.relation.through else ""

    def body(self) -> str:
        """FROM and WHERE of the whole list, p.id being the parent."""
        noun, r = self.ask.noun, self.ask.relation
        tree = parse(noun, self.ask.filter)
        where = Where(self.s).rows(noun, "t", tree)
        if r:
            return f"{r.source('t', self.link)} WHERE {r.join('p.id', 't', self.link)} AND {where}"
        return f"{noun.table} t WHERE {where}"

    def per_parent(self, sql: str, parents: Sequence[UUID] | None) -> str:
        if self.ask.relation is None:
            return sql
        self.values["parents"] = parents
        ids = self.s.value("parents", "uuid[]")
        return f"SELECT p.id AS parent_, q.* FROM unnest({ids}) p(id) CROSS JOIN LATERAL ({sql}) q"

    def page(self, wanted: frozenset[str] | None, cursors: bool, parents: Sequence[UUID] | None) -> Compiled:
        ask, s = self.ask, self.s
        body = self.body()
        ks = keys(s, ask.noun, "t", ask.order, ask.relation, self.link)
        head = digest(s.viewer.workspace, ask.name, ask.order, ask.filter)
        body += self.position("after", ask.after, head, ks) + self.position("before", ask.before, head, ks)
        self.values |= {"head": head, "limit": ask.size + 1}
        cursor = f", {cursor_sql(ks, s.value('head', 'text'))} AS cursor_" if cursors else ""
        order = ", ".join(k.reversed().order if ask.backward else k.order for k in ks)
        limit = s.value("limit", "int8")
        sql = f"SELECT {selection(s, ask.noun, 't', wanted)}{cursor} FROM {body} ORDER BY {order} LIMIT {limit}"
        return Compiled(self.per_parent(sql, parents), s, self.values)

    def position(self, name: str, cursor: str | None, head: str, ks: Sequence[Key]) -> str:
        if cursor is None:
            return ""
        self.values[name] = values = read_cursor(cursor, head, ks)
        ways = ks if name == "after" else [k.reversed() for k in ks]
        return " AND " + behind(self.s, ways, name, tuple(v is None for v in values))

    def count(self, cap: int | None, parents: Sequence[UUID] | None) -> Compiled:
        rows = f"SELECT 1 FROM {self.body()}"
        if cap is not None:
            self.values["cap"] = cap + 1
            rows += f" LIMIT {self.s.value('cap', 'int8')}"
        return Compiled(self.per_parent(f"SELECT count(*) AS n FROM ({rows}) c", parents), self.s, self.values)


def statement_of(viewer: Sees, ask: Listing, *, wanted: frozenset[str] | None = None, cursors: bool = True) -> Compiled:
    """The statement a page of a list without a relation is read by."""
    return _Writer(viewer, ask).page(wanted, cursors, None)


def statement_of_parents(
    viewer: Sees, ask: Listing, parents: Sequence[UUID], *, wanted: frozenset[str] | None = None, cursors: bool = True
) -> Compiled:
    """The statement that reads a page for each parent."""
    return _Writer(viewer, ask).page(wanted, cursors, parents)


async def page(tx: Tx, viewer: Sees, ask: Listing, *, wanted: frozenset[str] | None = None, cursors: bool = True) -> Page:
    """One page of a list without a relation; rows are dicts by column name, with the cursor under cursor_."""
    return _shape(ask, await statement_of(viewer, ask, wanted=wanted, cursors=cursors).fetch(tx))


async def pages(
    tx: Tx,
    viewer: Sees,
    ask: Listing,
    parents: Sequence[UUID],
    *,
    wanted: frozenset[str] | None = None,
    cursors: bool = True,
) -> dict[UUID, Page]:
    """A page for each parent, in one statement."""
    by: dict[UUID, list[Row]] = {p: [] for p in parents}
    for row in await statement_of_parents(viewer, ask, list(by), wanted=wanted, cursors=cursors).fetch(tx):
        by[row["parent_"]].append(row)
    return {p: _shape(ask, rows) for p, rows in by.items()}


def _shape(ask: Listing, rows: list[Row]) -> Page:
    more, kept = len(rows) > ask.size, rows[: ask.size]
    if ask.backward:
        return Page(kept[::-1], ask.before is not None, more)
    return Page(kept, more, ask.after is not None)


async def total(tx: Tx, viewer: Sees, ask: Listing, cap: int | None) -> int:
    """How many rows the whole list has, counted up to cap + 1."""
    (row,) = await _Writer(viewer, ask).count(cap, None).fetch(tx)
    return int(row["n"])


async def totals(tx: Tx, viewer: Sees, ask: Listing, parents: Sequence[UUID], cap: int | None) -> dict[UUID, int]:
    rows = await _Writer(viewer, ask).count(cap, parents).fetch(tx)
    return {r["parent_"]: int(r["n"]) for r in rows}


async def rows_by(
    tx: Tx, viewer: Sees, noun: Noun, column: str, ids: Sequence[UUID], *, wanted: frozenset[str] | None = None
) -> dict[UUID, Row]:
    """Rows by the values of a key column, archived ones too; what the viewer may not see is absent."""
    s = Statement(viewer)
    found = f"t.{column} = ANY({s.value('ids', 'uuid[]')})"
    sql = f"SELECT {selection(s, noun, 't', wanted)}, t.{column} AS key_ FROM {noun.table} t WHERE {s.rows(noun, 't')} AND {found}"
    rows = await Compiled(sql, s, {"ids": list(ids)}).fetch(tx)
    return {r["key_"]: r for r in rows}
