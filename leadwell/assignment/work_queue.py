"""The work queue: what a user, or whoever takes from a queue, should do next, in one order, with the reasons that add up to it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from leadwell import tasks, timeline
from leadwell.assignment.refusals import BadSnooze, ClaimByUsersOnly, StillWaiting
from leadwell.base.refusals import NotFound
from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.tasks import About

Attempt = Literal["CALL", "EMAIL", "MEETING"]
MOST = 200
LONGEST = timedelta(days=366)
REST = timedelta(days=7)     # how long a score alone brings nothing back that was done
ACTIONS = {"RESPONSE": "ANSWER", "REPLY": "ANSWER", "TASK_OVERDUE": "DO", "TASK": "DO", "HANDED_OVER": "ACCEPT", "WAITS": "CLAIM", "SCORE": "CALL"}


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something is to be done. The points of an item's reasons add up to its rank."""

    code: str
    points: int
    since: datetime
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """A lead, contact or task, and what to do about it."""

    noun: str
    record_id: UUID
    reasons: tuple[Reason, ...]

    @property
    def rank(self) -> int:
        return sum(reason.points for reason in self.reasons)

    @property
    def action(self) -> str:
        """What the weightiest reason asks for; what waits in a queue is claimed first."""
        codes = [reason.code for reason in self.reasons]
        return "CLAIM" if "WAITS" in codes else ACTIONS[codes[0]]

    @property
    def due_at(self) -> datetime | None:
        return min((reason.due_at for reason in self.reasons if reason.due_at), default=None)


def points(code: str, now: datetime, since: datetime, due_at: datetime | None, score: int | None) -> int:
    """How much a reason weighs: answers overdue before answers due, replies, tasks, what marketing handed over, and the score."""
    late = (now - due_at) if due_at else timedelta(0)
    match code:
        case "RESPONSE" if late >= timedelta(0):
            return 1000 + min(99, int(late / timedelta(hours=1)))
        case "RESPONSE":
            return 600 + max(0, 200 - int(-late / timedelta(minutes=1)))
        case "REPLY":
            return 500
        case "TASK_OVERDUE":
            return 400 + min(49, int(late / timedelta(days=1))) + (score or 0)
        case "TASK":
            return 300 + (score or 0)
        case "HANDED_OVER":
            return 200
        case "WAITS":
            return 100
        case _:
            return max(0, min(100, score or 0))


def ranked(rows: Iterable[Mapping[str, Any]], now: datetime) -> list[Item]:
    """The items that reasons come to, the most urgent first; of equal ones what is due first, then what has waited longest."""
    found: dict[tuple[str, UUID], list[Reason]] = defaultdict(list)
    for row in rows:
        weight = points(row["code"], now, row["since"], row["due_at"], row["score"])
        found[row["noun"], row["record_id"]].append(Reason(row["code"], weight, row["since"], row["due_at"]))
    items = [Item(noun, id, tuple(sorted(reasons, key=lambda one: -one.points))) for (noun, id), reasons in found.items()]
    return sorted(items, key=lambda one: (-one.rank, one.due_at or now + LONGEST, min(reason.since for reason in one.reasons), one.record_id))


async def work_queue(tx: Tx, user: UUID | None, queue: UUID | None = None, first: int = 50) -> list[Item]:
    """What a user has to do, or what waits in a queue. What the user put off is left out until then, or until something new happens."""
    now = await tx.now()
    rows = await tx.fetch(load(__name__, "work_queue"), tx.workspace, user, queue, now)
    return ranked((dict(row) for row in rows), now)[:max(0, min(first, MOST))]


async def done(tx: Tx, noun: str, record_id: UUID, kind: Attempt | None = None, outcome: str | None = None) -> None:
    """A task is completed. A lead or contact is off the caller's list until something new happens; `kind` logs the call, mail or meeting that did it, and
    is needed where somebody waits for an answer. TaskClosed, NotFound, StillWaiting, ClaimByUsersOnly, BadTaskField."""
    if noun == "Task":
        await tasks.complete(tx, record_id, outcome)
        return
    user = _user(tx)
    about = About(lead_id=record_id) if noun == "Lead" else About(contact_id=record_id)
    if kind is not None:
        direction = None if kind == "MEETING" else "OUTBOUND"
        await tasks.log_activity(tx, timeline.NewActivity(kind, direction=direction, outcome=outcome, user_id=user), about)
    elif await _waits(tx, noun, record_id):
        raise StillWaiting(field="kind", noun=noun.lower())
    await _mark(tx, user, noun, record_id, "DONE", await tx.now() + REST)


async def snooze(tx: Tx, noun: str, record_id: UUID, until: datetime) -> None:
    """Puts a task off for everybody, a lead or contact off the caller's list until then, or until something new happens. NotFound, BadSnooze, TaskClosed."""
    now = await tx.now()
    if not now < until <= now + LONGEST:
        raise BadSnooze(field="until", why="it is not in the future" if until <= now else "it is more than a year ahead")
    if noun == "Task":
        await tasks.snooze(tx, record_id, until)
    else:
        await _mark(tx, _user(tx), noun, record_id, "SNOOZED", until)


def _user(tx: Tx) -> UUID:
    if tx.actor.user is None:
        raise ClaimByUsersOnly()
    return tx.actor.user


async def _waits(tx: Tx, noun: str, record_id: UUID) -> bool:
    column = "lead_id" if noun == "Lead" else "contact_id"
    sql = f"SELECT EXISTS (SELECT 1 FROM response_clocks c WHERE c.workspace_id = $1 AND c.{column} = $2 AND c.state = 'RUNNING')"
    return bool(await tx.value(sql, tx.workspace, record_id))


async def _mark(tx: Tx, user: UUID, noun: str, record_id: UUID, kind: str, until: datetime) -> None:
    table = "leads" if noun == "Lead" else "contacts"
    if not await tx.value(f"SELECT EXISTS (SELECT 1 FROM {table} x WHERE x.workspace_id = $1 AND x.id = $2)", tx.workspace, record_id):
        raise NotFound(noun=noun.lower(), field="id")
    await tx.execute(
        "INSERT INTO work_marks (workspace_id, user_id, record_id, noun, kind, at, until_at) VALUES ($1, $2, $3, $4, $5, $6, $7)"
        " ON CONFLICT (workspace_id, user_id, record_id) DO UPDATE SET kind = EXCLUDED.kind, at = EXCLUDED.at, until_at = EXCLUDED.until_at",
        tx.workspace, user, record_id, noun, kind, await tx.now(), until)  # fmt: skip


# Events after which somebody's list may look otherwise.
MOVES = frozenset({
    "lead.assigned", "lead.queued", "lead.created", "lead.repeated", "lead.raised_hand", "lead.moved", "lead.accepted", "lead.rejected", "lead.junked",
    "lead.converted", "lead.merged", "lead.recycled", "lead.updated", "contact.raised_hand", "contact.updated", "response.met", "response.breached",
    "task.created", "task.updated", "task.done", "task.canceled", "task.reopened", "mail.replied", "activity.recorded", "score.changed",
})


async def touched(tx: Tx, told: Sequence[Any], user: UUID | None, queue: UUID | None) -> Any:
    """The last of these events that concerns what the user has to do, or what waits in the queue; None."""
    moving = [event for event in told if event["kind"] in MOVES]
    if not moving:
        return None
    named = {str(user or queue)}
    found = set(await _concerned(tx, moving, user, queue))
    return next((event for event in reversed(moving) if {event["record_id"], event["person_id"]} & found or named & _names(event)), None)


def _names(event: Any) -> set[str]:
    """Users and queues that an event names: who has it now, and who had it."""
    changes = event["data"].get("changes", {})
    pairs = [changes[name] for name in ("owner_id", "assignee_id", "queue_id") if name in changes]
    return {str(value) for pair in pairs for value in pair} | {str(event["data"].get(name)) for name in ("assignee_id", "owner_id", "given_to")}


async def _concerned(tx: Tx, told: Sequence[Any], user: UUID | None, queue: UUID | None) -> list[UUID]:
    ids = [event["record_id"] for event in told]
    people = [event["person_id"] for event in told if event["person_id"]]
    rows = await tx.fetch(load(__name__, "concerned"), tx.workspace, user, queue, ids, people)
    return [id for row in rows for id in (row["id"], row["person_id"]) if id]
