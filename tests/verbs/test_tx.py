"""Transactions: one workspace, whole retries, no leaked connection, hooks only after a commit."""

import asyncio

import asyncpg
import pytest

from leadwell.base.actor import Actor
from leadwell.base.ids import uuid7
from leadwell.base.pool import open_pool
from leadwell.base.refusals import Unavailable
from leadwell.base.turns import Turns
from leadwell.base.tx import Database, Tx
from leadwell.embedded.servers import Servers
from tests.sql_law import ON_PURPOSE

INSERT = "INSERT INTO tags (workspace_id, id, name, created_at, updated_at) VALUES ($1, $2, $3, clock_timestamp(), clock_timestamp())"


async def names(db: Database, actor: Actor) -> list[str]:
    async with db.read(actor) as tx:
        return [r["name"] for r in await tx.fetch("SELECT t.name FROM tags t WHERE t.workspace_id = $1 ORDER BY t.name", tx.workspace)]


async def test_another_workspace_is_invisible_without_any_filter(db: Database, actor: Actor, other_workspace: object) -> None:
    await db.run(actor, lambda tx: tx.execute(INSERT, tx.workspace, uuid7(), "mine"))
    async with db.read(Actor.system(other_workspace)) as tx:  # pyright: ignore[reportArgumentType]
        assert await tx.value(f"SELECT count(*) FROM tags {ON_PURPOSE}") == 0
        assert await tx.value(f"SELECT count(*) FROM people {ON_PURPOSE}") == 0


async def test_row_of_another_workspace_cannot_be_written(db: Database, actor: Actor, other_workspace: object) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await db.run(actor, lambda tx: tx.execute(INSERT, other_workspace, uuid7(), "theirs"))


async def test_outside_a_workspace_nothing_is_visible(db: Database, actor: Actor) -> None:
    await db.run(actor, lambda tx: tx.execute(INSERT, tx.workspace, uuid7(), "mine"))
    assert (await db.control(f"SELECT count(*) AS n FROM tags {ON_PURPOSE}"))[0]["n"] == 0


async def test_serialization_failure_is_retried_as_a_whole(db: Database, actor: Actor) -> None:
    runs = 0

    async def work(tx: Tx) -> None:
        nonlocal runs
        runs += 1
        await tx.execute(INSERT, tx.workspace, uuid7(), f"run {runs}")
        if runs < 3:
            raise asyncpg.SerializationError("again")

    await db.run(actor, work)
    assert (runs, await names(db, actor)) == (3, ["run 3"])


async def test_endless_conflict_becomes_a_retryable_refusal(db: Database, actor: Actor) -> None:
    async def work(tx: Tx) -> None:
        raise asyncpg.DeadlockDetectedError("again")

    with pytest.raises(Unavailable) as refused:
        await db.run(actor, work)
    assert refused.value.retryable is True


async def test_two_deadlocked_writers_both_succeed(db: Database, actor: Actor) -> None:
    for name in ("a", "b"):
        await db.run(actor, lambda tx, name=name: tx.execute(INSERT, tx.workspace, uuid7(), name))
    meet = asyncio.Barrier(2)
    first_try = {"ab": True, "ba": True}

    async def lock(tx: Tx, order: str) -> None:
        for name in order:
            await tx.execute("UPDATE tags SET color = $3 WHERE workspace_id = $1 AND name = $2", tx.workspace, name, order)
            if first_try[order]:
                first_try[order] = False
                await meet.wait()

    await asyncio.gather(*(db.run(actor, lambda tx, order=order: lock(tx, order)) for order in ("ab", "ba")))


async def test_hooks_run_after_commit_and_never_after_a_rollback(db: Database, actor: Actor) -> None:
    ran: list[str] = []

    async def work(tx: Tx, fail: bool) -> None:
        async def hook() -> None:
            ran.append("failed" if fail else "good")
        tx.after_commit(hook)
        if fail:
            raise KeyError

    await db.run(actor, lambda tx: work(tx, False))
    with pytest.raises(KeyError):
        await db.run(actor, lambda tx: work(tx, True))
    await db.settled()
    assert ran == ["good"]


async def test_cancelled_transactions_give_their_connections_back(migrated: Servers, actor: Actor) -> None:
    db = Database(await open_pool(migrated.database_url, size=2))
    for delay in [i / 2000 for i in range(40)]:
        task = asyncio.create_task(db.run(actor, lambda tx: tx.value("SELECT pg_sleep(0.05)")))
        await asyncio.wait([task], timeout=delay)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    async with asyncio.timeout(30):
        assert await asyncio.gather(*(db.run(actor, lambda tx: tx.value("SELECT 1")) for _ in range(4))) == [1, 1, 1, 1]
    await db.close()


async def test_backend_killed_in_mid_transaction_is_retried(migrated: Servers, db: Database, actor: Actor) -> None:
    admin = await asyncpg.connect(migrated.admin_database_url)
    runs = 0

    async def work(tx: Tx) -> None:
        nonlocal runs
        runs += 1
        await tx.execute(INSERT, tx.workspace, uuid7(), f"run {runs}")
        if runs == 1:
            await admin.fetchval("SELECT pg_terminate_backend($1)", await tx.value("SELECT pg_backend_pid()"))
            await tx.value("SELECT 1")

    try:
        await db.run(actor, work)
    finally:
        await admin.close()
    assert (runs, await names(db, actor)) == (2, ["run 2"])


async def test_connections_that_came_back_whole_are_at_hand_and_others_are_not(migrated: Servers, db: Database, actor: Actor) -> None:
    own = Database(await open_pool(migrated.database_url, size=5))
    own.turns = Turns(5, waiting=10)
    served = "SELECT pg_backend_pid()"
    try:
        first = await own.run(actor, lambda tx: tx.value(served))
        assert [len(own.lender.at_hand), await own.run(actor, lambda tx: tx.value(served))] == [1, first], "it is lent again at once"
        await asyncio.gather(*(own.run(actor, lambda tx: tx.value(served + " FROM pg_sleep(0.1)")) for _ in range(4)))
        assert len(own.lender.at_hand) == own.turns.crowd == 2, "the others are back in the pool"
        with pytest.raises(Undone):
            await own.run(actor, undone)
        task = asyncio.create_task(own.run(actor, lambda tx: tx.execute("SELECT pg_sleep(30)")))
        await asyncio.sleep(0.2)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await own.settled()
        assert (own.turns.free, all(not c.is_in_transaction() for c in own.lender.at_hand)) == (5, True)
    finally:
        await own.close()
    assert (own.lender.at_hand, own.pool.get_size()) == ([], 0)


async def test_a_connection_that_died_at_hand_is_passed_over(migrated: Servers, db: Database, actor: Actor) -> None:
    own = Database(await open_pool(migrated.database_url, size=1))
    own.turns = Turns(1, waiting=10)
    try:
        pid = await own.run(actor, lambda tx: tx.value("SELECT pg_backend_pid()"))
        (at_hand,) = own.lender.at_hand
        admin = await asyncpg.connect(migrated.admin_database_url)
        assert await admin.fetchval("SELECT pg_terminate_backend($1)", pid)
        await admin.close()
        await asyncio.sleep(0.5)
        assert (own.lender.at_hand, at_hand._con) == ([at_hand], None), "it is still at hand, and dead"
        async with own.read(actor) as tx:
            assert await tx.value("SELECT pg_backend_pid()") != pid
    finally:
        await own.close()


class Undone(Exception):
    """Takes back what a transaction did."""


async def undone(tx: Tx) -> None:
    await tx.execute(INSERT, tx.workspace, uuid7(), "undone")
    raise Undone
