"""Reads lists: a page of the workspace's or of each of many parents', their counts, rows by key, and which records match a filter."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from leadwell.access.sees import Sees
from leadwell.base.tx import Tx
from leadwell.catalog.listing import Listing, Page, Row
from leadwell.catalog.nouns import Column, Noun
from leadwell.catalog.predicate import parse
from leadwell.catalog.statement import Given, Statement
from leadwell.catalog.where import Where, check_customs
from leadwell.catalog.writer import Writer

Parents = Sequence[UUID | None]
WHOLE: Parents = (None,)  # of a list without a relation


class Compiled(NamedTuple):
    """A statement ready to run: its text, the values of the request, and the collector of its parameters."""

    sql: str
    statement: Statement
    values: Mapping[str, Any]

    async def fetch(self, tx: Tx) -> list[Row]:
        given = Given(self.values, await tx.now() if self.statement.clocked else None)
        params = self.statement.params(given)
        await check_customs(tx, self.statement.customs, given)
        return [dict(r) for r in await tx.fetch(self.sql, *params)]


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


def listed(viewer: Sees, ask: Listing, parents: Parents = WHOLE, *, wanted: frozenset[str] | None = None, cursors: bool = True) -> Compiled:
    """The statement of a page, or of a page for each of the parents."""
    w = Writer(Statement(viewer), ask)
    rows = w.page(cursors=cursors)
    cursor = f", {w.cursor('t.{}'.format)} AS cursor_" if cursors else ""
    sql = f"{w.searched(counted=False)}SELECT {selection(w.s, ask.noun, 't', wanted)}{cursor} FROM ({rows}) t"
    return _per_parent(Compiled(sql, w.s, w.request(ask, viewer.workspace)), ask, parents)


def _per_parent(found: Compiled, ask: Listing, parents: Parents) -> Compiled:
    if ask.relation is None:
        return found
    ids = found.statement.bind(lambda given: given.values["parents"], "uuid[]")
    sql = f"SELECT p.id AS parent_, q.* FROM unnest({ids}) p(id) CROSS JOIN LATERAL ({found.sql}) q"
    return Compiled(sql, found.statement, {**found.values, "parents": list(parents)})


async def pages(
    tx: Tx, viewer: Sees, ask: Listing, parents: Parents = WHOLE, *, wanted: frozenset[str] | None = None, cursors: bool = True
) -> dict[UUID | None, Page]:
    """A page for each parent; rows are dicts by column name, with the cursor under cursor_."""
    by: dict[UUID | None, list[Row]] = {p: [] for p in parents}
    for row in await listed(viewer, ask, parents, wanted=wanted, cursors=cursors).fetch(tx):
        by[row.get("parent_")].append(row)
    return {p: Page.of(ask, rows) for p, rows in by.items()}


async def totals(tx: Tx, viewer: Sees, ask: Listing, parents: Parents = WHOLE, *, cap: int | None = None) -> dict[UUID | None, Row]:
    """How many rows the whole list of each parent has, as n, counted up to cap + 1, and whether it is `capped`."""
    w = Writer(Statement(viewer), ask)
    found = Compiled(f"{w.searched(counted=True) if cap else ''}{w.count(cap)}", w.s, {"where": ask.filter, "search": ask.search})
    return {r.get("parent_"): r for r in await _per_parent(found, ask, parents).fetch(tx)}


async def rows_by(tx: Tx, viewer: Sees, noun: Noun, column: str, ids: Sequence[UUID], *, wanted: frozenset[str] | None = None) -> dict[UUID, Row]:
    """Rows by the values of a key column, archived ones too; what the viewer may not see is absent."""
    s = Statement(viewer)
    chosen = f"{selection(s, noun, 't', wanted)}, t.{column} AS key_"
    found = f"{s.rows(noun, 't')} AND t.{column} = ANY({s.value('ids', 'uuid[]')})"
    rows = await Compiled(f"SELECT {chosen} FROM {noun.table} t WHERE {found}", s, {"ids": list(ids)}).fetch(tx)
    return {r["key_"]: r for r in rows}


async def check(tx: Tx, noun: Noun, where: object, viewer: Sees) -> None:
    """Refuses a filter that is malformed, or names what its author may not see or the workspace does not have."""
    await matching_ids(tx, noun, where, viewer, ids=())


async def matching_ids(tx: Tx, noun: Noun, where: object, viewer: Sees, *, ids: Sequence[UUID] | None = None) -> list[UUID]:
    """Ids that match, in order of id. `ids` restricts the same SQL to those records: what changed, what was picked."""
    s, ask = Statement(viewer), Listing(noun, where)
    found = Where(s).rows(noun, "t", parse(noun, ask.filter))
    if ids is not None:
        found += f" AND t.id = ANY({s.value('ids', 'uuid[]')})"
    statement = Compiled(f"SELECT t.id FROM {noun.table} t WHERE {found} ORDER BY t.id", s, {"where": ask.filter, "ids": list(ids or ())})
    return [r["id"] for r in await statement.fetch(tx)]
