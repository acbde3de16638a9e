"""Reads lists: one page, a page for each of many parents, their counts, and rows by key."""

from collections.abc import Sequence
from uuid import UUID

from leadwell.base.tx import Tx
from leadwell.catalog.listing import Listing, Page, Row
from leadwell.catalog.nouns import Noun
from leadwell.catalog.statement import Statement
from leadwell.catalog.viewer import Sees
from leadwell.catalog.writer import Compiled, Writer, parts, selection


async def page(
    tx: Tx, viewer: Sees, ask: Listing, *, wanted: frozenset[str] | None = None, cursors: bool = True
) -> Page:
    """One page of a list without a relation; rows are dicts by column name, with the cursor under cursor_."""
    rows: list[Row] = []
    order = parts(ask)
    for part in reversed(order) if ask.backward else order:
        limit = ask.size + 1 - len(rows)
        if limit and (statement := Writer(viewer, ask, part).page(wanted, cursors=cursors, limit=limit)):
            rows += await statement.fetch(tx)
    return Page.of(ask, rows)


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
    if statement := Writer(viewer, ask).page(wanted, cursors=cursors, limit=ask.size + 1, parents=list(by)):
        for row in await statement.fetch(tx):
            by[row["parent_"]].append(row)
    return {p: Page.of(ask, rows) for p, rows in by.items()}


async def total(tx: Tx, viewer: Sees, ask: Listing, cap: int | None) -> int:
    """How many rows the whole list has, counted up to cap + 1."""
    (row,) = await Writer(viewer, ask).count(cap, None).fetch(tx)
    return int(row["n"])


async def totals(tx: Tx, viewer: Sees, ask: Listing, parents: Sequence[UUID], cap: int | None) -> dict[UUID, int]:
    rows = await Writer(viewer, ask).count(cap, parents).fetch(tx)
    return {r["parent_"]: int(r["n"]) for r in rows}


async def rows_by(
    tx: Tx, viewer: Sees, noun: Noun, column: str, ids: Sequence[UUID], *, wanted: frozenset[str] | None = None
) -> dict[UUID, Row]:
    """Rows by the values of a key column, archived ones too; what the viewer may not see is absent."""
    s = Statement(viewer)
    chosen = f"{selection(s, noun, 't', wanted)}, t.{column} AS key_"
    found = f"{s.rows(noun, 't')} AND t.{column} = ANY({s.value('ids', 'uuid[]')})"
    rows = await Compiled(f"SELECT {chosen} FROM {noun.table} t WHERE {found}", s, {"ids": list(ids)}).fetch(tx)
    return {r["key_"]: r for r in rows}
