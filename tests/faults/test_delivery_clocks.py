"""The clock of the database jumps, as a first word from NTP or a restored machine makes it, while mail is due, planned and on its way; a worker has another
clock of its own. None comes twice, none leaves outside of its window, caps and limits hold, nothing is lost."""

import os
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg

from leadwell import nurture, pressure
from leadwell.base.actor import Actor
from leadwell.base.pool import open_pool
from leadwell.base.tx import Database, Tx
from leadwell.pressure import editing
from leadwell.pressure.lists import SEND_LIMIT, SEND_WINDOW
from tests.history import check_mail
from tests.installation import Installation, installed, until
from tests.mailing import FROM, leads, sequence

READERS, AN_HOUR, CAP = 12, 20, 2
OPENS, SHUTS, WEEK = 9, 17, timedelta(days=7)
MONDAY = datetime(2026, 11, 30, 15, 30, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SHIFTED = """
SET allow_system_table_mods = on;
ALTER FUNCTION pg_catalog.clock_timestamp() RENAME TO clock_of_the_machine;
CREATE TABLE public.shifted (by interval NOT NULL);
INSERT INTO public.shifted VALUES ('0');
GRANT SELECT ON public.shifted TO PUBLIC;
CREATE FUNCTION pg_catalog.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE AS
  $$ SELECT pg_catalog.clock_of_the_machine() + (SELECT s.by FROM public.shifted s) $$;
"""
IN_HAND = """
SELECT (SELECT count(*) FROM work w WHERE w.workspace_id = $1 AND w.queue IN ('nurture', 'deliver', 'upkeep')
    AND (w.state = 'RUNNING' OR w.state = 'READY' AND w.run_at <= lw_clock($1)))
  + (SELECT count(*) FROM sends s WHERE s.workspace_id = $1 AND s.state = 'SENDING')
  + (SELECT count(*) FROM events e WHERE e.workspace_id = $1 AND e.seq IS NULL)
  + (SELECT count(*) FROM enrollments e WHERE e.workspace_id = $1 AND e.state = 'ACTIVE' AND e.due_at <= lw_clock($1)) AS n
"""
FAKETIME = next((path for path in (os.environ.get("LW_FAKETIME", ""), "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1") if Path(path).is_file()), None)
"""Debian's package faketime, where it is there: a worker then has a clock that is a day ahead."""


@dataclass(slots=True)
class Clock:
    """That of a whole database server, for everybody who asks it."""

    admin: "asyncpg.Connection[Any]"

    async def put(self, at: datetime) -> None:
        await self.admin.execute("UPDATE public.shifted SET by = $1::timestamptz - pg_catalog.clock_of_the_machine()", at)

    async def jump(self, by: timedelta) -> None:
        await self.admin.execute("UPDATE public.shifted SET by = by + $1", by)


@asynccontextmanager
async def _clocked(house: Installation) -> AsyncIterator[Clock]:
    admin = await asyncpg.connect(house.servers.admin_database_url.replace("/postgres?", "/leadwell?"))
    try:
        await admin.execute(SHIFTED)
        await house.db.close()      # its statements were planned with the other clock
        house.db = Database(await open_pool(house.servers.database_url, size=4))
        yield Clock(admin)
    finally:
        await admin.close()


async def _begun(tx: Tx) -> None:
    """Three mails to each reader: at once, a day later, and one that the cap lets go when the first is a week old."""
    hours = {day: [f"{OPENS:02}:00-{SHUTS}:00"] for day in ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")}
    window = await editing.create(tx, SEND_WINDOW, {"name": "By day", "hours": hours})
    await pressure.update_rules(tx, {"window_id": window, "person_most": CAP, "person_days": WEEK.days})
    await editing.create(tx, SEND_LIMIT, {"scope": "WORKSPACE", "key": "*", "per_hour": AN_HOUR})
    await nurture.enroll_many(tx, await sequence(tx, "P1D", "PT1H"), await leads(tx, READERS), "HAND")


async def _quiet(house: Installation, actor: Actor) -> None:
    async def check() -> bool:
        return (await house.rows(actor.workspace, IN_HAND))[0]["n"] == 0

    await until(check, 40)


async def _left(house: Installation, count: int) -> None:
    async def check() -> bool:
        return house.mail.mailbox.count() >= count

    await until(check, 30)


async def _held(tx: Tx) -> Counter[str]:
    """Every mail that left did so in its window, under the cap of its reader and the limit of its hour, by the clock there was then."""
    sql = "SELECT s.state, s.person_id, s.sending_at AS at FROM sends s WHERE s.workspace_id = $1 AND s.sending_at IS NOT NULL ORDER BY s.sending_at"
    rows = await tx.fetch(sql, tx.workspace)
    assert rows[0]["at"].date() == MONDAY.date(), "by the clock of the server"
    assert [row["at"] for row in rows if not OPENS <= row["at"].hour < SHUTS] == []
    for row in rows:
        assert sum(o["person_id"] == row["person_id"] and row["at"] - WEEK < o["at"] <= row["at"] for o in rows) <= CAP
    assert max(Counter(row["at"].replace(minute=0, second=0, microsecond=0) for row in rows).values()) <= AN_HOUR
    return Counter(row["state"] for row in rows)


async def test_a_clock_that_jumps_doubles_nothing_and_opens_no_window(place: Path) -> None:
    ahead = {"LD_PRELOAD": FAKETIME, "FAKETIME": "+1d", "FAKETIME_DONT_FAKE_MONOTONIC": "1"} if FAKETIME else {}
    async with installed(place) as house, _clocked(house) as clock, AsyncExitStack() as stack:
        await clock.put(MONDAY)
        actor = Actor.system(await house.workspace())
        house.mail.fail("DATA", "", times=None, delay=0.1)
        workers = [await stack.enter_async_context(house.worker(LEADWELL_MAIL_FROM=FROM, **more)) for more in ({}, ahead)]
        for worker in workers:
            await worker.says("worker ready")
        await house.db.run(actor, _begun)
        await _left(house, 2)
        await clock.jump(HOUR)              # 16:30: every lease has run out at once, and the mail goes on
        await _left(house, 5)
        await clock.jump(-HOUR)             # 15:30
        await _quiet(house, actor)
        assert house.mail.mailbox.count() == READERS
        await clock.jump(DAY)               # Tuesday: the second mail is due
        await _left(house, READERS + 3)
        await clock.jump(-DAY)              # Monday again, with mail on its way and planned
        await _quiet(house, actor)
        await clock.put(MONDAY + DAY + 2 * HOUR)        # 17:30, shut
        await _quiet(house, actor)
        async with house.db.read(actor) as tx:
            seen = await _held(tx)
        await clock.put(MONDAY + 2 * DAY - 5 * HOUR)    # Wednesday 10:30
        await _quiet(house, actor)
        await _quiet(house, actor)
        assert house.mail.mailbox.count() == 2 * READERS, "the cap holds the third"
        await clock.jump(-DAY)
        await _quiet(house, actor)
        assert house.mail.mailbox.count() == 2 * READERS >= sum(seen.values())
        for day in (7, 8, 9):               # from then on the third may go, twelve an hour apart at most twenty
            await clock.put(MONDAY + day * DAY + HOUR)
            await _quiet(house, actor)
        assert [worker.child.poll() for worker in workers] == [None, None]
        async with house.db.read(actor) as tx:
            assert await check_mail(tx, house.mail) == await _held(tx) == {"SENT": 3 * READERS}
            got = await tx.fetch("SELECT e.state FROM enrollments e WHERE e.workspace_id = $1", tx.workspace)
        assert Counter(row["state"] for row in got) == {"COMPLETED": READERS}
        assert Counter(reader for mail in house.mail.mailbox.list(limit=1000) for reader in mail.recipients) == dict.fromkeys(
            {mail.recipients[0] for mail in house.mail.mailbox.list(limit=1000)}, 3)
