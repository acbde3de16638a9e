"""Clocks of answers that are due: started, put to another policy, ended. One runs a lead or contact; its timer is a row of work."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg.exceptions as pg

from leadwell import work
from leadwell.assignment.policies import Policies, Policy, policies
from leadwell.base.ids import uuid7
from leadwell.base.sql import load
from leadwell.base.tx import Tx

ENDED = "UPDATE response_clocks SET state = 'ENDED', ended_at = $3, end_reason = $4 WHERE workspace_id = $1 AND id = ANY($2::uuid[]) AND state = 'RUNNING'"


@dataclass(frozen=True, slots=True)
class Start:
    """Somebody waits for an answer since `raised_at`. `first`: it is what the submission of a new lead says. Causes as in models/assignment.py."""

    person_id: UUID
    raised_at: datetime
    cause: str
    lead_id: UUID | None = None
    contact_id: UUID | None = None
    task_id: UUID | None = None
    first: bool = False

    @property
    def subject_id(self) -> UUID:
        found = self.lead_id or self.contact_id
        assert found is not None
        return found


async def start(tx: Tx, given: Sequence[Start]) -> int:
    """Starts a clock for each; the one that runs ends. A reply starts none while one runs, or where the policy has no time for it. Leads that are closed
    by now, and workspaces without a policy, have none. Returns how many began."""
    known = await policies(tx) if given else None
    if known is None or not known.live:
        return 0
    leads = {row["id"]: row for row in await tx.fetch(load(__name__, "subjects"), tx.workspace, [one.lead_id for one in given if one.lead_id])}
    past = await standing(tx, given)
    begun = [row for subject in _each(given) if (row := _row(subject, known, leads, past.get(subject[0].subject_id, ()), await tx.now()))]
    replaced = [old["id"] for row in begun for old in past.get(row["lead_id"] or row["contact_id"], ()) if old["state"] == "RUNNING"]
    if replaced:
        await tx.execute(ENDED, tx.workspace, replaced, await tx.now(), "ASKED_AGAIN")
    await insert(tx, begun)
    return len(begun)


def _each(given: Sequence[Start]) -> Iterable[list[Start]]:
    """What one batch says of each lead or contact, in order."""
    found: dict[UUID, list[Start]] = {}
    for one in given:
        found.setdefault(one.subject_id, []).append(one)
    return found.values()


def _row(asked: Sequence[Start], known: Policies, leads: Mapping[UUID, Any], past: Sequence[Any], now: datetime) -> dict[str, Any] | None:
    """The clock that several words about one subject come to; None: no clock."""
    loud = [one for one in asked if one.cause != "REPLY"]
    running = next((old for old in past if old["state"] == "RUNNING"), None)
    last = (loud or asked)[-1]
    lead = leads.get(last.lead_id) if last.lead_id else None
    policy = known.chief if last.contact_id else known.of_queue(lead["policy_id"]) if lead else None
    if policy is None or (not loud and (running is not None or policy.next_minutes is None)):
        return None
    raised = [min(_raised(one, lead), now) for one in (loud or asked)]
    started = min(_raised(last, lead), now)
    waits = min([*raised, running["raised_at"]] if running else raised)
    kind = "NEXT" if last.cause in ("INQUIRY", "REPLY") and any(old["state"] == "MET" for old in past) else "NEXT" if not loud else "FIRST"
    cause = "AGAIN" if last.cause == "INQUIRY" and (running or len(loud) > 1) else last.cause
    return clock(last, policy, kind, cause, waits, started)


def _raised(one: Start, lead: Any) -> datetime:
    return (lead and lead["received_at"]) or one.raised_at if one.first else one.raised_at


def clock(one: Start, policy: Policy, kind: str, cause: str, raised_at: datetime, started_at: datetime, round: int = 0) -> dict[str, Any]:
    """A row of response_clocks."""
    return {
        "id": uuid7(), "person_id": one.person_id, "lead_id": one.lead_id, "contact_id": one.contact_id, "task_id": one.task_id, "policy_id": policy.id,
        "kind": kind, "cause": cause, "round": round, "raised_at": raised_at, "started_at": started_at, "due_at": policy.due(kind, started_at),
    }  # fmt: skip


async def standing(tx: Tx, given: Sequence[Start]) -> dict[UUID, list[Any]]:
    """The clocks of each subject that run or were met, locked."""
    leads, contacts = [one.lead_id for one in given if one.lead_id], [one.contact_id for one in given if one.contact_id]
    found: dict[UUID, list[Any]] = {}
    for row in await tx.fetch(load(__name__, "clocks"), tx.workspace, leads, contacts):
        found.setdefault(row["subject_id"], []).append(row)
    return found


async def insert(tx: Tx, rows: Sequence[Mapping[str, Any]]) -> None:
    """Writes clocks, each with the timer of its breach."""
    if not rows:
        return
    try:
        await tx.execute(load(__name__, "start"), tx.workspace, rows)
    except pg.UniqueViolationError as taken:
        raise pg.SerializationError("another clock of the same lead began meanwhile") from taken
    await _time(tx, {row["id"]: row["due_at"] for row in rows})


async def _time(tx: Tx, due: Mapping[UUID, datetime]) -> None:
    await work.put(tx, *(work.NewJob("assign", "assign.breach", {"clock_id": str(id)}, key=str(id), run_at=at) for id, at in due.items()))


async def retime(tx: Tx, lead_ids: Sequence[UUID]) -> int:
    """Clocks of leads that came into another queue follow its policy, from when they began; returns how many. What is overdue stays so."""
    known = await policies(tx) if lead_ids else None
    if known is None or not known.live:
        return 0
    rows = await tx.fetch(
        "SELECT c.id, c.kind, c.policy_id, c.started_at, q.policy_id AS queue_policy FROM response_clocks c"
        " JOIN leads l ON l.workspace_id = $1 AND l.id = c.lead_id JOIN lead_queues q ON q.workspace_id = $1 AND q.id = l.queue_id"
        " WHERE c.workspace_id = $1 AND c.lead_id = ANY($2::uuid[]) AND c.state = 'RUNNING' AND c.breached_at IS NULL FOR NO KEY UPDATE OF c",
        tx.workspace, list(lead_ids))  # fmt: skip
    moved = {row["id"]: (policy, policy.due(row["kind"], row["started_at"])) for row in rows
             if (policy := known.of_queue(row["queue_policy"])) and policy.id != row["policy_id"]}
    for id, (policy, due) in moved.items():
        await tx.execute("UPDATE response_clocks SET policy_id = $3, due_at = $4 WHERE workspace_id = $1 AND id = $2", tx.workspace, id, policy.id, due)
    await _time(tx, {id: due for id, (_, due) in moved.items()})
    return len(moved)


async def end(tx: Tx, reason: str, *, leads: Sequence[UUID] = (), contacts: Sequence[UUID] = (), tasks: Sequence[UUID] = ()) -> int:
    """Nobody needs to answer these any more; returns how many clocks ended."""
    if not (leads or contacts or tasks):
        return 0
    return await tx.execute(
        "UPDATE response_clocks SET state = 'ENDED', ended_at = $5, end_reason = $6 WHERE workspace_id = $1 AND state = 'RUNNING'"
        " AND (lead_id = ANY($2::uuid[]) OR contact_id = ANY($3::uuid[]) OR task_id = ANY($4::uuid[]))",
        tx.workspace, list(leads), list(contacts), list(tasks), await tx.now(), reason)  # fmt: skip
