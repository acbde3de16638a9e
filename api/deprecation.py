"""What of the schema will go, and who still uses it.

A part is named in `DEPRECATED` half a year before it goes at the earliest. `mark` writes the words into the schema; an answer to a document that uses it
says so in the header `X-Leadwell-Deprecated`, and `leadwell_deprecated_uses_total` counts by coordinate and credential.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from graphql import DocumentNode, GraphQLSchema, TypeInfo, TypeInfoVisitor, Visitor, visit

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
    """The coordinates that a valid document itself names (values of variables are not looked at), in order of their names."""
    known = frozenset(leaving)
    if not known:
        return ()
    places = TypeInfo(schema)
    search = _Search(places)
    visit(node, TypeInfoVisitor(places, search))
    return tuple(sorted(search.seen & known))


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
