"""What an operation costs, in points, by the sizes that its variables give."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from graphql import DocumentNode, OperationDefinitionNode

from api.costs import Costs
from api.counts import Count
from api.limits import LIMITS, Limits, Measure, too_much

VARIED = 32    # figures remembered of one operation


class Figures(NamedTuple):
    """An operation with its sizes known: points at most, of which `flat` are due whatever comes back, and the objects of an answer whose lists are full."""

    rows: int
    cost: int
    flat: int
    objects: int


class Price:
    """What an operation costs, by the sizes that its variables give. Each combination of sizes is worked out once."""

    def __init__(self, document: DocumentNode, node: OperationDefinitionNode, costs: Costs, limits: Limits = LIMITS) -> None:
        self.document, self.node, self.costs, self.limits = document, node, costs, limits
        self.defaults = {v.variable.name.value: v.default_value for v in node.variable_definitions or () if v.default_value is not None}
        self.counts: list[Count] | None = None
        self.known: dict[tuple[int | None, ...], Figures] = {}

    def of(self, variables: Mapping[str, Any]) -> Figures:
        """QueryTooComplex where the rows or points are more than one request may cost."""
        counts = self.counts if self.counts is not None else self._looked()
        given = {**self.defaults, **variables} if self.defaults and counts else variables
        key = tuple([count.of(given) for count in counts])
        figures = self.known.get(key) or self._figures(key)
        if figures.rows > self.limits.rows:
            raise too_much(figures.rows, "rows at most", self.limits.rows)
        if figures.cost > self.limits.cost:
            raise too_much(figures.cost, "points", self.limits.cost)
        return figures

    def _looked(self) -> list[Count]:
        """The lists whose length is in variables."""
        found = Measure(self.document, self.costs)
        found.operation(self.node)
        self.counts = [count for count in found.counts.values() if count.varies]
        return self.counts

    def _figures(self, key: tuple[int | None, ...]) -> Figures:
        found = Measure(self.document, self.costs, {count.place: size for count, size in zip(self.counts or (), key, strict=True)})
        size = found.operation(self.node)
        if len(self.known) >= VARIED:
            self.known.clear()
        figures = self.known[key] = Figures(size.rows, max(1, size.cost), min(size.flat, size.cost), size.objects + 2)
        return figures
