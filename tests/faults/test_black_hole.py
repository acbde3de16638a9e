"""A network that swallows everything and tells nobody: what waits is given up at its deadline, and works again when the network is back."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest

from api.app import create_app
from leadwell import work
from leadwell.base.actor import Actor
from leadwell.base.ids import uuid7
from leadwell.base.pool import Deadlines, open_pool
from leadwell.base.refusals import Unavailable
from leadwell.base.tx import CommitUnknown, Database, Tx
from leadwell.embedded.servers import Servers
from leadwell.wiring import Kit
from leadwell.work import Job, Kind, NewJob
from tests.doors.serving import ask, asking, key_for, running, settings_for
from tests.proxy import Proxy, proxied
from workers.drain import Drain

SOON = Deadlines(statement_s=30, answer_s=0.8, connect_s=0.8)
INSERT = "INSERT INTO tags (workspace_id, id, name, created_at, updated_at) VALUES ($1, $2, $3, clock_timestamp(), clock_timestamp()) ON CONFLICT DO NOTHING"
CREATE = 'mutation { createLead(input: {name: "Ada Lovelace"}) { lead { id } userErrors { code retryable } } }'
COUNT = "SELECT count(*) FROM leads l WHERE l.workspace_id = $1"
EXPIRE = "UPDATE work SET lease_until = clock_timestamp() - interval '1 second' WHERE workspace_id = $1 AND state = 'RUNNING'"
NONE: Any = None


@asynccontextmanager
async def behind(servers: Servers) -> AsyncIterator[tuple[Database, Proxy]]:
    """A database of impatient connections behind a proxy; two of them are open and well."""
    async with proxied(servers.database_url) as proxy:
        far = Database(await open_pool(proxy.url, size=2, deadlines=SOON), patience_s=0.2)
        try:
            await asyncio.gather(*(far.control("SELECT pg_sleep(0.01)") for _ in range(2)))
            yield far, proxy
        finally:
            proxy.heal()
            await far.close()


async def write(tx: Tx) -> int:
    return await tx.execute(INSERT, tx.workspace, uuid7(), "once")


async def tags(db: Database, actor: Actor) -> int:
    async with db.read(actor) as tx:
        return await tx.value("SELECT count(*) FROM tags t WHERE t.workspace_id = $1", tx.workspace)


async def test_a_read_is_refused_at_its_deadline_and_the_next_one_works(migrated: Servers, actor: Actor) -> None:
    async with behind(migrated) as (far, proxy):
        proxy.swallow(b"count(*)")
        with pytest.raises(Unavailable) as refused:
            await tags(far, actor)
        assert (refused.value.retryable, proxy.swallowed.is_set()) == (True, True)
        proxy.heal()
        assert await asyncio.gather(*(tags(far, actor) for _ in range(4))) == [0, 0, 0, 0]


async def test_a_write_before_its_commit_is_refused_and_nothing_is_written(migrated: Servers, db: Database, actor: Actor) -> None:
    async with behind(migrated) as (far, proxy):
        proxy.swallow(b"INSERT INTO tags")
        with pytest.raises(Unavailable) as refused:
            await far.run(actor, write)
        assert (type(refused.value), await tags(db, actor)) == (Unavailable, 0)
        proxy.heal()
        assert (await far.run(actor, write), await tags(db, actor)) == (1, 1)


async def test_a_write_outlives_a_hole_that_closes_before_it_gives_up(migrated: Servers, db: Database, actor: Actor) -> None:
    runs = 0

    async def again(tx: Tx) -> int:
        nonlocal runs
        runs += 1
        return await write(tx)

    async with behind(migrated) as (far, proxy):
        proxy.swallow(b"INSERT INTO tags")
        writing = asyncio.create_task(far.run(actor, again))
        await proxy.swallowed.wait()
        proxy.heal()
        assert await writing == 1
    assert (runs, await tags(db, actor)) == (2, 1)


@pytest.mark.parametrize("delivered", [False, True], ids=["the commit is swallowed", "its answer is swallowed"])
async def test_a_swallowed_commit_is_reported_as_unknown_and_stands_once(migrated: Servers, db: Database, actor: Actor, delivered: bool) -> None:
    async with behind(migrated) as (far, proxy):
        proxy.swallow(b"COMMIT", delivered=delivered)
        with pytest.raises(CommitUnknown) as refused:
            await far.run(actor, write)
        assert (refused.value.code, refused.value.retryable) == ("COMMIT_UNKNOWN", True)
        proxy.heal()
        assert await far.run(actor, write) == int(not delivered)
    assert await tags(db, actor) == 1


async def test_who_is_canceled_in_the_hole_does_not_wait_for_it(migrated: Servers, actor: Actor) -> None:
    async with behind(migrated) as (far, proxy):
        far.lender.patience_s = 60
        proxy.swallow(b"INSERT INTO tags")
        writing = asyncio.create_task(far.run(actor, write))
        await proxy.swallowed.wait()
        writing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(writing, 5)
        proxy.heal()


async def test_every_connection_lost_in_the_hole_is_replaced(migrated: Servers, actor: Actor) -> None:
    async with behind(migrated) as (far, proxy):
        proxy.swallow()
        results = await asyncio.gather(*(far.run(actor, write) for _ in range(3)), return_exceptions=True)
        assert {type(result) for result in results} == {Unavailable}
        proxy.heal()
        assert sum(await asyncio.gather(*(far.run(actor, write) for _ in range(6)))) == 1


@pytest.mark.parametrize(("words", "seconds"), [(b"lw_", "2"), (b"INSERT INTO leads", "5")], ids=["before the caller is known", "in the mutation"])
async def test_a_request_is_answered_with_a_code_and_its_repetition_makes_one_lead(
    migrated: Servers, db: Database, actor: Actor, words: bytes, seconds: str,
) -> None:
    token = await key_for(db, actor.workspace)
    async with (
        proxied(migrated.database_url) as proxy, running(create_app(settings_for(migrated, DATABASE_URL=proxy.url, LEADWELL_REQUEST_SECONDS=seconds))) as app,
        asking(app, token, **{"idempotency-key": "one"}) as client,
    ):
        proxy.swallow(words)
        app.state.house.runner.seconds = 1
        answer = await client.post("/graphql", json={"query": CREATE})
        assert (answer.status_code, _code(answer.json())) == (503, "TIMED_OUT")
        proxy.heal()
        app.state.house.runner.seconds = 10
        body = await ask(client, CREATE)
        again = await ask(client, CREATE)
    assert body["data"]["createLead"]["userErrors"] == []
    assert body["data"] == again["data"]
    async with db.read(actor) as tx:
        assert await tx.value(COUNT, tx.workspace) == 1


def _code(body: Any) -> str:
    return body["errors"][0]["extensions"]["code"] if "errors" in body else body["error"]["code"]


@pytest.mark.parametrize(
    ("words", "delivered"), [(b"INSERT INTO work_history", False), (b"COMMIT", False), (b"COMMIT", True)], ids=["settling", "commit", "answer to the commit"])
async def test_a_job_that_is_settled_into_the_hole_takes_effect_once(migrated: Servers, db: Database, actor: Actor, words: bytes, delivered: bool) -> None:
    await db.run(actor, lambda tx: work.put(tx, NewJob("hook", "hook.hole")))
    async with behind(migrated) as (far, proxy):

        async def perform(kit: Kit, job: Job) -> None:
            proxy.swallow(words, delivered=delivered)

        first, other = drain(far, Kind("hook.hole", tagging, perform)), drain(db, Kind("hook.hole", tagging))
        with suppress(Unavailable):     # it may look for more while its first job falls into the hole
            await first.queue("hook")
        await proxy.swallowed.wait()
        proxy.heal()
        await db.run(actor, lambda tx: tx.execute(EXPIRE, tx.workspace))
        await other.queue("hook")
        await asyncio.gather(first.idle(), other.idle())
        await other.queue("hook")
        await other.idle()
    assert (await tags(db, actor), await jobs_of(db, actor)) == (1, (0, 1))


@pytest.mark.parametrize("delivered", [False, True], ids=["the commit", "its answer"])
async def test_a_claim_that_falls_into_the_hole_is_made_again_or_given_back(migrated: Servers, db: Database, actor: Actor, delivered: bool) -> None:
    """Nothing waits for a lease to run out, and no crash is counted."""
    await db.run(actor, lambda tx: work.put(tx, *[NewJob("hook", "hook.hole") for _ in range(3)]))
    async with behind(migrated) as (far, proxy):
        first = drain(far, Kind("hook.hole", tagging))
        proxy.swallow(b"COMMIT", delivered=delivered)
        with pytest.raises(Unavailable):
            await first.queue("hook")
        proxy.heal()
        await first.idle()
        assert await jobs_of(db, actor) == (3, 0)
        await first.queue("hook")
        await first.idle()
    assert (await tags(db, actor), await jobs_of(db, actor)) == (3, (0, 3))
    async with db.read(actor) as tx:
        rows = await tx.fetch("SELECT DISTINCT h.attempts, h.crashes FROM work_history h WHERE h.workspace_id = $1", tx.workspace)
    assert [tuple(row) for row in rows] == [(1, 0)]


async def test_a_claim_whose_answer_is_cut_off_is_worked_by_who_made_it(migrated: Servers, db: Database, actor: Actor) -> None:
    await db.run(actor, lambda tx: work.put(tx, *[NewJob("hook", "hook.hole") for _ in range(3)]))
    async with behind(migrated) as (far, proxy):
        claiming = drain(far, Kind("hook.hole", tagging))
        proxy.cut_after(b"COMMIT")
        await claiming.queue("hook")
        await claiming.idle()
    assert (proxy.cuts, await tags(db, actor), await jobs_of(db, actor)) == (1, 3, (0, 3))


async def tagging(tx: Tx, jobs: list[Job], results: list[Any]) -> None:
    """An effect that can be counted."""
    await tx.many(INSERT, [(tx.workspace, uuid7(), uuid7().hex) for _ in jobs])


def drain(db: Database, kind: Kind) -> Drain:
    return Drain(Kit(NONE, db, work.SilentBell(), NONE, NONE, NONE), [kind])


async def jobs_of(db: Database, actor: Actor) -> tuple[int, int]:
    """How many are left, and how many are done."""
    async with db.read(actor) as tx:
        row = await tx.row(
            "SELECT (SELECT count(*) FROM work w WHERE w.workspace_id = $1) AS left, (SELECT count(*) FROM work_history h WHERE h.workspace_id = $1) AS done",
            tx.workspace)
    assert row is not None
    return row["left"], row["done"]
