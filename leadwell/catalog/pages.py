"""Reads lists: one page, a page for each of many parents, their counts, and rows by key."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from leadwell.base.tx import Tx
from leadwell.catalog.listing import Listing, Page, Row
from leadwell.catalog.nouns import Column, Noun
from leadwell.catalog.statement import Given, Statement
from leadwell.catalog.viewer import Sees
from leadwell.catalog.writer import Writer


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


async def page(
    tx: Tx, viewer: Sees, ask: Listing, *, wanted: frozenset[str] | None = None, cursors: bool = True
) -> Page:
    """One page of a list without a relation; rows are dicts by column name, with the cursor under cursor_."""
    return Page.of(ask, await listed(viewer, ask, wanted=wanted, cursors=cursors).fetch(tx))


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
    for row in await listed(viewer, ask, list(by), wanted=wanted, cursors=cursors).fetch(tx):
        by[row["parent_"]].append(row)
    return {p: Page.of(ask, rows) for p, rows in by.items()}


def listed(
    viewer: Sees, ask: Listing, parents: Sequence[UUID] | None = None, *, wanted: frozenset[str] | None = None, cursors: bool = True
) -> Compiled:
    """The statement of a page, or of a page for each of the parents."""
    w = Writer(Statement(viewer), ask)
    rows = w.page(cursors=cursors)
    cursor = f", {w.cursor('t')} AS cursor_" if cursors else ""
    found = Compiled(f"SELECT {selection(w.s, ask.noun, 't', wanted)}{cursor} FROM ({rows}) t", w.s, w.request(ask, viewer.workspace))
    return found if parents is None else _per_parent(found, parents)


def _per_parent(found: Compiled, parents: Sequence[UUID]) -> Compiled:
    ids = found.statement.bind(lambda given: given.values["parents"], "uuid[]")
    sql = f"SELECT p.id AS parent_, q.* FROM unnest({ids}) p(id) CROSS JOIN LATERAL ({found.sql}) q"
    return Compiled(sql, found.statement, {**found.values, "parents": list(parents)})


async def total(tx: Tx, viewer: Sees, ask: Listing, cap: int | None) -> int:
    """How many rows the whole list has, counted up to cap + 1."""
    s = Statement(viewer)
    (row,) = await Compiled(Writer(s, ask).count(cap), s, {"where": ask.filter, "search": ask.search}).fetch(tx)
    return int(row["n"])


async def totals(tx: Tx, viewer: Sees, ask: Listing, parents: Sequence[UUID], cap: int | None) -> dict[UUID, int]:
    s = Statement(viewer)
    found = Compiled(Writer(s, ask).count(cap), s, {"where": ask.filter, "search": ask.search})
    return {r["parent_"]: int(r["n"]) for r in await _per_parent(found, parents).fetch(tx)}


async def rows_by(
    tx: Tx, viewer: Sees, noun: Noun, column: str, ids: Sequence[UUID], *, wanted: frozenset[str] | None = None
) -> dict[UUID, Row]:
    """Rows by the values of a key column, archived ones too; what the viewer may not see is absent."""
    s = Statement(viewer)
    chosen = f"{selection(s, noun, 't', wanted)}, t.{column} AS key_"
    found = f"{s.rows(noun, 't')} AND t.{column} = ANY({s.value('ids', 'uuid[]')})"
    rows = await Compiled(f"SELECT {chosen} FROM {noun.table} t WHERE {found}", s, {"ids": list(ids)}).fetch(tx)
    return {r["key_"]: r for r in rows}
