"""People walking through sequences in tests: a live sequence of any steps, and what became of whoever was in it."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from leadwell import nurture, workspaces
from leadwell.base.actor import Actor
from leadwell.base.ids import uuid7
from leadwell.base.tx import Database, Tx
from tests.mailing import FROM, forward, leads, template, topic

Steps = Sequence[dict[str, Any]]


class Killed(Exception):
    """The process died here."""


async def sandbox(db: Database) -> Actor:
    """A workspace whose clock the test moves."""
    return Actor.system(await workspaces.create(db, uuid7().hex, "Sandbox", kind="SANDBOX", epoch="test"))


async def mail(tx: Tx, **more: Any) -> dict[str, Any]:
    """An e-mail step."""
    return {"kind": "EMAIL", "template_id": str(await template(tx)), **more}


async def begun(tx: Tx, steps: Steps, people: Sequence[UUID] | int = 1, name: str = "Walk", **more: Any) -> tuple[UUID, list[UUID]]:
    """A live sequence with people in it; returns both."""
    id = await nurture.create_sequence(tx, nurture.NewSequence(name, await topic(tx), steps, **more))
    await nurture.publish(tx, id)
    who = await leads(tx, people) if isinstance(people, int) else list(people)
    entries = await nurture.enroll_many(tx, id, who, "HAND")
    assert [entry.refusal for entry in entries] == [None] * len(who)
    return id, who


async def walk(db: Database, actor: Actor) -> int:
    """Moves everybody until nobody is due; returns how many moves that were."""
    moved = 0
    for _ in range(50):
        count = await db.run(actor, lambda tx: nurture.step_due(tx, mail_from=FROM))
        if not count:
            return moved
        moved += count
    raise AssertionError("somebody never comes to rest")


async def killed(db: Database, actor: Actor) -> None:
    """A worker that dies when everything was done and nothing was committed."""

    async def die(tx: Tx) -> None:
        assert await nurture.step_due(tx, mail_from=FROM)
        raise Killed()

    try:
        await db.run(actor, die)
    except Killed:
        return


async def later(db: Database, actor: Actor, by: timedelta) -> int:
    """Time passes, and everybody who is due moves."""
    await forward(db, actor.workspace, by)
    return await walk(db, actor)


async def outcomes(db: Database, actor: Actor, person: UUID | None = None) -> list[tuple[str, str]]:
    """The steps left behind with their outcomes, in order."""
    async with db.read(actor) as tx:
        rows = await tx.fetch(
            "SELECT s.step, s.outcome FROM enrollment_steps s JOIN enrollments e ON e.workspace_id = $1 AND e.id = s.enrollment_id "
            "WHERE s.workspace_id = $1 AND ($2::uuid IS NULL OR e.person_id = $2) ORDER BY s.left_at, s.visit, length(s.step), s.step", tx.workspace, person)
        return [(row["step"], row["outcome"]) for row in rows]


async def standing(db: Database, actor: Actor) -> list[tuple[str, str, str | None]]:
    """State, step and reason of every enrollment, in order of entering."""
    async with db.read(actor) as tx:
        rows = await tx.fetch("SELECT e.state, e.step, e.exit_reason FROM enrollments e WHERE e.workspace_id = $1 ORDER BY e.created_at, e.id", tx.workspace)
        return [tuple(row) for row in rows]


async def count(db: Database, actor: Actor, table: str, where: Callable[[], str] | str = "true") -> int:
    async with db.read(actor) as tx:
        return await tx.value(f"SELECT count(*) FROM {table} x WHERE x.workspace_id = $1 AND {where}", tx.workspace)
