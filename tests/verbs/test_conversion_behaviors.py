"""What conversions elsewhere get wrong, one test each: double, partial, existing target, children, terminal, bulk."""

import asyncio
from collections import Counter
from pathlib import Path
from uuid import UUID

import pytest

from leadwell import consent, conversion, custom, entries, leads, nurture, tags, timeline
from leadwell.base.actor import Actor
from leadwell.base.ids import uuid7
from leadwell.base.refusals import NotFound
from leadwell.base.tx import Database, Tx
from leadwell.catalog import Everything
from leadwell.conversion import ConversionWish, DealWish, Item
from leadwell.entries.lists import TAG
from leadwell.timeline import NewActivity
from leadwell.transfer import ImportOptions, import_file
from leadwell.transfer.nouns.shape import Mode
from tests import builders as make
from tests.mailing import sequence, topic
from tests.verbs.conversions import converting, counted, owned_lead, refused, row


async def person_of(db: Database, actor: Actor, lead: UUID) -> UUID:
    return (await row(db, actor, "leads", lead))["person_id"]


async def test_double_convert_makes_one_of_each_and_the_second_caller_gets_the_first_result(db: Database, actor: Actor) -> None:
    lead = await db.run(actor, owned_lead)
    both = await asyncio.gather(db.run(actor, converting(lead)), db.run(actor, converting(lead)))
    retry = await db.run(actor, converting(lead))
    assert len({(d.company_id, d.contact_id, d.deal_id) for d in (*both, retry)}) == 1
    after = await counted(db, actor)
    assert [after[table] for table in ("companies", "contacts", "deals", "conversions")] == [1, 1, 1, 1]


async def test_partial_convert_leaves_nothing_and_names_the_field(db: Database, actor: Actor) -> None:
    lead = await db.run(actor, owned_lead)
    wish = ConversionWish(deal=DealWish("CREATE", custom={"nothing": 1}))
    refusal = await refused(db, actor, custom.UnknownCustomField, converting(lead, wish))
    assert refusal.field == "deal.custom.0.key"
    assert (await row(db, actor, "leads", lead))["state"] == "OPEN"


async def test_existing_target_is_filled_where_empty_and_the_lead_keeps_its_own(db: Database, actor: Actor) -> None:
    async def given(tx: Tx) -> tuple[UUID, UUID, UUID]:
        first, later = uuid7(), uuid7()
        for id, name in ((first, "Fair"), (later, "Web")):
            await make.insert(tx, "sources", id=id, name=name, channel="EVENT", **await make.stamps(tx))
        person, old = await make.make_person(tx, "Ada King"), await make.make_company(tx, "Old Employer")
        await make.make_contact(tx, person, old, title="Countess", source_id=first)
        lead = await make.make_lead(tx, person, owner_id=await make.make_user(tx), company_name="New Employer", title="CTO", source_id=later)
        return lead, first, old

    lead_id, first, old = await db.run(actor, given)
    done = await db.run(actor, converting(lead_id))
    contact, lead = await row(db, actor, "contacts", done.contact_id), await row(db, actor, "leads", lead_id)
    assert (contact["title"], contact["source_id"], contact["company_id"]) == ("Countess", first, old)
    assert (lead["title"], lead["company_name"]) == ("CTO", "New Employer")
    assert {(c["field"], c["noun"]) for c in done.conflicts} == {("title", "Contact"), ("source", "Contact")}


async def test_children_are_there_once_on_the_contact_and_only_open_tasks_change_hands(db: Database, actor: Actor) -> None:
    async def given(tx: Tx) -> tuple[UUID, UUID, UUID, UUID]:
        new, lead = await make.make_user(tx), await owned_lead(tx)
        person = await tx.value("SELECT l.person_id FROM leads l WHERE l.workspace_id = $1 AND l.id = $2", tx.workspace, lead)
        await timeline.record(tx, NewActivity("NOTE", [person], [("Lead", lead)], subject="Called"))
        about = {"person_id": person, "lead_id": lead}
        return lead, new, await make.make_task(tx, **about), await make.make_task(tx, state="DONE", **about)

    lead, new, still_open, closed = await db.run(actor, given)
    person = await person_of(db, actor, lead)
    done = await db.run(actor, converting(lead, ConversionWish(owner_id=new)))
    async with db.read(actor) as tx:
        subjects = await tx.fetch(
            "SELECT a.kind FROM activity_participants p JOIN activities a ON a.workspace_id = $1 AND a.id = p.activity_id"
            " WHERE p.workspace_id = $1 AND p.person_id = $2 ORDER BY a.kind", tx.workspace, person)  # fmt: skip
    assert [s["kind"] for s in subjects] == ["CONVERSION", "NOTE"]
    assert (await row(db, actor, "tasks", still_open))["contact_id"] == done.contact_id
    assert (await row(db, actor, "tasks", closed))["assignee_id"] != new


async def test_meeting_file_campaign_consent_sequence_score_and_tags_are_the_contacts_and_told_once(db: Database, actor: Actor) -> None:
    async def given(tx: Tx) -> tuple[UUID, UUID]:
        lead, other = await owned_lead(tx, email="ada@acme.example"), await make.make_person(tx)
        person: UUID = await tx.value("SELECT l.person_id FROM leads l WHERE l.workspace_id = $1 AND l.id = $2", tx.workspace, lead)
        now = await tx.now()
        shared = NewActivity("MEETING", [(person, "ATTENDEE"), (other, "ATTENDEE")], [("Lead", lead)], subject="Both of us")
        await timeline.record(tx, shared)
        file = uuid7()
        stored = {"media_type": "application/pdf", "size": 3, "store_key": "k", "purpose": "ATTACHMENT"}
        await make.insert(tx, "files", id=file, name="plan.pdf", **stored, **await make.stamps(tx))
        await make.insert(tx, "attachments", id=uuid7(), file_id=file, noun="Lead", record_id=lead, at=now)
        await make.insert(tx, "campaign_members", id=uuid7(), campaign_id=await make.make_campaign(tx), person_id=person, **await make.stamps(tx))
        await consent.grant_many(tx, [consent.Grant(person, "ada@acme.example", await topic(tx, "newsletter"), "FORM", "CONSENT")])
        await nurture.enroll_many(tx, await sequence(tx, "P1D"), [person], "API")
        for name in ("Hot", "Fair"):
            await entries.create(tx, TAG, {"name": name})
        await tags.tag(tx, "Lead", [lead], ["Hot", "Fair"])
        return lead, person

    lead, person = await db.run(actor, given)
    done = await db.run(actor, converting(lead))
    async with db.read(actor) as tx:
        page = await timeline.page(tx, Everything(actor.workspace), timeline.Asked("Contact", done.contact_id, first=50))
        told = Counter((entry.kind, entry.title) for entry in page.entries)
        owned = {name: await tx.value(f"SELECT count(*) FROM {name} x WHERE x.workspace_id = $1 AND x.person_id = $2", tx.workspace, person)
                 for name in ("campaign_members", "consents", "enrollments")}  # fmt: skip
        words = await tx.fetch(
            "SELECT t.name FROM taggings g JOIN tags t ON t.workspace_id = $1 AND t.id = g.tag_id WHERE g.workspace_id = $1 AND g.record_id = $2 ORDER BY 1",
            tx.workspace, done.contact_id)  # fmt: skip
    assert (told["MEETING", "Both of us"], told["FILE", "plan.pdf"], max(told.values())) == (1, 1, 1)
    assert owned == {"campaign_members": 1, "consents": 1, "enrollments": 1}
    assert [row["name"] for row in words] == ["Fair", "Hot"]


async def test_terminal_means_terminal_and_late_events_land_on_the_contact(db: Database, actor: Actor) -> None:
    lead_id = await db.run(actor, lambda tx: owned_lead(tx, email="ada@acme.example"))
    done = await db.run(actor, converting(lead_id))
    person, before = await person_of(db, actor, lead_id), dict(await row(db, actor, "leads", lead_id))
    late = NewActivity("OPEN", [person], [("Lead", lead_id)], subject="Opened")
    await db.run(actor, lambda tx: timeline.record(tx, late))
    contact = await row(db, actor, "contacts", done.contact_id)
    async with db.read(actor) as tx:
        at = await tx.value("SELECT p.last_activity_at FROM people p WHERE p.workspace_id = $1 AND p.id = $2", tx.workspace, person)
    assert contact["last_activity_at"] == at > before["closed_at"]
    await db.run(actor, lambda tx: tx.execute("UPDATE people SET name = 'Ada King' WHERE workspace_id = $1", tx.workspace))
    await db.run(actor, lambda tx: tx.execute("UPDATE leads SET title = 'Boss' WHERE workspace_id = $1 AND id = $2", tx.workspace, lead_id))
    assert await db.run(actor, lambda tx: leads.qualify_by_score(tx, [{"person_id": person, "data": {"threshold": "mql"}}])) == 0
    assert dict(await row(db, actor, "leads", lead_id)) == before
    assert before["snapshot"]["name"] == "Ada Lovelace"


async def test_tags_edits_and_late_events_do_not_revive_a_junk_lead(db: Database, actor: Actor) -> None:
    lead = await db.run(actor, owned_lead)
    await db.run(actor, lambda tx: leads.junk(tx, lead, "SPAM"))
    person = await person_of(db, actor, lead)

    async def touched(tx: Tx) -> None:
        await entries.create(tx, TAG, {"name": "Old"})
        await tags.tag(tx, "Lead", [lead], ["Old"])
        await leads.update(tx, lead, {"industry": "Steel"})
        await timeline.record(tx, NewActivity("CLICK", [person], [("Lead", lead)]))

    await db.run(actor, touched)
    after = await row(db, actor, "leads", lead)
    assert (after["state"], after["industry"], after["closed_at"] is None) == ("JUNK", "Steel", False)


async def test_what_was_put_away_stays_away_and_changes_no_hands(db: Database, actor: Actor) -> None:
    async def given(tx: Tx) -> tuple[UUID, UUID, UUID]:
        lead, new = await owned_lead(tx), await make.make_user(tx)
        person = await tx.value("SELECT l.person_id FROM leads l WHERE l.workspace_id = $1 AND l.id = $2", tx.workspace, lead)
        return lead, new, await make.make_task(tx, person_id=person, lead_id=lead, archived_at=await tx.now())

    lead, new, task = await db.run(actor, given)
    before = await row(db, actor, "tasks", task)
    done = await db.run(actor, converting(lead, ConversionWish(owner_id=new)))
    after = await row(db, actor, "tasks", task)
    assert (after["archived_at"], after["assignee_id"], after["state"]) == (before["archived_at"], before["assignee_id"], before["state"])
    async with db.read(actor) as tx:
        page = await timeline.page(tx, Everything(actor.workspace), timeline.Asked("Contact", done.contact_id, first=50))
    assert before["title"] not in {entry.title for entry in page.entries}


@pytest.mark.parametrize("mode", ["FILL_EMPTY", "OVERWRITE"])
async def test_an_import_leaves_a_sealed_lead_as_it_was(db: Database, actor: Actor, tmp_path: Path, mode: Mode) -> None:
    lead = await db.run(actor, lambda tx: owned_lead(tx, email="ada@acme.example"))
    await db.run(actor, converting(lead))
    path = tmp_path / "leads.csv"
    path.write_text("Email,Job Title,Industry\nada@acme.example,Boss,Steel\n")
    was = dict(await row(db, actor, "leads", lead))
    listed = ("title", "industry") if mode == "OVERWRITE" else ()
    result = await import_file(db, actor, path, options=ImportOptions(mode=mode, overwrite=listed))
    assert (result.rows, result.failed) == (1, 0)
    assert dict(await row(db, actor, "leads", lead)) == was


async def test_bulk_of_one_company_makes_one_company_with_a_result_for_each(db: Database, actor: Actor) -> None:
    async def given(tx: Tx) -> list[UUID]:
        owner = await make.make_user(tx)
        return [await owned_lead(tx, f"P {i}", f"p{i}@acme.example", owner_id=owner) for i in range(100)]

    ids = await db.run(actor, given)
    parts = [[Item(id) for id in ids[i::4]] + [Item(uuid7())] for i in range(4)]
    done = await asyncio.gather(*(db.run(actor, lambda tx, p=part: conversion.convert_many(tx, p, "SKIP")) for part in parts))
    flat = [outcome for outcomes in done for outcome in outcomes]
    assert len({o.done.company_id for o in flat if o.done}) == 1
    assert ([type(o.refusal) for o in flat].count(NotFound), sum(bool(o.done) for o in flat)) == (4, 100)
    after = await counted(db, actor)
    assert [after[table] for table in ("companies", "contacts", "deals")] == [1, 100, 100]
