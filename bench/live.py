"""Live: a thousand subscribers on real sockets to a real API process, a real worker that numbers what is committed, 200 events a second."""

import asyncio
import json
import os
import statistics
import struct
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from bench import accounts
from bench.assignment import LEAD, PEOPLE
from bench.house import House, house
from bench.rows import Row
from bench.servers import ROOT, environment, product
from leadwell import events, workspaces
from leadwell.access import keys, users
from leadwell.base.actor import Actor
from leadwell.base.ids import encode_id, uuid7
from leadwell.base.tx import Database, Tx
from leadwell.catalog import CATALOG
from leadwell.outside.arq_bell import ArqBell

PATIENCE_S = 60
WORKSPACES, EACH, OWNERS, SECONDS, RATE = 20, 50, 20, int(os.environ.get("LEADWELL_BENCH_LIVE_S", "25")), 200
LEADS = 200     # of a workspace; a title is the number of the event that wrote it
ROW = struct.Struct("<iid")
QUERY = """subscription($where: LeadWhere) { leadsChanged(where: $where) {
  cursor kind at changed lead { id version name title score state status { id name } owner { id name } } } }"""
COMMAND = "python -m bench live"


@dataclass(slots=True)
class Shop:
    """A workspace with its leads, each with its owner, by the place of the owner."""

    workspace: UUID
    leads: list[tuple[UUID, int]]
    plans: list[dict[str, Any]]
    hears: list[int | None]     # of each plan: only the leads of one owner, or all


@dataclass(slots=True)
class Run:
    """What was committed when (by token: shop, owner, second), and what each subscriber heard."""

    sent: dict[int, tuple[int, int, float]]
    heard: dict[int, list[tuple[int, float]]]
    api_mb: float
    cpu: dict[str, float]


async def measure() -> list[Row]:
    async with house(12) as h:
        shops = [await shop(h, i) for i in range(WORKSPACES)]
        with product(h) as (url, api):
            accounts.seat(api)      # on both cores, with everybody else
            run = await through(h, shops, int(url.rpartition("/")[0].rpartition(":")[2]), api)
    return rows(shops, run)


async def shop(h: House, number: int) -> Shop:
    """Half of the subscribers and a few more hear of every lead, the others of those of one owner each, with a key of their own."""
    workspace = await workspaces.create(h.db, f"live{number}", f"Live {number}", epoch="bench")
    owners = [await users.create_user(h.db, workspace, email=f"o{i}@live{number}.example", name=f"Owner {i}", role="SALES") for i in range(OWNERS)]
    leads = [(uuid7(), i % OWNERS) for i in range(LEADS)]

    async def write(tx: Tx) -> None:
        now, told = await tx.now(), [{"id": str(uuid7()), "lead": str(id), "n": i, "country": "DE"} for i, (id, _) in enumerate(leads)]
        await tx.execute(PEOPLE, tx.workspace, told, now)
        await tx.execute(LEAD, tx.workspace, told, now)
        await tx.many("UPDATE leads SET owner_id = $3 WHERE workspace_id = $1 AND id = $2", [(workspace, id, owners[of]) for id, of in leads])

    await h.db.run(Actor.system(workspace), write)
    whole = (await keys.create_key(h.db, workspace, "All")).text
    some = {"where": {"state": {"eq": "OPEN"}}}
    plans: list[dict[str, Any]] = [{"key": whole, "query": QUERY, "variables": {} if i % 3 else some} for i in range(EACH - OWNERS)]
    for i, owner in enumerate(owners):
        where = {"owner": {"is": {"id": {"eq": encode_id(CATALOG["User"].tag, owner)}}}}
        plans.append({"key": (await keys.create_key(h.db, workspace, f"Owner {i}")).text, "query": QUERY, "variables": {"where": where}})
    return Shop(workspace, leads, plans, [*[None] * (EACH - OWNERS), *range(OWNERS)])


async def through(h: House, shops: Sequence[Shop], port: int, api: int) -> Run:
    """Subscribers and worker as processes of their own; the events are committed here."""
    with tempfile.TemporaryDirectory() as home:
        env, file = {**environment(h), "HOME": home, "LEADWELL_DATA_DIR": f"{home}/data"}, Path(home) / "heard"
        pipe, quiet = asyncio.subprocess.PIPE, asyncio.subprocess.DEVNULL
        worker = await asyncio.create_subprocess_exec(sys.executable, "-m", "leadwell.cli", "worker", env=env, cwd=ROOT, stdout=quiet, stderr=quiet)
        client = await asyncio.create_subprocess_exec(sys.executable, "-m", "bench.live_client", str(port), str(file), cwd=ROOT, stdin=pipe, stdout=pipe)
        try:
            assert client.stdin
            assert client.stdout
            client.stdin.write(json.dumps([plan for one in shops for plan in one.plans]).encode() + b"\n")
            assert await client.stdout.readline() == b"ready\n"
            postmaster = accounts.parent(await h.db.pool.fetchval("SELECT pg_backend_pid()"))
            of = {"api": api, "worker": worker.pid, "client": client.pid, "writer": os.getpid(), "postgresql": postmaster}
            before, peak = {name: spent(pid, name) for name, pid in of.items()}, asyncio.create_task(watched(api))
            sent = await write(h, shops)
            await told(client, sum(only in (None, owner) for at, owner, _ in sent.values() for only in shops[at].hears))
            cpu = {name: spent(pid, name) - before[name] for name, pid in of.items()}
            peak.cancel()
            client.stdin.write(b"end\n")
            await client.wait()
            heard: dict[int, list[tuple[int, float]]] = {}
            for number, token, at in ROW.iter_unpack(file.read_bytes()):
                heard.setdefault(number, []).append((token, at))
            return Run(sent, heard, max(MB), cpu)
        finally:
            for process in (worker, client):
                if process.returncode is None:
                    process.terminate()
                    await process.wait()


async def told(client: Any, due: int) -> None:
    """Until as many frames as are due have come, and a little longer for those that are too many."""
    for _ in range(PATIENCE_S):
        client.stdin.write(b"?\n")
        if int(await client.stdout.readline()) >= due:
            break
        await asyncio.sleep(1)
    await asyncio.sleep(1)


MB: list[float] = []


async def watched(pid: int) -> None:
    """The memory of the API, four times a second."""
    while True:
        MB.append(accounts.resident_mb(pid))
        await asyncio.sleep(0.25)


def spent(pid: int, name: str) -> float:
    return sum(accounts.family_time(pid).values()) if name == "postgresql" else accounts.thread_time(pid)


async def write(h: House, shops: Sequence[Shop]) -> dict[int, tuple[int, int, float]]:
    """A change of a lead's title and its event in a transaction each, at an even pace."""
    sent: dict[int, tuple[int, int, float]] = {}
    start, running = time.monotonic(), set[asyncio.Task[None]]()

    async def one(token: int) -> None:
        at = token % len(shops)
        lead, owner = shops[at].leads[token // len(shops) % LEADS]

        async def work(tx: Tx) -> None:
            version = await tx.value(
                "UPDATE leads SET title = $3, version = version + 1 WHERE workspace_id = $1 AND id = $2 RETURNING version", tx.workspace, lead, f"t{token}")
            await events.note(tx, "lead.updated", "Lead", lead, version=version, data={"changes": {"title": [None, f"t{token}"]}})

        await ring.run(Actor.system(shops[at].workspace), work)
        sent[token] = at, owner, time.monotonic()

    bell = ArqBell(h.servers.redis_url)
    ring = Database(h.db.pool, ring=bell.ring)
    for token in range(RATE * SECONDS):
        await asyncio.sleep(max(0, start + token / RATE - time.monotonic()))
        running.add(task := asyncio.create_task(one(token)))
        task.add_done_callback(running.discard)
    while running:
        await asyncio.wait(running)
    await ring.settled()
    await bell.close()
    return sent


def rows(shops: Sequence[Shop], run: Run) -> list[Row]:
    late, lost, twice, frames = list[float](), 0, 0, 0
    for number in range(WORKSPACES * EACH):
        at, plan = divmod(number, EACH)
        only = shops[at].hears[plan]
        due = {token for token, (where, owner, _) in run.sent.items() if where == at and only in (None, owner)}
        counts = Counter(token for token, _ in run.heard.get(number, ()))
        lost, twice, frames = lost + len(due - counts.keys()), twice + sum(n - 1 for n in counts.values()) + len(counts.keys() - due), frames + counts.total()
        late += [1000 * (at - run.sent[token][2]) for token, at in run.heard.get(number, ())]
    late.sort()
    split = ", ".join(f"{name} {seconds:.1f}" for name, seconds in run.cpu.items())
    scale = f"{WORKSPACES * EACH:,} sockets in {WORKSPACES} workspaces, {RATE} events/s for {SECONDS} s, {frames / SECONDS:,.0f} frames/s; CPU seconds: {split}"
    return [
        Row("live.p50_ms", statistics.median(late), "ms", None, "lower", "from commit to frame received", COMMAND),
        Row("live.p99_ms", late[int(len(late) * 0.99)], "ms", 500, "lower", scale, COMMAND),
        Row("live.worst_ms", late[-1], "ms", None, "lower", "the last frame of all", COMMAND),
        Row("live.api_mb", run.api_mb, "MB", 250, "lower", "peak of the API process while it goes on", COMMAND),
        Row("live.lost", lost, "frames", 0, "lower", f"of {frames + lost:,}", COMMAND),
        Row("live.twice", twice, "frames", 0, "lower", "told twice, or to whom it does not concern", COMMAND),
    ]
