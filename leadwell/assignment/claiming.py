"""A user takes a lead out of a queue, and leads that waited are looked at again."""

from typing import Any
from uuid import UUID

from leadwell import events, leads, work
from leadwell.assignment.assigning import Decision, assign
from leadwell.assignment.refusals import ClaimByUsersOnly, LeadTaken, NoQueues, NotOpen, NotYourQueue
from leadwell.assignment.routing import Wanted
from leadwell.base.ids import uuid7
from leadwell.base.rows import Named, Revision, require, revise
from leadwell.base.sql import load
from leadwell.base.tx import Tx

MOST = 100   # of a queue at once


async def claim(tx: Tx, lead_id: UUID, expected_version: int | None = None) -> Revision:
    """The lead is the caller's: one without an owner, of a queue they sit in or of none. Claimed again by the same user nothing changes.
    NotFound, LeadSealed, StaleVersion, NotOpen, LeadTaken, NotYourQueue, ClaimByUsersOnly."""
    user = tx.actor.user
    if user is None:
        raise ClaimByUsersOnly()
    lead = await leads.lock(tx, lead_id, expected_version)
    if lead["state"] != "OPEN":
        raise NotOpen(state=lead["state"].lower())
    if lead["owner_id"] == user:
        return Revision({}, lead["version"])
    if lead["owner_id"] is not None:
        raise LeadTaken(owner=await tx.value("SELECT u.name FROM users u WHERE u.workspace_id = $1 AND u.id = $2", tx.workspace, lead["owner_id"]))
    queue = await _queue(tx, lead["queue_id"], user)
    revision = await revise(tx, "lead", "leads", lead, {"owner_id": user})
    id = uuid7()
    kept: dict[str, Any] = {
        "id": id, "lead_id": lead_id, "cause": "CLAIM", "outcome": "ASSIGNED", "reason": "CLAIMED", "queue_id": lead["queue_id"], "owner_id": user,
        "strategy": queue, "needs": [], "candidates": [], "skipped": [],
    }  # fmt: skip
    await tx.execute(load(__name__, "keep"), tx.workspace, [kept], await tx.now(), str(tx.actor))
    data = {"changes": revision.changes, "decision_id": id, "reason": "CLAIMED"}
    await events.note(tx, "lead.assigned", "Lead", lead_id, person_id=lead["person_id"], version=revision.version, data=data)
    return revision


async def _queue(tx: Tx, queue_id: UUID | None, user: UUID) -> str | None:
    """The strategy of the queue. NotYourQueue."""
    row = await tx.row(
        "SELECT q.name, q.strategy, EXISTS (SELECT FROM lead_queue_members m WHERE m.workspace_id = $1 AND m.queue_id = q.id AND m.user_id = $3) AS mine"
        " FROM lead_queues q WHERE q.workspace_id = $1 AND q.id = $2", tx.workspace, queue_id, user) if queue_id else None  # fmt: skip
    if row is not None and not row["mine"]:
        raise NotYourQueue(queue=row["name"])
    return row["strategy"] if row else None


async def hand_to_queue(tx: Tx, lead_id: UUID, queue_id: UUID | None = None, expected_version: int | None = None) -> Decision:
    """Decides anew who gets an open lead: in that queue, or in the one that its form, source or territory names; whoever has it is only one of many.
    NotFound, LeadSealed, StaleVersion, NotOpen, NoQueues."""
    lead = await leads.lock(tx, lead_id, expected_version)
    if lead["state"] != "OPEN":
        raise NotOpen(state=lead["state"].lower())
    await require(tx, Named("lead queue", "lead_queues", queue_id, "queue_id"))
    made = await assign(tx, [Wanted(lead_id, "REQUEST", queue_id)])
    if lead_id not in made:
        raise NoQueues()
    return made[lead_id]


async def retry_waiting(tx: Tx) -> int:
    """Looks again at leads that wait because nobody was free, the oldest of each queue; more is another job. Returns how many found an owner."""
    rows = await tx.fetch(load(__name__, "waiting"), tx.workspace, MOST)
    made = await assign(tx, [Wanted(row["id"], "RETRY") for row in rows])
    given = sum(one.owner_id is not None for one in made.values())
    if given == len(rows) >= MOST:
        await work.put(tx, work.NewJob("assign", "assign.waiting", key="waiting"))
    return given


async def look_again(tx: Tx) -> None:
    """Somebody may be free now: leads that wait are looked at at once."""
    await work.put(tx, work.NewJob("assign", "assign.waiting", key="waiting"))
