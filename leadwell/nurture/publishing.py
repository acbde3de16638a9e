"""Publishes a draft: checked, frozen, and with a plan for everybody who is under way."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import orjson

from leadwell import events
from leadwell.access.sees import Sees
from leadwell.base.rows import locked
from leadwell.base.tx import Tx
from leadwell.nurture.checking import validate
from leadwell.nurture.due import wake
from leadwell.nurture.graph import Graph
from leadwell.nurture.migrating import Course, Standing, checked_courses, crowd, migrate, standings
from leadwell.nurture.refusals import NothingToPublish, PlanMoved, SequenceFlawed, WaitingCrowd
from leadwell.nurture.rights import within
from leadwell.nurture.shape import Flaw

CROWD = 50   # as many may be due at once without a ramp
DRAFT = "SELECT v.id, v.number, v.steps FROM sequence_versions v WHERE v.workspace_id = $1 AND v.sequence_id = $2 AND v.state = 'DRAFT'"


@dataclass(frozen=True, slots=True)
class Wish:
    """What becomes of people under way, by the step they stand at; who is not named stays in their version. `ramp_per_hour` lets a crowd go bit by bit.
    `plan_hash` of a preview, so that nothing else is published than what was looked at."""

    courses: Sequence[Course] = ()
    ramp_per_hour: int | None = None
    plan_hash: str | None = None


@dataclass(frozen=True, slots=True)
class Preview:
    """What publishing would do: what keeps it from it, who stands where and goes where, and how many would be due at once."""

    plan_hash: str
    flaws: Sequence[Flaw]
    standings: Sequence[Standing] = field(default_factory=tuple[Standing, ...])
    released: int = 0


async def preview_publish(tx: Tx, sequence_id: UUID, wish: Wish) -> Preview:
    """NothingToPublish, BadPlan."""
    draft = await _draft(tx, sequence_id)
    found = await validate(tx, sequence_id)
    if found:
        return Preview(_hash(draft, wish), found)
    graph = Graph(draft["steps"])
    courses = checked_courses(wish.courses, graph)
    standing = await standings(tx, sequence_id, courses, graph)
    return Preview(_hash(draft, wish), (), standing, crowd(standing))


async def publish(tx: Tx, sequence_id: UUID, expected_version: int | None = None, wish: Wish | None = None, *, author: Sees | None = None) -> UUID:
    """The draft becomes the live version, and writes with the rights of its author from now on; who is under way goes as the wish says, the first of them at
    once, a crowd in the worker. Returns the version's id. NothingToPublish, SequenceFlawed, PlanMoved, BadPlan, WaitingCrowd, and what the author may
    not ask or write."""
    wish = wish or Wish()
    row = await locked(tx, "sequence", "sequences", sequence_id, expected_version)
    draft = await _draft(tx, sequence_id)
    if wish.plan_hash is not None and wish.plan_hash != _hash(draft, wish):
        raise PlanMoved(field="plan_hash")
    await within(tx, author, draft["steps"], row["goal"])
    _refuse(await validate(tx, sequence_id))
    graph = Graph(draft["steps"])
    courses = checked_courses(wish.courses, graph)
    released = crowd(await standings(tx, sequence_id, courses, graph)) if courses else 0
    if released > CROWD and wish.ramp_per_hour is None:
        raise WaitingCrowd(field="ramp_per_hour", count=released)
    before = await _go_live(tx, sequence_id, draft["id"])
    data = {"version_id": str(draft["id"]), "number": draft["number"], "changes": {"number": [before, draft["number"]]}}
    await events.note(tx, "sequence.published", "Sequence", sequence_id, version=row["version"] + 1, data=data)
    if courses:
        await migrate(tx, sequence_id, draft["id"], courses, wish.ramp_per_hour)
    await wake(tx, await tx.now())
    return draft["id"]


async def _draft(tx: Tx, sequence_id: UUID) -> Mapping[str, Any]:
    row = await tx.row(DRAFT, tx.workspace, sequence_id)
    if row is None:
        await locked(tx, "sequence", "sequences", sequence_id)
        raise NothingToPublish()
    return dict(row)


def _hash(draft: Mapping[str, Any], wish: Wish) -> str:
    """Of the draft and the plan; how many people stand where moves all the time."""
    courses = sorted([course.step, course.action, course.to] for course in wish.courses)
    return hashlib.sha256(orjson.dumps([str(draft["id"]), draft["steps"], courses, wish.ramp_per_hour], option=orjson.OPT_SORT_KEYS)).hexdigest()[:32]


def _refuse(found: Sequence[Flaw]) -> None:
    if found:
        one = found[0]
        raise SequenceFlawed(
            field="steps" if one.at is None else f"steps.{one.at}", problem=one.message, fix=one.fix,
            problems=[f"{flaw.step}: {flaw.message}" if flaw.step else flaw.message for flaw in found])


async def _go_live(tx: Tx, sequence_id: UUID, version_id: UUID) -> int | None:
    """The number of the version that was live before."""
    before: int | None = await tx.value(
        "UPDATE sequence_versions SET state = 'RETIRED' WHERE workspace_id = $1 AND sequence_id = $2 AND state = 'LIVE' RETURNING number",
        tx.workspace, sequence_id)
    await tx.execute(
        "UPDATE sequence_versions SET state = 'LIVE', published_at = $3, credential = $4 WHERE workspace_id = $1 AND id = $2",
        tx.workspace, version_id, await tx.now(), tx.actor.credential)
    await tx.execute(
        "UPDATE sequences SET live_version_id = $3, state = CASE WHEN state = 'PAUSED' THEN 'PAUSED' ELSE 'LIVE' END, archived_at = NULL, "
        "version = version + 1, updated_at = $4 WHERE workspace_id = $1 AND id = $2", tx.workspace, sequence_id, version_id, await tx.now())
    return before
