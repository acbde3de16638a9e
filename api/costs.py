"""What each field of the schema costs: the one rule behind the limiter and behind @cost and @listSize in the SDL (IBM's GraphQL cost directives).

A field costs its weight, 1 if it gives objects and 0 if it gives values; what is below a list costs that many times its size.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from types import SimpleNamespace
from typing import Any, cast

import graphql as ql
import strawberry
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.schema_directive import Location

get_named_type: Any = vars(ql)["get_named_type"]  # partly untyped in the library
DEFINITION = GraphQLCoreConverter.DEFINITION_BACKREF
HELD = ("nodes", "edges", "groups")     # what is as long as the field above it says
SLICED = ("first", "last")
USUAL, MOST = {"groups": 100}, {"groups": 1_000}
PAGE, LONGEST, ELEMENTS, SOME = 25, 200, 500, 10    # rows of a page, of the longest, elements of an input, and of a list whose length nobody tells
CHANGE, SEARCH = 10, 10
FREE = ("PageInfo", "Money", "UserError")
HEAVY = {  # root fields that think, besides what they show
    "__schema": 500, "__type": 10, "findMatches": 20, "previewMerge": 20, "previewConversion": 20, "previewBroadcast": 50, "previewSegment": 50,
    "previewEnrichment": 20, "assignmentPreview": 20, "automationPreview": 20, "simulateScoring": 100, "dryRunSequence": 50, "speedToLead": 50,
    "sequenceFunnel": 50, "broadcastResults": 20,
}  # fmt: skip
COUNTS = {"totalCount": 1, "totalCountExact": 20, "total": 10}


@strawberry.schema_directive(
    name="cost", locations=[Location.FIELD_DEFINITION, Location.ARGUMENT_DEFINITION, Location.INPUT_FIELD_DEFINITION],
    description="What it costs to ask for it; unsaid, 1 of what gives objects and 0 of values. Of a list in an input, what each element costs.")
class Cost:
    weight: str = strawberry.directive_field(name="weight")


@strawberry.schema_directive(
    name="listSize", locations=[Location.FIELD_DEFINITION],
    description="How often what is below is charged: by the slicing argument that is given, where a list counts its elements, else as assumed.")
class ListSize:
    assumed_size: int | None = strawberry.directive_field(name="assumedSize", default=strawberry.UNSET)
    slicing_arguments: list[str] | None = strawberry.directive_field(name="slicingArguments", default=strawberry.UNSET)
    sized_fields: list[str] | None = strawberry.directive_field(name="sizedFields", default=strawberry.UNSET)
    require_one_slicing_argument: bool = strawberry.directive_field(name="requireOneSlicingArgument", default=True)


@dataclass(frozen=True, slots=True)
class Size:
    """How long a list is: as one of the arguments says, by its name or its path in an input, else as assumed. Above `most` the field itself refuses.
    `fields` below are that long; without them the field itself."""

    assumed: int
    arguments: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    most: int = LONGEST


@dataclass(frozen=True, slots=True)
class Rule:
    """What a field costs, and of what type it is. `held`: its length is told by the field above."""

    weight: int = 0
    size: Size | None = None
    held: bool = False
    leaf: bool = False
    below: Any = None


UNKNOWN = Rule(leaf=True)


class Costs:
    """The rules of a schema, found when they are first asked for: most of its types are never looked at."""

    def __init__(self, schema: ql.GraphQLSchema) -> None:
        self.schema = schema
        self.known: dict[tuple[Any, str], Rule] = {}
        self.charged: dict[str, tuple[str, ...]] = {}

    def rule(self, kind: Any, name: str) -> Rule:
        """Of a field of an object or interface; one that is not there is a value, whatever is asked below it, and not remembered."""
        found = self.known.get((kind, name))
        if found is None:
            found = self._rule(kind, name)
            if found is not UNKNOWN:
                self.known[kind, name] = found
        return found

    def _rule(self, kind: Any, name: str) -> Rule:
        if kind is self.schema.query_type and name in ("__schema", "__type"):
            return Rule(HEAVY[name], below=self.schema.get_type("__Schema" if name == "__schema" else "__Type"))
        field = getattr(kind, "fields", {}).get(name)
        if field is None:
            return UNKNOWN
        below = get_named_type(field.type)
        return Rule(self._weight(kind, name, below), *self._size(kind, name, field, below), leaf=ql.is_leaf_type(below), below=below)

    def argument(self, kind: Any, name: str) -> int:
        """What an argument adds to a root field."""
        return SEARCH if name == "search" and kind is self.schema.query_type else 0

    def _weight(self, kind: Any, name: str, below: Any) -> int:
        if kind is self.schema.mutation_type or kind is self.schema.subscription_type:
            return CHANGE
        if kind is self.schema.query_type and name in HEAVY:
            return HEAVY[name]
        if name in COUNTS and not kind.name.endswith("Payload"):
            return COUNTS[name]
        return int(not ql.is_leaf_type(below) and below.name not in FREE and not (name == "node" and kind.name.endswith("Edge")))

    def _size(self, kind: Any, name: str, field: Any, below: Any) -> tuple[Size | None, bool]:
        if kind is self.schema.mutation_type:
            many, own = self._many.get(below.name), [f"input.{n}" for n in _elements(field)]
            return (replace(many, arguments=tuple(own)) if many and own else many), False
        if ql.is_leaf_type(below) or below.name in FREE:
            return None, False
        if not _listed(field.type):
            held = tuple(n for n in HELD if n in getattr(below, "fields", ())) if "first" in field.args else ()
            return (_paged(field, held) if held else None), False
        if many := self._many.get(kind.name):
            return None, name in many.fields
        if name in HELD and kind is not self.schema.query_type and kind.name.endswith(("Connection", "Aggregate", "Page")):
            return None, True
        return (_paged(field) if "first" in field.args else Size(SOME, ("ids",) if "ids" in field.args else ())), False

    @cached_property
    def _many(self) -> Mapping[str, Size]:
        """By payload: that its lists are as long as those of the input."""
        found: dict[str, Size] = {}
        changes: Any = self.schema.mutation_type
        for field in changes.fields.values() if changes else ():
            below = get_named_type(field.type)
            lists = _elements(field)
            shown = tuple(n for n, f in below.fields.items() if _listed(f.type) and not ql.is_leaf_type(get_named_type(f.type)) and n != "userErrors")
            if lists and shown:
                found[below.name] = Size(SOME, (), shown, ELEMENTS)
        return found

    def elements(self, kind: Any, name: str) -> tuple[str, ...]:
        """The lists in a mutation's input, each element of which costs 1."""
        field = kind.fields.get(name) if kind is not None and kind is self.schema.mutation_type else None
        if field is not None and name not in self.charged:
            self.charged[name] = _elements(field)
        return self.charged[name] if field is not None else ()


def _elements(field: Any) -> tuple[str, ...]:
    found = get_named_type(field.args["input"].type).fields.items() if "input" in field.args else ()
    return tuple(n for n, f in found if _listed(f.type) and (ql.is_input_object_type(of := get_named_type(f.type)) or of.name == "ID"))


def _listed(kind: Any) -> bool:
    return isinstance(kind, ql.GraphQLList) or (isinstance(kind, ql.GraphQLNonNull) and isinstance(cast("Any", kind).of_type, ql.GraphQLList))


def _paged(field: Any, held: tuple[str, ...] = ()) -> Size:
    usual = field.args["first"].default_value
    name = held[0] if held else ""
    given = usual if isinstance(usual, int) else USUAL.get(name, PAGE)
    return Size(given, tuple(n for n in SLICED if n in field.args), held, MOST.get(name, LONGEST))


def mark(schema: ql.GraphQLSchema) -> None:
    """Puts on every field of the schema, for its SDL, what the limiter counts where that is not plain."""
    costs = Costs(schema)
    for kind in schema.type_map.values():
        if isinstance(kind, (ql.GraphQLObjectType, ql.GraphQLInterfaceType)) and not kind.name.startswith("__"):
            for name, field in kind.fields.items():
                _put(field, *_said(costs.rule(kind, name)))
                for argument in (a for n, a in field.args.items() if costs.argument(kind, n)):
                    _put(argument, Cost(weight=str(SEARCH)))
    changes: Any = schema.mutation_type
    for name, field in changes.fields.items() if changes else ():
        for charged in costs.elements(changes, name):
            _put(get_named_type(field.args["input"].type).fields[charged], Cost(weight="1"))


def _said(rule: Rule) -> Iterator[Any]:
    if rule.weight != int(not rule.leaf):
        yield Cost(weight=str(rule.weight))
    if s := rule.size:
        told: Any = list(s.arguments) or strawberry.UNSET
        yield ListSize(
            assumed_size=s.assumed, slicing_arguments=told, sized_fields=list(s.fields) or strawberry.UNSET,  # type: ignore[arg-type]
            require_one_slicing_argument=False if s.arguments else strawberry.UNSET)  # type: ignore[arg-type]


def _put(place: Any, *directives: Any) -> None:
    if directives:
        known = place.extensions.get(DEFINITION)
        if known is None:
            place.extensions[DEFINITION] = SimpleNamespace(directives=list(directives))
        else:
            known.directives = [*(d for d in known.directives if not isinstance(d, (Cost, ListSize))), *directives]
