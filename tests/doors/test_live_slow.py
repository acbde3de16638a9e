"""Who does not read is cut, costs a bounded memory and loses nothing: real sockets that stop reading, over WebSocket and as a stream."""

import asyncio
import json
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx
import pytest
import websockets
from starlette.applications import Starlette

from api.subscriptions.places import Place
from leadwell import events
from leadwell.base.actor import Actor
from leadwell.base.tx import Database
from leadwell.cli.serving import STUCK_MS, listen
from tests import builders as make
from tests.doors.serving import key_for, on_a_port, serving
from tests.doors.sockets import PATIENCE, Leads, connected
from tests.installation import until

ALIASES, EVENTS, SMALL, CUT_MS, HIGH_WATER = 29, 60, 4096, 300, 65536
WIDE = " ".join(f"t{i}: title" for i in range(ALIASES))
FOLLOW = f"subscription($after: String) {{ leadsChanged(after: $after) {{ cursor lead {{ {WIDE} }} }} }}"
TITLE = "x" * 1000
MESSAGE = ALIASES * (len(TITLE) + 10) + 1000


@dataclass
class Stuck:
    """A listener that takes what comes only when asked to, through a small window."""

    port: int
    heard: AsyncGenerator[str]      # cursors

    async def rest(self) -> list[str]:
        """What the line still held when it was cut."""
        return [cursor async for cursor in self.heard]


def narrow(address: str) -> socket.socket:
    """A connection whose window is small from the beginning."""
    made = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL)
    host, _, port = address.partition(":")
    made.connect((host, int(port)))
    return made


@asynccontextmanager
async def over_websocket(address: str, key: str, after: str) -> AsyncGenerator[Stuck]:
    line = narrow(address)
    port = line.getsockname()[1]
    async with websockets.connect(f"ws://{address}/graphql", sock=line, subprotocols=["graphql-transport-ws"], max_queue=(2, 0)) as raw:  # type: ignore[list-item]
        for message in (
            {"type": "connection_init", "payload": {"Authorization": f"Bearer {key}"}},
            {"type": "subscribe", "id": "1", "payload": {"query": FOLLOW, "variables": {"after": after}}},
        ):
            await raw.send(json.dumps(message))

        async def heard() -> AsyncGenerator[str]:
            try:
                async for text in raw:
                    said = json.loads(text)
                    if said["type"] == "next":
                        yield said["payload"]["data"]["leadsChanged"]["cursor"]
            except websockets.ConnectionClosedError as closed:
                if closed.rcvd:     # whoever does not read cannot be told why
                    raise

        yield Stuck(port, heard())


@asynccontextmanager
async def as_a_stream(address: str, key: str, after: str) -> AsyncGenerator[Stuck]:
    line = narrow(address)
    port = line.getsockname()[1]
    reader, writer = await asyncio.open_connection(sock=line, limit=SMALL)
    body = json.dumps({"query": FOLLOW, "variables": {"after": after}}).encode()
    head = (
        f"POST /graphql HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {key}\r\naccept: text/event-stream\r\n"
        f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n")
    writer.write(head.encode() + body)

    async def heard() -> AsyncGenerator[str]:
        kept = b""
        try:
            while piece := await reader.read(SMALL):
                kept += piece
                *whole, kept = kept.split(b"\n\n")
                for frame in whole:
                    if b"data: {" in frame:
                        yield json.loads(frame[frame.index(b"data: ") + 6:].partition(b"\r\n")[0])["data"]["leadsChanged"]["cursor"]
        except OSError:
            pass

    try:
        yield Stuck(port, heard())
    finally:
        writer.transport.abort()


@pytest.mark.parametrize("door", [over_websocket, as_a_stream])
async def test_who_does_not_read_is_cut_and_comes_back_behind_its_cursor(
    app: Starlette, db: Database, actor: Actor, workspace: UUID, door: Any
) -> None:
    key, leads, start = await key_for(db, workspace), Leads(app, db, workspace), Place(0).cursor(workspace)
    seats = app.state.house.tails.seats
    lead = await db.run(actor, lambda tx: make.make_lead(tx, title=TITLE))
    with listen("127.0.0.1", 0) as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SMALL)
        async with serving(app, listening) as server, door(server.address, key, start) as stuck, connected(server.address, key) as other:
            await other.follow(query=FOLLOW, after=start)

            async def line() -> Any:
                return server.line(stuck.port)

            async def cut() -> bool:
                return server.line(stuck.port) is None and seats.here[f"workspace:{workspace}"] == 1

            held = await until(line)
            assert held.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == STUCK_MS
            held.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, CUT_MS)

            async def happen(tx: Any) -> None:
                for _ in range(EVENTS):
                    await events.note(tx, "lead.updated", "Lead", lead)

            await db.run(actor, happen)
            await leads.publish()
            told = [(await other.change())["cursor"] for _ in range(EVENTS)]
            assert 0 < held.get_write_buffer_size() <= HIGH_WATER + MESSAGE
            await until(cut)
            before = await stuck.rest()
            assert before == told[:len(before)]
            assert len(before) < EVENTS
            async with connected(server.address, key) as back:
                await back.follow(query=FOLLOW, after=before[-1] if before else start)
                assert before + [(await back.change())["cursor"] for _ in range(EVENTS - len(before))] == told
                await leads.note("lead.updated", "Lead", lead)
                assert (await back.change())["cursor"] == (await other.change())["cursor"] not in told


async def test_who_was_up_to_date_and_holds_up_is_told_so_with_the_cursor_to_go_on_from(
    app: Starlette, db: Database, actor: Actor, workspace: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Over both doors, by a process in which any wait is too long."""
    key, leads, start = await key_for(db, workspace), Leads(app, db, workspace), Place(0).cursor(workspace)
    lead, asked = await db.run(actor, make.make_lead), {"query": FOLLOW, "variables": {"after": start}}
    headers, last = {"authorization": f"Bearer {key}", "accept": "text/event-stream"}, list[str]()
    async with on_a_port(app) as address, connected(address, key) as listener, httpx.AsyncClient(timeout=PATIENCE) as client:
        with monkeypatch.context() as hasty:
            hasty.setattr(app.state.house.tails, "slow_s", 0.0)
            await listener.follow(query=FOLLOW, after=start)
            async with client.stream("POST", f"http://{address}/graphql", json=asked, headers=headers) as answer:
                frames = (json.loads(line[6:]) async for line in answer.aiter_lines() if line.startswith("data: {"))
                for _ in range(2):      # with the first it is up to date
                    await leads.note("lead.updated", "Lead", lead)
                    last = [(await listener.change())["cursor"], (await anext(frames))["data"]["leadsChanged"]["cursor"]]
                ends = [(await listener.receive())["payload"], (await anext(frames))["errors"]]
                assert [one async for one in frames] == []
        assert [(end["extensions"]["code"], end["extensions"]["params"]["cursor"]) for (end,) in ends] == [("SLOW_CONSUMER", cursor) for cursor in last]
        await leads.note("lead.updated", "Lead", lead)
        await listener.follow(query=FOLLOW, after=last[0])
        assert (await listener.change())["cursor"] > last[0]
