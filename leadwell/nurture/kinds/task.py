"""Makes a task for a seller, and waits until it is done, or goes on."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from leadwell import tasks
from leadwell.base.tx import Tx
from leadwell.nurture.records import Records, records_of
from leadwell.nurture.shape import Decision, Facts, Flaw, Go, Setup, Stand, Stay, Step, Taken, flaw

FIELDS = frozenset({"title", "body", "task_kind", "days", "user_id", "wait"})
KINDS = ("TODO", "CALL", "EMAIL")
LONGEST_TITLE, MOST_DAYS = 200, 366


def check(step: Step) -> Iterator[Flaw]:
    if not 0 < len(str(step.get("title") or "").strip()) <= LONGEST_TITLE:
        yield flaw("The task has no title, or too long a one.", f"Give one of 1 to {LONGEST_TITLE} letters.")
    if step.get("task_kind", "TODO") not in KINDS:
        yield flaw("There is no such kind of task.", "Take one of " + ", ".join(KINDS) + ".")
    days = step.get("days", 0)
    if not isinstance(days, int) or not 0 <= days <= MOST_DAYS:
        yield flaw("The task is due after no number of days that can be read.", f"Give 0 to {MOST_DAYS}.")


def waits(step: Step) -> bool:
    return bool(step.get("wait"))


def decide(stand: Stand, facts: Any) -> Decision:
    """`facts`: the state of the task that was made; None before."""
    if stand.awaits is None:
        return Stay(None) if waits(stand.step) else Go(stand.next, "MADE")
    if facts == "OPEN":
        return Stay(None, stand.awaits)
    return Go(stand.next, "DONE" if facts == "DONE" else "CANCELED")


async def learn(tx: Tx, stood: Sequence[Stand]) -> Facts:
    made = {stand.awaits: stand.id for stand in stood if stand.awaits}
    rows = await tx.fetch("SELECT t.id, t.state FROM tasks t WHERE t.workspace_id = $1 AND t.id = ANY($2::uuid[])", tx.workspace, list(made)) if made else []
    return {made[row["id"]]: row["state"] for row in rows}


async def effect(tx: Tx, taken: Sequence[Taken], setup: Setup) -> Mapping[UUID, Decision]:
    new = [(stand, decision) for stand, decision in taken if stand.awaits is None]
    found, waiting = await records_of(tx, (stand.person_id for stand, _ in new)), dict[UUID, Decision]()
    for stand, decision in new:
        id = await tasks.create(tx, _task(stand, found[stand.person_id]))
        if isinstance(decision, Stay):
            waiting[stand.id] = Stay(None, id)
    return waiting


def _task(stand: Stand, of: Records) -> tasks.NewTask:
    step = stand.step
    about = tasks.About(lead_id=of.lead_id) if of.lead_id else tasks.About(contact_id=of.contact_id) if of.contact_id \
        else tasks.About(person_ids=[stand.person_id])  # fmt: skip
    assignee = UUID(str(step["user_id"])) if step.get("user_id") else of.owner_id
    return tasks.NewTask(
        step["title"], about, step.get("task_kind", "TODO"), step.get("body"), due_at=stand.now + timedelta(days=step.get("days", 0)), assignee_id=assignee)
