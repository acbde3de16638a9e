"""Cuts features into cells, and asks of each whether it may be learnt from: whether it gives the outcome away, or is not what it was. Pure."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from leadwell.prediction.learnt import Example, Feature

BINS, LEVELS, FEWEST = 6, 25, 20
SMOOTH = 10.0        # a cell is told apart from the rest as if it held this many leads that behave like all
LEAK = 0.9           # a single feature that tells outcomes this well (AUC) knows them
MOVED = 0.4          # population stability index of the values that are there, earlier half against later half
MISSED = 0.1         # the same of whether there is a value
ENOUGH = 100         # values in each half, or they cannot be compared


@dataclass(frozen=True, slots=True)
class Asked:
    """A feature with its cells, and what was found out about it. `out`: why it is not used."""

    feature: Feature
    cells: Sequence[int | None]
    auc: float
    shift: float
    missing_shift: float
    out: str | None = None

    @property
    def silent(self) -> bool:
        """Whether a missing value tells nothing, because it is not missing as often as it was."""
        return self.missing_shift > MISSED


def cut(name: str, values: Sequence[Any]) -> Feature:
    """Cells for the values of one feature: numbers by frequency, common ones by themselves; texts by level, rare ones together."""
    there = [v for v in values if v is not None and v != ""]
    if any(isinstance(v, str) for v in there):
        counted = Counter(str(v) for v in there)
        levels = [level for level, n in sorted(counted.items(), key=lambda one: (-one[1], one[0])) if n >= FEWEST][:LEVELS]
        return Feature(name, "TEXT", [], [], levels, [0] * (len(levels) + 1), 0)
    numbers = sorted(float(v) for v in there)
    common = sorted(v for v, n in Counter(numbers).items() if n * BINS > len(numbers))
    rest = [v for v in numbers if v not in set(common)]
    edges = sorted({rest[len(rest) * k // BINS] for k in range(1, BINS)}) if rest else []
    return Feature(name, "NUMBER", common, edges, [], [0] * (len(common) + len(edges) + 1), 0)


def evidence(feature: Feature, cells: Sequence[int | None], won: Sequence[bool], *, silent: bool = False) -> tuple[list[float], float]:
    """The weight of evidence of each cell, and of a missing value: its log-odds beside those of all, held back where there are few leads."""
    known = [(cell, w) for cell, w in zip(cells, won, strict=True) if cell is not None or not silent]
    hits, seen = Counter(c for c, w in known if w), Counter(c for c, _ in known)
    share = min(max(sum(hits.values()) / max(len(known), 1), 1e-6), 1 - 1e-6)
    prior = math.log(share / (1 - share))

    def weight(cell: int | None) -> float:
        return math.log((hits[cell] + SMOOTH * share) / (seen[cell] - hits[cell] + SMOOTH * (1 - share))) - prior

    return [weight(k) for k in range(len(feature.weights))], 0.0 if silent else weight(None)


def ask(name: str, examples: Sequence[Example], won: Sequence[bool], kept: bool) -> Asked:
    """Looks at one feature of leads in the order in which they closed. What gives the outcome away is left out unless it is `kept` by name."""
    feature = cut(name, [e.get(name) for e in examples])
    cells, half = [feature.cell(e.get(name)) for e in examples], len(examples) // 2
    shift, missing = _shift(cells[:half], cells[half:])
    asked = Asked(feature, cells, _single(feature, cells, won), shift, missing)
    if asked.auc > LEAK and not kept:
        return replace(asked, out="LEAK")
    if shift > MOVED and not kept:
        return replace(asked, out="MOVED")
    return replace(asked, out="SAME") if len(set(cells)) < 2 else asked


def _single(feature: Feature, cells: Sequence[int | None], won: Sequence[bool]) -> float:
    """How well it tells outcomes by itself, learnt from every second lead and tried on the others."""
    weights, missing = evidence(feature, cells[::2], won[::2])
    return auc([missing if c is None else weights[c] for c in cells[1::2]], won[1::2])


def auc(scores: Sequence[float], won: Sequence[bool]) -> float:
    """How often a converted lead has the higher score than one that was not; equal ones count half. 0.5 where there is one outcome."""
    ranks, hits = 0.0, sum(won)
    order = sorted(range(len(scores)), key=lambda i: scores[i])
    i = 0
    while i < len(order):
        j = i
        while j < len(order) and scores[order[j]] == scores[order[i]]:
            j += 1
        ranks += (i + 1 + j) / 2 * sum(won[k] for k in order[i:j])
        i = j
    misses = len(won) - hits
    return (ranks - hits * (hits + 1) / 2) / (hits * misses) if hits and misses else 0.5


def _shift(before: Sequence[int | None], after: Sequence[int | None]) -> tuple[float, float]:
    """Stability of the values that are there, and of whether they are."""
    old, new = Counter(c for c in before if c is not None), Counter(c for c in after if c is not None)
    comparable = min(sum(old.values()), sum(new.values())) >= ENOUGH
    there = [{True: sum(n.values()), False: len(of) - sum(n.values())} for n, of in ((old, before), (new, after))]
    return stability(old, new) if comparable else 0.0, stability(there[0], there[1])


def stability(before: Mapping[Any, int], after: Mapping[Any, int]) -> float:
    """The population stability index of two counts: above 0.25 it is commonly held to be another population."""
    old, new = max(sum(before.values()), 1), max(sum(after.values()), 1)
    total = 0.0
    for cell in {*before, *after}:
        a, b = max(before.get(cell, 0) / old, 1e-3), max(after.get(cell, 0) / new, 1e-3)
        total += (a - b) * math.log(a / b)
    return total
