"""Queues, territories, policies and leads for the tests of assignment; time that a test moves."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from leadwell import assignment, events, reactions, work, workspaces
from leadwell.access.sees import Everything
from leadwell.assignment import Seat, Wanted, editing
from leadwell.assignment.lists import CALENDAR, QUEUE, RESPONSE_POLICY, TERRITORY
from leadwell.base.actor import Actor
from leadwell.base.ids import uuid7
from leadwell.base.tx import Database, Tx
from leadwell.wiring import Kit
from leadwell.work import Kind
from tests import builders as make
from workers.assignment import KINDS
from workers.drain import Drain

MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
NONE: Any = None


async def sandbox(db: Database, at: datetime = MONDAY) -> Actor:
    """A workspace whose time stands still until `wait`."""
    id = await workspaces.create(db, uuid7().hex, "Sandbox", kind="SANDBOX", epoch="test")
    await db.control("SELECT lw_set_clock($1, $2)", id, at)
    return Actor.system(id)


async def wait(db: Database, actor: Actor, span: timedelta, kinds: Sequence[Kind] = tuple(KINDS)) -> None:
    """Time passes, and the worker does what is due by then."""
    await db.control("SELECT lw_set_clock($1, lw_clock($1) + $2)", actor.workspace, span)
    await carried(db, actor, kinds)


async def carried(db: Database, actor: Actor, kinds: Sequence[Kind] = tuple(KINDS)) -> None:
    """What happened is carried up, and the work of assignment done."""
    for _ in range(4):
        await db.run(actor, events.sequence)
        while await db.run(actor, lambda tx: reactions.react(tx, 500)):
            pass
        if not await drained(db, actor, kinds):
            return


async def drained(db: Database, actor: Actor, kinds: Sequence[Kind] = tuple(KINDS)) -> int:
    """Does what is due in this workspace alone; returns how many jobs there were."""
    done = 0

    async def due(tx: Tx) -> Sequence[work.Job]:
        return await work.claim(tx, "assign", list(kinds), 200) or await work.claim(tx, "assign", list(kinds), 200, priority=work.BULK)

    while jobs := await db.run(actor, due):
        drain = Drain(Kit(NONE, db, NONE, NONE, NONE, NONE), kinds)
        for kind in kinds:
            if mine := [job for job in jobs if job.kind == kind.name]:
                await drain._settle(kind, mine, [None] * len(mine))  # pyright: ignore[reportPrivateUsage]
        done += len(jobs)
    return done


async def queue(tx: Tx, *members: Seat, **more: Any) -> UUID:
    id = await editing.create(tx, QUEUE, {"name": uuid7().hex, **more}, Everything(tx.workspace))
    for seat in members:
        await assignment.put_member(tx, id, seat)
    return id


async def territory(tx: Tx, queue_id: UUID, where: dict[str, Any] | None = None, **more: Any) -> UUID:
    given = {"name": uuid7().hex, "queue_id": queue_id, "filter": where or {}, **more}
    return await editing.create(tx, TERRITORY, given, Everything(tx.workspace))


async def policy(tx: Tx, first: int = 60, **more: Any) -> UUID:
    given = {"name": uuid7().hex, "first_minutes": first, "is_default": True, **more}
    return await editing.create(tx, RESPONSE_POLICY, given, Everything(tx.workspace))


async def calendar(tx: Tx, weekly: dict[str, list[str]], zone: str = "UTC") -> UUID:
    return await editing.create(tx, CALENDAR, {"name": uuid7().hex, "time_zone": zone, "weekly": weekly}, Everything(tx.workspace))


async def sellers(tx: Tx, count: int) -> list[UUID]:
    return [await make.make_user(tx, f"Seller {i}") for i in range(1, count + 1)]


async def given(db: Database, actor: Actor, *leads: UUID, cause: str = "ARRIVAL") -> dict[UUID, assignment.Decision]:
    return await db.run(actor, lambda tx: assignment.assign(tx, [Wanted(id, cause) for id in leads]))


async def row(db: Database, actor: Actor, table: str, id: UUID) -> dict[str, Any]:
    async with db.read(actor) as tx:
        found = await tx.row(f"SELECT t.* FROM {table} t WHERE t.workspace_id = $1 AND t.id = $2", tx.workspace, id)
    assert found is not None
    return dict(found)


async def rows(db: Database, actor: Actor, table: str, order: str = "id", **where: Any) -> list[dict[str, Any]]:
    """Rows of a table with these values."""
    tests = "".join(f" AND t.{name} = ${i}" for i, name in enumerate(where, 2))
    async with db.read(actor) as tx:
        found = await tx.fetch(f"SELECT t.* FROM {table} t WHERE t.workspace_id = $1{tests} ORDER BY t.{order}", tx.workspace, *where.values())
    return [dict(one) for one in found]
