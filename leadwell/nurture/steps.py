"""The steps of a sequence, pure: what they may say, where one leads, and when."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

EMAIL, WAIT, EXIT = "EMAIL", "WAIT", "EXIT"
KINDS = (EMAIL, WAIT, EXIT)
MOST_STEPS = 100
LONGEST = timedelta(days=366)
_DURATION = re.compile(r"^P(?:(\d+)W)?(?:(\d+)D)?(?:T(?=\d)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$")
_KEY = re.compile(r"^[a-z0-9_-]{1,40}$")
Step = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Flaw:
    """What is wrong with the steps; `at` is the index of the step, None for all of them."""

    at: int | None
    message: str
    fix: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where an enrollment stands after a move: at a step, due at a time; or through with the sequence (`step` None)."""

    step: str | None
    due_at: datetime | None


def duration(text: str) -> timedelta | None:
    """An ISO 8601 duration of weeks, days, hours, minutes and seconds; None when it is none."""
    found = _DURATION.match(text)
    if not found or not any(found.groups()):
        return None
    weeks, days, hours, minutes, seconds = (min(int(part or 0), 10**9) for part in found.groups())
    return timedelta(weeks=weeks % 10**6, days=days % 10**7, hours=hours % 10**8, minutes=minutes, seconds=seconds)


def with_ids(steps: Sequence[Step]) -> list[dict[str, Any]]:
    """The steps with an id each; those without one are numbered."""
    return [{"id": f"s{i}", **step} for i, step in enumerate(steps, start=1)]


def flaws(steps: Sequence[Step]) -> list[Flaw]:
    """Everything that keeps the steps from running."""
    found = [flaw for i, step in enumerate(steps) if (flaw := _flaw(i, step))]
    ids = [step.get("id") for step in steps]
    if len(set(map(str, ids))) < len(ids):
        found.append(Flaw(None, "Two steps have the same id.", "Give each its own, or none."))
    if not any(step.get("kind") == EMAIL for step in steps):
        found.append(Flaw(None, "The sequence sends nothing.", "Add a step of kind EMAIL."))
    if len(steps) > MOST_STEPS:
        found.append(Flaw(None, f"There are more than {MOST_STEPS} steps.", "Split the sequence."))
    return found + [Flaw(i + 1, "This step comes after an EXIT and is never reached.", "Remove it.") for i, s in enumerate(steps[:-1]) if s.get("kind") == EXIT]


def _flaw(at: int, step: Step) -> Flaw | None:
    kind = step.get("kind")
    if kind not in KINDS:
        return Flaw(at, f"There is no kind of step called {kind}.", "Take EMAIL, WAIT or EXIT.")
    if not _KEY.match(str(step.get("id", ""))):
        return Flaw(at, "The id of the step has other letters than a-z, 0-9, _ and -.", "Choose another, or leave it out.")
    if kind == EMAIL and not is_id(step.get("template_id")):
        return Flaw(at, "The e-mail has no template.", "Name one with templateId.")
    if kind == WAIT:
        length = duration(str(step.get("duration", "")))
        if length is None or not timedelta(0) < length <= LONGEST:
            return Flaw(at, "The wait has no duration that can be read.", 'Write it like "P2D" (two days), "PT4H" (four hours) or "P1W"; a year at most.')
    return None


def is_id(value: object) -> bool:
    """Whether it can be read as an id."""
    try:
        return bool(UUID(str(value)))
    except ValueError:
        return False


def arrive(steps: Sequence[Step], index: int, now: datetime) -> Place:
    """What it means to come to the step at `index`: an e-mail is due at once, a wait when it is over, an exit and the end are the end."""
    if index >= len(steps) or steps[index]["kind"] == EXIT:
        return Place(None, None)
    step = steps[index]
    length = duration(step["duration"]) if step["kind"] == WAIT else timedelta(0)
    return Place(step["id"], now + (length or timedelta(0)))


def after(steps: Sequence[Step], id: str, now: datetime) -> Place:
    """Where the step after `id` leads."""
    index = next(i for i, step in enumerate(steps) if step["id"] == id)
    return arrive(steps, index + 1, now)


@dataclass(frozen=True, slots=True)
class Move:
    """One row of a version's table for the set-based interpreter: leaving `step` leads to `next`, due after `seconds`."""

    step: str
    kind: str
    next: str | None
    seconds: float


def moves(steps: Sequence[Step]) -> list[Move]:
    """The whole version as a table; an EXIT is never stood at, so it has no row."""
    start = datetime(2000, 1, 1, tzinfo=UTC)
    places = [arrive(steps, i + 1, start) for i in range(len(steps))]
    return [Move(s["id"], s["kind"], p.step, (p.due_at - start).total_seconds() if p.due_at else 0.0)
            for s, p in zip(steps, places, strict=True) if s["kind"] != EXIT]
