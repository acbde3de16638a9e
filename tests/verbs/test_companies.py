"""One company per business domain or name and country, made and found under load, with a hierarchy that has no circles."""

import asyncio
from typing import Any
from uuid import UUID

import pytest

from leadwell import companies, contacts
from leadwell.base.actor import Actor
from leadwell.base.ids import uuid7
from leadwell.base.refusals import NotFound, Refusal, StaleVersion
from leadwell.base.tx import Database, Tx
from leadwell.companies import NewCompany
from tests import builders as make
from tests.verbs.conversions import counted, refused, row


async def found(db: Database, actor: Actor, *wanted: NewCompany) -> list[companies.FoundCompany]:
    return await db.run(actor, lambda tx: companies.find_or_create_many(tx, wanted))


async def test_batch_makes_each_company_once(db: Database, actor: Actor) -> None:
    made = await found(
        db, actor, NewCompany("Acme Ltd", "acme.example"), NewCompany("ACME", website="https://www.acme.example/contact"), NewCompany("Acme limited"),
        NewCompany("Other GmbH", country="DE"), NewCompany("Other", country="DE"), NewCompany("Other", country="FR"),
    )  # fmt: skip
    ids = [m.id for m in made]
    assert [m.by for m in made] == [None, "DOMAIN", "NAME", None, "NAME", None]
    assert ids[0] == ids[1] == ids[2]
    assert ids[3] == ids[4] != ids[5]
    assert (await counted(db, actor))["companies"] == 3


async def test_second_time_it_is_found(db: Database, actor: Actor) -> None:
    (first,) = await found(db, actor, NewCompany("Acme Ltd", "acme.example"))
    before = await counted(db, actor)
    again = await found(db, actor, NewCompany("Something else", "mail.acme.example"), NewCompany("acme ltd."))
    assert [(a.id, a.by) for a in again] == [(first.id, "DOMAIN"), (first.id, "NAME")]
    assert await counted(db, actor) == before


async def test_two_domains_are_two_companies_whatever_their_name(db: Database, actor: Actor) -> None:
    made = await found(db, actor, NewCompany("Acme", "acme.example"), NewCompany("Acme", "acme-two.example"))
    assert made[0].id != made[1].id


async def test_company_known_by_its_name_takes_the_domain_asked_for_with_it(db: Database, actor: Actor) -> None:
    (first,) = await found(db, actor, NewCompany("Acme"))
    asked = await found(db, actor, NewCompany("ACME Ltd", "acme.example"), NewCompany("Bolt", "acme.example"), NewCompany("Acme", "acme-two.example"))
    assert asked[0].id == asked[1].id == first.id != asked[2].id
    acme = await row(db, actor, "companies", first.id)
    assert (acme["domain"], acme["version"]) == ("acme.example", 2)
    fresh = await found(db, actor, NewCompany("Cog"), NewCompany("Cog", "cog.example"), NewCompany("Cog", "cog-two.example"))
    assert fresh[0].id == fresh[1].id != fresh[2].id
    assert (await row(db, actor, "companies", fresh[0].id))["domain"] == "cog.example"
    after = await counted(db, actor)
    assert [after[table] for table in ("companies", "company_domains", "company_keys")] == [4, 4, 6]


async def test_three_names_of_one_domain_at_once_are_one_company(db: Database, actor: Actor) -> None:
    names = ("Acme", "Bolt", "Cog")
    await found(db, actor, *(NewCompany(name) for name in names))
    done = await asyncio.gather(*(found(db, actor, NewCompany(names[i % 3], "one.example")) for i in range(12)))
    assert len({one.id for (one,) in done}) == 1
    after = await counted(db, actor)
    assert [after[table] for table in ("companies", "company_domains", "company_keys")] == [3, 1, 4]
    assert (await row(db, actor, "companies", done[0][0].id))["domain"] == "one.example"


async def test_three_domains_of_one_name_at_once_are_three_companies(db: Database, actor: Actor) -> None:
    (first,) = await found(db, actor, NewCompany("Acme"))
    done = await asyncio.gather(*(found(db, actor, NewCompany("Acme", f"acme-{i % 3}.example")) for i in range(12)))
    ids = {one.id for (one,) in done}
    assert (len(ids), first.id in ids) == (3, True)
    after = await counted(db, actor)
    assert [after[table] for table in ("companies", "company_domains", "company_keys")] == [3, 3, 4]


async def test_free_mail_domain_is_no_company(db: Database, actor: Actor) -> None:
    made = await found(db, actor, NewCompany("One", "gmail.com"), NewCompany("Two", "gmail.com"))
    assert made[0].id != made[1].id
    assert (await row(db, actor, "companies", made[0].id))["domain"] is None


async def test_many_at_once_make_one(db: Database, actor: Actor) -> None:
    wanted = [NewCompany(("Acme", "ACME Ltd", "acme gmbh")[i % 3], None if i % 2 else "acme.example", country="DE") for i in range(60)]
    done = await asyncio.gather(*(found(db, actor, one) for one in wanted))
    assert len({d[0].id for d in done}) == 1
    assert (await counted(db, actor))["companies"] == 1
    async with db.read(actor) as tx:
        orphans = await tx.value(
            "SELECT count(*) FROM company_keys k WHERE k.workspace_id = $1 AND NOT EXISTS"
            " (SELECT 1 FROM companies c WHERE c.workspace_id = $1 AND c.id = k.company_id)", tx.workspace,
        )
    assert orphans == 0


async def test_made_by_hand_it_is_refused_when_it_is_there(db: Database, actor: Actor) -> None:
    first = await db.run(actor, lambda tx: companies.create(tx, NewCompany("Acme", "acme.example")))
    refusal = await refused(db, actor, companies.CompanyExists, lambda tx: companies.create(tx, NewCompany("Acme B", "acme.example")))
    assert (refusal.field, refusal.params["name"]) == ("domain", "Acme")
    second = await db.run(actor, lambda tx: companies.create(tx, NewCompany("Acme B", "acme.example"), allow_duplicate=True))
    assert second != first
    assert (await found(db, actor, NewCompany("Whatever", "acme.example")))[0].id == first


async def test_bad_companies_are_refused(db: Database, actor: Actor) -> None:
    cases: list[tuple[type[Refusal], NewCompany, str]] = [
        (companies.NameRequired, NewCompany("..."), "name"),
        (companies.BadWebsite, NewCompany("Acme", "gmail.com"), "domain"),
        (NotFound, NewCompany("Acme", parent_id=uuid7()), "parent_id"),
        (NotFound, NewCompany("Acme", owner_id=uuid7()), "owner_id"),
    ]
    for kind, company, field in cases:
        assert (await refused(db, actor, kind, lambda tx, c=company: companies.create(tx, c))).field == field


async def test_renamed_company_is_found_by_its_new_name_only(db: Database, actor: Actor) -> None:
    id = await db.run(actor, lambda tx: companies.create(tx, NewCompany("Old Name", country="DE")))
    done = await db.run(actor, lambda tx: companies.update(tx, id, {"name": "New Name", "industry": "Steel"}, expected_version=1))
    assert done.changes.keys() == {"name", "name_key", "industry"}
    again = await found(db, actor, NewCompany("new name", country="DE"), NewCompany("Old Name", country="DE"))
    assert (again[0].id, again[1].created) == (id, True)
    await refused(db, actor, StaleVersion, lambda tx: companies.update(tx, id, {"name": "Newer"}, expected_version=1))


async def test_domain_belongs_to_one_company_and_moves_with_it(db: Database, actor: Actor) -> None:
    one = await db.run(actor, lambda tx: companies.create(tx, NewCompany("One", "one.example")))
    two = await db.run(actor, lambda tx: companies.create(tx, NewCompany("Two", "two.example")))
    await refused(db, actor, companies.CompanyExists, lambda tx: companies.update(tx, two, {"domain": "one.example"}))
    await db.run(actor, lambda tx: companies.update(tx, one, {"domain": "first.example"}))
    await db.run(actor, lambda tx: companies.update(tx, two, {"domain": "one.example"}))
    again = await found(db, actor, NewCompany("X", "first.example"), NewCompany("Y", "one.example"), NewCompany("Z", "two.example"))
    assert [(a.id, a.created) for a in again[:2]] == [(one, False), (two, False)]
    assert again[2].created


async def test_hierarchy_has_no_circle(db: Database, actor: Actor) -> None:
    async def chain(tx: Tx) -> list[UUID]:
        top = await make.make_company(tx, "Top")
        middle = await make.make_company(tx, "Middle", parent_id=top)
        return [top, middle, await make.make_company(tx, "Bottom", parent_id=middle)]

    top, middle, bottom = await db.run(actor, chain)
    for parent in (top, middle, bottom):
        await refused(db, actor, companies.HierarchyCycle, lambda tx, p=parent: companies.update(tx, top, {"parent_id": p}))
    assert (await db.run(actor, lambda tx: companies.update(tx, bottom, {"parent_id": top}))).version == 2


async def test_two_changes_at_once_close_no_circle(db: Database, actor: Actor) -> None:
    async def pair(tx: Tx) -> list[UUID]:
        return [await make.make_company(tx, name) for name in ("One", "Two")]

    one, two = await db.run(actor, pair)

    async def put(child: UUID, parent: UUID) -> Any:
        return await db.run(actor, lambda tx: companies.update(tx, child, {"parent_id": parent}))

    done = await asyncio.gather(put(one, two), put(two, one), return_exceptions=True)
    assert sorted(isinstance(d, companies.HierarchyCycle) for d in done) == [False, True]


async def test_contact_by_hand_needs_a_company_and_is_one_per_person(db: Database, actor: Actor) -> None:
    async def given(tx: Tx) -> tuple[UUID, UUID]:
        return await make.make_person(tx), await make.make_company(tx)

    person, company = await db.run(actor, given)
    await refused(db, actor, contacts.CompanyRequired, lambda tx: contacts.create(tx, contacts.NewContact(person, None)))
    await refused(db, actor, NotFound, lambda tx: contacts.create(tx, contacts.NewContact(uuid7(), company)))
    done = await asyncio.gather(
        *(db.run(actor, lambda tx: contacts.create(tx, contacts.NewContact(person, company, "PARTNER"))) for _ in range(8)), return_exceptions=True
    )
    assert sum(isinstance(d, contacts.ContactExists) for d in done) == 7
    assert (await counted(db, actor))["contacts"] == 1


async def test_contact_has_many_companies_and_one_primary(db: Database, actor: Actor) -> None:
    async def given(tx: Tx) -> tuple[UUID, UUID, UUID]:
        return await make.make_contact(tx), await make.make_company(tx, "Second"), await make.make_company(tx, "Self", kind="INDIVIDUAL")

    contact, second, hidden = await db.run(actor, given)
    await db.run(actor, lambda tx: contacts.link_company(tx, contact, second, "Advisor"))
    await db.run(actor, lambda tx: contacts.link_company(tx, contact, second, primary=True))
    async with db.read(actor) as tx:
        links = await contacts.links_of(tx, contact)
    assert [(link.company_id == second, link.role, link.is_primary) for link in links] == [(True, "Advisor", True), (False, None, False)]
    assert (await row(db, actor, "contacts", contact))["company_id"] == second
    await refused(db, actor, contacts.HiddenCompany, lambda tx: contacts.link_company(tx, contact, hidden))
    await refused(db, actor, NotFound, lambda tx: contacts.link_company(tx, contact, uuid7()))


async def test_contact_is_edited_with_its_person(db: Database, actor: Actor) -> None:
    contact = await db.run(actor, lambda tx: make.make_contact(tx))
    done = await db.run(actor, lambda tx: contacts.update(tx, contact, {"type": "CUSTOMER", "phone": "+49 30 123456"}, expected_version=1))
    assert done.changes["type"] == ["PROSPECT", "CUSTOMER"]
    person = await row(db, actor, "people", (await row(db, actor, "contacts", contact))["person_id"])
    assert person["phone"] == "+4930123456"
    await refused(db, actor, contacts.BadContactField, lambda tx: contacts.update(tx, contact, {"type": "FRIEND"}))


@pytest.mark.parametrize(("domain", "name", "expected"), [
    (("DOMAIN", "a.example"), ("NAME", "x"), "DOMAIN"), (None, ("NAME", "x"), "NAME"), (("DOMAIN", "b.example"), ("NAME", "x"), None), (None, None, None),
])  # fmt: skip
def test_match_goes_by_domain_before_name(domain: companies.Key | None, name: companies.Key | None, expected: str | None) -> None:
    known = {("DOMAIN", "a.example"): companies.Known(uuid7(), "A", "a.example"), ("NAME", "x"): companies.Known(uuid7(), "X", "x.example")}
    hit = companies.match(domain, name, known)
    assert (hit and hit.by) == expected


@pytest.mark.parametrize(("changes", "scored"), [
    ({"employees": 50}, True), ({"industry": "Steel"}, True), ({"country": "DE"}, True), ({"name": "Acme Steel"}, True),
    ({"city": "Bonn"}, False), ({"employees": 10}, False),
])  # fmt: skip
async def test_what_scores_may_depend_on_puts_the_people_of_the_company_up_for_scoring(
    db: Database, actor: Actor, changes: dict[str, Any], scored: bool
) -> None:  # fmt: skip
    async def furnished(tx: Tx) -> tuple[UUID, set[str]]:
        company, other = await make.make_company(tx, employees=10), await make.make_company(tx, "Other")
        contact, lead, stranger = [await make.make_person(tx) for _ in range(3)]
        await make.make_contact(tx, contact, company)
        await make.make_lead(tx, contact, company_id=company)
        await make.make_lead(tx, lead, company_id=company)
        await make.make_contact(tx, stranger, other)
        return company, {str(contact), str(lead)}

    company, people = await db.run(actor, furnished)
    await db.run(actor, lambda tx: companies.update(tx, company, changes))
    async with db.read(actor) as tx:
        rows = await tx.fetch("SELECT w.key FROM work w WHERE w.workspace_id = $1 AND w.kind = 'score.person'", tx.workspace)
    assert {row["key"] for row in rows} == (people if scored else set())


async def test_contact_that_goes_to_another_company_is_scored_again(db: Database, actor: Actor) -> None:
    async def furnished(tx: Tx) -> tuple[UUID, UUID, UUID]:
        person = await make.make_person(tx)
        return person, await make.make_contact(tx, person, await make.make_company(tx)), await make.make_company(tx, "Other")

    person, contact, other = await db.run(actor, furnished)
    scored = "SELECT w.key FROM work w WHERE w.workspace_id = $1 AND w.kind = 'score.person'"
    await db.run(actor, lambda tx: contacts.link_company(tx, contact, other))
    async with db.read(actor) as tx:
        assert await tx.fetch(scored, tx.workspace) == []
    await db.run(actor, lambda tx: contacts.link_company(tx, contact, other, primary=True))
    async with db.read(actor) as tx:
        assert [row["key"] for row in await tx.fetch(scored, tx.workspace)] == [str(person)]
