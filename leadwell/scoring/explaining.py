"""Why a person has the score: every contribution, adding up exactly, now or at any time before."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from leadwell.base.refusals import NotFound
from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.scoring.evaluate import Contribution, Evaluation, evaluate
from leadwell.scoring.facts import activities_at, facts_at
from leadwell.scoring.refusals import NotScored
from leadwell.scoring.rules import Rules, parse

Row = Any  # of asyncpg

# A score knows what was committed between reading the clock and reading the facts; it says only when it read the clock.
LATE = tuple(timedelta(seconds=seconds) for seconds in (0, 0.1, 1, 10))


@dataclass(frozen=True, slots=True)
class Shown:
    """The score that lists show, or showed at the time asked for, when it was written, and since when the grade is what it is."""

    score: int
    grade: str
    as_of: datetime
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One line of `leadwell why score`."""

    at: datetime | None
    what: str
    because: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """A score and its parts: the counted hundredths of the contributions add up to exactly 100 times the score."""

    person_id: UUID
    model_id: UUID
    version_id: UUID
    version: int
    at: datetime
    score: int
    fit: int
    engagement: int
    grade: str
    contributions: Sequence[Contribution]
    shown: Shown | None = None

    def __iter__(self) -> Iterator[Step]:
        """As lines to print, the total last."""
        for c in self.contributions:
            yield Step(c.at, f"{_points(c.counted)} {c.label}", _because(c))
        parts = f"fit {self.fit}, engagement {self.engagement}, by version {self.version} of the model"
        yield Step(self.at, f"{self.score} points, grade {self.grade}", parts)


async def explain(tx: Tx, id: UUID, at: datetime | None = None, *, model_id: UUID | None = None) -> Explanation:
    """The score of a person (or the person of a lead or contact) under the default model, or another.

    At a past time: by the version live then, the fields as they were then and the activities recorded by then, so it is the score that was shown.
    Without a time: the score that is shown. It is recomputed as of now; where nothing but decay since it was written makes a difference,
    it is explained as of when it was written. Refuses NotFound, NotScored.
    """
    person = await person_of(tx, id)
    if at is not None:
        model, version = await _version(tx, model_id, at)
        return await _explained(tx, person, version, at, await _shown(tx, person, model, at))
    model, version = await _version(tx, model_id, None)
    shown = await _shown(tx, person, model)
    if shown:
        version = await _version_row(tx, shown["version_id"])
    now = await _explained(tx, person, version, await tx.now(), shown)
    if shown is None or now.score == shown["score"]:
        return now
    for late in LATE:
        then = await _explained(tx, person, version, shown["as_of"], shown, shown["as_of"] + late)
        if then.score == shown["score"]:
            return then
    return now


def _because(c: Contribution) -> str:
    """What decay and caps made of the points; empty when nothing."""
    steps = [f"{_points(c.points)} at first"] if c.points != c.counted else []
    if c.decayed != c.points:
        steps.append(f"{_points(c.decayed)} after decay")
    if c.counted != c.decayed:
        steps.append(f"{_points(c.counted)} under the caps")
    return ", ".join(steps)


def _points(hundredths: int) -> str:
    return f"{hundredths / 100:+.2f}"


async def person_of(tx: Tx, id: UUID) -> UUID:
    """The living person behind the id of a person, lead or contact; merged ones lead on to the survivor."""
    found = await tx.value(
        "SELECT coalesce((SELECT l.person_id FROM leads l WHERE l.workspace_id = $1 AND l.id = $2),"
        " (SELECT k.person_id FROM contacts k WHERE k.workspace_id = $1 AND k.id = $2), $2)", tx.workspace, id)
    for _ in range(20):
        row = await tx.row("SELECT p.merged_into FROM people p WHERE p.workspace_id = $1 AND p.id = $2", tx.workspace, found)
        if row is None:
            break
        if row["merged_into"] is None:
            return found
        found = row["merged_into"]
    raise NotFound(field="id", noun="Person")


async def _version(tx: Tx, model_id: UUID | None, at: datetime | None) -> tuple[UUID, Row]:
    """The model, and its version that was live at a time; the first published one for times before it."""
    rows = await tx.fetch(
        "SELECT v.id, v.model_id, v.number, v.rules, v.state, v.published_at FROM scoring_versions v"
        " JOIN scoring_models m ON m.workspace_id = $1 AND m.id = v.model_id"
        " WHERE v.workspace_id = $1 AND v.published_at IS NOT NULL AND m.subject = 'PERSON' AND (m.id = $2 OR $2::uuid IS NULL AND m.is_default)"
        " ORDER BY v.number DESC", tx.workspace, model_id)
    if not rows:
        raise NotScored()
    row = rows[0] if at is None else next((r for r in rows if r["published_at"] <= at), rows[-1])
    return row["model_id"], row


async def _version_row(tx: Tx, version_id: UUID) -> Row:
    row = await tx.row("SELECT v.id, v.model_id, v.number, v.rules FROM scoring_versions v WHERE v.workspace_id = $1 AND v.id = $2", tx.workspace, version_id)
    assert row is not None
    return row


async def _shown(tx: Tx, person_id: UUID, model_id: UUID, at: datetime | None = None) -> Row | None:
    return await tx.row(load(__name__, "shown"), tx.workspace, model_id, person_id, at)


async def _explained(tx: Tx, person_id: UUID, version: Row, at: datetime, shown: Row | None, known: datetime | None = None) -> Explanation:
    rules = parse(version["rules"])
    found = await evaluation(tx, person_id, rules, at, known)
    return Explanation(
        person_id, version["model_id"], version["id"], version["number"], at, found.score, found.fit, found.engagement, found.grade, found.contributions,
        Shown(shown["score"], shown["grade"], shown["as_of"], shown["since"]) if shown else None)


async def evaluation(tx: Tx, person_id: UUID, rules: Rules, at: datetime, known: datetime | None = None) -> Evaluation:
    """What the rules make of a person at a time, from what was known then, or by `known`."""
    since = at - timedelta(days=max((r.window_days for r in rules.engagement), default=0) + 1)
    activities = await activities_at(tx, person_id, sorted({r.kind for r in rules.engagement}), since, known or at)
    return evaluate(rules, await facts_at(tx, person_id, known or at, rules.named), activities, at)
