"""Opt-outs while mail leaves: how long until one is acknowledged, at each of three doors, and that nothing leaves which is decided after it was.

LW_BENCH_OPTOUTS at each door, one after another, while a worker hands over mail to everybody."""

import asyncio
import base64
import os
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from time import perf_counter
from uuid import UUID

import httpx

from bench import delivery as mails
from bench.house import House, house
from bench.load import percentile
from bench.outage import process, report, told
from bench.rows import Row
from bench.servers import product
from leadwell import delivery
from leadwell.access import keys
from leadwell.base.actor import Actor
from leadwell.base.ids import encode_id
from leadwell.catalog import CATALOG

EACH, AT_ONCE = int(os.environ.get("LW_BENCH_OPTOUTS", "200")), 1
COMMAND = "python -m bench optout"
SUPPRESS = """mutation ($address: String!, $topic: ID!) {
  suppressAddress(input: {address: $address, topicId: $topic, reason: "Asked"}) { suppression { id } userErrors { message } }
}"""
Door = Callable[[httpx.AsyncClient, "Reader"], Awaitable[httpx.Response]]


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody who gets a mail, and the token of its link."""

    send_id: UUID
    address: str
    topic: UUID
    token: str


async def measure() -> list[Row]:
    mails.MAILS = EACH * 3 * 4
    async with house() as h, AsyncExitStack() as stack:
        sink = await stack.enter_async_context(process("bench.sink"))
        url = (await told(sink)).strip()
        people, sequence = await mails.seed(h)
        await mails.enroll(h, sequence, people)
        readers = (await chosen(h))[: EACH * 3]
        ring = f"bench:{base64.b64encode(b'0' * 32).decode()}"
        address, _ = stack.enter_context(product(h, LEADWELL_SECRET_KEYS=ring))
        key = (await keys.create_key(h.db, h.workspace, "bench", ["*:*"])).text
        workers = [await stack.enter_async_context(process("bench.outage_worker", h.servers.database_url, url)) for _ in range(1)]
        for worker in workers:
            await told(worker)
        found, acknowledged = {}, dict[UUID, datetime]()
        async with httpx.AsyncClient(base_url=address.removesuffix("/graphql"), headers={"authorization": f"Bearer {key}"}, timeout=30) as client:
            before = (await report(sink))["mails"]
            for i, (name, door) in enumerate(DOORS.items()):
                found[name] = await asked(client, door, readers[i::3], acknowledged)
            flowed = (await report(sink))["mails"] - before
        late = await decided_after(h, acknowledged)
    scale = f"{EACH} at each door, {AT_ONCE} at once, while a worker sent {flowed:,} mails of {len(people):,}; fsync"
    return [
        *(Row(f"optout.{name}_p99_ms", percentile(sorted(waits), 0.99), "ms", 100, "lower", f"{scale}; p50 {percentile(sorted(waits), 0.5):.1f} ms", COMMAND)
          for name, waits in found.items()),
        Row("optout.decided_after", late, "mails", 0, "lower", f"{scale}; mails to those {len(acknowledged)} whose gate began after the answer", COMMAND),
    ]


async def chosen(h: House) -> list[Reader]:
    """Everybody with a mail that is to leave, those first whose mail leaves last, so that mail and opt-out meet."""
    async with h.db.read(Actor.system(h.workspace)) as tx:
        rows = await tx.fetch("SELECT s.id, s.address, s.address_hash, s.topic_id FROM sends s WHERE s.workspace_id = $1 ORDER BY s.id", tx.workspace)
    return [
        Reader(r["id"], r["address"], r["topic_id"], delivery.Unsubscribe(h.workspace, r["address_hash"], r["topic_id"], r["id"]).token())
        for r in rows[len(rows) // 8:]]


async def asked(client: httpx.AsyncClient, door: Door, readers: Sequence[Reader], acknowledged: dict[UUID, datetime]) -> list[float]:
    """Milliseconds of each answer."""
    waits, turn = list[float](), asyncio.Semaphore(AT_ONCE)

    async def one(reader: Reader) -> None:
        async with turn:
            began = perf_counter()
            answer = await door(client, reader)
            waits.append((perf_counter() - began) * 1000)
            acknowledged[reader.send_id] = datetime.now(UTC)
            assert answer.status_code == 200, answer.text
            assert '"userErrors":[{' not in answer.text, answer.text

    await asyncio.gather(*map(one, readers))
    return waits


async def one_click(client: httpx.AsyncClient, reader: Reader) -> httpx.Response:
    return await client.post(f"/u/{reader.token}", data={"List-Unsubscribe": "One-Click"})


async def page(client: httpx.AsyncClient, reader: Reader) -> httpx.Response:
    return await client.post(f"/u/{reader.token}", data={"wish": "everything"})


async def mutation(client: httpx.AsyncClient, reader: Reader) -> httpx.Response:
    return await client.post("/graphql", json={"query": SUPPRESS, "variables": {
        "address": reader.address, "topic": encode_id(CATALOG["Topic"].tag, reader.topic)}})


DOORS: dict[str, Door] = {"one_click": one_click, "page": page, "mutation": mutation}


async def decided_after(h: House, acknowledged: dict[UUID, datetime]) -> int:
    """`sending_at` is when the transaction of the gate began, so nothing that began after an answer may have one."""
    async with h.db.read(Actor.system(h.workspace)) as tx:
        rows = await tx.fetch("SELECT s.id, s.sending_at FROM sends s WHERE s.workspace_id = $1 AND s.sending_at IS NOT NULL", tx.workspace)
    return sum(row["sending_at"] > acknowledged[row["id"]] for row in rows if row["id"] in acknowledged)
