"""Weights learnt without anybody's labels: expectation-maximization on how often which levels occur together. Pure, plain arithmetic."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import log2

from leadwell.dedupe.comparison import BLANK
from leadwell.dedupe.spec import Spec, Weights
from leadwell.dedupe.verdict import Vector, bits, probable

ROUNDS, STEPS, STILL = 4, 60, 1e-5
FAITH = 5.0         # how many pairs the shipped weights count for
Counts = Mapping[Vector, float]
Odds = dict[str, list[float]]


@dataclass(frozen=True, slots=True)
class Session:
    """Pairs found by one blocking key: `blocked` are the fields that had to agree to be found, `counts` how often which vector occurs."""

    blocked: frozenset[str]
    counts: Counts


def learn(spec: Spec, start: Weights, sessions: Sequence[Session], random: Counts, pairs: float) -> Weights:
    """Weights that explain the pairs best. What chance does is read from `random` pairs of records, what truth does from each session, for the
    fields it was not blocked by. `start` counts for a few pairs, so that little data moves little. `pairs`: how many the records make."""
    weights = _by_chance(spec, start, start, random)
    for _ in range(ROUNDS):
        found = [_maximized(spec, weights, session) for session in sessions if session.counts]
        if not found:
            return start
        same = {f.name: _together([s[f.name] for s, _, session in found if f.name not in session.blocked], start, f.name) for f in spec.fields if f.learnt}
        weights = replace(weights, odds={**weights.odds, **{n: tuple(zip(same[n], (c for _, c in weights.odds[n]), strict=True)) for n in same}})
        twins = max(rate * sum(session.counts.values()) for _, rate, session in found)
        weights = _by_chance(spec, start, replace(weights, prior=min(max(twins / pairs, 1e-9), 0.1)), random)
    return weights


def _by_chance(spec: Spec, start: Weights, weights: Weights, random: Counts) -> Weights:
    """The weights with what chance does as the random pairs show it."""
    return replace(weights, odds={
        f.name: _chances(spec, start, weights, random, i) if f.learnt else start.odds[f.name] for i, f in enumerate(spec.fields)})


def _chances(spec: Spec, start: Weights, weights: Weights, random: Counts, at: int) -> tuple[tuple[float, float], ...]:
    """How often each level occurs among random pairs that are not one subject."""
    name = spec.fields[at].name
    seen = [FAITH * chance for _, chance in start.odds[name]]
    for vector, n in random.items():
        if vector[at] != BLANK:
            seen[vector[at]] += n * (1 - _probability(spec, weights, vector, log2(weights.prior)))
    total = sum(seen)
    return tuple((same, n / total) for (same, _), n in zip(weights.odds[name], seen, strict=True))


def _maximized(spec: Spec, weights: Weights, session: Session) -> tuple[Odds, float, Session]:
    """Expected counts of each level among the session's true pairs, and the rate of true pairs in it."""
    rate, now = 0.1, weights
    seen: Odds = {}
    for _ in range(STEPS):
        seen, matched = _expected(spec, now, session, log2(rate / (1 - rate))), 0.0
        matched, seen = seen.pop("")[0], seen
        before, rate = rate, min(max(matched / sum(session.counts.values()), 1e-6), 1 - 1e-6)
        now = replace(now, odds={n: _mixed(weights, seen, n) for n in now.odds})
        if abs(before - rate) < STILL:
            break
    return seen, rate, session


def _mixed(weights: Weights, seen: Odds, name: str) -> Sequence[Sequence[float]]:
    if name not in seen:
        return weights.odds[name]
    total = sum(seen[name]) + FAITH
    return tuple(((n + FAITH * same) / total, chance) for n, (same, chance) in zip(seen[name], weights.odds[name], strict=True))


def _expected(spec: Spec, weights: Weights, session: Session, prior: float) -> Odds:
    seen: Odds = {f.name: [0.0] * len(f.comparison.levels) for f in spec.fields if f.learnt and f.name not in session.blocked}
    used = [(i, f.name) for i, f in enumerate(spec.fields) if f.name in seen]
    matched = 0.0
    for vector, n in session.counts.items():
        share = n * _probability(spec, weights, vector, prior, session.blocked)
        matched += share
        for i, name in used:
            if vector[i] != BLANK:
                seen[name][vector[i]] += share
    return {**seen, "": [matched]}


def _probability(spec: Spec, weights: Weights, vector: Vector, prior: float, blocked: frozenset[str] = frozenset()) -> float:
    told = [weights.odds[f.name][at] for f, at in zip(spec.fields, vector, strict=True) if at != BLANK and f.name not in blocked]
    return probable(prior + sum(bits(same, chance) for same, chance in told))


def _together(seen: Sequence[Sequence[float]], start: Weights, name: str) -> list[float]:
    """Levels of several sessions as shares, with the shipped ones as a few pairs more."""
    shipped = [FAITH * same for same, _ in start.odds[name]]
    sums = [sum(levels) for levels in zip(shipped, *seen, strict=True)]
    return [n / sum(sums) for n in sums]
