"""A proxy in front of PostgreSQL that loses one answer: the COMMIT arrives, what the server says to it does not."""

import asyncio
import contextlib
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

from leadwell.base.pool import open_pool
from leadwell.base.tx import Database


class Cutting:
    """A database behind a proxy which, once armed, lets the COMMIT through and cuts the connection before its answer comes back."""

    def __init__(self, url: str) -> None:
        self.url, self.armed, self.cut = url, False, False
        self.serving: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> tuple[Database, Callable[[], None]]:
        self.server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        port = self.server.sockets[0].getsockname()[1]
        self.pool = await open_pool(through(self.url, port), size=2)
        return Database(self.pool), self._arm

    def _arm(self) -> None:
        self.armed = True

    async def __aexit__(self, *error: object) -> None:
        self.pool.terminate()
        self.server.close()
        await asyncio.gather(*self.serving)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.serving.add(asyncio.create_task(self._serve(reader, writer)))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, to = await upstream(self.url)

        async def out() -> None:
            while data := await reader.read(65536):
                if self.armed and b"COMMIT" in data:
                    self.armed, self.cut = False, True
                to.write(data)
                await to.drain()

        async def back() -> None:
            while data := await there.read(65536):
                if self.cut and b"COMMIT" in data:
                    self.cut = False
                    break
                writer.write(data)
                await writer.drain()

        done, rest = await asyncio.wait([asyncio.create_task(out()), asyncio.create_task(back())], return_when=asyncio.FIRST_COMPLETED)
        for task in rest:
            task.cancel()
        await asyncio.gather(*done, *rest, return_exceptions=True)
        for end in (writer, to):
            end.close()
            with contextlib.suppress(OSError):
                await end.wait_closed()


def through(url: str, port: int) -> str:
    """The same login and database by way of a local port."""
    parts = urlsplit(url)
    login = parts.netloc.rpartition("@")[0]
    return f"postgresql://{login}@127.0.0.1:{port}{parts.path}?sslmode=disable"


async def upstream(url: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    parts = urlsplit(url)
    folder = parse_qs(parts.query).get("host", [""])[0]
    if folder.startswith("/"):
        return await asyncio.open_unix_connection(f"{folder}/.s.PGSQL.{parse_qs(parts.query).get('port', [parts.port or 5432])[0]}")
    return await asyncio.open_connection(parts.hostname, parts.port or 5432)
