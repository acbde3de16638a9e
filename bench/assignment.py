"""Assignment: decisions a second by the real drain, with territories, weights, capacity and sticky owners; how far apart members end."""

import asyncio
import os
import time
from collections import Counter
from uuid import UUID

from bench.house import House, house
from bench.rows import Row
from bench.work import kit_of
from leadwell import assignment, work
from leadwell.access.sees import Everything
from leadwell.assignment import Seat, editing
from leadwell.assignment.lists import QUEUE, TERRITORY
from leadwell.base.actor import Actor
from leadwell.base.ids import uuid7
from leadwell.base.tx import Tx
from workers.assignment import KINDS
from workers.drain import Drain

LEADS = int(os.environ.get("LEADWELL_BENCH_ASSIGNMENTS", "20000"))
QUEUES, MEMBERS = 5, 12
COUNTRIES = ("DE", "FR", "GB", "US", None)
COMMAND = "python -m bench assignment"
PEOPLE = """INSERT INTO people (workspace_id, id, name, email, country, created_at, updated_at)
SELECT $1, x.id, 'Person ' || x.n, 'p' || x.n || '@company' || x.n % 5000 || '.example', x.country, $3, $3
FROM jsonb_to_recordset($2::jsonb) AS x (id uuid, n int, country text)"""
LEAD = """INSERT INTO leads (workspace_id, id, person_id, pipeline_id, status_id, title, status_since, created_at, updated_at)
SELECT $1, x.lead, x.id, s.pipeline_id, s.id, 'Buyer', $3, $3, $3 FROM jsonb_to_recordset($2::jsonb) AS x (id uuid, lead uuid)
JOIN lead_statuses s ON s.workspace_id = $1 AND s.type = 'NEW' AND s.is_default"""


async def measure() -> list[Row]:
    async with house(24) as h:
        scale = f"{LEADS:,} leads, {QUEUES} territories and queues of {MEMBERS} members with capacity, durable commits, row security"
        await rules(h)
        one = await timed(h, await seed(h), 1)
        many = await timed(h, await seed(h), 20)
        apart = await fairness(h)
    return [
        Row("assign.per_s", one, "decisions/s", 1000, "higher", f"{scale}, 1 worker", COMMAND),
        Row("assign.20_workers_per_s", many, "decisions/s", 1000, "higher", f"{scale}, 20 workers", COMMAND),
        Row("assign.apart", apart, "leads", 1, "lower", f"{2 * LEADS:,} leads; most minus fewest of a queue's members of equal weight", COMMAND),
    ]


async def rules(h: House) -> None:
    async def write(tx: Tx) -> None:
        role = await tx.value("SELECT r.id FROM roles r WHERE r.workspace_id = $1 AND r.code = 'SALES'", tx.workspace)
        for i, country in enumerate(COUNTRIES):
            place = await editing.create(tx, QUEUE, {"name": f"Queue {i}"}, Everything(tx.workspace))
            where = {"country": {"eq": country}, "title": {"startsWith": "B"}} if country else {}
            await editing.create(tx, TERRITORY, {"name": f"Territory {i}", "queue_id": place, "filter": where}, Everything(tx.workspace))
            for j in range(MEMBERS):
                user = uuid7()
                await tx.execute(
                    "INSERT INTO users (workspace_id, id, name, email, role_id, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $6)",
                    tx.workspace, user, f"Seller {i}.{j}", f"s{i}.{j}@own.example", role, await tx.now())  # fmt: skip
                await assignment.put_member(tx, place, Seat(user, capacity=1_000_000))

    await h.db.run(Actor.system(h.workspace), write)


async def seed(h: House) -> list[UUID]:
    """Open leads of strangers that nobody owns, and the job of each."""
    made = [{"id": str(uuid7()), "lead": uuid7(), "n": i, "country": COUNTRIES[i % len(COUNTRIES)]} for i in range(LEADS)]

    async def write(tx: Tx) -> None:
        for i in range(0, LEADS, 5000):
            rows, now = made[i:i + 5000], await tx.now()
            await tx.execute(PEOPLE, tx.workspace, rows, now)
            await tx.execute(LEAD, tx.workspace, rows, now)
            await work.put(tx, *(work.NewJob("assign", "assign.lead", {"lead_id": str(row["lead"])}, key=str(row["lead"])) for row in rows))

    await h.db.run(Actor.system(h.workspace), write)
    return [row["lead"] for row in made]


async def timed(h: House, leads: list[UUID], workers: int) -> float:
    """Decisions a second until every lead has an owner."""
    drains = [Drain(kit_of(h, work.SilentBell()), KINDS) for _ in range(workers)]
    start = time.perf_counter()
    await asyncio.gather(*(worked(drain) for drain in drains))
    took = time.perf_counter() - start
    async with h.db.read(Actor.system(h.workspace)) as tx:
        sql = "SELECT count(*) FROM leads l WHERE l.workspace_id = $1 AND l.id = ANY($2::uuid[]) AND l.owner_id IS NOT NULL"
        assert await tx.value(sql, tx.workspace, leads) == len(leads)
    return len(leads) / took


async def worked(drain: Drain) -> None:
    while await drain.queue("assign", 60):
        pass
    await drain.idle()


async def fairness(h: House) -> int:
    """The widest distance between two members of one queue, who all weigh the same."""
    async with h.db.read(Actor.system(h.workspace)) as tx:
        rows = await tx.fetch("SELECT m.queue_id, m.given FROM lead_queue_members m WHERE m.workspace_id = $1", tx.workspace)
    by_queue: dict[UUID, Counter[int]] = {}
    for row in rows:
        by_queue.setdefault(row["queue_id"], Counter())[row["given"]] += 1
    return max(max(shares) - min(shares) for shares in by_queue.values())
