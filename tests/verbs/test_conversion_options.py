"""What a caller may say of a conversion: overrides, custom fields, doubts, hashes, related leads; and what the preview tells of it."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from leadwell import conversion, custom, dedupe, merging, workspaces
from leadwell.base.actor import Actor
from leadwell.base.ids import encode_id, uuid7
from leadwell.base.refusals import Forbidden, NotFound
from leadwell.base.tx import Database, Tx
from leadwell.conversion import CompanyWish, ContactWish, ConversionWish, DealWish, Terms
from leadwell.custom import NewField
from tests import builders as make
from tests.verbs.conversions import converting, counted, owned_lead, refused, row

FULL = CompanyWish("CREATE", name="Acme Holding", fields={
    "website": "https://holding.example", "employees": 50, "country": "Germany", "phone": "+4930123456", "city": "Berlin"})  # fmt: skip


async def held(db: Database, actor: Actor, record: UUID | None) -> dict[str, Any]:
    async with db.read(actor) as tx:
        rows = await tx.fetch(
            "SELECT f.key, coalesce(v.text_value, v.int_value::text, v.float_value::text) AS value FROM custom_values v"
            " JOIN custom_fields f ON f.workspace_id = $1 AND f.id = v.field_id WHERE v.workspace_id = $1 AND v.record_id = $2",
            tx.workspace, record)
    return {r["key"]: r["value"] for r in rows}


async def looked(db: Database, actor: Actor, lead: UUID, wish: ConversionWish | None = None) -> conversion.Preview:
    async with db.read(actor) as tx:
        return await conversion.look(tx, lead, wish)


async def test_what_is_given_goes_before_what_the_lead_says(db: Database, actor: Actor) -> None:
    async def given(tx: Tx) -> tuple[UUID, UUID]:
        return await owned_lead(tx, email="a@acme.example", industry="Software", employees=3), await make.make_user(tx)

    lead_id, other = await db.run(actor, given)
    wish = ConversionWish(FULL, ContactWish(title="CEO", type="PARTNER"), DealWish("CREATE", None, "Big one", 500, "USD", role="CHAMPION", owner_id=other))
    done = await db.run(actor, converting(lead_id, wish))
    company, contact = await row(db, actor, "companies", done.company_id), await row(db, actor, "contacts", done.contact_id)
    deal, lead = await row(db, actor, "deals", done.deal_id), await row(db, actor, "leads", lead_id)
    assert (company["name"], company["domain"], company["employees"]) == ("Acme Holding", "holding.example", 50)
    assert (company["industry"], company["country"], company["city"]) == ("Software", "DE", "Berlin")
    assert (contact["title"], contact["type"], contact["owner_id"]) == ("CEO", "PARTNER", lead["owner_id"])
    assert (deal["name"], deal["amount_minor"], deal["currency"], deal["owner_id"]) == ("Big one", 500, "USD", other)
    assert (lead["employees"], lead["company_name"]) == (3, "Acme Ltd"), "the lead keeps what it said"


async def test_company_that_is_there_takes_of_it_what_it_lacks(db: Database, actor: Actor) -> None:
    async def given(tx: Tx) -> tuple[UUID, UUID]:
        company = await make.make_company(tx, "Acme Holding", "holding.example", city="Bonn")
        return company, await owned_lead(tx)

    company_id, lead_id = await db.run(actor, given)
    done = await db.run(actor, converting(lead_id, ConversionWish(replace(FULL, action="AUTO"))))
    company = await row(db, actor, "companies", company_id)
    assert done.company_id == company_id
    assert (company["city"], company["employees"], company["phone"]) == ("Bonn", 50, "+4930123456")
    assert [(c["field"], c["kept"], c["offered"]) for c in done.conflicts] == [("city", "Bonn", "Berlin")]


@pytest.mark.parametrize(("wish", "field"), [
    (ConversionWish(CompanyWish(fields={"country": "Narnia"})), "company.country"),
    (ConversionWish(CompanyWish(fields={"employees": -1})), "company.employees"),
    (ConversionWish(contact=ContactWish(type="FRIEND")), "contact.type"),
    (ConversionWish(deal=DealWish("NONE", name="Big one")), "deal.name"),
    (ConversionWish(deal=DealWish("USE", uuid7(), amount_minor=5)), "deal.amount"),
    (ConversionWish(deal=DealWish("CREATE", role="BOSS")), "deal.role"),
])  # fmt: skip
async def test_wish_that_contradicts_itself_is_refused(db: Database, actor: Actor, wish: ConversionWish, field: str) -> None:
    lead_id = await db.run(actor, owned_lead)
    assert (await refused(db, actor, conversion.BadWish, converting(lead_id, wish))).field == field


async def test_owner_of_one_record_has_to_be_there(db: Database, actor: Actor) -> None:
    lead_id = await db.run(actor, owned_lead)
    refusal = await refused(db, actor, NotFound, converting(lead_id, ConversionWish(deal=DealWish("CREATE", owner_id=uuid7()))))
    assert refusal.field == "deal.owner_id"


async def fields(tx: Tx) -> None:
    for noun, key, type in (("Lead", "size", "INT"), ("Lead", "plan", "CHOICE"), ("Lead", "word", "TEXT"), ("Company", "size", "FLOAT"),
                            ("Contact", "plan", "TEXT"), ("Deal", "plan", "CHOICE"), ("Deal", "word", "TEXT")):  # fmt: skip
        options = ["free", "paid"] if noun == "Lead" else ["paid"]
        await custom.define(tx, NewField(noun, key, type, key, options if type == "CHOICE" else None))
    mapping = (("size", "Company", "size"), ("plan", "Contact", "plan"), ("plan", "Deal", "plan"), ("word", "Deal", "word"))
    await workspaces.update_settings(tx, {"convert_fields": mapping[:2]})
    with pytest.raises(conversion.BadMapping):
        await workspaces.update_settings(tx, {"convert_fields": (("word", "Company", "size"),)})
    await workspaces.update_settings(tx, {"convert_fields": mapping})


async def test_custom_fields_are_taken_over_as_the_workspace_has_it(db: Database, actor: Actor) -> None:
    async def given(tx: Tx) -> UUID:
        await fields(tx)
        lead = await owned_lead(tx)
        await custom.write(tx, "Lead", lead, {"size": 12, "plan": "free", "word": "hello"})
        return lead

    lead_id = await db.run(actor, given)
    done = await db.run(actor, converting(lead_id, ConversionWish(deal=DealWish("CREATE", custom={"word": "given"}))))
    assert await held(db, actor, done.company_id) == {"size": "12"}
    assert await held(db, actor, done.contact_id) == {"plan": "free"}
    assert await held(db, actor, done.deal_id) == {"word": "given"}
    assert [(c["noun"], c["field"], c["offered"]) for c in done.conflicts] == [("Deal", "custom.plan", "free")], "the deal knows no such choice"
    assert [m["fields"] for m in done.manifest] == [["custom.size"], ["custom.plan"], ["custom.word"]]
    assert await held(db, actor, lead_id) == {"size": "12", "plan": "free", "word": "hello"}


async def test_custom_field_that_holds_something_is_kept(db: Database, actor: Actor) -> None:
    async def given(tx: Tx) -> UUID:
        await fields(tx)
        company = await make.make_company(tx, "Acme Ltd", "acme.example")
        await custom.write(tx, "Company", company, {"size": 99.0})
        lead = await owned_lead(tx, email="a@acme.example")
        await custom.write(tx, "Lead", lead, {"size": 12})
        return lead

    done = await db.run(actor, converting(await db.run(actor, given)))
    assert await held(db, actor, done.company_id) == {"size": "99"}
    assert [(c["field"], c["kept"], c["offered"]) for c in done.conflicts] == [("custom.size", 99.0, 12)]


async def test_unknown_custom_field_or_value_is_refused_with_its_place(db: Database, actor: Actor) -> None:
    async def given(tx: Tx) -> UUID:
        await fields(tx)
        return await owned_lead(tx)

    lead_id = await db.run(actor, given)
    unknown = ConversionWish(deal=DealWish("CREATE", custom={"nothing": 1}))
    unfit = ConversionWish(CompanyWish(custom={"size": "large"}))
    assert (await refused(db, actor, custom.UnknownCustomField, converting(lead_id, unknown))).field == "deal.custom.0.key"
    assert (await refused(db, actor, custom.BadCustomValue, converting(lead_id, unfit))).field == "company.custom.0.value"


async def test_plan_that_was_seen_is_carried_out_and_another_one_is_refused_with_the_new_plan(db: Database, actor: Actor) -> None:
    lead_id = await db.run(actor, lambda tx: owned_lead(tx, email="a@acme.example"))
    before = await counted(db, actor)
    seen = await looked(db, actor, lead_id)
    assert seen.plan is not None
    assert await counted(db, actor) == before
    company = await db.run(actor, lambda tx: make.make_company(tx, "Acme Ltd", "acme.example"))
    stale = await refused(db, actor, conversion.StalePlan, converting(lead_id, terms=Terms(plan_hash=seen.plan.hash)))
    assert stale.params["plan"]["records"][0] == {
        "noun": "Company", "id": encode_id(4, company), "action": "LINKED", "fields": [], "name": "Acme Ltd"}
    done = await db.run(actor, converting(lead_id, terms=Terms(plan_hash=stale.params["plan_hash"])))
    assert done.company_id == company


async def test_open_deals_that_could_be_joined_are_told_and_a_new_one_makes_the_plan_stale(db: Database, actor: Actor) -> None:
    async def given(tx: Tx) -> tuple[UUID, UUID, UUID]:
        company = await make.make_company(tx, "Acme Ltd", "acme.example")
        person = await make.make_person(tx, "Ada", "a@acme.example")
        contact = await make.make_contact(tx, person, await make.make_company(tx, "Elsewhere"))
        at_company = await make.make_deal(tx, company)
        await make.make_deal(tx, company, state="WON", closed_at=await tx.now())
        own = await make.make_deal(tx, name="Hers")
        await make.insert(tx, "deal_contacts", id=uuid7(), deal_id=own, contact_id=contact, role="CHAMPION", created_at=await tx.now())
        return await make.make_lead(tx, person, owner_id=await make.make_user(tx), company_name="Acme Ltd"), own, at_company

    lead_id, own, at_company = await db.run(actor, given)
    seen = await looked(db, actor, lead_id)
    assert list(seen.deals) == [own, at_company]
    new = await db.run(actor, lambda tx: make.make_deal(tx, seen.plan.company.found.id if seen.plan and seen.plan.company.found else None))
    stale = await refused(db, actor, conversion.StalePlan, converting(lead_id, terms=Terms(plan_hash=seen.hash)))
    joined = await looked(db, actor, lead_id, ConversionWish(deal=DealWish("USE", new)))
    assert list(joined.deals) == []
    again = await looked(db, actor, lead_id)
    assert (list(again.deals), again.hash) == ([own, at_company, new], stale.params["plan_hash"])
    done = await db.run(actor, converting(lead_id, ConversionWish(deal=DealWish("USE", new)), terms=Terms(plan_hash=joined.hash)))
    assert done.deal_id == new


async def test_plan_hash_knows_decisions_and_not_what_happens_beside_them(db: Database, actor: Actor) -> None:
    lead_id = await db.run(actor, owned_lead)
    first = (await looked(db, actor, lead_id)).plan
    lead = await row(db, actor, "leads", lead_id)
    await db.run(actor, lambda tx: make.make_activity(tx, lead["person_id"]))
    again = (await looked(db, actor, lead_id)).plan
    other = (await looked(db, actor, lead_id, ConversionWish(deal=DealWish("NONE")))).plan
    await db.run(actor, lambda tx: tx.execute("UPDATE leads SET interest = 'X' WHERE workspace_id = $1 AND id = $2", tx.workspace, lead_id))
    renamed = (await looked(db, actor, lead_id)).plan
    assert first
    assert again
    assert other
    assert renamed
    assert first.hash == again.hash
    assert len({first.hash, other.hash, renamed.hash}) == 3


async def test_preview_tells_what_was_matched_and_why_and_who_could_join(db: Database, actor: Actor) -> None:
    async def given(tx: Tx) -> tuple[UUID, UUID, UUID, UUID]:
        company = await make.make_company(tx, "Acme Ltd", "acme.example")
        named = await owned_lead(tx, "Bo", company_name="ACME limited")
        await owned_lead(tx, "Cy", company_name="Acme Rockets")
        known = await owned_lead(tx, "Di", company_name=None, company_id=company)
        return company, named, known, await owned_lead(tx, email="a@acme.example")

    company, named, known, lead_id = await db.run(actor, given)
    seen = await looked(db, actor, lead_id)
    assert [(m.noun, m.id, m.reason, m.taken) for m in seen.matched] == [("Company", company, "DOMAIN", True)]
    assert set(seen.related) == {named, known}


async def test_preview_of_what_would_be_refused_says_why_and_what_it_may_be(db: Database, actor: Actor) -> None:
    async def given(tx: Tx) -> tuple[UUID, UUID]:
        return await make.make_company(tx, "Acme", "acme.example"), await owned_lead(tx, email="a@acme-two.test")

    company, lead_id = await db.run(actor, given)
    seen = await looked(db, actor, lead_id)
    assert seen.plan is None
    assert isinstance(seen.refusal, conversion.PossibleDuplicate)
    assert [(m.id, m.reason, m.taken) for m in seen.matched] == [(company, "SIMILAR", False)]


async def twins(db: Database, actor: Actor) -> tuple[UUID, UUID, UUID]:
    """A lead, a contact who may be the same person, and the contact's person."""

    async def given(tx: Tx) -> tuple[UUID, UUID, UUID]:
        home = {"street": "12 St James's Square", "postal_code": "SW1Y 4JH", "city": "London"}
        known = await make.make_person(tx, "Ada Lovelace", "ada@private.example", **home)
        contact = await make.make_contact(tx, known, await make.make_company(tx, "Engines"))
        person = await make.make_person(tx, "Ada Lovelace", "ada.l@acme.example", **home)
        lead = await make.make_lead(tx, person, owner_id=await make.make_user(tx), company_name="Acme Ltd")
        assert await dedupe.check(tx, people=[person, known])
        return lead, contact, known

    return await db.run(actor, given)


async def test_contact_who_may_be_the_person_is_asked_about(db: Database, actor: Actor) -> None:
    lead_id, contact, known = await twins(db, actor)
    refusal = await refused(db, actor, conversion.PossibleDuplicate, converting(lead_id))
    assert (refusal.field, refusal.params["contact"]) == ("contact", encode_id(3, contact))
    seen = await looked(db, actor, lead_id)
    (match,) = [m for m in seen.matched if m.noun == "Contact"]
    assert (match.id, match.reason, match.taken, bool(match.evidence)) == (contact, "DUPLICATE", False, True)
    made = await db.run(actor, converting(lead_id, ConversionWish(on_duplicate="CREATE")))
    assert made.contact_id != contact
    assert (await row(db, actor, "people", known))["merged_into"] is None


async def test_contact_who_may_be_the_person_is_taken_by_making_the_two_one(db: Database, actor: Actor) -> None:
    lead_id, contact, known = await twins(db, actor)
    lead = await row(db, actor, "leads", lead_id)
    wish = ConversionWish(on_duplicate="LINK")
    await refused(db, actor, Forbidden, converting(lead_id, wish, terms=Terms(may_merge=False)))
    seen = (await looked(db, actor, lead_id, wish)).plan
    assert seen
    done = await db.run(actor, converting(lead_id, wish, terms=Terms(plan_hash=seen.hash)))
    assert done.contact_id == contact
    assert (await row(db, actor, "people", lead["person_id"]))["merged_into"] == known
    assert done.manifest[0] == {"noun": "Person", "id": encode_id(1, known), "action": "MERGED", "fields": []}
    again = await db.run(actor, converting(lead_id, wish))
    assert (again.replayed, again.contact_id) == (True, contact)
    async with db.read(actor) as tx:
        merge = await tx.value("SELECT m.id FROM merges m WHERE m.workspace_id = $1", tx.workspace)
    await db.run(actor, lambda tx: merging.unmerge(tx, merge))


async def test_pair_that_was_dismissed_is_not_asked_about(db: Database, actor: Actor) -> None:
    lead_id, contact, known = await twins(db, actor)
    lead = await row(db, actor, "leads", lead_id)
    await db.run(actor, lambda tx: dedupe.dismiss_records(tx, "PERSON", lead["person_id"], known))
    assert (await db.run(actor, converting(lead_id))).contact_id != contact


async def test_company_that_evidence_speaks_for_is_asked_about(db: Database, actor: Actor) -> None:
    async def given(tx: Tx) -> tuple[UUID, UUID]:
        company = await make.make_company(tx, "Acme Industries International", country="DE", city="Berlin", postal_code="10115")
        await dedupe.check(tx, companies=[company])
        lead = await owned_lead(tx, company_name="Acme Industries Internationale", country="DE")
        await tx.execute("UPDATE people SET city = 'Berlin', postal_code = '10115' WHERE workspace_id = $1", tx.workspace)
        return company, lead

    company, lead_id = await db.run(actor, given)
    seen = await looked(db, actor, lead_id)
    (match,) = seen.matched
    assert (match.id, match.reason, match.probability is not None) == (company, "MATCH", True)
    await refused(db, actor, conversion.PossibleDuplicate, converting(lead_id))
    assert (await db.run(actor, converting(lead_id, ConversionWish(on_duplicate="LINK")))).company_id == company


async def test_key_that_too_many_companies_share_is_told_and_not_compared(db: Database, actor: Actor) -> None:
    async def given(tx: Tx) -> UUID:
        ((key,), sharing) = dedupe.company_facts_of("Acme Ltd", None, {})[1], "SELECT $1, $2, gen_random_uuid() FROM generate_series(1, 51)"
        await tx.execute(f"INSERT INTO match_keys (workspace_id, key, record_id) {sharing}", tx.workspace, key)
        return await owned_lead(tx)

    lead_id = await db.run(actor, given)
    seen = await looked(db, actor, lead_id)
    assert (tuple(seen.crowded), seen.matched) == (("COMPANY_NAME",), [])
    assert (await db.run(actor, converting(lead_id))).company_id


async def test_related_leads_join_company_and_deal_with_contacts_of_their_own(db: Database, actor: Actor) -> None:
    async def given(tx: Tx) -> list[UUID]:
        return [await owned_lead(tx, name) for name in ("Ada One", "Bo Two", "Cy Three")]

    one, two, three = await db.run(actor, given)
    done = await db.run(actor, converting(one, ConversionWish(related=(two, three))))
    others = [await row(db, actor, "conversions", (await conversion_of(db, actor, id))) for id in (two, three)]
    assert {(o["company_id"], o["deal_id"]) for o in others} == {(done.company_id, done.deal_id)}
    assert len({done.contact_id, *(o["contact_id"] for o in others)}) == 3
    async with db.read(actor) as tx:
        roles = await tx.fetch("SELECT c.role, c.is_primary FROM deal_contacts c WHERE c.workspace_id = $1 ORDER BY c.is_primary DESC", tx.workspace)
    assert [tuple(r) for r in roles] == [("DECISION_MAKER", True), ("OTHER", False), ("OTHER", False)]
    assert (await db.run(actor, converting(one, ConversionWish(related=(two, three))))).replayed


async def test_related_lead_that_cannot_be_converted_leaves_all_as_it_was(db: Database, actor: Actor) -> None:
    async def given(tx: Tx) -> tuple[UUID, UUID]:
        one, two = await owned_lead(tx, "Ada One"), await owned_lead(tx, "Bo Two")
        await conversion.convert(tx, two, ConversionWish(deal=DealWish("NONE")))
        return one, two

    one, two = await db.run(actor, given)
    await refused(db, actor, conversion.AlreadyConverted, converting(one, ConversionWish(related=(two,))))
    assert (await row(db, actor, "leads", one))["state"] == "OPEN"


async def conversion_of(db: Database, actor: Actor, lead: UUID) -> UUID:
    async with db.read(actor) as tx:
        return await tx.value("SELECT c.id FROM conversions c WHERE c.workspace_id = $1 AND c.lead_id = $2", tx.workspace, lead)
