"""Tasks and meetings: what becomes of them, what they leave behind, and who is reminded when."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from leadwell import meetings, notifications, tasks, timeline
from leadwell.base.actor import Actor
from leadwell.base.ids import uuid7
from leadwell.base.refusals import NotFound, Refusal, StaleVersion
from leadwell.base.tx import Database, Tx
from leadwell.catalog import Everything
from leadwell.meetings import Attendees, NewMeeting
from leadwell.tasks import About, NewTask
from leadwell.timeline import Asked
from tests import builders as make


async def task(db: Database, actor: Actor, id: UUID) -> Any:
    async with db.read(actor) as tx:
        return await tx.row("SELECT t.* FROM tasks t WHERE t.workspace_id = $1 AND t.id = $2", tx.workspace, id)


async def lived(db: Database, actor: Actor, noun: str, id: UUID) -> list[Any]:
    async with db.read(actor) as tx:
        kinds = ["TASK_DONE", "MEETING", "SYSTEM"]
        return list((await timeline.page(tx, Everything(actor.workspace), Asked(noun, id, kinds))).entries)


async def told(db: Database, actor: Actor, user: UUID) -> list[str]:
    async with db.read(actor) as tx:
        return [one.kind for one in await notifications.of_user(tx, user, 50)]


async def refused(db: Database, actor: Actor, kind: type[Refusal], verb: Callable[[Tx], Awaitable[Any]]) -> None:
    async with db.read(actor) as tx:
        before = await make.counts(tx)
    with pytest.raises(kind):
        await db.run(actor, verb)
    async with db.read(actor) as tx:
        assert await make.counts(tx) == before


async def jobs(db: Database, actor: Actor) -> list[dict[str, Any]]:
    async with db.read(actor) as tx:
        sql = "SELECT w.payload, w.run_at FROM work w WHERE w.workspace_id = $1 AND w.kind = 'upkeep.remind' ORDER BY w.run_at"
        return [dict(row) for row in await tx.fetch(sql, tx.workspace)]


async def clock(db: Database, actor: Actor) -> Any:
    async with db.read(actor) as tx:
        return await tx.now()


async def test_task_done_reopened_and_done_again_leaves_one_activity_with_the_last_outcome(db: Database, actor: Actor) -> None:
    person = await db.run(actor, make.make_person)
    id = await db.run(actor, lambda tx: tasks.create(tx, NewTask("Call", About(person_ids=[person]))))
    await db.run(actor, lambda tx: tasks.complete(tx, id, "voicemail"))
    await refused(db, actor, tasks.TaskClosed, lambda tx: tasks.update(tx, id, {"title": "B"}))
    await db.run(actor, lambda tx: tasks.reopen(tx, id))
    await refused(db, actor, tasks.TaskIsOpen, lambda tx: tasks.reopen(tx, id))
    await db.run(actor, lambda tx: tasks.complete(tx, id, "reached"))
    assert [(e.kind, e.title, e.outcome) for e in await lived(db, actor, "Person", person)] == [("TASK_DONE", "Call", "reached")]


async def test_task_canceled_leaves_nothing_and_can_be_taken_up_again(db: Database, actor: Actor) -> None:
    person = await db.run(actor, make.make_person)
    id = await db.run(actor, lambda tx: tasks.create(tx, NewTask("Call", About(person_ids=[person]))))
    await refused(db, actor, StaleVersion, lambda tx: tasks.cancel(tx, id, expected_version=7))
    await db.run(actor, lambda tx: tasks.cancel(tx, id, "no need"))
    await refused(db, actor, tasks.TaskClosed, lambda tx: tasks.complete(tx, id))
    assert await lived(db, actor, "Person", person) == []
    await db.run(actor, lambda tx: tasks.reopen(tx, id))
    assert (await task(db, actor, id))["state"] == "OPEN"


async def test_bad_changes_of_a_task_are_refused(db: Database, actor: Actor) -> None:
    id, at = await db.run(actor, lambda tx: tasks.create(tx, NewTask("Call"))), await clock(db, actor)
    await refused(db, actor, tasks.BadTaskField, lambda tx: tasks.update(tx, id, {"priority": "HUGE"}))
    await refused(db, actor, tasks.BadTaskField, lambda tx: tasks.update(tx, id, {"title": " "}))
    await refused(db, actor, NotFound, lambda tx: tasks.update(tx, id, {"assignee_id": uuid7()}))
    await refused(db, actor, tasks.BadTaskField, lambda tx: tasks.snooze(tx, id, at - timedelta(seconds=1)))
    await refused(db, actor, meetings.NotAMeeting, lambda tx: meetings.hold(tx, id))


async def test_assignee_is_told_unless_they_did_it_themselves(db: Database, actor: Actor) -> None:
    ana, ben = await db.run(actor, make.make_user), await db.run(actor, make.make_user)
    by_ana = Actor(actor.workspace, "USER", ana)
    id = await db.run(by_ana, lambda tx: tasks.create(tx, NewTask("Call")))
    assert await told(db, actor, ana) == []
    await db.run(by_ana, lambda tx: tasks.update(tx, id, {"assignee_id": ben}))
    await db.run(by_ana, lambda tx: tasks.update(tx, id, {"assignee_id": ben}))
    assert (await told(db, actor, ben), await told(db, actor, ana)) == (["TASK_ASSIGNED"], [])


async def test_reminder_is_told_once_and_only_while_it_is_wanted(db: Database, actor: Actor) -> None:
    user, at = await db.run(actor, make.make_user), await clock(db, actor)
    id = await db.run(actor, lambda tx: tasks.create(tx, NewTask("Call", remind_at=at + timedelta(hours=1), assignee_id=user)))
    await db.run(actor, lambda tx: tasks.snooze(tx, id, at + timedelta(hours=3)))
    first, second = await jobs(db, actor)
    assert (first["run_at"], second["run_at"]) == (at + timedelta(hours=1), at + timedelta(hours=3))
    assert (await task(db, actor, id))["due_at"] == at + timedelta(hours=3)
    assert await db.run(actor, lambda tx: tasks.remind(tx, [first["payload"]])) == 0
    assert await db.run(actor, lambda tx: tasks.remind(tx, [second["payload"]])) == 1
    assert await told(db, actor, user) == ["TASK_REMINDER", "TASK_ASSIGNED"]
    await db.run(actor, lambda tx: tasks.complete(tx, id))
    assert await db.run(actor, lambda tx: tasks.remind(tx, [second["payload"]])) == 0


async def test_meeting_held_stands_once_with_everybody_who_was_invited(db: Database, actor: Actor) -> None:
    host, guest, at = await db.run(actor, make.make_user), await db.run(actor, make.make_user), await clock(db, actor)

    async def given(tx: Tx) -> tuple[UUID, list[UUID]]:
        company = await make.make_company(tx)
        people = [await make.make_person(tx) for _ in range(3)]
        for person in people:
            await make.make_contact(tx, person, company)
        return company, people

    company, people = await db.run(actor, given)
    by_host, start = Actor(actor.workspace, "USER", host), at - timedelta(hours=2)
    new = NewMeeting("Demo", start, start + timedelta(minutes=45), Attendees([guest], people), About(company_id=company))
    id = await db.run(by_host, lambda tx: meetings.schedule(tx, new))
    assert (await told(db, actor, guest), await told(db, actor, host)) == (["MEETING_INVITED"], [])
    await refused(db, actor, tasks.TaskIsMeeting, lambda tx: tasks.complete(tx, id))
    await db.run(by_host, lambda tx: meetings.hold(tx, id, "agreed"))
    await refused(db, actor, meetings.MeetingOver, lambda tx: meetings.hold(tx, id))
    (seen,) = await lived(db, actor, "Company", company)
    assert (seen.kind, seen.outcome, seen.duration_seconds, seen.at) == ("MEETING", "agreed", 2700, start)
    assert sorted(seen.people) == sorted((p, "ATTENDEE") for p in people)
    assert [len(await lived(db, actor, "Person", person)) for person in people] == [1, 1, 1]


async def test_meeting_moved_keeps_the_distance_of_its_reminder(db: Database, actor: Actor) -> None:
    user, at = await db.run(actor, make.make_user), await clock(db, actor)
    hour, start = timedelta(hours=1), at + timedelta(days=1)
    new = NewMeeting("Demo", start, start + hour, Attendees([user]), remind_at=start - hour)
    id = await db.run(actor, lambda tx: meetings.schedule(tx, new))
    await db.run(actor, lambda tx: meetings.reschedule(tx, id, start + 5 * hour, start + 6 * hour))
    moved = await task(db, actor, id)
    assert (moved["remind_at"], moved["due_at"]) == (start + 4 * hour, start + 5 * hour)
    early, late = await jobs(db, actor)
    assert [await db.run(actor, lambda tx, j=j: tasks.remind(tx, [j["payload"]])) for j in (early, late)] == [0, 1]
    assert await told(db, actor, user) == ["MEETING_REMINDER", "MEETING_MOVED", "MEETING_INVITED"]


async def test_meeting_missed_leaves_an_activity_that_is_no_meeting_and_a_canceled_one_none(db: Database, actor: Actor) -> None:
    person, at = await db.run(actor, make.make_person), await clock(db, actor)
    new = [NewMeeting("Demo", at, at + timedelta(hours=1), Attendees(person_ids=[person])) for _ in range(2)]
    ids = [await db.run(actor, lambda tx, n=n: meetings.schedule(tx, n)) for n in new]
    await db.run(actor, lambda tx: meetings.miss(tx, ids[0]))
    await db.run(actor, lambda tx: meetings.cancel(tx, ids[1], "ill"))
    assert [(e.kind, e.outcome) for e in await lived(db, actor, "Person", person)] == [("SYSTEM", "NO_SHOW")]
    assert [(await task(db, actor, id))["state"] for id in ids] == ["NO_SHOW", "CANCELED"]


async def test_invitations_follow_the_list_given(db: Database, actor: Actor) -> None:
    at, people = await clock(db, actor), [await db.run(actor, make.make_person) for _ in range(3)]
    id = await db.run(actor, lambda tx: meetings.schedule(tx, NewMeeting("Demo", at, at + timedelta(hours=1), Attendees(person_ids=people[:2]))))
    done = await db.run(actor, lambda tx: meetings.update(tx, id, {}, Attendees(person_ids=people[1:]), expected_version=1))
    assert done.version == 2
    async with db.read(actor) as tx:
        rows = await tx.fetch("SELECT a.person_id FROM meeting_attendees a WHERE a.workspace_id = $1 ORDER BY a.id", tx.workspace)
    assert [row["person_id"] for row in rows] == people[1:]
    end = at + timedelta(hours=2)
    await refused(db, actor, NotFound, lambda tx: meetings.update(tx, id, {}, Attendees([uuid7()])))
    await refused(db, actor, NotFound, lambda tx: meetings.update(tx, id, {}, Attendees(person_ids=[uuid7()])))
    await refused(db, actor, meetings.BadMeetingField, lambda tx: meetings.reschedule(tx, id, end, end))
    await refused(db, actor, meetings.BadMeetingField, lambda tx: meetings.schedule(tx, NewMeeting("", at, end)))
