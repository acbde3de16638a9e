"""The steps of a sequence as a graph, pure: where each leads, what lies behind it, and when one who arrives there moves on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from leadwell.nurture.kinds import KINDS
from leadwell.nurture.shape import Step


@dataclass(frozen=True, slots=True)
class Place:
    """Where an enrollment stands after a move: at a step, due at a time; or through with the sequence (`step` None)."""

    step: str | None
    due_at: datetime | None


@dataclass(frozen=True, slots=True)
class Move:
    """One row of a version's table for the set-based interpreter. A `plain` step is left by everybody alike: for `next`, due `seconds` later or at
    `until`, a round further when it lies `back`. Others are decided one by one."""

    step: str
    plain: bool
    next: str | None
    seconds: float
    until: datetime | None
    back: bool


class Graph:
    """Steps in order; each leads to the next one unless it names another. Made of steps without flaws."""

    def __init__(self, steps: Sequence[Step]) -> None:
        self.steps = steps
        self.index: Mapping[str, int] = {str(step.get("id")): i for i, step in enumerate(steps)}

    def step(self, id: str) -> Step:
        return self.steps[self.index[id]]

    def onward(self, i: int) -> str | None:
        """Where the step at `i` leads when it says nothing else; None is the end."""
        step = self.steps[i]
        if KINDS[step["kind"]].ends:
            return None
        following = self.steps[i + 1]["id"] if i + 1 < len(self.steps) else None
        return step.get("next") or following

    def ways(self, i: int) -> list[str | None]:
        """Everywhere the step at `i` may lead."""
        kind = KINDS[self.steps[i]["kind"]]
        return [None] if kind.ends else [self.onward(i), *kind.ways(self.steps[i])]

    def arrive(self, id: str | None, at: datetime) -> Place:
        """What it means to come to a step: due at once, unless it is a wait that is the same for everybody; an exit is the end."""
        if id is None or KINDS[self.step(id)["kind"]].ends:
            return Place(None, None)
        timed = KINDS[self.step(id)["kind"]].timed(self.step(id))
        return Place(id, timed.due(at) if timed else at)

    def begin(self, at: datetime) -> Place:
        return self.arrive(str(self.steps[0]["id"]) if self.steps else None, at)

    def back(self, before: str, after: str) -> bool:
        """Whether a way leads back, or to where it begins."""
        return self.index[after] <= self.index.get(before, len(self.steps))

    @cached_property
    def moves(self) -> list[Move]:
        """The whole version as a table; an exit is never stood at, so it has no row."""
        return [self._move(i) for i, step in enumerate(self.steps) if not KINDS[step["kind"]].ends]

    def _move(self, i: int) -> Move:
        step, onward = self.steps[i], self.onward(i)
        to = onward if onward is not None and not KINDS[self.step(onward)["kind"]].ends else None
        if KINDS[step["kind"]].timed(step) is None:
            return Move(step["id"], False, to, 0.0, None, False)
        timed = KINDS[self.step(to)["kind"]].timed(self.step(to)) if to else None
        return Move(
            step["id"], True, to, timed.span.total_seconds() if timed else 0.0, timed.until if timed else None, to is not None and self.back(step["id"], to))
