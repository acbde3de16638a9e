"""Which records a change is about: the filter of lists, with the rights of whoever asks."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from leadwell.access.sees import Sees
from leadwell.base.tx import Tx
from leadwell.catalog import CATALOG, Listing
from leadwell.catalog.predicate import parse
from leadwell.catalog.statement import Given, Statement
from leadwell.catalog.where import Where, check_customs


async def _run(tx: Tx, viewer: Sees, noun: str, where: Mapping[str, Any], ids: Sequence[UUID] | None, head: str, tail: str = "", **more: Any) -> list[Any]:
    """`head` … FROM the noun's rows that match … `tail`. {name} in head and tail are further values."""
    of, s = CATALOG[noun], Statement(viewer)
    ask = Listing(of, where)
    found = Where(s).rows(of, "t", parse(of, ask.filter))
    values: dict[str, Any] = {"where": ask.filter, "ids": list(ids or ()), **{name: value for name, (value, _) in more.items()}}
    if ids is not None:
        found += f" AND t.id = ANY({s.value('ids', 'uuid[]')})"
    named = {name: s.value(name, cast) for name, (_, cast) in more.items()}
    given = Given(values, await tx.now() if s.clocked else None)
    await check_customs(tx, s.customs, given)
    return await tx.fetch(f"{head.format(**named)} FROM {of.table} t WHERE {found} {tail.format(**named)}", *s.params(given))


async def count(tx: Tx, viewer: Sees, noun: str, where: Mapping[str, Any], ids: Sequence[UUID] | None) -> int:
    """How many records match. BadFilter, FieldForbidden."""
    return (await _run(tx, viewer, noun, where, ids, "SELECT count(*) AS n"))[0]["n"]


async def first(tx: Tx, viewer: Sees, noun: str, where: Mapping[str, Any], ids: Sequence[UUID] | None, most: int) -> list[UUID]:
    """The first of them by id."""
    return [row["id"] for row in await _run(tx, viewer, noun, where, ids, "SELECT t.id", "ORDER BY t.id LIMIT {most}", most=(most, "int8"))]


async def keep(tx: Tx, viewer: Sees, noun: str, where: Mapping[str, Any], ids: Sequence[UUID] | None, change_set: UUID) -> int:
    """Writes them down as the rows of a change set, with one statement; returns how many."""
    head = "INSERT INTO change_rows (workspace_id, change_set_id, record_id) SELECT $1, {change_set}, t.id"
    await _run(tx, viewer, noun, where, ids, head, change_set=(change_set, "uuid"))
    return await tx.value("SELECT count(*) FROM change_rows r WHERE r.workspace_id = $1 AND r.change_set_id = $2", tx.workspace, change_set)
