"""Many records change as one: previewed, counted, done in batches with each record's result, canceled, and taken back as far as nobody touched them since."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio

from leadwell import changes, custom, entries, leads, nurture, tasks
from leadwell.access import Viewer
from leadwell.base.actor import Actor
from leadwell.base.ids import encode_id, uuid7
from leadwell.base.refusals import Forbidden, Refusal
from leadwell.base.tx import Database, Tx
from leadwell.catalog import CATALOG
from leadwell.changes import Wanted, performing
from leadwell.entries.lists import TAG
from tests.builders import make_company, make_contact, make_deal, make_lead, make_person, make_user
from tests.mailing import sequence

EVERYTHING = {"*": {"verbs": ["*"], "rows": "all"}}
Row = dict[str, Any]


@dataclass(slots=True)
class House:
    """A workspace with a manager who asks for changes and a seller who gets things."""

    db: Database
    actor: Actor
    viewer: Viewer
    boss: UUID
    seller: UUID

    async def do(self, work: Any) -> Any:
        return await self.db.run(self.actor, work)

    async def rows(self, sql: str, *args: Any) -> list[Row]:
        async with self.db.read(self.actor) as tx:
            return [dict(r) for r in await tx.fetch(sql, tx.workspace, *args)]

    async def ask(self, wanted: Wanted, expected: int | None) -> UUID:
        return await self.do(lambda tx: changes.ask(tx, wanted, self.viewer, expected))

    async def done(self, wanted: Wanted, expected: int) -> UUID:
        id = await self.ask(wanted, expected)
        await changes.perform(self.db, self.actor.workspace, id)
        return id

    async def reverted(self, id: UUID) -> None:
        await self.do(lambda tx: changes.ask_revert(tx, id, self.viewer))
        await changes.revert(self.db, self.actor.workspace, id)

    async def told(self, id: UUID) -> tuple[str, dict[str, int]]:
        """State and counts other than 0."""
        (row,) = await self.rows("SELECT c.* FROM change_sets c WHERE c.workspace_id = $1 AND c.id = $2", id)
        counts = {name: row[f"{name}_count"] for name in performing.COUNTS}
        return row["state"], {name: count for name, count in counts.items() if count}

    async def lines(self, id: UUID) -> dict[UUID, tuple[str, str | None]]:
        rows = await self.rows("SELECT r.record_id, r.state, r.code FROM change_rows r WHERE r.workspace_id = $1 AND r.change_set_id = $2", id)
        return {row["record_id"]: (row["state"], row["code"]) for row in rows}

    async def leads(self, count: int, **more: Any) -> list[UUID]:
        async def made(tx: Tx) -> list[UUID]:
            return [await make_lead(tx, **more) for _ in range(count)]

        return await self.do(made)


@pytest_asyncio.fixture
async def house(db: Database, workspace: UUID) -> AsyncIterator[House]:
    actor = Actor.system(workspace)

    async def people(tx: Tx) -> tuple[UUID, UUID]:
        return await make_user(tx, "Mo Manager", "OWNER"), await make_user(tx)

    boss, seller = await db.run(actor, people)
    yield House(db, actor, Viewer.of_user(workspace, boss, "Mo", "OWNER", EVERYTHING), boss, seller)


def owner(id: UUID | None) -> dict[str, Any]:
    return {"owner_id": id}


async def test_reassigning_by_filter_changes_every_match_tells_each_and_names_its_cause(house: House) -> None:
    ids = await house.leads(3, title="CTO")
    (kept,) = await house.leads(1, title="CFO")
    (his,) = await house.leads(1, title="CTO", owner_id=house.seller)
    id = await house.done(Wanted("Lead", "REASSIGN", {"title": {"eq": "CTO"}}, options=owner(house.seller)), 4)
    assert await house.told(id) == ("DONE", {"changed": 3, "unchanged": 1})
    assert await house.lines(id) == {**dict.fromkeys(ids, ("CHANGED", None)), his: ("UNCHANGED", None)}
    owners = {r["id"]: r["owner_id"] for r in await house.rows("SELECT l.id, l.owner_id FROM leads l WHERE l.workspace_id = $1")}
    assert owners == {**dict.fromkeys([*ids, his], house.seller), kept: None}
    noted = await house.rows("SELECT e.record_id, e.cause_id, e.actor, e.data FROM events e WHERE e.workspace_id = $1 AND e.kind = 'lead.assigned'")
    assert {r["record_id"] for r in noted} == set(ids)
    assert {(r["cause_id"], r["actor"], r["data"].get("quiet")) for r in noted} == {(id, f"USER:{house.boss}", None)}


async def test_count_that_moved_refuses_the_change_and_changes_nothing(house: House) -> None:
    await house.leads(2)
    with pytest.raises(Refusal) as refused:
        await house.ask(Wanted("Lead", "REASSIGN", {}, options=owner(house.seller)), 3)
    assert (refused.value.code, refused.value.params) == ("COUNT_MOVED", {"expected": 3, "count": 2})
    assert await house.rows("SELECT 1 FROM change_sets c WHERE c.workspace_id = $1") == []
    assert await house.rows("SELECT 1 FROM work w WHERE w.workspace_id = $1 AND w.kind = 'transfer.change'") == []


async def test_preview_says_what_the_change_would_do_and_leaves_no_trace(house: House) -> None:
    (open_,) = await house.leads(1)
    (junk,) = await house.leads(1)
    await house.do(lambda tx: leads.junk(tx, junk, "SPAM"))
    before = await house.rows("SELECT count(*) AS n FROM events e WHERE e.workspace_id = $1")
    shown = await house.do(lambda tx: changes.preview(tx, Wanted("Lead", "JUNK", {}, options={"reason": "NO_FIT"}), house.viewer))
    assert (shown.count, shown.looked_at, dict(shown.counts), dict(shown.codes)) == (2, 2, {"CHANGED": 1, "REFUSED": 1}, {"ALREADY_JUNK": 1})
    assert ([id for id, _ in shown.examples], [(id, r.code) for id, r in shown.refused]) == ([open_], [(junk, "ALREADY_JUNK")])
    assert await house.rows("SELECT count(*) AS n FROM events e WHERE e.workspace_id = $1") == before
    assert await house.rows("SELECT l.state FROM leads l WHERE l.workspace_id = $1 AND l.id = $2", open_) == [{"state": "OPEN"}]
    assert await house.rows("SELECT 1 FROM change_sets c WHERE c.workspace_id = $1") == []


async def test_bulk_junk_is_taken_back_but_for_the_lead_somebody_reopened(house: House) -> None:
    ids = await house.leads(3)
    id = await house.done(Wanted("Lead", "JUNK", ids=ids, options={"reason": "SPAM"}), 3)
    await house.do(lambda tx: leads.reopen(tx, ids[0], "Not spam at all"))
    await house.reverted(id)
    assert await house.told(id) == ("REVERTED", {"reverted": 2, "left": 1})
    assert (await house.lines(id))[ids[0]] == ("LEFT", "TOUCHED_SINCE")
    assert {r["state"] for r in await house.rows("SELECT l.state FROM leads l WHERE l.workspace_id = $1")} == {"OPEN"}
    again = await house.rows("SELECT e.cause_id FROM events e WHERE e.workspace_id = $1 AND e.kind = 'lead.reopened' AND e.cause_id IS NOT NULL")
    assert [r["cause_id"] for r in again] == [id, id]


async def test_reassignment_is_taken_back_to_each_ones_own_owner_but_for_what_was_given_on(house: House) -> None:
    a, b = (await house.leads(1, owner_id=house.boss))[0], (await house.leads(1))[0]
    (c,) = await house.leads(1)
    id = await house.done(Wanted("Lead", "REASSIGN", {}, options=owner(house.seller)), 3)
    await house.do(lambda tx: leads.assign(tx, c, house.boss))
    await house.reverted(id)
    owners = {r["id"]: r["owner_id"] for r in await house.rows("SELECT l.id, l.owner_id FROM leads l WHERE l.workspace_id = $1")}
    assert owners == {a: house.boss, b: None, c: house.boss}
    assert await house.told(id) == ("REVERTED", {"reverted": 2, "left": 1})


@pytest.mark.parametrize(("noun", "given", "column", "after"), [
    ("Lead", {"industry": "Steel"}, "industry", "Steel"), ("Contact", {"type": "PARTNER"}, "type", "PARTNER"),
    ("Company", {"employees": 7}, "employees", 7), ("Deal", {"probability": 55}, "probability", 55), ("Person", {"language": "de"}, "language", "de"),
])  # fmt: skip
async def test_update_sets_a_field_of_every_noun_and_takes_it_back(house: House, noun: str, given: Row, column: str, after: Any) -> None:
    made = {"Lead": make_lead, "Contact": make_contact, "Company": make_company, "Deal": make_deal, "Person": make_person}[noun]
    id: UUID = await house.do(lambda tx: made(tx))
    table = CATALOG[noun].table
    sql = f"SELECT x.{column} AS value FROM {table} x WHERE x.workspace_id = $1 AND x.id = $2"
    before = await house.rows(sql, id)
    change = await house.done(Wanted(noun, "UPDATE", ids=[id], options={"set": given}), 1)
    assert await house.told(change) == ("DONE", {"changed": 1})
    assert await house.rows(sql, id) == [{"value": after}]
    await house.reverted(change)
    assert await house.told(change) == ("REVERTED", {"reverted": 1})
    assert await house.rows(sql, id) == before


async def test_revert_of_an_update_leaves_the_field_somebody_changed_and_takes_the_other_back(house: House) -> None:
    (id,) = await house.leads(1, industry="Wood", need="A boat")
    change = await house.done(Wanted("Lead", "UPDATE", ids=[id], options={"set": {"industry": "Steel", "need": "A ship"}}), 1)
    await house.do(lambda tx: leads.update(tx, id, {"industry": "Iron"}))
    await house.reverted(change)
    assert await house.rows("SELECT l.industry, l.need FROM leads l WHERE l.workspace_id = $1") == [{"industry": "Iron", "need": "A boat"}]
    assert await house.lines(change) == {id: ("LEFT", "TOUCHED_SINCE")}


async def test_status_and_stage_are_moved_and_moved_back(house: House) -> None:
    (lead,) = await house.leads(1)
    deal: UUID = await house.do(lambda tx: make_deal(tx))
    (working,) = await house.rows("SELECT s.id FROM lead_statuses s WHERE s.workspace_id = $1 AND s.type = 'WORKING'")
    (proposal,) = await house.rows("SELECT s.id FROM deal_stages s WHERE s.workspace_id = $1 AND s.name = 'Proposal'")
    status, stage = encode_id(CATALOG["LeadStatus"].tag, working["id"]), encode_id(CATALOG["DealStage"].tag, proposal["id"])
    one = await house.done(Wanted("Lead", "UPDATE", ids=[lead], options={"set": {"statusId": status, "industry": "Steel"}}), 1)
    two = await house.done(Wanted("Deal", "UPDATE", ids=[deal], options={"set": {"stageId": stage, "probability": 42}}), 1)
    sql = "SELECT d.probability, s.name FROM deals d JOIN deal_stages s ON s.workspace_id = $1 AND s.id = d.stage_id WHERE d.workspace_id = $1"
    assert await house.rows(sql) == [{"probability": 42, "name": "Proposal"}]
    for id in (one, two):
        await house.reverted(id)
        assert await house.told(id) == ("REVERTED", {"reverted": 1})
    assert await house.rows(sql) == [{"probability": 10, "name": "Discovery"}]
    sql = "SELECT s.type, l.industry FROM leads l JOIN lead_statuses s ON s.workspace_id = $1 AND s.id = l.status_id WHERE l.workspace_id = $1"
    assert await house.rows(sql) == [{"type": "NEW", "industry": None}]


async def test_tags_go_on_and_off_and_back(house: House) -> None:
    a, b = await house.leads(2)

    async def named(tx: Tx) -> None:
        for name in ("Hot", "Fair"):
            await entries.create(tx, TAG, {"name": name})

    await house.do(named)
    put = await house.done(Wanted("Lead", "TAG", ids=[a, b], options={"tags": ["hot", "Fair"]}), 2)
    again = await house.done(Wanted("Lead", "TAG", ids=[a], options={"tags": ["Hot"]}), 1)
    off = await house.done(Wanted("Lead", "UNTAG", {"tags": {"hasAny": ["Hot"]}}, ids=[b], options={"tags": ["Hot"]}), 1)
    assert (await house.told(again), await house.told(off)) == (("DONE", {"unchanged": 1}), ("DONE", {"changed": 1}))
    sql = (
        "SELECT g.record_id, array_agg(t.name ORDER BY t.name) AS names FROM taggings g JOIN tags t ON t.workspace_id = $1 AND t.id = g.tag_id "
        "WHERE g.workspace_id = $1 GROUP BY 1"
    )
    assert {r["record_id"]: r["names"] for r in await house.rows(sql)} == {a: ["Fair", "Hot"], b: ["Fair"]}
    await house.reverted(put)
    assert {r["record_id"]: r["names"] for r in await house.rows(sql)} == {}
    assert await house.told(put) == ("REVERTED", {"reverted": 1, "left": 1})
    await house.reverted(off)
    assert {r["record_id"]: r["names"] for r in await house.rows(sql)} == {b: ["Hot"]}


async def test_record_that_no_longer_matches_at_its_turn_is_refused_and_listed(house: House) -> None:
    a, b = await house.leads(2, title="CTO")
    id = await house.ask(Wanted("Lead", "JUNK", {"title": {"eq": "CTO"}}, options={"reason": "NO_FIT"}), 2)
    await house.do(lambda tx: leads.update(tx, a, {"title": "CEO"}))
    await changes.perform(house.db, house.actor.workspace, id)
    assert await house.lines(id) == {a: ("REFUSED", "NO_LONGER_MATCHES"), b: ("CHANGED", None)}
    assert await house.told(id) == ("DONE", {"changed": 1, "refused": 1})


async def test_batches_go_on_after_the_first_and_two_workers_do_each_record_once(house: House) -> None:
    ids = await house.leads(230)
    id = await house.ask(Wanted("Lead", "REASSIGN", {}, options=owner(house.seller)), 230)
    await asyncio.gather(*(changes.perform(house.db, house.actor.workspace, id) for _ in range(3)))
    assert await house.told(id) == ("DONE", {"changed": 230})
    noted = await house.rows("SELECT count(*) AS n, count(DISTINCT e.record_id) AS d FROM events e WHERE e.workspace_id = $1 AND e.kind = 'lead.assigned'")
    assert noted == [{"n": 230, "d": 230}]
    assert len(await house.lines(id)) == len(ids)


async def test_canceled_change_stops_and_what_it_did_can_be_taken_back(house: House) -> None:
    await house.leads(2)
    id = await house.ask(Wanted("Lead", "REASSIGN", {}, options=owner(house.seller)), 2)
    await house.do(lambda tx: changes.cancel(tx, id, house.viewer))
    await house.do(lambda tx: changes.cancel(tx, id, house.viewer))
    await changes.perform(house.db, house.actor.workspace, id)
    assert await house.told(id) == ("CANCELED", {})
    assert await house.rows("SELECT 1 FROM leads l WHERE l.workspace_id = $1 AND l.owner_id IS NOT NULL") == []
    await house.reverted(id)
    assert await house.told(id) == ("REVERTED", {})
    with pytest.raises(Refusal) as refused:
        await house.do(lambda tx: changes.cancel(tx, id, house.viewer))
    assert refused.value.code == "CHANGE_ENDED"


async def test_change_runs_with_the_rights_its_author_has_then(house: House) -> None:
    await house.leads(1)
    id = await house.ask(Wanted("Lead", "REASSIGN", {}, options=owner(house.seller)), 1)
    await house.do(lambda tx: tx.execute("UPDATE users SET archived_at = now() WHERE workspace_id = $1 AND id = $2", tx.workspace, house.boss))
    await changes.perform(house.db, house.actor.workspace, id)
    assert (await house.told(id))[0] == "FAILED"
    assert await house.rows("SELECT l.owner_id FROM leads l WHERE l.workspace_id = $1") == [{"owner_id": None}]


async def test_seller_who_sees_own_leads_changes_own_leads_only(house: House) -> None:
    (hers,) = await house.leads(1, owner_id=house.seller)
    await house.leads(1, owner_id=house.boss)
    grants = {"leads": {"verbs": ["read", "update"], "rows": "own"}}
    seller = Viewer.of_user(house.actor.workspace, house.seller, "Sam", "SALES", grants)
    wanted = Wanted("Lead", "UPDATE", {}, options={"set": {"industry": "Steel"}})
    shown = await house.do(lambda tx: changes.preview(tx, wanted, seller))
    assert (shown.count, [id for id, _ in shown.examples]) == (1, [hers])
    with pytest.raises(Forbidden):
        await house.do(lambda tx: changes.ask(tx, Wanted("Lead", "JUNK", {}, options={"reason": "SPAM"}), seller, 1))


async def test_quiet_change_is_marked_quiet(house: House) -> None:
    await house.leads(1)
    await house.done(Wanted("Lead", "REASSIGN", {}, options=owner(house.seller), quiet=True), 1)
    noted = await house.rows("SELECT e.data FROM events e WHERE e.workspace_id = $1 AND e.kind = 'lead.assigned'")
    assert [r["data"]["quiet"] for r in noted] == [True]


@pytest.mark.parametrize(("noun", "action", "options", "code", "field"), [
    ("Lead", "UPDATE", {"set": {"email": "x@y.example"}}, "BAD_SET", "set.email"), ("Lead", "UPDATE", {"set": {}}, "BAD_SET", "set"),
    ("Lead", "UPDATE", {"set": {"employees": "many"}}, "BAD_SET", "set.employees"), ("Lead", "UPDATE", {"set": {"intent": None}}, "BAD_SET", "set.intent"),
    ("Lead", "UPDATE", {"set": {"sourceId": "nonsense"}}, "BAD_ID", "set.sourceId"), ("Deal", "UPDATE", {"set": {"closeOn": "soon"}}, "BAD_SET", "set.closeOn"),
    ("Company", "UPDATE", {"set": {"industry": "x" * 301}}, "TEXT_TOO_LONG", "set.industry"),
    ("Deal", "UPDATE", {"set": {"amount": 5}}, "BAD_SET", "set.amount"),
    ("Lead", "JUNK", {}, "MISSING_OPTION", "reason"), ("Lead", "JUNK", {"reason": "BORED"}, "UNKNOWN_REASON", "reason"),
    ("Deal", "JUNK", {"reason": "SPAM"}, "UNKNOWN_CHANGE", "noun"), ("Activity", "TAG", {"tags": ["x"]}, "UNKNOWN_CHANGE", "noun"),
    ("Lead", "ERASE", {}, "UNKNOWN_CHANGE", "action"), ("Lead", "TAG", {"tags": []}, "MISSING_OPTION", "tags"),
    ("Lead", "TAG", {"tags": ["nope"]}, "UNKNOWN_TAG", "tags.0"), ("Lead", "REASSIGN", {}, "MISSING_OPTION", "owner_id"),
    ("Lead", "REASSIGN", {"owner_id": uuid7()}, "NOT_FOUND", "owner_id"), ("Lead", "ENROLL", {}, "MISSING_OPTION", "sequence_id"),
    ("Lead", "REOPEN", {}, "MISSING_OPTION", "reason"),
])  # fmt: skip
async def test_bad_changes_are_refused_with_their_place_and_change_nothing(
    house: House, noun: str, action: str, options: Row, code: str, field: str
) -> None:
    await house.leads(1)
    for verb in (changes.preview, lambda tx, wanted, viewer: changes.ask(tx, wanted, viewer, 1)):
        with pytest.raises(Refusal) as refused:
            await house.do(lambda tx, verb=verb: verb(tx, Wanted(noun, action, {}, options=options), house.viewer))
        assert (refused.value.code, refused.value.field) == (code, field)
    assert await house.rows("SELECT 1 FROM change_sets c WHERE c.workspace_id = $1") == []


async def test_neither_filter_nor_ids_is_refused_and_a_bad_filter_says_where(house: House) -> None:
    with pytest.raises(Refusal) as refused:
        await house.ask(Wanted("Lead", "REASSIGN", options=owner(None)), 0)
    assert refused.value.code == "NOTHING_CHOSEN"
    with pytest.raises(Refusal) as bad:
        await house.ask(Wanted("Lead", "REASSIGN", {"colour": {"eq": "red"}}, options=owner(None)), 0)
    assert (bad.value.code, bad.value.field) == ("BAD_FILTER", "where.colour")


async def test_ownership_is_transferred_of_what_is_still_open_and_taken_back(house: House) -> None:
    async def made(tx: Tx) -> None:
        for make in (make_lead, make_contact, make_company, make_deal):
            await make(tx, owner_id=house.boss)
        await make_deal(tx, name="Old", owner_id=house.boss, state="WON", closed_at=await tx.now())

    await house.do(made)
    nouns = list(changes.STILL)
    ids: list[UUID] = await house.do(lambda tx: changes.transfer_ownership(tx, house.boss, house.seller, nouns, house.viewer))
    for id in ids:
        await changes.perform(house.db, house.actor.workspace, id)
    assert [await house.told(id) for id in ids] == [("DONE", {"changed": 1})] * 4
    tables = ("leads", "contacts", "companies", "deals")
    sql = " UNION ALL ".join(f"SELECT count(*) AS n FROM {table} x WHERE x.workspace_id = $1 AND x.owner_id = $2" for table in tables)
    assert [r["n"] for r in await house.rows(sql, house.seller)] == [1, 1, 1, 1]
    assert [r["n"] for r in await house.rows(sql, house.boss)] == [0, 0, 0, 1]
    for id in ids:
        await house.reverted(id)
    assert [r["n"] for r in await house.rows(sql, house.boss)] == [1, 1, 1, 2]


async def test_tasks_go_to_another_assignee_and_back(house: House) -> None:
    about = tasks.About(person_ids=[await house.do(lambda tx: make_person(tx))])
    task: UUID = await house.do(lambda tx: tasks.create(tx, tasks.NewTask("Call back", about, assignee_id=house.boss)))
    id = await house.done(Wanted("Task", "REASSIGN", {"assignee": {"is": {"name": {"eq": "Mo Manager"}}}}, options=owner(house.seller)), 1)
    sql = "SELECT t.assignee_id FROM tasks t WHERE t.workspace_id = $1 AND t.id = $2"
    assert await house.rows(sql, task) == [{"assignee_id": house.seller}]
    await house.reverted(id)
    assert (await house.told(id), await house.rows(sql, task)) == (("REVERTED", {"reverted": 1}), [{"assignee_id": house.boss}])


async def test_bulk_reopen_brings_junk_back_and_its_revert_closes_it_for_the_reason_it_had(house: House) -> None:
    (id,) = await house.leads(1)
    await house.do(lambda tx: leads.junk(tx, id, "TIMING", "Next year"))
    change = await house.done(Wanted("Lead", "REOPEN", {"state": {"eq": "JUNK"}}, options={"reason": "It is next year"}), 1)
    sql = (
        "SELECT l.state, l.junk_note, j.code FROM leads l LEFT JOIN junk_reasons j ON j.workspace_id = $1 AND j.id = l.junk_reason_id "
        "WHERE l.workspace_id = $1"
    )
    assert await house.rows(sql) == [{"state": "OPEN", "junk_note": None, "code": None}]
    await house.reverted(change)
    assert await house.rows(sql) == [{"state": "JUNK", "junk_note": "Next year", "code": "TIMING"}]


async def test_leads_are_enrolled_and_leave_again_by_the_revert(house: House) -> None:
    id = await house.do(lambda tx: sequence(tx, "P1D"))
    ids = await house.leads(3)
    given = {"sequence_id": encode_id(CATALOG["Sequence"].tag, id)}
    change = await house.done(Wanted("Lead", "ENROLL", {}, options=given), 3)
    assert await house.told(change) == ("DONE", {"changed": 3})
    again = await house.done(Wanted("Lead", "ENROLL", ids=[ids[0]], options=given), 1)
    assert await house.told(again) == ("DONE", {"unchanged": 1})
    sql = "SELECT e.id, e.state, e.exit_reason FROM enrollments e WHERE e.workspace_id = $1 ORDER BY e.id"
    entered = await house.rows(sql)
    assert {r["state"] for r in entered} == {"ACTIVE"}
    await house.do(lambda tx: nurture.remove(tx, entered[0]["id"]))
    await house.reverted(change)
    assert await house.told(change) == ("REVERTED", {"reverted": 2, "left": 1})
    assert [(r["state"], r["exit_reason"]) for r in await house.rows(sql)] == [("EXITED", "REMOVED"), ("EXITED", "REVERTED"), ("EXITED", "REVERTED")]


async def test_person_without_an_address_is_refused_by_name_of_the_reason(house: House) -> None:
    id = await house.do(lambda tx: sequence(tx, "P1D"))
    person: UUID = await house.do(lambda tx: make_person(tx, email=""))
    given = {"sequence_id": encode_id(CATALOG["Sequence"].tag, id)}
    shown = await house.do(lambda tx: changes.preview(tx, Wanted("Person", "ENROLL", ids=[person], options=given), house.viewer))
    assert [(r.code, r.message) for _, r in shown.refused] == [("NOT_ENROLLED", "The person did not enter the sequence: NO_ADDRESS.")]


async def test_what_follows_from_a_change_waits_behind_prompt_work(house: House) -> None:
    (id,) = await house.leads(1)
    await house.done(Wanted("Lead", "UPDATE", ids=[id], options={"set": {"title": "CTO"}}), 1)
    rows = await house.rows("SELECT DISTINCT w.kind, w.priority FROM work w WHERE w.workspace_id = $1 AND w.queue IN ('score', 'enrich')")
    assert {(r["kind"], r["priority"]) for r in rows} == {("score.person", 1), ("enrich.person", 1)}


async def test_custom_value_is_set_on_all_and_taken_back(house: House) -> None:
    a, b = await house.leads(2)
    await house.do(lambda tx: custom.define(tx, custom.NewField("Lead", "Tier", "TEXT", key="tier")))
    await house.do(lambda tx: custom.write(tx, "Lead", a, {"tier": "silver"}))
    change = await house.done(Wanted("Lead", "UPDATE", {}, options={"set": {"custom": {"tier": "gold"}}}), 2)

    async def tiers() -> list[Any]:
        async with house.db.read(house.actor) as tx:
            return [(await custom.standing(tx, "Lead", id))["tier"] for id in (a, b)]

    assert await tiers() == ["gold", "gold"]
    await house.do(lambda tx: leads.update(tx, b, {"custom": {"tier": "lead"}}))
    await house.reverted(change)
    assert (await tiers(), await house.told(change)) == (["silver", "lead"], ("REVERTED", {"reverted": 1, "left": 1}))
