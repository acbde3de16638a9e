"""Leaving a sequence at once for every reason there is, entering by what happens, and that the gate knows before the reaction does."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from leadwell import conversion, deals, events, leads, meetings, nurture, reactions, segments, tasks, timeline
from leadwell.access.sees import Everything
from leadwell.base.actor import Actor
from leadwell.base.ids import uuid7
from leadwell.base.tx import Database, Tx
from leadwell.delivery.verdict import astray
from tests import builders as b
from tests import mailing
from tests.stepping import begun, count, mail, outcomes, standing, walk

DAY = {"kind": "WAIT", "duration": "P1D"}
Story = Callable[[Tx, UUID, UUID], Awaitable[Any]]


async def carried(db: Database, actor: Actor) -> None:
    """Every event numbered and carried up."""
    await db.run(actor, events.sequence)
    await db.run(actor, lambda tx: reactions.react(tx, 500))


async def _meeting(tx: Tx, person: UUID, user: UUID) -> None:
    start = await tx.now() + timedelta(days=1)
    about = tasks.About(person_ids=[person])
    await meetings.schedule(tx, meetings.NewMeeting("Demo", start, start + timedelta(hours=1), about=about, assignee_id=user))


async def _deal(tx: Tx, person: UUID, user: UUID) -> None:
    contact = await b.make_contact(tx, person)
    await deals.create(tx, deals.NewDeal("Deal", contacts=[(contact, "OTHER")]))


async def _call(tx: Tx, person: UUID, user: UUID) -> None:
    await tasks.log_activity(tx, timeline.NewActivity("CALL", direction="OUTBOUND", user_id=user), tasks.About(person_ids=[person]))


async def _accept(tx: Tx, person: UUID, user: UUID) -> None:
    lead = await tx.value("SELECT l.id FROM leads l WHERE l.workspace_id = $1 AND l.person_id = $2", tx.workspace, person)
    await leads.accept(tx, lead)


async def _incoming_call(tx: Tx, person: UUID, user: UUID) -> None:
    await tasks.log_activity(tx, timeline.NewActivity("CALL", direction="INBOUND", user_id=user), tasks.About(person_ids=[person]))


@pytest.mark.parametrize(("story", "reason"), [
    (_meeting, "MEETING_BOOKED"), (_deal, "DEAL_OPENED"), (_call, "OWNER_TOOK_OVER"), (_accept, "OWNER_TOOK_OVER"), (_incoming_call, None),
])  # fmt: skip
async def test_what_happens_ends_it_and_the_gate_knows_before_the_reaction(db: Database, actor: Actor, story: Story, reason: str | None) -> None:
    async def begin(tx: Tx) -> tuple[UUID, UUID]:
        user = await b.make_user(tx)
        _, (ada,) = await begun(tx, [await mail(tx)], name="Ends", audience="BOTH")
        await begun(tx, [await mail(tx)], [ada], name="Stays", audience="BOTH", exit_on=["REPLY"])
        return ada, user

    ada, user = await db.run(actor, begin)
    await walk(db, actor)
    await carried(db, actor)
    await db.run(actor, lambda tx: story(tx, ada, user))
    async with db.read(actor) as tx:
        rows = await tx.fetch("SELECT s.id, s.enrollment_id, s.step, s.visit FROM sends s WHERE s.workspace_id = $1 ORDER BY s.enrollment_id", tx.workspace)
    facts = await db.run(actor, lambda tx: nurture.gate(tx, rows))
    assert [astray(facts[row["id"]], row["step"], row["visit"]) for row in rows] == [reason, None]
    await carried(db, actor)
    ended = ("EXITED", "s1", reason) if reason else ("ACTIVE", "s1", None)
    assert await standing(db, actor) == [ended, ("ACTIVE", "s1", None)]
    if reason:
        assert await count(db, actor, "sends", f"x.state = 'SKIPPED' AND x.reason = 'EXITED_{reason}'") == 1


async def test_nurturing_goes_on_after_conversion_where_the_sequence_allows_it(db: Database, actor: Actor) -> None:
    async def begin(tx: Tx) -> None:
        (ada,) = people = await mailing.leads(tx, 1)
        await tx.execute("UPDATE leads SET owner_id = $2, company_name = 'Acme' WHERE workspace_id = $1", tx.workspace, await b.make_user(tx))
        for name, more in (("Leads", {}), ("Both", {"audience": "BOTH"}), ("Set", {"audience": "BOTH", "exit_on": ["CONVERSION"]})):
            await begun(tx, [DAY, await mail(tx)], people, name=name, **more)
        lead = await tx.value("SELECT l.id FROM leads l WHERE l.workspace_id = $1 AND l.person_id = $2", tx.workspace, ada)
        await conversion.convert(tx, lead)

    await db.run(actor, begin)
    await carried(db, actor)
    assert await standing(db, actor) == [("EXITED", "s1", "CONVERSION"), ("ACTIVE", "s1", None), ("EXITED", "s1", "CONVERSION")]


async def test_a_goal_told_by_an_event_ends_it_at_once_and_only_from_entering_on(db: Database, actor: Actor) -> None:
    async def begin(tx: Tx) -> UUID:
        _, (ada,) = await begun(tx, [DAY, await mail(tx)], goal={"event": "PURCHASED"})
        await events.note(tx, "purchase.recorded", "Purchase", uuid7(), person_id=ada)
        return ada

    await db.run(actor, begin)
    await carried(db, actor)
    assert await standing(db, actor) == [("EXITED", "s1", "GOAL")]
    assert await count(db, actor, "enrollments", "x.goal_at IS NOT NULL") == 1


@pytest.mark.parametrize(("policy", "other"), [("NOTHING", ("ACTIVE", None)), ("PAUSE", ("ACTIVE", None)), ("EXIT", ("EXITED", "COMPANY_REPLY"))])
async def test_an_answer_concerns_others_of_the_company_as_the_sequence_says(db: Database, actor: Actor, policy: str, other: tuple[str, str | None]) -> None:
    async def begin(tx: Tx) -> None:
        company, people = await b.make_company(tx), []
        for _ in range(2):
            people.append(await b.make_person(tx))
            await b.make_lead(tx, people[-1], company_id=company)
        people += await mailing.leads(tx, 1)
        await begun(tx, [await mail(tx)], people, company_reply=policy)
        await nurture.step_due(tx, mail_from=mailing.FROM)
        (send,) = [id for id, person in await mailing.sends(tx, "id", "person_id") if person == people[0]]
        await events.note(tx, "mail.replied", "Send", send, person_id=people[0])

    await db.run(actor, begin)
    await carried(db, actor)
    found = await standing(db, actor)
    assert [(state, reason) for state, _, reason in found].count(("EXITED", "REPLY")) == 1
    assert sorted([(state, reason) for state, _, reason in found if reason != "REPLY"], key=str) == sorted([other, ("ACTIVE", None)], key=str)
    assert await count(db, actor, "enrollments", "x.paused_at IS NOT NULL AND x.state = 'ACTIVE'") == (policy == "PAUSE")


async def test_people_enter_by_what_happens_and_by_a_segment_once(db: Database, actor: Actor) -> None:
    async def begin(tx: Tx) -> tuple[UUID, list[UUID]]:
        segment = uuid7()
        await b.insert(tx, "segments", id=segment, name="List", noun="Person", kind="STATIC", **await b.stamps(tx))
        people = await mailing.leads(tx, 3)
        await begun(tx, [DAY, await mail(tx)], [], name="Listed", entry={"segment": {"segment_ids": [str(segment)]}})
        await begun(tx, [DAY, await mail(tx)], [], name="Bought", entry={"event": {"kinds": ["PURCHASED"]}})
        await segments.put(tx, segment, Everything(tx.workspace), people[:2], None)
        await events.note(tx, "purchase.recorded", "Purchase", uuid7(), person_id=people[2])
        return segment, people

    segment, people = await db.run(actor, begin)
    await carried(db, actor)
    async with db.read(actor) as tx:
        rows = await tx.fetch("SELECT e.person_id, e.entered_by FROM enrollments e WHERE e.workspace_id = $1 ORDER BY e.person_id", tx.workspace)
    assert [tuple(row) for row in rows] == [(people[0], "SEGMENT"), (people[1], "SEGMENT"), (people[2], "EVENT")]

    async def again(tx: Tx) -> None:
        await segments.take(tx, segment, Everything(tx.workspace), people[:1], None)
        await segments.put(tx, segment, Everything(tx.workspace), people[:1], None)

    await db.run(actor, again)
    await carried(db, actor)
    assert await count(db, actor, "enrollments") == 3, "incident 5: who leaves a segment and comes again makes no second visit"
    assert await outcomes(db, actor) == []
