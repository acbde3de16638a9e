"""What a predictor knows, and the chance it gives: a sum of parts, one a feature. Pure, and without any library."""

import math
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import msgspec

UNIT = 10_000   # log-odds are counted in ten-thousandths, so that parts add up exactly
Example = Mapping[str, Any]


class Feature(msgspec.Struct, frozen=True):
    """One feature cut into cells: values in `common` each have a cell of their own, other numbers one between `edges`, other texts `levels`.
    `weights` has one more than there are cells, for what was never seen; `missing` is the weight where there is no value."""

    name: str
    kind: Literal["NUMBER", "TEXT"]
    common: list[float]
    edges: list[float]
    levels: list[str]
    weights: list[int]
    missing: int

    def cell(self, value: Any) -> int | None:
        """Which cell a value falls into; None: it is missing."""
        if value is None or value == "":
            return None
        if self.kind == "TEXT":
            text = str(value)
            return self.levels.index(text) if text in self.levels else len(self.levels)
        number = float(value)
        return self.common.index(number) if number in self.common else len(self.common) + bisect_right(self.edges, number)

    def weight(self, cell: int | None) -> int:
        return self.missing if cell is None else self.weights[min(cell, len(self.weights) - 1)]


class Pair(msgspec.Struct, frozen=True):
    """What two features tell together beyond what each tells alone, by "cell:cell"; a cell that is missing is -1."""

    first: int
    second: int
    weights: dict[str, int]


class Learnt(msgspec.Struct, frozen=True):
    """A predictor: the log-odds of `base` and of each feature's cell, turned into a chance by `slope` and `offset`, or by steps."""

    base: int
    features: list[Feature]
    pairs: list[Pair] = []
    slope: float = 1.0
    offset: float = 0.0
    steps: list[tuple[float, float]] = []


class Part(msgspec.Struct, frozen=True):
    """What one feature adds to the log-odds, in ten-thousandths."""

    feature: str
    value: Any
    weight: int


class Told(msgspec.Struct, frozen=True):
    """A chance in percent, 1 to 99, and its parts: base and parts add up to exactly `log_odds` (ten-thousandths)."""

    percent: int
    chance: float
    log_odds: int
    base: int
    parts: list[Part]


def tell(learnt: Learnt, example: Example) -> Told:
    """The chance of one lead."""
    cells = [f.cell(example.get(f.name)) for f in learnt.features]
    parts = [Part(f.name, example.get(f.name), f.weight(cell)) for f, cell in zip(learnt.features, cells, strict=True)]
    for pair in learnt.pairs:
        a, b = learnt.features[pair.first], learnt.features[pair.second]
        weight = pair.weights.get(key(cells[pair.first], cells[pair.second]), 0)
        parts.append(Part(f"{a.name} and {b.name}", None, weight))
    total = learnt.base + sum(p.weight for p in parts)
    chance = calibrated(learnt, total / UNIT)
    return Told(max(1, min(99, math.floor(chance * 100 + 0.5))), chance, total, learnt.base, parts)


def key(first: int | None, second: int | None) -> str:
    return f"{-1 if first is None else first}:{-1 if second is None else second}"


def calibrated(learnt: Learnt, log_odds: float) -> float:
    """Log-odds as a chance: between the steps of an isotonic calibration, else by a logistic one."""
    steps = learnt.steps
    if not steps:
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, learnt.slope * log_odds + learnt.offset))))
    at = bisect_right([x for x, _ in steps], log_odds)
    if at in (0, len(steps)):
        return steps[min(at, len(steps) - 1)][1]
    (x0, y0), (x1, y1) = steps[at - 1], steps[at]
    return y0 + (y1 - y0) * (log_odds - x0) / (x1 - x0)


def strongest(parts: Sequence[Part], most: int = 5) -> list[Part]:
    """The parts that say most, for and against."""
    return sorted((p for p in parts if p.weight), key=lambda p: -abs(p.weight))[:most]
