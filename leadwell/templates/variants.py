"""Which variant a person gets, the same one every time, and whether what variants came to differs by more than chance. Pure."""

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID


def chance(salt: str, person: UUID) -> float:
    """A number from 0 to 1 that is always the same for a person and a salt, and unlike that of other salts."""
    return int.from_bytes(hashlib.sha256(f"{salt}:{person}".encode()).digest()[:8]) / 2**64


def variant_of(salt: str, person: UUID, weights: Sequence[int]) -> int:
    """The index of a person's variant. Weights say how many get each: [50, 50], [90, 10]; whoever got one keeps it while the weights stay."""
    total = sum(weights)
    if total <= 0 or min(weights) < 0:
        raise ValueError("weights are not negative, and one is above 0")
    left = chance(salt, person) * total
    for i, weight in enumerate(weights):
        left -= weight
        if left < 0:
            return i
    return max(i for i, weight in enumerate(weights) if weight)


@dataclass(frozen=True, slots=True)
class Significance:
    """Two shares compared: their difference in `lift` (b over a, 0.1 is ten percent more; None when a is 0), the z value, the chance `p` that no
    difference would come out so far apart, and whether that is below 5 percent. `enough` is false where the counts are too small for the test."""

    lift: float | None
    z: float
    p: float
    significant: bool
    enough: bool


def significance(reached_a: int, of_a: int, reached_b: int, of_b: int) -> Significance:
    """The two-proportion z test, two-sided, with the pooled share. Ten at least must and must not be expected in each."""
    if not (0 <= reached_a <= of_a and 0 <= reached_b <= of_b):
        raise ValueError("nobody reaches more than there are")
    if of_a == 0 or of_b == 0:
        return Significance(None, 0.0, 1.0, False, False)
    a, b, pooled = reached_a / of_a, reached_b / of_b, (reached_a + reached_b) / (of_a + of_b)
    spread = math.sqrt(pooled * (1 - pooled) * (1 / of_a + 1 / of_b))
    z = (b - a) / spread if spread else 0.0
    p = math.erfc(abs(z) / math.sqrt(2))
    enough = min(n * share for n in (of_a, of_b) for share in (pooled, 1 - pooled)) >= 10
    return Significance((b - a) / a if a else None, z, p, enough and p < 0.05, enough)
