"""Mail under way while Redis is emptied and PostgreSQL and a worker fall: everything due leaves once or says why not."""

import asyncio
import os
import signal
from pathlib import Path
from uuid import UUID

from redis.asyncio import Redis

from leadwell import broadcasts, nurture
from leadwell.base.actor import Actor
from leadwell.base.tx import Tx
from tests.history import check_mail
from tests.installation import Installation, installed, until
from tests.mailing import FROM, leads, sends, sequence
from tests.processes import server_pids
from tests.verbs.test_broadcasts import draft

READERS = 40


async def _begun(house: Installation, actor: Actor) -> None:
    async def begin(tx: Tx) -> None:
        await nurture.enroll_many(tx, await sequence(tx, ""), await leads(tx, READERS), "HAND")

    await house.db.run(actor, begin)


async def _left(house: Installation, count: int) -> None:
    async def check() -> bool:
        return house.mail.mailbox.count() >= count

    await until(check, 40)


async def _settled(house: Installation, actor: Actor) -> bool:
    rows = await house.rows(actor.workspace, "SELECT count(*) AS n FROM sends s WHERE s.workspace_id = $1 AND s.state IN ('PLANNED', 'DEFERRED', 'SENDING')")
    moving = await house.rows(
        actor.workspace, "SELECT count(*) AS n FROM enrollments e WHERE e.workspace_id = $1 AND e.state = 'ACTIVE' AND e.due_at IS NOT NULL")
    return rows[0]["n"] + moving[0]["n"] + await house.left(actor.workspace, "nurture", "deliver") == 0


async def test_redis_emptied_and_postgresql_restarted_lose_and_double_nothing(place: Path) -> None:
    async with installed(place) as house:
        actor = Actor.system(await house.workspace())
        house.mail.fail("DATA", "", times=None, delay=0.15)
        await _begun(house, actor)
        async with house.worker(LEADWELL_MAIL_FROM=FROM) as worker:
            await _left(house, 5)
            redis = Redis.from_url(house.servers.redis_url)
            await redis.flushall()
            await redis.aclose()
            await _left(house, 20)
            os.kill(server_pids(house.servers.data_dir)[0], signal.SIGQUIT)
            await asyncio.sleep(0)
            await until(lambda: _answers(house, actor), 40)
            await until(lambda: _settled(house, actor), 60)
            assert worker.child.poll() is None
        async with house.db.read(actor) as tx:
            states = await check_mail(tx, house.mail)
            assert len(await sends(tx, "id")) >= 2 * READERS - states["AMBIGUOUS"]
        assert states["SENT"] + states["AMBIGUOUS"] == sum(states.values())
        assert states["AMBIGUOUS"] <= 20, "those that were being handed over when the database fell, at most"


async def test_a_worker_that_is_stopped_in_a_broadcast_leaves_it_running_and_the_next_sends_the_rest(place: Path) -> None:
    """A deploy in the middle: what was in hand is finished or given back, and nobody is passed over or written to twice."""
    async with installed(place) as house:
        actor = Actor.system(await house.workspace())
        house.mail.fail("DATA", "", times=None, delay=0.3)

        async def begin(tx: Tx) -> UUID:
            people = await leads(tx, READERS * 3)
            id = await draft(tx, broadcasts.Audience(people=people))
            await broadcasts.schedule(tx, id, broadcasts.Hour())
            return id

        id = await house.db.run(actor, begin)
        async with house.worker(LEADWELL_MAIL_FROM=FROM) as worker:
            await _left(house, 5)
            worker.send(signal.SIGTERM)
            assert await worker.ended(30) == 0
        seen = house.mail.mailbox.count()
        async with house.db.read(actor) as tx:
            first = await broadcasts.results(tx, id)
        assert (first.state, first.done) == ("SENDING", seen)
        assert 5 <= seen < READERS * 3
        async with house.worker(LEADWELL_MAIL_FROM=FROM):
            await until(lambda: _settled(house, actor), 60)
        async with house.db.read(actor) as tx:
            assert await check_mail(tx, house.mail) == {"SENT": READERS * 3}
            crashes = await tx.value("SELECT coalesce(sum(h.crashes), 0) FROM work_history h WHERE h.workspace_id = $1", tx.workspace)
        assert crashes == 0


async def _answers(house: Installation, actor: Actor) -> bool:
    try:
        return await _settled(house, actor) or True
    except Exception:   # it is starting again
        return False
