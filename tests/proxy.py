"""A TCP proxy in front of PostgreSQL or Redis that breaks a connection, or swallows what it carries, where a test wants it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from urllib.parse import parse_qs, urlsplit


class Proxy:
    """Forwards to a server's socket. `cut_after(words)`: the first message that contains the words (behind `skip` others) is delivered, its answer is not."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._login, self._path = parts.netloc.rpartition("@")[0], parts.path
        self._socket = self._path if parts.scheme == "unix" else str(Path(parse_qs(parts.query)["host"][0]) / ".s.PGSQL.5432")
        self._redis = parts.scheme == "unix"
        self._words: bytes | None = None
        self._skip = 0
        self._into: bytes | None = None
        self._delivers = False
        self._route = asyncio.Event()
        self._route.set()
        self.cuts = 0
        self.swallowed = asyncio.Event()
        self.port = 0

    @property
    def url(self) -> str:
        if self._redis:
            return f"redis://{self._login}@127.0.0.1:{self.port}/0"
        return f"postgresql://{self._login}@127.0.0.1:{self.port}{self._path}?sslmode=disable"

    def cut_after(self, words: bytes, skip: int = 0) -> None:
        self._words, self._skip = words, skip

    def swallow(self, words: bytes = b"", *, delivered: bool = False) -> None:
        """A black hole: from the first message that contains the words on (which itself may still be `delivered`) nothing passes, either way, on any
        connection, and nobody is told. New connections are taken and not answered."""
        self._into, self._delivers = words, delivered

    def heal(self) -> None:
        """The network is back: new connections pass. What was swallowed is lost, and so is its connection; the server hears of that now."""
        self._into = None
        self._route.set()

    def _swallows(self, data: bytes) -> bool:
        """Whether this message of a client falls into the hole, which may open with it."""
        if self._route.is_set() and self._into is not None and self._into in data:
            self._route.clear()
            return not self._delivers
        return not self._route.is_set()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not self._route.is_set():
            while await reader.read(65536):
                self.swallowed.set()
            writer.close()
            return
        server_reader, server_writer = await asyncio.open_unix_connection(self._socket)
        broken, lost = asyncio.Event(), False

        async def out() -> None:
            nonlocal lost
            while data := await reader.read(65536):
                if self._words and self._words in data:
                    self._skip -= 1
                    if self._skip < 0:
                        self._words = None
                        broken.set()
                if lost or self._swallows(data):
                    lost = True
                    self.swallowed.set()
                    continue
                server_writer.write(data)
                await server_writer.drain()
            await self._route.wait()

        async def back() -> None:
            nonlocal lost
            while data := await server_reader.read(65536):
                if broken.is_set():
                    self.cuts += 1
                    return
                if lost or not self._route.is_set():
                    lost = True
                    self.swallowed.set()
                    continue
                writer.write(data)
                await writer.drain()
            await self._route.wait()

        pumps = [asyncio.ensure_future(out()), asyncio.ensure_future(back())]
        with suppress(asyncio.CancelledError):
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        for pump in pumps:
            pump.cancel()
        for end in (writer, server_writer):
            with suppress(OSError):
                end.transport.abort() if broken.is_set() and end is writer else end.close()
        await asyncio.gather(*pumps, return_exceptions=True)


@asynccontextmanager
async def proxied(url: str) -> AsyncIterator[Proxy]:
    proxy = Proxy(url)
    server = await asyncio.start_server(proxy._serve, "127.0.0.1", 0)
    proxy.port = server.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        proxy.heal()
        server.close()
