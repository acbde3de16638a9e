"""What rows field to, read before their fields are asked for: a field that has to wait takes a task of its own, which costs more than the row it waits for."""

from collections.abc import Awaitable, Callable, Hashable, Iterable, Iterator
from typing import Any, NamedTuple

from graphql import FieldNode

from leadwell.base.refusals import Forbidden
from leadwell.catalog import Noun, Relation, Row
from leadwell.reads.selections import Selections

Load = Callable[["ToOne", Any], Any]     # a future of the row that a value leads to


class ToOne(NamedTuple):
    """A field of rows that leads to one other row: under which name that is kept in them, and the fields wanted of it."""

    key: Hashable
    relation: Relation
    wanted: frozenset[str]


def to_ones(selections: Selections, nodes: Iterable[FieldNode], noun: Noun) -> list[ToOne]:
    """The fields of a connection's rows that field to one other row each, by nodes and by edges as their resolvers will see them."""
    return [
        ToOne((r.path, *map(id, found)), r, frozenset(name for _, name, _ in selections.below(found)))
        for rows in _rows(selections, nodes) for _, name, found in selections.below(rows, noun.name) if (r := noun.relations.get(name)) and not r.many
    ]  # fmt: skip


def _rows(selections: Selections, nodes: Iterable[FieldNode]) -> Iterator[list[FieldNode]]:
    for _, name, found in selections.below(nodes):
        if name == "nodes":
            yield found
        elif name == "edges":
            yield from (inner for _, what, inner in selections.below(found) if what == "node")


async def look(rows: Iterable[dict[Any, Any]], to: list[ToOne], load: Load) -> None:
    """Keeps in each row what it leads to, or why that could not be read."""
    waiting = [(row, field.key, load(field, row[field.relation.here])) for field in to for row in rows if row[field.relation.here] is not None]
    for row, key, found in waiting:
        try:
            row[key] = await found
        except Exception as error:
            row[key] = error


def met(found: Any, relation: Relation) -> Row | None:
    """The row; what went wrong instead; Forbidden where there must be one and none may be seen."""
    if isinstance(found, Exception):
        raise found
    if found is None and not relation.null:
        raise Forbidden(verb="read", noun=relation.target.name)
    return found


async def awaited(found: Awaitable[Row | None], relation: Relation) -> Row | None:
    return met(await found, relation)
