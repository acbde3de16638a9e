"""Enrichment by the providers that need no network: captured leads looked at in the batches a worker takes."""

import asyncio
import os
import time
from collections.abc import Sequence
from functools import partial
from uuid import UUID

import asyncpg

from bench.house import House, house
from bench.rows import Row
from leadwell import enrichment
from leadwell.base.actor import Actor
from leadwell.base.sql import load
from leadwell.base.tx import Tx
from workers.drain import SLOTS

PEOPLE = int(os.environ.get("LW_BENCH_ENRICHED", "10000"))
BATCH = 500


async def measure() -> list[Row]:
    async with house() as h:
        ids = await seed(h)
        first, filled = await look(h, ids)
        again, none = await look(h, ids)
    scale = f"{PEOPLE:,} leads, {SLOTS} batches of {BATCH} in hand, one process, durable commits"
    return [
        Row("enrich.per_s", PEOPLE / first, "leads/s", 2_000, "higher", f"{scale}; {filled:,} changed, with provenance, runs and events"),
        Row("enrich.unchanged_per_s", PEOPLE / again, "leads/s", None, "higher", f"{scale}; looked at again, {none:,} changed"),
    ]


async def seed(h: House) -> list[UUID]:
    """The people, analyzed, as a database that has lived would be."""
    async def rows(tx: Tx) -> list[UUID]:
        spots = {":now": f"'{await tx.now()}'::timestamptz", ":n": str(PEOPLE)}
        for statement in load(__name__, "enrichment").split(";\n"):
            for spot, value in spots.items():
                statement = statement.replace(spot, value)
            await tx.execute(statement.rstrip(";"), *([tx.workspace] if "$1" in statement else []))
        return [row["id"] for row in await tx.fetch("SELECT b.id FROM bench_people b ORDER BY b.g")]

    ids = await h.db.run(Actor.system(h.workspace), rows)
    owner = await asyncpg.connect(h.servers.owner_database_url)
    await owner.execute("VACUUM ANALYZE")
    await owner.close()
    return ids


async def look(h: House, ids: Sequence[UUID]) -> tuple[float, int]:
    """Seconds for everybody, a transaction a batch, as many in hand as a worker has, and how many were changed."""
    actor, changed, start = Actor.system(h.workspace), list[int](), time.perf_counter()
    waiting = [ids[i : i + BATCH] for i in range(0, len(ids), BATCH)]

    async def hand() -> None:
        while waiting:
            result = await h.db.run(actor, partial(enrichment.enrich_people, person_ids=waiting.pop()))
            changed.append(len(result.changed))

    await asyncio.gather(*(hand() for _ in range(SLOTS)))
    return time.perf_counter() - start, sum(changed)
