"""Scoring: everybody rescored as the workers do it, batch by batch, against the same rules as one statement; and one explanation."""

import os
import time
from statistics import median

import asyncpg

from bench.house import House, house
from bench.rows import Row
from leadwell import scoring
from leadwell.base.actor import Actor
from leadwell.base.ids import uuid7
from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.scoring.compile import compiled
from leadwell.scoring.rescoring import live_models
from workers.scoring import ALL_BATCH

PEOPLE = int(os.environ.get("LW_BENCH_PEOPLE", "100000"))


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
        Row("score.explain_ms", explained, "ms", None, "lower", "p50 of 200 explanations, one client"),
    ]


async def rules(h: House) -> scoring.Rules:
    async with h.db.read(Actor.system(h.workspace)) as tx:
        return scoring.parse(await tx.value("SELECT v.rules FROM scoring_versions v WHERE v.workspace_id = $1 AND v.state = 'LIVE'", tx.workspace))


async def batches(h: House) -> float:
    """Seconds for everybody, a transaction a batch."""
    actor, after, start = Actor.system(h.workspace), None, time.perf_counter()
    async with h.db.read(actor) as tx:
        (live,) = await live_models(tx)
    while True:
        after = await h.db.run(actor, lambda tx, after=after: scoring.rescore_after(tx, live.id, after, ALL_BATCH, quiet=False))
        if after is None:
            return time.perf_counter() - start


async def whole(h: House) -> float:
    """Seconds for everybody in one statement of the same rules."""
    made = compiled(await rules(h), everyone=True)

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
            await scoring.explain(tx, row["person_id"])
            took.append((time.perf_counter() - start) * 1000)
    return median(took)
