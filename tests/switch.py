"""A TCP door in front of a server's socket that a test can shut, as a lost route or a stopped server would."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress


class Switch:
    """Forwards to a Unix socket while it is on. `off` ends what is open and refuses what comes."""

    def __init__(self, socket: str) -> None:
        self._socket = socket
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()
        self.port = 0

    async def on(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def off(self) -> None:
        if self._server is not None:
            self._server.close()
        for writer in list(self._open):
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, to = await asyncio.open_unix_connection(self._socket)
        self._open |= {writer, to}
        try:
            await asyncio.wait([asyncio.ensure_future(_pump(reader, to)), asyncio.ensure_future(_pump(there, writer))], return_when=asyncio.FIRST_COMPLETED)
        finally:
            for end in (writer, to):
                self._open.discard(end)
                end.transport.abort()


async def _pump(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await source.read(65536):
            target.write(data)
            await target.drain()


@asynccontextmanager
async def switched(redis_url: str) -> AsyncIterator[tuple[Switch, str]]:
    """A switch, on, and the URL of the Redis behind it; `redis_url` is of the embedded one."""
    login, _, socket = redis_url.removeprefix("unix://").partition("@")
    switch = Switch(socket)
    await switch.on()
    try:
        yield switch, f"redis://{login}@127.0.0.1:{switch.port}/0"
    finally:
        await switch.off()
