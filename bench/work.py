"""The job plane: no-op jobs a second with real durability, and how soon a committed job begins."""

import asyncio
import statistics
import time
from typing import Any

from bench.house import House, house
from bench.rows import Row
from leadwell import work
from leadwell.base.actor import Actor
from leadwell.base.tx import Database, Tx
from leadwell.outside.arq_bell import ArqBell
from leadwell.wiring import Kit
from leadwell.work import Job, Kind, NewJob
from workers.drain import Drain
from workers.settings import make_worker

JOBS, WAKES = 40_000, 60


async def nothing(tx: Tx, jobs: list[Job], results: list[Any]) -> None:
    return None


async def measure() -> list[Row]:
    async with house() as h:
        return [await noop(h), await wake_up(h)]


def kit_of(h: House, bell: Any) -> Kit:
    none: Any = None
    return Kit(none, h.db, bell, none, none, none)


async def noop(h: House) -> Row:
    """Claim, record and settle batches of 50 through the real drain, one process."""
    actor = Actor.system(h.workspace)
    for _ in range(JOBS // 10_000):
        await h.db.run(actor, lambda tx: work.put(tx, *[NewJob("score", "score.noop", {"i": i}) for i in range(10_000)]))
    drain = Drain(kit_of(h, work.SilentBell()), [Kind("score.noop", nothing, batch=50)])
    start = time.perf_counter()
    while await drain.queue("score", 60):
        pass
    await drain.idle()
    rate = JOBS / (time.perf_counter() - start)
    return Row("work.noop_per_s", rate, "jobs/s", 8000, "higher", f"{JOBS:,} jobs, batch 50, one worker process, durable commits")


async def wake_up(h: House) -> Row:
    """From COMMIT in one task to the handler's first line, over Valkey and a real arq worker."""
    bell = ArqBell(h.servers.redis_url)
    ringing = Database(h.db.pool, ring=bell.ring)
    heard: asyncio.Queue[float] = asyncio.Queue()

    async def perform(kit: Kit, job: Job) -> None:
        heard.put_nowait(time.perf_counter())

    drain = Drain(kit_of(h, bell), [Kind("hook.noop", nothing, perform)])

    async def no_sweep() -> None:
        return None

    worker = make_worker(h.servers.redis_url, {"answer": drain.queue, "bell": bell, "sweep": no_sweep})
    running = asyncio.ensure_future(worker.async_run())
    await asyncio.sleep(0.5)
    took: list[float] = []
    for i in range(WAKES):
        await ringing.run(Actor.system(h.workspace), lambda tx, i=i: work.put(tx, NewJob("hook", "hook.noop", {"i": i})))
        committed = time.perf_counter()
        took.append(await asyncio.wait_for(heard.get(), 5) - committed)
        await asyncio.sleep(0.05)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await worker.close()
    await bell.close()
    return Row("work.wakeup_p50_ms", statistics.median(took) * 1000, "ms", 50, "lower", f"{WAKES} single jobs, arq polls every 20 ms")
