"""Deals start in the first open stage, keep every stage change, and close with a reason; tasks leave one activity when done."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from leadwell import deals, tasks, timeline
from leadwell.base.actor import Actor
from leadwell.base.ids import uuid7
from leadwell.base.refusals import NotFound, Refusal, StaleVersion
from leadwell.base.tx import Database, Tx
from leadwell.deals import NewDeal
from tests import builders as make
from tests.verbs.conversions import counted, refused, row


async def test_deal_starts_by_the_defaults_of_its_pipeline(db: Database, actor: Actor) -> None:
    async def given(tx: Tx) -> tuple[UUID, UUID, UUID]:
        company = await make.make_company(tx)
        one, two = await make.make_contact(tx, company_id=company), await make.make_contact(tx, company_id=company)
        wish = NewDeal("  Big   deal ", company_id=company, amount_minor=990, contacts=[(one, "CHAMPION"), (two, "USER")])
        return await deals.create(tx, wish), one, await make.stage_of(tx)

    id, first_contact, stage = await db.run(actor, given)
    deal = await row(db, actor, "deals", id)
    assert (deal["name"], deal["stage_id"], deal["state"], deal["probability"], deal["currency"]) == ("Big deal", stage, "OPEN", 10, "EUR")
    assert deal["close_on"] - deal["created_at"].date() == timedelta(days=30)
    async with db.read(actor) as tx:
        people = await tx.fetch("SELECT c.contact_id, c.role FROM deal_contacts c WHERE c.workspace_id = $1 AND c.is_primary", tx.workspace)
    assert [tuple(p) for p in people] == [(first_contact, "CHAMPION")]


async def test_bad_deals_are_refused(db: Database, actor: Actor) -> None:
    async with db.read(actor) as tx:
        won = await make.stage_of(tx, "WON")
    cases: list[tuple[type[Refusal], NewDeal, str]] = [
        (deals.BadDealField, NewDeal(" "), "name"),
        (deals.BadDealField, NewDeal("A", amount_minor=-1), "amount"),
        (deals.BadDealField, NewDeal("A", stage_id=won), "stage_id"),
        (NotFound, NewDeal("A", stage_id=uuid7()), "stage_id"),
        (deals.NoOpenStage, NewDeal("A", pipeline_id=uuid7()), "pipeline_id"),
        (NotFound, NewDeal("A", company_id=uuid7()), "company_id"),
        (NotFound, NewDeal("A", contacts=[(uuid7(), "USER")]), "contacts.0"),
    ]
    for kind, deal, field in cases:
        assert (await refused(db, actor, kind, lambda tx, d=deal: deals.create(tx, d))).field == field


async def test_every_stage_change_is_kept_and_a_loss_says_why(db: Database, actor: Actor) -> None:
    id = await db.run(actor, make.make_deal)
    async with db.read(actor) as tx:
        first, won, lost = [await make.stage_of(tx, type) for type in ("OPEN", "WON", "LOST")]
    await refused(db, actor, deals.LossReasonRequired, lambda tx: deals.move_stage(tx, id, lost))
    await db.run(actor, lambda tx: deals.move_stage(tx, id, lost, "too expensive"))
    deal = await row(db, actor, "deals", id)
    assert (deal["state"], deal["close_reason"], deal["probability"], deal["closed_at"]) == ("LOST", "too expensive", 0, deal["stage_since"])
    await db.run(actor, lambda tx: deals.move_stage(tx, id, first))
    reopened = await row(db, actor, "deals", id)
    assert (reopened["state"], reopened["close_reason"], reopened["closed_at"]) == ("OPEN", None, None)
    await db.run(actor, lambda tx: deals.move_stage(tx, id, won, expected_version=3))
    await db.run(actor, lambda tx: deals.move_stage(tx, id, won))
    async with db.read(actor) as tx:
        kinds = [e["kind"] for e in await tx.fetch("SELECT e.kind FROM events e WHERE e.workspace_id = $1 ORDER BY e.id", tx.workspace)]
        spans = await tx.fetch("SELECT s.left_at IS NULL FROM deal_stage_spans s WHERE s.workspace_id = $1 ORDER BY s.entered_at, s.id", tx.workspace)
    assert kinds == ["deal.lost", "deal.moved", "deal.won"]
    assert [s[0] for s in spans] == [False, False, False, True]


async def test_stage_of_another_pipeline_is_refused(db: Database, actor: Actor) -> None:
    async def given(tx: Tx) -> tuple[UUID, UUID]:
        pipeline, stage = uuid7(), uuid7()
        await make.insert(tx, "pipelines", id=pipeline, kind="DEAL", name="Renewals", **await make.stamps(tx))
        await make.insert(tx, "deal_stages", id=stage, pipeline_id=pipeline, name="Talk", type="OPEN", position=0, probability=5, **await make.stamps(tx))
        return await make.make_deal(tx), stage

    id, stage = await db.run(actor, given)
    await refused(db, actor, deals.StageOfAnotherPipeline, lambda tx: deals.move_stage(tx, id, stage))


async def test_edit_of_a_deal_is_checked_and_versioned(db: Database, actor: Actor) -> None:
    id = await db.run(actor, make.make_deal)
    done = await db.run(actor, lambda tx: deals.update(tx, id, {"amount_minor": 5000, "currency": "USD"}, expected_version=1))
    assert (done.version, done.changes) == (2, {"amount_minor": [None, 5000], "currency": ["EUR", "USD"]})
    bad: list[dict[str, Any]] = [{"probability": 101}, {"amount_minor": -5}, {"name": ""}, {"currency": None}, {"stage_id": uuid7()}]
    for changes in bad:
        await refused(db, actor, deals.BadDealField, lambda tx, c=changes: deals.update(tx, id, c))
    await refused(db, actor, StaleVersion, lambda tx: deals.update(tx, id, {"name": "B"}, expected_version=1))


async def test_done_task_leaves_one_activity_on_what_it_was_about(db: Database, actor: Actor) -> None:
    lead, user = await db.run(actor, lambda tx: make.make_lead(tx)), await db.run(actor, make.make_user)
    seller = Actor(actor.workspace, "USER", user)
    id = await db.run(seller, lambda tx: tasks.create(tx, tasks.NewTask("Call Ada", tasks.About(lead_id=lead), "CALL")))
    task = await row(db, actor, "tasks", id)
    person = (await row(db, actor, "leads", lead))["person_id"]
    assert (task["assignee_id"], task["person_id"], task["state"]) == (user, person, "OPEN")
    await db.run(seller, lambda tx: tasks.complete(tx, id, "reached"))
    task = await row(db, actor, "tasks", id)
    activity = await row(db, actor, "activities", task["activity_id"])
    assert task["state"] == "DONE"
    assert (activity["kind"], activity["subject"], activity["outcome"], activity["user_id"]) == ("TASK_DONE", "Call Ada", "reached", user)
    await refused(db, actor, tasks.TaskClosed, lambda tx: tasks.complete(tx, id))
    assert (await counted(db, actor))["activities"] == 1


async def test_bad_tasks_and_activities_are_refused(db: Database, actor: Actor) -> None:
    lead = await db.run(actor, lambda tx: make.make_lead(tx))
    about, nobody = tasks.About(lead_id=lead), tasks.About(contact_id=uuid7())
    for kind, task, field in (
        (tasks.BadTaskField, tasks.NewTask(" "), "title"),
        (tasks.BadTaskField, tasks.NewTask("A", kind="PARTY"), "kind"),
        (NotFound, tasks.NewTask("A", nobody), "contact_id"),
        (NotFound, tasks.NewTask("A", assignee_id=uuid7()), "assignee_id"),
    ):
        assert (await refused(db, actor, kind, lambda tx, t=task: tasks.create(tx, t))).field == field
    future = datetime(2199, 1, 1, tzinfo=UTC)
    for kind, activity, what in (
        (tasks.BadTaskField, timeline.NewActivity("OPEN"), about),
        (tasks.BadTaskField, timeline.NewActivity("CALL", at=future), about),
        (tasks.BadTaskField, timeline.NewActivity("CALL", duration_seconds=-1), about),
        (NotFound, timeline.NewActivity("NOTE"), nobody),
    ):
        await refused(db, actor, kind, lambda tx, a=activity, w=what: tasks.log_activity(tx, a, w))


async def test_logged_call_stands_on_the_timeline_of_the_leads_person(db: Database, actor: Actor) -> None:
    lead = await db.run(actor, lambda tx: make.make_lead(tx))
    call = timeline.NewActivity("CALL", direction="OUTBOUND", outcome="reached", duration_seconds=120)
    id = await db.run(actor, lambda tx: tasks.log_activity(tx, call, tasks.About(lead_id=lead)))
    async with db.read(actor) as tx:
        row_ = await tx.row("SELECT p.person_id, p.kind FROM activity_participants p WHERE p.workspace_id = $1 AND p.activity_id = $2", tx.workspace, id)
        person = await tx.value("SELECT l.person_id FROM leads l WHERE l.workspace_id = $1 AND l.id = $2", tx.workspace, lead)
    assert row_ is not None
    assert tuple(row_) == (person, "CALL")
