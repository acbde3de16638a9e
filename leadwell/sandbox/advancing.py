"""Moves a sandbox's clock to a later time, from one due moment to the next; what it says and counts stands in its row, so that anybody can go on."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from leadwell import events, work
from leadwell.base.ids import uuid7
from leadwell.base.refusals import NotFound, Refusal
from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.work import Job

JOB = "transfer.advance"
LONGEST = timedelta(days=5 * 366)
MOST_TOLD = 500
Turn = tuple[str, int]
OPEN = "SELECT a.id, a.to_at FROM clock_advances a WHERE a.workspace_id = $1 AND a.state = 'RUNNING' FOR NO KEY UPDATE"
ROW = "SELECT a.* FROM clock_advances a WHERE a.workspace_id = $1 AND a.id = $2 FOR NO KEY UPDATE"
END = (
    "UPDATE clock_advances SET state = $3, error = $4, reached_at = $5, happened = $6, timeline = $7, finished_at = clock_timestamp(), "
    "version = version + 1, updated_at = $5 WHERE workspace_id = $1 AND id = $2 AND state = 'RUNNING' RETURNING id"
)


class NoSandbox(Refusal):
    """This workspace has no clock of its own: its time is the world's."""

    fix = "Make a sandbox with createSandbox, and move its clock with its key."
    status = 409


class ClockGoesForward(Refusal):
    """The clock stands at {now}; it never goes back to {to}."""

    fix = "Give a later time, or make another sandbox."
    status = 409


class TooFar(Refusal):
    """{to} is more than five years from where the clock stands."""

    fix = "Go there in several steps."


class ClockMoving(Refusal):
    """The clock is on its way to {to} already."""

    fix = "Wait for it, or cancel it with cancelClockAdvance."
    status = 409
    retryable = True


@dataclass(frozen=True, slots=True)
class Advance:
    """A clock on its way."""

    id: UUID
    to_at: datetime
    state: str


async def ask(tx: Tx, to: datetime) -> UUID:
    """Sends the clock on its way; asking for the same again finds it there, and gives it a worker if it lost its own.
    NoSandbox, ClockGoesForward, TooFar, ClockMoving."""
    if await tx.value("SELECT w.kind FROM lw_workspace($1) w", tx.workspace) != "SANDBOX":
        raise NoSandbox()
    await tx.value("SELECT 1 FROM event_cursors c WHERE c.workspace_id = $1 FOR UPDATE", tx.workspace)    # two at once take turns
    now, under_way = await tx.now(), await tx.row(OPEN, tx.workspace)
    if under_way is not None and under_way["to_at"] != to:
        raise ClockMoving(to=under_way["to_at"].isoformat())
    if under_way is None and to < now:
        raise ClockGoesForward(field="to", now=now.isoformat(), to=to.isoformat())
    if to - now > LONGEST:
        raise TooFar(field="to", to=to.isoformat())
    id = under_way["id"] if under_way else await _begun(tx, now, to)
    await work.put(tx, work.NewJob("transfer", JOB, {"id": str(id)}, key=str(id)))
    return id


async def _begun(tx: Tx, now: datetime, to: datetime) -> UUID:
    id = uuid7()
    if await tx.value("SELECT w.clock_at FROM lw_workspace($1) w", tx.workspace) is None:
        await tx.value("SELECT lw_set_clock($1, $2)", tx.workspace, now)     # from here on it stands still unless it is moved
    await tx.execute(
        "INSERT INTO clock_advances (workspace_id, id, from_at, to_at, reached_at, from_seq, created_at, updated_at) "
        "SELECT $1, $2, $3, $4, $3, c.last_seq, $3, $3 FROM event_cursors c WHERE c.workspace_id = $1", tx.workspace, id, now, to)
    await events.note(tx, "clock.advancing", "ClockAdvance", id, version=1, data={"to": to.isoformat()})
    return id


async def standing(tx: Tx, id: UUID) -> Advance | None:
    row = await tx.row("SELECT a.id, a.to_at, a.state FROM clock_advances a WHERE a.workspace_id = $1 AND a.id = $2", tx.workspace, id)
    return Advance(row["id"], row["to_at"], row["state"]) if row else None


async def next_due(tx: Tx) -> tuple[list[Turn], datetime | None]:
    """The queues and priorities with work that is due by now, and when the next is due after that."""
    rows = await tx.fetch(load(__name__, "next_due"), tx.workspace, await tx.now(), list(work.QUEUES))
    later = [row["next"] for row in rows if row["next"] is not None]
    return [(row["queue"], row["priority"]) for row in rows if row["due"] is not None], min(later, default=None)


async def at_rest(tx: Tx, besides: UUID) -> bool:
    """Whether nobody holds work of this workspace, but for the job `besides`, and every event has its number."""
    return not await tx.value(
        "SELECT EXISTS (SELECT 1 FROM work w WHERE w.workspace_id = $1 AND w.state = 'RUNNING' AND w.id <> $2) "
        "OR EXISTS (SELECT 1 FROM events e WHERE e.workspace_id = $1 AND e.seq IS NULL)", tx.workspace, besides)


async def step(tx: Tx, id: UUID, to: datetime, job: Job) -> bool:
    """The clock goes on to `to`; False when the advance is over or was canceled, or another worker has its job: the clock stays."""
    row = await tx.row(ROW, tx.workspace, id)
    if row is None or row["state"] != "RUNNING" or not await work.hold(tx, [job]):
        return False
    await tx.value("SELECT lw_set_clock($1, $2)", tx.workspace, min(to, row["to_at"]))
    await tx.execute(
        "UPDATE clock_advances SET reached_at = $3, stops = stops + 1, version = version + 1, updated_at = $3 WHERE workspace_id = $1 AND id = $2",
        tx.workspace, id, min(to, row["to_at"]))
    return True


async def finish(tx: Tx, id: UUID, state: str, error: str | None = None) -> bool:
    """Writes down what happened on the way; False when it was over already."""
    row = await tx.row(ROW, tx.workspace, id)
    if row is None or row["state"] != "RUNNING":
        return False
    happened = await tx.fetch(
        "SELECT e.kind, count(*) AS n FROM events e WHERE e.workspace_id = $1 AND e.seq > $2 GROUP BY e.kind ORDER BY e.kind", tx.workspace, row["from_seq"])
    counts = {r["kind"]: r["n"] for r in happened if not r["kind"].startswith("clock.")}
    await tx.execute(END, tx.workspace, id, state, error, await tx.now(), counts, await _timeline(tx, row["from_seq"]))
    kind = {"DONE": "clock.advanced", "FAILED": "clock.failed"}.get(state, "clock.canceled")
    await events.note(tx, kind, "ClockAdvance", id, data={"at": (await tx.now()).isoformat()})
    return True


async def _timeline(tx: Tx, from_seq: int) -> list[dict[str, Any]]:
    rows = await tx.fetch(
        "SELECT e.at, e.kind, e.noun, e.record_id, e.person_id, p.name, e.data FROM events e "
        "LEFT JOIN people p ON p.workspace_id = $1 AND p.id = e.person_id "
        "WHERE e.workspace_id = $1 AND e.seq > $2 AND e.kind NOT LIKE 'clock.%' ORDER BY e.seq LIMIT $3", tx.workspace, from_seq, MOST_TOLD)
    return [
        {"at": r["at"].isoformat(), "kind": r["kind"], "noun": r["noun"], "record": str(r["record_id"]), "person": r["name"],
         "told": r["data"].get("reason") or r["data"].get("step")} for r in rows]


async def cancel(tx: Tx, id: UUID) -> None:
    """Stops where the clock has come to; what was done stays done. NotFound."""
    if await tx.row(ROW, tx.workspace, id) is None:
        raise NotFound(noun="clock advance", field="id")
    await finish(tx, id, "CANCELED")
