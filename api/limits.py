"""How much a document asks for, worked out once per fragment, so that the work is linear however fragments are chained."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    IntValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    StringValueNode,
    VariableNode,
)

from api.errors import QueryTooComplex

PAGES = {"nodes": (25, 200), "edges": (25, 200), "groups": (100, 1_000)}  # rows unless asked for, and at most
NO_PAGE = (1, 1)


@dataclass(frozen=True, slots=True)
class Limits:
    """What one document may ask for. `rows` is the product of page sizes along each branch, added up."""

    tokens: int = 5_000
    tokens_anonymous: int = 1_000
    depth: int = 15
    aliases: int = 30
    root_fields: int = 20
    directives: int = 50
    fields: int = 2_000
    rows: int = 100_000


LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Size:
    """What a selection adds up to with every fragment spread out; `paged` is the page whose nodes, edges or groups it selects."""

    depth: int = 0
    aliases: int = 0
    directives: int = 0
    fields: int = 0
    roots: int = 0
    rows: int = 0
    paged: tuple[int, int] = NO_PAGE


def measure(document: DocumentNode, limits: Limits = LIMITS) -> bool:
    """Raises QueryTooComplex when an operation asks for too much; else whether the document asks for the schema itself."""
    found = _Measure(document)
    for node in document.definitions:
        if isinstance(node, OperationDefinitionNode):
            _check(found.selection(node.selection_set), found.directives(node.directives), limits)
    return found.introspects


def nul_in(document: DocumentNode) -> bool:
    """Whether a string of the document contains NUL, which PostgreSQL cannot store."""
    from graphql import BREAK, Visitor, visit

    class Search(Visitor):
        found = False

        def enter_string_value(self, node: StringValueNode, *_: Any) -> Any:
            self.found = "\0" in node.value
            return BREAK if self.found else None

    search = Search()
    visit(document, search)
    return search.found


def _check(size: Size, directives: int, limits: Limits) -> None:
    found = {
        "levels deep": (size.depth, limits.depth), "aliases": (size.aliases, limits.aliases), "root fields": (size.roots, limits.root_fields),
        "directives": (size.directives + directives, limits.directives), "fields": (size.fields, limits.fields),
        "rows at most": (size.rows, limits.rows),
    }
    for what, (count, most) in found.items():
        if count > most:
            raise QueryTooComplex(problem=f"{count if count < 10**9 else 'more than a billion'} {what}, and {most} is the limit", what=what, limit=most)


class _Measure:
    def __init__(self, document: DocumentNode) -> None:
        self.fragments = {d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)}
        self.known: dict[str, Size] = {}
        self.introspects = False

    def selection(self, selection: SelectionSetNode | None) -> Size:
        return _sum(self.one(node) for node in selection.selections) if selection else Size()

    def one(self, node: Any) -> Size:
        own = self.directives(node.directives)
        if isinstance(node, FieldNode):
            return self.field(node, own)
        inner = self.fragment(node.name.value) if isinstance(node, FragmentSpreadNode) else self.selection(node.selection_set)
        return _with(inner, directives=inner.directives + own)

    def fragment(self, name: str) -> Size:
        """A fragment that contains itself counts as empty here; validation refuses it."""
        if name not in self.known:
            self.known[name] = Size()
            found = self.fragments.get(name)
            size = self.selection(found.selection_set) if found else Size()
            self.known[name] = _with(size, directives=size.directives + (self.directives(found.directives) if found else 0))
        return self.known[name]

    def field(self, node: FieldNode, directives: int) -> Size:
        name, inner = node.name.value, self.selection(node.selection_set)
        self.introspects = self.introspects or name in ("__schema", "__type")
        page = _page(node, inner.paged)
        return Size(
            depth=inner.depth + 1, aliases=inner.aliases + (node.alias is not None), directives=inner.directives + directives,
            fields=inner.fields + 1, roots=1, rows=inner.rows * page + (page if inner.paged != NO_PAGE else 0), paged=PAGES.get(name, NO_PAGE),
        )

    def directives(self, nodes: Iterable[Any] | None) -> int:
        return sum(1 for _ in nodes or ())


def _sum(sizes: Iterable[Size]) -> Size:
    total = Size()
    for s in sizes:
        total = Size(
            max(total.depth, s.depth), total.aliases + s.aliases, total.directives + s.directives, total.fields + s.fields,
            total.roots + s.roots, total.rows + s.rows, max(total.paged, s.paged))
    return total


def _with(size: Size, *, directives: int) -> Size:
    return Size(size.depth, size.aliases, directives, size.fields, size.roots, size.rows, size.paged)


def _page(node: FieldNode, paged: tuple[int, int]) -> int:
    """The page size asked for; a variable counts as the largest page."""
    usual, largest = paged if paged != NO_PAGE else PAGES["nodes"]
    for argument in node.arguments or ():
        if argument.name.value in ("first", "last"):
            if isinstance(argument.value, IntValueNode):
                return max(0, min(int(argument.value.value[:10]), largest)) or paged[0]
            return largest if isinstance(argument.value, VariableNode) else usual
    return paged[0]


def too_deep(value: object, most: int = 50) -> bool:
    """Whether JSON is nested deeper than `most`, without recursion; NUL in a text raises ValueError."""
    level: list[Any] = [value]
    for _ in range(most):
        following: list[Any] = []
        for item in level:
            if isinstance(item, str):
                if "\0" in item:
                    raise ValueError("a text contains NUL")
            elif isinstance(item, dict):
                following.extend(item)  # pyright: ignore[reportUnknownArgumentType]
                following.extend(item.values())  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]
            elif isinstance(item, list):
                following.extend(item)  # pyright: ignore[reportUnknownArgumentType]
        if not following:
            return False
        level = following
    return True


__all__ = ["LIMITS", "Limits", "measure", "nul_in", "too_deep"]
