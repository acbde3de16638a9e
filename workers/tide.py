"""Notices a database that was restored, copied or put back, before anything leaves it: by what it says of itself, and by what this process and Redis
remember of how far it had come."""

import logging
from contextlib import suppress
from uuid import UUID

from redis.exceptions import RedisError

from leadwell.base.tx import Database
from leadwell.delivery import OutboundHeld
from leadwell.outside.arq_bell import connect
from leadwell.restoring import DOUBTS

log = logging.getLogger(__name__)


class Tide:
    """One worker's look at the database, every few seconds. What Redis has forgotten, or cannot be asked for, is no evidence."""

    def __init__(self, db: Database, redis_url: str) -> None:
        self._db, self._redis = db, connect(redis_url)
        self._seen: dict[UUID, int] = {}
        self.doubt: str | None = None

    async def look(self) -> str | None:
        """Why nothing may leave, if so; it is logged when that changes."""
        (row,) = await self._db.control("SELECT t.life, t.doubt FROM lw_tide() t")
        life, doubt = row["life"], row["doubt"]
        if doubt != "RESTORED":     # what its row shows needs nobody's memory
            (risen,) = await self._db.control("SELECT r.tide, r.doubt FROM lw_rise($1, $2) r", life, await self._remembered(life))
            doubt = risen["doubt"]
            await self._remember(life, risen["tide"])
        if doubt and doubt != self.doubt:
            log.warning("nothing leaves: this database %s. %s", DOUBTS[doubt], OutboundHeld.fix)
        elif self.doubt and not doubt:
            log.warning("mail and webhooks leave again")
        self.doubt = doubt
        return doubt

    async def _remembered(self, life: UUID) -> int | None:
        known = [self._seen[life]] if life in self._seen else []
        with suppress(RedisError, OSError, ValueError):
            known += [int(await self._redis.get(_key(life)) or 0)]
        return max(known, default=None)

    async def _remember(self, life: UUID, tide: int) -> None:
        self._seen[life] = max(tide, self._seen.get(life, 0))
        with suppress(RedisError, OSError):
            await self._redis.set(_key(life), self._seen[life])

    async def close(self) -> None:
        await self._redis.aclose(close_connection_pool=True)


def _key(life: UUID) -> str:
    return f"lw:tide:{life}"
