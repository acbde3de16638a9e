"""Scoring: everybody rescored as the workers do it, batch by batch, against the same rules as one statement; and one explanation."""

import asyncio
import os
import time
from functools import partial
from statistics import median
from uuid import UUID

import asyncpg

from bench.house import House, house
from bench.rows import Row
from bench.work import kit_of
from leadwell import scoring, timeline, work
from leadwell.base.actor import Actor
from leadwell.base.ids import uuid7
from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.scoring.compile import compiled
from leadwell.scoring.rescoring import live_models
from workers.drain import Drain
from workers.scoring import ALL_BATCH, KINDS

PEOPLE = int(os.environ.get("LW_BENCH_PEOPLE", "100000"))
PER_S, SECONDS, TOGETHER = 500, 10, 10


async def measure() -> list[Row]:
    async with house() as h:
        await seed(h)
        return await timed(h)


async def seed(h: House) -> None:
    """The model and the people; analyzed, as a database that has lived would be."""
    async def rows(tx: Tx) -> None:
        if not await live_models(tx):
            await scoring.defaults(tx)
        spots = {":now": f"'{await tx.now()}'::timestamptz", ":ms": str(uuid7().int >> 80), ":n": str(PEOPLE)}
        for statement in load(__name__, "scoring").split(";\n"):
            for spot, value in spots.items():
                statement = statement.replace(spot, value)
            await tx.execute(statement.rstrip(";"), *([tx.workspace] if "$1" in statement else []))

    await h.db.run(Actor.system(h.workspace), rows)
    owner = await asyncpg.connect(h.servers.owner_database_url)
    await owner.execute("VACUUM ANALYZE")
    await owner.close()


async def timed(h: House) -> list[Row]:
    """First scores in batches, then nothing new in batches and by one statement, then first scores by one statement."""
    actor, scale = Actor.system(h.workspace), f"{PEOPLE:,} people, {PEOPLE * 5:,} activities, {len((await rules(h)).engagement)} engagement rules"
    changed = await batches(h)
    rounds = [(await batches(h), await whole(h)) for _ in range(5)]  # taken in turns, so that other load hits both alike
    unchanged, whole_unchanged = (min(times) for times in zip(*rounds, strict=True))
    await h.db.run(actor, lambda tx: forget(tx))
    whole_changed = await whole(h)
    explained = await explanations(h)
    return [
        Row("score.unchanged_per_s", PEOPLE / unchanged, "people/s", 150_000, "higher", f"{scale}; batches of {ALL_BATCH:,}"),
        Row("score.changed_per_s", PEOPLE / changed, "people/s", 15_000, "higher", f"{scale}; first scores with history, crossings, events"),
        Row("score.vs_one_statement", whole_unchanged / unchanged, "×", 0.7, "higher", f"{scale}; nothing changed"),
        Row("score.changed_vs_one_statement", whole_changed / changed, "×", None, "higher", f"{scale}; the one statement notes no events"),
        Row("score.explain_ms", explained, "ms", 10, "lower", f"p50 of 200 explanations, one client; {scale}"),
        await visible(h),
    ]


async def rules(h: House) -> scoring.Rules:
    async with h.db.read(Actor.system(h.workspace)) as tx:
        return scoring.parse(await tx.value("SELECT v.rules FROM scoring_versions v WHERE v.workspace_id = $1 AND v.state = 'LIVE'", tx.workspace))


async def batches(h: House) -> float:
    """Seconds for everybody, a transaction a batch, the parts that workers take side by side."""
    actor, start = Actor.system(h.workspace), time.perf_counter()
    async with h.db.read(actor) as tx:
        (live,) = await live_models(tx)
        parts = await scoring.parts(tx, ALL_BATCH)

    async def hand(after: UUID | None, until: UUID | None) -> None:
        while (after := await h.db.run(actor, partial(scoring.rescore_after, model_id=live.id, after=after, limit=ALL_BATCH, quiet=False, until=until))):
            pass

    await asyncio.gather(*(hand(*part) for part in parts))
    return time.perf_counter() - start


async def whole(h: House) -> float:
    """Seconds for everybody in one statement of the same rules."""
    made = compiled(await rules(h), "EVERYBODY")

    async def one(tx: Tx) -> None:
        (live,) = await live_models(tx)
        await tx.fetch(made.sql, tx.workspace, None, await tx.now(), live.id, live.version_id, live.is_default, str(uuid7())[:15], *made.values)

    start = time.perf_counter()
    await h.db.run(Actor.system(h.workspace), one)
    return time.perf_counter() - start


async def forget(tx: Tx) -> None:
    for table in ("scores", "score_crossings"):
        await tx.execute(f"DELETE FROM {table} WHERE workspace_id = $1", tx.workspace)


async def explanations(h: House) -> float:
    took: list[float] = []
    async with h.db.read(Actor.system(h.workspace)) as tx:
        for row in await tx.fetch("SELECT s.person_id FROM scores s WHERE s.workspace_id = $1 LIMIT 200", tx.workspace):
            start = time.perf_counter()
            told = await scoring.explain(tx, row["person_id"])
            took.append((time.perf_counter() - start) * 1000)
            assert sum(c.counted for c in told.contributions) == told.score * 100 == (told.shown.score if told.shown else -1) * 100
    return median(took)


async def visible(h: House) -> Row:
    """How long after its commit an activity is in the score that lists show: activities told by tens, 500 a second, one worker process."""
    actor = Actor.system(h.workspace)
    async with h.db.read(actor) as tx:
        rows = await tx.fetch(   # not engaged yet, so that a meeting changes their score under any cap
            "SELECT s.person_id AS id FROM scores s WHERE s.workspace_id = $1 AND s.is_default AND s.engagement < 10 ORDER BY random() LIMIT $2",
            tx.workspace, PER_S * SECONDS)
    waiting: dict[UUID, float] = {}
    took: list[float] = []
    told = asyncio.create_task(tell(h, [r["id"] for r in rows], waiting))
    drain = Drain(kit_of(h, work.SilentBell()), KINDS)
    while not told.done() or waiting:
        if not await drain.queue("score", 1):
            await asyncio.sleep(0.02)
        await look(h, waiting, took)
    await drain.idle()
    at = sorted(took)[len(took) * 99 // 100] * 1000
    scale = f"{len(took):,} activities at {PER_S} a second by tens, one worker process; p50 {median(took) * 1000:.0f}"
    return Row("score.visible_p99_ms", at, "ms", 2000, "lower", scale)


async def tell(h: House, people: list[UUID], waiting: dict[UUID, float]) -> None:
    """Ten meetings in a transaction, each of somebody else, as often as it takes."""
    start = time.perf_counter()
    for i in range(0, len(people), TOGETHER):
        await asyncio.sleep(max(0.0, start + i / PER_S - time.perf_counter()))
        some = people[i: i + TOGETHER]
        await h.db.run(Actor.system(h.workspace), lambda tx, some=some: timeline.record_many(tx, [timeline.NewActivity("MEETING", [p]) for p in some]))
        waiting |= dict.fromkeys(some, time.perf_counter())


async def look(h: House, waiting: dict[UUID, float], took: list[float]) -> None:
    """Which of those waited for are scored by now: nobody else is, after the clock of the last batch."""
    if not waiting:
        return
    async with h.db.read(Actor.system(h.workspace)) as tx:
        rows = await tx.fetch(
            "SELECT s.person_id FROM scores s JOIN people p ON p.workspace_id = $1 AND p.id = s.person_id WHERE s.workspace_id = $1 AND s.is_default"
            " AND s.person_id = ANY($2::uuid[]) AND s.as_of >= p.last_activity_at", tx.workspace, list(waiting))
    seen = time.perf_counter()
    took += [seen - waiting.pop(r["person_id"]) for r in rows]
