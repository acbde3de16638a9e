"""Plans what is to be done, and records what was: tasks, and activities logged by hand."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from leadwell import events, timeline
from leadwell.base.identity import clean
from leadwell.base.ids import uuid7
from leadwell.base.rows import Named, Revision, locked, require, revise
from leadwell.base.sql import load
from leadwell.base.together import together
from leadwell.base.tx import Tx
from leadwell.tasks.about import About, people_in, people_of, seen
from leadwell.tasks.refusals import BadTaskField, TaskClosed

KINDS = ("TODO", "CALL", "EMAIL", "MEETING")
PRIORITIES = ("LOW", "NORMAL", "HIGH")
LOGGED = ("CALL", "EMAIL", "MEETING", "NOTE")
SKEW = timedelta(minutes=5)


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
    _one_of("kind", task.kind, KINDS)
    _one_of("priority", task.priority, PRIORITIES)
    title = clean(task.title)
    if not title:
        raise BadTaskField(field="title", name="title", value="", why="a task needs a title")
    assignee = task.assignee_id or tx.actor.user
    await require(tx, Named("user", "users", task.assignee_id, "assignee_id"))
    people, about = await people_of(tx, task.about), task.about
    await tx.execute(
        "INSERT INTO tasks (workspace_id, id, kind, title, body, priority, due_at, remind_at, assignee_id, person_id, lead_id, contact_id, company_id, deal_id,"
        " created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $15)",
        tx.workspace, task.id, task.kind, title, task.body, task.priority, task.due_at, task.remind_at, assignee, people[0] if people else None,
        about.lead_id, about.contact_id, about.company_id, about.deal_id, await tx.now(),
    )
    data = {"title": title, "assignee_id": assignee}
    await events.note(tx, "task.created", "Task", task.id, person_id=people[0] if people else None, version=1, data=data)
    return task.id


async def complete(tx: Tx, task_id: UUID, outcome: str | None = None, expected_version: int | None = None) -> Revision:
    """Marks a task done and leaves one activity. TaskClosed when it is not open."""
    task = await locked(tx, "task", "tasks", task_id, expected_version)
    if task["state"] != "OPEN":
        raise TaskClosed(state=task["state"].lower())
    activity = await _left(tx, task, clean(outcome) or None)
    now = await tx.now()
    revision = await revise(tx, "task", "tasks", task, {"state": "DONE", "done_at": now, "activity_id": activity})
    data = {"changes": revision.changes}
    await events.note(tx, "task.done", "Task", task_id, person_id=task["person_id"], version=revision.version, data=data)
    return revision


async def _left(tx: Tx, task: Mapping[str, Any], outcome: str | None) -> UUID | None:
    """What a done task leaves on the timeline; nothing when it was about nobody and nothing."""
    links = About(task["lead_id"], task["contact_id"], task["company_id"], task["deal_id"]).links
    if not links and not task["person_id"]:
        return None
    people = [task["person_id"]] if task["person_id"] else []
    return await timeline.record(tx, timeline.NewActivity(
        "TASK_DONE", people, links, subject=task["title"], body=task["body"], outcome=outcome, user_id=tx.actor.user, data={"task_id": task["id"]},
    ))  # fmt: skip


async def log_activity(tx: Tx, activity: timeline.NewActivity, about: About) -> UUID:
    """Records a call, e-mail, meeting or note by hand on everything it is about: one statement reads, one writes. NotFound, BadTaskField,
    ActivityAboutNothing."""
    _one_of("kind", activity.kind, LOGGED)
    if activity.direction is not None:
        _one_of("direction", activity.direction, ("INBOUND", "OUTBOUND"))
    found = await seen(tx, about)
    if activity.at is not None and activity.at > await tx.now() + SKEW:
        raise BadTaskField(field="at", name="at", value=activity.at.isoformat(), why="it lies in the future; make a task of it")
    if (activity.duration_seconds or 0) < 0:
        raise BadTaskField(field="duration_seconds", name="duration_seconds", value=str(activity.duration_seconds), why="it is less than zero")
    told = replace(activity, participants=people_in(about, found), links=about.links)
    async with together(tx) as writes:
        (id,) = await timeline.record_many(tx, [told], writes=writes)
    return id


def _one_of(name: str, value: str, known: tuple[str, ...]) -> None:
    if value not in known:
        raise BadTaskField(field=name, name=name, value=value[:40], why="it is not one of " + ", ".join(known))


async def hand_over(tx: Tx, person_id: UUID, lead_id: UUID, contact_id: UUID, owner_id: UUID, *, changed: bool) -> list[events.Event]:
    """Open tasks of a converted lead follow the contact, and its owner when that is a new one. Returns what is to be noted."""
    rows = await tx.fetch(load(__name__, "hand_over"), tx.workspace, person_id, lead_id, contact_id, owner_id, await tx.now(), changed)
    return [
        events.Event("task.updated", "Task", row["id"], person_id, row["version"], {"changes": {"assignee_id": [row["before"], row["after"]]}})
        for row in rows if row["before"] != row["after"]
    ]
