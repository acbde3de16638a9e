"""Many conversions at once, and answers lost on the way, end in one conversion."""

import asyncio
from uuid import UUID

import pytest

from leadwell.base.actor import Actor
from leadwell.base.ids import uuid7
from leadwell.base.tx import CommitUnknown, Database, Tx
from leadwell.embedded.servers import Servers
from tests import builders as make
from tests.cutting import Cutting
from tests.verbs.conversions import converting, counted, owned_lead, row


async def test_fifty_conversions_of_one_lead_at_once_make_one_of_each(db: Database, actor: Actor) -> None:
    lead_id = await db.run(actor, owned_lead)
    done = await asyncio.gather(*(db.run(actor, converting(lead_id)) for _ in range(50)))
    assert sorted(d.replayed for d in done) == [False] + [True] * 49
    assert len({(d.contact_id, d.company_id, d.deal_id) for d in done}) == 1
    after = await counted(db, actor)
    assert [after[table] for table in ("contacts", "companies", "deals", "conversions")] == [1, 1, 1, 1]


async def test_hundred_leads_of_one_company_converted_at_once_make_one_company(db: Database, actor: Actor) -> None:
    async def given(tx: Tx) -> list[UUID]:
        owner = await make.make_user(tx)
        mails = [f"p{i}@acme.example" if i % 4 else f"p{i}.{uuid7().hex}@gmail.com" for i in range(100)]
        return [await owned_lead(tx, f"Person {i}", mail, owner_id=owner, country="DE") for i, mail in enumerate(mails)]

    ids = await db.run(actor, given)
    done = await asyncio.gather(*(db.run(actor, converting(id)) for id in ids))
    after = await counted(db, actor)
    assert len({d.company_id for d in done}) == 1
    assert [after[table] for table in ("companies", "company_domains", "company_keys", "contacts", "deals")] == [1, 1, 2, 100, 100]
    assert (await row(db, actor, "companies", done[0].company_id))["domain"] == "acme.example"


async def test_one_domain_under_two_names_converted_at_once_is_one_company(db: Database, actor: Actor) -> None:
    async def given(tx: Tx) -> list[UUID]:
        owner = await make.make_user(tx)
        await make.make_company(tx, "Acme Ltd")
        leads = [("Acme Ltd", "a@one.example"), ("Bolt", "b@one.example"), ("Cog", "c@one.example")]
        return [await owned_lead(tx, name, mail, owner_id=owner, company_name=name) for name, mail in leads]

    ids = await db.run(actor, given)
    done = await asyncio.gather(*(db.run(actor, converting(id)) for id in ids))
    assert len({d.company_id for d in done}) == 1
    after = await counted(db, actor)
    assert [after[table] for table in ("company_domains", "contacts", "deals")] == [1, 3, 3]
    assert (await row(db, actor, "companies", done[0].company_id))["domain"] == "one.example"


async def test_two_leads_of_one_person_converted_at_once_make_one_contact(db: Database, actor: Actor) -> None:
    async def given(tx: Tx) -> list[UUID]:
        person, owner = await make.make_person(tx), await make.make_user(tx)
        pipeline = uuid7()
        await make.insert(tx, "pipelines", id=pipeline, kind="LEAD", name="Partners", **await make.stamps(tx))
        new, done = uuid7(), uuid7()
        for id, name, type in ((new, "New", "NEW"), (done, "Done", "CONVERTED")):
            await make.insert(tx, "lead_statuses", id=id, pipeline_id=pipeline, name=name, type=type, position=0, is_default=True, **await make.stamps(tx))
        shared = {"owner_id": owner, "company_name": "Acme"}
        return [await make.make_lead(tx, person, **shared), await make.make_lead(tx, person, pipeline_id=pipeline, status_id=new, **shared)]

    one, two = await db.run(actor, given)
    done = await asyncio.gather(db.run(actor, converting(one)), db.run(actor, converting(two)))
    assert done[0].contact_id == done[1].contact_id
    assert done[0].company_id == done[1].company_id
    assert done[0].deal_id != done[1].deal_id


async def test_answer_lost_at_commit_is_found_again_by_the_retry(db: Database, actor: Actor, migrated: Servers) -> None:
    lead_id = await db.run(actor, owned_lead)
    async with Cutting(migrated.database_url) as (cut, arm):
        arm()
        done = await cut.run(actor, converting(lead_id), replayable=True)
    assert done.replayed
    assert (await counted(db, actor))["conversions"] == 1


async def test_answer_lost_at_commit_without_replay_is_told_as_unknown_and_the_next_call_replays(db: Database, actor: Actor, migrated: Servers) -> None:
    lead_id = await db.run(actor, owned_lead)
    async with Cutting(migrated.database_url) as (cut, arm):
        arm()
        with pytest.raises(CommitUnknown):
            await cut.run(actor, converting(lead_id))
    assert (await db.run(actor, converting(lead_id))).replayed
