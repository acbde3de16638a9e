"""What a field's selection asks for, so that only those columns are read."""

from collections.abc import Iterable
from typing import Any, NamedTuple, TypeAlias

from graphql import FieldNode, GraphQLResolveInfo

from leadwell.reads.selections import Selections

Info: TypeAlias = "GraphQLResolveInfo[Any]"
CURSORS = frozenset({"startCursor", "endCursor"})
ROWS = frozenset({"nodes", "edges", "pageInfo"})


class Wanted(NamedTuple):
    """Field names of the rows, and whether cursors, rows at all, or only counts are asked for."""

    fields: frozenset[str]
    cursors: bool
    rows: bool


def selections(info: Info) -> Selections:
    """How the document of a field is read."""
    values: Any = info.variable_values
    return Selections(info.fragments, getattr(values, "coerced", values))  # Strawberry's executor tells no more than the values


def below(nodes: Iterable[FieldNode], info: Info) -> dict[str, list[FieldNode]]:
    """The fields asked of what the nodes answer, by name, under whatever keys they stand."""
    found: dict[str, list[FieldNode]] = {}
    for _, name, fields in selections(info).below(nodes):
        found.setdefault(name, []).extend(fields)
    return found


def of_node(info: Info) -> frozenset[str]:
    """Field names asked of a record."""
    return frozenset(below(info.field_nodes, info))


def of_connection(info: Info) -> Wanted:
    """What is asked of a connection and of its rows, by nodes or by edges."""
    asked = below(info.field_nodes, info)
    edges, page = (below(asked.get(name, ()), info) for name in ("edges", "pageInfo"))
    fields = below([*asked.get("nodes", ()), *edges.get("node", ())], info)
    return Wanted(frozenset(fields), "cursor" in edges or not CURSORS.isdisjoint(page), not ROWS.isdisjoint(asked))
