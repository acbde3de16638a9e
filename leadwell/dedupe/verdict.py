"""The probability that two records are one, with the evidence of each field for and against. After Fellegi and Sunter (1969); pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import log2
from typing import Literal

from leadwell.dedupe.comparison import BLANK, level
from leadwell.dedupe.spec import Facts, Field, Spec, Weights

Decision = Literal["LINK", "REVIEW", "IGNORE"]
Vector = tuple[int, ...]
MOST = 20.0             # bits one field may add or take: no single value decides against all others
OF_HOUSEHOLD = 10.0     # bits that all shared surroundings of two differently named people may add
NOTHING = 0.05          # bits not worth telling


@dataclass(frozen=True, slots=True)
class Evidence:
    """What one field says: `bits` above 0 speak for one subject, below 0 against."""

    field: str
    level: str
    bits: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """`evidence` adds up to the probability, strongest first. `held`: the fields because of which the two are never linked without asking."""

    probability: float
    evidence: tuple[Evidence, ...]
    held: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Thresholds:
    """From `link` on two records are one, from `review` on somebody is asked."""

    link: float = 0.99
    review: float = 0.6

    def decide(self, verdict: Verdict) -> Decision:
        if verdict.probability >= self.link and not verdict.held:
            return "LINK"
        return "REVIEW" if verdict.probability >= self.review else "IGNORE"


def vector(spec: Spec, weights: Weights, one: Facts, other: Facts) -> Vector:
    """The level of each field, BLANK where either record says nothing."""
    return tuple([level(f.comparison, one.get(f.source, ()), other.get(f.source, ()), weights.of(f.source)) for f in spec.fields])


def judge(spec: Spec, weights: Weights, one: Facts, other: Facts) -> Verdict:
    """How probable it is that two records are of one subject. The same whichever comes first; a blank field says nothing."""
    levels = vector(spec, weights, one, other)
    found = {f.name: _bits(f, weights, at, one, other) for f, at in zip(spec.fields, levels, strict=True) if at != BLANK}
    at = dict(zip((f.name for f in spec.fields), levels, strict=True))
    told = _apart(spec, at, found)
    evidence = [
        Evidence(f.name, f.comparison.levels[at[f.name]], told[f.name]) for f in spec.fields if abs(told.get(f.name, 0.0)) >= NOTHING]
    evidence.sort(key=lambda e: -abs(e.bits))
    return Verdict(probable(log2(weights.prior) + sum(e.bits for e in evidence)), tuple(evidence), _held(spec, at))


def probable(bits: float) -> float:
    """Bits of odds as a probability between 0 and 1."""
    if bits > 60:
        return 1.0
    return 2.0**bits / (1 + 2.0**bits) if bits > -60 else 0.0


def bits(same: float, chance: float) -> float:
    """What a level weighs, within MOST."""
    return max(-MOST, min(MOST, log2(max(same, 1e-9) / max(chance, 1e-9))))


def _bits(field: Field, weights: Weights, at: int, one: Facts, other: Facts) -> float:
    same, chance = weights.odds[field.name][at]
    if field.frequent and at == 0:
        terms = weights.of(field.source)
        chance = min(terms.share(value) for value in set(one[field.source]) & set(other[field.source]))
    return bits(same, chance)


def _different(spec: Spec, at: Mapping[str, int], names: frozenset[str]) -> list[str]:
    """Which of the fields differ altogether."""
    return [f.name for f in spec.fields if f.name in names and at[f.name] == len(f.comparison.levels) - 1]


def _apart(spec: Spec, at: Mapping[str, int], found: dict[str, float]) -> dict[str, float]:
    """What surroundings say of two people whose names set them apart: no more than OF_HOUSEHOLD together."""
    shared = sum(found[name] for name in spec.household if found.get(name, 0) > 0)
    if shared <= OF_HOUSEHOLD or not _different(spec, at, spec.apart):
        return found
    part = OF_HOUSEHOLD / shared
    return {name: n * part if n > 0 and name in spec.household else n for name, n in found.items()}


def _held(spec: Spec, at: Mapping[str, int]) -> tuple[str, ...]:
    held = {*_different(spec, at, spec.against), *(name for name in spec.named if at[name] == BLANK)}
    if spec.proof and not _proven(spec, at):
        held.add("proof")
    return tuple(sorted(held))


def _proven(spec: Spec, at: Mapping[str, int]) -> bool:
    """Whether a field of one's own agrees, or one that a household may share: not between two whose names are merely alike, such as Jon and Jan."""
    alike = any(1 < at[f.name] < len(f.comparison.levels) - 1 for f in spec.fields if f.name in spec.apart & spec.named)
    return any(at[name] == 0 for name in spec.proof if not alike or name not in spec.household)
