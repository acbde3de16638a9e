"""Merging people: everything follows, twins collapse, and an old id leads to the survivor."""

import asyncio
from uuid import UUID, uuid4

import pytest

from leadwell import capture, conversion, merging, people
from leadwell.base.actor import Actor
from leadwell.base.ids import uuid7
from leadwell.base.refusals import NotFound, Refusal
from leadwell.base.tx import Database, Tx
from leadwell.merging import Wish
from tests import builders as make
from tests.verbs.merges import merge, rows, state, two


async def test_addresses_numbers_keys_and_history_follow(db: Database, actor: Actor) -> None:
    ana, twin = await two(db, actor, phone="+4930123456", title="CTO", city="Porto")

    async def history(tx: Tx) -> UUID:
        await make.make_task(tx, person_id=twin)
        return await make.make_activity(tx, twin, "CALL")

    activity = await db.run(actor, history)
    done = await merge(db, actor, ana, twin)
    assert (done.survivor_id, done.replayed) == (ana, False)
    assert await rows(db, actor, "person_emails", "address, is_primary, person_id") == [
        {"address": "a.silva@web.de", "is_primary": False, "person_id": ana}, {"address": "ana@acme.com", "is_primary": True, "person_id": ana}]
    assert await rows(db, actor, "person_phones", "raw, is_primary, person_id") == [{"raw": "+4930123456", "is_primary": True, "person_id": ana}]
    assert {r["person_id"] for r in await rows(db, actor, "person_keys", "person_id")} == {ana}
    assert await rows(db, actor, "activity_participants", "activity_id, person_id") == [{"activity_id": activity, "person_id": ana}]
    assert [r["person_id"] for r in await rows(db, actor, "tasks", "person_id")] == [ana]
    (kept,) = await rows(db, actor, "people", "email, phone, title, city, version", "id = $2", ana)
    assert kept == {"email": "ana@acme.com", "phone": "+4930123456", "title": "CTO", "city": "Porto", "version": 2}
    (gone,) = await rows(db, actor, "people", "merged_into, archived_at IS NOT NULL AS away", "id = $2", twin)
    assert gone == {"merged_into": ana, "away": True}
    async with db.read(actor) as tx:
        assert await people.resolve(tx, [twin]) == {twin: ana}
    kinds = [r["kind"] for r in await rows(db, actor, "events", "kind", "kind LIKE '%merged' OR kind = 'person.updated'")]
    assert kinds == ["person.merged", "person.updated"]


async def test_second_call_and_one_that_crosses_are_replayed_and_change_nothing(db: Database, actor: Actor) -> None:
    ana, twin = await two(db, actor)
    first = await merge(db, actor, ana, twin)
    async with db.read(actor) as tx:
        before = await make.counts(tx)
    again, crossing = await merge(db, actor, ana, twin), await merge(db, actor, twin, ana)
    assert (again.id, again.replayed, again.plan_hash) == (first.id, True, first.plan_hash)
    assert (crossing.id, crossing.survivor_id, crossing.replayed) == (first.id, ana, True)
    async with db.read(actor) as tx:
        assert await make.counts(tx) == before


async def test_an_old_address_and_an_old_external_id_capture_the_survivor(db: Database, actor: Actor) -> None:
    ana, twin = await two(db, actor)

    async def named(tx: Tx) -> None:
        await make.insert(tx, "external_ids", noun="Person", source="zoho", external_id="7", record_id=twin, created_at=await tx.now())
        await make.insert(tx, "person_keys", kind="EXTERNAL", key="zoho\x1f7", person_id=twin, created_at=await tx.now())

    await db.run(actor, named)
    await merge(db, actor, ana, twin)
    assert [r["record_id"] for r in await rows(db, actor, "external_ids", "record_id")] == [ana]
    for given in ({"email": "a.silva@web.de"}, {"externalId": "7", "name": "Ana Silva"}):
        (outcome,) = await capture.submit(db, actor, [capture.Submission("API", given, defaults=capture.Defaults(system="zoho"))])
        assert isinstance(outcome, capture.Outcome)
        assert outcome.person_id == ana


async def test_of_two_open_leads_the_furthest_survives_and_the_other_ends_merged(db: Database, actor: Actor) -> None:
    ana, twin = await two(db, actor)

    async def leads(tx: Tx) -> tuple[UUID, UUID]:
        near = await make.make_lead(tx, ana, need="Charts", intent="HAND_RAISE", title="CEO")
        return near, await make.make_lead(tx, twin, status="WORKING", intent="CONTENT", title="CTO")

    near, far = await db.run(actor, leads)
    done = await merge(db, actor, ana, twin)
    (kept,) = await rows(db, actor, "leads", "person_id, state, need, intent, title", "id = $2", far)
    assert kept == {"person_id": ana, "state": "OPEN", "need": "Charts", "intent": "HAND_RAISE", "title": "CTO"}
    (ended,) = await rows(db, actor, "leads", "person_id, state, merged_into, closed_at IS NOT NULL AS closed", "id = $2", near)
    assert ended == {"person_id": ana, "state": "MERGED", "merged_into": far, "closed": True}
    assert [(c.noun, c.field, c.kept, c.lost) for c in done.conflicts if c.noun == "Lead"] == [("Lead", "title", "CTO", [(near, "CEO")])]
    assert await rows(db, actor, "redirects", "noun, old_id, new_id", "noun = 'Lead'") == [{"noun": "Lead", "old_id": near, "new_id": far}]


async def test_two_contacts_become_one_and_company_links_collapse(db: Database, actor: Actor) -> None:
    ana, twin = await two(db, actor)

    async def contacts(tx: Tx) -> tuple[UUID, UUID, UUID, UUID]:
        acme, other = await make.make_company(tx), await make.make_company(tx, "Other GmbH")
        mine, theirs = await make.make_contact(tx, ana, acme), await make.make_contact(tx, twin, acme, type="CUSTOMER", title="Buyer")
        await make.insert(tx, "contact_companies", id=uuid7(), contact_id=theirs, company_id=other, **await make.stamps(tx))
        deal = await make.make_deal(tx, acme)
        for contact, role in ((mine, "USER"), (theirs, "CHAMPION")):
            await make.insert(tx, "deal_contacts", id=uuid7(), deal_id=deal, contact_id=contact, role=role, created_at=await tx.now())
        return mine, theirs, acme, other

    mine, theirs, acme, other = await db.run(actor, contacts)
    await merge(db, actor, ana, twin)
    assert {(r["contact_id"], r["company_id"], r["is_primary"]) for r in await rows(db, actor, "contact_companies", "contact_id, company_id, is_primary")} == {
        (mine, acme, True), (mine, other, False)}
    assert await rows(db, actor, "contacts", "type, title, company_id", "archived_at IS NULL") == [{"type": "CUSTOMER", "title": "Buyer", "company_id": acme}]
    assert [(r["contact_id"], r["role"]) for r in await rows(db, actor, "deal_contacts", "contact_id, role")] == [(mine, "CHAMPION")]
    assert await rows(db, actor, "redirects", "old_id, new_id", "noun = 'Contact'") == [{"old_id": theirs, "new_id": mine}]


async def test_a_lone_contact_of_a_loser_becomes_the_survivors(db: Database, actor: Actor) -> None:
    ana, twin = await two(db, actor)
    contact = await db.run(actor, lambda tx: make.make_contact(tx, twin))
    await merge(db, actor, ana, twin)
    assert await rows(db, actor, "contacts", "id, person_id, archived_at") == [{"id": contact, "person_id": ana, "archived_at": None}]


async def test_hidden_accounts_of_a_private_person_become_one_or_give_way_to_a_real_company(db: Database, actor: Actor) -> None:
    async def private(tx: Tx, *names: str) -> list[UUID]:
        found: list[UUID] = []
        for name in names:
            person = await make.make_person(tx, "Ana Silva")
            company = await make.make_company(tx, name, kind="COMPANY" if name == "Acme" else "INDIVIDUAL")
            await make.make_contact(tx, person, company)
            await make.make_deal(tx, company, name=name)
            found.append(person)
        return found

    one, two_, three = await db.run(actor, lambda tx: private(tx, "Ana", "Ana again", "Acme"))
    await merge(db, actor, one, two_)
    (left,) = await rows(db, actor, "companies", "id", "kind = 'INDIVIDUAL' AND archived_at IS NULL")
    assert {r["company_id"] for r in await rows(db, actor, "deals", "company_id", "name <> 'Acme'")} == {left["id"]}
    await merge(db, actor, one, three)
    assert [r["name"] for r in await rows(db, actor, "companies", "name", "archived_at IS NULL")] == ["Acme"]
    (contact,) = await rows(db, actor, "contacts", "company_id, person_id", "archived_at IS NULL")
    assert (contact["person_id"], [r["id"] for r in await rows(db, actor, "companies", "id", "name = 'Acme'")]) == (one, [contact["company_id"]])


async def test_links_that_collide_collapse_and_the_furthest_campaign_status_stays(db: Database, actor: Actor) -> None:
    ana, twin = await two(db, actor)

    async def links(tx: Tx) -> None:
        now, campaign, tag, segment = await tx.now(), await make.make_campaign(tx), uuid7(), uuid7()
        await make.insert(tx, "tags", id=tag, name="VIP", **await make.stamps(tx))
        await make.insert(tx, "segments", id=segment, name="Fair", noun="Person", **await make.stamps(tx))
        both = await make.make_activity(tx, ana, "MEETING")
        await make.insert(tx, "activity_participants", activity_id=both, person_id=twin, role="ORGANIZER", kind="MEETING", at=now)
        for person, status in ((ana, "SENT"), (twin, "ATTENDED")):
            await make.insert(tx, "taggings", tag_id=tag, record_id=person, noun="Person", created_at=now)
            await make.insert(tx, "segment_members", segment_id=segment, record_id=person, entered_at=now)
            row = {"status": status, "responded": status == "ATTENDED"} | await make.stamps(tx)
            await make.insert(tx, "campaign_members", id=uuid7(), campaign_id=campaign, person_id=person, **row)

    await db.run(actor, links)
    before = await state(db, actor)
    done = await merge(db, actor, ana, twin)
    assert await rows(db, actor, "taggings", "record_id") == [{"record_id": ana}]
    assert await rows(db, actor, "segment_members", "record_id") == [{"record_id": ana}]
    assert await rows(db, actor, "campaign_members", "person_id, status, responded") == [{"person_id": ana, "status": "ATTENDED", "responded": True}]
    assert await rows(db, actor, "activity_participants", "person_id, role") == [{"person_id": ana, "role": "ORGANIZER"}]
    await unmerged(db, actor, done.id)
    assert await state(db, actor) == before


async def unmerged(db: Database, actor: Actor, id: UUID | None) -> merging.Unmerged:
    assert id is not None
    return await db.run(actor, lambda tx: merging.unmerge(tx, id))


async def test_person_of_a_converted_lead_merges_and_the_seal_holds(db: Database, actor: Actor) -> None:
    ana, twin = await two(db, actor)
    user = await db.run(actor, make.make_user)
    lead = await db.run(actor, lambda tx: make.make_lead(tx, twin, company_name="Acme Ltd", owner_id=user))
    made = await db.run(actor, lambda tx: conversion.convert(tx, lead))
    (before,) = await rows(db, actor, "leads", "*", "id = $2", lead)
    done = await merge(db, actor, ana, twin)
    (after,) = await rows(db, actor, "leads", "*", "id = $2", lead)
    assert {name for name in before if before[name] != after[name]} == {"person_id", "version", "updated_at"}
    assert (after["person_id"], after["state"]) == (ana, "CONVERTED")
    assert await rows(db, actor, "conversions", "person_id, contact_id") == [{"person_id": ana, "contact_id": made.contact_id}]
    assert await rows(db, actor, "contacts", "person_id") == [{"person_id": ana}]
    again = await db.run(actor, lambda tx: conversion.convert(tx, lead))
    assert (again.contact_id, again.replayed) == (made.contact_id, True)
    back = await unmerged(db, actor, done.id)
    assert back.remains == []
    assert (await rows(db, actor, "leads", "person_id, state", "id = $2", lead)) == [{"person_id": twin, "state": "CONVERTED"}]
    with pytest.raises(Exception, match=r"permission denied|row-level security"):
        await db.run(actor, _breaking_the_seal)


async def _breaking_the_seal(tx: Tx) -> None:
    await tx.execute("SET LOCAL ROLE lw_keeper")
    await tx.execute("UPDATE leads SET state = 'OPEN' WHERE workspace_id = $1", tx.workspace)


@pytest.mark.parametrize("case", ["itself", "none", "stranger", "too many", "field", "stale"])
async def test_what_cannot_be_merged_is_refused_and_changes_nothing(db: Database, actor: Actor, other_workspace: UUID, case: str) -> None:
    ana, twin = await two(db, actor)
    foreign = await db.run(Actor.system(other_workspace), make.make_person)
    wishes: dict[str, tuple[Wish, str]] = {
        "itself": (Wish(ana, (twin, ana)), "MERGE_INTO_ITSELF"),
        "none": (Wish(ana, ()), "NOTHING_TO_MERGE"),
        "stranger": (Wish(ana, (twin, foreign)), "NOT_FOUND"),
        "too many": (Wish(ana, tuple(uuid4() for _ in range(51))), "TOO_MANY_TO_MERGE"),
        "field": (Wish(ana, (twin,), policies={"shoe_size": "NEWEST"}), "BAD_MERGE_FIELD"),
        "stale": (Wish(ana, (twin,), plan_hash="0" * 64), "STALE_PLAN"),
    }
    async with db.read(actor) as tx:
        before = await make.counts(tx)
    wish, code = wishes[case]
    with pytest.raises(Refusal) as refused:
        await db.run(actor, lambda tx: merging.merge(tx, "Person", wish))
    assert refused.value.code == code
    async with db.read(actor) as tx:
        assert await make.counts(tx) == before


async def test_preview_decides_like_the_merge_and_writes_nothing(db: Database, actor: Actor) -> None:
    ana, twin = await two(db, actor, title="CTO")
    await db.run(actor, lambda tx: make.make_activity(tx, twin))
    async with db.read(actor) as tx:
        seen = await merging.preview(tx, "Person", Wish(ana, (twin,)))
    assert dict(seen.rows) == {"activity_participants": 1, "person_emails": 1, "person_keys": 1}
    await db.run(actor, lambda tx: tx.execute("UPDATE people SET title = 'CFO' WHERE workspace_id = $1 AND id = $2", tx.workspace, twin))
    with pytest.raises(merging.StalePlan):
        await merge(db, actor, ana, twin, plan_hash=seen.plan.hash)
    async with db.read(actor) as tx:
        fresh = await merging.preview(tx, "Person", Wish(ana, (twin,)))
    done = await merge(db, actor, ana, twin, plan_hash=fresh.plan.hash)
    assert (done.plan_hash, done.replayed) == (fresh.plan.hash, False)


async def test_merge_chain_and_cycle_ids_resolve_transitively(db: Database, actor: Actor) -> None:
    async def make_all(tx: Tx) -> list[UUID]:
        return [await make.make_person(tx, f"Person {i}") for i in range(4)]

    a, b, c, d = await db.run(actor, make_all)
    await asyncio.gather(merge(db, actor, b, a), merge(db, actor, c, b), merge(db, actor, a, c), merge(db, actor, d, a))
    async with db.read(actor) as tx:
        found = await people.resolve(tx, [a, b, c, d])
    (last,) = set(found.values())
    assert {r["new_id"] for r in await rows(db, actor, "redirects", "new_id")} == {last}
    assert len(await rows(db, actor, "redirects", "old_id")) == 3
    assert {r["person_id"] for r in await rows(db, actor, "person_emails", "person_id")} == {last}
    assert await rows(db, actor, "people", "id", "merged_into IS NULL") == [{"id": last}]


async def test_two_merges_that_cross_make_one_person(db: Database, actor: Actor) -> None:
    for _ in range(5):
        a, b = await two(db, actor, fresh=True)
        one, other = await asyncio.gather(merge(db, actor, a, b), merge(db, actor, b, a))
        assert one.survivor_id == other.survivor_id
        assert {one.replayed, other.replayed} == {True, False}
        assert one.id == other.id


async def test_what_was_on_its_way_to_a_loser_is_brought_after(db: Database, actor: Actor) -> None:
    ana, twin = await two(db, actor)
    done = await merge(db, actor, ana, twin)
    await db.run(actor, lambda tx: make.make_activity(tx, twin, "CLICK"))
    assert done.id
    id = done.id
    assert await db.run(actor, lambda tx: merging.follow(tx, id)) == 1
    assert await db.run(actor, lambda tx: merging.follow(tx, id)) == 0
    assert await rows(db, actor, "activity_participants", "person_id") == [{"person_id": ana}]
    assert [r["kind"] for r in await rows(db, actor, "work", "kind", "kind = 'upkeep.merged'")] == ["upkeep.merged"] * 2
    await unmerged(db, actor, id)
    assert await rows(db, actor, "activity_participants", "person_id") == [{"person_id": twin}]


async def test_unknown_merge_is_not_found(db: Database, actor: Actor) -> None:
    with pytest.raises(NotFound):
        await unmerged(db, actor, uuid7())
