"""Takes people who are under way from their version of a sequence to the live one, as planned step by step, a batch at a time."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

import asyncpg

from leadwell import work
from leadwell.base.ids import uuid7
from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.nurture.due import wake
from leadwell.nurture.exits import leave
from leadwell.nurture.graph import Graph
from leadwell.nurture.kinds import KINDS
from leadwell.nurture.refusals import BadPlan

ACTIONS = ("STAY", "MOVE", "RESTART", "EXIT")
BATCH = 5000
JOB = "nurture.migrate"
RUNNING = (
    "SELECT m.*, v.steps FROM sequence_migrations m JOIN sequence_versions v ON v.workspace_id = $1 AND v.id = m.version_id "
    "WHERE m.workspace_id = $1 AND m.id = $2 AND m.state = 'RUNNING' FOR NO KEY UPDATE OF m"
)
WINDOW = (
    "SELECT e.id, e.step, e.person_id FROM enrollments e WHERE e.workspace_id = $1 AND e.sequence_id = $2 AND e.version_id = ANY($3::uuid[]) "
    "AND e.step = ANY($4::text[]) AND e.state = 'ACTIVE' AND ($5::uuid IS NULL OR e.person_id > $5) ORDER BY e.person_id LIMIT $6 FOR NO KEY UPDATE"
)


@dataclass(frozen=True, slots=True)
class Course:
    """What becomes of people at a step of an older version. MOVE goes to `to`, or to the step of the same id."""

    step: str
    action: str = "MOVE"
    to: str | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """People at a step of an older version, and where they go; `released` of them wait now and would be due at once."""

    step: str
    count: int
    action: str
    to: str | None
    released: int


def checked_courses(courses: Sequence[Course], graph: Graph) -> list[Course]:
    """Courses with their targets. BadPlan."""
    found: list[Course] = []
    for i, course in enumerate(courses):
        if course.action not in ACTIONS:
            raise BadPlan(field=f"plan.{i}.action", why=f"there is no {course.action}", fix="Take one of " + ", ".join(ACTIONS) + ".")
        to = (course.to or course.step) if course.action == "MOVE" else str(graph.steps[0]["id"]) if course.action == "RESTART" else None
        if to is not None and to not in graph.index:
            raise BadPlan(field=f"plan.{i}.to", why=f"the new version has no step {to[:40]}", fix="Name one of its steps with to.")
        if to is not None and KINDS[graph.step(to)["kind"]].ends:
            raise BadPlan(field=f"plan.{i}.to", why=f"{to[:40]} is the end", fix="Let them leave with EXIT.")
        found.append(Course(course.step, course.action, to))
    if len({course.step for course in found}) < len(found):
        raise BadPlan(field="plan", why="a step has two courses", fix="Give each one.")
    return found


async def standings(tx: Tx, sequence_id: UUID, courses: Sequence[Course], graph: Graph) -> list[Standing]:
    """Everybody under way by the step they stand at, with their course."""
    planned = {course.step: course for course in courses}
    going = [course for course in courses if course.to]
    rows = await tx.fetch(
        load(__name__, "standings"), tx.workspace, sequence_id, await tx.now(), [c.step for c in going], [_span(graph, c.to) for c in going],
        [_until(graph, c.to) for c in going])
    found: list[Standing] = []
    for row in rows:
        course = planned.get(row["step"], Course(row["step"], "STAY"))
        found.append(Standing(row["step"], row["people"], course.action, course.to, row["released"] if course.to else 0))
    return found


def crowd(standing: Sequence[Standing]) -> int:
    """How many who wait now would be due at once."""
    return sum(one.released for one in standing)


def _span(graph: Graph, to: str | None) -> float:
    """How long people wait at a step; 0 where they do not, or not all alike."""
    timed = KINDS[graph.step(to)["kind"]].timed(graph.step(to)) if to else None
    return timed.span.total_seconds() if timed else 0.0


def _until(graph: Graph, to: str | None) -> Any:
    timed = KINDS[graph.step(to)["kind"]].timed(graph.step(to)) if to else None
    return timed.until if timed else None


async def migrate(
    tx: Tx, sequence_id: UUID, version_id: UUID, courses: Sequence[Course], ramp_per_hour: int | None = None, *, batch: int = BATCH
) -> UUID:
    """Notes the plan and takes the first batch; a worker takes the others."""
    id, now = uuid7(), await tx.now()
    await tx.execute(
        "UPDATE sequence_migrations SET state = 'DONE', ended_at = $3 WHERE workspace_id = $1 AND sequence_id = $2 AND state = 'RUNNING'",
        tx.workspace, sequence_id, now)
    await tx.execute(
        "INSERT INTO sequence_migrations (workspace_id, id, sequence_id, version_id, from_ids, plan, ramp_per_hour, created_at) SELECT $1, $2, $3, $4, "
        "array_agg(v.id), $5, $6, $7 FROM sequence_versions v WHERE v.workspace_id = $1 AND v.sequence_id = $3 AND v.state = 'RETIRED' HAVING count(*) > 0",
        tx.workspace, id, sequence_id, version_id, [asdict(course) for course in courses if course.action != "STAY"], ramp_per_hour, now)
    await carry_on(tx, id, batch)
    return id


async def carry_on(tx: Tx, migration_id: UUID, batch: int = BATCH) -> int:
    """One batch of a migration, in order of people; it asks for the next while there is one. Killed or said twice, nobody goes twice."""
    row = await tx.row(RUNNING, tx.workspace, migration_id)
    if row is None:
        return 0
    planned = {one["step"]: one for one in row["plan"]}
    window = await tx.fetch(WINDOW, tx.workspace, row["sequence_id"], row["from_ids"], list(planned), row["reached"], batch)
    left = await leave(tx, [one["id"] for one in window if planned[one["step"]]["action"] == "EXIT"], "VERSION")
    moved = await _moved(tx, row, [one["id"] for one in window if planned[one["step"]]["to"]])
    done = len(window) < batch
    await tx.execute(
        "UPDATE sequence_migrations SET moved = moved + $3, released = released + $4, state = CASE WHEN $5 THEN 'DONE' ELSE state END, reached = $7, "
        "ended_at = CASE WHEN $5 THEN $6::timestamptz END WHERE workspace_id = $1 AND id = $2",
        tx.workspace, migration_id, left + moved["moved"], moved["released"], done, await tx.now(), window[-1]["person_id"] if window else row["reached"])
    if not done:
        await work.put(tx, work.NewJob("nurture", JOB, {"id": str(migration_id)}, key=str(migration_id), priority=work.BULK))
    await wake(tx, await tx.now())
    return left + moved["moved"]


async def _moved(tx: Tx, row: asyncpg.Record, ids: Sequence[UUID]) -> asyncpg.Record:
    """Takes these to the new version. Whose mail is being handed over, or nobody knows about, stays in the old one."""
    graph, going = Graph(row["steps"]), [one for one in row["plan"] if one["to"]]
    found = await tx.row(
        load(__name__, "migrate"), tx.workspace, list(ids), [one["step"] for one in going], [one["to"] for one in going],
        [_span(graph, one["to"]) for one in going], [_until(graph, one["to"]) for one in going],
        [one["action"] == "RESTART" for one in going], row["version_id"], await tx.now(), row["ramp_per_hour"], row["released"])
    assert found is not None
    return found
