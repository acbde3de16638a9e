"""What a field's selection asks for, so that only those columns are read."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

from graphql import BooleanValueNode, FieldNode, FragmentSpreadNode, GraphQLResolveInfo, InlineFragmentNode, SelectionSetNode

Info: TypeAlias = "GraphQLResolveInfo[Any]"

CURSORS = frozenset({"startCursor", "endCursor"})


@dataclass(frozen=True, slots=True)
class Wanted:
    """Field names of the rows, and whether cursors, rows at all, or only counts are asked for."""

    fields: frozenset[str]
    cursors: bool
    rows: bool


def of_node(info: Info) -> frozenset[str]:
    """Field names asked of a record."""
    return frozenset(f.name.value for f in below(info.field_nodes, info))


def of_connection(info: Info) -> Wanted:
    """What is asked of a connection and of its rows, by nodes or by edges."""
    fields: set[str] = set()
    cursors = rows = False
    for field in below(info.field_nodes, info):
        name = field.name.value
        inner = list(below([field], info))
        if name == "nodes":
            fields |= {f.name.value for f in inner}
        elif name == "edges":
            cursors |= any(f.name.value == "cursor" for f in inner)
            nodes = [f for f in inner if f.name.value == "node"]
            fields |= {f.name.value for f in below(nodes, info)}
        elif name == "pageInfo":
            cursors |= any(f.name.value in CURSORS for f in inner)
        rows |= name in ("nodes", "edges", "pageInfo")
    return Wanted(frozenset(fields), cursors, rows)


def below(nodes: Iterable[FieldNode], info: Info) -> Iterator[FieldNode]:
    """Fields of the nodes' selections, fragments opened, without those that @skip and @include leave out."""
    for node in nodes:
        if node.selection_set:
            yield from _fields(node.selection_set, info)


def _fields(selections: SelectionSetNode, info: Info) -> Iterator[FieldNode]:
    for node in selections.selections:
        if any(_left_out(directive, info) for directive in node.directives or ()):
            continue
        if isinstance(node, FieldNode):
            yield node
        elif isinstance(node, InlineFragmentNode):
            yield from _fields(node.selection_set, info)
        elif isinstance(node, FragmentSpreadNode):
            yield from _fields(info.fragments[node.name.value].selection_set, info)


def _left_out(directive: Any, info: Info) -> bool:
    """Whether this @skip or @include says so."""
    condition = directive.arguments[0].value
    says = condition.value if isinstance(condition, BooleanValueNode) else info.variable_values.coerced.get(condition.name.value)
    return says == (directive.name.value == "skip")
