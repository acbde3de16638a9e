"""A partner's side of webhooks: a small HTTP server that keeps what it gets and answers what it is told."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Call:
    """One request: headers by lower-case name, and the bytes of the body."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass(slots=True)
class Receiver:
    """Every call so far. `status` is what the next ones are answered; `delay` how long that takes."""

    url: str = ""
    status: int = 204
    delay: float = 0.0
    calls: list[Call] = field(default_factory=list[Call])
    answering: set["asyncio.Task[None] | None"] = field(default_factory=set["asyncio.Task[None] | None"])

    async def wait(self, count: int, within: float = 10.0) -> None:
        end = asyncio.get_running_loop().time() + within
        while len(self.calls) < count:
            if asyncio.get_running_loop().time() > end:
                raise TimeoutError(f"{len(self.calls)} of {count} calls after {within:g} s")
            await asyncio.sleep(0.01)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.answering.add(asyncio.current_task())
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        self.calls.append(Call(head[0].split()[1], headers, body))
        try:
            await asyncio.sleep(self.delay)
            writer.write(f"HTTP/1.1 {self.status} Answer\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".encode())
        finally:
            writer.close()
            self.answering.discard(asyncio.current_task())


@asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", 0)
    receiver.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook"
    try:
        yield receiver
    finally:
        server.close()
        for task in receiver.answering:
            if task is not None:
                task.cancel()
