"""An operation of a validated document, prepared: its variables, the arguments in it, and what of them changes the SQL."""

from collections.abc import Mapping
from itertools import count
from typing import Any, NamedTuple

import graphql as ql

from leadwell.base.refusals import Refusal
from leadwell.reads.inputs import Coerce, Read, arguments, coercer, get_named_type, type_from_ast, value_from_ast
from leadwell.reads.selections import Selections, Uncovered
from leadwell.reads.shapes import shape_of

DOUBTFUL = (ValueError, TypeError, KeyError, AttributeError, ql.GraphQLError, Uncovered, Refusal, RecursionError)
_numbers = count()  # an operation's number stands for it where it shall not be kept alive


class Call(NamedTuple):
    """A field with arguments: the ones that never change, with their shape, and how the others are read from variables."""

    fixed: dict[str, Any]
    shape: tuple[object, ...]
    moving: dict[str, Read]

    def asked(self, variables: Mapping[str, Any]) -> tuple[dict[str, Any], tuple[object, ...]]:
        """All arguments, and the shape of them."""
        if not self.moving:
            return self.fixed, self.shape
        moved = {name: value for name, read in self.moving.items() if (value := read(variables)) is not ql.Undefined}
        return {**self.fixed, **moved}, (*self.shape, *shape_of(moved))


class Asked(NamedTuple):
    """What one request asks of an operation: arguments by call, conditions by variable, and the key of its plan."""

    calls: list[dict[str, Any]]
    flags: Mapping[str, Any]
    shape: tuple[object, ...]


class Variable(NamedTuple):
    name: str
    coerce: Coerce
    default: Any
    required: bool


class Operation:
    """A query or subscription, ready to be asked."""

    def __init__(self, schema: ql.GraphQLSchema, document: ql.DocumentNode, node: ql.OperationDefinitionNode) -> None:
        self.schema, self.node, self.number = schema, node, next(_numbers)
        self.fragments = {d.name.value: d for d in document.definitions if isinstance(d, ql.FragmentDefinitionNode)}
        self.calls: list[Call] = []
        self.call_of: dict[int, int] = {}
        self.flags: list[str] = []
        self.variables = [_variable(schema, v) for v in node.variable_definitions or ()]
        self.root: Any = schema.get_root_type(node.operation)
        self._look(node.selection_set, self.root, set())

    @classmethod
    def of(cls, schema: ql.GraphQLSchema, document: ql.DocumentNode, node: ql.OperationDefinitionNode) -> "Operation | None":
        """None for a mutation, and for what holds something that only the executor knows."""
        if node.operation is ql.OperationType.MUTATION or node.directives:
            return None
        try:
            return cls(schema, document, node)
        except DOUBTFUL:
            return None

    def ask(self, inputs: Mapping[str, Any]) -> Asked | None:
        """None when a variable is not plainly right: then the executor says so."""
        try:
            variables = self._coerced(inputs)
            calls = [call.asked(variables) for call in self.calls]
        except DOUBTFUL:
            return None
        flags = {name: variables.get(name) for name in self.flags}
        if None in flags.values():
            return None
        return Asked([given for given, _ in calls], flags, (*flags.values(), *[shape for _, shape in calls]))

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

    def roots(self, asked: Asked) -> dict[str, list[ql.FieldNode]]:
        return Selections(self.fragments, asked.flags).group([self.node.selection_set], self.root.name)

    def only(self, nodes: list[ql.FieldNode]) -> ql.DocumentNode:
        """The same operation with nothing but these root fields."""
        op = ql.OperationDefinitionNode(
            operation=self.node.operation, name=self.node.name, variable_definitions=self.node.variable_definitions, directives=(),
            selection_set=ql.SelectionSetNode(selections=tuple(nodes)))  # fmt: skip
        return ql.DocumentNode(definitions=(op, *self.fragments.values()))

    def _look(self, found: ql.SelectionSetNode, on: Any, seen: set[str]) -> None:
        """Notes every field with arguments and every variable that decides a selection."""
        for node in found.selections:
            self._flags(node)
            if isinstance(node, ql.FieldNode):
                definition: Any = getattr(on, "fields", {}).get(node.name.value)
                if definition is None:  # __typename and introspection
                    continue
                if definition.args:
                    self._call(node, definition)
                if node.selection_set:
                    self._look(node.selection_set, get_named_type(definition.type), seen)
            elif isinstance(node, ql.InlineFragmentNode):
                self._look(node.selection_set, self._type(node.type_condition) if node.type_condition else on, seen)
            elif isinstance(node, ql.FragmentSpreadNode) and node.name.value not in seen:
                seen.add(node.name.value)
                fragment = self.fragments[node.name.value]
                self._look(fragment.selection_set, self._type(fragment.type_condition), seen)

    def _type(self, condition: ql.NamedTypeNode) -> Any:
        return self.schema.get_type(condition.name.value)

    def _flags(self, node: ql.SelectionNode) -> None:
        for directive in node.directives or ():
            for a in directive.arguments or ():
                if isinstance(a.value, ql.VariableNode) and a.value.name.value not in self.flags:
                    self.flags.append(a.value.name.value)

    def _call(self, node: ql.FieldNode, definition: Any) -> None:
        fixed, moving = arguments(node, definition)
        self.call_of[id(node)] = len(self.calls)
        self.calls.append(Call(fixed, shape_of(fixed), moving))


def _variable(schema: ql.GraphQLSchema, node: Any) -> Variable:
    kind: Any = type_from_ast(schema, node.type)
    default = ql.Undefined if node.default_value is None else value_from_ast(node.default_value, kind)
    return Variable(node.variable.name.value, coercer(kind), default, node.type.kind == "non_null_type")
