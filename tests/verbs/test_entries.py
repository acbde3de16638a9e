"""The lists a workspace words for itself: made, renamed, ordered, put away with a replacement, never lost while in use."""

import asyncio
from typing import Any
from uuid import UUID

import pytest

from leadwell import deals, entries, leads, pipelines
from leadwell.base.actor import Actor
from leadwell.base.ids import uuid7
from leadwell.base.refusals import NotFound, Refusal, StaleVersion
from leadwell.base.tx import Database, Tx
from leadwell.entries.lists import CLOSE_REASON, DEAL_STAGE, JUNK_REASON, LEAD_STATUS, PIPELINE, PRODUCT, SOURCE, TAG, TOPIC
from tests import builders as make
from tests.verbs.conversions import refused, row


async def made(db: Database, actor: Actor, entry: entries.Entry, **given: Any) -> UUID:
    return await db.run(actor, lambda tx: entries.create(tx, entry, given))


async def kinds(db: Database, actor: Actor) -> list[str]:
    async with db.read(actor) as tx:
        return [e["kind"] for e in await tx.fetch("SELECT e.kind FROM events e WHERE e.workspace_id = $1 ORDER BY e.id", tx.workspace)]


async def test_entry_is_made_changed_put_away_and_brought_back(db: Database, actor: Actor) -> None:
    id = await made(db, actor, SOURCE, name="  Trade   fair ", channel="EVENT")
    done = await db.run(actor, lambda tx: entries.update(tx, SOURCE, id, {"name": "Fair"}, 1))
    assert (done.version, done.changes) == (2, {"name": ["Trade fair", "Fair"]})
    await db.run(actor, lambda tx: entries.archive(tx, SOURCE, id, None, 2))
    assert (await row(db, actor, "sources", id))["archived_at"] is not None
    await db.run(actor, lambda tx: entries.unarchive(tx, SOURCE, id, 3))
    kept = await row(db, actor, "sources", id)
    assert (kept["name"], kept["channel"], kept["archived_at"], kept["version"]) == ("Fair", "EVENT", None, 4)
    assert await kinds(db, actor) == ["source.created", "source.updated", "source.updated", "source.updated"]


async def test_code_is_made_of_the_name_and_stays(db: Database, actor: Actor) -> None:
    id = await made(db, actor, JUNK_REASON, name="Out of region!", recycle_after_days=30)
    assert (await row(db, actor, "junk_reasons", id))["code"] == "OUT_OF_REGION"
    topic = await made(db, actor, TOPIC, name="Product news", kind="MARKETING", basis="CONSENT")
    assert (await row(db, actor, "topics", topic))["code"] == "product_news"
    refusal = await refused(db, actor, entries.BadEntryField, lambda tx: entries.update(tx, JUNK_REASON, id, {"code": "X"}))
    assert refusal.field == "code"


@pytest.mark.parametrize(("entry", "given", "field"), [
    (SOURCE, {"name": " ", "channel": "FORM"}, "name"), (SOURCE, {"name": "A"}, "channel"), (SOURCE, {"name": "A", "channel": "SMOKE"}, "channel"),
    (JUNK_REASON, {"name": "A", "recycle_after_days": 0}, "recycle_after_days"), (PRODUCT, {"name": "日本"}, "code"),
    (PIPELINE, {"kind": "DEAL", "name": "A", "close_days": -1}, "close_days"),
])  # fmt: skip
async def test_bad_entry_is_refused(db: Database, actor: Actor, entry: entries.Entry, given: dict[str, Any], field: str) -> None:
    refusal = await refused(db, actor, entries.BadEntryField, lambda tx: entries.create(tx, entry, given))
    assert refusal.field == field


async def test_same_word_is_refused_whatever_its_case_and_though_put_away(db: Database, actor: Actor) -> None:
    id = await made(db, actor, TAG, name="VIP")
    assert (await refused(db, actor, entries.EntryExists, lambda tx: entries.create(tx, TAG, {"name": "vip"}))).params["hint"] == ""
    await db.run(actor, lambda tx: entries.archive(tx, TAG, id))
    assert (await refused(db, actor, entries.EntryExists, lambda tx: entries.create(tx, TAG, {"name": "vip"}))).params["hint"] == ", put away"
    await made(db, actor, CLOSE_REASON, state="WON", name="Speed")
    await made(db, actor, CLOSE_REASON, state="LOST", name="Speed")


async def test_ten_who_make_the_same_entry_make_one(db: Database, actor: Actor) -> None:
    done = await asyncio.gather(*(made(db, actor, TAG, name="VIP") for _ in range(10)), return_exceptions=True)
    assert sorted(type(one).__name__ for one in done) == ["EntryExists"] * 9 + ["UUID"]


async def test_stale_version_is_refused(db: Database, actor: Actor) -> None:
    id = await made(db, actor, TAG, name="VIP")
    for work in (
        lambda tx: entries.update(tx, TAG, id, {"name": "B"}, 7),
        lambda tx: entries.archive(tx, TAG, id, None, 7),
        lambda tx: entries.unarchive(tx, TAG, id, 7),
    ):
        await refused(db, actor, StaleVersion, work)


async def test_default_passes_and_there_is_always_one(db: Database, actor: Actor) -> None:
    second = await made(db, actor, PIPELINE, kind="DEAL", name="Renewals")
    async with db.read(actor) as tx:
        first = await tx.value("SELECT p.id FROM pipelines p WHERE p.workspace_id = $1 AND p.kind = 'DEAL' AND p.is_default", tx.workspace)
    await refused(db, actor, entries.LastEntry, lambda tx: entries.update(tx, PIPELINE, first, {"is_default": False}))
    await refused(db, actor, entries.LastEntry, lambda tx: entries.archive(tx, PIPELINE, first))
    await db.run(actor, lambda tx: entries.archive(tx, PIPELINE, first, second))
    assert (await row(db, actor, "pipelines", second))["is_default"] is True
    await refused(db, actor, entries.LastEntry, lambda tx: entries.archive(tx, PIPELINE, second))


async def test_source_of_a_form_needs_a_replacement(db: Database, actor: Actor) -> None:
    one, two = await made(db, actor, SOURCE, name="One", channel="FORM"), await made(db, actor, SOURCE, name="Two", channel="FORM")
    form = uuid7()

    async def given(tx: Tx) -> None:
        await make.insert(tx, "forms", id=form, key="k" + form.hex, name="F", fields=[], source_id=one, **await make.stamps(tx))

    await db.run(actor, given)
    refusal = await refused(db, actor, entries.EntryInUse, lambda tx: entries.archive(tx, SOURCE, one))
    assert (refusal.params["count"], refusal.params["users"]) == (1, "forms")
    for bad in (one, uuid7()):
        await refused(db, actor, Refusal, lambda tx, b=bad: entries.archive(tx, SOURCE, one, b))
    await db.run(actor, lambda tx: entries.archive(tx, SOURCE, one, two))
    assert (await row(db, actor, "forms", form))["source_id"] == two


async def stages(db: Database, actor: Actor) -> dict[str, Any]:
    async with db.read(actor) as tx:
        rows = await tx.fetch("SELECT s.* FROM deal_stages s WHERE s.workspace_id = $1 AND s.archived_at IS NULL ORDER BY s.position", tx.workspace)
    return {r["name"]: dict(r) for r in rows}


async def test_stages_are_added_at_the_end_and_put_in_order(db: Database, actor: Actor) -> None:
    before = await stages(db, actor)
    given = {"pipeline_id": before["Won"]["pipeline_id"], "name": "Legal", "type": "OPEN", "probability": 90}
    id = await db.run(actor, lambda tx: pipelines.create_step(tx, DEAL_STAGE, given))
    assert list(await stages(db, actor)) == ["Discovery", "Evaluation", "Proposal", "Negotiation", "Won", "Lost", "Legal"]
    order = await db.run(actor, lambda tx: entries.reorder(tx, DEAL_STAGE, [before["Evaluation"]["id"], id]))
    assert list(await stages(db, actor)) == ["Evaluation", "Legal", "Discovery", "Proposal", "Negotiation", "Won", "Lost"]
    assert order[:2] == [before["Evaluation"]["id"], id]
    await refused(db, actor, NotFound, lambda tx: entries.reorder(tx, DEAL_STAGE, [id, uuid7()]))
    await refused(db, actor, NotFound, lambda tx: pipelines.create_step(tx, LEAD_STATUS, {**given, "type": "NEW"}))


async def test_stage_in_use_hands_its_open_deals_over_and_closed_ones_keep_theirs(db: Database, actor: Actor) -> None:
    known = await stages(db, actor)
    first, second = known["Discovery"]["id"], known["Evaluation"]["id"]
    ids = [await db.run(actor, make.make_deal) for _ in range(3)]
    await db.run(actor, lambda tx: deals.win(tx, ids[2]))
    refusal = await refused(db, actor, entries.EntryInUse, lambda tx: pipelines.archive_step(tx, DEAL_STAGE, first))
    assert refusal.params["count"] == 2
    await refused(db, actor, entries.NotAReplacement, lambda tx: pipelines.archive_step(tx, DEAL_STAGE, first, known["Lost"]["id"]))
    await db.run(actor, lambda tx: pipelines.archive_step(tx, DEAL_STAGE, first, second))
    rows = [await row(db, actor, "deals", id) for id in ids]
    assert [(r["stage_id"], r["state"], r["probability"], r["version"]) for r in rows] == [
        (second, "OPEN", 30, 2), (second, "OPEN", 30, 2), (known["Won"]["id"], "WON", 100, 2)]
    async with db.read(actor) as tx:
        sql = "SELECT s.stage_id, s.left_at FROM deal_stage_spans s WHERE s.workspace_id = $1 AND s.deal_id = $2 ORDER BY s.entered_at, s.left_at"
        spans = await tx.fetch(sql, tx.workspace, ids[0])
    assert [(s["stage_id"], s["left_at"] is None) for s in spans] == [(first, False), (second, True)]
    assert (await kinds(db, actor)).count("deal.moved") == 2
    await refused(db, actor, NotFound, lambda tx: deals.move_stage(tx, ids[0], first))
    for gone in ("Won", "Lost"):
        await refused(db, actor, entries.LastEntry, lambda tx, n=gone: pipelines.archive_step(tx, DEAL_STAGE, known[n]["id"]))


async def test_status_put_away_moves_its_leads_with_their_history(db: Database, actor: Actor) -> None:
    lead = await db.run(actor, lambda tx: make.make_lead(tx, status="WORKING"))
    async with db.read(actor) as tx:
        working = await make.status_of(tx, "WORKING")
        pipeline = await tx.value("SELECT s.pipeline_id FROM lead_statuses s WHERE s.workspace_id = $1 AND s.id = $2", tx.workspace, working)
    given = {"pipeline_id": pipeline, "name": "Calling", "type": "WORKING"}
    await refused(db, actor, entries.LastEntry, lambda tx: _last(tx, working))
    calling = await db.run(actor, lambda tx: pipelines.create_step(tx, LEAD_STATUS, given))
    await db.run(actor, lambda tx: pipelines.archive_step(tx, LEAD_STATUS, working, calling))
    kept = await row(db, actor, "leads", lead)
    assert (kept["status_id"], kept["version"]) == (calling, 2)
    assert (await row(db, actor, "lead_statuses", calling))["is_default"] is True
    await refused(db, actor, NotFound, lambda tx: leads.set_status(tx, lead, working))


async def _last(tx: Tx, status: UUID) -> None:
    qualified = await make.status_of(tx, "QUALIFIED")
    await pipelines.archive_step(tx, LEAD_STATUS, status, qualified)


async def test_only_allowed_transitions_are_made(db: Database, actor: Actor) -> None:
    known, deal = await stages(db, actor), await db.run(actor, make.make_deal)
    first, second, third, won = (known[n]["id"] for n in ("Discovery", "Evaluation", "Proposal", "Won"))
    await db.run(actor, lambda tx: pipelines.update_step(tx, DEAL_STAGE, first, {"next_ids": [second]}))
    await refused(db, actor, deals.StageTransitionRefused, lambda tx: deals.move_stage(tx, deal, third))
    await refused(db, actor, pipelines.NotAStepOfThePipeline, lambda tx: pipelines.update_step(tx, DEAL_STAGE, first, {"next_ids": [won]}))
    await db.run(actor, lambda tx: deals.win(tx, deal))
    await db.run(actor, lambda tx: deals.reopen(tx, deal))
    assert (await row(db, actor, "deals", deal))["stage_id"] == first
    await db.run(actor, lambda tx: deals.move_stage(tx, deal, second))
    await db.run(actor, lambda tx: deals.move_stage(tx, deal, first))
    await db.run(actor, lambda tx: pipelines.archive_step(tx, DEAL_STAGE, second, third))
    assert (await row(db, actor, "deal_stages", first))["next_ids"] == [third]
    await db.run(actor, lambda tx: pipelines.update_step(tx, DEAL_STAGE, first, {"next_ids": None}))
    await db.run(actor, lambda tx: deals.move_stage(tx, deal, known["Negotiation"]["id"]))
