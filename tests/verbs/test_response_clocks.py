"""Clocks of answers that are due: what starts, meets and ends them, and what follows when nobody answers, by a clock that the tests move."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from leadwell import assignment, capture, leads, tasks, timeline
from leadwell.assignment import Seat
from leadwell.assignment.refusals import BadPeriod
from leadwell.base.actor import Actor
from leadwell.base.tx import Database, Tx
from leadwell.capture import Submission
from leadwell.tasks import About, NewTask
from leadwell.transfer import ImportOptions, import_file
from tests import builders as make
from tests.verbs.assigning import MINUTE, MONDAY, calendar, carried, policy, queue, row, rows, sandbox, sellers, territory, wait

HOUR = timedelta(hours=1)


async def asks(db: Database, actor: Actor, email: str = "ada@x.example", intent: Any = "HAND_RAISE") -> UUID:
    """Somebody fills in a form; what follows is done. The lead."""
    (outcome,) = await capture.submit(db, actor, [Submission("FORM", {"email": email}, intent=intent)])
    await carried(db, actor)
    assert outcome.lead_id is not None
    return outcome.lead_id


async def tried(db: Database, by: Actor, lead: UUID, kind: Any = "CALL", direction: Any = "OUTBOUND", **more: Any) -> None:
    activity = timeline.NewActivity(kind, direction=direction, user_id=by.user, **more)
    await db.run(by, lambda tx: tasks.log_activity(tx, activity, About(lead_id=lead)))
    await carried(db, by)


async def clocks(db: Database, actor: Actor, *names: str) -> list[tuple[Any, ...]]:
    found = await rows(db, actor, "response_clocks", "started_at, t.id")
    return [tuple(one[name] for name in names) for one in found]


async def user_of(db: Database, actor: Actor) -> Actor:
    return Actor(actor.workspace, "USER", await db.run(actor, make.make_user))


async def test_first_answer_of_a_user_meets_the_clock_and_nothing_else_does(db: Database) -> None:
    actor = await sandbox(db)
    seller = await user_of(db, actor)
    await db.run(actor, lambda tx: policy(tx, 60))
    lead = await asks(db, actor)
    assert await clocks(db, actor, "kind", "cause", "state", "raised_at", "due_at") == [("FIRST", "INQUIRY", "RUNNING", MONDAY, MONDAY + HOUR)]
    await tried(db, actor, lead)                                            # by no user
    await tried(db, seller, lead, "EMAIL", automated=True)                  # by a machine
    await tried(db, seller, lead, direction="INBOUND")                      # they called us
    await tried(db, seller, lead, at=MONDAY - HOUR)                         # before they asked
    await tried(db, seller, lead, "NOTE", None)
    assert await clocks(db, actor, "state") == [("RUNNING",)]
    await wait(db, actor, 20 * MINUTE)
    await tried(db, seller, lead, at=MONDAY + 12 * MINUTE)
    assert await clocks(db, actor, "state", "met_at", "met_by_id", "waited_seconds", "business_seconds", "breached_at") == [
        ("MET", MONDAY + 12 * MINUTE, seller.user, 720, 720, None)]
    (event,) = await rows(db, actor, "events", kind="response.met")
    assert (event["noun"], event["record_id"], event["data"]["waited_seconds"], event["data"]["overdue"]) == ("Lead", lead, 720, False)
    await wait(db, actor, 2 * HOUR)
    assert await rows(db, actor, "events", kind="response.breached") == [], "its timer finds it met"


@pytest.mark.parametrize(("kind", "done"), [("CALL", True), ("TODO", False)])
async def test_call_that_was_planned_and_done_is_an_answer(db: Database, kind: str, done: bool) -> None:
    actor = await sandbox(db)
    seller = await user_of(db, actor)
    await db.run(actor, lambda tx: policy(tx, 60))
    lead = await asks(db, actor)
    task = await db.run(seller, lambda tx: tasks.create(tx, NewTask("Call", About(lead_id=lead), kind)))
    await db.run(seller, lambda tx: tasks.complete(tx, task))
    await carried(db, actor)
    assert await clocks(db, actor, "state") == [("MET" if done else "RUNNING",)]


async def test_business_hours_alone_count_and_unassigned_time_does(db: Database) -> None:
    actor = await sandbox(db, MONDAY + timedelta(days=4, hours=7))           # Friday 16:00
    seller = await user_of(db, actor)

    async def set_up(tx: Tx) -> None:
        office = await calendar(tx, {"MON": ["09:00-17:00"], "FRI": ["09:00-17:00"]})
        await policy(tx, 120, calendar_id=office)

    await db.run(actor, set_up)
    lead = await asks(db, actor)
    monday = MONDAY + timedelta(days=7)
    assert await clocks(db, actor, "due_at") == [(monday + HOUR,)]
    await wait(db, actor, timedelta(days=2, hours=17, minutes=30))           # Monday 09:30
    await db.run(actor, lambda tx: leads.assign(tx, lead, seller.user))
    await tried(db, seller, lead)
    assert await clocks(db, actor, "business_seconds", "waited_seconds") == [(90 * 60, 65 * 3600 + 30 * 60)]


async def test_overdue_answer_is_told_once_and_makes_a_task(db: Database) -> None:
    actor = await sandbox(db)
    owner, chief = await user_of(db, actor), await user_of(db, actor)
    await db.run(actor, lambda tx: policy(tx, 60, escalate_to_id=chief.user, make_task=True))
    lead = await asks(db, actor)
    await db.run(actor, lambda tx: leads.assign(tx, lead, owner.user))
    await wait(db, actor, 59 * MINUTE)
    assert await rows(db, actor, "notifications") == []
    await wait(db, actor, MINUTE)
    await wait(db, actor, HOUR)
    assert await clocks(db, actor, "state", "breached_at") == [("RUNNING", MONDAY + HOUR)]
    told = await rows(db, actor, "notifications", kind="RESPONSE_OVERDUE")
    assert {(one["user_id"], one["title"]) for one in told} == {(user, "ada@x.example has waited for an answer too long") for user in (owner.user, chief.user)}
    (task,) = await rows(db, actor, "tasks")
    assert (task["title"], task["kind"], task["priority"], task["assignee_id"], task["lead_id"]) == ("Answer ada@x.example", "CALL", "HIGH", owner.user, lead)
    assert len(await rows(db, actor, "events", kind="response.breached")) == 1
    await tried(db, owner, lead)
    assert await clocks(db, actor, "state", "waited_seconds") == [("MET", 7200)], "how long they waited is known all the same"


async def test_overdue_lead_of_a_queue_is_given_on_until_three_have_not_answered(db: Database) -> None:
    actor = await sandbox(db)

    async def set_up(tx: Tx) -> list[UUID]:
        users = await sellers(tx, 2)
        await territory(tx, await queue(tx, *(Seat(user) for user in users)))
        await policy(tx, 60, reassign=True)
        return users

    users = await db.run(actor, set_up)
    lead = await asks(db, actor)
    first = (await row(db, actor, "leads", lead))["owner_id"]
    second = next(user for user in users if user != first)
    await wait(db, actor, HOUR)
    assert (await row(db, actor, "leads", lead))["owner_id"] == second
    assert await clocks(db, actor, "state", "cause", "round", "raised_at", "due_at", "end_reason") == [
        ("ENDED", "INQUIRY", 0, MONDAY, MONDAY + HOUR, "GIVEN_ON"), ("RUNNING", "REASSIGNMENT", 1, MONDAY, MONDAY + 2 * HOUR, None)]
    for _ in range(4):
        await wait(db, actor, HOUR)
    assert [one["owner_id"] for one in await rows(db, actor, "assignment_decisions", "at", cause="BREACH")] == [second, first, second]
    assert (await clocks(db, actor, "state", "round"))[-1] == ("RUNNING", 3)
    assert len(await rows(db, actor, "events", kind="response.breached")) == 4
    seller = Actor(actor.workspace, "USER", first)
    await tried(db, seller, lead, at=MONDAY + 30 * MINUTE)                   # told only now
    assert (await clocks(db, actor, "state", "waited_seconds"))[-1] == ("MET", 1800)


async def test_alone_in_a_queue_whoever_did_not_answer_keeps_the_lead(db: Database) -> None:
    actor = await sandbox(db)

    async def set_up(tx: Tx) -> UUID:
        (user,) = await sellers(tx, 1)
        await territory(tx, await queue(tx, Seat(user)))
        await policy(tx, 60, reassign=True)
        return user

    user = await db.run(actor, set_up)
    lead = await asks(db, actor)
    await wait(db, actor, HOUR)
    assert (await row(db, actor, "leads", lead))["owner_id"] == user
    made = await rows(db, actor, "assignment_decisions", "at")
    assert [(one["outcome"], one["reason"]) for one in made] == [("ASSIGNED", "TURN"), ("WAITING", "NOBODY_FREE")]
    assert await clocks(db, actor, "state") == [("RUNNING",)]
    assert [one["kind"] for one in await rows(db, actor, "notifications", "created_at, t.id")] == ["LEAD_ASSIGNED", "RESPONSE_OVERDUE"]


async def test_asking_again_starts_the_clock_again_and_the_waiting_counts_from_the_first_time(db: Database) -> None:
    actor = await sandbox(db)
    seller = await user_of(db, actor)
    await db.run(actor, lambda tx: policy(tx, 60, next_minutes=30))
    lead = await asks(db, actor)
    await wait(db, actor, 40 * MINUTE)
    assert await asks(db, actor) == lead
    assert await clocks(db, actor, "cause", "state", "kind", "raised_at", "due_at", "end_reason") == [
        ("INQUIRY", "ENDED", "FIRST", MONDAY, MONDAY + HOUR, "ASKED_AGAIN"), ("AGAIN", "RUNNING", "FIRST", MONDAY, MONDAY + 100 * MINUTE, None)]
    await wait(db, actor, 10 * MINUTE)
    await tried(db, seller, lead)
    assert (await clocks(db, actor, "waited_seconds"))[-1] == (3000,)
    await wait(db, actor, 10 * MINUTE)
    await asks(db, actor)
    assert (await clocks(db, actor, "kind", "cause", "due_at"))[-1] == ("NEXT", "INQUIRY", MONDAY + 90 * MINUTE)


async def test_reply_starts_the_clock_of_the_next_answer_where_none_runs(db: Database) -> None:
    actor = await sandbox(db)
    seller = await user_of(db, actor)
    await db.run(actor, lambda tx: policy(tx, 60, next_minutes=30))
    lead = await asks(db, actor)
    await tried(db, actor, lead, "EMAIL", "INBOUND")
    assert len(await clocks(db, actor)) == 1, "one runs already"
    await tried(db, seller, lead)
    await tried(db, actor, lead, "EMAIL", "INBOUND", automated=True)
    assert len(await clocks(db, actor)) == 1, "an out-of-office note waits for nobody"
    await wait(db, actor, HOUR)
    await tried(db, actor, lead, "EMAIL", "INBOUND")
    assert (await clocks(db, actor, "kind", "cause", "state", "due_at"))[-1] == ("NEXT", "REPLY", "RUNNING", MONDAY + 90 * MINUTE)


@pytest.mark.parametrize("verb", [
    lambda tx, lead: leads.junk(tx, lead, "NO_FIT"), lambda tx, lead: leads.reject(tx, lead, "Not now"),
], ids=["junk", "reject"])  # fmt: skip
async def test_nobody_waits_for_what_was_closed_until_it_comes_back(db: Database, verb: Callable[[Tx, UUID], Awaitable[Any]]) -> None:
    actor = await sandbox(db)
    await db.run(actor, lambda tx: policy(tx, 60))
    lead = await asks(db, actor)
    await db.run(actor, lambda tx: verb(tx, lead))
    await carried(db, actor)
    (ended,) = await clocks(db, actor, "state", "end_reason", "ended_at")
    assert ended[0] == "ENDED"
    assert ended[1:] in (("LEAD_JUNKED", MONDAY), ("LEAD_REJECTED", MONDAY))
    await wait(db, actor, timedelta(days=100))
    await db.run(actor, leads.recycle_due)
    await carried(db, actor)
    back = await clocks(db, actor, "cause", "state", "kind", "raised_at")
    assert back[1:] == ([("RETURN", "RUNNING", "FIRST", MONDAY + timedelta(days=100))] if ended[1] == "LEAD_REJECTED" else [])


async def test_content_starts_no_clock_and_a_queue_has_its_own_policy(db: Database) -> None:
    actor = await sandbox(db)

    async def set_up(tx: Tx) -> UUID:
        fast = await policy(tx, 5, is_default=False)
        await policy(tx, 60)
        await territory(tx, await queue(tx, policy_id=fast), {"email": {"startsWith": "vip"}})
        return fast

    fast = await db.run(actor, set_up)
    await asks(db, actor, "reader@x.example", "CONTENT")
    assert await clocks(db, actor) == []
    await asks(db, actor, "vip@x.example")
    assert await clocks(db, actor, "policy_id", "due_at") == [(fast, MONDAY + 5 * MINUTE)], "it is timed anew when it comes into the queue"
    await wait(db, actor, 5 * MINUTE)
    assert await clocks(db, actor, "breached_at") == [(MONDAY + 5 * MINUTE,)]


async def test_contact_who_asks_waits_too_where_the_workspace_wants_a_task(db: Database) -> None:
    actor = await sandbox(db)
    seller = await user_of(db, actor)

    async def set_up(tx: Tx) -> UUID:
        await tx.value("SELECT lw_set_settings($1, 1, $2)", tx.workspace, {"repeat_hand_raise": "TASK"})
        await policy(tx, 60)
        return await make.make_contact(tx, await make.make_person(tx, email="ada@x.example"), owner_id=seller.user)

    contact = await db.run(actor, set_up)
    await capture.submit(db, actor, [Submission("FORM", {"email": "ada@x.example"})])
    await carried(db, actor)
    assert await clocks(db, actor, "contact_id", "lead_id", "state") == [(contact, None, "RUNNING")]
    await wait(db, actor, HOUR)
    assert [one["user_id"] for one in await rows(db, actor, "notifications", kind="RESPONSE_OVERDUE")] == [seller.user]
    (task,) = await rows(db, actor, "tasks")
    await db.run(seller, lambda tx: tasks.complete(tx, task["id"]))
    await carried(db, actor)
    assert await clocks(db, actor, "state", "end_reason") == [("ENDED", "TASK_DONE")]


async def test_speed_to_lead_by_source_owner_and_hour(db: Database) -> None:
    actor = await sandbox(db)
    seller = await user_of(db, actor)
    await db.run(actor, lambda tx: policy(tx, 10))
    made = []
    for i in range(4):
        made.append(await asks(db, actor, f"p{i}@x{i}.example"))
    for lead, minutes in zip(made[:3], (5, 15, 40), strict=True):
        await db.control("SELECT lw_set_clock($1, $2)", actor.workspace, MONDAY + minutes * MINUTE)
        await tried(db, seller, lead)
    async with db.read(actor) as tx:
        until = MONDAY + HOUR
        (all_,) = await assignment.speed_to_lead(tx, MONDAY, until)
        assert (all_.asked, all_.answered, all_.waiting, all_.overdue, all_.p50_s, all_.p90_s) == (4, 3, 1, 3, 900.0, 2100.0)
        hours = await assignment.speed_to_lead(tx, MONDAY, until, "HOUR")
        assert [(one.key, one.asked, one.p50_s) for one in hours] == [("9", 4, 900.0)]
        owners = await assignment.speed_to_lead(tx, MONDAY, until, "OWNER")
        assert [(one.record_id, one.asked, one.p90_s) for one in owners] == [(seller.user, 3, 2100.0), (None, 1, None)]
        assert sum(one.asked for one in await assignment.speed_to_lead(tx, MONDAY, until, "SOURCE")) == 4
        assert await assignment.speed_to_lead(tx, MONDAY, until, owners=[seller.user]) == []
        for wrong in (MONDAY, MONDAY + timedelta(days=800)):
            with pytest.raises(BadPeriod):
                await assignment.speed_to_lead(tx, MONDAY, wrong)


async def test_import_shares_out_leads_and_starts_clocks_only_where_that_was_asked_for_and_a_dry_run_counts_them(db: Database, tmp_path: Path) -> None:
    actor = await sandbox(db)

    async def set_up(tx: Tx) -> None:
        await territory(tx, await queue(tx, *[Seat(user) for user in await sellers(tx, 2)]))
        await policy(tx, 60)

    await db.run(actor, set_up)

    async def brought(name: str, *effects: str, dry_run: bool = False, intent: str = "HAND_RAISE") -> dict[str, int]:
        path = tmp_path / f"{name}.csv"
        path.write_text("Last Name,Email\n" + "".join(f"{name}{i},{name}{i}@x{i}.example\n" for i in range(3)))
        result = await import_file(db, actor, path, options=ImportOptions(intent=intent, effects=effects, dry_run=dry_run))
        await carried(db, actor)
        return {name: count for name, count in result.effects.items() if count}

    assert await brought("a", dry_run=True) == {"ASSIGNMENT": 3, "RESPONSE": 3}
    assert await brought("b", dry_run=True, intent="CONTENT") == {"ASSIGNMENT": 3}
    assert await rows(db, actor, "leads") == []
    await brought("c")
    assert [(one["owner_id"], one["queue_id"]) for one in await rows(db, actor, "leads")] == [(None, None)] * 3
    assert await rows(db, actor, "response_clocks") == []
    await brought("d", "ASSIGNMENT", "RESPONSE")
    owners = [one["owner_id"] for one in await rows(db, actor, "leads") if one["owner_id"]]
    assert sorted(owners.count(owner) for owner in set(owners)) == [1, 2]
    assert [one["state"] for one in await rows(db, actor, "response_clocks")] == ["RUNNING"] * 3
    assert await rows(db, actor, "notifications") == [], "nobody is told of each"
    (kind,) = {(one["kind"], one["data"].get("quiet")) for one in await rows(db, actor, "events", kind="lead.assigned")}
    assert kind == ("lead.assigned", True)
    await wait(db, actor, HOUR)
    assert len(await rows(db, actor, "events", kind="response.breached")) == 3
