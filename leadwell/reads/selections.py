"""What a selection asks for: fragments opened, equal response keys merged, @skip and @include decided."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from graphql import BooleanValueNode, FieldNode, FragmentDefinitionNode, FragmentSpreadNode, SelectionSetNode

Group = dict[str, list[FieldNode]]


class Uncovered(Exception):
    """This part of a document is the ordinary executor's; the reason is for whoever tunes documents."""


class Selections(NamedTuple):
    """Reads the selections of one document under one set of @skip and @include conditions."""

    fragments: Mapping[str, FragmentDefinitionNode]
    flags: Mapping[str, Any]

    def below(self, nodes: Iterable[FieldNode], kind: str = "") -> Iterator[tuple[str, str, list[FieldNode]]]:
        """Response key, field name and nodes of each field selected, in order. `kind` is the noun where fragments may be on others too."""
        for key, found in self.group([n.selection_set for n in nodes if n.selection_set], kind).items():
            yield key, found[0].name.value, found

    def group(self, sets: Iterable[SelectionSetNode], kind: str) -> Group:
        """CollectFields of the specification (section 6.3.2)."""
        out: Group = {}
        seen: set[str] = set()
        for selections in sets:
            self._collect(selections, kind, out, seen)
        return out

    def _collect(self, selections: SelectionSetNode, kind: str, out: Group, seen: set[str]) -> None:
        for node in selections.selections:
            if not self.wanted(node):
                continue
            if isinstance(node, FieldNode):
                out.setdefault(node.alias.value if node.alias else node.name.value, []).append(node)
                continue
            fragment: Any = node
            if isinstance(node, FragmentSpreadNode):
                if node.name.value in seen:
                    continue
                seen.add(node.name.value)
                fragment = self.fragments[node.name.value]
            on = fragment.type_condition
            if on is None or not kind or on.name.value in (kind, "Node"):  # Node is the only abstract type
                self._collect(fragment.selection_set, kind, out, seen)

    def wanted(self, node: Any) -> bool:
        """Whether @skip and @include leave it; what is deferred is read along; any other directive is not covered."""
        wanted = True
        for directive in node.directives or ():
            name = directive.name.value
            if name not in ("skip", "include", "defer"):
                raise Uncovered(f"@{name}")
            if name != "defer" and self._flag(directive.arguments[0].value) == (name == "skip"):
                wanted = False
        return wanted

    def _flag(self, value: Any) -> object:
        return value.value if isinstance(value, BooleanValueNode) else self.flags.get(value.name.value)
