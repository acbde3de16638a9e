"""Segments: how long a preview takes, a segment's first filling, its refresh when nothing and when a fiftieth changed, and looking at changed records."""

import os
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from statistics import median
from typing import Any
from uuid import UUID

import asyncpg

from bench.house import House, house
from bench.rows import Row
from leadwell import segments
from leadwell.access.sees import Everything
from leadwell.base.actor import Actor
from leadwell.base.sql import load
from leadwell.base.tx import Tx

LEADS = int(os.environ.get("LEADWELL_BENCH_SEGMENT_LEADS", "100000"))
COMMAND = "python -m bench segments"
FAIRS = {"industry": {"eq": "Fairs"}}
CHANGED, SLICE = 2_000, 50_000
MORE = "UPDATE leads SET industry = 'Fairs' WHERE workspace_id = $1 AND industry = 'Steel' AND employees % 50 = 1"


async def measure() -> list[Row]:
    async with house() as h:
        for first in range(0, LEADS, SLICE):
            await seed(h, first, min(SLICE, LEADS - first))
        await analyze(h)
        previews = [await timed(h, lambda tx: segments.preview(tx, "Lead", FAIRS, Everything(tx.workspace))) for _ in range(11)]
        id = await run(h, lambda tx: segments.create(tx, segments.NewSegment("Fairs", "Lead", where=FAIRS), Everything(tx.workspace)))
        filling = await timed(h, lambda tx: segments.refresh(tx, id))
        again = median([await timed(h, lambda tx: segments.refresh(tx, id)) for _ in range(5)])
        await run(h, lambda tx: tx.execute(MORE, tx.workspace))
        crossing = await timed(h, lambda tx: segments.refresh(tx, id))
        follow = await changed(h, id)
    scale = f"{LEADS:,} leads of one workspace, a fifth of them in the segment, fsync, row security"
    return [
        Row("segments.preview_ms", median(previews) * 1000, "ms", 100, "lower", f"{scale}; count up to 10,000 and a sample", COMMAND),
        Row("segments.first_s", filling, "s", 30, "lower", f"{scale}; its first filling", COMMAND),
        Row("segments.refresh_s", again, "s", 10, "lower", f"{scale}; as a whole, nothing to change", COMMAND),
        Row("segments.crossing_s", crossing, "s", 10, "lower", f"{scale}; as a whole, a fiftieth comes in, with an event each", COMMAND),
        Row("segments.follow_ms", follow * 1000, "ms", 1000, "lower", f"{scale}; {CHANGED:,} records that changed, half of them cross", COMMAND),
    ]




async def seed(h: House, first: int, count: int) -> None:
    await run(h, lambda tx: tx.execute(load(__name__, "segments"), tx.workspace, first, datetime.now(UTC), count))


async def changed(h: House, id: UUID) -> float:
    """Records that something happened to, half of which leave."""
    async def mark(tx: Tx) -> None:
        sql = "SELECT m.record_id FROM segment_members m WHERE m.workspace_id = $1 AND m.segment_id = $2 LIMIT $3"
        rows = await tx.fetch(sql, tx.workspace, id, CHANGED)
        ids = [row["record_id"] for row in rows]
        await tx.execute("UPDATE leads SET industry = 'Steel' WHERE workspace_id = $1 AND id = ANY($2::uuid[])", tx.workspace, ids[::2])
        await tx.execute(
            "INSERT INTO segment_changes (workspace_id, noun, record_id) SELECT $1, 'Lead', r FROM unnest($2::uuid[]) AS r", tx.workspace, ids)

    await run(h, mark)
    return await timed(h, segments.follow)


async def run(h: House, work: Callable[[Tx], Awaitable[Any]]) -> Any:
    return await h.db.run(Actor.system(h.workspace), work)


async def timed(h: House, work: Callable[[Tx], Awaitable[Any]]) -> float:
    began = time.perf_counter()
    await run(h, work)
    return time.perf_counter() - began


async def analyze(h: House) -> None:
    owner = await asyncpg.connect(h.servers.owner_database_url)
    await owner.execute("VACUUM (ANALYZE) leads, people")
    await owner.close()
