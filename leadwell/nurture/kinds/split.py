"""Splits people at random, and a person always the same way."""

import hashlib
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from itertools import accumulate
from typing import Any, cast
from uuid import UUID

from leadwell.nurture.shape import Decision, Flaw, Go, Stand, Step, flaw

FIELDS = frozenset({"variants"})
MOST_VARIANTS = 10
Variant = Mapping[str, Any]


def variants_of(step: Step) -> list[Variant]:
    found = step.get("variants")
    return [cast("Variant", one) for one in cast("list[Any]", found) if isinstance(one, Mapping)] if isinstance(found, list) else []


def check(step: Step) -> Iterator[Flaw]:
    variants = variants_of(step)
    if not 2 <= len(variants) <= MOST_VARIANTS:
        yield flaw("The split has not two variants, or too many.", f"Give 2 to {MOST_VARIANTS}.")
    if any(not isinstance(one.get("weight", 1), int) or not 0 < one.get("weight", 1) <= 1000 for one in variants):
        yield flaw("A variant of the split has a weight that is no whole number from 1 to 1000.", "Give weights such as 50 and 50.")
    names = [name_of(variants, i) for i in range(len(variants))]
    if len(set(names)) < len(names):
        yield flaw("Two variants of the split have the same name.", "Give each its own.")


def ways(step: Step) -> list[str]:
    return [str(one["next"]) for one in variants_of(step) if one.get("next")]


def name_of(variants: list[Variant], i: int) -> str:
    return str(variants[i].get("name") or chr(ord("A") + i))


def chance(sequence: UUID, step: str, person: UUID) -> float:
    """The same number in [0, 1) for a person at a step of a sequence, in every version and however often they come."""
    return int.from_bytes(hashlib.blake2b(f"{sequence}:{step}:{person}".encode(), digest_size=8).digest()) / 2**64


def decide(stand: Stand, facts: Any) -> Decision:
    variants = variants_of(stand.step)
    bounds = list(accumulate(one.get("weight", 1) for one in variants))
    i = bisect_right(bounds, chance(stand.sequence_id, stand.step["id"], stand.person_id) * bounds[-1])
    return Go(variants[i].get("next") or stand.next, name_of(variants, i))
