"""A deploy of the API: SIGTERM takes no new connection, finishes what was begun, ends sockets so that their clients come back, and leaves a log of JSON."""

import asyncio
import json
import signal
from pathlib import Path

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from tests.installation import installed, until

BODY = json.dumps({"query": "query Slowly { viewer { name } }"}).encode()


async def test_a_request_that_was_begun_is_finished_and_sockets_are_told_to_come_back(place: Path) -> None:
    async with installed(place) as house, house.api(LEADWELL_LOG_FORMAT="json", LEADWELL_LOG_REQUESTS="all") as api:
        key = await house.key(await house.workspace())
        host, port = api.url.removeprefix("http://").split(":")
        socket = await connect(f"ws://{host}:{port}/graphql", subprotocols=[Subprotocol("graphql-transport-ws")])
        await socket.send(json.dumps({"type": "connection_init", "payload": {"Authorization": f"Bearer {key}"}}))
        assert json.loads(await socket.recv())["type"] == "connection_ack"
        reader, writer = await asyncio.open_connection(host, int(port))
        head = f"POST /graphql HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {key}\r\ncontent-type: application/json\r\ncontent-length: {len(BODY)}\r\n\r\n"
        writer.write(head.encode() + BODY[:5])
        await writer.drain()
        async with httpx.AsyncClient() as client:
            assert (await client.get(f"{api.url}/live")).status_code == 200     # by now it has read the head before it, too

        api.send(signal.SIGTERM)
        with pytest.raises(ConnectionClosed) as closed:
            await socket.recv()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1012

        async def refused() -> bool:
            try:
                _, late = await asyncio.open_connection(host, int(port))
            except OSError:
                return True
            late.close()
            return False

        await until(refused)
        writer.write(BODY[5:])
        answer = await asyncio.wait_for(reader.read(), 10)
        assert answer.startswith(b"HTTP/1.1 200 ")
        assert b'"viewer":{"name":"Test"}' in answer
        writer.close()
        assert await api.ended(15) == -signal.SIGTERM   # which the web server hands on when it is done
        lines = [json.loads(line) for line in api.said().splitlines()]
        told = [line for line in lines if line["logger"] == "leadwell.requests"]
        assert {(line["door"], line["status"], line.get("operation")) for line in told} == {
            ("/live", 200, None), ("/graphql", 101, None), ("/graphql", 200, "Slowly")}
        assert key not in api.said()


async def test_with_a_time_to_drain_ready_says_no_to_new_connections_that_are_still_served(place: Path) -> None:
    async with installed(place) as house, house.api(LEADWELL_DRAIN_SECONDS="2") as api, httpx.AsyncClient() as client:
        assert (await client.get(f"{api.url}/ready")).status_code == 200
        api.send(signal.SIGTERM)

        async def drained() -> bool:
            async with httpx.AsyncClient() as another:      # a connection of its own, as a load balancer's check
                return (await another.get(f"{api.url}/ready")).status_code == 503

        await until(drained)
        assert (await client.post(f"{api.url}/graphql", json={"query": "{ __typename }"})).json()["data"] == {"__typename": "Query"}
        assert await api.ended(15) == -signal.SIGTERM
