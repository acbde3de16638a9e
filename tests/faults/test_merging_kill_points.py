"""Merges killed by SIGKILL at every point leave everything as it was; the next call does all of it."""

import signal
from uuid import UUID

import pytest

from leadwell.base.actor import Actor
from leadwell.base.tx import Database, Tx
from leadwell.embedded.servers import Servers
from tests import builders as make
from tests.faults.nursery import nursery
from tests.filling import fingerprint
from tests.verbs.merges import merge, rows, state, two

KILLED = -signal.SIGKILL


async def die(cluster: Servers, fault: str, *arguments: str) -> int:
    return await nursery.run("tests.faults.one_merge", fault, cluster.database_url, *arguments)


async def furnished(db: Database, actor: Actor) -> tuple[UUID, UUID]:
    ana, twin = await two(db, actor, phone="+4930123456")

    async def behind(tx: Tx) -> None:
        for person in (ana, twin):
            await make.make_lead(tx, person)
            await make.make_contact(tx, person)
            await make.make_activity(tx, person)

    await db.run(actor, behind)
    return ana, twin


@pytest.mark.parametrize("point", ["merging.locked", "merging.lead", "merging.contact", "merging.person", "merging.done"])
async def test_a_merge_killed_on_the_way_has_not_happened_and_can_be_done(migrated: Servers, db: Database, actor: Actor, point: str) -> None:
    ana, twin = await furnished(db, actor)
    before = await fingerprint(db, actor.workspace)
    assert await die(migrated, point, str(actor.workspace), "Person", str(ana), str(twin)) == KILLED
    assert await fingerprint(db, actor.workspace) == before
    assert await die(migrated, "", str(actor.workspace), "Person", str(ana), str(twin)) == 0
    assert (await merge(db, actor, ana, twin)).replayed


@pytest.mark.parametrize("point", ["merging.company", "merging.done"])
async def test_a_merge_of_companies_killed_on_the_way_has_not_happened_and_can_be_done(migrated: Servers, db: Database, actor: Actor, point: str) -> None:
    async def some(tx: Tx) -> tuple[UUID, UUID]:
        acme, twin = await make.make_company(tx, "Acme", "acme.example"), await make.make_company(tx, "Beta", "beta.example")
        await make.make_deal(tx, twin)
        await make.make_contact(tx, None, twin)
        return acme, twin

    acme, twin = await db.run(actor, some)
    before = await fingerprint(db, actor.workspace)
    assert await die(migrated, point, str(actor.workspace), "Company", str(acme), str(twin)) == KILLED
    assert await fingerprint(db, actor.workspace) == before
    assert await die(migrated, "", str(actor.workspace), "Company", str(acme), str(twin)) == 0
    assert (await merge(db, actor, acme, twin, noun="Company")).replayed


@pytest.mark.parametrize("point", ["unmerging.locked", "unmerging.split", "unmerging.done"])
async def test_an_unmerge_killed_on_the_way_has_not_happened_and_can_be_done(migrated: Servers, db: Database, actor: Actor, point: str) -> None:
    ana, twin = await furnished(db, actor)
    apart = await state(db, actor)
    done = await merge(db, actor, ana, twin)
    before = await fingerprint(db, actor.workspace)
    assert await die(migrated, point, str(actor.workspace), "unmerge", str(done.id)) == KILLED
    assert await fingerprint(db, actor.workspace) == before
    assert await die(migrated, "", str(actor.workspace), "unmerge", str(done.id)) == 0
    assert await state(db, actor) == apart
    assert [r["undone"] for r in await rows(db, actor, "merges", "unmerged_at IS NOT NULL AS undone")] == [True]
