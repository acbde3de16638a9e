"""A connection cut at COMMIT: the change is there once, whether or not anybody was told."""

import pytest

from leadwell.base.actor import Actor
from leadwell.base.ids import uuid7
from leadwell.base.pool import open_pool
from leadwell.base.tx import CommitUnknown, Database, Tx
from leadwell.embedded.servers import Servers
from tests.proxy import proxied

INSERT = "INSERT INTO tags (workspace_id, id, name, created_at, updated_at) VALUES ($1, $2, $3, clock_timestamp(), clock_timestamp()) ON CONFLICT DO NOTHING"


async def count(db: Database, actor: Actor) -> int:
    async with db.read(actor) as tx:
        return await tx.value("SELECT count(*) FROM tags t WHERE t.workspace_id = $1", tx.workspace)


async def test_commit_that_nobody_heard_of_is_reported_as_unknown_and_stands_once(migrated: Servers, db: Database, actor: Actor) -> None:
    runs = 0

    async def write(tx: Tx) -> None:
        nonlocal runs
        runs += 1
        await tx.execute(INSERT, tx.workspace, uuid7(), "once")

    async with proxied(migrated.database_url) as proxy:
        cut = Database(await open_pool(proxy.url, size=2))
        await cut.run(actor, lambda tx: tx.value("SELECT 1"))
        proxy.cut_after(b"COMMIT")
        with pytest.raises(CommitUnknown):
            await cut.run(actor, write)
        await cut.close()
    assert (proxy.cuts, runs, await count(db, actor)) == (1, 1, 1)


async def test_replayable_change_is_run_again_and_stands_once(migrated: Servers, db: Database, actor: Actor) -> None:
    runs = 0

    async def write(tx: Tx) -> int:
        nonlocal runs
        runs += 1
        await tx.execute(INSERT, tx.workspace, uuid7(), "once")
        return runs

    async with proxied(migrated.database_url) as proxy:
        cut = Database(await open_pool(proxy.url, size=2))
        await cut.run(actor, lambda tx: tx.value("SELECT 1"))
        proxy.cut_after(b"COMMIT")
        assert await cut.run(actor, write, replayable=True) == 2
        await cut.close()
    assert (proxy.cuts, await count(db, actor)) == (1, 1)
