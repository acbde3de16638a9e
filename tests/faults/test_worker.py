"""Workers killed, frozen, asked to stop, and left without Redis or PostgreSQL: every job takes effect once and none is lost."""

import asyncio
import os
import signal
from collections import Counter
from collections.abc import AsyncIterator
from uuid import UUID

import httpx
import pytest_asyncio
from redis.asyncio import Redis
from redis.exceptions import RedisError

from leadwell import work
from leadwell.base.actor import Actor
from leadwell.outside.arq_bell import ArqBell, wake_key
from leadwell.work import NewJob
from tests.faults.slow_worker import NAME
from tests.installation import Installation, Process, ask, installed, until
from tests.processes import server_pids, short_directory
from tests.switch import switched

SLOW = "tests.faults.slow_worker"
CREATE = "mutation ($email: String!) { createLead(input: {name: \"Ada\", email: $email}) { lead { id } userErrors { code } } }"


@pytest_asyncio.fixture(scope="module")
async def house() -> AsyncIterator[Installation]:
    with short_directory() as home:
        async with installed(home) as made:
            yield made


async def put(house: Installation, workspace: UUID, count: int, seconds: float, **more: int) -> None:
    jobs = [NewJob("transfer", NAME, {"name": f"job{i}", "seconds": seconds}, **more) for i in range(count)]
    await house.db.run(Actor.system(workspace), lambda tx: work.put(tx, *jobs))


async def effects(house: Installation, workspace: UUID) -> Counter[str]:
    """How often each job left its tag."""
    rows = await house.rows(workspace, "SELECT t.name FROM tags t WHERE t.workspace_id = $1")
    return Counter(r["name"].split()[0] for r in rows)


async def history(house: Installation, workspace: UUID) -> list[tuple[int, int]]:
    """Attempts and crashes of the jobs that are done."""
    sql = "SELECT h.attempts, h.crashes FROM work_history h WHERE h.workspace_id = $1 AND h.kind = $2"
    return [tuple(r) for r in await house.rows(workspace, sql, NAME)]


async def states(house: Installation, workspace: UUID) -> list[tuple[str, int]]:
    rows = await house.rows(workspace, "SELECT w.state, w.attempts FROM work w WHERE w.workspace_id = $1 AND w.kind = $2 ORDER BY w.id", NAME)
    return [(r["state"], r["attempts"]) for r in rows]


async def expire(house: Installation, workspace: UUID) -> None:
    """What thirty seconds without a heartbeat do."""
    await house.db.run(Actor.system(workspace), lambda tx: tx.execute(
        "UPDATE work SET lease_until = clock_timestamp() - interval '1 second' WHERE workspace_id = $1 AND state = 'RUNNING'", tx.workspace))


async def all_done(house: Installation, workspace: UUID, count: int, within: float = 20) -> None:
    async def check() -> bool:
        return len(await history(house, workspace)) == count

    await until(check, within)


async def test_killed_workers_jobs_are_done_by_another_and_take_effect_once(house: Installation) -> None:
    workspace = await house.workspace()
    await put(house, workspace, 6, 0.3)
    async with house.worker(module=SLOW) as first:
        await first.says("begun job3")
        first.send(signal.SIGKILL)
        await first.ended()
        assert {state for state, _ in await states(house, workspace)} == {"RUNNING"}
        await expire(house, workspace)
        async with house.worker(module=SLOW):
            await all_done(house, workspace, 6)
    assert await effects(house, workspace) == Counter({f"job{i}": 1 for i in range(6)})
    assert await history(house, workspace) == [(1, 1)] * 6


async def test_worker_frozen_past_its_lease_changes_nothing_when_it_wakes(house: Installation) -> None:
    workspace = await house.workspace()
    await put(house, workspace, 1, 0.5)
    async with house.worker(module=SLOW) as frozen:
        await frozen.says("begun job0")
        frozen.send(signal.SIGSTOP)
        await expire(house, workspace)
        async with house.worker(module=SLOW):
            await all_done(house, workspace, 1)
        frozen.send(signal.SIGCONT)
        await frozen.says("performed job0")
        frozen.send(signal.SIGTERM)
        assert await frozen.ended() == 0
    assert await effects(house, workspace) == Counter({"job0": 1})
    assert await history(house, workspace) == [(1, 1)]


async def test_twenty_deploys_in_a_row_cost_no_attempt_and_kill_no_job(house: Installation) -> None:
    workspace, count = await house.workspace(), 400
    await put(house, workspace, count, 0.1)
    async with house.worker(module=SLOW, ROUNDS="21") as worker:
        for number in range(20):
            await worker.says(f"serving {number}\n")
            await _more(worker)
            worker.send(signal.SIGTERM)
        assert len(await history(house, workspace)) < count
        await all_done(house, workspace, count)
        worker.send(signal.SIGTERM)
        assert await worker.ended() == 0
        assert worker.said().count("begun") == worker.said().count("performed") == count
    assert await effects(house, workspace) == Counter({f"job{i}": 1 for i in range(count)})
    assert set(await history(house, workspace)) == {(1, 0)}


async def _more(worker: Process) -> None:
    """Returns when it has begun another job."""
    seen = worker.said().count("begun")

    async def check() -> bool:
        return worker.said().count("begun") > seen

    await until(check)


async def test_kind_or_payload_that_is_newer_than_the_worker_waits_for_a_newer_one(house: Installation) -> None:
    workspace = await house.workspace()
    await put(house, workspace, 1, 0)
    known = NewJob("transfer", NAME, {"name": "later", "seconds": 0}, version=2)
    await house.db.run(Actor.system(workspace), lambda tx: work.put(tx, known, NewJob("score", "score.person", {"person_id": str(workspace)})))
    async with house.worker() as old:
        await old.says("worker ready")
        await until(lambda: _none_left(house, workspace, "score"))
        assert await states(house, workspace) == [("READY", 0), ("READY", 0)]
    async with house.worker(module=SLOW):
        await all_done(house, workspace, 1)
        assert await states(house, workspace) == [("READY", 0)]
    assert await effects(house, workspace) == Counter({"job0": 1})


async def _none_left(house: Installation, workspace: UUID, queue: str) -> bool:
    return await house.left(workspace, queue) == 0


async def test_worker_outlives_redis_and_hears_bells_again(house: Installation) -> None:
    workspace = await house.workspace()
    async with switched(house.servers.redis_url) as (switch, url), house.worker(module=SLOW, REDIS_URL=url) as worker:
        await worker.says("serving 0")
        await heard(house)
        await switch.off()
        await put(house, workspace, 5, 0)
        await all_done(house, workspace, 5, 5)
        await worker.says("Redis is away")
        await switch.on()
        await heard(house, 10)
        redis = Redis.from_url(house.servers.redis_url)
        await redis.flushall()
        await redis.aclose()
        await heard(house)
        os.kill(server_pids(house.servers.data_dir)[1], signal.SIGKILL)
        await put(house, workspace, 5, 0)
        await all_done(house, workspace, 10, 5)
        await heard(house, 15)
        assert worker.child.poll() is None
    assert set((await effects(house, workspace)).values()) == {2}


async def heard(house: Installation, within: float = 5) -> None:
    """A ring's key is taken away by the worker that hears it, long before it would run out."""
    redis, bell = Redis.from_url(house.servers.redis_url), ArqBell(house.servers.redis_url)

    async def check() -> bool:
        try:
            await redis.delete(wake_key("transfer"))
            await bell.ring("transfer")
            await asyncio.sleep(0.5)
            return not await redis.exists(wake_key("transfer"))
        except (OSError, RedisError):
            return False

    try:
        await until(check, within)
    finally:
        await bell.close()
        await redis.aclose()


async def test_api_takes_changes_without_redis_and_both_heal_after_postgresql_restarts(house: Installation) -> None:
    workspace = await house.workspace()
    key = await house.key(workspace)
    async with switched(house.servers.redis_url) as (switch, url), house.api(REDIS_URL=url) as api, house.worker() as worker:
        await worker.says("worker ready")
        assert await created(api.url, key, "before@acme.example")
        await switch.off()
        assert await created(api.url, key, "without-redis@acme.example")
        os.kill(server_pids(house.servers.data_dir)[0], signal.SIGQUIT)
        await until(lambda: _ready(api.url), 15)
        assert await created(api.url, key, "after@acme.example")
        await until(lambda: _scored(house, workspace, 3), 20)
        assert (api.child.poll(), worker.child.poll()) == (None, None)
    rows = await house.rows(workspace, "SELECT p.email FROM people p WHERE p.workspace_id = $1 ORDER BY p.id")
    assert [r["email"] for r in rows] == ["before@acme.example", "without-redis@acme.example", "after@acme.example"]
    crashes = await house.rows(workspace, "SELECT sum(h.crashes) AS n FROM work_history h WHERE h.workspace_id = $1")
    assert crashes[0]["n"] == 0


async def _scored(house: Installation, workspace: UUID, count: int) -> bool:
    return (await house.rows(workspace, "SELECT count(*) AS n FROM scores s WHERE s.workspace_id = $1"))[0]["n"] == count


async def created(url: str, key: str, email: str) -> bool:
    found = await ask(url, key, CREATE, email=email)
    return found["createLead"]["userErrors"] == [] and bool(found["createLead"]["lead"]["id"])


async def _ready(url: str) -> bool:
    async with httpx.AsyncClient() as client:
        return (await client.get(f"{url}/ready", timeout=20)).status_code == 200
