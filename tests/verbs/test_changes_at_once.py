"""Many leads changed with a few statements come to the same as one after another, go back exactly, and leave alone what somebody touched."""

from typing import Any
from uuid import UUID

import pytest

from leadwell import changes, conversion, custom, leads
from leadwell.base.actor import Actor
from leadwell.base.ids import encode_id, uuid7
from leadwell.base.refusals import Refusal
from leadwell.base.tx import Database, Tx
from leadwell.catalog import CATALOG
from leadwell.changes import Wanted, values
from tests import builders as make
from tests.verbs.conversions import owned_lead
from tests.verbs.test_changes import House, house  # noqa: F401 - a fixture

LEFT_OUT = {
    "id", "person_id", "created_at", "updated_at", "status_since", "closed_at", "sales_qualified_at", "company_match", "owner_id", "company_id", "snapshot",
}  # fmt: skip


async def crowd(tx: Tx) -> list[UUID]:
    """Leads of every kind that an update may meet."""
    person, nameless = await make.make_person(tx, country="FR"), await make.make_person(tx, "", "")
    await tx.execute("UPDATE people SET name = NULL WHERE workspace_id = $1 AND id = $2", tx.workspace, nameless)
    junk = await make.make_lead(tx, person, industry="Wood")
    await leads.junk(tx, junk, "SPAM")
    sealed = await owned_lead(tx)
    await conversion.convert(tx, sealed)
    return [
        await make.make_lead(tx, industry="Wood", status="WORKING"), await make.make_lead(tx, industry="Steel", status="QUALIFIED"),
        junk, await make.make_lead(tx, person), sealed, await make.make_lead(tx, nameless, company_name="Only this"),
    ]  # fmt: skip


async def one_by_one(tx: Tx, ids: list[UUID], given: dict[str, Any]) -> list[str]:
    """What becomes of each."""
    told: list[str] = []
    for id in ids:
        await tx.execute("SAVEPOINT one")
        try:
            done = await values.write(tx, "Lead", given, id)
            told.append("CHANGED" if done.changes else "UNCHANGED")
        except Refusal as why:
            await tx.execute("ROLLBACK TO SAVEPOINT one")
            told.append(why.code)
    return told


async def stand(tx: Tx, ids: list[UUID]) -> list[Any]:
    """Leads, their people, own values, events and spans, without what differs between any two."""
    found: list[Any] = []
    for id in ids:
        lead = await tx.row("SELECT l.* FROM leads l WHERE l.workspace_id = $1 AND l.id = $2", tx.workspace, id)
        assert lead is not None
        person = await tx.row("SELECT p.country, p.version FROM people p WHERE p.workspace_id = $1 AND p.id = $2", tx.workspace, lead["person_id"])
        noted = await tx.fetch(
            "SELECT e.kind, e.version, e.data FROM events e WHERE e.workspace_id = $1 AND e.record_id = ANY($2::uuid[]) ORDER BY e.id",
            tx.workspace, [id, lead["person_id"]])  # fmt: skip
        spans = await tx.fetch(
            "SELECT s.status_id, s.left_at IS NULL AS now FROM lead_status_spans s WHERE s.workspace_id = $1 AND s.lead_id = $2 ORDER BY s.entered_at, s.id",
            tx.workspace, id)  # fmt: skip
        told = [(e["kind"], e["version"], sorted(e["data"].get("changes", {}))) for e in noted]
        own = {name: value for name, value in lead.items() if name not in LEFT_OUT}
        found.append((own, dict(person or {}), await custom.standing(tx, "Lead", id), told, [tuple(s) for s in spans]))
    return found


@pytest.mark.parametrize("given", [
    {"industry": "Steel", "custom": {"tier": "gold"}}, {"status_id": "WORKING", "industry": "Steel", "country": "DE"}, {"company_name": None},
    {"status_id": "QUALIFIED"}, {"country": None, "language": "fr"}, {"source_id": "nobody", "industry": "Steel"}, {"custom": {"nothing": 1}},
    {"budget_minor": 500, "currency": "CHF", "employees": 7}, {"employees": -1},
])  # fmt: skip
async def test_leads_updated_at_once_come_to_the_same_as_one_by_one(db: Database, actor: Actor, given: dict[str, Any]) -> None:
    async def work(tx: Tx) -> tuple[list[Any], list[Any], list[str], list[str]]:
        await custom.define(tx, custom.NewField("Lead", "Tier", "TEXT"))
        written = dict(given)
        if "status_id" in given:
            written["status_id"] = await make.status_of(tx, given["status_id"])
        if "source_id" in given:
            written["source_id"] = uuid7()
        here, there = await crowd(tx), await crowd(tx)
        alone = await one_by_one(tx, here, written)
        done = await values.perform(tx, "Lead", {"set": written}, there)
        return await stand(tx, here), await stand(tx, there), alone, [done[id].code or done[id].state for id in there]

    here, there, alone, together = await db.run(actor, work)
    assert together == alone
    assert there == here


async def test_update_of_many_goes_back_exactly_but_for_what_somebody_touched(house: House) -> None:  # noqa: F811
    async def given(tx: Tx) -> list[UUID]:
        await custom.define(tx, custom.NewField("Lead", "Tier", "TEXT"))
        ids = [await make.make_lead(tx, await make.make_person(tx, country=country), industry=industry)
               for country, industry in (("FR", "Wood"), ("IT", None), ("DE", "Steel"), ("FR", "Wood"))]  # fmt: skip
        await custom.write(tx, "Lead", ids[0], {"tier": "silver"})
        return ids

    ids = await house.do(given)
    before = await house.do(lambda tx: stand(tx, ids))
    status = encode_id(CATALOG["LeadStatus"].tag, await house.do(lambda tx: make.status_of(tx, "WORKING")))
    values = {"statusId": status, "industry": "Steel", "country": "DE", "custom": {"tier": "gold"}}
    id = await house.done(Wanted("Lead", "UPDATE", {}, options={"set": values}), 4)
    assert await house.told(id) == ("DONE", {"changed": 4})
    await house.do(lambda tx: leads.update(tx, ids[3], {"industry": "Iron"}))
    await house.reverted(id)
    after = await house.do(lambda tx: stand(tx, ids))
    kept = [{name: value for name, value in lead.items() if name != "version"} for lead, *_ in after]
    assert kept == [{name: value for name, value in lead.items() if name != "version"} | ({"industry": "Iron"} if i == 3 else {})
                    for i, (lead, *_) in enumerate(before)]  # fmt: skip
    assert [(person["country"], own) for _, person, own, *_ in after] == [(person["country"], own) for _, person, own, *_ in before]
    assert await house.lines(id) == {**dict.fromkeys(ids[:3], ("REVERTED", None)), ids[3]: ("LEFT", "TOUCHED_SINCE")}


async def test_junk_and_reopen_of_many_tell_each_and_go_back_by_what_each_had(house: House) -> None:  # noqa: F811
    ids = await house.leads(4)
    await house.do(lambda tx: leads.junk(tx, ids[0], "TIMING", "Next year"))
    id = await house.done(Wanted("Lead", "JUNK", {}, options={"reason": "NO_FIT", "note": "Wrong list"}), 4)
    assert (await house.lines(id))[ids[0]] == ("REFUSED", "ALREADY_JUNK")
    shown = await house.do(lambda tx: changes.preview(tx, Wanted("Lead", "REOPEN", {"state": {"eq": "JUNK"}}, options={"reason": "Again"}), house.viewer))
    assert (shown.count, dict(shown.counts)) == (4, {"CHANGED": 4})
    back = await house.done(Wanted("Lead", "REOPEN", {"state": {"eq": "JUNK"}}, options={"reason": "Again"}), 4)
    await house.do(lambda tx: leads.junk(tx, ids[3], "SPAM"))
    await house.reverted(back)
    sql = (
        "SELECT l.id, l.state, l.junk_note, j.code FROM leads l LEFT JOIN junk_reasons j ON j.workspace_id = $1 AND j.id = l.junk_reason_id "
        "WHERE l.workspace_id = $1"
    )
    now = {r["id"]: (r["state"], r["code"], r["junk_note"]) for r in await house.rows(sql)}
    assert now == {ids[0]: ("JUNK", "TIMING", "Next year"), ids[1]: ("JUNK", "NO_FIT", "Wrong list"), ids[2]: ("JUNK", "NO_FIT", "Wrong list"),
                   ids[3]: ("JUNK", "SPAM", None)}  # fmt: skip
    assert await house.told(back) == ("REVERTED", {"reverted": 3, "left": 1})


async def test_value_that_only_one_may_hold_goes_to_the_first_and_the_others_are_told(house: House) -> None:  # noqa: F811
    ids = await house.leads(3)
    await house.do(lambda tx: custom.define(tx, custom.NewField("Lead", "Number", "TEXT", is_unique=True)))
    id = await house.done(Wanted("Lead", "UPDATE", {}, options={"set": {"industry": "Steel", "custom": {"number": "A-1"}}}), 3)
    assert await house.lines(id) == {min(ids): ("CHANGED", None), **dict.fromkeys(sorted(ids)[1:], ("REFUSED", "CUSTOM_VALUE_TAKEN"))}
    rows = await house.rows("SELECT l.id FROM leads l WHERE l.workspace_id = $1 AND l.industry = 'Steel'")
    assert [r["id"] for r in rows] == [min(ids)]


@pytest.mark.parametrize(("noun", "make_one"), [("Company", make.make_company), ("Contact", make.make_contact), ("Deal", make.make_deal)])
async def test_records_are_put_away_by_filter_and_come_back_but_for_those_somebody_moved(
    house: House, noun: str, make_one: Any,  # noqa: F811
) -> None:
    async def given(tx: Tx) -> list[UUID]:
        return [await (make_one(tx, name=f"Old {i}") if noun != "Contact" else make_one(tx, title="Old")) for i in range(3)]

    ids, table = await house.do(given), CATALOG[noun].table
    where = {"title": {"eq": "Old"}} if noun == "Contact" else {"name": {"startsWith": "Old"}}
    shown = await house.do(lambda tx: changes.preview(tx, Wanted(noun, "ARCHIVE", where), house.viewer))
    assert (shown.count, dict(shown.counts)) == (3, {"CHANGED": 3})
    id = await house.done(Wanted(noun, "ARCHIVE", where), 3)
    sql = f"SELECT x.id FROM {table} x WHERE x.workspace_id = $1 AND x.id = ANY($2::uuid[]) AND x.archived_at IS NULL ORDER BY x.id"
    assert await house.rows(sql, ids) == []
    back = {"Company": "companies", "Contact": "contacts", "Deal": "deals"}[noun]
    module = __import__(f"leadwell.{back}", fromlist=["unarchive"])
    await house.do(lambda tx: module.unarchive(tx, ids[0]))
    await house.do(lambda tx: module.archive(tx, ids[0]))
    await house.reverted(id)
    assert [r["id"] for r in await house.rows(sql, ids)] == sorted(ids[1:])
    assert await house.lines(id) == {ids[0]: ("LEFT", "TOUCHED_SINCE"), **dict.fromkeys(ids[1:], ("REVERTED", None))}


async def test_company_with_open_deals_stays_and_is_told(house: House) -> None:  # noqa: F811
    company: UUID = await house.do(lambda tx: make.make_company(tx))
    await house.do(lambda tx: make.make_deal(tx, company))
    id = await house.done(Wanted("Company", "ARCHIVE", ids=[company]), 1)
    assert await house.lines(id) == {company: ("REFUSED", "COMPANY_HAS_OPEN_DEALS")}


async def test_transfer_says_beforehand_how_much_of_each_kind_it_is(house: House) -> None:  # noqa: F811
    async def given(tx: Tx) -> None:
        for make_one, count in ((make.make_lead, 2), (make.make_company, 1)):
            for i in range(count):
                await make_one(tx, owner_id=house.boss, **({"name": f"Co {i}"} if make_one is make.make_company else {}))
        await make.make_task(tx, assignee_id=house.boss)
        await make.make_deal(tx, owner_id=house.boss, state="WON", closed_at=await tx.now())

    await house.do(given)
    counts = await house.do(lambda tx: changes.preview_transfer(tx, house.boss, house.seller, list(changes.STILL), house.viewer))
    assert counts == {"Lead": 2, "Contact": 0, "Company": 1, "Deal": 0, "Task": 1}
    assert await house.rows("SELECT 1 FROM change_sets c WHERE c.workspace_id = $1") == []
