"""Filters of segments as SQL: checked with the rights of whoever keeps them, run as the system."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from leadwell.access.sees import Everything, Sees
from leadwell.base.tx import Tx
from leadwell.catalog import CATALOG, Listing
from leadwell.catalog.predicate import parse
from leadwell.catalog.statement import Given, Statement
from leadwell.catalog.where import Where, check_customs

Values = Mapping[str, tuple[Any, str]]   # further parameters of a statement, each with its type


async def run(
    tx: Tx, noun: str, where: Mapping[str, Any], sql: str, values: Values, *, viewer: Sees | None = None, spots: Mapping[str, str] | None = None
) -> list[Any]:
    """Runs `sql`, in which {table} and {where} are those of the filter over rows t, {spots} text, and {values} further parameters with their casts."""
    of, s = CATALOG[noun], Statement(viewer or Everything(tx.workspace))
    ask = Listing(of, where)
    found = Where(s).rows(of, "t", parse(of, ask.filter))
    text = sql.replace("{table}", of.table).replace("{where}", found)
    for name, spot in (spots or {}).items():
        text = text.replace("{" + name + "}", spot)
    for name, (_, cast) in values.items():
        if "{" + name + "}" in text:   # PostgreSQL refuses parameters that a statement does not mention
            text = text.replace("{" + name + "}", s.value(name, cast))
    given = Given({"where": ask.filter, **{name: value for name, (value, _) in values.items()}}, await tx.now() if s.clocked else None)
    await check_customs(tx, s.customs, given)
    return await tx.fetch(text, *s.params(given))


async def ids_of(
    tx: Tx, noun: str, where: Mapping[str, Any], *, viewer: Sees | None = None, ids: Sequence[UUID] | None = None, limit: int = 100_000
) -> list[UUID]:
    """Ids that match, in order; among `ids`, if they are given."""
    sql = "SELECT t.id FROM {table} t WHERE {where} AND ({ids} IS NULL OR t.id = ANY({ids})) ORDER BY t.id LIMIT {most}"
    values: Values = {"ids": (None if ids is None else list(ids), "uuid[]"), "most": (limit, "int8")}
    rows = await run(tx, noun, where, sql, values, viewer=viewer)
    return [row["id"] for row in rows]
