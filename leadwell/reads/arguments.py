"""Arguments of a field as a function of the request's coerced variables, worked out once per document."""

from collections.abc import Callable, Mapping
from typing import Any

import graphql as ql

from leadwell.reads.coercion import value_from_ast
from leadwell.reads.selections import Uncovered

Variables = Mapping[str, Any]
Arguments = Callable[[Variables], dict[str, Any]]


def arguments(node: ql.FieldNode, field: Any) -> tuple[dict[str, Any], Arguments | None]:
    """The arguments that never change, and a function for all of them if some do."""
    given = {a.name.value: a.value for a in node.arguments or ()}
    fixed: dict[str, Any] = {}
    moving: dict[str, Callable[[Variables], Any]] = {}
    for name, argument in field.args.items():
        value = given.get(name)
        if value is None:
            if argument.default_value is not ql.Undefined:
                fixed[name] = argument.default_value
        elif _constant(value):
            fixed[name] = _literal(value, argument.type)
        else:
            moving[name] = _moving(value, argument.type, argument.default_value)
    if not moving:
        return fixed, None

    def run(variables: Variables) -> dict[str, Any]:
        out = dict(fixed)
        for name, read in moving.items():
            value = read(variables)
            if value is not ql.Undefined:
                out[name] = value
        return out

    return fixed, run


def _required(kind: object) -> bool:
    return isinstance(kind, ql.GraphQLNonNull)


def _is_list(kind: object) -> bool:
    return isinstance(kind, ql.GraphQLList)


def _constant(value: ql.ValueNode) -> bool:
    if isinstance(value, ql.ListValueNode):
        return all(_constant(v) for v in value.values)
    if isinstance(value, ql.ObjectValueNode):
        return all(_constant(f.value) for f in value.fields)
    return not isinstance(value, ql.VariableNode)


def _literal(value: ql.ValueNode, kind: Any) -> Any:
    found = value_from_ast(value, kind)
    if found is ql.Undefined:
        raise Uncovered("a literal that is no value of its type")
    return found


def _moving(value: ql.ValueNode, kind: Any, default: Any = ql.Undefined) -> Callable[[Variables], Any]:
    """A value with variables in it; ql.Undefined where a variable that was not given leaves a hole."""
    if _constant(value):
        fixed = _literal(value, kind)
        return lambda _: fixed
    required = _required(kind)
    inner: Any = kind.of_type if required else kind
    if isinstance(value, ql.VariableNode):
        return _variable(value.name.value, default, required=required)
    if _is_list(inner):
        item: Any = inner.of_type
        items = value.values if isinstance(value, ql.ListValueNode) else [value]
        return _list([_moving(v, item) for v in items], required=_required(item))
    if isinstance(inner, ql.GraphQLInputObjectType) and isinstance(value, ql.ObjectValueNode):
        return _object(value, inner)
    raise Uncovered("a variable inside a scalar")


def _variable(name: str, default: Any, *, required: bool) -> Callable[[Variables], Any]:
    def read(variables: Variables) -> Any:
        found = variables.get(name, default)
        if required and (found is None or found is ql.Undefined):
            raise Uncovered("a null where none may be")
        return found

    return read


def _list(items: list[Callable[[Variables], Any]], *, required: bool) -> Callable[[Variables], Any]:
    def read(variables: Variables) -> list[Any]:
        found = [None if (v := item(variables)) is ql.Undefined else v for item in items]
        if required and None in found:
            raise Uncovered("a null where none may be")
        return found

    return read


def _object(value: ql.ObjectValueNode, kind: ql.GraphQLInputObjectType) -> Callable[[Variables], Any]:
    given = {f.name.value: f.value for f in value.fields}
    parts = {f.out_name or name: _moving(given[name], f.type, f.default_value) for name, f in kind.fields.items() if name in given}
    absent = {f.out_name or name: f.default_value for name, f in kind.fields.items() if name not in given and f.default_value is not ql.Undefined}

    def read(variables: Variables) -> dict[str, Any]:
        out = {name: v for name, part in parts.items() if (v := part(variables)) is not ql.Undefined}
        if kind.is_one_of and (len(out) != 1 or None in out.values()):
            raise Uncovered("oneOf")
        return out | absent

    return read


