"""What events mean to assignment and clocks: who is to get a lead, who waits for an answer, who was answered, who no longer waits."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any
from uuid import UUID

from leadwell import calendars, events, work
from leadwell.assignment import clocks
from leadwell.assignment.assigning import any_queue
from leadwell.assignment.clocks import Start
from leadwell.assignment.policies import policies
from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.events import Event, hushed

ATTEMPTS = frozenset({"CALL", "EMAIL", "MEETING", "TASK_DONE"})
WRITTEN = frozenset({"REPLY", "EMAIL"})
CLOSING = frozenset({
    "lead.converted", "lead.junked", "lead.merged", "lead.rejected", "contact.archived", "contact.merged", "task.done", "task.canceled",
})
MOVING = frozenset({"lead.moved", "lead.accepted"})
ENDING = {"Lead": "leads", "Contact": "contacts", "Task": "tasks"}


async def ask(tx: Tx, told: Sequence[Any]) -> int:
    """Puts the assignment of leads that came, asked again, or whose company became known; returns how many."""
    asked = [event for event in told if not hushed(event["data"], "ASSIGNMENT") and _concerns(event)]
    if not asked or not await any_queue(tx):
        return 0
    quiet = {event["record_id"] for event in asked if event["data"].get("quiet")}
    leads = {event["record_id"] for event in asked} - quiet
    await work.put(tx, *_jobs(leads))
    with tx.quietly():   # of an import that asked for it: after what somebody waits for, and nobody is told of each
        await work.put(tx, *_jobs(quiet))
    return len(leads | quiet)


def _jobs(leads: Iterable[UUID]) -> Iterator[work.NewJob]:
    return (work.NewJob("assign", "assign.lead", {"lead_id": str(id)}, key=str(id)) for id in sorted(leads))


def _concerns(event: Any) -> bool:
    return event["kind"] != "lead.updated" or "company_id" in event["data"].get("changes", {})


async def follow(tx: Tx, told: Sequence[Any]) -> None:
    """Starts, meets and ends clocks in the order in which things happened."""
    heard = [(event, phase) for event in told if (phase := _phase(event))]
    for phase, run in groupby(heard, key=lambda one: one[1]):
        await PHASES[phase](tx, [event for event, _ in run])


def _phase(event: Any) -> str | None:
    kind = event["kind"]
    if kind == "activity.recorded":
        return "HEAR" if event["data"].get("kind") in ATTEMPTS | WRITTEN else None
    return "END" if kind in CLOSING else "MOVE" if kind in MOVING else "START"


async def _move(tx: Tx, told: Sequence[Any]) -> int:
    """Into nurturing nobody waits any more; out of it somebody does again."""
    return await end(tx, told) + await start(tx, told)


async def start(tx: Tx, told: Sequence[Any]) -> int:
    """Starts the clocks of those who ask to be spoken to and of leads that come back from nurturing; returns how many."""
    loud = [event for event in told if not hushed(event["data"], "RESPONSE")]
    types = await _types(tx, loud)
    return await clocks.start(tx, [one for event in loud if (one := _start(event, types))])


def _start(event: Any, types: Mapping[str, str]) -> Start | None:
    data, lead = event["data"], event["record_id"] if event["noun"] == "Lead" else None
    match event["kind"]:
        case "lead.created" | "lead.repeated":
            back = bool(data.get("recycled"))
            return Start(event["person_id"], event["at"], "RETURN" if back else "INQUIRY", lead, first=not back) if back or _asks(data) else None
        case "lead.raised_hand" | "contact.raised_hand":
            at, task = datetime.fromisoformat(data["raised_at"]), data.get("task_id")
            contact = None if lead else event["record_id"]
            return Start(event["person_id"], at, "INQUIRY", lead, contact, UUID(task) if task and contact else None)
        case "lead.recycled":
            return Start(event["person_id"], event["at"], "RETURN", lead)
        case _:
            before, after = _moved(event, types)
            return Start(event["person_id"], event["at"], "RETURN", lead) if before == "NURTURING" and after in ("NEW", "WORKING", "QUALIFIED") else None


def _asks(data: Mapping[str, Any]) -> bool:
    return data.get("intent") == "HAND_RAISE"


async def _types(tx: Tx, told: Iterable[Any]) -> dict[str, str]:
    """The types of the statuses that leads moved between."""
    ids = {UUID(id) for event in told if event["kind"] in MOVING for id in event["data"].get("changes", {}).get("status_id", ()) if id}
    sql = "SELECT s.id, s.type FROM lead_statuses s WHERE s.workspace_id = $1 AND s.id = ANY($2::uuid[])"
    return {str(row["id"]): row["type"] for row in await tx.fetch(sql, tx.workspace, list(ids))} if ids else {}


def _moved(event: Any, types: Mapping[str, str]) -> tuple[str | None, str | None]:
    before, after = event["data"].get("changes", {}).get("status_id", (None, None))
    return types.get(str(before)), types.get(str(after))


async def end(tx: Tx, told: Sequence[Any]) -> int:
    """Ends the clocks of what was closed, given back to nurturing, or done; returns how many."""
    found: dict[tuple[str, str], list[UUID]] = defaultdict(list)
    types = await _types(tx, told)
    for event in told:
        if event["kind"] not in MOVING or _moved(event, types)[1] == "NURTURING":
            found[event["kind"], ENDING[event["noun"]]].append(event["record_id"])
    ended = 0
    for (kind, subjects), ids in found.items():
        ended += await clocks.end(tx, kind.replace(".", "_").upper(), **{subjects: ids})  # type: ignore[arg-type]
    return ended


async def hear(tx: Tx, told: Sequence[Any]) -> int:
    """Meets the clocks of those whom a user called, wrote to or met, and starts those of open leads whose person wrote; returns how many were met."""
    kinds = {event["record_id"]: event["data"].get("kind") for event in told if not hushed(event["data"], "RESPONSE")}
    met = await _answered(tx, [id for id, kind in kinds.items() if kind in ATTEMPTS])
    if written := [id for id, kind in kinds.items() if kind in WRITTEN]:
        rows = await tx.fetch(load(__name__, "replies"), tx.workspace, written)
        await clocks.start(tx, [Start(row["person_id"], row["at"], "REPLY", row["lead_id"]) for row in rows])
    return met


async def _answered(tx: Tx, activities: Sequence[UUID]) -> int:
    rows = await tx.fetch(load(__name__, "attempts"), tx.workspace, list(activities)) if activities else []
    first = {row["id"]: row for row in reversed(rows)}
    if not first:
        return 0
    known = await policies(tx)
    met = [_met(row, known.by_id[row["policy_id"]].calendar, await tx.now()) for row in first.values()]
    await tx.execute(load(__name__, "met"), tx.workspace, met)
    await events.note_all(tx, [_event(row, one) for row, one in zip(first.values(), met, strict=True)])
    return len(met)


def _met(row: Any, calendar: calendars.Calendar | None, now: datetime) -> dict[str, Any]:
    at = min(max(row["at"], row["raised_at"]), now)
    spans: dict[str, timedelta] = {"waited_seconds": at - row["raised_at"], "business_seconds": calendars.between(calendar, row["raised_at"], at)}
    return {"id": row["id"], "met_at": at, "met_by_id": row["user_id"], "activity_id": row["activity_id"],
            **{name: int(span.total_seconds()) for name, span in spans.items()}}  # fmt: skip


def _event(row: Any, met: Mapping[str, Any]) -> Event:
    noun, id = ("Lead", row["lead_id"]) if row["lead_id"] else ("Contact", row["contact_id"])
    data = {"clock_id": row["id"], "user_id": row["user_id"], "waited_seconds": met["waited_seconds"], "overdue": met["met_at"] > row["due_at"]}
    return Event("response.met", noun, id, row["person_id"], data=data)


PHASES = {"START": start, "HEAR": hear, "MOVE": _move, "END": end}
