"""Webhooks by one real worker: what a slow endpoint with 100 events a second costs another one, deliveries a second, and the worker's memory."""

import asyncio
import base64
import os
import sys
import tempfile
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from statistics import quantiles
from typing import Any
from uuid import UUID

import orjson

from bench import accounts
from bench.assignment import LEAD, PEOPLE
from bench.house import House, house
from bench.rows import Row
from bench.servers import ROOT, SECRET, environment
from leadwell import events, webhooks
from leadwell.base import secrets
from leadwell.base.actor import Actor
from leadwell.base.ids import uuid7
from leadwell.base.tx import Database, Tx
from leadwell.outside.arq_bell import ArqBell

SECONDS = float(os.environ.get("LEADWELL_BENCH_SECONDS", "20"))
RATE, QUICK, BACKLOG, LEADS = 100, 5, 2_000, 100
DOCUMENT = "subscription { leadsChanged { kind at lead { id name companyName owner { name } } } }"


@dataclass(slots=True)
class Sink:
    """Answers after `delay` seconds with 200; keeps when each event came."""

    delay: float = 0.0
    came: dict[str, float] = field(default_factory=dict[str, float])
    under_way: int = 0
    most: int = 0
    url: str = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):   # the last when a phase ends
            head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
            length = int(head.split("content-length: ")[1].split("\r\n")[0])
            body = orjson.loads(await reader.readexactly(length))
            told: Any = body["data"].get("leadsChanged") or body["data"]
            self.came.setdefault(str(told.get("at") or told.get("mark")), time.perf_counter())
            self.under_way += 1
            self.most = max(self.most, self.under_way)
            await asyncio.sleep(self.delay)
            self.under_way -= 1
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
            await writer.drain()
        writer.close()


@asynccontextmanager
async def sink(delay: float = 0.0) -> AsyncGenerator[Sink]:
    it = Sink(delay)
    async with await asyncio.start_server(it.serve, "127.0.0.1", 0, backlog=500) as server:
        it.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        yield it


async def measure() -> list[Row]:
    async with house() as h, sink() as quick, sink(2.0) as slow, sink(60.0) as hung:
        secrets.configure((("k1", base64.b64decode(SECRET)),))      # the worker's
        db = Database(h.db.pool, ring=ArqBell(h.servers.redis_url).ring)
        actor, leads = Actor.system(h.workspace), await seed(h)
        await endpoints(db, actor, quick, slow, hung)
        async with working(h) as worker:
            idle = accounts.resident_mb(worker)
            alone = await latencies(db, actor, leads, quick)
            beside = await latencies(db, actor, leads, quick, other="deal.updated")
            behind = await latencies(db, actor, leads, quick, other="company.updated")
            rate = await backlog(db, actor, leads)
            full = accounts.resident_mb(worker)
    most = p99(alone) + 1_000
    flood = f"{RATE} events/s to an endpoint"
    return [
        Row("webhooks.alone_p99_ms", p99(alone), "ms", None, "lower", f"commit to arrival, {QUICK} events/s with a document, nothing else"),
        Row("webhooks.beside_slow_p99_ms", p99(beside), "ms", most, "lower", f"the same beside {flood} that takes 2 s an event; {slow.most} at once"),
        Row("webhooks.beside_hung_p99_ms", p99(behind), "ms", most, "lower", f"the same beside {flood} that never answers; {hung.most} at once"),
        Row("webhooks.deliveries_per_s", rate, "deliveries/s", None, "higher", f"{BACKLOG:,} events to one endpoint with a document, one worker"),
        Row("webhooks.worker_mb", full, "MB", 150, "lower", f"after all of it; {idle:.0f} MB before the first"),
    ]


@asynccontextmanager
async def working(h: House) -> AsyncGenerator[int]:
    """A worker as `leadwell worker` starts it, in development so that it speaks to this machine; its process id."""
    with tempfile.TemporaryDirectory() as home:
        env = {**environment(h), "HOME": home, "LEADWELL_DATA_DIR": f"{home}/data", "LEADWELL_ENVIRONMENT": "development", "LEADWELL_PUBLIC_URL": ""}
        process = await asyncio.create_subprocess_exec(sys.executable, "-m", "leadwell.cli", "worker", env=env, cwd=ROOT)
        try:
            await asyncio.sleep(4)
            yield process.pid
        finally:
            process.terminate()
            await process.wait()


async def seed(h: House) -> list[UUID]:
    told = [{"id": str(uuid7()), "lead": str(uuid7()), "n": i, "country": "DE"} for i in range(LEADS)]

    async def write(tx: Tx) -> None:
        now = await tx.now()
        await tx.execute(PEOPLE, tx.workspace, told, now)
        await tx.execute(LEAD, tx.workspace, told, now)

    await h.db.run(Actor.system(h.workspace), write)
    return [UUID(str(one["lead"])) for one in told]


async def endpoints(db: Database, actor: Actor, quick: Sink, slow: Sink, hung: Sink) -> None:
    from api.webhooks.documents import document

    async def verb(tx: Tx) -> None:
        await webhooks.create(tx, name="Quick", url=quick.url, event_kinds=["lead.updated"], document=document(DOCUMENT))
        await webhooks.create(tx, name="Slow", url=slow.url, event_kinds=["deal.updated"])
        await webhooks.create(tx, name="Hung", url=hung.url, event_kinds=["company.updated"])

    await db.run(actor, verb)


async def latencies(db: Database, actor: Actor, leads: Sequence[UUID], quick: Sink, other: str | None = None) -> list[float]:
    """Milliseconds from commit to arrival of each event of the quick endpoint."""
    sent: dict[str, float] = {}
    end, turn = time.perf_counter() + SECONDS, 0
    while time.perf_counter() < end:
        began = time.perf_counter()
        at = await note(db, actor, "lead.updated", "Lead", [leads[turn % len(leads)]])
        sent[at] = time.perf_counter()
        if other:
            await note(db, actor, other, other.split(".")[0].capitalize(), [uuid7() for _ in range(RATE // QUICK)])
        turn += 1
        await asyncio.sleep(max(0.0, 1 / QUICK - (time.perf_counter() - began)))
    await arrived(quick, sent, 30)
    return [(quick.came[at] - since) * 1000 if at in quick.came else 30_000.0 for at, since in sent.items()]


async def backlog(db: Database, actor: Actor, leads: Sequence[UUID]) -> float:
    async def delivered() -> int:
        async with db.read(actor) as tx:
            return await tx.value(
                "SELECT count(*) FROM webhook_deliveries d WHERE d.workspace_id = $1 AND d.event_kind = 'lead.updated' AND d.state = 'DELIVERED'", tx.workspace)

    before, began = await delivered(), time.perf_counter()
    for _ in range(BACKLOG // LEADS):
        await note(db, actor, "lead.updated", "Lead", leads)
    while (done := await delivered() - before) < BACKLOG and time.perf_counter() - began < 120:
        await asyncio.sleep(0.1)
    return done / (time.perf_counter() - began)


async def note(db: Database, actor: Actor, kind: str, noun: str, records: Sequence[UUID]) -> str:
    async def verb(tx: Tx) -> str:
        await events.note_all(tx, [events.Event(kind, noun, id, version=1) for id in records])
        at = (await tx.now()).isoformat()
        head, _, rest = at.partition(".")
        return f"{head}.{rest[:6].rstrip('0')}{rest[6:]}" if rest else head

    return await db.run(actor, verb)


async def arrived(quick: Sink, sent: dict[str, float], seconds: float) -> None:
    end = time.perf_counter() + seconds
    while not sent.keys() <= quick.came.keys() and time.perf_counter() < end:
        await asyncio.sleep(0.05)


def p99(found: Sequence[float]) -> float:
    return quantiles(found, n=100)[98]
