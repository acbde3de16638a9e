"""Custom fields hold what their type allows, on every noun; tags are put, taken and merged."""

import asyncio
from typing import Any
from uuid import UUID

import pytest

from leadwell import companies, contacts, custom, deals, entries, leads, tags
from leadwell.base.actor import Actor
from leadwell.base.ids import encode_id, uuid7
from leadwell.base.refusals import NotFound
from leadwell.base.tx import Database, Tx
from leadwell.catalog import CATALOG
from leadwell.custom import NewField
from leadwell.entries.lists import TAG
from tests import builders as make
from tests.verbs.conversions import refused, row

GIVEN = {"TEXT": " Blue  sky ", "CHOICE": "Gold", "INT": 7, "FLOAT": 1.5, "FLAG": True, "MOMENT": "2026-01-31T13:00:00+01:00", "DATE": "2026-01-31"}
KEPT = {"TEXT": "Blue sky", "CHOICE": "Gold", "INT": 7, "FLOAT": 1.5, "FLAG": True, "MOMENT": "2026-01-31T12:00:00+00:00", "DATE": "2026-01-31"}


async def defined(db: Database, actor: Actor, noun: str) -> None:
    async def work(tx: Tx) -> None:
        for type in GIVEN:
            await custom.define(tx, NewField(noun, f"A {type.lower()}", type, type.lower(), ["Gold", "Silver"] if type == "CHOICE" else None))

    await db.run(actor, work)


async def shown(db: Database, actor: Actor, table: str, id: UUID) -> Any:
    """As the API reads it."""
    from models.custom import CUSTOM_SQL

    async with db.read(actor) as tx:
        return await tx.value(f"SELECT {CUSTOM_SQL.replace('{t}', 't')} FROM {table} t WHERE t.workspace_id = $1 AND t.id = $2", tx.workspace, id)


@pytest.mark.parametrize(("noun", "table"), [
    ("Person", "people"), ("Lead", "leads"), ("Contact", "contacts"), ("Company", "companies"), ("Deal", "deals")])  # fmt: skip
async def test_every_noun_holds_values_of_every_type(db: Database, actor: Actor, noun: str, table: str) -> None:
    await defined(db, actor, noun)
    makers: dict[str, Any] = {
        "Person": make.make_person, "Lead": make.make_lead, "Contact": make.make_contact, "Company": make.make_company, "Deal": make.make_deal,
    }  # fmt: skip
    verbs: dict[str, Any] = {
        "Person": contacts.update_person, "Lead": leads.update, "Contact": contacts.update, "Company": companies.update, "Deal": deals.update,
    }  # fmt: skip
    id, given = await db.run(actor, makers[noun]), {type.lower(): value for type, value in GIVEN.items()}
    done = await db.run(actor, lambda tx: verbs[noun](tx, id, {"custom": given}, 1))
    assert done.version == 2
    assert done.changes["custom.flag"] == [None, True]
    assert {key.upper(): value for key, value in (await shown(db, actor, table, id)).items()} == KEPT
    again = await db.run(actor, lambda tx: verbs[noun](tx, id, {"custom": given}))
    assert (again.version, again.changes) == (2, {})
    cleared = await db.run(actor, lambda tx: verbs[noun](tx, id, {"custom": {"text": None, "int": 8, "choice": None}}))
    assert cleared.changes == {"custom.text": ["Blue sky", None], "custom.int": [7, 8], "custom.choice": ["Gold", None]}
    assert set(await shown(db, actor, table, id)) == {"int", "float", "flag", "moment", "date"}


@pytest.mark.parametrize(("key", "value"), [
    ("text", 5), ("text", "x" * 601), ("choice", "Bronze"), ("int", 1.5), ("int", True), ("int", 2**63), ("float", "1"),
    ("float", True), ("flag", 1), ("flag", "yes"), ("moment", "2026-01-31"), ("moment", 5), ("date", "31.1.2026"), ("date", 20260131),
])  # fmt: skip
async def test_value_of_another_type_is_refused(db: Database, actor: Actor, key: str, value: Any) -> None:
    await defined(db, actor, "Deal")
    id = await db.run(actor, make.make_deal)
    refusal = await refused(db, actor, custom.BadCustomValue, lambda tx: deals.update(tx, id, {"name": "B", "custom": {key: value}}))
    assert (refusal.field, refusal.params["key"]) == ("custom.0.value", key)
    assert (await row(db, actor, "deals", id))["version"] == 1


async def test_unknown_field_is_told_with_those_there_are(db: Database, actor: Actor) -> None:
    await defined(db, actor, "Deal")
    refusal = await refused(db, actor, custom.UnknownCustomField, lambda tx: deals.create(tx, deals.NewDeal("A", custom={"colour": "red"})))
    assert (refusal.field, refusal.params["known"][:2]) == ("custom.0.key", ["choice", "date"])


@pytest.mark.parametrize("field", [
    NewField("Deal", " ", "TEXT"), NewField("Deal", "A", "TEXT", "A B"), NewField("Deal", "A", "TEXT", "1a"), NewField("Deal", "日本", "TEXT"),
    NewField("Task", "A", "TEXT"), NewField("Deal", "A", "COLOR"), NewField("Deal", "A", "CHOICE"), NewField("Deal", "A", "CHOICE", options=["x", "x"]),
    NewField("Deal", "A", "TEXT", options=["x"]), NewField("Deal", "A", "FLAG", is_unique=True), NewField("Deal", "A", "CHOICE", options=["x"], is_unique=True),
])  # fmt: skip
async def test_bad_field_is_refused(db: Database, actor: Actor, field: NewField) -> None:
    await refused(db, actor, custom.BadCustomField, lambda tx: custom.define(tx, field))


async def test_key_is_made_of_the_label_and_unique(db: Database, actor: Actor) -> None:
    id = await db.run(actor, lambda tx: custom.define(tx, NewField("Deal", "Size of fleet (cars)", "INT")))
    assert (await row(db, actor, "custom_fields", id))["key"] == "size_of_fleet_cars"
    await refused(db, actor, custom.CustomFieldExists, lambda tx: custom.define(tx, NewField("Deal", "Size of Fleet: cars", "TEXT")))
    await db.run(actor, lambda tx: custom.define(tx, NewField("Lead", "Size of fleet: cars", "TEXT")))
    done = await asyncio.gather(*(db.run(actor, lambda tx: custom.define(tx, NewField("Deal", "Same", "INT"))) for _ in range(8)), return_exceptions=True)
    assert sorted(type(one).__name__ for one in done) == ["CustomFieldExists"] * 7 + ["UUID"]


async def test_choice_is_renamed_with_its_records_and_stays_while_they_hold_it(db: Database, actor: Actor) -> None:
    field = await db.run(actor, lambda tx: custom.define(tx, NewField("Deal", "Tier", "CHOICE", options=["Gold", "Silver"])))
    id = await db.run(actor, lambda tx: deals.create(tx, deals.NewDeal("A", custom={"tier": "Gold"})))
    refusal = await refused(db, actor, custom.ChoiceInUse, lambda tx: custom.update(tx, field, {"options": ["Silver"]}))
    assert refusal.params == {"count": 1, "value": "Gold"}
    await db.run(actor, lambda tx: custom.update(tx, field, {"label": "Level"}, {"Gold": "Platinum"}, 1))
    assert (await shown(db, actor, "deals", id), (await row(db, actor, "custom_fields", field))["options"]) == ({"tier": "Platinum"}, ["Platinum", "Silver"])
    await db.run(actor, lambda tx: custom.update(tx, field, {"options": ["Silver"]}, {"Platinum": "Silver"}))
    assert await shown(db, actor, "deals", id) == {"tier": "Silver"}


async def test_field_put_away_hides_its_values_until_it_comes_back(db: Database, actor: Actor) -> None:
    field = await db.run(actor, lambda tx: custom.define(tx, NewField("Deal", "Tier", "INT")))
    id = await db.run(actor, lambda tx: deals.create(tx, deals.NewDeal("A", custom={"tier": 3})))
    await db.run(actor, lambda tx: custom.archive(tx, field))
    assert await shown(db, actor, "deals", id) == {}
    await refused(db, actor, custom.UnknownCustomField, lambda tx: deals.update(tx, id, {"custom": {"tier": 4}}))
    await db.run(actor, lambda tx: custom.unarchive(tx, field))
    assert await shown(db, actor, "deals", id) == {"tier": 3}


@pytest.mark.parametrize(("type", "value", "same", "other"), [
    ("TEXT", "Ab-1", " AB-1 ", "AB-2"), ("INT", 7, 7.0, 8), ("FLOAT", 1.5, 1.5, 2), ("DATE", "2026-01-31", "2026-01-31", "2026-02-01"),
    ("MOMENT", "2026-01-31T13:00:00+01:00", "2026-01-31T12:00:00Z", "2026-01-31T12:00:01Z"),
])  # fmt: skip
async def test_value_of_a_unique_field_is_held_by_one_record(db: Database, actor: Actor, type: str, value: Any, same: Any, other: Any) -> None:
    await db.run(actor, lambda tx: custom.define(tx, NewField("Deal", "Number", type, is_unique=True)))
    one = await db.run(actor, lambda tx: deals.create(tx, deals.NewDeal("A", custom={"number": value})))
    refusal = await refused(db, actor, custom.CustomValueTaken, lambda tx: deals.create(tx, deals.NewDeal("B", custom={"number": same})))
    assert (refusal.field, refusal.params["record"]) == ("custom.number", encode_id(CATALOG["Deal"].tag, one))
    two = await db.run(actor, lambda tx: deals.create(tx, deals.NewDeal("B", custom={"number": other})))
    assert (await db.run(actor, lambda tx: deals.update(tx, one, {"custom": {"number": same}}))).version <= 2
    await db.run(actor, lambda tx: deals.update(tx, one, {"custom": {"number": None}}))
    await db.run(actor, lambda tx: deals.update(tx, two, {"custom": {"number": value}}))


async def test_of_racing_writers_of_one_unique_value_one_gets_it_and_each_other_is_told(db: Database, actor: Actor) -> None:
    await db.run(actor, lambda tx: custom.define(tx, NewField("Deal", "Number", "TEXT", is_unique=True)))
    ids = [await db.run(actor, make.make_deal) for _ in range(6)]
    done = await asyncio.gather(
        *(db.run(actor, lambda tx, id=id: deals.update(tx, id, {"custom": {"number": "A-1"}})) for id in ids), return_exceptions=True)
    assert sorted(type(one).__name__ for one in done) == ["CustomValueTaken"] * 5 + ["Revision"]
    assert sum([await shown(db, actor, "deals", id) == {"number": "A-1"} for id in ids]) == 1


async def test_unique_value_stays_with_the_old_lead_when_it_is_tried_again(db: Database, actor: Actor) -> None:
    async def given(tx: Tx) -> UUID:
        await custom.define(tx, NewField("Lead", "Number", "TEXT", is_unique=True))
        await custom.define(tx, NewField("Lead", "Tier", "TEXT"))
        lead = await make.make_lead(tx)
        await custom.write(tx, "Lead", lead, {"number": "A-1", "tier": "gold"})
        await leads.junk(tx, lead, "TIMING")
        return lead

    old = await db.run(actor, given)
    new = await db.run(actor, lambda tx: leads.recycle(tx, old))
    assert (await shown(db, actor, "leads", old), await shown(db, actor, "leads", new)) == ({"number": "A-1", "tier": "gold"}, {"tier": "gold"})


async def test_required_field_cannot_be_emptied_and_person_fields_are_not_required(db: Database, actor: Actor) -> None:
    field = await db.run(actor, lambda tx: custom.define(tx, NewField("Deal", "Number", "TEXT", is_required=True)))
    id = await db.run(actor, lambda tx: deals.create(tx, deals.NewDeal("A", custom={"number": "A-1"})))
    refusal = await refused(db, actor, custom.CustomValueRequired, lambda tx: deals.update(tx, id, {"custom": {"number": None}}))
    assert refusal.message == "A deal needs a value in Number."
    await db.run(actor, lambda tx: custom.update(tx, field, {"is_required": False}))
    await db.run(actor, lambda tx: deals.update(tx, id, {"custom": {"number": None}}))
    await refused(db, actor, custom.BadCustomField, lambda tx: custom.define(tx, NewField("Person", "Shoe", "INT", is_required=True)))


async def tagged(db: Database, actor: Actor) -> set[tuple[UUID, str]]:
    async with db.read(actor) as tx:
        rows = await tx.fetch("SELECT g.record_id, t.name FROM taggings g JOIN tags t ON t.workspace_id = $1 AND t.id = g.tag_id WHERE g.workspace_id = $1",
                              tx.workspace)
    return {(r["record_id"], r["name"]) for r in rows}


async def test_tags_are_put_taken_and_merged(db: Database, actor: Actor) -> None:
    one, two = [await db.run(actor, make.make_deal) for _ in range(2)]
    await refused(db, actor, tags.UnknownTag, lambda tx: tags.tag(tx, "Deal", [one], ["vip"]))
    assert await db.run(actor, lambda tx: tags.tag(tx, "Deal", [one, two, one], ["vip"], create=True)) == 2
    assert await db.run(actor, lambda tx: tags.tag(tx, "Deal", [one, two], ["VIP"])) == 0
    hot = await db.run(actor, lambda tx: entries.create(tx, TAG, {"name": "hot"}))
    await db.run(actor, lambda tx: tags.tag(tx, "Deal", [two], ["hot"]))
    async with db.read(actor) as tx:
        vip = await tx.value("SELECT t.id FROM tags t WHERE t.workspace_id = $1 AND t.name = 'vip'", tx.workspace)
    await refused(db, actor, entries.NotAReplacement, lambda tx: tags.merge(tx, vip, vip))
    assert await db.run(actor, lambda tx: tags.merge(tx, vip, hot)) == 2
    assert await tagged(db, actor) == {(one, "hot"), (two, "hot")}
    assert await db.run(actor, lambda tx: tags.untag(tx, "Deal", [one], ["hot"])) == 1
    assert await tagged(db, actor) == {(two, "hot")}


async def test_tagging_what_is_not_there_is_refused_whole(db: Database, actor: Actor) -> None:
    one = await db.run(actor, make.make_deal)
    refusal = await refused(db, actor, NotFound, lambda tx: tags.tag(tx, "Deal", [one, uuid7()], ["vip"], create=True))
    assert refusal.field == "ids.1"
    await refused(db, actor, tags.TooManyRecords, lambda tx: tags.tag(tx, "Deal", [uuid7() for _ in range(501)], ["vip"]))
