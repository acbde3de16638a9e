"""How much a document asks for, worked out once per fragment, so that the work is linear however fragments are chained."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    OperationDefinitionNode,
    SelectionSetNode,
    StringValueNode,
)

from api.costs import SOME, Costs, Rule
from api.counts import Count
from api.errors import QueryTooComplex
from leadwell.base.settings import Settings


@dataclass(frozen=True, slots=True)
class Limits:
    """What one document may ask for. `rows` is the product of page sizes along each branch, added up; `cost` is in points."""

    tokens: int = 5_000
    tokens_anonymous: int = 1_000
    depth: int = 15
    aliases: int = 30
    root_fields: int = 20
    directives: int = 50
    fields: int = 2_000
    rows: int = 100_000
    cost: int = 50_000

    @classmethod
    def of(cls, s: Settings) -> "Limits":
        return cls(
            s.document_tokens, s.document_tokens_anonymous, s.document_depth, s.document_aliases, s.document_root_fields, s.document_directives,
            s.document_fields, s.document_rows, s.cost_limit)


LIMITS = Limits()


class Size(NamedTuple):
    """What a selection adds up to with every fragment spread out. What is `held` is as often there as the field above says."""

    depth: int = 0
    aliases: int = 0
    directives: int = 0
    fields: int = 0
    roots: int = 0
    rows: int = 0
    cost: int = 0
    objects: int = 0
    held_rows: int = 0
    held_cost: int = 0
    held_objects: int = 0
    flat: int = 0


NOTHING = Size()


def measure(document: DocumentNode, costs: Costs, limits: Limits = LIMITS) -> bool:
    """Raises QueryTooComplex when an operation has too much in it; else whether the document asks for the schema itself.
    Rows and points depend on variables: `Price` knows them."""
    found = Measure(document, costs)
    for node in found.operations:
        _check(found.operation(node), found.directives(node.directives), limits)
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
    }
    for what, (count, most) in found.items():
        if count > most:
            raise too_much(count, what, most)


def too_much(count: int, what: str, most: int) -> QueryTooComplex:
    return QueryTooComplex(problem=f"{count if count < 10**9 else 'more than a billion'} {what}, and {most} is the limit", what=what, limit=most)


class Measure:
    """Looks at one document. `sizes`: the lengths of lists that variables say, by place; without them as `counts` notes."""

    def __init__(self, document: DocumentNode, costs: Costs, sizes: Mapping[tuple[int, str], int | None] | None = None) -> None:
        self.fragments = {d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)}
        self.operations = [d for d in document.definitions if isinstance(d, OperationDefinitionNode)]
        self.costs, self.sizes = costs, sizes or {}
        self.known: dict[str, Size] = {}
        self.counts: dict[tuple[int, str], Count] = {}
        self.introspects = False

    def operation(self, node: OperationDefinitionNode) -> Size:
        return self.selection(node.selection_set, self.costs.schema.get_root_type(node.operation))

    def selection(self, selection: SelectionSetNode | None, on: Any) -> Size:
        return _sum(self.one(node, on) for node in selection.selections) if selection else NOTHING

    def one(self, node: Any, on: Any) -> Size:
        own = self.directives(node.directives)
        if isinstance(node, FieldNode):
            return self.field(node, own, on)
        inner = self.fragment(node.name.value) if isinstance(node, FragmentSpreadNode) else self.selection(node.selection_set, self.type(node, on))
        return inner._replace(directives=inner.directives + own) if own else inner

    def fragment(self, name: str) -> Size:
        """A fragment that contains itself counts as empty here; validation refuses it."""
        if name not in self.known:
            self.known[name] = NOTHING
            if found := self.fragments.get(name):
                size = self.selection(found.selection_set, self.type(found, None))
                self.known[name] = size._replace(directives=size.directives + self.directives(found.directives))
        return self.known[name]

    def type(self, node: Any, on: Any) -> Any:
        return self.costs.schema.get_type(node.type_condition.name.value) if node.type_condition else on

    def field(self, node: FieldNode, directives: int, on: Any) -> Size:
        name = node.name.value
        rule = self.costs.rule(on, name)
        inner = self.selection(node.selection_set, rule.below) if node.selection_set else NOTHING
        self.introspects = self.introspects or name in ("__schema", "__type")
        depth, aliases, directives = inner.depth + 1, inner.aliases + (node.alias is not None), inner.directives + directives
        own = rule.weight + self.added(node, on)
        if on is self.costs.schema.query_type and name.startswith("__") and node.selection_set:    # the schema is charged as a whole
            return Size(depth, aliases, directives, inner.fields + 1, 1, 0, own, inner.objects, flat=own)
        if rule.leaf and not node.selection_set:
            return Size(depth, aliases, directives, 1, 1, 0, own, 0, flat=own)
        rows, cost, objects, flat = self.grown(node, rule, inner, own)
        if rule.held:
            return Size(depth, aliases, directives, inner.fields + 1, 1, 0, 0, 0, rows + 1, cost, objects)
        return Size(depth, aliases, directives, inner.fields + 1, 1, rows, cost, objects, flat=flat)

    def grown(self, node: FieldNode, rule: Rule, inner: Size, own: int) -> tuple[int, int, int, int]:
        """Rows, points, objects, and the points that are due anyway, of a field with what is below it."""
        held = self.size(node, rule)
        if rule.size is not None and not rule.size.fields:
            return held * (inner.rows + 1), held * (own + inner.cost), held * (inner.objects + 1), 0
        return inner.rows + held * inner.held_rows, own + inner.cost + held * inner.held_cost, 1 + inner.objects + held * inner.held_objects, own

    def size(self, node: FieldNode, rule: Rule) -> int:
        """How long the list is that the field is or holds."""
        if rule.size is None:
            return SOME
        found = self.count(node, "", rule.size.arguments, rule.size.most, total=rule.size.fields != () and "." in "".join(rule.size.arguments))
        return rule.size.assumed if found is None else found

    def added(self, node: FieldNode, on: Any) -> int:
        """What its arguments cost: some weigh, and each element of a list in a mutation's input."""
        if not node.arguments:
            return 0
        weights = sum(self.costs.argument(on, a.name.value) for a in node.arguments)
        lists = self.costs.elements(on, node.name.value)
        return weights + (self.count(node, "elements", tuple(f"input.{n}" for n in lists), 100_000, total=True) or 0) if lists else weights

    def count(self, node: FieldNode, kind: str, paths: tuple[str, ...], most: int, *, total: bool) -> int | None:
        place = (id(node), kind)
        if place in self.sizes:
            return self.sizes[place]
        given = {a.name.value: a.value for a in node.arguments or ()}
        split = [path.split(".") for path in paths]
        ways = [(given[first], tuple(rest)) for first, *rest in split if first in given]
        if not ways:
            return None
        count = self.counts[place] = Count(place, ways, most, total=total)
        return count.of({})

    def directives(self, nodes: Iterable[Any] | None) -> int:
        return len(nodes) if isinstance(nodes, (list, tuple)) else 0  # pyright: ignore[reportUnknownArgumentType]


def _sum(sizes: Iterator[Size]) -> Size:
    total = list(NOTHING)
    depth = 0
    for size in sizes:
        depth = max(depth, size.depth)
        for i, n in enumerate(size):
            total[i] += n
    return Size(depth, *total[1:])


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


__all__ = ["LIMITS", "Limits", "Measure", "measure", "nul_in", "too_deep", "too_much"]
