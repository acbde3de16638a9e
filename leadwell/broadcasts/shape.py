"""What a broadcast is made of and which state follows which. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from leadwell.broadcasts.refusals import BadBroadcast, BroadcastMoved

MOST_VARIANTS, MOST_SEGMENTS, MOST_PEOPLE = 5, 20, 5_000
MEASURES: Mapping[str, str] = {"OPENS": "opened_at", "CLICKS": "clicked_at", "REPLIES": "replied_at"}
MOVES: Mapping[str, frozenset[str]] = {   # what may be done in which state
    "changed": frozenset({"DRAFT"}), "scheduled": frozenset({"DRAFT", "SCHEDULED"}), "paused": frozenset({"SCHEDULED", "TESTING", "SENDING"}),
    "resumed": frozenset({"PAUSED"}), "canceled": frozenset({"DRAFT", "SCHEDULED", "TESTING", "SENDING", "PAUSED"}), "decided": frozenset({"TESTING"}),
    "archived": frozenset({"DRAFT", "DONE", "CANCELED"}),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Audience:
    """Whom it is for: everybody in one of `segments`, who matches `where` of `noun`, or is one of `people`, but nobody in one of `without`."""

    segments: Sequence[UUID] = ()
    noun: str = "Person"
    where: Mapping[str, Any] | None = None
    people: Sequence[UUID] = ()
    without: Sequence[UUID] = ()

    def kept(self) -> dict[str, Any]:
        told = {"segments": list(map(str, self.segments)), "people": list(map(str, self.people)), "without": list(map(str, self.without))}
        return {key: value for key, value in told.items() if value} | ({"noun": self.noun, "where": self.where} if self.where is not None else {})

    @classmethod
    def read(cls, kept: Mapping[str, Any]) -> "Audience":
        ids = {name: [UUID(str(id)) for id in kept.get(name) or ()] for name in ("segments", "people", "without")}
        return cls(noun=kept.get("noun", "Person"), where=kept.get("where"), **ids)


@dataclass(frozen=True, slots=True)
class Variant:
    """One form of the mail; weights say how many get which."""

    name: str
    template_id: UUID
    weight: int = 1


@dataclass(frozen=True, slots=True)
class Test:
    """So many percent get the variants first; after `hours` the one with most OPENS, CLICKS or REPLIES goes to the rest."""

    percent: int
    hours: int
    by: str = "CLICKS"


@dataclass(frozen=True, slots=True)
class NewBroadcast:
    """A broadcast to be: one variant, or several to compare."""

    name: str
    topic_id: UUID
    audience: Audience
    variants: Sequence[Variant]
    sender_id: UUID | None = None
    test: Test | None = None
    window_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Hour:
    """When it begins: at a moment, or when each recipient's own clock shows `local` (naive); neither: at once."""

    at: datetime | None = None
    local: datetime | None = field(default=None)


def checked_audience(audience: Audience) -> None:
    if not audience.segments and audience.where is None and not audience.people:
        raise BadBroadcast(field="audience", why="it is for nobody: it names no segment, filter or people")
    if audience.noun not in ("Person", "Lead", "Contact"):
        raise BadBroadcast(field="audience.noun", why=f"no person stands behind {audience.noun[:40]}", fix="Take one of Person, Lead and Contact.")
    if len(audience.segments) > MOST_SEGMENTS or len(audience.without) > MOST_SEGMENTS or len(audience.people) > MOST_PEOPLE:
        raise BadBroadcast(field="audience", why=f"it names more than {MOST_SEGMENTS} segments or {MOST_PEOPLE} people")


def checked_variants(variants: Sequence[Variant], test: Test | None) -> None:
    if not 1 <= len(variants) <= MOST_VARIANTS:
        raise BadBroadcast(field="variants", why=f"it has 1 to {MOST_VARIANTS} variants")
    if len({v.name for v in variants}) < len(variants) or not all(v.name.strip() for v in variants):
        raise BadBroadcast(field="variants", why="each variant has a name of its own")
    for i, variant in enumerate(variants):
        if not 1 <= variant.weight <= 1000:
            raise BadBroadcast(field=f"variants.{i}.weight", why="a weight is a whole number from 1 to 1000")
    if test is not None:
        _checked_test(variants, test)


def _checked_test(variants: Sequence[Variant], test: Test) -> None:
    if len(variants) < 2:
        raise BadBroadcast(field="test", why="there is nothing to compare: it has one variant")
    if not 1 <= test.percent <= 90:
        raise BadBroadcast(field="test.percent", why="1 to 90 percent get the variants first")
    if not 1 <= test.hours <= 720:
        raise BadBroadcast(field="test.hours", why="the test takes 1 to 720 hours")
    if test.by not in MEASURES:
        raise BadBroadcast(field="test.by", why=f"{test.by[:40]} is not measured", fix="Take one of " + ", ".join(MEASURES) + ".")


def checked_move(state: str, done: str) -> None:
    """BroadcastMoved where that cannot be done any more, or not yet."""
    if state not in MOVES[done]:
        raise BroadcastMoved(state=state, done=done)


def best(measured: Sequence[tuple[int, int]]) -> int:
    """The index of the variant with the highest share of (reached, sent); of equals the first."""
    shares = [reached / sent if sent else 0.0 for reached, sent in measured]
    return shares.index(max(shares))
