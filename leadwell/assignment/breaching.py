"""What follows when nobody answered in time: somebody else gets the lead, people are told, a task is made. Once a clock."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from leadwell import events, notifications, people, tasks
from leadwell.assignment import clocks
from leadwell.assignment.assigning import Decision, assign
from leadwell.assignment.clocks import Start
from leadwell.assignment.policies import Policies, Policy, policies
from leadwell.assignment.routing import Wanted
from leadwell.base import faults
from leadwell.base.sql import load
from leadwell.base.tx import Tx

ROUNDS = 3   # how often a lead is given on for want of an answer


@dataclass(frozen=True, slots=True)
class Overdue:
    """A clock whose time has passed, with whom it concerns and who got the lead instead."""

    row: Any
    policy: Policy
    heir: UUID | None = None

    @property
    def noun(self) -> str:
        return "Lead" if self.row["lead_id"] else "Contact"

    @property
    def record_id(self) -> UUID:
        return self.row["lead_id"] or self.row["contact_id"]

    @property
    def title(self) -> str:
        return f"{self.row['who']} has waited for an answer too long"


async def breach(tx: Tx, clock_ids: Sequence[UUID]) -> int:
    """Notes that these clocks ran out, if they still run and are due by now, and does what their policies say; returns how many."""
    sql = "SELECT c.person_id FROM response_clocks c WHERE c.workspace_id = $1 AND c.id = ANY($2::uuid[])"
    await people.lock(tx, {row["person_id"] for row in await tx.fetch(sql, tx.workspace, list(clock_ids))})
    rows = await tx.fetch(load(__name__, "overdue"), tx.workspace, list(clock_ids), await tx.now())
    if not rows:
        return 0
    known = await policies(tx)
    heirs = await _reassigned(tx, rows, known)
    late = [Overdue(row, known.by_id[row["policy_id"]], heirs.get(row["lead_id"])) for row in rows]
    marked = "UPDATE response_clocks SET breached_at = $3 WHERE workspace_id = $1 AND id = ANY($2::uuid[])"
    await tx.execute(marked, tx.workspace, [row["id"] for row in rows], await tx.now())
    faults.point("breach.marked")
    await _restart(tx, [one for one in late if one.heir])
    await _tell(tx, late)
    await events.note_all(tx, [_event(one) for one in late])
    faults.point("breach.done")
    return len(late)


async def _reassigned(tx: Tx, rows: Sequence[Any], known: Policies) -> dict[UUID | None, UUID]:
    """Who got the leads of policies that give overdue ones on."""
    wanted = [Wanted(row["lead_id"], "BREACH", passed=row["owner_id"]) for row in rows
              if row["lead_id"] and row["queue_id"] and row["round"] < ROUNDS and known.by_id[row["policy_id"]].reassign]
    made: dict[UUID, Decision] = await assign(tx, wanted)
    return {id: one.owner_id for id, one in made.items() if one.owner_id and one.owner_id != one.before_id}


async def _restart(tx: Tx, given_on: Sequence[Overdue]) -> None:
    """Whoever got a lead instead has the whole time; the person waits since when they asked."""
    if given_on:
        now = await tx.now()
        await tx.execute(clocks.ENDED, tx.workspace, [one.row["id"] for one in given_on], now, "GIVEN_ON")
        await clocks.insert(tx, [
            clocks.clock(Start(one.row["person_id"], now, "REASSIGNMENT", one.row["lead_id"]), one.policy, one.row["kind"], "REASSIGNMENT",
                         one.row["raised_at"], now, one.row["round"] + 1) for one in given_on])  # fmt: skip


async def _tell(tx: Tx, late: Sequence[Overdue]) -> None:
    told: dict[tuple[UUID, UUID], notifications.Telling] = {}
    for one in late:
        owner = one.row["owner_id"] if one.policy.notify_owner and not one.heir else None
        for user in (owner, one.policy.escalate_to_id):
            if user:
                told[user, one.record_id] = notifications.Telling(user, "RESPONSE_OVERDUE", one.title, one.noun, one.record_id)
    await notifications.tell(tx, list(told.values()))
    for one in late:
        if one.policy.make_task:
            await _task(tx, one)


async def _task(tx: Tx, one: Overdue) -> None:
    about = tasks.About(lead_id=one.row["lead_id"], contact_id=one.row["contact_id"])
    assignee = one.heir or one.row["owner_id"] or one.policy.escalate_to_id
    await tasks.create(tx, tasks.NewTask(f"Answer {one.row['who']}"[:200], about, "CALL", None, "HIGH", await tx.now(), None, assignee))


def _event(one: Overdue) -> events.Event:
    data = {"clock_id": one.row["id"], "due_at": one.row["due_at"].isoformat(), "owner_id": one.row["owner_id"], "given_to": one.heir}
    return events.Event("response.breached", one.noun, one.record_id, one.row["person_id"], data=data)
