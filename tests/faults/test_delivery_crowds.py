"""Twenty workers and three sweepers at one ledger: no mail twice, no cap exceeded. LW_FAULTS=full takes 10,000 sends and real processes."""

import asyncio
import os
import sys
from collections import Counter
from datetime import timedelta
from pathlib import Path

from leadwell import nurture, pressure, work
from leadwell.base.actor import Actor
from leadwell.base.tx import Database, Tx
from leadwell.embedded.servers import Servers
from leadwell.pressure import editing
from leadwell.pressure.lists import SEND_LIMIT
from tests.mailing import FROM, forward, leads, sends, sequence
from tests.posting import House, close, house, open_worker
from tests.processes import ROOT
from tests.stepping import sandbox

FULL = os.environ.get("LW_FAULTS") == "full"
READERS = 5000 if FULL else 150
A_DAY = READERS * 2 // 3        # fewer than there are readers
WORKERS, PROCESSES = 20, 4


async def _two_sequences(tx: Tx) -> None:
    """Two mails to each reader, of which one may leave a week, and of all of them only so many a day."""
    await editing.create(tx, SEND_LIMIT, {"scope": "WORKSPACE", "key": "*", "per_day": A_DAY})
    await pressure.update_rules(tx, {"person_most": 1, "person_days": 7})
    people = await leads(tx, READERS)
    for name in ("One", "Two"):
        await nurture.enroll_many(tx, await sequence(tx, name=name), people, "HAND")
    while await nurture.step_due(tx, mail_from=FROM):
        pass


async def _sweep(at: House, ended: asyncio.Event) -> None:
    while not ended.is_set():
        await at.db.run(at.actor, nurture.tend)
        for queue in ("nurture", "deliver"):
            await at.db.run(at.actor, lambda tx, queue=queue: work.rescue(tx, queue))
        await asyncio.sleep(0.05)


async def _here(at: House, servers: Servers) -> None:
    workers = [open_worker(at.db, at.actor.workspace, at.server.url) for _ in range(WORKERS)]
    while await workers[0].kit.db.control("SELECT d.workspace_id FROM lw_due($1, $2) d", "deliver", 1):     # who gives a job back may be the last that looks
        await asyncio.gather(*(worker.drain.queue("deliver") for worker in workers))
        await asyncio.gather(*(worker.drain.idle() for worker in workers))
    await asyncio.gather(*map(close, workers))


async def _in_processes(at: House, servers: Servers) -> None:
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join([str(ROOT), *filter(None, sys.path)])}
    words = [sys.executable, "-m", "tests.faults.many_mailers", servers.database_url, at.server.url, str(at.actor.workspace), str(WORKERS // PROCESSES)]
    started = [await asyncio.create_subprocess_exec(*words, env=env) for _ in range(PROCESSES)]
    assert await asyncio.gather(*(one.wait() for one in started)) == [0] * PROCESSES


async def _crowd(at: House, servers: Servers) -> None:
    ended = asyncio.Event()
    sweepers = [asyncio.ensure_future(_sweep(at, ended)) for _ in range(3)]
    await (_in_processes if FULL else _here)(at, servers)
    ended.set()
    await asyncio.gather(*sweepers)


async def test_twenty_workers_and_three_sweepers_send_nothing_twice_and_keep_every_cap(migrated: Servers, db: Database, tmp_path: Path) -> None:
    actor: Actor = await sandbox(db)
    async with house(db, actor.workspace, tmp_path) as at:
        await db.run(actor, _two_sequences)
        left = 0
        for day in range(2):
            await _crowd(at, migrated)
            left = min(A_DAY * (day + 1), READERS)
            assert await at.check() == {"SENT": left, "PLANNED": 2 * READERS - left}
            async with db.read(actor) as tx:
                got = Counter(person for person, state in await sends(tx, "person_id", "state") if state == "SENT")
            assert max(got.values()) == 1, "one a week for each reader"
            await forward(db, actor.workspace, timedelta(days=1, minutes=11))
        assert at.server.mailbox.count() == left == READERS
