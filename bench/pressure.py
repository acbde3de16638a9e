"""A crowd of due mail behind a limit, as after an outage: how fast it is laid out over the hours with room, and whether the limit holds."""

import os
import time
from typing import Any
from uuid import UUID

from bench import delivery
from bench.house import House, house
from bench.rows import Row
from leadwell.base.actor import Actor
from leadwell.base.tx import Tx
from leadwell.pressure import editing
from leadwell.pressure.lists import SEND_LIMIT
from workers import delivery as delivering
from workers.drain import Drain

MAILS = int(os.environ.get("LEADWELL_BENCH_CROWD", "20000"))
HOURLY, DAILY = 500, 5000
HOURS = """SELECT max(x.n)::int AS most FROM (
  SELECT count(*) AS n FROM sends s WHERE s.workspace_id = $1 AND s.state = 'PLANNED' GROUP BY date_trunc('hour', s.due_at)) x"""


async def measure() -> list[Row]:
    delivery.MAILS = MAILS
    async with house() as h, delivery.mailbox() as smtp_url:
        drain = Drain(delivery.kit(h, smtp_url), delivering.KINDS)
        people, sequence = await delivery.seed(h)
        await h.db.run(Actor.system(h.workspace), limited)
        for i in range(0, len(people), 5000):
            await delivery.enroll(h, sequence, people[i:i + 5000])
        start = time.perf_counter()
        await delivery.drained(drain)
        took = time.perf_counter() - start
        most = await found(h)
        await drain.kit.mailer.close()
    assert most <= HOURLY
    scale = f"{len(people):,} mails due at once, {HOURLY} an hour and {DAILY:,} a day of one sender, one worker; never more than {most} in an hour"
    return [Row("pressure.laid_out_per_s", len(people) / took, "mails/s", None, "higher", scale)]


async def limited(tx: Tx) -> UUID:
    return await editing.create(tx, SEND_LIMIT, {"scope": "SENDER", "key": "*", "per_hour": HOURLY, "per_day": DAILY})


async def found(h: House) -> int:
    async def most(tx: Tx) -> Any:
        return await tx.value(HOURS, tx.workspace)

    return await h.db.run(Actor.system(h.workspace), most)
