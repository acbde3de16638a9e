"""A connection cut at COMMIT: the change is there once, whether or not anybody was told."""

from dataclasses import replace
from uuid import UUID

import pytest

from api.app import create_app
from leadwell.base.actor import Actor
from leadwell.base.ids import uuid7
from leadwell.base.pool import open_pool
from leadwell.base.tx import CommitUnknown, Database, Tx
from leadwell.embedded.servers import Servers
from tests.doors.serving import ask, asking, key_for, running, settings_for
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


async def test_a_mutation_whose_commit_nobody_heard_of_is_one_row_and_answers_the_first_result_to_its_retry(
    migrated: Servers, db: Database, workspace: UUID, actor: Actor,
) -> None:
    """With a key the door tries again by itself; without one it says that nobody knows, and the same with a key of the client's is safe."""
    document = "mutation($key: String) { createLead(input: {lastName: %s, idempotencyKey: $key}) { lead { id } replayed userErrors { code } } }"
    key = await key_for(db, workspace)
    async with proxied(migrated.database_url) as proxy:
        settings = settings_for(migrated)
        async with running(create_app(replace(settings, database_url=proxy.url))) as app, asking(app, key) as client:
            await ask(client, "{ leads { nodes { id } } }")
            proxy.cut_after(b"COMMIT")
            first = (await ask(client, document % '"Ana"', key="once"))["data"]["createLead"]
            assert proxy.cuts == 1
            again = (await ask(client, document % '"Ana"', key="once"))["data"]["createLead"]
            proxy.cut_after(b"COMMIT")
            unknown = (await ask(client, document % '"Bo"'))["data"]["createLead"]
            assert (proxy.cuts, unknown["lead"], [error["code"] for error in unknown["userErrors"]]) == (2, None, ["COMMIT_UNKNOWN"])
    assert (first["lead"], first["userErrors"], again["replayed"], again["lead"]) == (again["lead"], [], True, first["lead"])
    async with db.read(actor) as tx:
        names = [row["name"] for row in await tx.fetch("SELECT p.name FROM people p WHERE p.workspace_id = $1 ORDER BY p.name", tx.workspace)]
    assert names == ["Ana", "Bo"]
