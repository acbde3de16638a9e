"""The public door: how long an answer takes at a steady rate, what a form costs, and a burst of which nothing may be lost, over HTTP to `leadwell api`.

The API has the first core, PostgreSQL and the client the other. Forms come when they are due, at random times of a fixed rate, whether or not earlier
ones were answered, and an answer's time counts from when its form was due: a server that falls behind cannot hide it."""

import asyncio
import itertools
import os
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import asyncpg
import orjson
import uvloop

from bench.accounts import CORES, children_time, family_time, parent, seat, spent
from bench.house import House, house
from bench.load import Connection, LoadFailed, Target, body_of, connect, percentile, shown
from bench.rows import Row
from bench.servers import product
from leadwell import capture
from leadwell.base.actor import Actor
from leadwell.base.ids import decode_id
from leadwell.base.tx import Tx
from leadwell.capture import Form, FormField, NewForm

BURST = int(os.environ.get("LW_BENCH_BURST", "10000"))
RATE, SECONDS = int(os.environ.get("LW_BENCH_RATE", "200")), int(os.environ.get("LW_BENCH_SECONDS", "30"))
AT_ONCE, TRIES, WARM = 200, 20, 1000
COMMAND = "python -m bench capture"


@dataclass(slots=True)
class Sent:
    """What became of forms: milliseconds of each answer, ids of those that were taken, and how often one was sent away for now."""

    waits: list[float] = field(default_factory=list[float])
    taken: list[str] = field(default_factory=list[str])
    busy: int = 0
    never: int = 0
    seconds: float = 0.0
    server_s: float = 0.0
    db_s: float = 0.0


async def measure() -> list[Row]:
    async with house() as h:
        form = await h.db.run(Actor.system(h.workspace), _form)
        owner = await asyncpg.connect(h.servers.owner_database_url)
        postmaster = parent(await owner.fetchval("SELECT pg_backend_pid()"))
        seat(os.getpid(), 1 % len(CORES))
        seat(postmaster, 1 % len(CORES))
        try:
            with product(h) as (url, pid):
                target = Target("form", url.replace("/graphql", f"/f/{form.key}"), pid)
                await _in_thread(target, postmaster, "warm", WARM, None)
                await owner.execute("ANALYZE")   # as autovacuum does within a minute of such a start
                steady = await _in_thread(target, postmaster, "steady", RATE * SECONDS, RATE)
                burst = await _in_thread(target, postmaster, "burst", BURST, None)
        finally:
            seat(os.getpid())
            await owner.close()
        return _rows(steady, await _lost(h, steady), burst, await _lost(h, burst))


def _rows(steady: Sent, missed: int, burst: Sent, lost: int) -> list[Row]:
    waits, n = sorted(steady.waits), len(steady.taken)
    words = f"{RATE} forms/s at random times for {SECONDS} s, {n} taken, {steady.busy} sent away first, {missed + steady.never} lost; "
    words += f"p50 {percentile(waits, 0.5):.1f} ms, longest {waits[-1]:.0f} ms"
    cost = f"processor time of the API a form at that rate; of PostgreSQL {1000 * steady.db_s / n:.2f} ms"
    told = f"{BURST} forms at once over {AT_ONCE} connections: {len(burst.taken)} taken, {burst.busy} answers 503, {burst.never} never taken"
    return [
        Row("capture.p99_ms", percentile(waits, 0.99), "ms", 250, "lower", words, COMMAND),
        Row("capture.cpu_ms", 1000 * steady.server_s / n, "ms", None, "lower", cost, COMMAND),
        Row("capture.burst_lost", lost + burst.never, "forms", 0, "lower", told, COMMAND),
        Row("capture.burst_per_s", len(burst.taken) / burst.seconds, "1/s", None, "higher", f"the same {BURST}, in {burst.seconds:.1f} s", COMMAND),
    ]


async def _form(tx: Tx) -> Form:
    fields = (FormField("name"), FormField("email", required=True), FormField("company"), FormField("need"))
    return await capture.read_form(tx, await capture.create_form(tx, NewForm("Demo request", fields)))


async def _in_thread(target: Target, postmaster: int, name: str, count: int, rate: int | None) -> Sent:
    server, database = family_time(target.pid), children_time(postmaster)
    bodies = [target.request(_body(f"{name}{i}")) for i in range(count)]
    sent = await asyncio.to_thread(uvloop.run, _at_a_rate(target, bodies, rate) if rate else _at_once(target, bodies))
    sent.server_s, sent.db_s = spent(server, family_time(target.pid)), spent(database, children_time(postmaster))
    return sent


def _body(name: str) -> bytes:
    told = {"name": f"Ada {name}", "email": f"ada.{name}@example.com", "company": f"Company {name}", "need": "Ten of them", "utm_source": "bench", "_id": name}
    return orjson.dumps(told)


async def _at_a_rate(target: Target, bodies: Sequence[bytes], rate: int) -> Sent:
    """Open loop: a form that is due finds a free connection, or opens one."""
    sent, free, chance = Sent(), list[Connection](), random.Random(1)
    due = itertools.accumulate(chance.expovariate(rate) for _ in bodies)
    began = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for body, after in zip(bodies, due, strict=False):
            if (wait := began + after - time.perf_counter()) > 0:
                await asyncio.sleep(wait)
            group.create_task(_one(target, body, free, sent, began + after))
    sent.seconds = time.perf_counter() - began
    return sent


async def _one(target: Target, body: bytes, free: list[Connection], sent: Sent, due: float) -> None:
    connection = await _send(target, free.pop() if free else None, body, sent)
    sent.waits.append((time.perf_counter() - due) * 1000)
    free.append(connection)


async def _at_once(target: Target, bodies: Sequence[bytes]) -> Sent:
    """As many as there are connections are always under way."""
    sent, waiting, began = Sent(), iter(bodies), time.perf_counter()
    await asyncio.gather(*(_client(target, waiting, sent) for _ in range(AT_ONCE)))
    sent.seconds = time.perf_counter() - began
    return sent


async def _client(target: Target, waiting: Iterator[bytes], sent: Sent) -> None:
    connection: Connection | None = None
    for body in waiting:
        connection = await _send(target, connection, body, sent)


async def _send(target: Target, connection: Connection | None, body: bytes, sent: Sent) -> Connection:
    """A form that is sent away for now, or whose connection the server had put down, is sent again under its key, as a page would; only an answer 200
    is an acceptance. Gives the connection back."""
    for _ in range(TRIES):
        if connection is None or connection.transport.is_closing():
            connection = await connect(target)
        answer = await connection.ask(body)
        if answer.startswith(b"HTTP/1.1 200"):
            sent.taken.append(orjson.loads(body_of(answer))["submissionId"])
            return connection
        if answer and not answer.startswith((b"HTTP/1.1 503", b"HTTP/1.1 429")):
            raise LoadFailed(shown(answer))
        sent.busy += 1 if answer else 0
        await asyncio.sleep(0.1 if answer else 0)
    sent.never += 1
    return connection or await connect(target)


async def _lost(h: House, sent: Sent) -> int:
    """Forms that were answered as taken and are not in the database: processed into a lead, or parked."""
    ids = [decode_id(id)[1] for id in sent.taken]
    async with h.db.read(Actor.system(h.workspace)) as tx:
        kept = await tx.value(
            "SELECT count(*) FROM submissions s LEFT JOIN leads l ON l.workspace_id = $1 AND l.id = s.lead_id WHERE s.workspace_id = $1 "
            "AND s.id = ANY($2::uuid[]) AND (s.state = 'PARKED' OR (s.state = 'PROCESSED' AND l.id IS NOT NULL))", tx.workspace, ids)
    return len(ids) - kept
