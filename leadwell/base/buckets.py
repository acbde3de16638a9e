"""Points that are spent here and shared with other processes: what one process may give out between two looks at the whole.

A bucket holds points up to `most` and gets `rate` of them back a second. Each process spends from its share, an equal part of what is there, and tells
afterwards what it spent. So nobody waits to be told, and together they give out what the bucket has.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol


class Spent(NamedTuple):
    """Points that a process took from a bucket, and what the bucket is like."""

    bucket: str
    points: float
    most: int
    rate: int


class Unheard(Exception):
    """Whoever keeps what all processes have spent did not answer."""


class Rates(Protocol):
    """What all processes together have spent."""

    async def settle(self, spent: Sequence[Spent]) -> tuple[int, list[float]]:
        """How many processes share the buckets, and what each of these holds once this was taken from it. Unheard."""
        ...


@dataclass(frozen=True, slots=True)
class Allowance:
    """How many points a bucket holds, and how many it gets back a second."""

    most: int
    rate: int


class Bucket:
    """One bucket as this process sees it. `processes`: how many share it. Times in seconds of any clock that never goes back."""

    __slots__ = ("allowance", "at", "name", "share", "spent", "unsure", "whole")

    def __init__(self, name: str, allowance: Allowance, now: float, processes: int = 1) -> None:
        self.name, self.allowance, self.at = name, allowance, now
        self.whole: float = allowance.most
        self.share: float = allowance.most / processes
        self.spent: float = 0       # since it was last told
        self.unsure = True          # whether more than the share was given out since the whole was last heard of, or it never was

    def refill(self, now: float, processes: int) -> None:
        most, rate = self.allowance.most, self.allowance.rate
        gained = (now - self.at) * rate
        self.at = now
        self.whole = min(most, self.whole + gained)
        self.share = min(most / processes, self.share + gained / processes)

    def has(self, points: float, now: float, processes: int = 1) -> bool:
        """Whether so much may be spent: from the share, or from the whole once between two looks at it."""
        self.refill(now, processes)
        return points <= self.share or (points <= self.whole and not self.unsure)

    def spend(self, points: float) -> None:
        """Takes points, or gives back those that were not used (less than 0)."""
        self.unsure = self.unsure or points > max(self.share, 0)
        self.share -= points
        self.whole -= points
        self.spent += points

    def wait(self, points: float) -> float:
        """Seconds until so much is there again, if nobody else spends."""
        return max(0.0, (points - self.whole) / self.allowance.rate)

    def told(self) -> Spent:
        """What was spent since it was last told, which is told now."""
        spent, self.spent = self.spent, 0
        return Spent(self.name, spent, self.allowance.most, self.allowance.rate)

    def heard(self, level: float, processes: int) -> None:
        """What the whole came to when everything told was taken from it."""
        self.whole = level - self.spent
        self.share = level / processes - self.spent
        self.unsure = False

    def unheard(self, spent: float, processes: int) -> None:
        """Nobody could be told: what was spent is told later, but no more than this process could have given out meanwhile."""
        self.spent = min(self.spent + spent, self.allowance.most / processes)
