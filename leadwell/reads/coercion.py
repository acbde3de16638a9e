"""Input coercion worked out once per type. It accepts what is plainly right; all else is the executor's to word."""

from collections.abc import Callable
from functools import cache
from typing import Any

import graphql
from graphql import GraphQLInputObjectType, GraphQLList, GraphQLNonNull, Undefined

from leadwell.reads.selections import Uncovered

# partly untyped in the library
value_from_ast: Any = vars(graphql)["value_from_ast"]
get_named_type: Any = vars(graphql)["get_named_type"]
type_from_ast: Any = vars(graphql)["type_from_ast"]
parse_type: Any = vars(graphql)["parse_type"]
Coerce = Callable[[Any], Any]


def coercer(kind: Any) -> Coerce:
    """What turns a JSON value into the value of an input type (section 6.4.1 of the specification)."""
    inner: Any = getattr(kind, "of_type", None)
    if isinstance(kind, GraphQLNonNull):
        return _required(coercer(inner))
    if isinstance(kind, GraphQLList):
        item = coercer(inner)
        return lambda v: None if v is None else [item(x) for x in v] if isinstance(v, list) else [item(v)]  # pyright: ignore[reportUnknownVariableType]
    if isinstance(kind, GraphQLInputObjectType):
        return _object(kind)
    parse = kind.parse_value
    return lambda v: None if v is None else parse(v)


def _required(inner: Coerce) -> Coerce:
    def run(value: Any) -> Any:
        if value is None:
            raise Uncovered("a null where none may be")
        return inner(value)

    return run


@cache
def _object(kind: GraphQLInputObjectType) -> Coerce:
    return _Fields(kind)


class _Fields:
    """An input object. Its fields are looked at late, because input types are recursive."""

    def __init__(self, kind: GraphQLInputObjectType) -> None:
        self.kind = kind
        self.fields: dict[str, tuple[str, Coerce]] = {}
        self.absent: dict[str, Any] = {}

    def fill(self) -> None:
        for name, f in self.kind.fields.items():
            self.fields[name] = (f.out_name or name, coercer(f.type))
            if f.default_value is not Undefined or isinstance(f.type, GraphQLNonNull):
                self.absent[name] = f.default_value

    def __call__(self, value: Any) -> Any:
        if value is None:
            return None
        if not self.fields:
            self.fill()
        out: dict[str, Any] = {}
        for name, given in value.items():
            as_, coerce = self.fields[name]
            out[as_] = coerce(given)
        if self.kind.is_one_of and (len(out) != 1 or None in out.values()):
            raise Uncovered("oneOf")
        for name, default in self.absent.items():
            if name not in value:
                if default is Undefined:
                    raise Uncovered("a missing field")
                out[self.fields[name][0]] = default
        return out
