"""After an outage: every enrollment of a large workspace is due at a step that sends, behind limits of sender, domain and workspace, hours and a cap of one
mail a day. The business clock is moved as in a sandbox, so that days of it pass in minutes; mail goes to a real server, which counts.

LW_BENCH_OUTAGE people, LW_BENCH_WORKERS processes that drain."""

import asyncio
import json
import os
import sys
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg

from bench.house import House, house
from bench.rows import Row
from leadwell import delivery, nurture
from leadwell.base.actor import Actor
from leadwell.base.ids import uuid7
from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.calendars.reading import DAYS
from leadwell.pressure import editing
from leadwell.pressure.lists import SEND_LIMIT, SEND_WINDOW

PEOPLE, WORKERS = int(os.environ.get("LW_BENCH_OUTAGE", "10000")), int(os.environ.get("LW_BENCH_WORKERS", "4"))
BEGIN = datetime(2027, 1, 4, 9, tzinfo=UTC)
SENDERS = ("ana@news.example", "ben@news.example", "eve@news.example")
WORDS = delivery.Words("Hello {{ person.first_name }}", '<p>Dear {{ person.name }},</p><p>news.</p><a href="{{ unsubscribe_url }}">Unsubscribe</a>')
MARKS = (10, 50, 100)
UNITS = (("MINUTE", "per_minute"), ("HOUR", "per_hour"), ("DAY", "per_day"))
KEYS = {"SENDER": "lower(s.sender_address)", "DOMAIN": "split_part(s.address, '@', 2)", "WORKSPACE": "s.workspace_id"}
Process = asyncio.subprocess.Process


def limits() -> dict[str, dict[str, int]]:
    """What a sender, a domain and the workspace may: some nine hours of work, of which the day allows two thirds."""
    hour = {"SENDER": PEOPLE / 21, "DOMAIN": PEOPLE / 24, "WORKSPACE": PEOPLE / 8}
    return {scope: {"per_minute": max(1, round(most / 40)), "per_hour": round(most), "per_day": round(most * 6)} for scope, most in hour.items()}


@dataclass(slots=True)
class Watch:
    """What was seen on the way: the largest any worker ever was when so many in a hundred had left, and how often the clock was moved."""

    begun: float = field(default_factory=time.perf_counter)
    stops: int = 0
    peaks: dict[int, list[float]] = field(default_factory=dict[int, list[float]])

    def look(self, sent: int, whole: int, workers: Sequence[Process]) -> None:
        for mark in MARKS:
            if mark not in self.peaks and sent * 100 >= whole * mark:
                self.peaks[mark] = [peak(worker) for worker in workers]
                took = time.perf_counter() - self.begun
                print(f"… {mark} %: {sent:,} mails after {took:.0f} s, peaks {self.peaks[mark]} MB", file=sys.stderr, flush=True)


async def measure() -> list[Row]:
    async with house() as h, process("bench.sink") as sink, AsyncExitStack() as stack:
        url = (await told(sink)).strip()
        whole = await seed(h)
        workers = [await stack.enter_async_context(process("bench.outage_worker", h.servers.database_url, url)) for _ in range(WORKERS)]
        for worker in workers:
            await told(worker)
        watch = Watch()
        await drain(h, sink, workers, watch, whole)
        took, counted = time.perf_counter() - watch.begun, await report(sink)
        kept = await ledger(h)
    return rows(whole, took, watch, counted, kept)


def rows(whole: int, took: float, watch: Watch, counted: dict[str, Any], kept: dict[str, Any]) -> list[Row]:
    over = broken(counted["most"]) + broken(kept["most"])
    over += [f"cap of a day: {gap:.0f} s" for gap in (counted["gap_s"], kept["gap_s"]) if gap < 86_400]
    over += [f"{counted['twice']} twice"] if counted["twice"] else []
    over += [f"{counted['mails']} at the server, {kept['sent']} of {whole} in the ledger"] if not counted["mails"] == kept["sent"] == whole else []
    scale = (
        f"{whole:,} due mails to {PEOPLE:,} people, {WORKERS} workers, {watch.stops:,} stops of the clock, {kept['days']} days of it; limits {limits()}, "
        f"hours 08:00-20:00, one mail a day; each mail was looked at {kept['looks']:.2f} times, {counted['turned_away']} after the server was asked")
    command = f"LW_BENCH_OUTAGE={PEOPLE} LW_BENCH_WORKERS={WORKERS} python -m bench outage"
    peaks = {mark: max(watch.peaks.get(mark, [0.0])) for mark in MARKS}
    return [
        Row("outage.mails_per_s", whole / took, "mails/s", None, "higher", f"{scale}; busiest: {kept['most']}", command),
        Row("outage.caps_exceeded", len(over), "", 0, "lower", f"{scale}; {over or 'by the ledger and by the server'}", command),
        Row("outage.peak_worker_mb", peaks[100], "MB", 150, "lower", f"{scale}; at 10, 50, 100 percent: {watch.peaks}", command),
        Row("outage.growth_mb", peaks[100] - peaks[10], "MB", 20, "lower", f"{scale}; peak at the end over that at 10 percent", command),
    ]


def broken(most: dict[str, int]) -> list[str]:
    """What exceeded its limit."""
    return [
        f"{scope} {unit}: {most.get(f'{scope} {unit}', 0)} of {allowed[name]}"
        for scope, allowed in limits().items() for unit, name in UNITS if most.get(f"{scope} {unit}", 0) > allowed[name]]


async def drain(h: House, sink: Process, workers: Sequence[Process], watch: Watch, whole: int) -> None:
    """Moves the clock from one minute with due work to the next, each worked off before the next."""
    owner, clock = await asyncpg.connect(h.servers.owner_database_url), BEGIN
    while clock is not None:
        await owner.execute("UPDATE workspaces SET clock_at = $2 WHERE id = $1", h.workspace, clock)
        while await owner.fetchval(BUSY, h.workspace, clock):
            await asyncio.sleep(0.02)
            if (watch.stops < 3 or watch.stops % 50 == 0) and all(worker.returncode is None for worker in workers):
                watch.look((await report(sink))["mails"], whole, workers)
        watch.stops += 1
        watch.look((await report(sink))["mails"], whole, workers)
        next = await owner.fetchval(NEXT, h.workspace)
        clock = next and max(clock + timedelta(minutes=1), next.replace(second=0, microsecond=0) + timedelta(minutes=1))
    await owner.close()


NEXT = "SELECT min(w.run_at) FROM work w WHERE w.workspace_id = $1 AND w.state = 'READY' AND w.queue IN ('deliver', 'nurture')"
BUSY = """SELECT EXISTS (SELECT 1 FROM work w WHERE w.workspace_id = $1 AND w.state = 'RUNNING')
OR EXISTS (SELECT 1 FROM work w WHERE w.workspace_id = $1 AND w.queue = 'deliver' AND w.state = 'READY' AND w.run_at <= $2)
OR EXISTS (SELECT 1 FROM work w WHERE w.workspace_id = $1 AND w.queue = 'nurture' AND w.state = 'READY' AND w.run_at <= $2)"""


async def ledger(h: House) -> dict[str, Any]:
    """The most of each limit that the ledger ever counted, and the shortest time between two mails to a person."""
    owner = await asyncpg.connect(h.servers.owner_database_url)
    one = await owner.fetchrow("""
        SELECT count(*) FILTER (WHERE x.state = 'SENT') AS sent, avg(x.version - 2)::float8 AS looks, extract(epoch FROM min(x.gap))::float8 AS gap_s,
          count(DISTINCT x.counted_at::date) AS days
        FROM (SELECT s.state, s.version, s.counted_at, s.counted_at - lag(s.counted_at) OVER (PARTITION BY s.person_id ORDER BY s.counted_at) AS gap
          FROM sends s WHERE s.workspace_id = $1) x""", h.workspace)
    assert one is not None
    most = {
        f"{scope} {unit}": await owner.fetchval(
            f"SELECT max(x.n) FROM (SELECT count(*) AS n FROM sends s WHERE s.workspace_id = $1 AND s.counted_at IS NOT NULL "
            f"GROUP BY {key}, date_trunc('{unit}', s.counted_at AT TIME ZONE 'UTC')) x", h.workspace)
        for scope, key in KEYS.items() for unit, _ in UNITS}
    await owner.close()
    return {**dict(one), "gap_s": one["gap_s"] or float("inf"), "most": most}


async def seed(h: House) -> int:
    """Two live sequences of one mail each, and everybody due in the first; returns how many mails there are to be."""
    owner = await asyncpg.connect(h.servers.owner_database_url)
    await owner.execute("UPDATE workspaces SET clock_at = $2 WHERE id = $1", h.workspace, BEGIN)
    await h.db.run(Actor.system(h.workspace), rows_of)
    await owner.execute("VACUUM ANALYZE")
    await owner.close()
    return PEOPLE + PEOPLE // 20


async def rows_of(tx: Tx) -> None:
    template = (await delivery.create_template(tx, "Bench", WORDS)).id
    topic = await tx.value("SELECT t.id FROM topics t WHERE t.workspace_id = $1 AND t.code = 'product'", tx.workspace)
    ids = [await delivery.create_sender(tx, {"name": "Bench", "address": address, "is_default": i == 0}) for i, address in enumerate(SENDERS)]
    step = {"kind": "EMAIL", "template_id": str(template), "sender": {"kind": "ROTATING", "ids": [str(id) for id in ids]}}
    (one, live), (two, newer) = [await published(tx, name, topic, step) for name in ("First", "Second")]
    for scope, most in limits().items():
        await editing.create(tx, SEND_LIMIT, {"scope": scope, "key": "*", **most})
    window = await editing.create(tx, SEND_WINDOW, {"name": "Day", "hours": {day: ["08:00-20:00"] for day in DAYS}})
    await editing.update_rules(tx, {"window_id": window, "person_most": 1, "person_days": 1})
    spots = {":now": f"'{BEGIN}'::timestamptz", ":ms": str(uuid7().int >> 80), ":n": str(PEOPLE), ":sequence": f"'{one}'", ":version": f"'{live}'",
             ":second": f"'{two}'", ":other": f"'{newer}'"}
    for statement in load(__name__, "outage").split(";\n"):
        for spot, value in spots.items():
            statement = statement.replace(spot, value)
        await tx.execute(statement, *([tx.workspace] if "$1" in statement else []))
    await nurture.wake(tx, BEGIN)


async def published(tx: Tx, name: str, topic: UUID, step: dict[str, Any]) -> tuple[UUID, UUID]:
    id = await nurture.create_sequence(tx, nurture.NewSequence(name, topic, [step]))
    return id, await nurture.publish(tx, id)


@asynccontextmanager
async def process(module: str, *args: str) -> AsyncGenerator[Process]:
    started = await asyncio.create_subprocess_exec(
        sys.executable, "-m", module, *args, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, cwd=Path(__file__).parents[1])
    try:
        yield started
    finally:
        assert started.stdin is not None
        started.stdin.close()
        await started.wait()


async def told(started: Process) -> str:
    assert started.stdout is not None
    return (await started.stdout.readline()).decode()


async def report(sink: Process) -> dict[str, Any]:
    assert sink.stdin is not None
    sink.stdin.write(b"\n")
    return json.loads(await told(sink))


def peak(worker: Process) -> float:
    """The most memory it ever had resident, in MB."""
    text = Path(f"/proc/{worker.pid}/status").read_text()
    return round(int(next(line.split()[1] for line in text.splitlines() if line.startswith("VmHWM"))) / 1024, 1)
