"""The part of a schema that a document mentions, as text: what a worker needs to read it, in a few hundred bytes."""

from collections.abc import Iterator
from typing import Any

import graphql as ql

named: Any = vars(ql)["get_named_type"]
BUILT_IN = frozenset({"Int", "Float", "String", "Boolean", "ID"})


def mentioned(schema: ql.GraphQLSchema, document: ql.DocumentNode) -> str:
    """The types of a valid document whose arguments are literals: of each only the fields, arguments and input fields that are used. Enums are scalars:
    their values were checked."""
    found = _Mentioned(schema)
    for node in document.definitions:
        if isinstance(node, ql.OperationDefinitionNode):
            found.selection(node.selection_set, schema.query_type)
        elif isinstance(node, ql.FragmentDefinitionNode):
            found.selection(node.selection_set, schema.type_map[node.type_condition.name.value])
    return "\n".join(found.lines())


class _Mentioned:
    def __init__(self, schema: ql.GraphQLSchema) -> None:
        self.schema = schema
        self.fields: dict[str, dict[str, dict[str, str]]] = {}
        self.types: dict[str, dict[str, str]] = {}
        self.inputs: dict[str, dict[str, str]] = {}
        self.scalars: set[str] = set()

    def selection(self, selection: ql.SelectionSetNode, on: Any) -> None:
        for node in selection.selections:
            if isinstance(node, ql.FieldNode):
                definition = getattr(on, "fields", {}).get(node.name.value)
                if definition is not None:
                    self.field(on, node, definition)
            elif isinstance(node, ql.InlineFragmentNode):
                self.selection(node.selection_set, self.schema.type_map[node.type_condition.name.value] if node.type_condition else on)

    def field(self, on: Any, node: ql.FieldNode, definition: Any) -> None:
        self.types.setdefault(on.name, {})[node.name.value] = str(definition.type)
        arguments = self.fields.setdefault(on.name, {}).setdefault(node.name.value, {})
        for argument in node.arguments or ():
            kind = definition.args[argument.name.value].type
            arguments[argument.name.value] = str(kind)
            self.value(argument.value, named(kind))
        kind = named(definition.type)
        if node.selection_set:
            self.types.setdefault(kind.name, {})
            self.selection(node.selection_set, kind)
        else:
            self.scalars.add(kind.name)

    def value(self, value: Any, kind: Any) -> None:
        if not ql.is_input_object_type(kind):
            self.scalars.add(kind.name)
            return
        fields = self.inputs.setdefault(kind.name, {})
        for item in value.values if isinstance(value, ql.ListValueNode) else [value]:
            for given in getattr(item, "fields", ()):
                of = kind.fields[given.name.value].type
                fields[given.name.value] = str(of)
                self.value(given.value, named(of))

    def lines(self) -> Iterator[str]:
        self.types.setdefault("Node", {})
        for name, fields in sorted(self.types.items()):
            word = "interface" if name == "Node" else "type"
            yield f"{word} {name} {{ {' '.join(self._shown(name, field, kind) for field, kind in (fields or {'id': 'ID!'}).items())} }}"
        for name, given in sorted(self.inputs.items()):
            yield f"input {name} {{ {' '.join(f'{field}: {kind}' for field, kind in (given or {'_': 'ID'}).items())} }}"
        yield from (f"scalar {name}" for name in sorted(self.scalars - BUILT_IN - self.types.keys()))

    def _shown(self, on: str, field: str, kind: str) -> str:
        given = self.fields.get(on, {}).get(field, {})
        arguments = f"({', '.join(f'{name}: {of}' for name, of in given.items())})" if given else ""
        return f"{field}{arguments}: {kind}"
