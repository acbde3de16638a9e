"""A lead becomes contact, company and deal exactly once, whoever asks and however often."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from leadwell import contacts, conversion, leads
from leadwell.base.actor import Actor
from leadwell.base.ids import encode_id, uuid7
from leadwell.base.refusals import NotFound, Refusal, StaleVersion
from leadwell.base.tx import Database, Tx
from leadwell.conversion import CompanyWish, ContactWish, Conversion, ConversionWish, DealWish
from leadwell.embedded.servers import Servers
from tests import builders as make
from tests.verbs.conversions import converting, counted, owned_lead, refused, row


async def test_lead_becomes_contact_company_and_deal_by_the_defaults(db: Database, actor: Actor) -> None:
    async def given(tx: Tx) -> UUID:
        campaign = await make.make_campaign(tx, "Spring fair")
        return await owned_lead(
            tx, email="ada@acme.example", country="GB", campaign_id=campaign, budget_minor=1_250_000, currency="GBP", title="CTO", industry="Software",
            company_website="https://www.acme.example/about",
        )

    lead_id = await db.run(actor, given)
    done = await db.run(actor, converting(lead_id))
    lead, deal = await row(db, actor, "leads", lead_id), await row(db, actor, "deals", done.deal_id)
    contact, company = await row(db, actor, "contacts", done.contact_id), await row(db, actor, "companies", done.company_id)
    assert not done.replayed
    assert (lead["state"], lead["company_id"], lead["version"]) == ("CONVERTED", done.company_id, 2)
    assert lead["snapshot"]["name"] == "Ada Lovelace"
    assert [e["address"] for e in lead["snapshot"]["emails"]] == ["ada@acme.example"]
    assert (contact["person_id"], contact["company_id"], contact["title"], contact["lead_id"]) == (lead["person_id"], done.company_id, "CTO", lead_id)
    assert (company["name"], company["domain"], company["country"], company["industry"]) == ("Acme Ltd", "acme.example", "GB", "Software")
    assert (deal["name"], deal["amount_minor"], deal["currency"], deal["probability"]) == ("Acme Ltd – Spring fair", 1_250_000, "GBP", 10)
    assert {contact["owner_id"], company["owner_id"], deal["owner_id"]} == {lead["owner_id"]}
    assert (deal["close_on"] - deal["created_at"].date()).days == 30
    assert [(m["noun"], m["action"]) for m in done.manifest] == [("Company", "CREATED"), ("Contact", "CREATED"), ("Deal", "CREATED")]


async def test_everything_that_happened_is_noted_once(db: Database, actor: Actor) -> None:
    lead_id = await db.run(actor, owned_lead)
    done = await db.run(actor, converting(lead_id))
    async with db.read(actor) as tx:
        kinds = [e["kind"] for e in await tx.fetch("SELECT e.kind FROM events e WHERE e.workspace_id = $1 ORDER BY e.kind", tx.workspace)]
        links = await tx.fetch(
            "SELECT l.noun, l.record_id FROM activity_links l JOIN activities a ON a.workspace_id = $1 AND a.id = l.activity_id"
            " WHERE l.workspace_id = $1 AND a.kind = 'CONVERSION' ORDER BY l.noun", tx.workspace,
        )
        spans = await tx.fetch(
            "SELECT s.left_at IS NULL AS now, t.type FROM lead_status_spans s JOIN lead_statuses t ON t.workspace_id = $1 AND t.id = s.status_id"
            " WHERE s.workspace_id = $1 AND s.lead_id = $2 ORDER BY s.entered_at, s.left_at", tx.workspace, lead_id,
        )
    assert kinds == ["activity.recorded", "company.created", "contact.created", "deal.created", "lead.converted"]
    assert [tuple(link) for link in links] == [("Company", done.company_id), ("Contact", done.contact_id), ("Deal", done.deal_id), ("Lead", lead_id)]
    assert [tuple(span) for span in spans] == [(False, "NEW"), (True, "CONVERTED")]


async def test_second_conversion_gets_the_first_result(db: Database, actor: Actor) -> None:
    lead_id = await db.run(actor, owned_lead)
    first = await db.run(actor, converting(lead_id))
    before = await counted(db, actor)
    second = await db.run(actor, converting(lead_id))
    assert second == Conversion(lead_id, first.contact_id, first.company_id, first.deal_id, True, first.manifest, first.conflicts)
    assert await counted(db, actor) == before


async def test_other_wish_for_a_converted_lead_is_refused_with_what_it_became(db: Database, actor: Actor) -> None:
    lead_id = await db.run(actor, owned_lead)
    await db.run(actor, converting(lead_id))
    refusal = await refused(db, actor, conversion.AlreadyConverted, converting(lead_id, ConversionWish(deal=DealWish("NONE"))))
    assert set(refusal.params) == {"contact", "company", "deal"}


async def test_sealed_lead_is_changed_by_no_verb_and_no_statement(db: Database, actor: Actor) -> None:
    async def given(tx: Tx) -> UUID:
        lead = await owned_lead(tx)
        await conversion.convert(tx, lead)
        return lead

    lead_id = await db.run(actor, given)
    async with db.read(actor) as tx:
        working = await make.status_of(tx, "WORKING")
    verbs: list[Callable[[Tx], Awaitable[Any]]] = [
        lambda tx: leads.update(tx, lead_id, {"title": "Boss"}),
        lambda tx: leads.update(tx, lead_id, {"email": "other@acme.example"}),
        lambda tx: leads.set_status(tx, lead_id, working),
        lambda tx: leads.assign(tx, lead_id, None),
        lambda tx: leads.accept(tx, lead_id),
        lambda tx: leads.reject(tx, lead_id, "no time"),
        lambda tx: leads.junk(tx, lead_id, "SPAM"),
        lambda tx: leads.reopen(tx, lead_id, "mistake"),
    ]
    before = dict(await row(db, actor, "leads", lead_id))
    for verb in verbs:
        await refused(db, actor, leads.LeadSealed, verb)
    update = "UPDATE leads SET title = 'Boss' WHERE workspace_id = $1 AND id = $2"
    assert await db.run(actor, lambda tx: tx.execute(update, tx.workspace, lead_id)) == 0
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await db.run(actor, lambda tx: tx.execute("DELETE FROM leads WHERE workspace_id = $1 AND id = $2", tx.workspace, lead_id))
    assert dict(await row(db, actor, "leads", lead_id)) == before


async def test_second_contact_of_a_person_is_impossible(db: Database, actor: Actor) -> None:
    async def given(tx: Tx) -> tuple[UUID, UUID]:
        lead = await owned_lead(tx)
        done = await conversion.convert(tx, lead)
        person = await tx.value("SELECT c.person_id FROM contacts c WHERE c.workspace_id = $1 AND c.id = $2", tx.workspace, done.contact_id)
        return person, done.company_id or uuid7()

    person, company = await db.run(actor, given)
    await refused(db, actor, contacts.ContactExists, lambda tx: contacts.create(tx, contacts.NewContact(person, company)))
    with pytest.raises(asyncpg.UniqueViolationError):
        await db.run(actor, lambda tx: make.make_contact(tx, person))


async def test_existing_contact_and_company_are_filled_only_where_empty_and_keep_their_owners(db: Database, actor: Actor) -> None:
    async def given(tx: Tx) -> tuple[UUID, UUID, UUID]:
        theirs, person = await make.make_user(tx, "Olga Owner"), await make.make_person(tx, email="ada@acme.example")
        company = await make.make_company(tx, "Acme Ltd", "acme.example", industry="Retail", owner_id=theirs)
        await make.make_contact(tx, person, company, owner_id=theirs, title=None)
        lead = await make.make_lead(
            tx, person, owner_id=await make.make_user(tx), company_name="ACME limited", industry="Software", employees=40, title="CTO"
        )
        return lead, company, theirs

    lead_id, company_id, theirs = await db.run(actor, given)
    done = await db.run(actor, converting(lead_id))
    company, contact = await row(db, actor, "companies", company_id), await row(db, actor, "contacts", done.contact_id)
    assert done.company_id == company_id
    assert (company["industry"], company["employees"], company["owner_id"]) == ("Retail", 40, theirs)
    assert (contact["title"], contact["owner_id"], contact["lead_id"]) == ("CTO", theirs, lead_id)
    assert done.conflicts == [{"noun": "Company", "id": encode_id(4, company_id), "field": "industry", "kept": "Retail", "offered": "Software"}]


async def test_contact_of_another_company_gets_a_second_link_and_is_not_moved(db: Database, actor: Actor) -> None:
    async def given(tx: Tx) -> tuple[UUID, UUID]:
        person, old = await make.make_person(tx), await make.make_company(tx, "Old Employer")
        await make.make_contact(tx, person, old)
        return await make.make_lead(tx, person, owner_id=await make.make_user(tx), company_name="New Employer"), old

    lead_id, old = await db.run(actor, given)
    done = await db.run(actor, converting(lead_id))
    async with db.read(actor) as tx:
        links = await contacts.links_of(tx, done.contact_id)
    assert [(link.name, link.is_primary) for link in links] == [("Old Employer", True), ("New Employer", False)]
    assert (await row(db, actor, "contacts", done.contact_id))["company_id"] == old
    assert (await row(db, actor, "deals", done.deal_id))["company_id"] == done.company_id


async def test_open_tasks_go_to_the_new_owner_and_closed_ones_stay(db: Database, actor: Actor) -> None:
    async def given(tx: Tx) -> tuple[UUID, UUID, UUID, UUID]:
        old, new = await make.make_user(tx), await make.make_user(tx)
        lead = await owned_lead(tx, owner_id=old)
        person = await tx.value("SELECT l.person_id FROM leads l WHERE l.workspace_id = $1 AND l.id = $2", tx.workspace, lead)
        about = {"person_id": person, "lead_id": lead, "assignee_id": old}
        return lead, new, await make.make_task(tx, **about), await make.make_task(tx, state="DONE", **about)

    lead_id, new, still_open, closed = await db.run(actor, given)
    done = await db.run(actor, converting(lead_id, ConversionWish(owner_id=new)))
    task = await row(db, actor, "tasks", still_open)
    assert (task["assignee_id"], task["contact_id"], task["version"]) == (new, done.contact_id, 2)
    assert (await row(db, actor, "tasks", closed))["assignee_id"] != new


async def test_company_name_is_required_unless_the_workspace_has_individuals(db: Database, actor: Actor, migrated: Servers) -> None:
    lead_id = await db.run(actor, lambda tx: owned_lead(tx, company_name=None, email="ada@gmail.com"))
    await refused(db, actor, conversion.CompanyNameRequired, converting(lead_id))
    await set_setting(migrated, actor.workspace, '{"individuals": true}')
    done = await db.run(actor, converting(lead_id))
    company = await row(db, actor, "companies", done.company_id)
    assert (company["kind"], company["name"]) == ("INDIVIDUAL", "Ada Lovelace")
    assert (await row(db, actor, "deals", done.deal_id))["name"] == "Ada Lovelace"
    assert (await row(db, actor, "leads", lead_id))["company_id"] is None


async def test_hidden_company_gives_way_to_the_first_real_one(db: Database, actor: Actor, migrated: Servers) -> None:
    await set_setting(migrated, actor.workspace, '{"individuals": true}')
    lead_id = await db.run(actor, lambda tx: owned_lead(tx, company_name=None, email="ada@gmail.com"))
    done = await db.run(actor, converting(lead_id))

    async def linked(tx: Tx) -> UUID:
        company = await make.make_company(tx, "Real Ltd")
        await contacts.link_company(tx, done.contact_id, company)
        return company

    company = await db.run(actor, linked)
    async with db.read(actor) as tx:
        assert [(link.name, link.is_primary) for link in await contacts.links_of(tx, done.contact_id)] == [("Real Ltd", True)]
    assert (await row(db, actor, "contacts", done.contact_id))["company_id"] == company
    assert (await row(db, actor, "companies", done.company_id))["archived_at"] is not None


async def test_same_name_under_another_domain_is_asked_about_and_then_linked_or_made(db: Database, actor: Actor) -> None:
    async def given(tx: Tx) -> tuple[UUID, UUID, UUID]:
        known = await make.make_company(tx, "Acme", "acme.example")
        return known, await owned_lead(tx, email="a@acme-two.test"), await owned_lead(tx, email="b@acme-two.test")

    known, one, two = await db.run(actor, given)
    await refused(db, actor, conversion.PossibleDuplicate, converting(one))
    assert (await db.run(actor, converting(one, ConversionWish(on_duplicate="LINK")))).company_id == known
    made = await db.run(actor, converting(two, ConversionWish(on_duplicate="CREATE")))
    assert (await row(db, actor, "companies", made.company_id))["domain"] == "acme-two.test"


async def test_refusals_leave_nothing_behind(db: Database, actor: Actor) -> None:
    async def given(tx: Tx) -> dict[str, UUID]:
        ownerless = await make.make_lead(tx, company_name="Acme Ltd")
        other = await make.make_contact(tx)
        lost = await make.make_deal(tx, state="LOST")
        junk = await owned_lead(tx)
        await leads.junk(tx, junk, "NO_FIT")
        return {"ownerless": ownerless, "lead": await owned_lead(tx), "contact": other, "lost": lost, "junk": junk}

    ids = await db.run(actor, given)
    nobody = uuid7()
    cases: list[tuple[type[Refusal], UUID, ConversionWish, str | None]] = [
        (conversion.OwnerRequired, ids["ownerless"], ConversionWish(), "owner_id"),
        (NotFound, nobody, ConversionWish(), None),
        (NotFound, ids["lead"], ConversionWish(owner_id=nobody), "owner_id"),
        (NotFound, ids["lead"], ConversionWish(company=CompanyWish("USE", nobody)), "company.id"),
        (NotFound, ids["lead"], ConversionWish(contact=ContactWish("USE", nobody)), "contact.id"),
        (NotFound, ids["lead"], ConversionWish(deal=DealWish("USE", nobody)), "deal.id"),
        (NotFound, ids["lead"], ConversionWish(deal=DealWish("CREATE", stage_id=nobody)), "deal.stage_id"),
        (NotFound, ids["lead"], ConversionWish(converted_status_id=nobody), "converted_status_id"),
        (conversion.ContactOfAnotherPerson, ids["lead"], ConversionWish(contact=ContactWish("USE", ids["contact"])), "contact.id"),
        (conversion.DealClosed, ids["lead"], ConversionWish(deal=DealWish("USE", ids["lost"])), "deal.id"),
        (conversion.LeadIsJunk, ids["junk"], ConversionWish(), None),
        (conversion.BadWish, ids["lead"], ConversionWish(deal=DealWish("USE")), "deal.id"),
    ]
    for kind, lead, wish, field in cases:
        assert (await refused(db, actor, kind, converting(lead, wish))).field == field
    await refused(db, actor, StaleVersion, converting(ids["lead"], expected_version=7))


async def test_preview_decides_the_same_and_writes_nothing(db: Database, actor: Actor) -> None:
    lead_id = await db.run(actor, owned_lead)
    before = await counted(db, actor)
    async with db.read(actor) as tx:
        _, _, decided = await conversion.preview(tx, lead_id)
    assert await counted(db, actor) == before
    assert (decided.company.name, decided.contact.found, decided.deal and decided.deal.name) == ("Acme Ltd", None, "Acme Ltd")


async def test_lead_of_another_workspace_is_not_found(db: Database, actor: Actor, other_workspace: UUID) -> None:
    lead_id = await db.run(actor, owned_lead)
    await refused(db, Actor.system(other_workspace), NotFound, converting(lead_id))
    assert (await row(db, actor, "leads", lead_id))["state"] == "OPEN"


async def set_setting(servers: Servers, workspace: UUID, settings: str) -> None:
    connection = await asyncpg.connect(servers.owner_database_url)
    await connection.execute("UPDATE workspaces SET settings = $2::jsonb WHERE id = $1", workspace, settings)
    await connection.close()
