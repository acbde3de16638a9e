"""What every kind of step is made of: how it is checked, what it needs to know, what it decides (pure), and what it does about it."""

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from leadwell.base.tx import Tx

Step = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Flaw:
    """What is wrong with the steps; `at` is the index of the step (None: all of them), `step` its name."""

    at: int | None
    message: str
    fix: str
    step: str | None = None


@dataclass(frozen=True, slots=True)
class Stand:
    """An enrollment that is due at a step. `now` is the instant decisions are made for: the clock, or for one who catches up, when it was due.
    `missed`: mail of that instant is left out. `next` is where the step leads unless it says otherwise; None is the end."""

    id: UUID
    person_id: UUID
    sequence_id: UUID
    version_id: UUID
    step: Step
    next: str | None
    visit: int
    arrived_at: datetime
    now: datetime
    awaits: UUID | None = None
    missed: bool = False
    hops: int = 0


@dataclass(frozen=True, slots=True)
class Go:
    """On to a step (None: the end). `outcome` is kept with the step left behind; `goal` marks the enrollment as having reached one."""

    to: str | None
    outcome: str
    goal: bool = False


@dataclass(frozen=True, slots=True)
class Stay:
    """Where it is until an instant, or (None) until an outcome is recorded: of its mail, or of the record it `awaits`."""

    until: datetime | None
    awaits: UUID | None = None


@dataclass(frozen=True, slots=True)
class Leave:
    """Out of the sequence, for this reason."""

    reason: str


Decision = Go | Stay | Leave
Facts = Mapping[UUID, Any]                                     # by enrollment
Taken = tuple[Stand, Decision]


Enroll = Callable[[Tx, UUID, Sequence[UUID], str, int], Awaitable[Sequence["Entry"]]]


@dataclass(frozen=True, slots=True)
class Entry:
    """One person's answer on entering: the enrollment, or a code that says why there is none."""

    person_id: UUID
    enrollment_id: UUID | None
    refusal: str | None = None


@dataclass(frozen=True, slots=True)
class Setup:
    """What steps do things with: who sends where a workspace has named nobody, and how people enter a sequence."""

    mail_from: str
    enroll: Enroll


Learn = Callable[[Tx, Sequence[Stand]], Awaitable[Facts]]
Effect = Callable[[Tx, Sequence[Taken], Setup], Awaitable[Mapping[UUID, Decision]]]   # decisions that turned out otherwise


def flawless(step: Step) -> Iterator[Flaw]:
    yield from ()


def nowhere(step: Step) -> list[str]:
    return []


async def unknown(tx: Tx, stood: Sequence[Stand]) -> Facts:
    """A kind that decides by the step alone."""
    return {}


@dataclass(frozen=True, slots=True)
class StepKind:
    """One row of the table of kinds. `decide` is pure; `effect` acts for the stands whose decisions say so, and is safe to be said twice, because the
    transaction that acts is the one that moves. `slow`: the effect runs verb by verb, so fewer are taken at once, with their people locked.
    `waits`: time passes here, so a loop through it is none without end. `ends`: nothing follows. `ways`: further steps it may lead to; `fields`: what it may
    say, beside id, name, kind and next."""

    decide: Callable[[Stand, Any], Decision]
    fields: frozenset[str] = frozenset()
    learn: Learn = unknown
    effect: Effect | None = None
    check: Callable[[Step], Iterator[Flaw]] = flawless
    ways: Callable[[Step], list[str]] = nowhere
    timed: Callable[[Step], "Timed | None"] = lambda step: None
    slow: bool = False
    waits: Callable[[Step], bool] = lambda step: False
    ends: bool = False


@dataclass(frozen=True, slots=True)
class Timed:
    """A wait that is the same for everybody: so long after arriving, or until an instant."""

    span: timedelta
    until: datetime | None = None

    def due(self, arrived: datetime) -> datetime:
        return arrived + self.span if self.until is None else max(self.until, arrived)


def flaw(message: str, fix: str) -> Flaw:
    """A flaw whose place whoever asks knows."""
    return Flaw(None, message, fix)
