"""What a field's selection asks for, so that only those columns are read."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from graphql import FieldNode, FragmentDefinitionNode, FragmentSpreadNode, GraphQLResolveInfo, InlineFragmentNode, SelectionSetNode

CURSORS = frozenset({"startCursor", "endCursor"})


@dataclass(frozen=True, slots=True)
class Wanted:
    """Field names of the rows, and whether cursors, rows at all, or only counts are asked for."""

    fields: frozenset[str]
    cursors: bool
    rows: bool


def of_node(info: "GraphQLResolveInfo[Any]") -> frozenset[str]:
    """Field names asked of a record."""
    return frozenset(f.name.value for f in _below(info.field_nodes, info.fragments))


def of_connection(info: "GraphQLResolveInfo[Any]") -> Wanted:
    """What is asked of a connection and of its rows, by nodes or by edges."""
    fields: set[str] = set()
    cursors = rows = False
    for field in _below(info.field_nodes, info.fragments):
        name = field.name.value
        inner = list(_below([field], info.fragments))
        if name == "nodes":
            fields |= {f.name.value for f in inner}
        elif name == "edges":
            cursors |= any(f.name.value == "cursor" for f in inner)
            nodes = [f for f in inner if f.name.value == "node"]
            fields |= {f.name.value for f in _below(nodes, info.fragments)}
        elif name == "pageInfo":
            cursors |= any(f.name.value in CURSORS for f in inner)
        rows |= name in ("nodes", "edges", "pageInfo")
    return Wanted(frozenset(fields), cursors, rows)


def _below(nodes: list[FieldNode], fragments: dict[str, FragmentDefinitionNode]) -> Iterator[FieldNode]:
    for node in nodes:
        if node.selection_set:
            yield from _fields(node.selection_set, fragments)


def _fields(selections: SelectionSetNode, fragments: dict[str, FragmentDefinitionNode]) -> Iterator[FieldNode]:
    """Fields of a selection, fragments opened; @skip and @include are left to the executor."""
    for node in selections.selections:
        if isinstance(node, FieldNode):
            yield node
        elif isinstance(node, InlineFragmentNode):
            yield from _fields(node.selection_set, fragments)
        elif isinstance(node, FragmentSpreadNode):
            yield from _fields(fragments[node.name.value].selection_set, fragments)
