"""A TCP proxy in front of PostgreSQL that breaks a connection where a test wants it broken."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from urllib.parse import parse_qs, urlsplit


class Proxy:
    """Forwards to a server's socket. `cut_after(words)`: the first message that contains the words (behind `skip` others) is delivered, its answer is not."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._socket = str(Path(parse_qs(parts.query)["host"][0]) / ".s.PGSQL.5432")
        self._login, self._path = parts.netloc.rpartition("@")[0], parts.path
        self._words: bytes | None = None
        self._skip = 0
        self.cuts = 0
        self.port = 0

    @property
    def url(self) -> str:
        return f"postgresql://{self._login}@127.0.0.1:{self.port}{self._path}?sslmode=disable"

    def cut_after(self, words: bytes, skip: int = 0) -> None:
        self._words, self._skip = words, skip

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server_reader, server_writer = await asyncio.open_unix_connection(self._socket)
        broken = asyncio.Event()

        async def out() -> None:
            while data := await reader.read(65536):
                if self._words and self._words in data:
                    self._skip -= 1
                    if self._skip < 0:
                        self._words = None
                        broken.set()
                server_writer.write(data)
                await server_writer.drain()

        async def back() -> None:
            while data := await server_reader.read(65536):
                if broken.is_set():
                    self.cuts += 1
                    return
                writer.write(data)
                await writer.drain()

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
        server.close()
