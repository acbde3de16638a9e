"""Learns who is converted from closed leads in the order in which they closed; scikit-learn fits, everything it found is told."""

import importlib
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations
from typing import Any

from leadwell.prediction.cells import SMOOTH, Asked, ask, auc, evidence
from leadwell.prediction.figures import figures
from leadwell.prediction.learnt import UNIT, Example, Feature, Learnt, Pair, calibrated, key, tell
from leadwell.prediction.refusals import NothingToLearn, OneOutcome, OneOutcomeLately, PredictExtraMissing, TooFewOutcomes, UnknownFeature

LEADS, EACH = 200, 30            # the data floor
HELD, CALIBRATING = 0.30, 0.20   # the last of all are held out, the last of the others calibrate
ISOTONIC = 1000                  # of either outcome, or the calibration is logistic
FOLDS = 3
TOP, BETTER = 5, 0.003           # pairs of so many features are tried, and kept if that much better
DRIFT_Z, DRIFT_RATIO = 3.0, 1.25


@dataclass(frozen=True, slots=True)
class Options:
    """`keep` features though they give the outcome away or moved; `leave` others out."""

    keep: frozenset[str] = frozenset()
    leave: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Trained:
    """What was learnt from all leads, and how well the same way of learning did on the last of them, which it had not seen."""

    learnt: Learnt
    card: dict[str, Any]


@dataclass(slots=True)
class _Work:
    """Features of the leads at hand, with weights on the way."""

    asked: Sequence[Asked]
    won: Sequence[bool]
    weights: list[list[float]] = field(default_factory=list[list[float]])
    missing: list[float] = field(default_factory=list[float])


def train(examples: Sequence[Example], won: Sequence[bool], options: Options = Options()) -> Trained:
    """Examples in the order in which they closed. TooFewOutcomes, OneOutcome, OneOutcomeLately, NothingToLearn, UnknownFeature, PredictExtraMissing."""
    _floor(examples, won, options)
    cut = len(examples) - math.floor(len(examples) * HELD)
    if len(set(won[cut:])) < 2 or len(set(won[:cut])) < 2:
        raise OneOutcomeLately(leads=len(examples) - cut)
    with _library("threadpoolctl").threadpool_limits(1):   # several threads take turns waiting for each other on matrices this small
        tried, asked = _fit(examples[:cut], won[:cut], options)
        held = [tell(tried, e) for e in examples[cut:]]
        final, _ = _fit(examples, won, options)
    card = {
        "leads": len(examples), "converted": sum(won), "heldOut": len(held), "calibration": "ISOTONIC" if tried.steps else "LOGISTIC",
        **figures([t.chance for t in held], won[cut:], sum(won[:cut]) / cut), "drift": drift(won[:cut], won[cut:]),
        "features": [_told(a, tried) for a in asked],
        "pairs": [f"{tried.features[p.first].name} and {tried.features[p.second].name}" for p in tried.pairs],
    }
    return Trained(final, card)


def _floor(examples: Sequence[Example], won: Sequence[bool], options: Options) -> None:
    leads, converted = len(won), sum(won)
    if leads >= EACH and converted in (0, leads):
        raise OneOutcome(leads=leads)
    if leads < LEADS or min(converted, leads - converted) < EACH:
        raise TooFewOutcomes(leads=leads, converted=converted, floor_leads=LEADS, floor_each=EACH)
    names = {name for e in examples for name in e}
    for name in sorted((options.keep | options.leave) - names):
        raise UnknownFeature(field="keep", name=name)


def drift(before: Sequence[bool], after: Sequence[bool]) -> dict[str, Any]:
    """Whether leads are converted as often as they were: the shares, how many standard errors apart, and the alarm."""
    old, new = sum(before) / len(before), sum(after) / len(after)
    share = (sum(before) + sum(after)) / (len(before) + len(after))
    error = math.sqrt(max(share * (1 - share), 1e-12) * (1 / len(before) + 1 / len(after)))
    z = (new - old) / error
    ratio = max(new, 1e-9) / max(old, 1e-9)
    return {"before": old, "after": new, "z": z, "alarm": abs(z) > DRIFT_Z and not 1 / DRIFT_RATIO < ratio < DRIFT_RATIO}


def _fit(examples: Sequence[Example], won: Sequence[bool], options: Options) -> tuple[Learnt, list[Asked]]:
    """Fits on all of them and calibrates on the latest, which lie nearest to what comes, each told by what was learnt from the others."""
    names = sorted({name for e in examples for name in e} - options.leave)
    asked = [ask(name, examples, won, name in options.keep) for name in names]
    used = [a for a in asked if a.out is None]
    if not used:
        raise NothingToLearn(out=", ".join(f"{a.feature.name} ({a.out})" for a in asked))
    pairs = _pairs_help(used, won)
    odds, met = list[float](), list[bool]()
    latest = len(examples) - math.floor(len(examples) * CALIBRATING)
    for fold in range(FOLDS):
        ours = range(latest + fold, len(examples), FOLDS)
        others = sorted(set(range(len(examples))) - set(ours))
        learnt = _weighted([_only(a, others) for a in used], [won[i] for i in others], pairs=pairs)
        odds += [_sum(learnt, [a.cells[i] for a in used]) / UNIT for i in ours]
        met += [won[i] for i in ours]
    return _calibrated(_weighted(used, won, pairs=pairs), odds, met), asked


def _only(a: Asked, rows: Sequence[int]) -> Asked:
    return replace(a, cells=[a.cells[i] for i in rows])


def _pairs_help(used: Sequence[Asked], won: Sequence[bool]) -> bool:
    """Whether pairs of the strongest features make the later quarter of these leads better told, learnt from the earlier ones."""
    cut = len(won) * 3 // 4
    early = [_only(a, range(cut)) for a in used]
    if len(set(won[:cut])) < 2:
        return False
    plain, paired = _weighted(early, won[:cut], pairs=False), _weighted(early, won[:cut], pairs=True)
    return _auc(paired, used, won, cut) - _auc(plain, used, won, cut) > BETTER


def _auc(learnt: Learnt, used: Sequence[Asked], won: Sequence[bool], cut: int) -> float:
    return auc([_sum(learnt, [a.cells[i] for a in used]) for i in range(cut, len(won))], won[cut:])


def _sum(learnt: Learnt, cells: Sequence[int | None]) -> float:
    total = learnt.base + sum(f.weight(c) for f, c in zip(learnt.features, cells, strict=True))
    return total + sum(p.weights.get(key(cells[p.first], cells[p.second]), 0) for p in learnt.pairs)


def _weighted(used: Sequence[Asked], won: Sequence[bool], *, pairs: bool) -> Learnt:
    work = _Work(used, won)
    for a in used:
        weights, missing = evidence(a.feature, a.cells, won, silent=a.silent)
        work.weights.append(weights)
        work.missing.append(missing)
    columns = [[w[c] if c is not None else m for c in a.cells] for a, w, m in zip(used, work.weights, work.missing, strict=True)]
    rows: list[list[float]] = [list(row) for row in zip(*columns, strict=True)]
    base, slopes = _regressed(rows, won)
    features = [_scaled(a.feature, w, m, s) for a, w, m, s in zip(used, work.weights, work.missing, slopes, strict=True)]
    learnt = Learnt(_units(base), features)
    return _paired(learnt, used, rows, won) if pairs and len(used) > 1 else learnt


def _paired(learnt: Learnt, used: Sequence[Asked], rows: Sequence[Sequence[float]], won: Sequence[bool]) -> Learnt:
    """For each pair of cells what came of it against what its features alone expect."""
    expected = [calibrated(learnt, _sum(learnt, cells) / UNIT) for cells in zip(*(a.cells for a in used), strict=True)]
    strength = sorted(range(len(used)), key=lambda k: -sum(abs(row[k]) for row in rows))[:TOP]
    share, found = sum(won) / len(won), list[tuple[int, int, dict[str, float]]]()
    wide = [list(row) for row in rows]
    for a, b in combinations(sorted(strength), 2):
        keys = [key(x, y) for x, y in zip(used[a].cells, used[b].cells, strict=True)]
        hits, hoped = Counter(k for k, w in zip(keys, won, strict=True) if w), Counter[str]()
        for k, e in zip(keys, expected, strict=True):
            hoped[k] += e  # pyright: ignore[reportArgumentType]  # counts of chances
        weights = {k: math.log((hits[k] + SMOOTH * share) / (hoped[k] + SMOOTH * share)) for k in hoped}
        found.append((a, b, weights))
        for row, k in zip(wide, keys, strict=True):
            row.append(weights[k])
    base, slopes = _regressed(wide, won)
    features = [_scaled(a.feature, *evidence(a.feature, a.cells, won, silent=a.silent), s) for a, s in zip(used, slopes[: len(used)], strict=True)]
    pairs = [Pair(a, b, {k: _units(w * s) for k, w in weights.items()}) for (a, b, weights), s in zip(found, slopes[len(used):], strict=True)]
    return Learnt(_units(base), features, pairs)


def _scaled(feature: Feature, weights: Sequence[float], missing: float, slope: float) -> Feature:
    return Feature(feature.name, feature.kind, feature.common, feature.edges, feature.levels, [_units(w * slope) for w in weights], _units(missing * slope))


def _units(log_odds: float) -> int:
    return round(log_odds * UNIT)


def _regressed(rows: Sequence[Sequence[float]], won: Sequence[bool]) -> tuple[float, list[float]]:
    """Intercept and slopes of a logistic regression."""
    linear: Any = _library("sklearn.linear_model")
    fitted = linear.LogisticRegression(C=1.0, max_iter=500).fit(rows, won)
    return float(fitted.intercept_[0]), [float(c) for c in fitted.coef_[0]]


def _calibrated(learnt: Learnt, odds: Sequence[float], won: Sequence[bool]) -> Learnt:
    """Chances that are met as often as they say: by steps where there are enough leads of both outcomes, else by a logistic curve."""
    if len(set(won)) < 2:
        return learnt
    if min(sum(won), len(won) - sum(won)) < ISOTONIC:
        offset, (slope,) = _regressed([[o] for o in odds], won)
        return Learnt(learnt.base, learnt.features, learnt.pairs, max(slope, 0.0), offset)
    isotonic: Any = _library("sklearn.isotonic")
    fitted = isotonic.IsotonicRegression(y_min=0.001, y_max=0.999, out_of_bounds="clip").fit(odds, won)
    steps = [(float(x), float(y)) for x, y in zip(fitted.X_thresholds_, fitted.y_thresholds_, strict=True)]
    return Learnt(learnt.base, learnt.features, learnt.pairs, steps=steps)


def _library(module: str) -> Any:
    """scikit-learn is an extra, and slow to import: it is looked for when something is learnt."""
    try:
        return importlib.import_module(module)
    except ImportError:
        raise PredictExtraMissing() from None


def _told(a: Asked, learnt: Learnt) -> dict[str, Any]:
    weight = next((f for f in learnt.features if f.name == a.feature.name), None)
    span = max(weight.weights) - min(weight.weights) if weight else 0
    return {"name": a.feature.name, "auc": a.auc, "shift": a.shift, "missingShift": a.missing_shift, "out": a.out, "span": span / UNIT}
