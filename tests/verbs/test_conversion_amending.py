"""What a conversion left out is attached later; the lead stays as it was sealed."""

import asyncio
from uuid import UUID

import asyncpg

from leadwell import contacts, conversion
from leadwell.base.actor import Actor
from leadwell.base.tx import Database
from leadwell.conversion import CompanyWish, Conversion, ConversionWish, DealWish
from leadwell.embedded.servers import Servers
from tests import builders as make
from tests.verbs.conversions import converting, counted, owned_lead, refused, row
from tests.verbs.test_conversion import set_setting

BARE = ConversionWish(deal=DealWish("NONE"))
DEAL = ConversionWish(deal=DealWish("CREATE", name="Forgotten"))
REAL = ConversionWish(CompanyWish(name="Real Ltd"), deal=DealWish("NONE"))


async def converted(db: Database, actor: Actor, wish: ConversionWish = BARE, **more: object) -> Conversion:
    lead_id = await db.run(actor, lambda tx: owned_lead(tx, **more))  # type: ignore[arg-type]
    return await db.run(actor, converting(lead_id, wish))


async def amended(db: Database, actor: Actor, lead: UUID, wish: ConversionWish, *, company: bool = False) -> Conversion:
    return await db.run(actor, lambda tx: conversion.amend(tx, lead, wish, company=company))


async def test_forgotten_deal_is_attached_and_the_lead_stays_sealed(db: Database, actor: Actor) -> None:
    first = await converted(db, actor)
    lead = dict(await row(db, actor, "leads", first.lead_id))
    done = await amended(db, actor, first.lead_id, DEAL)
    deal = await row(db, actor, "deals", done.deal_id)
    assert (deal["name"], deal["company_id"], deal["lead_id"]) == ("Forgotten", first.company_id, first.lead_id)
    assert [(m["noun"], m["action"]) for m in done.manifest] == [("Deal", "CREATED")]
    assert dict(await row(db, actor, "leads", first.lead_id)) == lead
    async with db.read(actor) as tx:
        kept = await tx.row("SELECT c.deal_id, c.manifest FROM conversions c WHERE c.workspace_id = $1", tx.workspace)
        people = await tx.fetch("SELECT d.contact_id, d.is_primary FROM deal_contacts d WHERE d.workspace_id = $1", tx.workspace)
    assert kept
    assert (kept["deal_id"], kept["manifest"]) == (done.deal_id, first.manifest), "what was written first stays"
    assert [tuple(p) for p in people] == [(first.contact_id, True)]


async def test_same_amendment_again_finds_the_first_and_another_is_refused(db: Database, actor: Actor) -> None:
    first = await converted(db, actor)
    done = await amended(db, actor, first.lead_id, DEAL)
    before = await counted(db, actor)
    again = await amended(db, actor, first.lead_id, DEAL)
    assert (again.replayed, again.deal_id) == (True, done.deal_id)
    assert await counted(db, actor) == before
    other = ConversionWish(deal=DealWish("CREATE", name="Another"))
    await refused(db, actor, conversion.AlreadyAttached, lambda tx: conversion.amend(tx, first.lead_id, other, company=False))


async def test_amendments_at_once_attach_one_deal(db: Database, actor: Actor) -> None:
    first = await converted(db, actor)
    done = await asyncio.gather(*(amended(db, actor, first.lead_id, DEAL) for _ in range(10)))
    assert len({d.deal_id for d in done}) == 1
    assert sorted(d.replayed for d in done) == [False] + [True] * 9


async def test_company_of_an_individual_is_attached_and_takes_the_deal_along(db: Database, actor: Actor, migrated: Servers) -> None:
    await set_setting(migrated, actor.workspace, '{"individuals": true}')
    first = await converted(db, actor, ConversionWish(), company_name=None, email="ada@gmail.com")
    done = await amended(db, actor, first.lead_id, REAL, company=True)
    async with db.read(actor) as tx:
        links = await contacts.links_of(tx, first.contact_id)
        kept = await tx.value("SELECT c.company_id FROM conversions c WHERE c.workspace_id = $1", tx.workspace)
    assert [(link.name, link.is_primary) for link in links] == [("Real Ltd", True)]
    assert (await row(db, actor, "deals", first.deal_id))["company_id"] == done.company_id == kept
    assert (await row(db, actor, "companies", first.company_id))["archived_at"] is not None
    assert (await amended(db, actor, first.lead_id, REAL, company=True)).replayed


async def test_company_that_is_there_is_not_replaced(db: Database, actor: Actor) -> None:
    first = await converted(db, actor)
    await refused(db, actor, conversion.AlreadyAttached, lambda tx: conversion.amend(tx, first.lead_id, REAL, company=True))


async def test_nothing_to_attach_and_no_conversion_to_attach_to_are_refused(db: Database, actor: Actor) -> None:
    first, lead_id = await converted(db, actor), await db.run(actor, lambda tx: make.make_lead(tx))
    await refused(db, actor, conversion.NothingToAttach, lambda tx: conversion.amend(tx, first.lead_id, BARE, company=False))
    await refused(db, actor, conversion.NotConverted, lambda tx: conversion.amend(tx, lead_id, DEAL, company=False))


async def test_conversion_is_changed_by_no_statement(db: Database, actor: Actor) -> None:
    first = await converted(db, actor)
    for sql in ("UPDATE conversions SET deal_id = NULL WHERE workspace_id = $1", "DELETE FROM conversion_amendments WHERE workspace_id = $1"):
        try:
            await db.run(actor, lambda tx, sql=sql: tx.execute(sql, tx.workspace))
        except asyncpg.InsufficientPrivilegeError:
            continue
        raise AssertionError(sql)
    async with db.read(actor) as tx:
        assert await tx.value("SELECT c.lead_id FROM conversions c WHERE c.workspace_id = $1", tx.workspace) == first.lead_id
