"""What to do next: one order with reasons that add up, put off until something new happens, done when somebody was answered."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from leadwell import assignment, capture, leads, scoring, tasks, timeline
from leadwell.assignment import Seat
from leadwell.assignment.refusals import BadSnooze, ClaimByUsersOnly, StillWaiting
from leadwell.assignment.work_queue import ranked
from leadwell.base.actor import Actor
from leadwell.base.ids import uuid7
from leadwell.base.refusals import NotFound, Refusal
from leadwell.base.tx import Database, Tx
from leadwell.capture import Submission
from leadwell.tasks import About, NewTask
from tests import builders as make
from tests.verbs.assigning import MINUTE, MONDAY, carried, policy, queue, sandbox, territory, wait

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


async def listed(db: Database, actor: Actor, user: UUID | None, place: UUID | None = None) -> list[tuple[Any, ...]]:
    """Record, action and reasons of each item."""
    async with db.read(actor) as tx:
        found = await assignment.work_queue(tx, user, place)
    assert all(one.rank == sum(reason.points for reason in one.reasons) for one in found)
    return [(one.record_id, one.action, *(reason.code for reason in one.reasons)) for one in found]


async def scored(tx: Tx, person: UUID, score: int) -> None:
    await scoring.rescore(tx, {person})
    await tx.execute("UPDATE scores SET score = $3 WHERE workspace_id = $1 AND person_id = $2 AND is_default", tx.workspace, person, score)


async def test_own_work_stands_in_order_of_urgency_with_its_reasons(db: Database) -> None:
    actor = await sandbox(db)
    me, other = await db.run(actor, make.make_user), await db.run(actor, make.make_user)

    async def set_up(tx: Tx) -> dict[str, UUID]:
        people = {name: await make.make_person(tx) for name in ("hot", "cold", "mql", "theirs", "nurtured")}
        own: dict[str, UUID] = {name: await make.make_lead(tx, people[name], owner_id=me) for name in ("hot", "cold")}
        own["mql"] = await make.make_lead(tx, people["mql"], owner_id=me, marketing_qualified_at=MONDAY)
        await make.make_lead(tx, people["theirs"], owner_id=other)
        await make.make_lead(tx, people["nurtured"], owner_id=me, status="NURTURING")
        for name, points in (("hot", 90), ("cold", 10), ("theirs", 99), ("nurtured", 99)):
            await scored(tx, people[name], points)
        own["late"] = await make.make_task(tx, assignee_id=me, due_at=MONDAY - 3 * DAY)
        own["today"] = await make.make_task(tx, assignee_id=me, due_at=MONDAY + HOUR, priority="HIGH")
        await make.make_task(tx, assignee_id=me, due_at=MONDAY + 9 * DAY)
        await make.make_task(tx, assignee_id=other, due_at=MONDAY)
        own["contact"] = await make.make_contact(tx, owner_id=me)
        await tasks.log_activity(tx, timeline.NewActivity("EMAIL", direction="INBOUND"), About(contact_id=own["contact"]))
        return own

    own = await db.run(actor, set_up)
    assert await listed(db, actor, me) == [
        (own["contact"], "ANSWER", "REPLY"), (own["late"], "DO", "TASK_OVERDUE"), (own["today"], "DO", "TASK"), (own["mql"], "ACCEPT", "HANDED_OVER"),
        (own["hot"], "CALL", "SCORE"), (own["cold"], "CALL", "SCORE"),
    ]  # fmt: skip
    await db.run(Actor(actor.workspace, "USER", me), lambda tx: leads.accept(tx, own["mql"]))
    assert own["mql"] not in {one[0] for one in await listed(db, actor, me)}, "accepted is handed over"


def test_rank_is_what_the_reasons_weigh_and_equals_stand_by_their_time() -> None:
    first, second, third = sorted(uuid7() for _ in range(3))
    row = {"noun": "Lead", "due_at": None, "score": None}
    items = ranked([
        {**row, "record_id": first, "code": "RESPONSE", "since": MONDAY - HOUR, "due_at": MONDAY + 30 * MINUTE},
        {**row, "record_id": second, "code": "RESPONSE", "since": MONDAY - 9 * HOUR, "due_at": MONDAY - 2 * HOUR},
        {**row, "record_id": second, "code": "SCORE", "since": MONDAY, "score": 250},
        {**row, "record_id": third, "code": "REPLY", "since": MONDAY},
        {**row, "record_id": third, "code": "WAITS", "since": MONDAY},
    ], MONDAY)  # fmt: skip
    assert [(one.record_id, one.rank, one.action) for one in items] == [(second, 1102, "ANSWER"), (first, 770, "ANSWER"), (third, 600, "CLAIM")]
    assert items[0].due_at == MONDAY - 2 * HOUR


async def test_queue_shows_what_waits_in_it_and_a_claim_moves_it_to_the_claimer(db: Database) -> None:
    actor = await sandbox(db)
    me = await db.run(actor, make.make_user)

    async def set_up(tx: Tx) -> UUID:
        await policy(tx, 60)
        place = await queue(tx, Seat(me), strategy="CLAIM")
        await territory(tx, place)
        return place

    place = await db.run(actor, set_up)
    (outcome,) = await capture.submit(db, actor, [Submission("FORM", {"email": "ada@x.example"})])
    await carried(db, actor)
    assert await listed(db, actor, me, place) == [(outcome.lead_id, "CLAIM", "RESPONSE", "WAITS")]
    assert await listed(db, actor, me) == []
    lead = outcome.lead_id
    assert lead is not None
    await db.run(Actor(actor.workspace, "USER", me), lambda tx: assignment.claim(tx, lead))
    assert await listed(db, actor, me, place) == []
    assert await listed(db, actor, me) == [(lead, "ANSWER", "RESPONSE")]


async def test_done_needs_an_answer_where_somebody_waits_and_comes_back_with_a_reply(db: Database) -> None:
    actor = await sandbox(db)
    me = Actor(actor.workspace, "USER", await db.run(actor, make.make_user))
    await db.run(actor, lambda tx: policy(tx, 60))
    (outcome,) = await capture.submit(db, actor, [Submission("FORM", {"email": "ada@x.example"}, defaults=capture.Defaults(owner_id=me.user))])
    lead = outcome.lead_id
    assert lead is not None
    await carried(db, actor)
    await refused(db, me, StillWaiting, lambda tx: assignment.done(tx, "Lead", lead))
    await refused(db, actor, ClaimByUsersOnly, lambda tx: assignment.done(tx, "Lead", lead, "CALL"))
    await refused(db, me, NotFound, lambda tx: assignment.done(tx, "Lead", uuid7()))
    await db.run(me, lambda tx: assignment.done(tx, "Lead", lead, "CALL", "Wants an offer"))
    await carried(db, actor)
    assert await listed(db, actor, me.user) == []
    async with db.read(actor) as tx:
        assert await tx.value("SELECT c.state FROM response_clocks c WHERE c.workspace_id = $1", tx.workspace) == "MET"
    await wait(db, actor, HOUR)
    await db.run(actor, lambda tx: tasks.log_activity(tx, timeline.NewActivity("EMAIL", direction="INBOUND"), About(lead_id=lead)))
    await carried(db, actor)
    assert await listed(db, actor, me.user) == [(lead, "ANSWER", "REPLY")]


async def test_snoozed_lead_rests_until_then_or_until_the_person_asks_and_a_task_is_due_later(db: Database) -> None:
    actor = await sandbox(db)
    me = Actor(actor.workspace, "USER", await db.run(actor, make.make_user))

    async def set_up(tx: Tx) -> tuple[UUID, UUID]:
        await policy(tx, 60)
        person = await make.make_person(tx, email="ada@x.example")
        lead = await make.make_lead(tx, person, owner_id=me.user)
        await scored(tx, person, 50)
        return lead, await tasks.create(tx, NewTask("Call", About(lead_id=lead), due_at=MONDAY, assignee_id=me.user))

    lead, task = await db.run(actor, set_up)
    await refused(db, me, BadSnooze, lambda tx: assignment.snooze(tx, "Lead", lead, MONDAY))
    await refused(db, me, BadSnooze, lambda tx: assignment.snooze(tx, "Lead", lead, MONDAY + 400 * DAY))
    for noun, id in (("Lead", lead), ("Task", task)):
        await db.run(me, lambda tx, noun=noun, id=id: assignment.snooze(tx, noun, id, MONDAY + 2 * HOUR))
    assert await listed(db, actor, me.user) == []
    await wait(db, actor, HOUR)
    await capture.submit(db, actor, [Submission("FORM", {"email": "ada@x.example"})])
    await carried(db, actor)
    assert await listed(db, actor, me.user) == [(lead, "ANSWER", "RESPONSE")], "they asked: that is new, the score is not"
    await wait(db, actor, 2 * HOUR)
    assert await listed(db, actor, me.user) == [(lead, "ANSWER", "RESPONSE", "SCORE"), (task, "DO", "TASK_OVERDUE")]
    await db.run(me, lambda tx: assignment.done(tx, "Task", task))
    assert [one[0] for one in await listed(db, actor, me.user)] == [lead]


async def refused(db: Database, actor: Actor, kind: type[Refusal], verb: Any) -> None:
    async with db.read(actor) as tx:
        before = await make.counts(tx)
    with pytest.raises(kind):
        await db.run(actor, verb)
    async with db.read(actor) as tx:
        assert await make.counts(tx) == before
