"""Nurture: due waits of one large workspace moved by one worker and by four."""

import asyncio
import os
import time
from uuid import UUID

import asyncpg

from bench.house import House, house
from bench.rows import Row
from leadwell import delivery, nurture
from leadwell.base.actor import Actor
from leadwell.base.ids import uuid7
from leadwell.base.sql import load
from leadwell.base.tx import Tx

PEOPLE = int(os.environ.get("LEADWELL_BENCH_ENROLLMENTS", "100000"))
WORDS = delivery.Words("Hello", '<p>Hi</p><a href="{{ unsubscribe_url }}">Unsubscribe</a>')


async def measure() -> list[Row]:
    async with house() as h:
        sequence = await seed(h)
        one = PEOPLE / await timed(h, workers=1)
        await again(h, sequence)
        four = PEOPLE / await timed(h, workers=4)
    scale = f"{PEOPLE:,} due waits of one workspace, batches of {nurture.BATCH:,}, row security, fsync"
    return [
        Row("nurture.steps_per_s", one, "steps/s", 25_000, "higher", scale + ", 1 worker"),
        Row("nurture.steps_4_workers_per_s", four, "steps/s", 25_000, "higher", scale + ", 4 workers"),
    ]


async def seed(h: House) -> UUID:
    """A live sequence whose waits follow each other, so that a step is a step and nothing else."""
    async def rows(tx: Tx) -> UUID:
        template = (await delivery.create_template(tx, "Bench", WORDS)).id
        topic = await tx.value("SELECT t.id FROM topics t WHERE t.workspace_id = $1 AND t.code = 'product'", tx.workspace)
        wait = {"kind": "WAIT", "duration": "P1D"}
        id = await nurture.create_sequence(tx, nurture.NewSequence("Bench", topic, [wait, wait, wait, {"kind": "EMAIL", "template_id": str(template)}]))
        version = await nurture.publish(tx, id)
        for statement in load(__name__, "nurture").split(";\n"):
            spots = {
                ":now": f"'{await tx.now()}'::timestamptz",
                ":ms": str(uuid7().int >> 80), ":n": str(PEOPLE), ":sequence": f"'{id}'", ":version": f"'{version}'",
            }
            for spot, value in spots.items():
                statement = statement.replace(spot, value)
            await tx.execute(statement, *([tx.workspace] if "$1" in statement else []))
        return id

    id = await h.db.run(Actor.system(h.workspace), rows)
    await analyze(h)
    return id


async def again(h: House, sequence: UUID) -> None:
    """Everybody due once more, at the next step."""
    await h.db.run(Actor.system(h.workspace), lambda tx: tx.execute("UPDATE enrollments SET due_at = created_at WHERE workspace_id = $1", tx.workspace))
    await analyze(h)


async def analyze(h: House) -> None:
    owner = await asyncpg.connect(h.servers.owner_database_url)
    await owner.execute("VACUUM ANALYZE enrollments, enrollment_steps, people")
    await owner.close()


async def timed(h: House, workers: int) -> float:
    async def work_off() -> None:
        while await h.db.run(Actor.system(h.workspace), lambda tx: nurture.step_due(tx, mail_from="Bench <bench@leadwell.localhost>")):
            pass

    start = time.perf_counter()
    await asyncio.gather(*(work_off() for _ in range(workers)))
    return time.perf_counter() - start
