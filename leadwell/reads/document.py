"""An operation of a validated document, prepared: its variables, the arguments in it, and what of them changes the SQL."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import graphql as ql

from leadwell.base.refusals import Refusal
from leadwell.reads.arguments import Arguments, arguments
from leadwell.reads.coercion import Coerce, coercer, get_named_type, type_from_ast, value_from_ast
from leadwell.reads.selections import Uncovered
from leadwell.reads.shapes import shape_of

DOUBTFUL = (ValueError, TypeError, KeyError, AttributeError, ql.GraphQLError, Uncovered, Refusal, RecursionError)


@dataclass(frozen=True, slots=True)
class Call:
    """A field with arguments: the ones that never change with their shape, or how to read them from variables."""

    fixed: dict[str, Any]
    moving: Arguments | None
    shape: tuple[object, ...] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """What one request asks of an operation: arguments by call, conditions by variable, and the key of its plan."""

    calls: list[dict[str, Any]]
    flags: Mapping[str, Any]
    shape: tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Variable:
    name: str
    coerce: Coerce
    default: Any
    required: bool


class Operation:
    """A query, ready to be asked."""

    def __init__(self, schema: ql.GraphQLSchema, document: ql.DocumentNode, node: ql.OperationDefinitionNode) -> None:
        self.schema, self.node = schema, node
        self.fragments = {d.name.value: d for d in document.definitions if isinstance(d, ql.FragmentDefinitionNode)}
        self.calls: list[Call] = []
        self.call_of: dict[int, int] = {}
        self.flags: list[str] = []
        self.variables = [_variable(schema, v) for v in node.variable_definitions or ()]
        _Walk(schema, self).operation()

    @classmethod
    def of(cls, schema: ql.GraphQLSchema, document: ql.DocumentNode, node: ql.OperationDefinitionNode) -> "Operation | None":
        """None for what is no query, or holds something that only the executor knows."""
        if node.operation is not ql.OperationType.QUERY or node.directives:
            return None
        try:
            return cls(schema, document, node)
        except DOUBTFUL:
            return None

    def ask(self, inputs: Mapping[str, Any]) -> Asked | None:
        """None when a variable is not plainly right: then the executor says so."""
        try:
            variables = self._coerced(inputs)
            calls = [c.fixed if c.moving is None else c.moving(variables) for c in self.calls]
        except DOUBTFUL:
            return None
        flags = {name: variables.get(name) for name in self.flags}
        shapes = [c.shape if c.moving is None else shape_of(calls[i]) for i, c in enumerate(self.calls)]
        return Asked(calls, flags, (*flags.values(), *shapes))

    def _coerced(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        out: dict[str, Any] = {}
        for v in self.variables:
            if v.name in inputs:
                out[v.name] = v.coerce(inputs[v.name])
            elif v.default is not ql.Undefined:
                out[v.name] = v.default
            elif v.required:
                raise Uncovered("a missing variable")
        return out

    def only(self, nodes: list[ql.FieldNode]) -> ql.DocumentNode:
        """The same operation with nothing but these root fields."""
        op = ql.OperationDefinitionNode(
            operation=self.node.operation, name=self.node.name, variable_definitions=self.node.variable_definitions, directives=(),
            selection_set=ql.SelectionSetNode(selections=tuple(nodes)))  # fmt: skip
        return ql.DocumentNode(definitions=(op, *self.fragments.values()))


def _variable(schema: ql.GraphQLSchema, node: Any) -> Variable:
    kind: Any = type_from_ast(schema, node.type)
    default = ql.Undefined if node.default_value is None else value_from_ast(node.default_value, kind)
    return Variable(node.variable.name.value, coercer(kind), default, node.type.kind == "non_null_type")


@dataclass
class _Walk:
    """Finds every field with arguments and every variable that decides a selection."""

    schema: ql.GraphQLSchema
    out: Operation
    seen: set[str] = field(default_factory=set[str])

    def operation(self) -> None:
        self.selections(self.out.node.selection_set, self.schema.query_type)

    def selections(self, found: ql.SelectionSetNode, on: Any) -> None:
        for node in found.selections:
            self.conditions(node)
            if isinstance(node, ql.FieldNode):
                self.field(node, on)
            elif isinstance(node, ql.InlineFragmentNode):
                self.selections(node.selection_set, self.type(node.type_condition) if node.type_condition else on)
            elif isinstance(node, ql.FragmentSpreadNode) and node.name.value not in self.seen:
                self.seen.add(node.name.value)
                fragment = self.out.fragments[node.name.value]
                self.selections(fragment.selection_set, self.type(fragment.type_condition))

    def type(self, condition: Any) -> Any:
        return self.schema.get_type(condition.name.value)

    def conditions(self, node: Any) -> None:
        for directive in node.directives or ():
            for a in directive.arguments or ():
                if isinstance(a.value, ql.VariableNode) and a.value.name.value not in self.out.flags:
                    self.out.flags.append(a.value.name.value)

    def field(self, node: ql.FieldNode, on: Any) -> None:
        definition: Any = getattr(on, "fields", {}).get(node.name.value)
        if definition is None:  # __typename and introspection
            return
        if definition.args:
            fixed, moving = arguments(node, definition)
            self.out.call_of[id(node)] = len(self.out.calls)
            call = Call(fixed, moving)
            self.out.calls.append(call if moving else replace(call, shape=shape_of(fixed)))
        if node.selection_set:
            self.selections(node.selection_set, get_named_type(definition.type))


