"""How good chances are: discrimination, precision, calibration and lift. Pure."""

from collections.abc import Sequence
from typing import Any

from leadwell.prediction.cells import auc

BINS = 10


def figures(chances: Sequence[float], won: Sequence[bool], base: float) -> dict[str, Any]:
    """Of leads that were not learnt from; `base` is the share of converted leads before them, which is what one would guess without any model."""
    share = sum(won) / len(won)
    return {
        "share": share, "auc": auc(chances, won), "averagePrecision": average_precision(chances, won), "brier": brier(chances, won),
        "brierOfBase": brier([base] * len(won), won), "brierOfShare": share * (1 - share), "bins": bins(chances, won), "lift": lift(chances, won),
    }


def brier(chances: Sequence[float], won: Sequence[bool]) -> float:
    """The mean squared distance of chances from what came; lower is better."""
    return sum((c - w) ** 2 for c, w in zip(chances, won, strict=True)) / len(won)


def average_precision(chances: Sequence[float], won: Sequence[bool]) -> float:
    """The mean of precision over all converted leads, best chance first; equal chances are one step."""
    order = sorted(range(len(won)), key=lambda i: -chances[i])
    hits = before = i = 0
    total, converted = 0.0, sum(won)
    while i < len(order):
        j = i
        while j < len(order) and chances[order[j]] == chances[order[i]]:
            hits += won[order[j]]
            j += 1
        total += (hits - before) / converted * hits / j if converted else 0.0
        before, i = hits, j
    return total


def bins(chances: Sequence[float], won: Sequence[bool]) -> list[dict[str, Any]]:
    """Tenths of the leads by chance, lowest first: what they were told to be, and what they were."""
    order = sorted(range(len(won)), key=lambda i: (chances[i], i))
    found: list[dict[str, Any]] = []
    for k in range(BINS):
        part = order[len(order) * k // BINS: len(order) * (k + 1) // BINS]
        if part:
            found.append({"leads": len(part), "told": sum(chances[i] for i in part) / len(part), "met": sum(won[i] for i in part) / len(part)})
    return found


def lift(chances: Sequence[float], won: Sequence[bool]) -> list[dict[str, Any]]:
    """The best tenth, two tenths … of the leads: how many of the converted they hold, and how much likelier they are than leads at large."""
    order, converted = sorted(range(len(won)), key=lambda i: (-chances[i], i)), sum(won)
    found: list[dict[str, Any]] = []
    for k in range(1, BINS + 1):
        best = order[: len(order) * k // BINS]
        hits = sum(won[i] for i in best)
        if best and converted:
            found.append({"share": len(best) / len(won), "captured": hits / converted, "lift": hits / len(best) * len(won) / converted})
    return found
