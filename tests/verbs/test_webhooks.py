"""Webhooks: one delivery per event and endpoint, signed over frozen bytes, tried on schedule, replayable."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio
from standardwebhooks.webhooks import Webhook

from leadwell import events, reactions, webhooks, work
from leadwell.base.actor import Actor
from leadwell.base.ids import decode_id, uuid7
from leadwell.base.refusals import NotFound
from leadwell.base.settings import load_settings
from leadwell.base.tx import Database, Tx
from leadwell.outside.guard import GuardedTransport, guarded_client
from leadwell.outside.webhook_http import WebhookSender
from leadwell.webhooks import Answer, Endpoint, verdict
from leadwell.webhooks.endpoints import BadWebhookUrl, NoEventKinds, WebhookUrlOpen
from leadwell.wiring import Kit
from tests.mailing import OneWorkspace
from workers.drain import Drain
from workers.webhooks import KINDS

NONE: Any = None


class Receiver:
    """A real HTTP server on loopback that answers as it is told and keeps what it got."""

    def __init__(self) -> None:
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.status = 200
        self.url = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        headers = {k.lower(): v for k, _, v in (line.partition(": ") for line in head.split("\r\n")[1:]) if k}
        self.got.append((headers, await reader.readexactly(int(headers["content-length"]))))
        writer.write(f"HTTP/1.1 {self.status} X\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok".encode())
        await writer.drain()
        writer.close()


@pytest_asyncio.fixture
async def receiver() -> AsyncIterator[Receiver]:
    it = Receiver()
    server = await asyncio.start_server(it.serve, "127.0.0.1", 0)
    it.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook"
    yield it
    server.close()


@pytest_asyncio.fixture
async def drain(db: Database, workspace: UUID) -> AsyncIterator[Drain]:
    sender = WebhookSender(allow_loopback=True)
    yield Drain(Kit(load_settings({}, None, outbound_epoch="test"), OneWorkspace(db, workspace), work.SilentBell(), NONE, NONE, sender), KINDS)
    await sender.close()


async def happen(db: Database, actor: Actor, kind: str = "lead.created", **data: Any) -> UUID:
    lead = uuid7()

    async def verb(tx: Tx) -> None:
        await events.note(tx, kind, "Lead", lead, version=1, data=data)

    await db.run(actor, verb)
    await db.run(actor, events.sequence)
    await db.run(actor, lambda tx: reactions.react(tx, 500))
    return lead


async def subscribe(db: Database, actor: Actor, url: str, *kinds: str) -> Endpoint:
    made = await db.run(actor, lambda tx: webhooks.create(tx, name="Ours", url=url, event_kinds=kinds or ["lead.*"]))
    await db.run(actor, events.sequence)
    await db.run(actor, lambda tx: reactions.react(tx, 500))
    return made


async def log(db: Database, actor: Actor) -> list[tuple[str, int, int | None]]:
    async with db.read(actor) as tx:
        return [(r["state"], r["attempts"], r["status_code"]) for r in await tx.fetch(
            "SELECT d.state, d.attempts, d.status_code FROM webhook_deliveries d WHERE d.workspace_id = $1 ORDER BY d.id", tx.workspace)]


async def work_off(drain: Drain) -> None:
    await drain.queue("hook")
    await drain.idle()


async def test_event_arrives_once_signed_and_with_public_ids(db: Database, actor: Actor, drain: Drain, receiver: Receiver) -> None:
    endpoint = await subscribe(db, actor, receiver.url)
    lead = await happen(db, actor)
    await work_off(drain)
    ((headers, body),) = receiver.got
    said = Webhook(endpoint.secret).verify(body, headers)
    assert (said["type"], decode_id(said["data"]["id"])[1], said["data"]["version"]) == ("lead.created", lead, 1)
    assert await log(db, actor) == [("DELIVERED", 1, 200)]


async def test_only_wanted_kinds_and_no_quiet_events_are_sent(db: Database, actor: Actor, drain: Drain, receiver: Receiver) -> None:
    await subscribe(db, actor, receiver.url, "lead.converted")
    await happen(db, actor, "lead.created")
    await happen(db, actor, "lead.converted", quiet=True)
    await work_off(drain)
    assert receiver.got == []
    assert await log(db, actor) == []


async def test_failed_attempt_is_logged_and_tried_again_later(db: Database, actor: Actor, drain: Drain, receiver: Receiver) -> None:
    await subscribe(db, actor, receiver.url)
    receiver.status = 500
    await happen(db, actor)
    await work_off(drain)
    assert await log(db, actor) == [("PENDING", 1, 500)]
    async with db.read(actor) as tx:
        row = await tx.row("SELECT w.state, w.run_at - $2 AS wait FROM work w WHERE w.workspace_id = $1 AND w.queue = 'hook'", tx.workspace, await tx.now())
    assert row is not None
    assert row["state"] == "READY"
    assert timedelta(seconds=3) <= row["wait"] <= timedelta(seconds=6)


async def test_gone_endpoint_is_disabled_once_and_gets_nothing_more(db: Database, actor: Actor, drain: Drain, receiver: Receiver) -> None:
    await subscribe(db, actor, receiver.url)
    receiver.status = 410
    await happen(db, actor)
    await work_off(drain)
    await happen(db, actor)
    await work_off(drain)
    assert len(receiver.got) == 1
    assert await log(db, actor) == [("FAILED", 1, 410)]
    async with db.read(actor) as tx:
        assert await tx.value("SELECT count(*) FROM events e WHERE e.workspace_id = $1 AND e.kind = 'webhookEndpoint.disabled'", tx.workspace) == 1


async def test_replay_sends_the_same_bytes_under_a_new_id(db: Database, actor: Actor, drain: Drain, receiver: Receiver) -> None:
    endpoint = await subscribe(db, actor, receiver.url)
    await happen(db, actor)
    await work_off(drain)
    async with db.read(actor) as tx:
        first = await tx.value("SELECT d.id FROM webhook_deliveries d WHERE d.workspace_id = $1", tx.workspace)
    await db.run(actor, lambda tx: webhooks.replay(tx, first))
    await work_off(drain)
    (a, body_a), (b, body_b) = receiver.got
    assert body_a == body_b
    assert a["webhook-id"] != b["webhook-id"]
    Webhook(endpoint.secret).verify(body_b, b)
    assert await log(db, actor) == [("DELIVERED", 1, 200), ("DELIVERED", 1, 200)]


async def test_delivery_of_another_workspace_cannot_be_replayed(
    db: Database, actor: Actor, drain: Drain, receiver: Receiver, other_workspace: UUID,
) -> None:
    await subscribe(db, actor, receiver.url)
    await happen(db, actor)
    async with db.read(actor) as tx:
        theirs = await tx.value("SELECT d.id FROM webhook_deliveries d WHERE d.workspace_id = $1", tx.workspace)
    with pytest.raises(NotFound):
        await db.run(Actor.system(other_workspace), lambda tx: webhooks.replay(tx, theirs))


@pytest.mark.parametrize("url", ["ftp://example.com/", "https://user@example.com/", "https:///path", "nonsense", "https://example.com/#part"])
async def test_url_that_cannot_be_called_is_refused(db: Database, actor: Actor, url: str) -> None:
    with pytest.raises(BadWebhookUrl):
        await db.run(actor, lambda tx: webhooks.create(tx, name="x", url=url, event_kinds=["*"]))
    with pytest.raises(NoEventKinds):
        await db.run(actor, lambda tx: webhooks.create(tx, name="x", url="https://example.com", event_kinds=[]))


async def test_production_sends_over_tls_alone(db: Database, actor: Actor) -> None:
    def made(url: str, *, production: bool) -> Any:
        return db.run(actor, lambda tx: webhooks.create(tx, name="x", url=url, event_kinds=["*"], production=production))

    with pytest.raises(WebhookUrlOpen):
        await made("http://hooks.example.com/", production=True)
    async with db.read(actor) as tx:
        assert await tx.value("SELECT count(*) FROM webhook_endpoints e WHERE e.workspace_id = $1", tx.workspace) == 0
    await made("https://hooks.example.com/", production=True)
    await made("http://hooks.example.com/", production=False)
    async with db.read(actor) as tx:
        assert await tx.value("SELECT count(*) FROM webhook_endpoints e WHERE e.workspace_id = $1", tx.workspace) == 2


def test_schedule_honors_retry_after_and_ends_after_the_eighth_attempt() -> None:
    down = Answer(503, "", None, None)
    waits = [verdict(down, n, 0.5) for n in range(1, 9)]
    assert [w and w.total_seconds() for w in waits] == [5, 300, 1800, 7200, 18000, 36000, 36000, None]
    assert verdict(Answer(429, "", None, 600), 1, 0.5) == timedelta(seconds=600)
    assert verdict(Answer(410, "", None, None), 1, 0.5) is None


async def test_a_connection_made_for_one_host_serves_no_other_at_its_address() -> None:
    made: list[int] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        made.append(1)
        while await reader.readline():
            while (await reader.readline()).strip():
                pass
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            await writer.drain()
        writer.close()

    async def here(host: str, port: int) -> list[str]:
        return ["127.0.0.1"]

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with guarded_client(GuardedTransport(resolver=here, allow_loopback=True), 5) as client:
        answers = [await client.get(f"http://{host}.example:{port}/") for host in ("one", "two")]
    server.close()
    assert ([answer.status_code for answer in answers], len(made)) == ([200, 200], 2)


async def test_a_copy_of_the_database_tells_nobody_anything(db: Database, actor: Actor, workspace: UUID, receiver: Receiver, drain: Drain) -> None:
    await subscribe(db, actor, receiver.url, "lead.created")
    await happen(db, actor)
    drain.kit.settings = load_settings({}, None, outbound_epoch="another")
    await drain.queue("hook")
    await drain.idle()
    async with db.read(actor) as tx:
        rows = await tx.fetch("SELECT d.state, d.attempts FROM webhook_deliveries d WHERE d.workspace_id = $1", tx.workspace)
    assert ([tuple(row) for row in rows], receiver.got) == ([("PENDING", 0)], [])
