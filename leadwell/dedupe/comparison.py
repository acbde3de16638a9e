"""How two values of one field compare: by levels, best first, the last of them different. Pure, and the same whichever comes first."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from math import log2

from rapidfuzz.distance import OSA, JaroWinkler

from leadwell.base.identity import given_key

Shares = Mapping[str, float]
Values = Sequence[str]
BLANK = -1
MARK = "~"      # before a value that many share: a function mailbox, an address of several people, the line of an office


@dataclass(frozen=True, slots=True)
class Terms:
    """How frequent values of one field are: `shares` of the common ones, `rare` for any other. 0 < share <= 1."""

    shares: Shares = field(default_factory=dict[str, float])
    rare: float = 1e-4

    def share(self, value: str) -> float:
        return self.shares.get(value, self.rare)


NO_TERMS = Terms()
Judge = Callable[[Values, Values, Terms], int]
Single = Callable[[str, str, Terms], int]


@dataclass(frozen=True, slots=True)
class Comparison:
    """A way to compare: its levels by name, best first, the last one different, and what finds the level of two records' values, none of them blank.
    It answers BLANK where the values say nothing about each other. `single` is the same for two values that differ, where each record has one."""

    levels: tuple[str, ...]
    judge: Judge
    single: Single | None = None


_full_name = lru_cache(maxsize=50_000)(given_key)


@lru_cache(maxsize=200_000)
def likeness(one: str, other: str) -> float:
    """Jaro-Winkler, 0 to 1; the measure leans on which text comes first, so they are put in order."""
    return JaroWinkler.similarity(*((one, other) if one <= other else (other, one)))


def _given(one: str, other: str, _: Terms) -> int:
    if one == other:
        return 0
    if _full_name(one) == _full_name(other):
        return 1
    short, long = sorted((one, other), key=len)
    if long.startswith(short) or likeness(one, other) >= 0.9:
        return 2
    return 3


def _word(one: str, other: str, _: Terms) -> int:
    if one == other:
        return 0
    alike = likeness(one, other)
    return 1 if alike >= 0.92 else 2 if alike >= 0.84 else 3


def _code(one: str, other: str, _: Terms) -> int:
    if one == other:
        return 0
    slips = OSA.distance(one, other, score_cutoff=2)
    return 1 if slips == 1 else 2 if slips == 2 and len(one) >= 6 and len(other) >= 6 else 3


def _same(one: str, other: str, _: Terms) -> int:
    return 0 if one == other else 1


def _words(one: str, other: str, terms: Terms) -> int:
    if one == other:
        return 0
    shared = common_words(one, other, terms)
    return 1 if shared >= 0.8 else 2 if shared >= 0.5 else 3 if shared >= 0.25 else 4


def _street(one: str, other: str, _: Terms) -> int:
    if one == other:
        return 0
    number, street = _numbered(one)
    other_number, other_street = _numbered(other)
    alike = street == other_street or likeness(street, other_street) >= 0.88
    if number != other_number:
        return 3 if alike and not (number and other_number) else 4
    return 1 if alike else 2 if number and likeness(street, other_street) >= 0.7 else 4


def _numbered(street: str) -> tuple[str, str]:
    words = street.split()
    number = next((word for word in words if word[0].isdigit()), "")
    return number, " ".join(word for word in words if word != number)


def common_words(one: str, other: str, terms: Terms) -> float:
    """The part of two names' words that both have, rare words weighing more, 0 to 1; misspelt words count by their likeness."""
    words, others = sorted({*one.split()}), sorted({*other.split()})
    weights = {word: -log2(terms.share(word)) for word in (*words, *others)}
    total = sum(weights[word] for word in words) + sum(weights[word] for word in others)
    pairs = sorted(((_close(a, b), a, b) for a in words for b in others if _close(a, b)), key=lambda p: (-p[0], p[1:] if p[1] <= p[2] else (p[2], p[1])))
    taken, taken_others, common = set[str](), set[str](), 0.0
    for alike, a, b in pairs:
        if a not in taken and b not in taken_others:
            taken.add(a)
            taken_others.add(b)
            common += alike * (weights[a] + weights[b])
    return common / total if total else 1.0


def _close(one: str, other: str) -> float:
    if one == other:
        return 1.0
    alike = likeness(one, other) if len(one) > 3 and len(other) > 3 else 0.0
    return alike if alike >= 0.9 else 0.0


def _company(one: str, other: str, _: Terms) -> int:
    if one == other:
        return 0
    return 1 if "@" not in one + other and likeness(one, other) >= 0.92 else 2


def _each(judge: Single) -> Judge:
    """The best level that any value of the one reaches with any of the other."""

    def best(ones: Values, others: Values, terms: Terms) -> int:
        if len(ones) == 1 == len(others):
            return judge(ones[0], others[0], terms)
        return min(judge(one, other, terms) for one in ones for other in others)

    return best


def _reach(ones: Values, others: Values, _: Terms) -> int:
    """One's own number or address against the other's; what many share says nothing here."""
    if len(ones) == 1 == len(others) and MARK not in (ones[0][0], others[0][0]):
        return 0 if ones[0] == others[0] else 1
    common = {value.lstrip(MARK) for value in ones} & {value.lstrip(MARK) for value in others}
    if common & set(ones) & set(others):
        return 0
    return BLANK if common or not _own(ones) or not _own(others) else 1


def _crowd(ones: Values, others: Values, _: Terms) -> int:
    """Whether they share what many share."""
    if len(ones) == 1 == len(others) and MARK not in (ones[0][0], others[0][0]):
        return BLANK
    common = {value.lstrip(MARK) for value in ones} & {value.lstrip(MARK) for value in others}
    return BLANK if common <= set(ones) & set(others) else 0


def _own(values: Values) -> list[str]:
    return [value for value in values if not value.startswith(MARK)]


GIVEN = Comparison(("same", "short form", "alike", "different"), _each(_given), _given)
WORD = Comparison(("same", "alike", "close", "different"), _each(_word), _word)
CODE = Comparison(("same", "one slip", "two slips", "different"), _each(_code), _code)
SAME = Comparison(("same", "different"), _each(_same), _same)
WORDS = Comparison(("same", "nearly all words", "most words", "some words", "different"), _each(_words), _words)
STREET = Comparison(("same", "same number, street alike", "same number, street close", "street alike", "different"), _each(_street), _street)
COMPANY = Comparison(("same", "alike", "different"), _each(_company), _company)
REACH = Comparison(("same", "different"), _reach)
CROWD = Comparison(("shared",), _crowd)


def level(comparison: Comparison, ones: Values, others: Values, terms: Terms = NO_TERMS) -> int:
    """The level of two records' values; BLANK where either has none."""
    return comparison.judge(ones, others, terms) if ones and others else BLANK
