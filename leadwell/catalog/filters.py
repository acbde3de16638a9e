"""The saved filter at work without GraphQL: check it, count by it, and find which of given records match."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from leadwell.base.tx import Tx
from leadwell.catalog.listing import Listing
from leadwell.catalog.nouns import Noun
from leadwell.catalog.pages import Compiled, total
from leadwell.catalog.predicate import parse
from leadwell.catalog.statement import Given, Statement
from leadwell.catalog.viewer import Sees
from leadwell.catalog.where import Where

EPOCH = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Condition:
    """What stands behind WHERE over `{noun.table} t`, and the statement's parameters; the first is the workspace."""

    sql: str
    params: list[Any]


def compile_where(noun: Noun, where: object, viewer: Sees, now: datetime) -> Condition:
    """For statements written by hand: further parameters follow as `$len(params) + 1`."""
    s, ask = Statement(viewer), Listing(noun, where)
    sql = Where(s).rows(noun, "t", parse(noun, ask.filter))
    return Condition(sql, s.params(Given({"where": ask.filter}, now)))


def check(noun: Noun, where: object, viewer: Sees) -> None:
    """Refuses a filter that is malformed or names what its author may not see."""
    compile_where(noun, where, viewer, EPOCH)


async def count(tx: Tx, noun: Noun, where: object, viewer: Sees, *, cap: int | None = None) -> int:
    """How many records match; at most cap + 1."""
    return await total(tx, viewer, Listing(noun, where), cap)


async def matching_ids(
    tx: Tx, noun: Noun, where: object, viewer: Sees, *, ids: Sequence[UUID] | None = None, limit: int | None = None
) -> list[UUID]:
    """Ids that match, in order of id. `ids` restricts the same SQL to those records: what changed, what was picked."""
    s, ask = Statement(viewer), Listing(noun, where)
    sql = f"SELECT t.id FROM {noun.table} t WHERE {Where(s).rows(noun, 't', parse(noun, ask.filter))}"
    if ids is not None:
        sql += f" AND t.id = ANY({s.value('ids', 'uuid[]')})"
    sql += " ORDER BY t.id"
    if limit is not None:
        sql += f" LIMIT {s.value('limit', 'int8')}"
    values = {"where": ask.filter, "ids": list(ids or ()), "limit": limit}
    return [r["id"] for r in await Compiled(sql, s, values).fetch(tx)]
