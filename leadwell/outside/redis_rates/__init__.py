"""What all processes together have spent, kept in Redis: one message settles many buckets."""

import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError

from leadwell.base.buckets import Spent, Unheard

SETTLE = (Path(__file__).parent / "settle.lua").read_text()
PLACE = "{lw:cost}:"    # one slot of a cluster
COUNTED_S = 5


class RedisRates:
    def __init__(self, url: str) -> None:
        make: Any = Redis
        self._redis = make.from_url(url, socket_timeout=1, socket_connect_timeout=1)
        self._settle = self._redis.register_script(SETTLE)
        self._id = secrets.token_hex(8)

    async def settle(self, spent: Sequence[Spent]) -> tuple[int, list[float]]:
        keys = [PLACE + "processes", *(PLACE + s.bucket for s in spent)]
        given = [value for s in spent for value in (round(s.points, 3), s.most, s.rate)]
        try:
            processes, *levels = await self._settle(keys=keys, args=[self._id, COUNTED_S, *given])
        except (RedisError, OSError, TimeoutError) as error:
            raise Unheard(str(error)) from error
        return int(processes), [float(level) for level in levels]

    async def close(self) -> None:
        await self._redis.aclose()
