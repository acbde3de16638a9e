"""Conversions killed by SIGKILL at every point leave everything as it was; the next call does all of it."""

import signal
from uuid import UUID

import pytest

from leadwell import conversion
from leadwell.base.actor import Actor
from leadwell.base.tx import Database, Tx
from leadwell.embedded.servers import Servers
from tests import builders as make
from tests.faults.nursery import nursery
from tests.filling import fingerprint
from tests.verbs.conversions import converting, counted, owned_lead
from tests.verbs.test_conversion import set_setting
from tests.verbs.test_conversion_options import twins

KILLED = -signal.SIGKILL


async def die(cluster: Servers, fault: str, *arguments: str) -> int:
    return await nursery.run("tests.faults.one_conversion", fault, cluster.database_url, *arguments)


async def busy_lead(db: Database, actor: Actor) -> UUID:
    """A lead with a company to be filled and a task to be handed over, so that a conversion writes in several statements."""

    async def given(tx: Tx) -> UUID:
        await make.make_company(tx, "Acme Ltd", "acme.example")
        lead = await owned_lead(tx, email="ada@acme.example", industry="Software")
        await make.make_task(tx, lead_id=lead, assignee_id=await make.make_user(tx))
        return lead

    return await db.run(actor, given)


@pytest.mark.parametrize("point", ["conversion.locked", "conversion.company", "conversion.contact", "conversion.sealed", "conversion.done"])
async def test_a_conversion_killed_on_the_way_has_not_happened_and_can_be_done(migrated: Servers, db: Database, actor: Actor, point: str) -> None:
    lead = await busy_lead(db, actor)
    before = await fingerprint(db, actor.workspace)
    assert await die(migrated, point, str(actor.workspace), "convert", str(lead)) == KILLED
    assert await fingerprint(db, actor.workspace) == before
    assert await die(migrated, "", str(actor.workspace), "convert", str(lead)) == 0
    assert (await db.run(actor, converting(lead))).replayed


@pytest.mark.parametrize("point", ["conversion.merged", "conversion.sealed"])
async def test_a_conversion_that_makes_two_people_one_is_all_or_nothing(migrated: Servers, db: Database, actor: Actor, point: str) -> None:
    lead, _, _ = await twins(db, actor)
    before = await fingerprint(db, actor.workspace)
    assert await die(migrated, point, str(actor.workspace), "link", str(lead)) == KILLED
    assert await fingerprint(db, actor.workspace) == before
    assert await die(migrated, "", str(actor.workspace), "link", str(lead)) == 0
    assert (await counted(db, actor))["merges"] == 1


async def test_a_batch_killed_on_the_way_has_not_happened(migrated: Servers, db: Database, actor: Actor) -> None:
    lead, other = await busy_lead(db, actor), await db.run(actor, lambda tx: owned_lead(tx, "Bo", "bo@acme.example"))
    before = await fingerprint(db, actor.workspace)
    assert await die(migrated, "conversion.done", str(actor.workspace), "convert", str(lead), str(other)) == KILLED
    assert await fingerprint(db, actor.workspace) == before
    assert await die(migrated, "", str(actor.workspace), "convert", str(lead), str(other)) == 0
    assert (await counted(db, actor))["conversions"] == 2


@pytest.mark.parametrize("point", ["amending.locked", "amending.company", "amending.done"])
async def test_an_amendment_killed_on_the_way_has_not_happened_and_can_be_done(migrated: Servers, db: Database, actor: Actor, point: str) -> None:
    await set_setting(migrated, actor.workspace, '{"individuals": true}')
    lead = await db.run(actor, lambda tx: owned_lead(tx, company_name=None, email="ada@gmail.com"))
    await db.run(actor, converting(lead, conversion.ConversionWish(deal=conversion.DealWish("NONE"))))
    before = await fingerprint(db, actor.workspace)
    assert await die(migrated, point, str(actor.workspace), "amend", str(lead)) == KILLED
    assert await fingerprint(db, actor.workspace) == before
    assert await die(migrated, "", str(actor.workspace), "amend", str(lead)) == 0
    assert (await counted(db, actor))["conversion_amendments"] == 1
