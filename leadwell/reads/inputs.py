"""Input values, worked out once: how JSON is coerced per type, and how a field's arguments are read from coerced variables.

It accepts what is plainly right; all else is the executor's to word.
"""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import graphql as ql

from leadwell.reads.selections import Uncovered

# partly untyped in the library
value_from_ast: Any = vars(ql)["value_from_ast"]
get_named_type: Any = vars(ql)["get_named_type"]
type_from_ast: Any = vars(ql)["type_from_ast"]
Coerce = Callable[[Any], Any]
Variables = Mapping[str, Any]
Read = Callable[[Variables], Any]


def coercer(kind: Any) -> Coerce:
    """What turns a JSON value into the value of an input type (section 6.4.1 of the specification)."""
    inner: Any = getattr(kind, "of_type", None)
    if isinstance(kind, ql.GraphQLNonNull):
        return _never_null(coercer(inner))
    if isinstance(kind, ql.GraphQLList):
        item = coercer(inner)
        return lambda v: None if v is None else [item(x) for x in v] if isinstance(v, list) else [item(v)]  # pyright: ignore[reportUnknownVariableType]
    if isinstance(kind, ql.GraphQLInputObjectType):
        return _object_of(kind)
    parse = kind.parse_value
    return lambda v: None if v is None else parse(v)


def _never_null(inner: Coerce) -> Coerce:
    def run(value: Any) -> Any:
        if value is None:
            raise Uncovered("a null where none may be")
        return inner(value)

    return run


def _object_of(kind: ql.GraphQLInputObjectType) -> Coerce:
    def run(value: Any) -> Any:
        if value is None:
            return None
        fields, absent = _fields(kind)
        out: dict[str, Any] = {}
        for name, given in value.items():
            as_, coerce = fields[name]
            out[as_] = coerce(given)
        if kind.is_one_of and (len(out) != 1 or None in out.values()):
            raise Uncovered("oneOf")
        for name, default in absent.items():
            if name not in value:
                if default is ql.Undefined:
                    raise Uncovered("a missing field")
                out[fields[name][0]] = default
        return out

    return run


@cache
def _fields(kind: ql.GraphQLInputObjectType) -> tuple[dict[str, tuple[str, Coerce]], dict[str, Any]]:
    """The fields, and what stands for those not given. They are looked at late, because input types are recursive."""
    found = kind.fields.items()
    absent = {name: f.default_value for name, f in found if f.default_value is not ql.Undefined or isinstance(f.type, ql.GraphQLNonNull)}
    return {name: (f.out_name or name, coercer(f.type)) for name, f in found}, absent


def arguments(node: ql.FieldNode, field: Any) -> tuple[dict[str, Any], dict[str, Read]]:
    """The arguments that never change, and how the others are read."""
    given = {a.name.value: a.value for a in node.arguments or ()}
    fixed: dict[str, Any] = {}
    moving: dict[str, Read] = {}
    for name, argument in field.args.items():
        value = given.get(name)
        if value is None:
            if argument.default_value is not ql.Undefined:
                fixed[name] = argument.default_value
        elif _constant(value):
            fixed[name] = _literal(value, argument.type)
        else:
            moving[name] = _moving(value, argument.type, argument.default_value)
    return fixed, moving


def _constant(value: Any) -> bool:
    parts = [f.value for f in value.fields] if isinstance(value, ql.ObjectValueNode) else getattr(value, "values", ())
    return not isinstance(value, ql.VariableNode) and all(_constant(part) for part in parts)


def _literal(value: ql.ValueNode, kind: Any) -> Any:
    found = value_from_ast(value, kind)
    if found is ql.Undefined:
        raise Uncovered("a literal that is no value of its type")
    return found


def _moving(value: ql.ValueNode, kind: Any, default: Any = ql.Undefined) -> Read:
    """A value with variables in it; ql.Undefined where a variable that was not given leaves a hole."""
    if _constant(value):
        fixed = _literal(value, kind)
        return lambda _: fixed
    inner: Any = _inner(kind) if _required(kind) else kind
    if isinstance(value, ql.VariableNode):
        return _variable(value.name.value, default, required=_required(kind))
    if isinstance(inner, ql.GraphQLList):
        items = value.values if isinstance(value, ql.ListValueNode) else [value]
        return _list([_moving(v, _inner(inner)) for v in items])
    if isinstance(inner, ql.GraphQLInputObjectType) and isinstance(value, ql.ObjectValueNode):
        return _object(value, inner)
    raise Uncovered("a variable inside a scalar")


def _inner(kind: Any) -> Any:
    return kind.of_type


def _required(kind: object) -> bool:
    return isinstance(kind, ql.GraphQLNonNull)


def _variable(name: str, default: Any, *, required: bool) -> Read:
    def read(variables: Variables) -> Any:
        found = variables.get(name, default)
        if required and (found is None or found is ql.Undefined):
            raise Uncovered("a null where none may be")
        return found

    return read


def _list(items: list[Read]) -> Read:
    return lambda variables: [None if (v := item(variables)) is ql.Undefined else v for item in items]


def _object(value: ql.ObjectValueNode, kind: ql.GraphQLInputObjectType) -> Read:
    given = {f.name.value: f.value for f in value.fields}
    parts = {f.out_name or name: _moving(given[name], f.type, f.default_value) for name, f in kind.fields.items() if name in given}
    absent = {f.out_name or name: f.default_value for name, f in kind.fields.items() if name not in given and f.default_value is not ql.Undefined}

    def read(variables: Variables) -> dict[str, Any]:
        out = {name: v for name, part in parts.items() if (v := part(variables)) is not ql.Undefined}
        if kind.is_one_of and (len(out) != 1 or None in out.values()):
            raise Uncovered("oneOf")
        return out | absent

    return read
