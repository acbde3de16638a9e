"""Every kind of step: what it does, that it does it once whoever dies in between, and what it makes of bad input."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from leadwell import delivery, events, nurture, tasks, timeline
from leadwell.base.actor import Actor
from leadwell.base.ids import uuid7
from leadwell.base.tx import Database, Tx
from leadwell.nurture.kinds import KINDS
from leadwell.nurture.kinds.split import chance
from tests import builders as b
from tests.mailing import FROM, leads, sends
from tests.stepping import begun, count, killed, later, mail, outcomes, sandbox, standing, walk

END = {"kind": "EXIT"}
PAUSE = {"kind": "WAIT", "duration": "P1D"}
Make = Callable[[Tx], Awaitable[dict[str, Any]]]


async def _segment(tx: Tx) -> dict[str, Any]:
    id = uuid7()
    await b.insert(tx, "segments", id=id, name="List", noun="Person", kind="STATIC", **await b.stamps(tx))
    return {"kind": "SEGMENT", "segment_id": str(id)}


async def _start(tx: Tx) -> dict[str, Any]:
    other, _ = await begun(tx, [await mail(tx)], [], name="Other")
    return {"kind": "START", "sequence_id": str(other)}


async def _notify(tx: Tx) -> dict[str, Any]:
    return {"kind": "NOTIFY", "title": "Look", "user_id": str(await b.make_user(tx))}


async def _plain(**step: Any) -> dict[str, Any]:
    return step


EFFECTS: dict[str, tuple[Make, str, str]] = {
    "EMAIL": (mail, "sends", "x.state = 'PLANNED'"),
    "TASK": (lambda tx: _plain(kind="TASK", title="Call them", task_kind="CALL", days=2), "tasks", "x.title = 'Call them' AND x.lead_id IS NOT NULL"),
    "FIELD": (lambda tx: _plain(kind="FIELD", noun="Lead", set={"need": "Nurtured"}), "leads", "x.need = 'Nurtured'"),
    "SEGMENT": (_segment, "segment_members", "true"),
    "START": (_start, "enrollments", "x.entered_by = 'SEQUENCE' AND x.hops = 1"),
    "WEBHOOK": (lambda tx: _plain(kind="WEBHOOK", event_name="warm"), "events", "x.kind = 'sequence.stepped' AND x.data->>'name' = 'warm'"),
    "NOTIFY": (_notify, "notifications", "x.title = 'Look'"),
}


@pytest.mark.parametrize("kind", sorted(EFFECTS))
async def test_an_effect_comes_once_though_its_worker_dies_and_another_comes(db: Database, actor: Actor, kind: str) -> None:
    make, table, where = EFFECTS[kind]

    async def begin(tx: Tx) -> None:
        doing = [PAUSE] if kind == "EMAIL" else [await mail(tx)]
        await begun(tx, [{**await make(tx), "id": "it"}, PAUSE, *doing], people=2)

    await db.run(actor, begin)
    await killed(db, actor)
    assert (await count(db, actor, table, where), await outcomes(db, actor)) == (0, [])
    assert await walk(db, actor) == (2 if kind != "START" else 4)
    assert await walk(db, actor) == 0
    assert await count(db, actor, table, where) == 2
    assert [outcome for step, outcome in await outcomes(db, actor) if step == "it"] == ([] if kind == "EMAIL" else ["MADE" if kind == "TASK" else "DONE"] * 2)


def test_every_kind_that_does_something_is_tried() -> None:
    assert {name for name, kind in KINDS.items() if kind.effect} == set(EFFECTS)


async def test_mail_is_from_the_owner_or_by_turns_and_goes_on_with_its_thread(db: Database, actor: Actor) -> None:
    async def begin(tx: Tx) -> tuple[UUID, list[UUID], UUID]:
        user = await b.make_user(tx)
        ids = [uuid7() for _ in range(3)]
        for i, id in enumerate(ids):
            await b.insert(tx, "senders", id=id, name=f"S{i}", address=f"s{i}@us.example", owner_id=user if i == 0 else None, **await b.stamps(tx))
        people = await leads(tx, 8)
        await tx.execute("UPDATE leads SET owner_id = $2 WHERE workspace_id = $1", tx.workspace, user)
        rotating = {"kind": "ROTATING", "ids": [str(id) for id in ids[1:]]}
        await begun(tx, [await mail(tx, sender={"kind": "OWNER"}), await mail(tx, sender=rotating, thread="REPLY")], people)
        return ids[0], ids[1:], user

    owner, rotating, _ = await db.run(actor, begin)
    assert await walk(db, actor) == 8
    async with db.read(actor) as tx:
        first = await sends(tx, "id", "sender_id")
    assert {sender for _, sender in first} == {owner}

    async def sent(tx: Tx) -> int:
        await tx.execute("UPDATE sends SET state = 'SENT', sending_at = planned_at WHERE workspace_id = $1", tx.workspace)
        return await nurture.advance(tx, [id for id, _ in first])

    assert [await db.run(actor, sent), await db.run(actor, sent), await walk(db, actor)] == [8, 0, 8]
    async with db.read(actor) as tx:
        second = [row for row in await sends(tx, "step", "sender_id", "answers_id") if row[0] == "s2"]
    assert {answers for _, _, answers in second} == {id for id, _ in first}
    assert {sender for _, sender, _ in second} == set(rotating), "both have their turn among eight people"


async def test_waits_last_for_a_time_until_an_instant_and_until_a_time_of_day_where_the_person_is(db: Database) -> None:
    actor = await sandbox(db)
    start = datetime(2027, 3, 12, 12, tzinfo=UTC)   # a Friday; New York puts its clocks forward on Sunday

    async def begin(tx: Tx) -> None:
        (ada,) = people = await leads(tx, 1)
        await tx.execute("UPDATE people SET time_zone = 'America/New_York' WHERE workspace_id = $1 AND id = $2", tx.workspace, ada)
        await begun(tx, [PAUSE, {"kind": "WAIT", "until": "2027-03-14T01:00:00Z"}, {"kind": "WAIT", "local": {"time": "09:30", "weekdays": ["MON"]}},
                         await mail(tx)], people)

    await db.control("SELECT lw_set_clock($1, $2)", actor.workspace, start)
    await db.run(actor, begin)
    due: list[datetime] = []
    for _ in range(3):
        async with db.read(actor) as tx:
            due.append(await tx.value("SELECT e.due_at FROM enrollments e WHERE e.workspace_id = $1", tx.workspace))
        await db.control("SELECT lw_set_clock($1, $2)", actor.workspace, due[-1] - timedelta(seconds=1))
        assert await walk(db, actor) == 0
        await later(db, actor, timedelta(seconds=1))
    assert due == [start + timedelta(days=1), datetime(2027, 3, 14, 1, tzinfo=UTC), datetime(2027, 3, 15, 13, 30, tzinfo=UTC)]
    assert [outcome for _, outcome in await outcomes(db, actor)] == ["WAITED"] * 3


async def test_business_days_pass_over_weekends_and_the_holidays_of_the_window(db: Database) -> None:
    actor = await sandbox(db)
    await db.control("SELECT lw_set_clock($1, $2)", actor.workspace, datetime(2027, 12, 23, 15, tzinfo=UTC))   # a Thursday

    async def begin(tx: Tx) -> list[datetime]:
        window, holidays = uuid7(), [{"on": "2027-12-24"}, {"on": "2027-12-27"}]
        days = {day: ["09:00-17:00"] for day in ("MON", "TUE", "WED", "THU", "FRI")}
        calendar = uuid7()
        await b.insert(tx, "calendars", id=calendar, name="Office", time_zone="UTC", weekly=days, holidays=holidays, **await b.stamps(tx))
        await b.insert(tx, "send_windows", id=window, name="Office", hours=days, calendar_id=calendar, **await b.stamps(tx))
        people = await leads(tx, 1)
        await tx.execute("UPDATE people SET time_zone = 'UTC' WHERE workspace_id = $1", tx.workspace)
        for name, more in (("Plain", {}), ("Windowed", {"window_id": window})):
            await begun(tx, [{"kind": "WAIT", "business_days": 2}, await mail(tx)], people, name=name, **more)
        await nurture.step_due(tx, mail_from=FROM)
        return [row["due_at"] for row in await tx.fetch("SELECT e.due_at FROM enrollments e WHERE e.workspace_id = $1 ORDER BY e.id", tx.workspace)]

    assert await db.run(actor, begin) == [datetime(2027, 12, 27, 15, tzinfo=UTC), datetime(2027, 12, 29, 15, tzinfo=UTC)]


async def test_a_wait_until_a_time_of_day_follows_the_person_who_moves_meanwhile(db: Database) -> None:
    actor = await sandbox(db)
    await db.control("SELECT lw_set_clock($1, $2)", actor.workspace, datetime(2027, 6, 1, 0, tzinfo=UTC))

    async def begin(tx: Tx) -> None:
        (ada,) = people = await leads(tx, 1)
        await tx.execute("UPDATE people SET time_zone = 'Asia/Tokyo' WHERE workspace_id = $1 AND id = $2", tx.workspace, ada)
        await begun(tx, [{"kind": "WAIT", "local": {"time": "10:00"}}, await mail(tx)], people)

    await db.run(actor, begin)
    await walk(db, actor)
    await db.run(actor, lambda tx: tx.execute("UPDATE people SET time_zone = 'Europe/Berlin' WHERE workspace_id = $1", tx.workspace))
    await later(db, actor, timedelta(hours=1))
    assert (await outcomes(db, actor), await count(db, actor, "sends")) == ([], 0)
    await later(db, actor, timedelta(hours=7))
    assert (await outcomes(db, actor), await count(db, actor, "sends")) == ([("s1", "WAITED")], 1)


async def test_a_wait_for_an_event_ends_when_it_happens_and_otherwise_by_its_timeout(db: Database) -> None:
    actor = await sandbox(db)

    async def begin(tx: Tx) -> UUID:
        wait = {"kind": "WAIT", "event": {"kind": "MEETING_HELD"}, "timeout": "P3D", "timeout_next": "late"}
        _, (ada, _) = await begun(tx, [wait, END, {**await mail(tx), "id": "late"}], 2)
        return ada

    ada = await db.run(actor, begin)
    await walk(db, actor)

    async def held(tx: Tx) -> int:
        task = uuid7()
        id = await events.note(tx, "meeting.held", "Task", task, person_id=ada)
        at = await tx.now()
        return await nurture.hear(tx, [{"id": id, "kind": "meeting.held", "noun": "Task", "record_id": task, "person_id": ada, "data": {}, "at": at}])

    await later(db, actor, timedelta(hours=1))
    assert await db.run(actor, held) == 1
    await walk(db, actor)
    assert await outcomes(db, actor) == [("s1", "HAPPENED")]
    await later(db, actor, timedelta(days=3))
    assert sorted(await outcomes(db, actor)) == [("s1", "HAPPENED"), ("s1", "TIMED_OUT")]
    assert sorted(await standing(db, actor)) == [("ACTIVE", "late", None), ("COMPLETED", "s1", None)]


async def test_a_branch_takes_the_first_path_that_fits(db: Database, actor: Actor) -> None:
    async def begin(tx: Tx) -> list[UUID]:
        people = await leads(tx, 4)
        await tx.execute("UPDATE people SET country = 'DE' WHERE workspace_id = $1 AND id = ANY($2::uuid[])", tx.workspace, people[:2])
        await tx.execute("UPDATE leads SET need = 'Soon' WHERE workspace_id = $1 AND person_id = ANY($2::uuid[])", tx.workspace, people[1:3])
        branch = {"kind": "BRANCH", "paths": [
            {"name": "German", "where": {"country": {"eq": "DE"}}, "next": "de"},
            {"noun": "Lead", "where": {"need": {"eq": "Soon"}}, "next": "soon"}, {"score": {"at_least": 50}, "next": "soon"}]}
        await begun(tx, [branch, PAUSE, END, {"id": "de", **PAUSE}, {"id": "soon", **PAUSE}, await mail(tx)], people)
        return people

    people = await db.run(actor, begin)
    await killed(db, actor)
    assert await walk(db, actor) == 4
    assert [await outcomes(db, actor, person) for person in people] == [[("s1", "German")], [("s1", "German")], [("s1", "PATH_2")], [("s1", "OTHERWISE")]]
    assert [step for _, step, _ in await standing(db, actor)] == ["de", "de", "soon", "s2"]


async def test_a_branch_by_what_was_read_asks_the_mail_of_the_step(db: Database, actor: Actor) -> None:
    async def begin(tx: Tx) -> list[UUID]:
        branch = {"kind": "BRANCH", "paths": [{"name": "Read", "event": {"kind": "CLICKED", "step": "s1"}, "next": "end"}]}
        _, people = await begun(tx, [await mail(tx), branch, PAUSE, {"id": "end", **END}], 2)
        return people

    ada, bob = await db.run(actor, begin)
    await walk(db, actor)

    async def read(tx: Tx) -> None:
        await tx.execute("UPDATE sends SET state = 'SENT' WHERE workspace_id = $1", tx.workspace)
        await tx.execute("UPDATE sends SET clicked_at = planned_at WHERE workspace_id = $1 AND person_id = $2", tx.workspace, ada)
        await nurture.advance(tx, [id for (id,) in await sends(tx, "id")])

    await db.run(actor, read)
    await walk(db, actor)
    assert [(await outcomes(db, actor, who))[-1] for who in (ada, bob)] == [("s2", "Read"), ("s2", "OTHERWISE")]


async def test_a_split_shares_by_weight_and_keeps_everybody_in_their_part(db: Database, actor: Actor) -> None:
    async def begin(tx: Tx) -> None:
        split = {"kind": "SPLIT", "variants": [{"weight": 75}, {"weight": 25, "next": "b"}]}
        await begun(tx, [split, PAUSE, {**await mail(tx), "next": "end"}, {"id": "b", **PAUSE}, {"id": "end", **END}], 20)

    await db.run(actor, begin)
    await walk(db, actor)
    found = [outcome for _, outcome in await outcomes(db, actor)]
    assert set(found) == {"A", "B"}
    assert found.count("A") > found.count("B")
    points = [chance(UUID(int=1), "s1", UUID(int=i)) for i in range(2000)]
    assert points == [chance(UUID(int=1), "s1", UUID(int=i)) for i in range(2000)]
    assert 0.72 < sum(point < 0.75 for point in points) / 2000 < 0.78


async def test_a_task_that_is_waited_for_lets_go_when_it_is_done_or_canceled(db: Database, actor: Actor) -> None:
    async def begin(tx: Tx) -> None:
        await begun(tx, [{"kind": "TASK", "title": "Call", "wait": True}, PAUSE, await mail(tx)], 2)

    await db.run(actor, begin)
    await killed(db, actor)
    assert [await walk(db, actor), await walk(db, actor), await count(db, actor, "tasks")] == [2, 0, 2]

    async def settle(tx: Tx) -> int:
        first, second = [row["id"] for row in await tx.fetch("SELECT t.id FROM tasks t WHERE t.workspace_id = $1 ORDER BY t.id", tx.workspace)]
        await tasks.complete(tx, first)
        await tasks.cancel(tx, second)
        at = await tx.now()
        told = [
            {"id": uuid7(), "kind": kind, "record_id": id, "person_id": None, "data": {}, "at": at}
            for kind, id in (("task.done", first), ("task.canceled", second))
        ]
        return await nurture.hear(tx, told)

    assert await db.run(actor, settle) == 2
    await walk(db, actor)
    assert sorted(outcome for _, outcome in await outcomes(db, actor)) == ["CANCELED", "DONE"]


async def test_what_cannot_be_written_is_said_and_stops_nobody(db: Database, actor: Actor) -> None:
    async def begin(tx: Tx) -> None:
        people = await leads(tx, 1)
        gone = {**await _segment(tx), "id": "list"}
        await begun(tx, [
            {"kind": "FIELD", "noun": "Contact", "set": {"title": "Boss"}}, {"kind": "FIELD", "noun": "Person", "set": {"country": "Atlantis"}}, gone,
            {"kind": "NOTIFY", "title": "Look"}, PAUSE, await mail(tx)], people)
        await tx.execute("UPDATE segments SET kind = 'DYNAMIC' WHERE workspace_id = $1", tx.workspace)

    await db.run(actor, begin)
    await walk(db, actor)
    assert await outcomes(db, actor) == [("s1", "NO_RECORD"), ("s2", "REFUSED"), ("list", "REFUSED"), ("s4", "NOBODY_THERE")]


async def test_sequences_that_start_one_another_stop_at_the_fifth(db: Database, actor: Actor) -> None:
    async def begin(tx: Tx) -> None:
        id = await nurture.create_sequence(tx, nurture.NewSequence("Round", await _topic(tx), [await mail(tx)], reentry="AFTER_EXIT"))
        await nurture.change_steps(tx, id, [PAUSE, {"kind": "START", "sequence_id": str(id)}, await mail(tx)])
        await nurture.publish(tx, id)
        (ada,) = await leads(tx, 1)
        entries = await nurture.enroll_many(tx, id, [ada], "SEQUENCE", hops=5)
        assert entries[0].enrollment_id

    sandboxed = await sandbox(db)
    await db.run(sandboxed, begin)
    await later(db, sandboxed, timedelta(days=1))
    assert await outcomes(db, sandboxed) == [("s1", "WAITED"), ("s2", "TOO_MANY_STARTS")]


async def _topic(tx: Tx) -> UUID:
    return await tx.value("SELECT t.id FROM topics t WHERE t.workspace_id = $1 AND t.code = 'product'", tx.workspace)


async def test_a_goal_is_marked_and_ends_unless_it_goes_on(db: Database, actor: Actor) -> None:
    async def begin(tx: Tx) -> None:
        branch = {"kind": "BRANCH", "paths": [{"where": {"country": {"eq": "DE"}}, "next": "there"}]}
        people = await leads(tx, 2)
        await tx.execute("UPDATE people SET country = 'DE' WHERE workspace_id = $1 AND id = $2", tx.workspace, people[0])
        await begun(tx, [branch, {"kind": "GOAL", "goes_on": True}, await mail(tx), END, {"id": "there", "kind": "GOAL"}], people)

    await db.run(actor, begin)
    await walk(db, actor)
    assert await standing(db, actor) == [("COMPLETED", "there", None), ("ACTIVE", "s3", None)]
    assert await count(db, actor, "enrollments", "x.goal_at IS NOT NULL") == 2


async def test_mail_due_to_whoever_has_no_address_is_unengaged_or_at_the_goal_ends_the_sequence(db: Database) -> None:
    actor = await sandbox(db)

    async def begin(tx: Tx) -> None:
        mute, tired, there, fine = people = await leads(tx, 4)
        await begun(tx, [PAUSE, await mail(tx)], people, goal={"where": {"country": {"eq": "DE"}}}, sunset_days=90)
        long_ago = await tx.now() - timedelta(days=91)
        old = [delivery.NewSend(who, "a@b.example", "a@b.example", await _topic(tx), UUID((await mail(tx))["template_id"])) for who in (tired, fine)]
        await delivery.plan(tx, old, mail_from=FROM)
        await tx.execute("UPDATE sends SET state = 'SENT', sending_at = $2, planned_at = $2 WHERE workspace_id = $1", tx.workspace, long_ago)
        await timeline.record(tx, timeline.NewActivity("CLICK", participants=[fine], source="test", external_id="click"))
        await tx.execute("UPDATE person_emails SET is_valid = false WHERE workspace_id = $1 AND person_id = $2", tx.workspace, mute)
        await tx.execute("UPDATE people SET country = 'DE' WHERE workspace_id = $1 AND id = $2", tx.workspace, there)

    await db.run(actor, begin)
    await later(db, actor, timedelta(days=1))
    assert await standing(db, actor) == [
        ("EXITED", "s2", "NO_ADDRESS"), ("EXITED", "s2", "SUNSET"), ("EXITED", "s2", "GOAL"), ("ACTIVE", "s2", None)]
