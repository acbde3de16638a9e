"""Draining: every job once, one bad row alone, network outside transactions, fair over workspaces."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio

from leadwell import events, work
from leadwell.base.actor import Actor
from leadwell.base.ids import uuid7
from leadwell.base.tx import Database, Tx
from leadwell.wiring import Kit
from leadwell.work import Dead, Job, Kind, NewJob, Retry
from workers import drain as drain_module
from workers.drain import Drain

NONE: Any = None


@pytest_asyncio.fixture
async def kit(db: Database) -> AsyncIterator[Kit]:
    yield Kit(NONE, db, work.SilentBell(), NONE, NONE, NONE)


async def put(db: Database, workspace: UUID, *jobs: NewJob) -> None:
    await db.run(Actor.system(workspace), lambda tx: work.put(tx, *jobs))


async def rows(db: Database, workspace: UUID) -> list[tuple[str, int, str | None]]:
    async with db.read(Actor.system(workspace)) as tx:
        return [(r["state"], r["attempts"], r["last_error"]) for r in await tx.fetch(
            "SELECT w.state, w.attempts, w.last_error FROM work w WHERE w.workspace_id = $1 ORDER BY w.id", tx.workspace)]


async def test_every_job_of_every_workspace_is_done_once(db: Database, kit: Kit, workspace: UUID, other_workspace: UUID) -> None:
    seen: Counter[tuple[UUID, int]] = Counter()

    async def record(tx: Tx, jobs: list[Job], results: list[Any]) -> None:
        seen.update((tx.workspace, job.payload["i"]) for job in jobs)

    for id in (workspace, other_workspace):
        await put(db, id, *[NewJob("transfer", "transfer.test", {"i": i}) for i in range(120)])
    drains = [Drain(kit, [Kind("transfer.test", record)]) for _ in range(3)]
    await asyncio.gather(*(drain.queue("transfer") for drain in drains))
    await asyncio.gather(*(drain.idle() for drain in drains))
    assert seen == Counter({(id, i): 1 for id in (workspace, other_workspace) for i in range(120)})
    assert await rows(db, workspace) == []


async def test_workspaces_whose_work_only_a_newer_worker_knows_hide_nobody(
    db: Database, kit: Kit, workspace: UUID, other_workspace: UUID, monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(drain_module, "TURNS", 1)
    long_ago = datetime.now(UTC) - timedelta(days=3650)
    done: list[UUID] = []

    async def record(tx: Tx, jobs: list[Job], results: list[Any]) -> None:
        done.extend(job.workspace for job in jobs)

    await put(db, workspace, NewJob("transfer", "transfer.of_tomorrow", run_at=long_ago - timedelta(days=1)))
    await put(db, other_workspace, NewJob("transfer", "transfer.test", run_at=long_ago))
    drain = Drain(kit, [Kind("transfer.test", record)])
    await drain.queue("transfer")
    await drain.idle()
    assert done == [other_workspace]
    assert await rows(db, workspace) == [("READY", 0, None)]


async def test_one_bad_row_fails_alone_and_its_neighbors_effects_stay(db: Database, kit: Kit, workspace: UUID) -> None:
    done: list[int] = []

    async def record(tx: Tx, jobs: list[Job], results: list[Any]) -> None:
        if any(job.payload["i"] == 3 for job in jobs):
            raise ValueError("three is bad")
        done.extend(job.payload["i"] for job in jobs)

    await put(db, workspace, *[NewJob("transfer", "transfer.test", {"i": i}) for i in range(6)])
    drain = Drain(kit, [Kind("transfer.test", record)])
    await drain.queue("transfer")
    await drain.idle()
    assert sorted(done) == [0, 1, 2, 4, 5]
    assert await rows(db, workspace) == [("READY", 1, "ValueError: three is bad")]


async def test_retry_and_dead_steer_a_job(db: Database, kit: Kit, workspace: UUID) -> None:
    async def perform(kit: Kit, job: Job) -> None:
        raise Retry("later", timedelta(hours=1)) if job.payload["i"] == 0 else Dead("never")

    async def record(tx: Tx, jobs: list[Job], results: list[Any]) -> None:
        raise AssertionError("nothing succeeded")

    await put(db, workspace, NewJob("hook", "hook.test", {"i": 0}), NewJob("hook", "hook.test", {"i": 1}))
    drain = Drain(kit, [Kind("hook.test", record, perform)])
    await drain.queue("hook")
    await drain.idle()
    assert await rows(db, workspace) == [("READY", 1, "later"), ("DEAD", 1, "never")]


async def test_slow_job_does_not_hold_up_its_batch(db: Database, kit: Kit, workspace: UUID) -> None:
    slow, settled, all_quick = asyncio.Event(), [], asyncio.Event()

    async def perform(kit: Kit, job: Job) -> int:
        if job.payload["i"] == 0:
            await slow.wait()
        return job.payload["i"]

    async def record(tx: Tx, jobs: list[Job], results: list[Any]) -> None:
        settled.extend(results)
        if len(settled) == 9:
            all_quick.set()

    await put(db, workspace, *[NewJob("hook", "hook.test", {"i": i}) for i in range(10)])
    drain = Drain(kit, [Kind("hook.test", record, perform)])
    await drain.queue("hook")
    async with asyncio.timeout(30):
        await all_quick.wait()
    slow.set()
    await drain.idle()
    assert sorted(settled) == list(range(10))


async def test_worker_that_lost_its_lease_leaves_no_effect(db: Database, kit: Kit, workspace: UUID) -> None:
    stolen, effects = asyncio.Event(), []

    async def perform(kit: Kit, job: Job) -> None:
        await stolen.wait()

    async def record(tx: Tx, jobs: list[Job], results: list[Any]) -> None:
        effects.extend(job.id for job in jobs)

    await put(db, workspace, NewJob("hook", "hook.test"))
    drain = Drain(kit, [Kind("hook.test", record, perform)])
    await drain.queue("hook")
    actor = Actor.system(workspace)
    await db.run(actor, lambda tx: tx.execute("UPDATE work SET lease_until = clock_timestamp() - interval '1 minute' WHERE workspace_id = $1", tx.workspace))
    await db.run(actor, lambda tx: work.rescue(tx, "hook"))
    stolen.set()
    await drain.idle()
    assert effects == []
    assert [state for state, _, _ in await rows(db, workspace)] == ["READY"]


async def test_stopping_gives_back_what_was_not_begun(db: Database, kit: Kit, workspace: UUID) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def perform(kit: Kit, job: Job) -> None:
        begun.set()
        await go_on.wait()

    async def record(tx: Tx, jobs: list[Job], results: list[Any]) -> None:
        return None

    await put(db, workspace, *[NewJob("hook", "hook.test") for _ in range(3)])
    drain = Drain(kit, [Kind("hook.test", record, perform, concurrency=1)])
    await drain.queue("hook")
    await begun.wait()
    stopping = asyncio.create_task(drain.stop())
    await asyncio.sleep(0)
    go_on.set()
    await stopping
    assert await rows(db, workspace) == [("READY", 0, None), ("READY", 0, None)]


async def test_whoever_does_quiet_work_notes_and_puts_quietly(db: Database, kit: Kit, workspace: UUID) -> None:
    async def record(tx: Tx, jobs: list[Job], results: list[Any]) -> None:
        await events.note(tx, "lead.updated", "Lead", uuid7(), data={"loud": not jobs[0].quiet})

    async def both(tx: Tx) -> None:
        await work.put(tx, NewJob("transfer", "transfer.test"))
        with tx.quietly():
            await work.put(tx, NewJob("transfer", "transfer.test"))

    await db.run(Actor.system(workspace), both)
    drain = Drain(kit, [Kind("transfer.test", record)])
    await drain.queue("transfer")
    await drain.idle()
    async with db.read(Actor.system(workspace)) as tx:
        said = [r["data"] for r in await tx.fetch("SELECT e.data FROM events e WHERE e.workspace_id = $1 ORDER BY (e.data ->> 'loud')", tx.workspace)]
    assert said == [{"loud": False, "quiet": True}, {"loud": True}]


async def test_a_workspace_whose_work_cannot_be_claimed_stops_nobody_else(db: Database, kit: Kit, workspace: UUID, other_workspace: UUID) -> None:
    done: list[UUID] = []

    async def record(tx: Tx, jobs: list[Job], results: list[Any]) -> None:
        done.extend(job.workspace for job in jobs)

    class Broken(Drain):
        async def _claim(self, queue: str, workspace_id: UUID, priority: int) -> list[Job]:
            if workspace_id == workspace:
                raise ValueError("a row that nobody can read")
            return await super()._claim(queue, workspace_id, priority)

    long_ago = datetime.now(UTC) - timedelta(days=3650)
    await put(db, workspace, NewJob("transfer", "transfer.test", run_at=long_ago))
    await put(db, other_workspace, NewJob("transfer", "transfer.test", run_at=long_ago))
    drain = Broken(kit, [Kind("transfer.test", record)])
    assert await drain.queue("transfer") is False
    await drain.idle()
    assert (done, await rows(db, workspace)) == ([other_workspace], [("READY", 0, None)])
