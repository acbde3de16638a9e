"""Plans what is to be done: tasks, from being made to being done, called off or taken up again."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from leadwell import events, notifications, timeline
from leadwell.base.identity import clean
from leadwell.base.ids import uuid7
from leadwell.base.rows import Named, Revision, locked, require, revise
from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.tasks.about import About, known
from leadwell.tasks.logged import one_of
from leadwell.tasks.refusals import BadTaskField, TaskClosed, TaskIsMeeting, TaskIsOpen
from leadwell.tasks.reminders import plan

KINDS = ("TODO", "CALL", "EMAIL", "MEETING")
PRIORITIES = ("LOW", "NORMAL", "HIGH")
FIELDS = ("title", "body", "kind", "priority", "due_at", "remind_at", "assignee_id")


@dataclass(frozen=True, slots=True)
class NewTask:
    """A task to be made; without assignee it belongs to whoever makes it."""

    title: str
    about: About = field(default_factory=About)
    kind: str = "TODO"
    body: str | None = None
    priority: str = "NORMAL"
    due_at: datetime | None = None
    remind_at: datetime | None = None
    assignee_id: UUID | None = None
    id: UUID = field(default_factory=uuid7)


async def create(tx: Tx, task: NewTask) -> UUID:
    """An open task. NotFound for what it is about, BadTaskField."""
    values = _checked({"title": task.title, "kind": task.kind, "priority": task.priority})
    assignee = task.assignee_id or tx.actor.user
    await require(tx, Named("user", "users", task.assignee_id, "assignee_id"))
    concerned = (await known(tx, [task.about])).concerned(task.about)
    people, about = [id for id, _ in concerned.people], concerned.about
    await tx.execute(
        "INSERT INTO tasks (workspace_id, id, kind, title, body, priority, due_at, remind_at, assignee_id, person_id, lead_id, contact_id, company_id, deal_id,"
        " created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $15)",
        tx.workspace, task.id, task.kind, values["title"], task.body, task.priority, task.due_at, task.remind_at, assignee, people[0] if people else None,
        about.lead_id, about.contact_id, about.company_id, about.deal_id, await tx.now(),
    )
    await plan(tx, task.id, task.remind_at)
    await _tell_assignee(tx, task.id, values["title"], assignee)
    data = {"title": values["title"], "assignee_id": assignee}
    await events.note(tx, "task.created", "Task", task.id, person_id=people[0] if people else None, version=1, data=data)
    return task.id


async def update(tx: Tx, task_id: UUID, values: Mapping[str, Any], expected_version: int | None = None) -> Revision:
    """Changes FIELDS of an open task; another assignee is told. TaskClosed, TaskIsMeeting, BadTaskField, NotFound, StaleVersion."""
    task, changed = await _open(tx, task_id, expected_version, "changed"), _checked(values)
    await require(tx, Named("user", "users", changed.get("assignee_id"), "assignee_id"))
    revision = await _written(tx, task, changed, "task.updated")
    if "remind_at" in revision.changes:
        await plan(tx, task_id, changed["remind_at"])
    if "assignee_id" in revision.changes:
        await _tell_assignee(tx, task_id, changed.get("title", task["title"]), changed["assignee_id"])
    return revision


async def snooze(tx: Tx, task_id: UUID, until: datetime, expected_version: int | None = None) -> Revision:
    """Puts an open task off: it is due then, unless it was due later, and its assignee is reminded then."""
    if until <= await tx.now():
        raise BadTaskField(field="until", name="until", value=until.isoformat(), why="it is not in the future")
    task = await _open(tx, task_id, expected_version, "snoozed")
    due = task["due_at"] if task["due_at"] and task["due_at"] > until else until
    revision = await _written(tx, task, {"due_at": due, "remind_at": until}, "task.updated")
    await plan(tx, task_id, until)
    return revision


async def complete(tx: Tx, task_id: UUID, outcome: str | None = None, expected_version: int | None = None) -> Revision:
    """Marks a task done. It leaves one activity, however often it is reopened and done again. TaskClosed when it is not open."""
    task = await _open(tx, task_id, expected_version, "completed")
    activity = await _left(tx, task, clean(outcome) or None)
    return await _written(tx, task, {"state": "DONE", "done_at": await tx.now(), "activity_id": activity}, "task.done")


async def cancel(tx: Tx, task_id: UUID, reason: str | None = None, expected_version: int | None = None) -> Revision:
    """Calls an open task off; nothing happened, so nothing stands on the timeline."""
    task = await _open(tx, task_id, expected_version, "canceled")
    return await _written(tx, task, {"state": "CANCELED", "done_at": None}, "task.canceled", reason=clean(reason) or None)


async def reopen(tx: Tx, task_id: UUID, expected_version: int | None = None) -> Revision:
    """Opens a task again that was done or canceled."""
    task = await locked(tx, "task", "tasks", task_id, expected_version)
    if task["state"] == "OPEN":
        raise TaskIsOpen()
    if task["state"] not in ("DONE", "CANCELED"):
        raise TaskIsMeeting(done="reopened")
    return await _written(tx, task, {"state": "OPEN", "done_at": None}, "task.reopened")


async def _open(tx: Tx, task_id: UUID, expected_version: int | None, done: str) -> dict[str, Any]:
    task = await locked(tx, "task", "tasks", task_id, expected_version)
    if task["state"] == "SCHEDULED":
        raise TaskIsMeeting(done=done)
    if task["state"] != "OPEN":
        raise TaskClosed(state=task["state"].lower().replace("_", " "))
    return task


async def _written(tx: Tx, task: Mapping[str, Any], values: Mapping[str, Any], kind: str, **more: Any) -> Revision:
    revision = await revise(tx, "task", "tasks", task, values)
    if revision.changes:
        data = {"changes": revision.changes, **{name: value for name, value in more.items() if value}}
        await events.note(tx, kind, "Task", task["id"], person_id=task["person_id"], version=revision.version, data=data)
    return revision


async def _left(tx: Tx, task: Mapping[str, Any], outcome: str | None) -> UUID | None:
    """What a done task leaves on the timeline; nothing when it was about nobody and nothing."""
    if task["activity_id"]:
        await timeline.revise(tx, task["activity_id"], {"subject": task["title"], "body": task["body"], "outcome": outcome}, ours=True)
        return task["activity_id"]
    links = About(task["lead_id"], task["contact_id"], task["company_id"], task["deal_id"]).links
    if not links and not task["person_id"]:
        return None
    people = [task["person_id"]] if task["person_id"] else []
    return await timeline.record(tx, timeline.NewActivity(
        "TASK_DONE", people, links, subject=task["title"], body=task["body"], outcome=outcome, user_id=tx.actor.user, data={"task_id": task["id"]},
    ))  # fmt: skip


async def _tell_assignee(tx: Tx, task_id: UUID, title: str, assignee: UUID | None) -> None:
    """Whoever gives a task to somebody else has them told."""
    if assignee is not None and assignee != tx.actor.user and not tx.actor.quiet:
        await notifications.tell(tx, [notifications.Telling(assignee, "TASK_ASSIGNED", title, "Task", task_id)])


def _checked(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values with the title on one line. BadTaskField."""
    unknown = set(values) - set(FIELDS)
    assert not unknown, unknown
    found = dict(values)
    for name, among in (("kind", KINDS), ("priority", PRIORITIES)):
        if name in found:
            one_of(name, found[name] or "", among)
    if "title" in found:
        found["title"] = clean(found["title"])
        if not found["title"]:
            raise BadTaskField(field="title", name="title", value="", why="a task needs a title")
    return found


async def hand_over(tx: Tx, person_id: UUID, lead_id: UUID, contact_id: UUID, owner_id: UUID, *, changed: bool) -> list[events.Event]:
    """Open tasks of a converted lead follow the contact, and its owner when that is a new one. Returns what is to be noted."""
    rows = await tx.fetch(load(__name__, "hand_over"), tx.workspace, person_id, lead_id, contact_id, owner_id, await tx.now(), changed)
    return [
        events.Event("task.updated", "Task", row["id"], person_id, row["version"], {"changes": {"assignee_id": [row["before"], row["after"]]}})
        for row in rows if row["before"] != row["after"]
    ]
