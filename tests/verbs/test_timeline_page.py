"""One timeline over everything a record has lived through: each thing once, newest first, for those who may see it."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from leadwell import timeline
from leadwell.base.actor import Actor
from leadwell.base.ids import uuid7
from leadwell.base.refusals import NotFound
from leadwell.base.tx import Database, Tx
from leadwell.catalog import BadCursor, BadPage, Everything, FieldForbidden
from leadwell.timeline import Asked, NewActivity, Page
from tests import builders as make

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)


async def read(db: Database, actor: Actor, noun: str, id: UUID, viewer: Any = None, **asked: Any) -> Page:
    async with db.read(actor) as tx:
        return await timeline.page(tx, viewer or Everything(actor.workspace), Asked(noun, id, **asked))


async def titles(db: Database, actor: Actor, noun: str, id: UUID, **asked: Any) -> list[str | None]:
    return [entry.title for entry in (await read(db, actor, noun, id, kinds=asked.pop("kinds", ["NOTE", "CALL", "MEETING"]), **asked)).entries]


def note(subject: str, hours: int = 0, kind: Any = "NOTE", **more: Any) -> NewActivity:
    return NewActivity(kind, at=AT + timedelta(hours=hours), subject=subject, **more)


async def walked(db: Database, actor: Actor, noun: str, id: UUID, first: int, **asked: Any) -> list[UUID]:
    found: list[UUID] = []
    after: str | None = None
    while True:
        page = await read(db, actor, noun, id, first=first, after=after, **asked)
        found += [entry.id for entry in page.entries]
        if not page.has_next:
            return found
        assert page.end != after
        after = page.end


async def test_shared_meeting_stands_once_on_a_company_whose_people_all_took_part(db: Database, actor: Actor) -> None:
    async def given(tx: Tx) -> tuple[UUID, list[UUID]]:
        company = await make.make_company(tx)
        people = [await make.make_person(tx) for _ in range(5)]
        for person in people:
            await make.make_contact(tx, person, company)
        meeting = note("All of us", 2, "MEETING", participants=[(p, "ATTENDEE") for p in people], links=[("Company", company)])
        await timeline.record_many(tx, [meeting, *(note(f"Alone {i}", i % 2, participants=[p]) for i, p in enumerate(people))])
        return company, people

    company, people = await db.run(actor, given)
    found = await titles(db, actor, "Company", company)
    assert found[0] == "All of us"
    assert sorted(str(t) for t in found) == ["All of us", *(f"Alone {i}" for i in range(5))]
    assert await titles(db, actor, "Person", people[0]) == ["All of us", "Alone 0"]
    page = await read(db, actor, "Company", company, first=1)
    assert {id for id, _ in page.entries[0].people} == set(people)
    assert page.entries[0].records == [("Company", company)]


async def test_contact_shows_what_the_lead_lived_through_and_what_comes_late(db: Database, actor: Actor) -> None:
    async def given(tx: Tx) -> tuple[UUID, UUID]:
        person = await make.make_person(tx)
        lead = await make.make_lead(tx, person)
        await timeline.record(tx, note("As a lead", participants=[person], links=[("Lead", lead)]))
        contact = await make.make_contact(tx, person)
        await tx.execute("UPDATE leads SET state = 'CONVERTED' WHERE workspace_id = $1 AND id = $2", tx.workspace, lead)
        await timeline.record(tx, note("Late", 5, participants=[person], links=[("Lead", lead)]))
        return lead, contact

    lead, contact = await db.run(actor, given)
    assert await titles(db, actor, "Contact", contact) == ["Late", "As a lead"]
    assert await titles(db, actor, "Lead", lead) == ["Late", "As a lead"]
    kinds = [entry.kind for entry in (await read(db, actor, "Contact", contact)).entries]
    assert sorted(kinds) == ["NOTE", "NOTE", "STATUS_CHANGE"]


async def test_every_source_is_told_with_what_it_says(db: Database, actor: Actor) -> None:
    topic, file, user = uuid7(), uuid7(), await db.run(actor, make.make_user)

    async def given(tx: Tx) -> tuple[UUID, UUID, UUID, UUID]:
        person, company = await make.make_person(tx), await make.make_company(tx)
        lead, contact = await make.make_lead(tx, person, company_id=company), await make.make_contact(tx, person, company)
        deal = await make.make_deal(tx, company)
        await make.insert(tx, "deal_contacts", id=uuid7(), deal_id=deal, contact_id=contact, created_at=AT)
        await make.insert(tx, "topics", id=topic, code="t", name="News", kind="MARKETING", basis="CONSENT", **await make.stamps(tx))
        await make.insert(tx, "mail_addresses", hash=b"h" * 32, created_at=AT)
        await make.insert(
            tx, "consents", id=uuid7(), person_id=person, address_hash=b"h" * 32, topic_id=topic, state="GRANTED", basis="CONSENT", source="FORM", at=AT)
        await make.insert(
            tx, "purchases", id=uuid7(), contact_id=contact, company_id=company, amount_minor=500, currency="EUR", at=AT, source="shop", external_id="1",
            **await make.stamps(tx))
        await make.insert(
            tx, "files", id=file, name="offer.pdf", media_type="application/pdf", size=9, store_key="k", purpose="ATTACHMENT", **await make.stamps(tx))
        await make.insert(tx, "attachments", id=uuid7(), file_id=file, noun="Contact", record_id=contact, user_id=user, at=AT)
        await make.insert(tx, "merges", id=uuid7(), noun="PERSON", survivor_id=person, loser_ids=[uuid7()], folds=[], plan_hash="", actor=f"USER:{user}", at=AT)
        return lead, contact, company, deal

    lead, contact, company, deal = await db.run(actor, given)
    told = {entry.kind: entry for entry in (await read(db, actor, "Contact", contact)).entries}
    assert {kind: (e.title, e.outcome) for kind, e in told.items()} == {
        "CONSENT": ("News", "GRANTED"), "PURCHASE": (None, "PURCHASE"), "FILE": ("offer.pdf", None), "MERGE": (None, "MERGED"),
        "STATUS_CHANGE": ("New", "NEW"), "STAGE_CHANGE": ("Discovery", "OPEN"),
    }  # fmt: skip
    assert (told["FILE"].user_id, told["FILE"].record_id, told["MERGE"].user_id) == (user, file, user)
    assert told["PURCHASE"].records == [("Contact", contact), ("Company", company)]
    by = {noun: sorted(e.kind for e in (await read(db, actor, noun, id)).entries) for noun, id in (("Lead", lead), ("Company", company), ("Deal", deal))}
    assert by == {"Lead": ["CONSENT", "MERGE", "STATUS_CHANGE"], "Company": ["PURCHASE", "STAGE_CHANGE", "STATUS_CHANGE"], "Deal": ["STAGE_CHANGE"]}


async def test_purchase_that_left_an_activity_stands_once(db: Database, actor: Actor) -> None:
    async def given(tx: Tx) -> UUID:
        contact = await make.make_contact(tx, person := await make.make_person(tx))
        bought = {"contact_id": contact, "amount_minor": 500, "currency": "EUR", "at": AT, "source": "shop", "external_id": "1"}
        await make.insert(tx, "purchases", id=uuid7(), **bought, **await make.stamps(tx))
        await timeline.record(tx, note("Purchase", 0, "PURCHASE", participants=[person], source="purchase:shop", external_id="1"))
        return contact

    contact = await db.run(actor, given)
    assert await titles(db, actor, "Contact", contact, kinds=["PURCHASE"]) == ["Purchase"]


async def test_pages_leave_no_gap_and_repeat_nothing_though_newer_entries_come(db: Database, actor: Actor) -> None:
    async def given(tx: Tx) -> UUID:
        company = await make.make_company(tx)
        people = [await make.make_person(tx) for _ in range(12)]
        for person in people:
            await make.make_contact(tx, person, company)
        await timeline.record_many(tx, [
            note(f"{i}", i // 7, participants=[people[i % 12], people[(i * 5 + 1) % 12]], links=[("Company", company)] if i % 3 == 0 else [])
            for i in range(90)])
        return company

    company = await db.run(actor, given)
    whole = [entry.id for entry in (await read(db, actor, "Company", company, first=200)).entries]
    assert len(whole) == len(set(whole)) == 90
    for first in (1, 4, 7, 50):
        assert await walked(db, actor, "Company", company, first) == whole
    page = await read(db, actor, "Company", company, first=30)
    await db.run(actor, lambda tx: timeline.record(tx, note("newer", 99, links=[("Company", company)])))
    rest = await read(db, actor, "Company", company, first=200, after=page.end)
    assert [e.id for e in (*page.entries, *rest.entries)] == whole


async def test_kinds_and_times_narrow_it(db: Database, actor: Actor) -> None:
    async def given(tx: Tx) -> UUID:
        person = await make.make_person(tx)
        await timeline.record_many(tx, [note(f"{kind} {h}", h, kind, participants=[person]) for kind in ("NOTE", "CALL") for h in range(4)])
        return person

    person = await db.run(actor, given)
    assert await titles(db, actor, "Person", person, kinds=["CALL"]) == ["CALL 3", "CALL 2", "CALL 1", "CALL 0"]
    within = {"since": AT + timedelta(hours=1), "until": AT + timedelta(hours=3)}
    assert await titles(db, actor, "Person", person, kinds=["NOTE"], **within) == ["NOTE 2", "NOTE 1"]
    assert await titles(db, actor, "Person", person, kinds=[]) == []


async def test_search_finds_words_however_far_back_and_says_where_it_stopped(db: Database, actor: Actor) -> None:
    async def given(tx: Tx) -> UUID:
        person = await make.make_person(tx)
        await timeline.record_many(tx, [note("Angebot für Zürich" if i in (3, 150, 151) else "x", -i, participants=[person]) for i in range(160)])
        return person

    person = await db.run(actor, given)
    assert len(await walked(db, actor, "Person", person, 2, search="ZURICH", window=20)) == 3
    assert await walked(db, actor, "Person", person, 2, search="100%", window=20) == []
    page = await read(db, actor, "Person", person, first=2, search="zürich", window=20)
    assert (len(page.entries), page.has_next, page.capped) == (1, True, True)


async def test_contact_who_left_takes_later_history_along(db: Database, actor: Actor) -> None:
    async def given(tx: Tx) -> UUID:
        company, person = await make.make_company(tx), await make.make_person(tx)
        contact = await make.make_contact(tx, person, company)
        await tx.execute("UPDATE contact_companies SET to_on = $3 WHERE workspace_id = $1 AND contact_id = $2", tx.workspace, contact, AT.date())
        await timeline.record_many(tx, [note("Here", participants=[person]), note("Elsewhere", 48, participants=[person])])
        return company

    assert await titles(db, actor, "Company", await db.run(actor, given)) == ["Here"]


async def test_other_records_workspaces_and_cursors_are_refused(db: Database, actor: Actor, other_workspace: UUID) -> None:
    person, other = await db.run(actor, make.make_person), await db.run(actor, make.make_person)
    await db.run(actor, lambda tx: timeline.record_many(tx, [note("a", participants=[p]) for p in (person, other) for _ in range(2)]))
    end = (await read(db, actor, "Person", person, first=1)).end
    for kind, asked in ((BadCursor, {"id": other, "after": end}), (BadCursor, {"id": person, "after": "x"}), (NotFound, {"id": uuid7()})):
        with pytest.raises(kind):
            await read(db, actor, "Person", **asked)  # type: ignore[arg-type]
    with pytest.raises(NotFound):
        await read(db, Actor.system(other_workspace), "Person", person)
    with pytest.raises(BadPage):
        await read(db, actor, "Person", person, first=201)


async def test_viewer_of_own_rows_sees_their_own_and_hidden_text_stays_hidden(db: Database, actor: Actor) -> None:
    me, colleague = await db.run(actor, make.make_user), await db.run(actor, make.make_user)

    async def given(tx: Tx) -> UUID:
        company = await make.make_company(tx, owner_id=me)
        for owner in (me, colleague):
            person = await make.make_person(tx)
            await make.make_contact(tx, person, company, owner_id=owner)
            await timeline.record(tx, note("mine" if owner == me else "theirs", participants=[person]))
            await make.make_deal(tx, company, owner_id=owner, name="mine" if owner == me else "theirs")
        return company

    company = await db.run(actor, given)
    mine = Everything(actor.workspace, me, own=frozenset({"Company", "Activity", "Deal", "Lead"}), denied=frozenset({"Activity.body", "Activity.subject"}))
    page = await read(db, actor, "Company", company, viewer=mine)
    assert sorted((e.kind, e.title) for e in page.entries if e.kind == "STAGE_CHANGE") == [("STAGE_CHANGE", "Discovery")]
    assert [e.title for e in page.entries if e.kind == "NOTE"] == [None]
    with pytest.raises(FieldForbidden):
        await read(db, actor, "Company", company, viewer=mine, search="mine")
    stranger = Everything(actor.workspace, colleague, own=frozenset({"Company"}))
    with pytest.raises(NotFound):
        await read(db, actor, "Company", company, viewer=stranger)
