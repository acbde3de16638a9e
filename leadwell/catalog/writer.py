"""Writes the statements of a list.

A list sorted first by a value that may be missing is read as two: the rows that have it and the rows that have not.
Each is a plain keyset over an index, the value's table leading where it is looked up in another one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast
from uuid import UUID

from leadwell.base.tx import Tx
from leadwell.catalog.listing import Listing, Row
from leadwell.catalog.nouns import Column, Noun
from leadwell.catalog.order import Key, behind, cursor_sql, digest, keys, read_cursor
from leadwell.catalog.predicate import parse
from leadwell.catalog.statement import Given, Statement
from leadwell.catalog.viewer import Sees
from leadwell.catalog.where import Where


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


def parts(ask: Listing) -> list[bool | None]:
    """The lists to read one after the other: [None] the whole; else rows with (True), without (False) the first key."""
    column, way = _first(ask)
    if ask.relation or column is None or not column.null:
        return [None]
    return [False, True] if str(way).endswith("NULLS_FIRST") else [True, False]


def _first(ask: Listing) -> tuple[Column | None, object]:
    """The field of the first sort key, if it is one of the noun's own; what is wrong with it shows when keys are made."""
    given = ask.order
    order = cast("list[Any]", given) if isinstance(given, list) else []
    if not order or not isinstance(order[0], Mapping) or len(cast("Mapping[str, object]", order[0])) != 1:
        return None, None
    name, way = next(iter(cast("Mapping[str, object]", order[0]).items()))
    return ask.noun.columns.get(name), way


class Writer:
    """The statements of one listing, or of the part of it that has or lacks the first sort key."""

    def __init__(self, viewer: Sees, ask: Listing, part: bool | None = None) -> None:
        self.s, self.ask, self.part = Statement(viewer), ask, part
        self.link = self.s.alias() if ask.relation and ask.relation.through else ""
        self.values: dict[str, Any] = {"where": ask.filter}

    def body(self, join: str = "", condition: str = "") -> str:
        """FROM and WHERE of the list, p.id being the parent."""
        noun, r = self.ask.noun, self.ask.relation
        where = Where(self.s).rows(noun, "t", parse(noun, self.ask.filter)) + condition
        if r:
            return f"{r.source('t', self.link)} WHERE {r.join('p.id', 't', self.link)} AND {where}"
        return f"{noun.table} t{join} WHERE {where}"

    def per_parent(self, sql: str, parents: Sequence[UUID] | None) -> str:
        if self.ask.relation is None:
            return sql
        self.values["parents"] = parents
        ids = self.s.value("parents", "uuid[]")
        return f"SELECT p.id AS parent_, q.* FROM unnest({ids}) p(id) CROSS JOIN LATERAL ({sql}) q"

    def page(
        self, wanted: frozenset[str] | None, *, cursors: bool, limit: int, parents: Sequence[UUID] | None = None
    ) -> Compiled | None:
        """A page's statement; None if the cursors leave nothing of this part."""
        ask, s = self.ask, self.s
        ks = keys(s, ask.noun, "t", ask.order, relation=ask.relation, link=self.link)
        head = digest(s.viewer.workspace, ask.name, ask.order, ask.filter)
        bounds = self.bounds(head, ks)
        if bounds is None:
            return None
        ks, join, condition = self.split(ks)
        sorted_by = ks[1:] if self.part is False else ks
        body = self.body(join, condition) + "".join(self.bound(name, sorted_by) for name in bounds)
        self.values |= {"head": head, "limit": limit}
        cursor = f", {cursor_sql(ks, s.value('head', 'text'))} AS cursor_" if cursors else ""
        order = ", ".join(k.reversed().order if ask.backward else k.order for k in sorted_by)
        chosen = selection(s, ask.noun, "t", wanted)
        sql = f"SELECT {chosen}{cursor} FROM {body} ORDER BY {order} LIMIT {s.value('limit', 'int8')}"
        return Compiled(self.per_parent(sql, parents), s, self.values)

    def bounds(self, head: str, ks: Sequence[Key]) -> list[str] | None:
        """Which cursors bound this part; None if one of them lies so that no row of it is meant."""
        found: list[str] = []
        for name, cursor in (("after", self.ask.after), ("before", self.ask.before)):
            if cursor is None:
                continue
            values = read_cursor(cursor, head, ks)
            if self.part is None or self.part == (values[0] is not None):
                self.values[name] = values[1:] if self.part is False else values
                found.append(name)
            elif (self.part != ks[0].first) == (name == "after"):  # "after" leaves nothing of the part that came first
                return None
        return found

    def bound(self, name: str, ks: Sequence[Key]) -> str:
        nulls = tuple(v is None for v in self.values[name])
        return " AND " + behind(self.s, ks if name == "after" else [k.reversed() for k in ks], name, nulls)

    def split(self, ks: list[Key]) -> tuple[list[Key], str, str]:
        """The keys of this part, with the join and the condition that make it."""
        first, x = ks[0], self.s.alias()
        column, _ = _first(self.ask)
        if self.part is None or column is None:
            return ks, "", ""
        sql, found = column.inner("t").replace("{x}", x), column.found("t", x)
        if self.part:
            join = f" JOIN {column.lookup} {x} ON {found}" if column.lookup else ""
            return [replace(first, sql=sql, null=False), *ks[1:]], join, f" AND {sql} IS NOT NULL"
        missing = f"NOT EXISTS (SELECT 1 FROM {column.lookup} {x} WHERE {found} AND {sql} IS NOT NULL)"
        return [replace(first, sql=f"NULL::{first.cast}"), *ks[1:]], "", f" AND {missing if column.lookup else sql + ' IS NULL'}"

    def count(self, cap: int | None, parents: Sequence[UUID] | None) -> Compiled:
        rows = f"SELECT 1 FROM {self.body()}"
        if cap is not None:
            self.values["cap"] = cap + 1
            rows += f" LIMIT {self.s.value('cap', 'int8')}"
        return Compiled(self.per_parent(f"SELECT count(*) AS n FROM ({rows}) c", parents), self.s, self.values)
