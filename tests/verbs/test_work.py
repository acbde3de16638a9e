"""The job plane: claimed once, settled with its effects, rescued after a crash, never lost to a twin."""

import asyncio
from contextlib import suppress
from datetime import timedelta
from uuid import UUID

from leadwell import work
from leadwell.base.actor import Actor
from leadwell.base.tx import Database, Tx
from leadwell.work import Job, Kind, NewJob
from leadwell.work.jobs import backoff


async def nothing(tx: Tx, jobs: list[Job], results: list[object]) -> None:
    return None


NOOP = [Kind("score.noop", nothing)]


async def put(db: Database, actor: Actor, *jobs: NewJob) -> None:
    await db.run(actor, lambda tx: work.put(tx, *jobs))


async def claim(db: Database, actor: Actor, kinds: list[Kind] = NOOP, limit: int = 50, *, suspects: bool = False) -> list[Job]:
    return await db.run(actor, lambda tx: work.claim(tx, "score", kinds, limit, suspects=suspects))


async def states(db: Database, actor: Actor) -> dict[str, int]:
    async with db.read(actor) as tx:
        rows = await tx.fetch("SELECT w.state, count(*) AS n FROM work w WHERE w.workspace_id = $1 GROUP BY w.state", tx.workspace)
        done = await tx.value("SELECT count(*) FROM work_history h WHERE h.workspace_id = $1", tx.workspace)
    return {r["state"]: r["n"] for r in rows} | ({"DONE": done} if done else {})


async def expire(db: Database, actor: Actor, job: Job) -> None:
    """What thirty seconds without a heartbeat do."""
    await db.run(actor, lambda tx: tx.execute(
        "UPDATE work SET lease_until = clock_timestamp() - interval '1 second' WHERE workspace_id = $1 AND lease = $2", tx.workspace, job.lease))


async def test_rolled_back_work_never_existed(db: Database, actor: Actor, bell: work.RecordingBell) -> None:
    class Stop(Exception):
        pass

    async def fail(tx: Tx) -> None:
        await work.put(tx, NewJob("score", "score.noop"))
        raise Stop

    rung = len(bell.rung)
    with suppress(Stop):
        await db.run(actor, fail)
    await db.settled()
    assert await states(db, actor) == {}
    assert len(bell.rung) == rung


async def test_commit_rings_each_queue_once(db: Database, actor: Actor, bell: work.RecordingBell) -> None:
    rung = len(bell.rung)
    await put(db, actor, NewJob("score", "score.noop"), NewJob("score", "score.noop"), NewJob("enrich", "enrich.noop"))
    await db.settled()
    assert bell.rung[rung:] == ["enrich", "score"]


async def test_twenty_claimers_never_share_a_job(db: Database, actor: Actor) -> None:
    await put(db, actor, *[NewJob("score", "score.noop", {"i": i}) for i in range(200)])
    batches = await asyncio.gather(*(claim(db, actor, limit=10) for _ in range(20)))
    claimed = [job.id for batch in batches for job in batch]
    assert len(claimed) == len(set(claimed)) == 200


async def test_ready_twin_is_brought_forward_not_doubled(db: Database, actor: Actor) -> None:
    async def both(tx: Tx) -> None:
        now = await tx.now()
        await work.put(tx, NewJob("score", "score.noop", key="a", run_at=now + timedelta(hours=1)))
        await work.put(tx, NewJob("score", "score.noop", key="a"))

    await db.run(actor, both)
    assert len(await claim(db, actor)) == 1


async def test_running_twin_does_not_swallow_a_wake_up(db: Database, actor: Actor) -> None:
    await put(db, actor, NewJob("score", "score.noop", key="a"))
    (first,) = await claim(db, actor)
    await put(db, actor, NewJob("score", "score.noop", key="a"))
    (second,) = await claim(db, actor)
    assert first.id != second.id


async def test_twin_waits_for_the_transaction_that_woke_it(db: Database, actor: Actor) -> None:
    await put(db, actor, NewJob("score", "score.noop", key="a"))
    woken, go_on = asyncio.Event(), asyncio.Event()

    async def wake(tx: Tx) -> None:
        await work.put(tx, NewJob("score", "score.noop", key="a"))
        woken.set()
        await go_on.wait()

    waking = asyncio.create_task(db.run(actor, wake))
    await woken.wait()
    assert await claim(db, actor) == []
    go_on.set()
    await waking
    assert len(await claim(db, actor)) == 1


async def test_settling_without_the_lease_changes_nothing(db: Database, actor: Actor) -> None:
    await put(db, actor, NewJob("score", "score.noop"))
    (slow,) = await claim(db, actor)
    await expire(db, actor, slow)
    assert await db.run(actor, lambda tx: work.rescue(tx, "score")) == 1
    (again,) = await claim(db, actor, suspects=True)
    assert await db.run(actor, lambda tx: work.hold(tx, [slow])) == set()
    assert await db.run(actor, lambda tx: work.finish(tx, [slow])) == 0
    assert await db.run(actor, lambda tx: work.finish(tx, [again])) == 1
    assert await states(db, actor) == {"DONE": 1}


async def test_third_crash_quarantines(db: Database, actor: Actor) -> None:
    await put(db, actor, NewJob("score", "score.noop"))
    for crash in range(3):
        (job,) = await claim(db, actor, suspects=crash > 0)
        assert job.crashes == crash
        await expire(db, actor, job)
        await db.run(actor, lambda tx: work.rescue(tx, "score"))
    assert await claim(db, actor, suspects=True) == []
    assert await states(db, actor) == {"DEAD": 1}


async def test_suspect_is_claimed_apart_from_others(db: Database, actor: Actor) -> None:
    await put(db, actor, NewJob("score", "score.noop"))
    (job,) = await claim(db, actor)
    await expire(db, actor, job)
    await db.run(actor, lambda tx: work.rescue(tx, "score"))
    await put(db, actor, NewJob("score", "score.noop"))
    assert [j.crashes for j in await claim(db, actor)] == [0]
    assert [j.crashes for j in await claim(db, actor, suspects=True)] == [1]


async def test_unknown_kind_and_newer_payload_wait(db: Database, actor: Actor) -> None:
    await put(db, actor, NewJob("score", "score.unheard"), NewJob("score", "score.noop", version=2))
    assert await claim(db, actor) == []
    assert await states(db, actor) == {"READY": 2}
    assert len(await claim(db, actor, [Kind("score.noop", nothing, version=2)])) == 1


async def test_attempts_end_in_the_dead_letters_and_replay_starts_clean(db: Database, actor: Actor) -> None:
    await put(db, actor, NewJob("score", "score.noop", max_attempts=2))
    for _ in range(2):
        (job,) = await claim(db, actor)
        await db.run(actor, lambda tx, job=job: work.retry(tx, job, "no luck", timedelta(0)))
    assert await states(db, actor) == {"DEAD": 1}
    assert await db.run(actor, lambda tx: work.replay(tx, [job.id])) == 1
    (fresh,) = await claim(db, actor)
    assert (fresh.id, fresh.attempts, fresh.crashes) == (job.id, 1, 0)


async def test_shutdown_costs_no_attempt(db: Database, actor: Actor) -> None:
    await put(db, actor, NewJob("score", "score.noop"))
    for _ in range(20):
        (job,) = await claim(db, actor)
        assert job.attempts == 1
        assert await db.run(actor, lambda tx, job=job: work.release(tx, [job])) == 1
    assert await states(db, actor) == {"READY": 1}


async def test_cancel_stops_waiting_now_and_running_at_the_next_heartbeat(db: Database, actor: Actor) -> None:
    await put(db, actor, NewJob("score", "score.noop"))
    (running,) = await claim(db, actor)
    await put(db, actor, NewJob("score", "score.noop"))
    async with db.read(actor) as tx:
        ids = [r["id"] for r in await tx.fetch("SELECT w.id FROM work w WHERE w.workspace_id = $1", tx.workspace)]
    assert await db.run(actor, lambda tx: work.cancel(tx, ids)) == 2
    assert await db.run(actor, lambda tx: work.heartbeat(tx, [running])) == {running.id}
    assert await states(db, actor) == {"CANCELED": 1, "RUNNING": 1}


async def test_due_names_only_workspaces_with_due_work(db: Database, actor: Actor, other_workspace: UUID) -> None:
    async def later(tx: Tx) -> None:
        await work.put(tx, NewJob("nurture", "nurture.noop", run_at=await tx.now() + timedelta(days=1)))

    await db.run(Actor.system(other_workspace), later)
    await put(db, actor, NewJob("nurture", "nurture.noop"))
    due = {r["workspace_id"] for r in await db.control("SELECT d.workspace_id FROM lw_due('nurture', 1000000) d")}
    assert actor.workspace in due
    assert other_workspace not in due


def test_backoff_doubles_within_its_jitter_and_ends_at_an_hour() -> None:
    assert [backoff(n, 0.0).total_seconds() for n in (1, 2, 5, 20)] == [1, 2, 16, 1800]
    assert [backoff(n, 1.0).total_seconds() for n in (1, 2, 5, 20)] == [2, 4, 32, 3600]


async def test_quiet_work_is_bulk_and_never_silences_a_loud_twin(db: Database, actor: Actor) -> None:
    async def both(tx: Tx) -> None:
        await work.put(tx, NewJob("score", "score.noop", key="a"))
        with tx.quietly():
            await work.put(tx, NewJob("score", "score.noop", key="a"))

    await db.run(actor, both)
    (loud,) = await claim(db, actor)
    (quiet,) = await db.run(actor, lambda tx: work.claim(tx, "score", NOOP, 50, priority=work.BULK))
    assert (loud.key, loud.quiet, quiet.key, quiet.quiet) == ("a", False, "a:quiet", True)


async def test_free_retry_uses_no_attempt(db: Database, actor: Actor) -> None:
    await put(db, actor, NewJob("score", "score.noop", max_attempts=1))
    for _ in range(3):
        (job,) = await claim(db, actor)
        assert job.attempts == 1
        await db.run(actor, lambda tx, job=job: work.retry(tx, job, "held", timedelta(0), free=True))
    assert await states(db, actor) == {"READY": 1}
