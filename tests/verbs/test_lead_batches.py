"""Many leads are closed or opened again at once; junk is tried again as a new lead, rejected leads come back to sales."""

from datetime import timedelta
from uuid import UUID

from leadwell import conversion, custom, leads
from leadwell.base.actor import Actor
from leadwell.base.ids import uuid7
from leadwell.base.refusals import NotFound
from leadwell.base.tx import Database, Tx
from tests import builders as make
from tests.verbs.conversions import owned_lead, refused, row
from tests.verbs.test_leads import noted, spans


async def test_many_leads_are_junk_and_come_back_with_the_status_each_had(db: Database, actor: Actor) -> None:
    async def given(tx: Tx) -> tuple[UUID, UUID, UUID, UUID]:
        sealed = await owned_lead(tx, "Cy")
        await conversion.convert(tx, sealed)
        already = await make.make_lead(tx)
        await leads.junk(tx, already, "NO_FIT")
        return await make.make_lead(tx, status="WORKING"), await make.make_lead(tx, status="QUALIFIED"), sealed, already

    one, two, sealed, already = await db.run(actor, given)
    nobody = uuid7()
    before = [dict(await row(db, actor, "leads", id)) for id in (one, two)]
    done = await db.run(actor, lambda tx: leads.junk_many(tx, [two, one, sealed, already, nobody, one], "UNREACHABLE", "fair list"))
    assert list(done.done) == [two, one]
    assert {id: type(why) for id, why in done.refused.items()} == {sealed: leads.LeadSealed, already: leads.AlreadyJunk, nobody: NotFound}
    closed = await row(db, actor, "leads", one)
    assert (closed["state"], closed["junk_note"], closed["version"]) == ("JUNK", "fair list", 2)
    assert closed["recycle_at"] - closed["closed_at"] == timedelta(days=90)
    assert await spans(db, actor, one) == [("WORKING", False), ("JUNK", True)]
    (event,) = await noted(db, actor, one)
    assert (event["kind"], event["version"], event["data"]["reason"]) == ("lead.junked", 2, "UNREACHABLE")
    again = await db.run(actor, lambda tx: leads.reopen_many(tx, [one, two, sealed], "wrong list"))
    assert (list(again.done), {type(why) for why in again.refused.values()}) == ([one, two], {leads.LeadSealed})
    after = [dict(await row(db, actor, "leads", id)) for id in (one, two)]
    changing = {"version", "updated_at", "status_since"}
    assert [{k: v for k, v in lead.items() if k not in changing} for lead in after] == [{k: v for k, v in lead.items() if k not in changing} for lead in before]
    assert await spans(db, actor, two) == [("QUALIFIED", False), ("JUNK", False), ("QUALIFIED", True)]


async def test_of_two_junk_leads_of_one_person_one_comes_back(db: Database, actor: Actor) -> None:
    async def given(tx: Tx) -> list[UUID]:
        person = await make.make_person(tx)
        first = await make.make_lead(tx, person)
        await leads.junk(tx, first, "TIMING")
        second = await make.make_lead(tx, person)
        await leads.junk(tx, second, "TIMING")
        return [first, second]

    ids = await db.run(actor, given)
    done = await db.run(actor, lambda tx: leads.reopen_many(tx, ids, "asked again"))
    assert (len(done.done), [type(why) for why in done.refused.values()]) == (1, [leads.OpenLeadExists])


async def test_unknown_reason_and_no_reason_are_refused_before_anything_is_done(db: Database, actor: Actor) -> None:
    lead_id = await db.run(actor, lambda tx: make.make_lead(tx))
    await refused(db, actor, leads.UnknownReason, lambda tx: leads.junk_many(tx, [lead_id], "BORING"))
    await refused(db, actor, leads.ReasonRequired, lambda tx: leads.reopen_many(tx, [lead_id], " "))


async def test_junk_lead_is_tried_again_as_a_new_lead_linked_to_the_old(db: Database, actor: Actor) -> None:
    async def given(tx: Tx) -> UUID:
        await custom.define(tx, custom.NewField("Lead", "Size", "INT"))
        lead = await owned_lead(tx, title="CTO", need="speed")
        await custom.write(tx, "Lead", lead, {"size": 3})
        await leads.junk(tx, lead, "TIMING")
        return lead

    old_id = await db.run(actor, given)
    old = await row(db, actor, "leads", old_id)
    new = await row(db, actor, "leads", await db.run(actor, lambda tx: leads.recycle(tx, old_id)))
    assert (new["state"], new["repeat_of_id"], new["person_id"], new["owner_id"]) == ("OPEN", old_id, old["person_id"], old["owner_id"])
    assert (new["title"], new["need"], new["company_name"], new["sales_accepted_at"]) == ("CTO", "speed", "Acme Ltd", None)
    async with db.read(actor) as tx:
        values = await tx.fetch("SELECT v.int_value FROM custom_values v WHERE v.workspace_id = $1 AND v.record_id = $2", tx.workspace, new["id"])
    assert [v["int_value"] for v in values] == [3]
    after = await row(db, actor, "leads", old_id)
    assert (after["state"], after["junk_reason_id"], after["recycle_at"]) == ("JUNK", old["junk_reason_id"], None)
    await refused(db, actor, leads.OpenLeadExists, lambda tx: leads.recycle(tx, old_id))
    await refused(db, actor, leads.NotJunk, lambda tx: leads.recycle(tx, new["id"]))


async def test_leads_whose_day_has_come_are_tried_again_once(db: Database, actor: Actor) -> None:
    async def given(tx: Tx) -> list[UUID]:
        junk, busy, rejected, later = [await make.make_lead(tx, await make.make_person(tx)) for _ in range(4)]
        for lead in (junk, busy, later):
            await leads.junk(tx, lead, "TIMING")
        person = await tx.value("SELECT l.person_id FROM leads l WHERE l.workspace_id = $1 AND l.id = $2", tx.workspace, busy)
        await make.make_lead(tx, person)
        await leads.reject(tx, rejected, "no budget")
        past = await tx.now() - timedelta(days=1)
        await tx.execute("UPDATE leads SET recycle_at = $3 WHERE workspace_id = $1 AND id = ANY($2::uuid[])", tx.workspace, [junk, busy, rejected], past)
        return [junk, busy, rejected, later]

    junk, busy, rejected, later = await db.run(actor, given)
    assert await db.run(actor, leads.recycle_due) == 3
    assert await db.run(actor, leads.recycle_due) == 0
    async with db.read(actor) as tx:
        repeats = await tx.fetch("SELECT l.repeat_of_id, l.state FROM leads l WHERE l.workspace_id = $1 AND l.repeat_of_id IS NOT NULL", tx.workspace)
    assert [tuple(r) for r in repeats] == [(junk, "OPEN")]
    assert await spans(db, actor, rejected) == [("NEW", False), ("NURTURING", False), ("NEW", True)]
    assert (await row(db, actor, "leads", later))["recycle_at"] is not None
    assert (await row(db, actor, "leads", busy))["state"] == "JUNK"


async def test_score_that_reaches_mql_dates_the_open_lead_once(db: Database, actor: Actor) -> None:
    lead_id = await db.run(actor, lambda tx: make.make_lead(tx))
    person = (await row(db, actor, "leads", lead_id))["person_id"]
    crossed = [{"person_id": person, "data": {"threshold": "mql"}}]
    assert await db.run(actor, lambda tx: leads.qualify_by_score(tx, [{"person_id": person, "data": {"threshold": "hot"}}])) == 0
    assert await db.run(actor, lambda tx: leads.qualify_by_score(tx, crossed)) == 1
    first = (await row(db, actor, "leads", lead_id))["marketing_qualified_at"]
    assert await db.run(actor, lambda tx: leads.qualify_by_score(tx, crossed)) == 0
    assert (await row(db, actor, "leads", lead_id))["marketing_qualified_at"] == first is not None
