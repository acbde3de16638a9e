"""arq's side of the worker: one doorbell function per capability, and the sweep as a cron."""

from typing import Any

from arq import cron
from arq.worker import Worker, func
from redis.exceptions import RedisError

from leadwell import work
from leadwell.outside.arq_bell import QUEUE, connect, decode, encode, wake_key

Ctx = dict[str, Any]


def doorbell(queue: str) -> Any:
    """An arq function that drains one queue; the waking key goes first, so a ring during the drain is heard."""

    async def heard(ctx: Ctx) -> None:
        await ctx["redis"].delete(wake_key(queue))
        if await ctx["answer"](queue):
            await ctx["bell"].ring(queue)

    return heard


async def sweep(ctx: Ctx) -> None:
    await ctx["sweep"]()


def make_worker(redis_url: str, ctx: Ctx) -> Worker:
    """A worker that forgets results, never retries (the job plane does) and polls fast; its truth is elsewhere."""
    return Worker(
        functions=[func(doorbell(q), name=q, timeout=15, max_tries=1, keep_result=0) for q in work.QUEUES],
        cron_jobs=[cron(sweep, name="sweep", second=set(range(60)), timeout=15, keep_result=0, max_tries=1)],
        redis_pool=connect(redis_url), queue_name=QUEUE, ctx=ctx, handle_signals=False, max_jobs=16, poll_delay=0.02, job_timeout=15,
        keep_result=0, health_check_interval=5, job_serializer=encode, job_deserializer=decode, log_results=False,
    )


LOST = (RedisError, OSError)
