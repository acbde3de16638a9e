"""Mail under way while Redis is a black hole, has no memory left, or is emptied again and again: work goes on by polling, nothing is lost and nothing comes
twice, and the worker hears bells again."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis

from leadwell import nurture
from leadwell.base.actor import Actor
from leadwell.base.tx import Tx
from tests.faults.test_delivery_servers import _settled as settled
from tests.history import check_mail
from tests.installation import Installation, installed, until
from tests.mailing import FROM, leads, sequence
from tests.proxy import Proxy, proxied

READERS = 30
MAILS = 2 * READERS
Trouble = Callable[[Proxy, Any], Awaitable[None]]


async def _hole(proxy: Proxy, redis: Any) -> None:
    proxy.swallow()


async def _no_memory(proxy: Proxy, redis: Any) -> None:
    await redis.config_set("maxmemory-policy", "noeviction")
    await redis.config_set("maxmemory", "1mb")
    assert (await redis.info("memory"))["used_memory"] > 1024 * 1024, "whatever is written is refused"


async def _emptied(proxy: Proxy, redis: Any) -> None:
    for _ in range(40):
        await redis.flushall()
        await asyncio.sleep(0.05)


async def _over(proxy: Proxy, redis: Any) -> None:
    proxy.heal()
    await redis.config_set("maxmemory", "0")


@asynccontextmanager
async def _redis(house: Installation) -> AsyncIterator[Any]:
    redis: Any = Redis.from_url(house.servers.redis_url)
    yield redis
    await redis.aclose()


async def _enrolled(house: Installation, actor: Actor, name: str) -> None:
    async def begin(tx: Tx) -> None:
        await nurture.enroll_many(tx, await sequence(tx, "", name=name), await leads(tx, READERS), "HAND")

    await house.db.run(actor, begin)


@pytest.mark.parametrize("trouble", [_hole, _no_memory, _emptied], ids=["a black hole", "out of memory", "emptied"])
async def test_mail_goes_on_whatever_becomes_of_redis(place: Path, trouble: Trouble) -> None:
    async with installed(place) as house, proxied(house.servers.redis_url) as proxy, _redis(house) as redis:
        actor = Actor.system(await house.workspace())
        house.mail.fail("DATA", "", times=None, delay=0.02)
        async with house.worker(REDIS_URL=proxy.url, LEADWELL_MAIL_FROM=FROM) as worker:
            await worker.says("worker ready")
            await _enrolled(house, actor, "Under way")
            await until(lambda: _left(house, 5), 20)
            await trouble(proxy, redis)
            await _enrolled(house, actor, "In trouble")
            await until(lambda: settled(house, actor), 60, lambda: f"{house.mail.mailbox.count()} mails; {worker.said()}")
            assert house.mail.mailbox.count() == 2 * MAILS
            await _over(proxy, redis)
            await _enrolled(house, actor, "Afterwards")
            await until(lambda: settled(house, actor), 30)
            assert worker.child.poll() is None
        async with house.db.read(actor) as tx:
            assert await check_mail(tx, house.mail) == {"SENT": 3 * MAILS}
            crashes = await tx.value("SELECT coalesce(sum(h.crashes), 0) FROM work_history h WHERE h.workspace_id = $1", tx.workspace)
        assert crashes == 0


async def _left(house: Installation, count: int) -> bool:
    return house.mail.mailbox.count() >= count
