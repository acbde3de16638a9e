"""Many leads in one call: each has a result, and one that is refused is skipped or stops them all."""

import asyncio
from uuid import UUID

from leadwell import conversion, leads
from leadwell.base.actor import Actor
from leadwell.base.ids import uuid7
from leadwell.base.refusals import NotFound
from leadwell.base.tx import Database, Tx
from leadwell.conversion import ConversionWish, DealWish, Item
from tests import builders as make
from tests.verbs.conversions import counted, owned_lead, refused, row


async def some(db: Database, actor: Actor, n: int, company: str = "Acme Ltd") -> list[UUID]:
    async def given(tx: Tx) -> list[UUID]:
        owner = await make.make_user(tx)
        mails = [f"p{i}@{company.split()[0].lower()}.example" for i in range(n)]
        return [await owned_lead(tx, f"Person {i}", mail, owner_id=owner, company_name=company) for i, mail in enumerate(mails)]

    return await db.run(actor, given)


async def test_refused_entry_is_skipped_and_leaves_no_trace(db: Database, actor: Actor) -> None:
    one, two, junk = await some(db, actor, 3)
    await db.run(actor, lambda tx: leads.junk(tx, junk, "NO_FIT"))
    items = [Item(one), Item(junk), Item(uuid7()), Item(two, ConversionWish(deal=DealWish("NONE"))), Item(one)]
    done = await db.run(actor, lambda tx: conversion.convert_many(tx, items, "SKIP"))
    assert [type(o.refusal) for o in done] == [type(None), conversion.LeadIsJunk, NotFound, type(None), type(None)]
    assert [o.done.replayed for o in done if o.done] == [False, False, True]
    assert done[0].done
    assert done[3].done
    assert done[0].done.company_id == done[3].done.company_id
    after = await counted(db, actor)
    assert [after[table] for table in ("companies", "contacts", "deals", "conversions")] == [1, 2, 1, 2]
    assert (await row(db, actor, "leads", junk))["state"] == "JUNK"


async def test_refused_entry_stops_them_all_and_says_which_it_is(db: Database, actor: Actor) -> None:
    one, two, junk = await some(db, actor, 3)
    await db.run(actor, lambda tx: leads.junk(tx, junk, "NO_FIT"))
    wish = ConversionWish(deal=DealWish("USE", uuid7()))
    items = [Item(one), Item(two, wish)]
    assert (await refused(db, actor, NotFound, lambda tx: conversion.convert_many(tx, items))).field == "leads.1.deal.id"
    refusal = await refused(db, actor, conversion.LeadIsJunk, lambda tx: conversion.convert_many(tx, [Item(one), Item(junk)]))
    assert refusal.field == "leads.1"


async def test_more_than_five_hundred_are_refused(db: Database, actor: Actor) -> None:
    items = [Item(uuid7()) for _ in range(501)]
    await refused(db, actor, conversion.TooManyLeads, lambda tx: conversion.convert_many(tx, items))


async def test_batches_at_once_over_the_same_leads_make_each_conversion_once(db: Database, actor: Actor) -> None:
    ids = [*await some(db, actor, 20), *await some(db, actor, 20, "Bolt GmbH")]
    orders = [ids, ids[::-1], ids[10:], ids[::2]]
    done = await asyncio.gather(*(db.run(actor, lambda tx, o=o: conversion.convert_many(tx, [Item(id) for id in o], "SKIP")) for o in orders))
    assert not any(outcome.refusal for outcomes in done for outcome in outcomes)
    assert sum(bool(outcome.done and not outcome.done.replayed) for outcomes in done for outcome in outcomes) == 40
    after = await counted(db, actor)
    assert [after[table] for table in ("companies", "contacts", "deals", "conversions")] == [2, 40, 40, 40]
