"""Schedules meetings, moves them, and says what became of them; one that took place leaves one activity with everybody who was there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from leadwell import events, notifications, tasks, timeline
from leadwell.base.identity import clean
from leadwell.base.ids import uuid7
from leadwell.base.rows import Named, Revision, locked, require, revise
from leadwell.base.tx import Tx
from leadwell.meetings.attendees import Attendees, invite, invited
from leadwell.meetings.refusals import BadMeetingField, MeetingOver, NotAMeeting

FIELDS = ("title", "body", "assignee_id", "remind_at")
LONGEST = timedelta(days=31)


@dataclass(frozen=True, slots=True)
class NewMeeting:
    """A meeting to be held; without assignee it belongs to whoever schedules it."""

    title: str
    start_at: datetime
    end_at: datetime
    attendees: Attendees = field(default_factory=Attendees)
    about: tasks.About = field(default_factory=tasks.About)
    body: str | None = None
    remind_at: datetime | None = None
    assignee_id: UUID | None = None
    id: UUID = field(default_factory=uuid7)


async def schedule(tx: Tx, meeting: NewMeeting) -> UUID:
    """A meeting that is to come, or was missed to be noted down. NotFound, BadMeetingField."""
    title = _title(meeting.title)
    _span(meeting.start_at, meeting.end_at)
    await require(tx, Named("user", "users", meeting.assignee_id, "assignee_id"))
    concerned = (await tasks.known(tx, [meeting.about])).concerned(meeting.about)
    people, about, assignee = [id for id, _ in concerned.people], concerned.about, meeting.assignee_id or tx.actor.user
    person = people[0] if people else next(iter(meeting.attendees.person_ids), None)
    await tx.execute(
        "INSERT INTO tasks (workspace_id, id, kind, state, title, body, due_at, start_at, end_at, remind_at, assignee_id, person_id, lead_id, contact_id,"
        " company_id, deal_id, created_at, updated_at) VALUES ($1, $2, 'MEETING', 'SCHEDULED', $3, $4, $5, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $14)",
        tx.workspace, meeting.id, title, meeting.body, meeting.start_at, meeting.end_at, meeting.remind_at, assignee, person, about.lead_id,
        about.contact_id, about.company_id, about.deal_id, await tx.now(),
    )
    await invite(tx, meeting.id, meeting.attendees)
    await tasks.plan(tx, meeting.id, meeting.remind_at)
    await _tell(tx, "MEETING_INVITED", title, meeting.id, [*meeting.attendees.user_ids, *([assignee] if assignee else [])])
    data = {"title": title, "start_at": meeting.start_at, "assignee_id": assignee}
    await events.note(tx, "meeting.scheduled", "Task", meeting.id, person_id=person, version=1, data=data)
    return meeting.id


async def reschedule(tx: Tx, task_id: UUID, start_at: datetime, end_at: datetime, expected_version: int | None = None) -> Revision:
    """Another time. A reminder keeps its distance to the beginning; users who are invited are told. MeetingOver, NotAMeeting, BadMeetingField."""
    meeting = await _scheduled(tx, task_id, expected_version)
    _span(start_at, end_at)
    remind = meeting["remind_at"] and start_at - (meeting["start_at"] - meeting["remind_at"])
    values = {"start_at": start_at, "end_at": end_at, "due_at": start_at, "remind_at": remind}
    revision = await _written(tx, meeting, values, "meeting.moved")
    if revision.changes:
        await tasks.plan(tx, task_id, remind)
        there = await invited(tx, task_id)
        await _tell(tx, "MEETING_MOVED", meeting["title"], task_id, [*there.user_ids, *([meeting["assignee_id"]] if meeting["assignee_id"] else [])])
    return revision


async def update(
    tx: Tx, task_id: UUID, values: Mapping[str, Any], attendees: Attendees | None = None, expected_version: int | None = None
) -> Revision:
    """Changes FIELDS of a meeting that is to come, and who is invited."""
    meeting, changed = await _scheduled(tx, task_id, expected_version), dict(values)
    if "title" in changed:
        changed["title"] = _title(changed["title"])
    await require(tx, Named("user", "users", changed.get("assignee_id"), "assignee_id"))
    others = attendees is not None and await invite(tx, task_id, attendees)
    revision = await _written(tx, meeting, changed, "meeting.updated", touch=others)
    if "remind_at" in revision.changes:
        await tasks.plan(tx, task_id, changed["remind_at"])
    return revision


async def hold(tx: Tx, task_id: UUID, outcome: str | None = None, expected_version: int | None = None) -> Revision:
    """It took place: one activity, which stands on the timeline of everybody invited and of everything it was about."""
    meeting = await _scheduled(tx, task_id, expected_version)
    return await _ended(tx, meeting, "HELD", clean(outcome) or None)


async def miss(tx: Tx, task_id: UUID, expected_version: int | None = None) -> Revision:
    """Nobody came. It leaves one activity too, which is no meeting and scores as none."""
    return await _ended(tx, await _scheduled(tx, task_id, expected_version), "NO_SHOW", "NO_SHOW")


async def cancel(tx: Tx, task_id: UUID, reason: str | None = None, expected_version: int | None = None) -> Revision:
    """Calls it off: nothing happened, so nothing stands on the timeline."""
    meeting = await _scheduled(tx, task_id, expected_version)
    return await _written(tx, meeting, {"state": "CANCELED"}, "meeting.canceled", reason=clean(reason) or None)


async def _ended(tx: Tx, meeting: Mapping[str, Any], state: str, outcome: str | None) -> Revision:
    now, there = await tx.now(), await invited(tx, meeting["id"])
    about: list[UUID] = [meeting["person_id"]] if meeting["person_id"] else []
    people = [(id, "ATTENDEE") for id in dict.fromkeys([*there.person_ids, *about])]
    links = tasks.About(meeting["lead_id"], meeting["contact_id"], meeting["company_id"], meeting["deal_id"]).links
    activity = None
    if people or links:
        activity = await timeline.record(tx, timeline.NewActivity(
            "MEETING" if state == "HELD" else "SYSTEM", people, links, min(meeting["start_at"], now), meeting["title"], meeting["body"],
            outcome, duration_seconds=int((meeting["end_at"] - meeting["start_at"]).total_seconds()) if state == "HELD" else None,
            user_id=meeting["assignee_id"], data={"task_id": meeting["id"], "user_ids": there.user_ids},
        ))  # fmt: skip
    kind = "meeting.held" if state == "HELD" else "meeting.missed"
    return await _written(tx, meeting, {"state": state, "done_at": now, "activity_id": activity}, kind)


async def _scheduled(tx: Tx, task_id: UUID, expected_version: int | None) -> dict[str, Any]:
    meeting = await locked(tx, "meeting", "tasks", task_id, expected_version)
    if meeting["start_at"] is None:
        raise NotAMeeting()
    if meeting["state"] != "SCHEDULED":
        raise MeetingOver(state=meeting["state"].lower().replace("_", " "))
    return meeting


async def _written(tx: Tx, meeting: Mapping[str, Any], values: Mapping[str, Any], kind: str, *, touch: bool = False, **more: Any) -> Revision:
    revision = await revise(tx, "meeting", "tasks", meeting, values, touch=touch)
    if revision.changes or touch:
        data = {"changes": revision.changes, **{name: value for name, value in more.items() if value}}
        await events.note(tx, kind, "Task", meeting["id"], person_id=meeting["person_id"], version=revision.version, data=data)
    return revision


async def _tell(tx: Tx, kind: str, title: str, task_id: UUID, users: Sequence[UUID]) -> None:
    """Everybody but the one who did it."""
    told = [notifications.Telling(user, kind, title, "Task", task_id) for user in dict.fromkeys(users) if user != tx.actor.user]
    if not tx.actor.quiet:
        await notifications.tell(tx, told)


def _title(title: str | None) -> str:
    if not (found := clean(title)):
        raise BadMeetingField(field="title", name="title", value="", why="a meeting needs a title")
    return found


def _span(start_at: datetime, end_at: datetime) -> None:
    if not timedelta(0) < end_at - start_at <= LONGEST:
        raise BadMeetingField(field="end_at", name="end_at", value=end_at.isoformat(), why=f"a meeting ends after it began, within {LONGEST.days} days")
