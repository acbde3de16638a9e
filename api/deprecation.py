"""What of the schema will go, and who still uses it.

A part is named in `DEPRECATED` half a year before it goes at the earliest. `mark` writes the words into the schema; an answer to a document that uses it
says so in the header `X-Leadwell-Deprecated`, and `leadwell_deprecated_uses_total` counts by coordinate and credential.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, cast

import graphql
from graphql import (
    DocumentNode,
    GraphQLSchema,
    OperationDefinitionNode,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    visit,
)

from leadwell.reads.inputs import get_named_type, type_from_ast

is_list: Any = vars(graphql)["is_list_type"]    # untyped in the library, as the next
is_non_null: Any = vars(graphql)["is_non_null_type"]
NOTICE = timedelta(days=183)


@dataclass(frozen=True, slots=True)
class Leaving:
    """`instead` is a sentence such as "Use Lead.name."."""

    instead: str
    since: date
    until: date

    def __post_init__(self) -> None:
        if self.until - self.since < NOTICE:
            raise ValueError(f"from {self.since} to {self.until} is less than half a year")

    @property
    def reason(self) -> str:
        return f"{self.instead} Deprecated since {self.since}, removed {self.until}."


DEPRECATED: Mapping[str, Leaving] = {}
"""By coordinate: "Lead.title", "Query.leads(search:)", "LeadWhere.title", "LeadState.JUNK"."""


def mark(schema: GraphQLSchema, leaving: Mapping[str, Leaving] = DEPRECATED) -> None:
    """Writes the reasons into the schema; KeyError for a coordinate that is not there."""
    for coordinate, one in leaving.items():
        _part(schema, coordinate).deprecation_reason = one.reason


def _part(schema: GraphQLSchema, coordinate: str) -> Any:
    kind, _, rest = coordinate.partition(".")
    name, _, argument = rest.rstrip(":)").partition("(")
    found: Any = schema.type_map[kind]
    part = (found.values if hasattr(found, "values") else found.fields)[name]
    return part.args[argument] if argument else part


def used(schema: GraphQLSchema, node: DocumentNode, leaving: Iterable[str] = DEPRECATED) -> tuple[str, ...]:
    """The coordinates that a valid document itself names, in order of their names; what stands in its variables is `given`."""
    known = frozenset(leaving)
    if not known:
        return ()
    places = TypeInfo(schema)
    search = _Search(places)
    visit(node, TypeInfoVisitor(places, search))
    return tuple(sorted(search.seen & known))


Kinds = Mapping[str, Any]   # types by the name of a variable


def watched(schema: GraphQLSchema, operation: OperationDefinitionNode, leaving: Collection[str] = DEPRECATED) -> Kinds:
    """The variables of an operation in whose values something deprecated may stand."""
    if not leaving:
        return {}
    kinds: Kinds = {one.variable.name.value: type_from_ast(schema, one.type) for one in operation.variable_definitions or ()}
    return {name: kind for name, kind in kinds.items() if not _reach(get_named_type(kind), set()).isdisjoint(leaving)}


def _reach(kind: Any, seen: set[str]) -> set[str]:
    """The coordinates of an input type and of those within it."""
    if kind.name in seen:
        return set()
    seen.add(kind.name)
    fields: Mapping[str, Any] = getattr(kind, "fields", {})
    found = {f"{kind.name}.{name}" for name in (*fields, *getattr(kind, "values", ()))}
    return found.union(*(_reach(get_named_type(field.type), seen) for field in fields.values()))


def given(kinds: Kinds, variables: Mapping[str, Any], leaving: Collection[str] = DEPRECATED) -> set[str]:
    """The coordinates that values of variables name, whether or not the values are valid."""
    return {one for name, kind in kinds.items() for one in _named_in(kind, variables.get(name)) if one in leaving}


def _named_in(kind: Any, value: Any) -> Iterator[str]:
    if is_list(kind) or is_non_null(kind):
        values = cast("list[Any]", value) if is_list(kind) and isinstance(value, list) else [value]
        for one in values:
            yield from _named_in(kind.of_type, one)
    elif isinstance(value, str):
        yield f"{kind.name}.{value}"    # of an enum
    elif isinstance(value, dict):
        found = cast("dict[str, Any]", value)
        for name in found.keys() & getattr(kind, "fields", {}).keys():
            yield f"{kind.name}.{name}"
            yield from _named_in(kind.fields[name].type, found[name])


class _Search(Visitor):
    def __init__(self, places: Any) -> None:   # a TypeInfo, whose types are partly unannotated
        super().__init__()
        self.places, self.seen = places, set[str]()

    def enter_field(self, node: Any, *_: Any) -> None:
        if parent := self.places.get_parent_type():
            self.seen.add(f"{parent.name}.{node.name.value}")
            self.seen |= {f"{parent.name}.{node.name.value}({argument.name.value}:)" for argument in node.arguments or ()}

    def enter_object_field(self, node: Any, *_: Any) -> None:
        self.seen.add(f"{_named(self.places.get_parent_input_type())}.{node.name.value}")

    def enter_enum_value(self, node: Any, *_: Any) -> None:
        self.seen.add(f"{_named(self.places.get_input_type())}.{node.value}")


def _named(kind: Any) -> str:
    while hasattr(kind, "of_type"):
        kind = kind.of_type
    return str(getattr(kind, "name", ""))
