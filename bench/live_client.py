"""Many subscribers in one process, with as little work per frame as a client can do: `python -m bench.live_client PORT FILE` and plans on stdin.

Plans are a list of {key, query, variables} on one line; it says `ready` once all have begun, how many frames came for each further line, and
at `end` writes rows of 16 bytes (subscriber, token, monotonic seconds) to FILE. The token is the number in the record's title.
"""

import asyncio
import base64
import json
import os
import struct
import sys
import time
from pathlib import Path
from typing import Any

ROW = struct.Struct("<iid")
TEXT, CLOSE, PING, PONG = 1, 8, 9, 10
TITLE = b'"title":"t'


class Subscriber(asyncio.Protocol):
    """One socket with one subscription; frames of servers are not masked."""

    def __init__(self, number: int, plan: dict[str, Any], heard: bytearray, ready: "asyncio.Queue[int]") -> None:
        self.number, self.plan, self.heard, self.ready = number, plan, heard, ready
        self.data, self.open, self.closed = b"", False, None
        self.transport: Any = None

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        key = base64.b64encode(os.urandom(16)).decode()
        transport.write((
            "GET /graphql HTTP/1.1\r\nHost: bench\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n").encode())

    def send(self, kind: int, data: bytes) -> None:
        size = len(data)
        head = bytes([0x80 | kind, 0x80 | size]) if size < 126 else bytes([0x80 | kind, 0xFE]) + size.to_bytes(2, "big")
        self.transport.write(head + b"\0\0\0\0" + data)     # a mask of zeros masks nothing

    def data_received(self, data: bytes) -> None:
        now = time.monotonic()
        self.data += data
        if not self.open:
            head, found, rest = self.data.partition(b"\r\n\r\n")
            if not found:
                return
            assert b" 101 " in head.split(b"\r\n")[0], head
            self.open, self.data = True, rest
            self.send(TEXT, json.dumps({"type": "connection_init", "payload": {"token": self.plan["key"]}}).encode())
        at, data = 0, self.data
        while len(data) - at >= 2:
            size, start = data[at + 1], at + 2
            if size >= 126:
                width = 2 if size == 126 else 8
                size, start = int.from_bytes(data[start : start + width], "big"), start + width
            if len(data) < start + size:
                break
            self.frame(data[at] & 15, data[start : start + size], now)
            at = start + size
        self.data = data[at:]

    def frame(self, kind: int, data: bytes, now: float) -> None:
        if kind == PING:
            self.send(PONG, data)
        elif kind == CLOSE:
            self.closed = data
        elif (at := data.find(TITLE)) >= 0:
            at += len(TITLE)
            self.heard += ROW.pack(self.number, int(data[at : data.index(b'"', at)]), now)
        else:
            self.other(json.loads(data))

    def other(self, message: Any) -> None:
        if message["type"] == "connection_ack":
            payload = {"query": self.plan["query"], "variables": self.plan["variables"]}
            self.send(TEXT, json.dumps({"type": "subscribe", "id": "1", "payload": payload}).encode())
            self.send(TEXT, b'{"type":"ping"}')     # answered after the subscription was taken
        elif message["type"] == "pong":
            self.ready.put_nowait(self.number)
        elif message["type"] != "next":
            print(message, file=sys.stderr, flush=True)

    def connection_lost(self, exc: Exception | None) -> None:
        if self.closed is None or exc:
            print("lost", self.number, exc, self.closed, file=sys.stderr, flush=True)


async def main(port: int, file: Path) -> None:
    loop, heard, ready = asyncio.get_running_loop(), bytearray(), asyncio.Queue[int]()
    plans = json.loads(sys.stdin.readline())
    sockets: list[Any] = []
    for number, plan in enumerate(plans):
        transport, _ = await loop.create_connection(lambda n=number, p=plan: Subscriber(n, p, heard, ready), "127.0.0.1", port)
        sockets.append(transport)
        await ready.get()
    print("ready", flush=True)
    while await loop.run_in_executor(None, sys.stdin.readline) != "end\n":
        print(len(heard) // ROW.size, flush=True)
    file.write_bytes(heard)
    for transport in sockets:
        transport.abort()
    os._exit(0)


if __name__ == "__main__":
    import uvloop

    uvloop.run(main(int(sys.argv[1]), Path(sys.argv[2])))
