"""Who sits in a queue, and when users are away."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from leadwell import events
from leadwell.assignment.claiming import look_again
from leadwell.assignment.lists import skills
from leadwell.assignment.refusals import BadAbsence, BadMember
from leadwell.base.identity import clean
from leadwell.base.ids import uuid7
from leadwell.base.refusals import NotFound
from leadwell.base.rows import Named, locked, require
from leadwell.base.tx import Tx

MOST_CAPACITY, MOST_WEIGHT, LONGEST_NOTE = 1_000_000, 100, 500
PUT = """INSERT INTO lead_queue_members AS m (workspace_id, id, queue_id, user_id, weight, capacity, skills, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (workspace_id, queue_id, user_id) DO UPDATE SET weight = EXCLUDED.weight, capacity = EXCLUDED.capacity, skills = EXCLUDED.skills RETURNING m.id"""
SEATED = "SELECT m.weight, m.capacity, m.skills FROM lead_queue_members m WHERE m.workspace_id = $1 AND m.queue_id = $2 AND m.user_id = $3"


@dataclass(frozen=True, slots=True)
class Seat:
    """What a member of a queue is like."""

    user_id: UUID
    weight: int = 1
    capacity: int | None = None
    skills: list[str] = field(default_factory=list[str])


async def put_member(tx: Tx, queue_id: UUID, seat: Seat) -> UUID:
    """Makes a user a member of a queue, or changes what they are like in it. NotFound, BadMember, BadEntryField."""
    if not 1 <= seat.weight <= MOST_WEIGHT:
        raise BadMember(field="weight", name="weight", value=seat.weight, why=f"it is not from 1 to {MOST_WEIGHT}")
    if seat.capacity is not None and not 0 <= seat.capacity <= MOST_CAPACITY:
        raise BadMember(field="capacity", name="capacity", value=seat.capacity, why=f"it is not from 0 to {MOST_CAPACITY}")
    can = skills("skills", list(seat.skills))
    await locked(tx, "lead queue", "lead_queues", queue_id)
    await require(tx, Named("user", "users", seat.user_id, "user_id"))
    before = dict(await tx.row(SEATED, tx.workspace, queue_id, seat.user_id) or {})
    id = await tx.value(PUT, tx.workspace, uuid7(), queue_id, seat.user_id, seat.weight, seat.capacity, can, await tx.now())
    data = {"weight": seat.weight, "capacity": seat.capacity, "skills": can}
    changes = {name: [before.get(name), after] for name, after in data.items() if not before or before[name] != after}
    await _told(tx, queue_id, {"user_id": seat.user_id, **data, "changes": events.told(changes)})
    return id


async def remove_member(tx: Tx, queue_id: UUID, user_id: UUID) -> bool:
    """Takes a user out of a queue; what they own stays theirs. Whether they were in it. NotFound."""
    await locked(tx, "lead queue", "lead_queues", queue_id)
    if not await tx.value("SELECT EXISTS (SELECT 1 FROM users u WHERE u.workspace_id = $1 AND u.id = $2)", tx.workspace, user_id):
        raise NotFound(noun="user", field="user_id")
    gone = "DELETE FROM lead_queue_members WHERE workspace_id = $1 AND queue_id = $2 AND user_id = $3 RETURNING weight, capacity, skills"
    removed = await tx.row(gone, tx.workspace, queue_id, user_id)
    if removed is not None:
        changes = {name: [before, None] for name, before in removed.items() if before is not None}
        await _told(tx, queue_id, {"user_id": user_id, "removed": True, "changes": events.told(changes)})
    return removed is not None


async def _told(tx: Tx, queue_id: UUID, data: Mapping[str, Any]) -> None:
    await events.note(tx, "leadQueue.members_changed", "LeadQueue", queue_id, data=data)
    await look_again(tx)


async def add_absence(tx: Tx, user_id: UUID, from_at: datetime, until_at: datetime, note: str | None = None) -> UUID:
    """A user gets nothing in that time. NotFound, BadAbsence."""
    if until_at <= from_at:
        raise BadAbsence(field="until_at", why="it ends before it begins")
    if until_at <= await tx.now():
        raise BadAbsence(field="until_at", why="it is over already")
    await require(tx, Named("user", "users", user_id, "user_id"))
    id = uuid7()
    await tx.execute(
        "INSERT INTO absences (workspace_id, id, user_id, from_at, until_at, note, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        tx.workspace, id, user_id, from_at, until_at, (clean(note) or "")[:LONGEST_NOTE] or None, await tx.now())  # fmt: skip
    await events.note(tx, "absence.created", "Absence", id, data={"user_id": user_id, "from_at": from_at.isoformat(), "until_at": until_at.isoformat()})
    return id


async def end_absence(tx: Tx, absence_id: UUID) -> bool:
    """The user is back now; one that has not begun is as if it had never been. Whether there was something to end. NotFound."""
    now = await tx.now()
    row = await tx.row("SELECT a.user_id, a.from_at, a.until_at FROM absences a WHERE a.workspace_id = $1 AND a.id = $2 FOR UPDATE", tx.workspace, absence_id)
    if row is None:
        raise NotFound(noun="absence")
    if row["until_at"] <= now:
        return False
    await tx.execute("UPDATE absences SET until_at = greatest($3, from_at) WHERE workspace_id = $1 AND id = $2", tx.workspace, absence_id, now)
    await events.note(tx, "absence.ended", "Absence", absence_id, data={"user_id": row["user_id"]})
    await look_again(tx)
    return True
