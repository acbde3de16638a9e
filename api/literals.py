"""Lifts the literals out of a document, so that texts which differ in nothing else are one document with variables.

The text's key is found by one regular expression, without parsing; where each literal stands in the parsed document is
known from their order. What is a size, a default, a directive's or inside of a scalar stays part of the document.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import graphql as ql

from leadwell.reads.inputs import get_named_type

parse_type: Any = vars(ql)["parse_type"]  # partly untyped in the library
LIFTED = "_lifted_"
KEPT = r'(?:first|last)\s*:\s*-?\d+|[_A-Za-z]\w*|#[^\n\r]*|"""(?:\\"""|[^"]|"(?!""))*"""'
STRING = r'"(?:[^"\\\n\r]|\\.)*"'
NUMBER = r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?"
ITEMS = re.compile(f"{STRING}|{NUMBER}")
TOKENS = re.compile(rf"({KEPT})|({STRING}|{NUMBER})|(\[[\s,]*(?:(?:{STRING}|{NUMBER})[\s,]*)+\])")
SIZES = ("first", "last")
Scalar = ql.IntValueNode | ql.FloatValueNode | ql.StringValueNode


def lift(text: str) -> tuple[str, list[Any]]:
    """What documents that differ only in literals have in common, and the literals in order; ValueError for an unusual string."""
    values: list[Any] = []

    def found(match: re.Match[str]) -> str:
        kept, one, _ = match.groups()
        if kept is not None:
            return kept
        items = [_read(item) for item in ITEMS.findall(match[0])]
        values.append(items if one is None else items[0])
        return f"\0{'' if one else 'list '}{'|'.join(sorted({type(item).__name__ for item in items}))}"

    return TOKENS.sub(found, text), values


def _read(literal: str) -> Any:
    value = json.loads(literal)
    if isinstance(value, str) and "\0" in value:
        raise ValueError("a text contains NUL")
    return value


@dataclass(frozen=True, slots=True)
class Lifted:
    """A document with variables for its literals. `places`: the literal's variable, or its value where it must stay."""

    node: ql.DocumentNode
    places: Sequence[tuple[str | None, Any]]

    def variables(self, values: Sequence[Any]) -> dict[str, Any] | None:
        """The literals of another text as variables; None if it differs in one that is part of the document."""
        out: dict[str, Any] = {}
        for (name, fixed), value in zip(self.places, values, strict=True):
            if name is not None:
                out[name] = value
            elif fixed != value:
                return None
        return out


def lifted(schema: ql.GraphQLSchema, document: ql.DocumentNode, values: Sequence[Any]) -> Lifted | None:
    """A validated document with its literals lifted; None if their places cannot be told."""
    if not values:
        return Lifted(document, ())
    work = _Lift(schema)
    definitions = [work.definition(d) for d in document.definitions]
    if len(work.seen) != len(values) or any(LIFTED in d for d in work.declared):
        return None
    added = tuple(_declare(name, kind) for name, kind in work.kinds.items())
    with_variables = [_with(d, variable_definitions=(*(d.variable_definitions or ()), *added)) if _is_operation(d) else d for d in definitions]
    places = [(name, None if name else value) for name, value in zip(work.seen, values, strict=True)]
    return Lifted(ql.DocumentNode(definitions=tuple(with_variables)), places)


def _is_operation(node: Any) -> bool:
    return isinstance(node, ql.OperationDefinitionNode)


def _declare(name: str, kind: Any) -> Any:
    return ql.VariableDefinitionNode(variable=ql.VariableNode(name=ql.NameNode(value=name)), type=parse_type(str(kind), no_location=True), directives=())


def _with(node: Any, **changes: Any) -> Any:
    """A copy of a node with some parts replaced."""
    return type(node)(**{key: changes.get(key, getattr(node, key, None)) for key in node.keys if key != "loc"})


@dataclass
class _Lift:
    """Walks a document in the order of its text."""

    schema: ql.GraphQLSchema
    seen: list[str | None] = field(default_factory=list[str | None])
    kinds: dict[str, Any] = field(default_factory=dict[str, Any])
    declared: list[str] = field(default_factory=list[str])

    def definition(self, node: Any) -> Any:
        if _is_operation(node):
            for v in node.variable_definitions or ():
                self.declared.append(v.variable.name.value)
                self.keep(v.default_value, *(v.directives or ()))
            on = self.schema.get_root_type(node.operation)
        else:
            on = self.schema.get_type(node.type_condition.name.value)
        self.keep(*(node.directives or ()))
        return _with(node, selection_set=self.selections(node.selection_set, on))

    def selections(self, found: ql.SelectionSetNode, on: Any) -> ql.SelectionSetNode:
        return ql.SelectionSetNode(selections=tuple(self.selection(node, on) for node in found.selections))

    def selection(self, node: Any, on: Any) -> Any:
        if isinstance(node, ql.FragmentSpreadNode):
            self.keep(*(node.directives or ()))
            return node
        if isinstance(node, ql.InlineFragmentNode):
            self.keep(*(node.directives or ()))
            under = self.schema.get_type(node.type_condition.name.value) if node.type_condition else on
            return _with(node, selection_set=self.selections(node.selection_set, under))
        known: Mapping[str, Any] = getattr(on, "fields", {})
        definition = known.get(node.name.value)
        if definition is None:
            self.keep(*(node.arguments or ()), *(node.directives or ()))
            return _with(node, selection_set=node.selection_set and self.selections(node.selection_set, None))
        given = tuple(_with(a, value=self.value(a.value, definition.args[a.name.value].type, a.name.value)) for a in node.arguments or ())
        self.keep(*(node.directives or ()))
        return _with(node, arguments=given, selection_set=node.selection_set and self.selections(node.selection_set, get_named_type(definition.type)))

    def value(self, node: Any, kind: Any, name: str) -> Any:
        """A value with variables in place of its literals."""
        inner: Any = _of(kind) if isinstance(kind, ql.GraphQLNonNull) else kind
        if isinstance(node, ql.ListValueNode) and isinstance(inner, ql.GraphQLList) and not _literal(node, name):
            return _with(node, values=tuple(self.value(v, _of(inner), "") for v in node.values))
        item = get_named_type(inner)
        if isinstance(node, ql.ObjectValueNode) and isinstance(item, ql.GraphQLInputObjectType) and not isinstance(inner, ql.GraphQLList):
            return _with(node, fields=tuple(_with(f, value=self.value(f.value, item.fields[f.name.value].type, f.name.value)) for f in node.fields))
        if not _literal(node, name):
            self.seen += [None for _ in _literals(node, name)]
            return node
        variable = f"{LIFTED}{len(self.seen)}"
        self.seen.append(variable)
        self.kinds[variable] = kind
        return ql.VariableNode(name=ql.NameNode(value=variable))

    def keep(self, *nodes: Any) -> None:
        """Literals that stay where they are."""
        for node in nodes:
            self.seen += [None for _ in _literals(node)]


def _of(kind: Any) -> Any:
    return kind.of_type


def _literal(node: Any, name: str) -> bool:
    """What the regular expression lifts."""
    if isinstance(node, ql.ListValueNode):
        return bool(node.values) and all(isinstance(v, Scalar) and _literal(v, "") for v in node.values)
    if isinstance(node, ql.StringValueNode):
        return not node.block
    return isinstance(node, ql.FloatValueNode) or (isinstance(node, ql.IntValueNode) and name not in SIZES)


def _literals(node: Any, name: str = "") -> Iterator[Any]:
    if node is None or _literal(node, name):
        yield from [] if node is None else [node]
    elif isinstance(node, ql.ListValueNode):
        for v in node.values:
            yield from _literals(v)
    elif isinstance(node, ql.ObjectValueNode):
        for f in node.fields:
            yield from _literals(f.value, f.name.value)
    elif isinstance(node, ql.ArgumentNode):
        yield from _literals(node.value, node.name.value)
    elif isinstance(node, ql.DirectiveNode):
        for a in node.arguments or ():
            yield from _literals(a)
