"""The ordinary way to read: plain resolvers for all that the catalog declares. Rows are dicts, relations are batched."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol, TypeAlias
from uuid import UUID

from graphql import GraphQLResolveInfo

from api.grammar.batches import Batches
from api.grammar.lookahead import Wanted, of_connection, of_node
from leadwell.base.ids import BadId, decode_id, encode_id
from leadwell.base.refusals import Forbidden
from leadwell.base.tx import Tx
from leadwell.catalog import CAP, Catalog, Column, Listing, Noun, Page, Relation, Row, Sees, page, pages, rows_by, total, totals
from leadwell.catalog.kinds import from_minor
from leadwell.catalog.refusals import BadPage

Info: TypeAlias = "GraphQLResolveInfo[Any]"
Ids = list[UUID]
Resolve = Callable[..., Any]
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


@dataclass(slots=True)
class Connection:
    """A page, or only its counts, of one parent's list."""

    ctx: Reading
    ask: Listing
    parent: UUID | None
    plan: object
    page: Page | None

    def count(self, cap: int | None) -> Awaitable[int | None]:
        """Counted once per list, for all parents of the tick together."""
        ctx, ask = self.ctx, self.ask

        async def counts(parents: list[Any]) -> dict[Any, int]:
            if ask.relation is None:
                return {None: await run(ctx, lambda tx: total(tx, ctx.viewer, ask, cap))}
            return await run(ctx, lambda tx: totals(tx, ctx.viewer, ask, parents, cap))

        return ctx.batches.load((self.plan, "count", cap), self.parent, counts)


def rows_of(connection: Connection, _info: Info) -> list[Row]:
    return connection.page.rows if connection.page else []


def page_info(connection: Connection, _info: Info) -> dict[str, Any]:
    found = connection.page or Page([], False, False)
    first, last = (found.rows[0]["cursor_"], found.rows[-1]["cursor_"]) if found.rows and "cursor_" in found.rows[0] else (None, None)
    return {"hasNextPage": found.has_next, "hasPreviousPage": found.has_previous, "startCursor": first, "endCursor": last}


async def total_count(connection: Connection, _info: Info) -> int:
    return min(await connection.count(CAP) or 0, CAP)


async def is_capped(connection: Connection, _info: Info) -> bool:
    return (await connection.count(CAP) or 0) > CAP


async def total_exact(connection: Connection, _info: Info) -> int:
    return await connection.count(None) or 0


def planned(info: Info, what: str) -> tuple[object, Callable[[Callable[[], Any]], Any]]:
    """A name for this field of the document, and a memory for what is worked out about it once."""
    ctx: Reading = info.context
    key = (what, *map(id, info.field_nodes))

    def once(work: Callable[[], Any]) -> Any:
        if key not in ctx.batches.plans:
            ctx.batches.plans[key] = work()
        return ctx.batches.plans[key]

    return key, once


def many(noun: Noun, relation: Relation | None) -> Resolve:
    """A connection: of the workspace, or of the row in hand."""
    name = relation.path if relation else noun.name

    async def resolve(row: Any, info: Info, **args: Any) -> Connection:
        ctx: Reading = info.context
        key, once = planned(info, name)
        ask, wanted = once(lambda: (Listing.of(noun, args, relation), of_connection(info)))
        parent = row[relation.here] if relation else None
        if not wanted.rows:
            return Connection(ctx, ask, parent, key, None)
        if relation is None:
            found = await run(ctx, lambda tx: page(tx, ctx.viewer, ask, wanted=wanted.fields, cursors=wanted.cursors))
        else:
            found = await ctx.batches.load(key, parent, partial(_pages, ctx, ask, wanted))
        return Connection(ctx, ask, parent, key, found)

    return resolve


async def _pages(ctx: Reading, ask: Listing, wanted: Wanted, parents: list[UUID]) -> dict[UUID, Page]:
    return await run(ctx, lambda tx: pages(tx, ctx.viewer, ask, parents, wanted=wanted.fields, cursors=wanted.cursors))


def one(relation: Relation) -> Resolve:
    """The row a to-one relation leads to; what may not be seen is missing."""
    noun = relation.target

    def resolve(row: Row, info: Info) -> Any:
        value = row[relation.here]
        if value is None:
            return None
        ctx: Reading = info.context
        key, once = planned(info, relation.path)
        wanted = once(lambda: of_node(info))
        async def rows(ids: Ids) -> dict[UUID, Row]:
            return await by_key(ctx, noun, relation.there, ids, wanted)

        found = ctx.batches.load(key, value, rows)
        return found if relation.null else _there(found, noun)

    return resolve


async def _there(found: Awaitable[Row | None], noun: Noun) -> Row:
    row = await found
    if row is None:
        raise Forbidden(verb="read", noun=noun.name)
    return row


async def by_key(ctx: Reading, noun: Noun, column: str, ids: list[UUID], wanted: frozenset[str] | None) -> dict[UUID, Row]:
    return await run(ctx, lambda tx: rows_by(tx, ctx.viewer, noun, column, ids, wanted=wanted))


async def row_of(ctx: Reading, noun: Noun, id: UUID) -> Row | None:
    """One record with all its fields, for payloads and subscriptions."""
    found = (await by_key(ctx, noun, "id", [id], None)).get(id)
    return found and found | {NOUN: noun.name}


def leaf(noun: Noun, c: Column) -> Resolve:
    """A value out of the row; a hidden one that may not be null is refused."""
    name, tag = c.name, noun.tag
    minor, currency = f"{name}__minor", f"{name}__currency"

    def opaque(row: Row, _info: Info) -> str:
        if row["id"] is None:
            raise Forbidden(verb="read", noun=c.path)
        return encode_id(tag, row["id"])

    def amount(row: Row, _info: Info) -> dict[str, str] | None:
        return money_of(row[minor], row[currency])

    def plain(row: Row, _info: Info) -> Any:
        return row[name]

    def required(row: Row, _info: Info) -> Any:
        value = row[name]
        if value is None:
            raise Forbidden(verb="read", noun=c.path)
        return value

    if c.kind in ("id", "money"):
        return opaque if c.kind == "id" else amount
    return plain if c.null or c.contract.see else required


def money_of(minor: int | None, currency: str | None) -> dict[str, str] | None:
    return None if minor is None or currency is None else {"amount": from_minor(minor, currency), "currency": currency}


def single(noun: Noun) -> Resolve:
    async def resolve(_: object, info: Info, id: str) -> Row | None:
        key = decode_id(id, noun.tag)[1]
        return (await by_key(info.context, noun, "id", [key], of_node(info))).get(key)

    return resolve


def nodes(catalog: Catalog) -> Resolve:
    """Any records by id, in the order asked; null for what is missing or may not be seen."""

    async def resolve(_: object, info: Info, ids: list[str]) -> list[Row | None]:
        if len(ids) > MOST_IDS:
            raise BadPage(why=f"nodes takes at most {MOST_IDS} ids", field="ids")
        found = [await _any(catalog, info, id) for id in ids]
        return list(await asyncio.gather(*found))

    return resolve


def node(catalog: Catalog) -> Resolve:
    async def resolve(_: object, info: Info, id: str) -> Row | None:
        return await (await _any(catalog, info, id))

    return resolve


async def _any(catalog: Catalog, info: Info, id: str) -> Awaitable[Row | None]:
    ctx: Reading = info.context
    tag, key = decode_id(id)
    noun = catalog.by_tag(tag)
    if noun is None:
        raise BadId(id=id[:60], field="id")
    wanted = of_node(info)

    async def rows(keys: list[UUID]) -> dict[UUID, Row]:
        try:
            found = await by_key(ctx, noun, "id", keys, wanted)
        except Forbidden:
            return {}
        return {k: r | {NOUN: noun.name} for k, r in found.items()}

    return ctx.batches.load(("node", noun.name, *map(id_of, info.field_nodes)), key, rows)


def id_of(thing: object) -> int:
    return id(thing)
