"""What every process has open, kept in Redis for as long as the process says so: one that was killed gives it back by its silence."""

import secrets
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError

from leadwell.base.buckets import Unheard
from leadwell.outside.arq_bell import Spared

TELL = (Path(__file__).parent / "tell.lua").read_text()
PLACE = "{lw:seats}:"   # one slot of a cluster
COUNTED_S = 15
BATCH = 500             # names in one message


class RedisSeats:
    def __init__(self, url: str, counted_s: float = COUNTED_S) -> None:
        make: Any = Redis
        self._redis, self._spared = make.from_url(url, socket_timeout=1, socket_connect_timeout=1), Spared()
        self._tell = self._redis.register_script(TELL)
        self._id, self._counted_s = secrets.token_hex(8), counted_s

    async def tell(self, counts: Mapping[str, int]) -> Sequence[int]:
        found, names = list[int](), list(counts)
        for i in range(0, len(names), BATCH):
            found += await self._told({name: counts[name] for name in names[i : i + BATCH]})
        return found

    async def _told(self, counts: Mapping[str, int]) -> Sequence[int]:
        if self._spared.resting:
            raise Unheard("Redis did not answer a moment ago")
        try:
            async with self._spared.tried():
                found = await self._tell(keys=[PLACE + "processes", *(PLACE + name for name in counts)], args=[self._id, self._counted_s, *counts.values()])
        except (RedisError, OSError) as error:
            raise Unheard(str(error) or type(error).__name__) from error
        return [int(one) for one in found]

    async def leave(self) -> None:
        if not self._spared.resting:
            with suppress(RedisError, OSError):
                async with self._spared.tried():
                    await self._redis.zrem(PLACE + "processes", self._id)

    async def close(self) -> None:
        await self._redis.aclose()
