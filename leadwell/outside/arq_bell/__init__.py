"""The bell of the job plane on arq: a ring is one job that names a queue and carries nothing."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from time import monotonic
from typing import Any

import msgspec
from arq.connections import ArqRedis, RedisSettings
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

QUEUE = "leadwell"
WAKE_MS = 5000
encode = msgspec.msgpack.Encoder(enc_hook=str).encode
decode = msgspec.msgpack.Decoder().decode


def wake_key(queue: str) -> str:
    """Set while a ring is waiting to be heard; the worker clears it before it drains, so no later ring is swallowed."""
    return f"lw:wake:{queue}"


def redis_settings(url: str) -> RedisSettings:
    settings = RedisSettings.from_dsn(url)
    settings.retry = Retry(NoBackoff(), 1)
    return settings


def connect(url: str) -> ArqRedis:
    """A lazy connection pool with time limits, so that a black-holed Redis costs a second, not a request."""
    from redis.asyncio import ConnectionPool

    make: Any = ConnectionPool
    pool = make.from_url(url, socket_timeout=2, socket_connect_timeout=1, max_connections=20)
    return ArqRedis(pool, job_serializer=encode, job_deserializer=decode, default_queue_name=QUEUE)


class Spared:
    """What a word to Redis may cost: `LIMIT_S`, and after one that failed nobody tries for `REST_S`, or a black hole would cost each transaction that long."""

    LIMIT_S, REST_S = 1.0, 5.0

    def __init__(self) -> None:
        self._until = 0.0

    @property
    def resting(self) -> bool:
        return monotonic() < self._until

    @asynccontextmanager
    async def tried(self) -> AsyncGenerator[None]:
        """RedisError, or OSError when it took too long."""
        try:
            async with asyncio.timeout(self.LIMIT_S):
                yield
        except (RedisError, OSError):
            self._until = monotonic() + self.REST_S
            raise


class ArqBell:
    """Rings; where Redis does not answer, the sweep of workers finds the work."""

    def __init__(self, url: str) -> None:
        self._redis, self._spared = connect(url), Spared()

    async def ring(self, queue: str) -> None:
        if self._spared.resting:
            return
        async with self._spared.tried():
            if await self._redis.set(wake_key(queue), 1, nx=True, px=WAKE_MS):
                await self._redis.enqueue_job(queue)

    async def close(self) -> None:
        await self._redis.aclose(close_connection_pool=True)
