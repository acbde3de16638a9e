"""What a merge does to mail, consent, scores and fields, and companies that become one; and what taking it back cannot split."""

from typing import Any
from uuid import UUID

import pytest

from leadwell import companies, consent, conversion, merging, nurture, scoring
from leadwell.base.actor import Actor
from leadwell.base.ids import uuid7
from leadwell.base.tx import Database, Tx
from leadwell.consent import Grant, OptOut
from leadwell.merging import Wish
from tests import builders as make
from tests.mailing import sequence, topic
from tests.verbs.merges import merge, rows, state, two


async def undo(db: Database, actor: Actor, id: UUID | None) -> merging.Unmerged:
    assert id is not None
    return await db.run(actor, lambda tx: merging.unmerge(tx, id))


async def remains(found: merging.Unmerged) -> set[tuple[str, str, int]]:
    return {(one.table, one.reason, one.count) for one in found.remains}


async def test_enrollment_is_kept_once_at_the_furthest_step(db: Database, actor: Actor) -> None:
    ana, twin = await two(db, actor)

    async def enrolled(tx: Tx) -> None:
        for person in (ana, twin):
            await make.make_lead(tx, person)
        await nurture.enroll_many(tx, await sequence(tx, "P1D", "P1D"), [ana, twin], "HAND")
        await tx.execute("UPDATE enrollments SET step = 's3' WHERE workspace_id = $1 AND person_id = $2", tx.workspace, twin)

    await db.run(actor, enrolled)
    done = await merge(db, actor, ana, twin)
    found = await rows(db, actor, "enrollments", "state, exit_reason, step, person_id")
    assert found == [
        {"state": "ACTIVE", "exit_reason": None, "step": "s3", "person_id": ana}, {"state": "EXITED", "exit_reason": "MERGED", "step": "s1", "person_id": ana}]
    back = await undo(db, actor, done.id)
    assert await remains(back) == {("enrollments", "KEPT", 1)}
    assert {(r["person_id"], r["state"]) for r in await rows(db, actor, "enrollments", "person_id, state")} == {(twin, "ACTIVE"), (ana, "EXITED")}


async def test_a_hand_raised_by_one_ends_the_sequence_of_the_other(db: Database, actor: Actor) -> None:
    ana, twin = await two(db, actor)

    async def enrolled(tx: Tx) -> None:
        await make.make_lead(tx, ana)
        await nurture.enroll_many(tx, await sequence(tx, "P1D"), [ana], "HAND")

    await db.run(actor, enrolled)
    from leadwell import events

    await db.run(actor, lambda tx: events.note(tx, "contact.raised_hand", "Contact", uuid7(), person_id=twin))
    await merge(db, actor, ana, twin)
    assert await rows(db, actor, "enrollments", "state, exit_reason") == [{"state": "EXITED", "exit_reason": "HAND_RAISE"}]


async def test_strictest_consent_holds_at_every_address_and_outlives_the_unmerge(db: Database, actor: Actor) -> None:
    ana, twin = await two(db, actor)
    mine, theirs = consent.hash_of("ana@acme.com"), consent.hash_of("a.silva@web.de")

    async def acts(tx: Tx) -> None:
        for person, address in ((ana, "ana@acme.com"), (twin, "a.silva@web.de")):
            await consent.grant_many(tx, [Grant(person, address, await topic(tx, code), "FORM") for code in ("newsletter", "product")])
        await consent.opt_out(tx, OptOut(theirs, await topic(tx, "newsletter"), twin))
        await consent.suppress(tx, mine, "COMPLAINT", source="FBL")
        await consent.suppress(tx, theirs, "HARD_BOUNCE", source="DSN")

    await db.run(actor, acts)
    done = await merge(db, actor, ana, twin)

    async def standing() -> list[Any]:
        async with db.read(actor) as tx:
            return [dict(r) for r in await tx.fetch(
                "SELECT s.address_hash = $2 AS mine, s.kind, s.topic_id IS NULL AS everything, s.source FROM suppressions s WHERE s.workspace_id = $1"
                " AND s.lifted_at IS NULL ORDER BY s.kind, mine", tx.workspace, mine)]

    assert [(r["kind"], r["mine"], r["everything"], r["source"]) for r in await standing()] == [
        ("COMPLAINT", False, True, "MERGE"), ("COMPLAINT", True, True, "FBL"), ("HARD_BOUNCE", False, True, "DSN"),
        ("UNSUBSCRIBE", False, False, "LINK"), ("UNSUBSCRIBE", True, False, "MERGE")]
    added = await rows(db, actor, "consents", "state, source, person_id, address_hash", "source = 'MERGE'")
    assert added == [{"state": "WITHDRAWN", "source": "MERGE", "person_id": ana, "address_hash": mine}]
    assert {r["person_id"] for r in await rows(db, actor, "consents", "person_id")} == {ana}
    before = await standing()
    back = await undo(db, actor, done.id)
    assert await remains(back) == {("suppressions", "KEPT", 2), ("consents", "KEPT", 1)}
    assert await standing() == before
    assert len(await rows(db, actor, "consents", "id", "person_id = $2", twin)) == 3


async def test_score_is_recomputed_from_the_union_of_distinct_events_not_summed(db: Database, actor: Actor) -> None:
    ana, twin = await two(db, actor)

    async def lived(tx: Tx) -> None:
        shared = await make.make_activity(tx, ana, "FORM")
        await make.insert(tx, "activity_participants", activity_id=shared, person_id=twin, kind="FORM", at=await tx.now())
        await make.make_activity(tx, twin, "REPLY")
        await scoring.rescore(tx, [ana, twin])

    await db.run(actor, lived)
    before = {r["person_id"]: r["engagement"] for r in await rows(db, actor, "scores", "person_id, engagement", "is_default")}
    done = await merge(db, actor, ana, twin)
    assert [r["key"] for r in await rows(db, actor, "work", "key", "kind = 'score.person' AND key = $2", str(ana))] == [str(ana)]
    await db.run(actor, lambda tx: scoring.rescore(tx, [ana]))
    after = await rows(db, actor, "scores", "person_id, engagement", "is_default")
    assert after == [{"person_id": ana, "engagement": before[twin]}]
    assert before[ana] < before[twin] < before[ana] + before[twin]
    await undo(db, actor, done.id)
    await db.run(actor, lambda tx: scoring.rescore(tx, [ana, twin]))
    assert {r["person_id"]: r["engagement"] for r in await rows(db, actor, "scores", "person_id, engagement", "is_default")} == before


@pytest.mark.parametrize(("policies", "values", "kept"), [
    ({}, {}, ("CEO", "Porto", "Rua 1")), ({"title": "LONGEST"}, {}, ("Managing director", "Porto", "Rua 1")),
    ({"address": "TWIN", "title": "TWIN"}, {}, ("Managing director", "Berlin", None)), ({}, {"title": "Owner"}, ("Owner", "Porto", "Rua 1")),
])  # fmt: skip
async def test_fields_survive_by_rule_record_or_value_and_can_be_taken_back(
    db: Database, actor: Actor, policies: dict[str, Any], values: dict[str, Any], kept: tuple[str, str, str]
) -> None:
    ana, twin = await two(db, actor, title="Managing director", city="Berlin", country="DE")
    sql = "UPDATE people SET title = 'CEO', city = 'Porto', street = 'Rua 1' WHERE workspace_id = $1 AND id = $2"
    await db.run(actor, lambda tx: tx.execute(sql, tx.workspace, ana))
    before = await rows(db, actor, "people", "title, city, street, country")
    done = await merge(db, actor, ana, twin, policies={n: twin if p == "TWIN" else p for n, p in policies.items()}, values=values)
    (found,) = await rows(db, actor, "people", "title, city, street, country", "id = $2", ana)
    assert (found["title"], found["city"], found["street"]) == kept
    assert found["country"] == ("DE" if kept[1] == "Berlin" else None)
    await undo(db, actor, done.id)
    assert await rows(db, actor, "people", "title, city, street, country") == before


async def test_unmerge_leaves_what_changed_since_and_says_so(db: Database, actor: Actor) -> None:
    ana, twin = await two(db, actor, title="CTO", language="pt")
    task = await db.run(actor, lambda tx: make.make_task(tx, person_id=twin))
    done = await merge(db, actor, ana, twin)

    async def meanwhile(tx: Tx) -> None:
        await tx.execute("UPDATE people SET title = 'CIO' WHERE workspace_id = $1 AND id = $2", tx.workspace, ana)
        await tx.execute("UPDATE tasks SET person_id = NULL WHERE workspace_id = $1 AND id = $2", tx.workspace, task)
        await make.make_task(tx, person_id=ana)

    await db.run(actor, meanwhile)
    back = await undo(db, actor, done.id)
    assert await remains(back) == {("people", "CHANGED_SINCE", 1), ("tasks", "CHANGED_SINCE", 1), ("tasks", "NEW_SINCE", 1)}
    assert {(r["title"], r["language"]) for r in await rows(db, actor, "people", "title, language")} == {("CIO", None), ("CTO", "pt")}
    (told,) = await rows(db, actor, "merges", "unmerged_at IS NOT NULL AS undone, remains")
    assert told["undone"]
    assert len(told["remains"]) == 3
    with pytest.raises(merging.AlreadyUnmerged):
        await undo(db, actor, done.id)


async def test_lead_converted_after_the_merge_stays_with_the_survivor(db: Database, actor: Actor) -> None:
    ana, twin = await two(db, actor)
    user = await db.run(actor, make.make_user)
    lead = await db.run(actor, lambda tx: make.make_lead(tx, twin, company_name="Acme Ltd", owner_id=user))
    done = await merge(db, actor, ana, twin)
    await db.run(actor, lambda tx: conversion.convert(tx, lead))
    back = await undo(db, actor, done.id)
    assert ("leads", "CHANGED_SINCE", 1) in await remains(back)
    assert await rows(db, actor, "leads", "person_id, state") == [{"person_id": ana, "state": "CONVERTED"}]


async def test_a_later_merge_is_taken_back_first(db: Database, actor: Actor) -> None:
    a, b = await two(db, actor, fresh=True)
    c = await db.run(actor, make.make_person)
    before = await state(db, actor)
    first = await merge(db, actor, b, a)
    second = await merge(db, actor, c, b)
    with pytest.raises(merging.MergedFurther):
        await undo(db, actor, first.id)
    await undo(db, actor, second.id)
    assert await rows(db, actor, "redirects", "old_id, new_id") == [{"old_id": a, "new_id": b}]
    await undo(db, actor, first.id)
    assert await state(db, actor) == before


async def test_merged_and_unmerged_again_and_again_leaves_no_trace_but_history(db: Database, actor: Actor) -> None:
    ana, twin = await two(db, actor, phone="+4930123456")
    before = await state(db, actor)
    for _ in range(3):
        done = await merge(db, actor, ana, twin)
        assert not done.replayed
        assert (await undo(db, actor, done.id)).remains == []
    assert await state(db, actor) == before


async def company_pair(tx: Tx) -> tuple[UUID, UUID, UUID]:
    acme, old, child = (
        await make.make_company(tx, "Acme Ltd", "acme.com"), await make.make_company(tx, "Akme Industries", "akme.de", industry="Tools"),
        await make.make_company(tx, "Akme Bolts"))  # fmt: skip
    await tx.execute("UPDATE companies SET parent_id = $3 WHERE workspace_id = $1 AND id = $2", tx.workspace, child, old)
    contact = await make.make_contact(tx, company_id=acme)
    await make.insert(tx, "contact_companies", id=uuid7(), contact_id=contact, company_id=old, **await make.stamps(tx))
    await make.make_contact(tx, company_id=old)
    await make.make_deal(tx, old)
    await make.make_lead(tx, company_id=old)
    return acme, old, child


async def test_companies_become_one_with_domains_names_and_everything_behind(db: Database, actor: Actor) -> None:
    acme, old, child = await db.run(actor, company_pair)
    before = await state(db, actor)
    done = await merge(db, actor, acme, old, noun="Company")
    for table in ("contacts", "contact_companies", "deals", "leads", "company_keys", "company_domains", "company_aliases"):
        assert {r["company_id"] for r in await rows(db, actor, table, "company_id")} - {child} == {acme}, table
    assert await rows(db, actor, "companies", "domain, industry", "id = $2", acme) == [{"domain": "acme.com", "industry": "Tools"}]
    assert await rows(db, actor, "companies", "parent_id", "id = $2", child) == [{"parent_id": acme}]
    assert [r["name"] for r in await rows(db, actor, "company_aliases", "name")] == ["Akme Industries"]
    for known in (companies.NewCompany("Akme Industries"), companies.NewCompany("Whoever", "akme.de")):
        (found,) = await db.run(actor, lambda tx, known=known: companies.find_or_create_many(tx, [known]))
        assert found.id == acme
    assert (await undo(db, actor, done.id)).remains == []
    assert await state(db, actor) == before


async def test_hierarchy_stays_without_a_circle(db: Database, actor: Actor) -> None:
    async def chain(tx: Tx) -> list[UUID]:
        made = [await make.make_company(tx, f"Level {i}") for i in range(4)]
        for below, above in zip(made[1:], made, strict=False):
            await tx.execute("UPDATE companies SET parent_id = $3 WHERE workspace_id = $1 AND id = $2", tx.workspace, below, above)
        return made

    top, merged, between, low = await db.run(actor, chain)
    done = await merge(db, actor, low, merged, noun="Company")
    assert await rows(db, actor, "companies", "parent_id", "id = $2", low) == [{"parent_id": top}]
    assert await rows(db, actor, "companies", "parent_id", "id = $2", between) == [{"parent_id": low}]
    await undo(db, actor, done.id)
    assert {r["id"]: r["parent_id"] for r in await rows(db, actor, "companies", "id, parent_id")} == {top: None, merged: top, between: merged, low: between}


async def test_account_of_a_private_person_is_not_merged_by_itself(db: Database, actor: Actor) -> None:
    acme, hidden = await db.run(actor, make.make_company), await db.run(actor, lambda tx: make.make_company(tx, "Ana", kind="INDIVIDUAL"))
    with pytest.raises(merging.HiddenCompany):
        await db.run(actor, lambda tx: merging.merge(tx, "Company", Wish(acme, (hidden,))))
