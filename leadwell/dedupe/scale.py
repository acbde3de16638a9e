"""A spec and its weights made ready to weigh many pairs: the probability alone, without the evidence. Pure."""

from math import log2
from typing import NamedTuple

from leadwell.dedupe.comparison import Judge, Single, Terms
from leadwell.dedupe.spec import Facts, Field, Spec, Weights
from leadwell.dedupe.verdict import NOTHING, OF_HOUSEHOLD, bits, probable


class Part(NamedTuple):
    """One field: what finds its level, and what each level weighs. `same` is how likely agreeing is, where on a frequent value it weighs less, else 0."""

    source: str
    judge: Judge
    single: Single | None
    terms: Terms
    bits: tuple[float, ...]
    same: float
    household: bool
    apart: int      # the level that sets two people apart; -1: none does

    @classmethod
    def of(cls, spec: Spec, weights: Weights, field: Field) -> "Part":
        odds, comparison = weights.odds[field.name], field.comparison
        return cls(
            field.source, comparison.judge, comparison.single, weights.of(field.source), tuple(bits(same, chance) for same, chance in odds),
            odds[0][0] if field.frequent else 0.0, field.name in spec.household, len(comparison.levels) - 1 if field.name in spec.apart else -1)


class Scale:
    """What a workspace weighs pairs of one kind with."""

    def __init__(self, spec: Spec, weights: Weights) -> None:
        self.start = log2(weights.prior)
        self.parts = tuple(Part.of(spec, weights, field) for field in spec.fields)

    def likelihood(self, one: Facts, other: Facts) -> float:
        """The probability that verdict.judge gives."""
        total, near, apart = self.start, list[float](), False
        for source, judge, single, terms, weights, same, household, differs in self.parts:
            ones, others = one.get(source), other.get(source)
            if not ones or not others:
                continue
            if single is not None and len(ones) == 1 == len(others):
                at = single(ones[0], others[0], terms) if ones[0] != others[0] else 0
            else:
                at = judge(ones, others, terms)
                if at < 0:
                    continue
            found = weights[at] if at or not same else bits(same, min(map(terms.share, set(ones) & set(others))))
            apart = apart or at == differs
            if household and found > 0:
                near.append(found)
            elif found >= NOTHING or found <= -NOTHING:
                total += found
        shared = sum(near)
        most = OF_HOUSEHOLD / shared if apart and shared > OF_HOUSEHOLD else 1.0
        return probable(total + sum(n * most for n in near if n * most >= NOTHING))
