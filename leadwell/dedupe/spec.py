"""What a kind of record is compared by: its fields, how often they agree by truth and by chance, and what forbids or proves a link."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from leadwell.dedupe.comparison import NO_TERMS, Comparison, Terms

Facts = Mapping[str, Sequence[str]]   # values by field, made comparable; a blank field is left out or empty


@dataclass(frozen=True, slots=True)
class Field:
    """One field. `same` and `chance`: how likely each level is for two records of one and of two subjects. `frequent`: agreeing on a rare value
    weighs more. `reads`: whose values it compares, where that is not its own name. `learnt`: whether its weights follow the workspace's records."""

    name: str
    comparison: Comparison
    same: tuple[float, ...]
    chance: tuple[float, ...]
    frequent: bool = False
    reads: str = ""
    learnt: bool = True

    @property
    def source(self) -> str:
        return self.reads or self.name


@dataclass(frozen=True, slots=True)
class Spec:
    """`proof`: fields of which one must agree before records may be linked without asking; `named`: fields that must then be there; `against`: fields
    whose difference forbids it. `household`: what people who live or work together share; where one of `apart` differs, it speaks for them in
    common and counts for little, and where one is only alike, it proves nothing."""

    noun: str
    fields: tuple[Field, ...]
    proof: frozenset[str] = frozenset()
    named: frozenset[str] = frozenset()
    against: frozenset[str] = frozenset()
    apart: frozenset[str] = frozenset()
    household: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Weights:
    """What the fields' levels weigh. `prior`: how likely any two records are one, 0 to 1; `odds`: (same, chance) by field, level by level."""

    prior: float
    odds: Mapping[str, Sequence[Sequence[float]]]
    terms: Mapping[str, Terms] = field(default_factory=dict[str, Terms])

    def of(self, name: str) -> Terms:
        return self.terms.get(name, NO_TERMS)


def defaults(spec: Spec, records: int, terms: Mapping[str, Terms] | None = None) -> Weights:
    """The weights a spec ships with, for so many records: among a thousand or more, one in ten has a twin."""
    prior = 0.1 / max(records, 1_000)
    return Weights(prior, {one.name: tuple(zip(one.same, one.chance, strict=True)) for one in spec.fields}, terms or {})
