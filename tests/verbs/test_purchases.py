"""A purchase is told once; strangers become contacts, open leads are converted or the purchase waits; refunds never exceed what was paid."""

import asyncio
from typing import Any
from uuid import UUID

from leadwell import conversion, purchases, reactions, workspaces
from leadwell.base.actor import Actor
from leadwell.base.refusals import NotFound
from leadwell.base.tx import Database
from leadwell.companies import NewCompany
from leadwell.events import sequence
from leadwell.purchases import Buyer, NewPurchase
from tests import builders as make
from tests.verbs.conversions import counted, owned_lead, refused, row


def bought(id: str = "A-1", minor: int = 5000, buyer: Buyer | None = None, **more: Any) -> NewPurchase:
    return NewPurchase("shop", id, minor, more.pop("currency", "EUR"), buyer or Buyer(), **more)


async def recorded(db: Database, actor: Actor, purchase: NewPurchase) -> purchases.Recorded:
    return await db.run(actor, lambda tx: purchases.record(tx, purchase))


async def react(db: Database, actor: Actor) -> None:
    await db.run(actor, lambda tx: sequence(tx))
    await db.run(actor, lambda tx: reactions.react(tx, 100))


async def test_purchase_of_a_contact_stands_on_contact_and_company(db: Database, actor: Actor) -> None:
    contact = await db.run(actor, make.make_contact)
    done = await recorded(db, actor, bought(buyer=Buyer(contact_id=contact), items=[{"name": "Chair", "quantity": 2}]))
    kept, customer = await row(db, actor, "purchases", done.id), await row(db, actor, "contacts", contact)
    assert (kept["state"], kept["contact_id"], kept["company_id"], kept["base_minor"]) == ("RECORDED", contact, customer["company_id"], 5000)
    assert customer["type"] == "CUSTOMER"
    async with db.read(actor) as tx:
        lived = await tx.row("SELECT a.kind, a.data FROM activities a WHERE a.workspace_id = $1", tx.workspace)
    assert (lived["kind"], lived["data"]["amount_minor"]) == ("PURCHASE", 5000)


async def test_told_again_it_is_the_same_purchase(db: Database, actor: Actor) -> None:
    contact = await db.run(actor, make.make_contact)
    first = await recorded(db, actor, bought(buyer=Buyer(contact_id=contact)))
    before = await counted(db, actor)
    done = await asyncio.gather(*(recorded(db, actor, bought(buyer=Buyer(contact_id=contact))) for _ in range(10)))
    assert {(one.id, one.known) for one in done} == {(first.id, True)}
    assert await counted(db, actor) == before
    refusal = await refused(db, actor, purchases.PurchaseExists, lambda tx: purchases.record(tx, bought(minor=1, buyer=Buyer(contact_id=contact))))
    assert refusal.params["differs"] == "amount"


async def test_ten_who_tell_of_one_purchase_of_a_stranger_make_one_contact(db: Database, actor: Actor) -> None:
    buyer = Buyer(person={"name": "Grace Hopper", "email": "grace@navy.example"}, company=NewCompany("Navy", "navy.example"))
    done = await asyncio.gather(*(recorded(db, actor, bought(buyer=buyer)) for _ in range(10)))
    assert len({(one.id, one.contact_id) for one in done}) == 1
    assert sum(not one.known for one in done) == 1
    found = await counted(db, actor)
    assert (found["purchases"], found["contacts"], found["people"]) == (1, 1, 1)


async def test_stranger_without_a_company_waits_until_they_become_a_contact(db: Database, actor: Actor) -> None:
    done = await recorded(db, actor, bought(buyer=Buyer(person={"email": "grace@navy.example"})))
    kept = await row(db, actor, "purchases", done.id)
    assert (kept["state"], kept["parked_reason"], kept["contact_id"]) == ("PARKED", "COMPANY_REQUIRED", None)
    await refused(db, actor, purchases.BadPurchase, lambda tx: purchases.settle(tx, done.id))
    company = await db.run(actor, make.make_company)
    await db.run(actor, lambda tx: purchases.settle(tx, done.id, Buyer(company_id=company), 1))
    kept = await row(db, actor, "purchases", done.id)
    assert (kept["state"], kept["parked_reason"], kept["company_id"], kept["version"]) == ("RECORDED", None, company, 2)


async def test_stranger_gets_a_company_of_their_own_where_the_workspace_has_individuals(db: Database, actor: Actor) -> None:
    await db.run(actor, lambda tx: workspaces.update_settings(tx, {"individuals": True}))
    done = await recorded(db, actor, bought(buyer=Buyer(person={"email": "grace@navy.example"})))
    assert (await row(db, actor, "companies", done.company_id))["kind"] == "INDIVIDUAL"
    assert (await row(db, actor, "contacts", done.contact_id))["type"] == "CUSTOMER"


async def test_open_lead_who_buys_is_converted_by_the_system_without_a_deal(db: Database, actor: Actor) -> None:
    lead = await db.run(actor, owned_lead)
    user = await db.run(actor, make.make_user)
    done = await recorded(db, Actor(actor.workspace, "USER", user), bought(buyer=Buyer(lead_id=lead)))
    found = await counted(db, actor)
    assert (found["conversions"], found["deals"], done.state) == (1, 0, "RECORDED")
    async with db.read(actor) as tx:
        seal = await tx.row("SELECT c.contact_id, c.actor FROM conversions c WHERE c.workspace_id = $1", tx.workspace)
    assert tuple(seal) == (done.contact_id, "SYSTEM")


async def test_purchase_waits_for_the_lead_where_the_workspace_wants_that(db: Database, actor: Actor) -> None:
    await db.run(actor, lambda tx: workspaces.update_settings(tx, {"purchase_by_lead": "PARK"}))
    lead = await db.run(actor, owned_lead)
    done = await recorded(db, actor, bought(buyer=Buyer(lead_id=lead)))
    kept = await row(db, actor, "purchases", done.id)
    assert (done.state, kept["parked_reason"]) == ("PARKED", "BY_SETTING")
    assert (await row(db, actor, "leads", lead))["state"] == "OPEN"
    result = await db.run(actor, lambda tx: conversion.convert(tx, lead))
    for _ in range(2):
        await react(db, actor)
    kept = await row(db, actor, "purchases", done.id)
    assert (kept["state"], kept["contact_id"], kept["version"]) == ("RECORDED", result.contact_id, 2)
    async with db.read(actor) as tx:
        assert await tx.value("SELECT count(*) FROM activities a WHERE a.workspace_id = $1 AND a.kind = 'PURCHASE'", tx.workspace) == 1


async def test_lead_of_nobody_makes_the_purchase_wait_and_says_why(db: Database, actor: Actor) -> None:
    lead = await db.run(actor, lambda tx: owned_lead(tx, owner_id=None))
    done = await recorded(db, actor, bought(buyer=Buyer(lead_id=lead)))
    assert (done.state, (await row(db, actor, "purchases", done.id))["parked_reason"]) == ("PARKED", "OWNER_REQUIRED")
    assert (await counted(db, actor))["conversions"] == 0


async def test_refunds_together_never_exceed_the_purchase(db: Database, actor: Actor) -> None:
    contact = await db.run(actor, make.make_contact)
    first = await recorded(db, actor, bought(buyer=Buyer(contact_id=contact)))
    refunds = [bought(f"R-{i}", -1500, refund_of="A-1") for i in range(5)]
    done = await asyncio.gather(*(recorded(db, actor, one) for one in refunds), return_exceptions=True)
    assert sorted(type(one).__name__ for one in done) == ["Recorded"] * 3 + ["RefundTooLarge"] * 2
    last = await recorded(db, actor, bought("R-9", -500, refund_of="A-1"))
    kept = await row(db, actor, "purchases", last.id)
    assert (kept["refund_of_id"], kept["contact_id"]) == (first.id, contact)
    async with db.read(actor) as tx:
        assert await tx.value("SELECT sum(p.base_minor) FROM purchases p WHERE p.workspace_id = $1", tx.workspace) == 0


async def test_bad_purchases_are_refused(db: Database, actor: Actor) -> None:
    contact: UUID = await db.run(actor, make.make_contact)
    known = Buyer(contact_id=contact)
    await recorded(db, actor, bought(buyer=known))
    cases: list[tuple[type[Exception], NewPurchase, str | None]] = [
        (purchases.BadPurchase, bought(" ", buyer=known), "external_id"), (purchases.BadPurchase, bought("B", 0, known), "amount"),
        (purchases.BadPurchase, bought("B", -5, known), "amount"), (purchases.BadPurchase, bought("B", 5, known, refund_of="A-1"), "amount"),
        (purchases.BadPurchase, bought("B", -5, refund_of="nothing"), "refund_of"),
        (purchases.BadPurchase, bought("B", -5, refund_of="A-1", currency="USD"), "refund_of"),
        (purchases.RefundTooLarge, bought("B", -5001, refund_of="A-1"), "amount"), (purchases.BuyerRequired, bought("B"), None),
        (NotFound, bought("B", buyer=Buyer(contact_id=actor.workspace)), "contact_id"),
        (NotFound, bought("B", buyer=Buyer(contact_id=contact, company_id=actor.workspace)), "company_id"),
        (conversion.NobodyNamed, bought("B", buyer=Buyer(person={"country": "DE"})), "person"),
    ]  # fmt: skip
    for kind, purchase, field in cases:
        assert (await refused(db, actor, kind, lambda tx, p=purchase: purchases.record(tx, p))).field == field
