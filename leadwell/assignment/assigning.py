"""Gives leads to whose turn it is: locks, routes, decides, writes, with the turns moved on and the decision kept in the same transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from leadwell import events, notifications, people, work
from leadwell.assignment import clocks
from leadwell.assignment.deciding import CLAIM, Choice, choose
from leadwell.assignment.routing import Route, Wanted, routes
from leadwell.assignment.seats import Queue, Seats, seats
from leadwell.base import faults
from leadwell.base.ids import uuid7
from leadwell.base.sql import load
from leadwell.base.tx import Tx

OWNED = ("BREACH", "REQUEST")   # what a lead that has an owner can be decided again for
RETRY = timedelta(minutes=5)    # until who waits because nobody was free is looked at again
Row = Any


@dataclass(frozen=True, slots=True)
class Decision:
    """What became of a lead, and why; kept as it is."""

    lead_id: UUID
    cause: str
    choice: Choice
    route: Route
    strategy: str | None
    owner_id: UUID | None
    before_id: UUID | None
    skipped: Sequence[Mapping[str, Any]]
    id: UUID

    @property
    def outcome(self) -> str:
        return "NOBODY" if self.strategy is None else "ASSIGNED" if self.owner_id else "WAITING"


async def assign(tx: Tx, wanted: Sequence[Wanted]) -> dict[UUID, Decision]:
    """The decision on each lead that is open and, unless it was asked for again, has no owner. Nothing, where the workspace has no queues."""
    asked = {one.lead_id: one for one in wanted}
    if not asked or not await any_queue(tx):
        return {}
    found = await tx.fetch("SELECT l.person_id FROM leads l WHERE l.workspace_id = $1 AND l.id = ANY($2::uuid[])", tx.workspace, list(asked))
    await people.lock(tx, {row["person_id"] for row in found})
    faults.point("assignment.locked")
    made, rows = await _decided(tx, asked, lock=True)
    faults.point("assignment.decided")
    await _write(tx, made, rows)
    return {one.lead_id: one for one in made}


async def preview(tx: Tx, lead_id: UUID, queue_id: UUID | None = None) -> Decision | None:
    """Who would get a lead now; nothing is written, no turn is taken. None: it is not open."""
    made, _ = await _decided(tx, {lead_id: Wanted(lead_id, "REQUEST", queue_id)}, lock=False)
    return made[0] if made else None


async def any_queue(tx: Tx) -> bool:
    """Whether the workspace shares out leads at all."""
    return bool(await tx.value("SELECT EXISTS (SELECT 1 FROM lead_queues q WHERE q.workspace_id = $1 AND q.archived_at IS NULL)", tx.workspace))


async def _decided(tx: Tx, asked: Mapping[UUID, Wanted], *, lock: bool) -> tuple[list[Decision], dict[UUID, Row]]:
    again = any(one.cause in OWNED for one in asked.values())
    given = await tx.fetch(load(__name__, "facts"), tx.workspace, list(asked), again, await tx.now())
    rows = [row for row in given if row["owner_id"] is None or asked[row["id"]].cause in OWNED]
    ways = await routes(tx, rows, asked)
    places = await seats(tx, {way.queue_id for way in ways.by_lead.values() if way.queue_id}, lock=lock)
    faults.point("assignment.seated")
    made = [_decision(row, asked[row["id"]], ways.by_lead[row["id"]], places, ways.skipped) for row in rows]
    if lock and (turns := places.changed()):
        await tx.execute(load(__name__, "turns"), tx.workspace, turns, await tx.now())
    return made, {row["id"]: row for row in rows}


def _decision(row: Row, asked: Wanted, way: Route, places: Seats, skipped: Sequence[Mapping[str, Any]]) -> Decision:
    queue = places.queues.get(way.queue_id) if way.queue_id else None
    if queue is None:
        return Decision(row["id"], asked.cause, Choice(None, "NO_TERRITORY"), Route(), None, None, row["owner_id"], skipped, uuid7())
    owner, choice = _chosen(row, asked, way, queue)
    if owner:
        places.took(owner, choice.member)
    return Decision(row["id"], asked.cause, choice, way, queue.strategy, owner, row["owner_id"], skipped, uuid7())


def _chosen(row: Row, asked: Wanted, way: Route, queue: Queue) -> tuple[UUID | None, Choice]:
    """The owner of a known company before whose turn it is; it costs nobody's turn."""
    sticky = row["company_owner"]
    if queue.sticky and sticky and sticky != asked.passed:
        return sticky, Choice(None, "STICKY_OWNER")
    choice = choose(queue.strategy, queue.members, way.needs, asked.passed)
    return (choice.member.user_id if choice.member else None), choice


async def _write(tx: Tx, made: Sequence[Decision], rows: Mapping[UUID, Row]) -> None:
    moved = [one for one in made if _moves(one, rows[one.lead_id])]
    versions = await _give(tx, moved)
    kept = [one for one in made if one.owner_id or one.cause != "RETRY"]
    if kept:
        await tx.execute(load(__name__, "keep"), tx.workspace, [_row(one) for one in kept], await tx.now(), str(tx.actor))
    faults.point("assignment.kept")
    await events.note_all(tx, [_event(one, rows[one.lead_id], versions[one.lead_id]) for one in moved])
    if not tx.actor.quiet:
        await notifications.tell(tx, [_telling(one, rows[one.lead_id]) for one in moved if one.owner_id and one.owner_id != tx.actor.user])
    await clocks.retime(tx, [one.lead_id for one in moved if one.route.queue_id != rows[one.lead_id]["queue_id"]])
    if any(one.outcome == "WAITING" and one.strategy != CLAIM for one in made):
        await work.put(tx, work.NewJob("assign", "assign.waiting", key="waiting", delay=RETRY))
    faults.point("assignment.done")


def _moves(one: Decision, row: Row) -> bool:
    """Whether the lead changes. Whoever did not answer keeps it where nobody else can take it."""
    if one.outcome == "NOBODY" or (one.cause == "BREACH" and one.owner_id is None):
        return False
    return one.owner_id != row["owner_id"] or one.route.queue_id != row["queue_id"]


async def _give(tx: Tx, moved: Sequence[Decision]) -> dict[UUID, int]:
    if not moved:
        return {}
    rows = [{"id": one.lead_id, "owner_id": one.owner_id, "queue_id": one.route.queue_id} for one in sorted(moved, key=lambda one: one.lead_id)]
    return {row["id"]: row["version"] for row in await tx.fetch(load(__name__, "give"), tx.workspace, rows, await tx.now())}


def _row(one: Decision) -> dict[str, Any]:
    return {
        "id": one.id, "lead_id": one.lead_id, "cause": one.cause, "outcome": one.outcome, "reason": one.choice.reason, "queue_id": one.route.queue_id,
        "territory_id": one.route.territory_id, "owner_id": one.owner_id, "before_id": one.before_id, "strategy": one.strategy,
        "needs": list(one.route.needs), "candidates": one.choice.candidates, "skipped": list(one.skipped),
    }  # fmt: skip


def _event(one: Decision, row: Row, version: int) -> events.Event:
    pairs = {"owner_id": [row["owner_id"], one.owner_id], "queue_id": [row["queue_id"], one.route.queue_id]}
    changes = {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}
    kind = "lead.assigned" if "owner_id" in changes else "lead.queued"
    data = {"changes": changes, "decision_id": one.id, "reason": one.choice.reason}
    return events.Event(kind, "Lead", one.lead_id, row["person_id"], version, data)


def _telling(one: Decision, row: Row) -> notifications.Telling:
    assert one.owner_id is not None
    at = f" ({row['company_name']})" if row["company_name"] and row["company_name"] != row["who"] else ""
    return notifications.Telling(one.owner_id, "LEAD_ASSIGNED", f"{row['who']}{at} is yours", "Lead", one.lead_id)
