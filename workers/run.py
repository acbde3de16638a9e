"""The worker process: drains on the bell, sweeps every second without it, outlives Redis, and stops cleanly."""

import asyncio
import logging
import os
import signal
import socket
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from functools import partial
from uuid import uuid4

from leadwell import work
from leadwell.base.settings import Settings
from leadwell.wiring import Kit, open_kit
from workers import tally, upkeep
from workers.drain import Drain
from workers.kinds import KINDS
from workers.numbering import Numbering
from workers.settings import LOST, make_worker
from workers.tide import Tide
from workers.tracing import traced

log = logging.getLogger(__name__)
SWEEP_S, BEAT_S = 1.0, 5.0
Answers = Callable[[str], Awaitable[bool]]


def main(settings: Settings) -> None:
    """Runs until SIGTERM or SIGINT."""
    import uvloop

    uvloop.run(serve(settings))


async def serve(settings: Settings, ready: Callable[[Kit], Awaitable[None]] | None = None) -> None:
    kit = await open_kit(settings, "leadwell-worker")
    tide = Tide(kit.db, settings.need("redis_url"))
    await tide.look()   # before anything is claimed
    drain, numbering, stop = Drain(kit, traced(KINDS, kit.tracer)), Numbering(kit, lambda: kit.db.later(tried(lambda: drain.queue("upkeep")))), asyncio.Event()
    answers = partial(answer, numbering, drain)
    loop = asyncio.get_running_loop()
    for sign in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(sign, stop.set)
    loops = [loop.create_task(forever(step, every)) for step, every in (
        (lambda: sweep(answers), SWEEP_S), (lambda: beat(kit), BEAT_S), (tide.look, BEAT_S), (lambda: upkeep.tend(kit), 60),
        (lambda: upkeep.fetch_mail(kit), 30), (lambda: upkeep.hourly(kit), 3600))]
    loops += [loop.create_task(listen(kit, answers)), loop.create_task(forever(numbering.turn, 0))]
    log.info("worker ready: %s", ", ".join(work.QUEUES))
    if ready:
        await ready(kit)
    await stop.wait()
    await drain.stop()
    await end(loops)
    await tide.close()
    await kit.close()


async def end(tasks: Iterable[asyncio.Task[None]]) -> None:
    """Cancels until they have ended: a cancellation that comes while a Redis client connects is lost in it."""
    left = set(tasks)
    while left:
        for task in left:
            task.cancel()
        _, left = await asyncio.wait(left, timeout=0.5)


async def forever(step: Callable[[], Awaitable[object]], every: float) -> None:
    """One duty, again and again; a fault is logged and never ends the loop."""
    while True:
        await tried(step)
        await asyncio.sleep(every)


async def tried(step: Callable[[], Awaitable[object]]) -> None:
    try:
        await step()
    except Exception as error:
        log.warning("a duty of the worker failed and is tried again: %s", error.__cause__ or error)


async def answer(numbering: Numbering, drain: Drain, queue: str) -> bool:
    """What a bell sets off."""
    if queue == "upkeep":
        numbering.ask()
    return await drain.queue(queue)


async def sweep(answers: Answers) -> None:
    """The path that correctness rests on: finds due work that no bell announced."""
    await asyncio.gather(*(answers(queue) for queue in work.QUEUES))


async def listen(kit: Kit, answers: Answers) -> None:
    """Hears arq's bells; without Redis the sweep goes on and this reconnects, from 1 to 15 s apart."""
    pause = 1.0
    while True:
        worker = make_worker(kit.settings.redis_url, {"answer": answers, "bell": kit.bell, "sweep": partial(sweep, answers)})
        started = asyncio.get_running_loop().time()
        try:
            await worker.async_run()
        except LOST as error:
            log.warning("Redis is away (%s); working by sweep, trying again in %.0f s", error, pause)
        finally:
            with suppress(Exception):
                await worker.close()
        pause = 1.0 if asyncio.get_running_loop().time() - started > 30 else min(15.0, pause * 2)
        await asyncio.sleep(pause)


WORKER_ID = uuid4()


async def beat(kit: Kit) -> None:
    await kit.db.control("SELECT lw_beat($1, $2, $3, $4, $5)", WORKER_ID, socket.gethostname(), os.getpid(), "0.1.0", tally.told())
