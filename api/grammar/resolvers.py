"""The ordinary way to read: plain resolvers for all that the catalog declares. Rows are dicts, relations are batched."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol, TypeAlias
from uuid import UUID

from api.ahead import ToOne, awaited, look, met, to_ones
from api.batches import Batches
from api.grammar.lookahead import Info, of_connection, of_node, selections
from leadwell.base.amounts import from_minor
from leadwell.base.ids import BadId, decode_id, encode_id
from leadwell.base.redirects import followed
from leadwell.base.refusals import Forbidden
from leadwell.base.tx import Tx
from leadwell.catalog import CAP, Catalog, Column, Listing, Noun, Page, Relation, Row, Sees, pages, rows_by, totals
from leadwell.catalog.refusals import BadPage

Keys = list[Any]
Leaf: TypeAlias = Callable[[Any, Info], Any]
MOST_IDS = 100
NOUN = "noun_"


class Reading(Protocol):
    """What the resolvers need of the request's context: api.context.Context satisfies it."""

    batches: Batches
    lock: asyncio.Lock

    @property
    def viewer(self) -> Sees: ...
    async def reader(self) -> Tx: ...


async def run(ctx: Reading, work: Callable[[Tx], Awaitable[Any]]) -> Any:
    """One statement at a time on the request's one read transaction."""
    async with ctx.lock:
        return await work(await ctx.reader())


def planned(info: Info, what: str) -> tuple[object, Callable[[Callable[[], Any]], Any]]:
    """A name for this field of the document, and a memory for what is worked out about it once."""
    plans, key = info.context.batches.plans, (what, *map(id, info.field_nodes))

    def once(work: Callable[[], Any]) -> Any:
        if key not in plans:
            plans[key] = work()
        return plans[key]

    return key, once


@dataclass(slots=True)
class Connection:
    """A page, or only its counts, of one parent's list."""

    ctx: Reading
    ask: Listing
    parent: UUID | None
    plan: object
    page: Page

    def count(self, cap: int | None) -> Awaitable[Row]:
        """Counted once per list, for all parents of the tick together."""

        def counts(parents: Keys) -> Awaitable[dict[Any, Row]]:
            return run(self.ctx, lambda tx: totals(tx, self.ctx.viewer, self.ask, parents, cap=cap))

        return self.ctx.batches.load((self.plan, "count", cap), self.parent, counts)


async def many(noun: Noun, relation: Relation | None, row: Any, info: Info, **args: Any) -> Connection:
    """A connection: of the workspace, or of the row in hand."""
    ctx: Reading = info.context
    key, once = planned(info, relation.path if relation else noun.name)
    ask, wanted, to = once(lambda: (Listing.of(noun, args, relation), of_connection(info), to_ones(selections(info), info.field_nodes, noun)))
    parent = row[relation.here] if relation else None

    def read(parents: Keys) -> Awaitable[dict[Any, Page]]:
        return run(ctx, lambda tx: pages(tx, ctx.viewer, ask, parents, wanted=wanted.fields, cursors=wanted.cursors))

    page = await ctx.batches.load(key, parent, read) if wanted.rows else Page([], False, False)
    await look(page.rows, to, lambda field, value: _found(ctx, field, value))
    return Connection(ctx, ask, parent, key, page)


def rows_of(connection: Connection, _info: Info) -> list[Row]:
    return connection.page.rows


def page_info(connection: Connection, _info: Info) -> dict[str, Any]:
    found = connection.page
    first, last = (found.rows[0].get("cursor_"), found.rows[-1].get("cursor_")) if found.rows else (None, None)
    return {"hasNextPage": found.has_next, "hasPreviousPage": found.has_previous, "startCursor": first, "endCursor": last}


async def total_count(connection: Connection, _info: Info) -> int:
    return min((await connection.count(CAP))["n"], CAP)


async def is_capped(connection: Connection, _info: Info) -> bool:
    return (await connection.count(CAP))["capped"]


async def total_exact(connection: Connection, _info: Info) -> int:
    return (await connection.count(None))["n"]


class Item(NamedTuple):
    """A value of the row, as it is or as an id. `path` says which one it is where it may not be missing."""

    name: str
    path: str = ""
    tag: int | None = None

    def __call__(self, row: Row, _info: object) -> Any:
        if self.path and row[self.name] is None:
            raise Forbidden(verb="read", noun=self.path)
        return row[self.name] if self.tag is None else encode_id(self.tag, row[self.name])


CONNECTION: dict[str, Leaf] = {
    "nodes": rows_of, "edges": rows_of, "pageInfo": page_info,
    "totalCount": total_count, "totalCountIsCapped": is_capped, "totalCountExact": total_exact,
}  # fmt: skip
EDGE: dict[str, Leaf] = {"cursor": Item("cursor_"), "node": lambda row, _info: row}


def one(relation: Relation, row: dict[Any, Any], info: Info) -> Awaitable[Row | None] | Row | None:
    """The row a to-one relation leads to; what may not be seen is missing."""
    if (value := row[relation.here]) is None:
        return None
    ctx: Reading = info.context
    key, once = planned(info, relation.path)
    if key in row:  # it was looked at with the whole page
        return met(row[key], relation)
    found = _found(ctx, once(lambda: ToOne(key, relation, of_node(info))), value)
    return found if relation.null else awaited(found, relation)


def _found(ctx: Reading, field: ToOne, value: Any) -> Awaitable[Row | None]:
    return ctx.batches.load(field.key, value, lambda ids: by_key(ctx, field.relation.target, field.relation.there, ids, field.wanted))


async def by_key(ctx: Reading, noun: Noun, column: str, ids: list[UUID], wanted: frozenset[str] | None) -> dict[UUID, Row]:
    return await run(ctx, lambda tx: rows_by(tx, ctx.viewer, noun, column, ids, wanted=wanted))


async def by_id(ctx: Reading, noun: Noun, ids: list[UUID], wanted: frozenset[str] | None) -> dict[UUID, Row]:
    """Records by the ids asked for; one that was merged is answered by its survivor."""
    today = await run(ctx, lambda tx: followed(tx, noun.name, ids))
    found = await by_key(ctx, noun, "id", list(dict.fromkeys(today.values())), wanted)
    return {id: found[now] for id, now in today.items() if now in found}


def leaf(noun: Noun, c: Column) -> Leaf:
    """A value out of the row; a hidden one that may not be null is refused."""
    if c.kind == "money":
        return lambda row, _info: money_of(row[f"{c.name}__minor"], row[f"{c.name}__currency"])
    needed = c.kind == "id" or not (c.null or c.contract.see)
    return Item(c.name, c.path if needed else "", noun.tag if c.kind == "id" else None)


def money_of(minor: int | None, currency: str | None) -> dict[str, str] | None:
    return None if minor is None or currency is None else {"amount": from_minor(minor, currency), "currency": currency}


async def single(noun: Noun, _: object, info: Info, id: str) -> Row | None:
    key = decode_id(id, noun.tag)[1]
    return (await by_id(info.context, noun, [key], of_node(info))).get(key)


async def nodes(catalog: Catalog, _: object, info: Info, ids: list[str]) -> list[Row | None]:
    """Any records by id, in the order asked; null for what is missing or may not be seen."""
    if len(ids) > MOST_IDS:
        raise BadPage(why=f"nodes takes at most {MOST_IDS} ids", field="ids")
    return list(await asyncio.gather(*[node(catalog, _, info, id) for id in ids]))


def node(catalog: Catalog, _: object, info: Info, id: str) -> Awaitable[Row | None]:
    ctx: Reading = info.context
    tag, key = decode_id(id)
    noun = catalog.by_tag(tag)
    if noun is None:
        raise BadId(id=id[:60], field="id")
    plan, once = planned(info, f"node {noun.name}")
    wanted = once(lambda: of_node(info))

    async def rows(keys: Keys) -> dict[UUID, Row]:
        try:
            found = await by_id(ctx, noun, keys, wanted)
        except Forbidden:
            return {}
        return {k: r | {NOUN: noun.name} for k, r in found.items()}

    return ctx.batches.load(plan, key, rows)
