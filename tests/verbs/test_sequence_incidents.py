"""What went wrong elsewhere (the number is that of the incident) and goes right here: the part of the engine in it."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID

from leadwell import consent, nurture
from leadwell.base.actor import Actor
from leadwell.base.ids import uuid7
from leadwell.base.tx import Database, Tx
from tests.mailing import FROM, address_hash, forward, leads, sends, topic
from tests.stepping import Killed, begun, count, killed, later, mail, outcomes, sandbox, standing, walk

DAY = {"kind": "WAIT", "duration": "P1D"}


async def test_incident_1_one_refused_recipient_delays_nobody_and_repeats_nothing(db: Database) -> None:
    actor = await sandbox(db)
    await db.run(actor, lambda tx: _begun(tx, 10))
    await walk(db, actor)

    async def settle(tx: Tx) -> int:
        ids = [id for (id,) in await sends(tx, "id")]
        await tx.execute("UPDATE sends SET state = 'SENT', sending_at = planned_at WHERE workspace_id = $1", tx.workspace)
        await tx.execute("UPDATE sends SET state = 'REJECTED', reason = 'REFUSED' WHERE workspace_id = $1 AND id = $2", tx.workspace, ids[3])
        return await nurture.advance(tx, ids)

    assert await db.run(actor, settle) == 10
    for _ in range(10):
        await later(db, actor, timedelta(hours=1))
        assert await db.run(actor, settle) == 0
    assert await count(db, actor, "sends") == 10
    assert sorted(outcome for _, outcome in await outcomes(db, actor)) == ["REJECTED", *["SENT"] * 9]


async def _begun(tx: Tx, people: int) -> None:
    await begun(tx, [await mail(tx), {"kind": "WAIT", "duration": "P30D"}, await mail(tx)], people)


async def test_incidents_2_and_3_many_workers_at_once_plan_one_mail_a_person(db: Database, actor: Actor) -> None:
    await db.run(actor, lambda tx: _begun(tx, 40))

    async def work() -> int:
        return await db.run(actor, lambda tx: nurture.step_due(tx, mail_from=FROM, batch=7))

    moved = sum(await asyncio.gather(*(work() for _ in range(12))))
    moved += await walk(db, actor)
    assert (moved, await count(db, actor, "sends"), await count(db, actor, "work", "x.kind = 'deliver.send'")) == (40, 40, 40)


async def test_incident_4_a_step_before_its_hour_is_looked_at_once_and_waits(db: Database) -> None:
    actor = await sandbox(db)
    await db.control("SELECT lw_set_clock($1, $2)", actor.workspace, datetime(2027, 1, 2, 12, tzinfo=UTC))   # a Saturday
    weekdays = {"time": "09:00", "weekdays": ["MON", "TUE", "WED", "THU", "FRI"]}
    await db.run(actor, lambda tx: _waiting(tx, weekdays))
    assert [await walk(db, actor) for _ in range(3)] == [1, 0, 0]
    async with db.read(actor) as tx:
        assert await tx.value("SELECT e.due_at FROM enrollments e WHERE e.workspace_id = $1", tx.workspace) == datetime(2027, 1, 4, 9, tzinfo=UTC)
        assert await tx.value("SELECT count(*) FROM work w WHERE w.workspace_id = $1 AND w.kind = 'nurture.step' AND w.state = 'READY'", tx.workspace) == 1


async def _waiting(tx: Tx, local: dict[str, object]) -> None:
    people = await leads(tx, 1)
    await tx.execute("UPDATE people SET time_zone = 'UTC' WHERE workspace_id = $1", tx.workspace)
    await begun(tx, [{"kind": "WAIT", "local": local}, await mail(tx)], people)


async def test_incident_5_whoever_comes_again_makes_no_second_visit_unless_the_sequence_repeats(db: Database, actor: Actor) -> None:
    async def story(tx: Tx) -> list[str | None]:
        once, people = await begun(tx, [DAY, await mail(tx)], name="Once")
        often, _ = await begun(tx, [DAY, await mail(tx)], people, name="Often", reentry="AFTER_EXIT")
        await nurture.exit_person(tx, people[0], "REPLY")
        return [(await nurture.enroll_many(tx, id, people, "SEGMENT"))[0].refusal for id in (once, often)]

    assert await db.run(actor, story) == ["WAS_IN_BEFORE", None]


async def test_incident_6_what_is_told_as_sent_was_sent(db: Database, actor: Actor) -> None:
    await db.run(actor, lambda tx: _begun(tx, 3))
    await walk(db, actor)
    assert await outcomes(db, actor) == [], "a planned mail is none that was sent"
    assert await standing(db, actor) == [("ACTIVE", "s1", None)] * 3


async def test_incident_7_an_opt_out_ends_it_wherever_the_person_stands(db: Database, actor: Actor) -> None:
    async def begin(tx: Tx) -> list[UUID]:
        _, (ada, bob) = await begun(tx, [await mail(tx), DAY, await mail(tx)], 2)
        await nurture.step_due(tx, mail_from=FROM)
        (first, *_) = [id for id, person in await sends(tx, "id", "person_id") if person == ada]
        await tx.execute("UPDATE sends SET state = 'SENT' WHERE workspace_id = $1 AND id = $2", tx.workspace, first)
        await nurture.advance(tx, [first])
        return [ada, bob]

    people = await db.run(actor, begin)   # Ada waits, Bob's mail is in the queue

    async def out(tx: Tx) -> list[int]:
        left: list[int] = []
        for person in people:
            await consent.opt_out(tx, consent.OptOut(await address_hash(tx, person), None, person, "LINK"))
            left.append(await nurture.exit_person(tx, person, "UNSUBSCRIBE"))
        return left

    assert await db.run(actor, out) == [1, 1]
    assert await count(db, actor, "sends", "x.state = 'PLANNED'") == 0
    assert [reason for _, _, reason in await standing(db, actor)] == ["UNSUBSCRIBE"] * 2


async def test_incident_8_paused_and_resumed_ten_times_everybody_has_one_mail(db: Database, actor: Actor) -> None:
    async def begin(tx: Tx) -> UUID:
        id, _ = await begun(tx, [await mail(tx), DAY, await mail(tx)], 5)
        return id

    id = await db.run(actor, begin)
    for _ in range(10):
        await db.run(actor, lambda tx: nurture.step_due(tx, mail_from=FROM, batch=2))
        await db.run(actor, lambda tx: nurture.pause(tx, id))
        assert await walk(db, actor) == 0
        await db.run(actor, lambda tx: nurture.resume(tx, id))
    await walk(db, actor)
    assert (await count(db, actor, "sends"), await count(db, actor, "sends", "x.state = 'PLANNED'")) == (5, 5)


async def test_incident_9_who_is_taken_up_by_a_worker_that_dies_is_not_passed_over(db: Database, actor: Actor) -> None:
    await db.run(actor, lambda tx: _begun(tx, 3))
    for _ in range(3):
        await killed(db, actor)
    assert (await walk(db, actor), await count(db, actor, "sends")) == (3, 3)


async def test_incident_10_nobody_is_through_while_a_mail_is_unsettled(db: Database, actor: Actor) -> None:
    async def begin(tx: Tx) -> None:
        await begun(tx, [await mail(tx)], 4)
        await nurture.step_due(tx, mail_from=FROM)
        ids = [id for (id,) in await sends(tx, "id")]
        for id, state in zip(ids, ("SENT", "SENDING", "AMBIGUOUS", "DEFERRED"), strict=True):
            await tx.execute("UPDATE sends SET state = $3 WHERE workspace_id = $1 AND id = $2", tx.workspace, id, state)
        await nurture.advance(tx, ids)

    await db.run(actor, begin)
    assert sorted(state for state, _, _ in await standing(db, actor)) == ["ACTIVE"] * 3 + ["COMPLETED"]


async def test_incident_16_an_hour_that_does_not_exist_or_comes_twice_is_met_once(db: Database) -> None:
    actor = await sandbox(db)
    rule = {"kind": "WAIT", "local": {"time": "02:30", "weekdays": ["SUN"]}}
    await db.control("SELECT lw_set_clock($1, $2)", actor.workspace, datetime(2027, 3, 27, 12, tzinfo=UTC))   # Berlin skips 02:30 on the 28th

    async def begin(tx: Tx) -> None:
        people = await leads(tx, 1)
        await tx.execute("UPDATE people SET time_zone = 'Europe/Berlin' WHERE workspace_id = $1", tx.workspace)
        await begun(tx, [rule, {"kind": "WAIT", "until": "2027-10-30T12:00:00Z"}, {**rule, "id": "again"}, await mail(tx)], people)

    await db.run(actor, begin)
    await walk(db, actor)
    async with db.read(actor) as tx:
        assert await tx.value("SELECT e.due_at FROM enrollments e WHERE e.workspace_id = $1", tx.workspace) == datetime(2027, 3, 28, 1, tzinfo=UTC)
    await db.control("SELECT lw_set_clock($1, $2)", actor.workspace, datetime(2027, 10, 30, 13, tzinfo=UTC))   # and has it twice on the 31st
    await walk(db, actor)
    await walk(db, actor)
    async with db.read(actor) as tx:
        assert await tx.value("SELECT e.due_at FROM enrollments e WHERE e.workspace_id = $1", tx.workspace) == datetime(2027, 10, 31, 0, 30, tzinfo=UTC)
    await later(db, actor, timedelta(days=1))
    assert [step for step, _ in await outcomes(db, actor)] == ["s1", "s2", "again"]
    assert await count(db, actor, "sends") == 1


async def test_incident_22_a_wait_of_thirty_days_is_over_once(db: Database) -> None:
    actor = await sandbox(db)

    async def begin(tx: Tx) -> None:
        await begun(tx, [{"kind": "WAIT", "duration": "P30D"}, await mail(tx)], 2)

    await db.run(actor, begin)
    for _ in range(29):
        await forward(db, actor.workspace, timedelta(days=1))
        assert await db.run(actor, nurture.tend) == 0
        assert await walk(db, actor) == 0
    assert await later(db, actor, timedelta(days=1)) == 4
    assert (await count(db, actor, "sends"), await count(db, actor, "work", "x.kind = 'nurture.step' AND x.state = 'READY'")) == (2, 1)


async def test_incident_24_an_entry_that_is_rolled_back_leaves_the_place_to_the_other(db: Database, actor: Actor) -> None:
    async def begin(tx: Tx) -> tuple[UUID, list[UUID]]:
        id, _ = await begun(tx, [DAY, await mail(tx)], [])
        return id, await leads(tx, 1)

    id, people = await db.run(actor, begin)
    entered = asyncio.Event()

    async def dies(tx: Tx) -> None:
        assert (await nurture.enroll_many(tx, id, people, "HAND"))[0].enrollment_id
        entered.set()
        await asyncio.sleep(0)
        raise Killed()

    async def comes() -> list[nurture.Entry]:
        await entered.wait()
        return await db.run(actor, lambda tx: nurture.enroll_many(tx, id, people, "HAND"))

    first, second = await asyncio.gather(db.run(actor, dies), comes(), return_exceptions=True)
    assert isinstance(first, Killed)
    assert not isinstance(second, BaseException)
    assert [entry.refusal for entry in second] == [None]
    assert await count(db, actor, "enrollments") == 1


async def test_incident_37_an_opt_out_from_marketing_leaves_mail_that_is_service(db: Database, actor: Actor) -> None:
    async def story(tx: Tx) -> list[str]:
        people = await leads(tx, 1)
        for code in ("product", "service"):
            id = await nurture.create_sequence(tx, nurture.NewSequence(code, await topic(tx, code), [DAY, await mail(tx)]))
            await nurture.publish(tx, id)
            await nurture.enroll_many(tx, id, people, "HAND")
        about = str(await topic(tx, "product"))
        told = [{"id": uuid7(), "kind": "consent.withdrawn", "person_id": people[0], "data": {"topic_id": about}, "at": await tx.now(), "record_id": people[0]}]
        await nurture.exit_by_event(tx, told)
        return [row["state"] for row in await tx.fetch("SELECT e.state FROM enrollments e WHERE e.workspace_id = $1 ORDER BY e.id", tx.workspace)]

    assert await db.run(actor, story) == ["EXITED", "ACTIVE"]
