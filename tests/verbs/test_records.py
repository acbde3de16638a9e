"""Companies, contacts and deals in full: domains, aliases, hierarchy, links with dates, leaving, closing with reasons, currencies."""

import asyncio
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from leadwell import companies, contacts, deals, reactions
from leadwell.base.actor import Actor
from leadwell.base.ids import uuid7
from leadwell.base.refusals import NotFound, Refusal, StaleVersion
from leadwell.base.tx import Database, Tx
from leadwell.catalog import CATALOG, Listing, matching_ids, totals
from leadwell.companies import NewCompany
from leadwell.events import sequence
from tests import builders as make
from tests.verbs.conversions import refused, row


async def domains(db: Database, actor: Actor) -> set[tuple[str, str, bool]]:
    async with db.read(actor) as tx:
        rows = await tx.fetch(
            "SELECT c.name, d.domain, d.match_primary FROM company_domains d JOIN companies c ON c.workspace_id = $1 AND c.id = d.company_id"
            " WHERE d.workspace_id = $1", tx.workspace)  # fmt: skip
    return {(r["name"], r["domain"], r["match_primary"]) for r in rows}


async def found_by(db: Database, actor: Actor, name: str, domain: str | None = None) -> UUID:
    (found,) = await db.run(actor, lambda tx: companies.find_or_create_many(tx, [NewCompany(name, domain)]))
    return found.id


async def react(db: Database, actor: Actor) -> None:
    await db.run(actor, lambda tx: sequence(tx))
    await db.run(actor, lambda tx: reactions.react(tx, 100))


async def test_one_domain_of_two_companies_leads_to_one_of_them(db: Database, actor: Actor) -> None:
    one, two = [await db.run(actor, lambda tx, n=n: companies.create(tx, NewCompany(n))) for n in ("One", "Two")]
    await db.run(actor, lambda tx: companies.add_domain(tx, one, "https://www.shared.example/x"))
    await db.run(actor, lambda tx: companies.add_domain(tx, two, "shared.example"))
    assert await domains(db, actor) == {("One", "shared.example", True), ("Two", "shared.example", False)}
    assert await found_by(db, actor, "Whoever", "shared.example") == one
    await db.run(actor, lambda tx: companies.add_domain(tx, two, "shared.example", match_primary=True))
    assert await domains(db, actor) == {("One", "shared.example", False), ("Two", "shared.example", True)}
    assert await found_by(db, actor, "Whoever", "shared.example") == two
    await db.run(actor, lambda tx: companies.remove_domain(tx, two, "shared.example"))
    assert await domains(db, actor) == {("One", "shared.example", True)}
    assert await found_by(db, actor, "Whoever", "shared.example") == one
    assert ((await row(db, actor, "companies", one))["domain"], (await row(db, actor, "companies", two))["domain"]) == ("shared.example", None)


async def test_free_mail_domain_is_refused_as_a_key(db: Database, actor: Actor) -> None:
    one = await db.run(actor, lambda tx: companies.create(tx, NewCompany("One")))
    for domain in ("gmail.com", "not a domain", ""):
        await refused(db, actor, companies.BadWebsite, lambda tx, d=domain: companies.add_domain(tx, one, d))
    await refused(db, actor, companies.DomainNotKnown, lambda tx: companies.remove_domain(tx, one, "other.example"))
    await refused(db, actor, StaleVersion, lambda tx: companies.add_domain(tx, one, "one.example", expected_version=9))


async def test_company_that_is_put_away_is_matched_by_nothing_until_it_comes_back(db: Database, actor: Actor) -> None:
    one = await db.run(actor, lambda tx: companies.create(tx, NewCompany("Acme Ltd", "acme.example")))
    deal = await db.run(actor, lambda tx: make.make_deal(tx, one))
    await refused(db, actor, companies.CompanyHasOpenDeals, lambda tx: companies.archive(tx, one))
    await db.run(actor, lambda tx: deals.lose(tx, deal, "gone"))
    await db.run(actor, lambda tx: companies.archive(tx, one))
    assert await db.run(actor, lambda tx: companies.archive(tx, one)) == companies.archiving.Revision({}, 2)
    other = await found_by(db, actor, "Acme", "acme.example")
    assert other != one
    await db.run(actor, lambda tx: companies.unarchive(tx, one))
    assert await found_by(db, actor, "Acme", "acme.example") == other
    assert {d for d in await domains(db, actor) if d[2]} == {("Acme", "acme.example", True)}


async def test_company_is_found_by_its_alias(db: Database, actor: Actor) -> None:
    one = await db.run(actor, lambda tx: companies.create(tx, NewCompany("International Business Machines")))
    await db.run(actor, lambda tx: companies.add_alias(tx, one, "IBM Corp."))
    await db.run(actor, lambda tx: companies.add_alias(tx, one, "ibm"))
    assert await found_by(db, actor, "IBM") == one
    await db.run(actor, lambda tx: companies.remove_alias(tx, one, "IBM"))
    assert await found_by(db, actor, "IBM") != one
    await refused(db, actor, NotFound, lambda tx: companies.remove_alias(tx, one, "IBM"))


async def test_hierarchy_is_no_deeper_than_twenty(db: Database, actor: Actor) -> None:
    ids: list[UUID] = []
    for i in range(20):
        parent = ids[-1] if ids else None
        ids.append(await db.run(actor, lambda tx, i=i, p=parent: companies.create(tx, NewCompany(f"Level {i}", parent_id=p))))
    refusal = await refused(db, actor, companies.HierarchyTooDeep, lambda tx: companies.create(tx, NewCompany("Level 20", parent_id=ids[-1])))
    assert refusal.params == {"levels": 21, "most": 20}
    top = await db.run(actor, lambda tx: companies.create(tx, NewCompany("Top")))
    await refused(db, actor, companies.HierarchyTooDeep, lambda tx: companies.update(tx, ids[0], {"parent_id": top}))
    await refused(db, actor, companies.HierarchyCycle, lambda tx: companies.update(tx, ids[0], {"parent_id": ids[5]}))


async def test_two_who_close_a_circle_together_do_not(db: Database, actor: Actor) -> None:
    one, two = [await db.run(actor, lambda tx, n=n: companies.create(tx, NewCompany(n))) for n in ("One", "Two")]
    pairs = [(one, two), (two, one)] * 5
    done = await asyncio.gather(*(db.run(actor, lambda tx, p=p: companies.update(tx, p[0], {"parent_id": p[1]})) for p in pairs), return_exceptions=True)
    assert {type(d).__name__ for d in done} == {"Revision", "HierarchyCycle"}
    parents = [(await row(db, actor, "companies", id))["parent_id"] for id in (one, two)]
    assert parents.count(None) == 1


async def test_hidden_company_of_a_person_is_left_out_of_lists(db: Database, actor: Actor) -> None:
    await db.run(actor, lambda tx: make.make_company(tx, "Ada Lovelace", kind="INDIVIDUAL"))
    shown = await db.run(actor, lambda tx: make.make_company(tx, "Acme"))
    viewer: Any = _everyone(actor)
    async with db.read(actor) as tx:
        assert await matching_ids(tx, CATALOG["Company"], {}, viewer) == [shown]
        counted = await totals(tx, viewer, Listing(CATALOG["Company"], {"kind": {"in": ["COMPANY", "INDIVIDUAL"]}}))
        assert counted[None]["n"] == 2


def _everyone(actor: Actor) -> Any:
    from leadwell.access import Viewer

    return Viewer.of_key(actor.workspace, uuid7(), "test", ["*"])


async def links(db: Database, actor: Actor, contact: UUID) -> list[tuple[UUID, bool, bool]]:
    async with db.read(actor) as tx:
        return [(one.company_id, one.is_primary, one.to_on is None) for one in await contacts.links_of(tx, contact)]


async def test_contact_moves_on_to_the_company_linked_longest(db: Database, actor: Actor) -> None:
    one, two, past = [await db.run(actor, lambda tx, n=n: make.make_company(tx, n)) for n in ("One", "Two", "Past")]
    contact = await db.run(actor, lambda tx: make.make_contact(tx, company_id=one))
    await db.run(actor, lambda tx: contacts.link_company(tx, contact, past, "Intern", span=contacts.Span(date(2010, 1, 1), date(2011, 1, 1))))
    await db.run(actor, lambda tx: contacts.link_company(tx, contact, two, "Advisor"))
    assert await links(db, actor, contact) == [(one, True, True), (past, False, False), (two, False, True)]
    await db.run(actor, lambda tx: contacts.end_link(tx, contact, one, date(2026, 1, 31)))
    kept = await row(db, actor, "contacts", contact)
    assert (kept["company_id"], kept["left_company_at"]) == (two, None)
    assert await links(db, actor, contact) == [(two, True, True), (one, False, False), (past, False, False)]


async def test_contact_who_leaves_the_last_company_says_so_and_leaves_a_task(db: Database, actor: Actor) -> None:
    owner = await db.run(actor, make.make_user)
    one, two = [await db.run(actor, lambda tx, n=n: make.make_company(tx, n)) for n in ("One", "Two")]
    contact = await db.run(actor, lambda tx: make.make_contact(tx, company_id=one, owner_id=owner))
    await db.run(actor, lambda tx: contacts.end_link(tx, contact, one))
    kept = await row(db, actor, "contacts", contact)
    assert (kept["company_id"], kept["left_company_at"] is None) == (one, False)
    assert await db.run(actor, lambda tx: contacts.end_link(tx, contact, one)) == contacts.leaving.Revision({}, kept["version"])
    for _ in range(2):
        await react(db, actor)
    async with db.read(actor) as tx:
        tasks = await tx.fetch("SELECT t.title, t.assignee_id, t.contact_id FROM tasks t WHERE t.workspace_id = $1", tx.workspace)
    assert [tuple(t) for t in tasks] == [("Ada Lovelace has left One: find out where to", owner, contact)]
    await db.run(actor, lambda tx: contacts.link_company(tx, contact, two))
    kept = await row(db, actor, "contacts", contact)
    assert (kept["company_id"], kept["left_company_at"]) == (two, None)


async def test_bad_days_at_a_company_are_refused(db: Database, actor: Actor) -> None:
    one, two = [await db.run(actor, lambda tx, n=n: make.make_company(tx, n)) for n in ("One", "Two")]
    contact = await db.run(actor, lambda tx: make.make_contact(tx, company_id=one))
    cases: list[tuple[type[Refusal], Any]] = [
        (contacts.BadContactField, lambda tx: contacts.link_company(tx, contact, two, span=contacts.Span(date(2020, 1, 2), date(2020, 1, 1)))),
        (contacts.BadContactField, lambda tx: contacts.link_company(tx, contact, two, primary=True, span=contacts.Span(None, date(2020, 1, 1)))),
        (contacts.BadContactField, lambda tx: contacts.link_company(tx, contact, one, span=contacts.Span(None, date(2020, 1, 1)))),
        (contacts.BadContactField, lambda tx: contacts.end_link(tx, contact, one, date(2199, 1, 1))),
        (NotFound, lambda tx: contacts.end_link(tx, contact, two)),
        (StaleVersion, lambda tx: contacts.end_link(tx, contact, one, expected_version=9)),
    ]
    for kind, work in cases:
        await refused(db, actor, kind, work)


async def test_contact_is_put_away_and_brought_back(db: Database, actor: Actor) -> None:
    contact = await db.run(actor, make.make_contact)
    await db.run(actor, lambda tx: contacts.archive(tx, contact, 1))
    await db.run(actor, lambda tx: contacts.archive(tx, contact))
    assert (await row(db, actor, "contacts", contact))["version"] == 2
    await db.run(actor, lambda tx: contacts.unarchive(tx, contact, 2))
    assert (await row(db, actor, "contacts", contact))["archived_at"] is None


async def test_deal_is_lost_for_a_reason_of_the_workspace_and_reopened_where_it_was(db: Database, actor: Actor) -> None:
    id = await db.run(actor, make.make_deal)
    async with db.read(actor) as tx:
        stage = await tx.value("SELECT s.id FROM deal_stages s WHERE s.workspace_id = $1 AND s.name = 'Proposal'", tx.workspace)
        price = await tx.value("SELECT r.id FROM close_reasons r WHERE r.workspace_id = $1 AND r.code = 'PRICE' AND r.state = 'LOST'", tx.workspace)
    await db.run(actor, lambda tx: deals.move_stage(tx, id, stage))
    await refused(db, actor, deals.LossReasonRequired, lambda tx: deals.lose(tx, id))
    refusal = await refused(db, actor, deals.UnknownCloseReason, lambda tx: deals.lose(tx, id, reason_code="RELATIONSHIP"))
    assert "PRICE" in refusal.params["known"]
    await refused(db, actor, deals.DealNotClosed, lambda tx: deals.reopen(tx, id))
    await db.run(actor, lambda tx: deals.lose(tx, id, "20 % over", reason_code="PRICE"))
    deal = await row(db, actor, "deals", id)
    assert (deal["state"], deal["close_reason_id"], deal["close_reason"], deal["probability"]) == ("LOST", price, "20 % over", 0)
    await db.run(actor, lambda tx: deals.reopen(tx, id))
    deal = await row(db, actor, "deals", id)
    assert (deal["state"], deal["stage_id"], deal["close_reason_id"], deal["close_reason"], deal["closed_at"]) == ("OPEN", stage, None, None, None)


async def test_main_contact_of_a_deal_passes_on(db: Database, actor: Actor) -> None:
    deal, (one, two) = await db.run(actor, make.make_deal), [await db.run(actor, make.make_contact) for _ in range(2)]
    await db.run(actor, lambda tx: deals.put_contact(tx, deal, one, "CHAMPION"))
    await db.run(actor, lambda tx: deals.put_contact(tx, deal, two, expected_version=2))
    await refused(db, actor, deals.PrimaryContact, lambda tx: deals.remove_contact(tx, deal, one))
    await db.run(actor, lambda tx: deals.put_contact(tx, deal, two, "PURCHASER", True))
    await db.run(actor, lambda tx: deals.remove_contact(tx, deal, one))
    async with db.read(actor) as tx:
        rows = await tx.fetch("SELECT c.contact_id, c.role, c.is_primary FROM deal_contacts c WHERE c.workspace_id = $1", tx.workspace)
    assert [tuple(r) for r in rows] == [(two, "PURCHASER", True)]
    await refused(db, actor, deals.BadDealField, lambda tx: deals.put_contact(tx, deal, one, "BOSS"))
    await refused(db, actor, NotFound, lambda tx: deals.set_products(tx, deal, [uuid7()]))


async def test_amounts_of_other_currencies_are_told_in_the_workspaces(db: Database, actor: Actor) -> None:
    async def deal(tx: Tx, minor: int, currency: str) -> UUID:
        return await deals.create(tx, deals.NewDeal("A", amount_minor=minor, currency=currency))

    euro, yen = await db.run(actor, lambda tx: deal(tx, 990, "EUR")), await db.run(actor, lambda tx: deal(tx, 10_000, "JPY"))
    base = [((await row(db, actor, "deals", id))["base_minor"], (await row(db, actor, "deals", id))["base_currency"]) for id in (euro, yen)]
    assert base == [(990, "EUR"), (None, None)]
    today = (await row(db, actor, "deals", yen))["created_at"].date()
    await db.run(actor, lambda tx: deals.set_rate(tx, "jpy", 0.0061, today - timedelta(days=5)))
    assert (await row(db, actor, "deals", yen))["base_minor"] == 6100
    await db.run(actor, lambda tx: deals.win(tx, yen))
    await db.run(actor, lambda tx: deals.set_rate(tx, "JPY", 0.01, today + timedelta(days=1)))
    late = await db.run(actor, lambda tx: deal(tx, 20_000, "JPY"))
    assert [(await row(db, actor, "deals", id))["base_minor"] for id in (yen, late)] == [6100, 12200]
    await db.run(actor, lambda tx: deals.update(tx, late, {"amount_minor": 100_000}))
    assert (await row(db, actor, "deals", late))["base_minor"] == 61000
    for currency, rate in (("EUR", 2.0), ("XXX", 2.0), ("USD", 0.0), ("USD", float("nan"))):
        await refused(db, actor, deals.BadDealField, lambda tx, c=currency, r=rate: deals.set_rate(tx, c, r))
