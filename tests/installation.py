"""A whole installation of its own for tests of real processes: servers, a mailbox, a workspace, and workers and APIs to start, freeze and kill."""

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

import asyncpg
import httpx

from leadwell import workspaces
from leadwell.access import keys
from leadwell.base import secrets
from leadwell.base.actor import Actor
from leadwell.base.ids import uuid7
from leadwell.base.pool import open_pool
from leadwell.base.settings import Settings, load_settings
from leadwell.base.tx import Database
from leadwell.embedded import servers
from leadwell.embedded.mail_server import MailServer
from leadwell.embedded.servers import Servers
from leadwell.migrations import migrate
from tests.processes import PROGRAMS, ROOT, command

T = TypeVar("T")
EPOCH = "test"
KEY = b"t" * 32


@dataclass(slots=True)
class Process:
    """A child of ours and what it wrote."""

    child: subprocess.Popen[bytes]
    log: Path
    url: str = ""

    def send(self, number: signal.Signals) -> None:
        self.child.send_signal(number)

    def said(self) -> str:
        return self.log.read_text(errors="replace")

    async def ended(self, within: float = 10.0) -> int:
        """Its exit code."""
        return await until(lambda: _none(self.child.poll()), within, lambda: self.said())

    async def says(self, words: str, within: float = 20.0) -> None:
        """Returns once it has written `words`."""

        async def heard() -> bool:
            assert self.child.poll() is None, self.said()
            return words in self.said()

        await until(heard, within, lambda: self.said())


async def _none(value: int | None) -> tuple[int] | None:
    return None if value is None else (value,)


async def until(check: Callable[[], Awaitable[Any]], within: float = 10.0, tell: Callable[[], object] = str) -> Any:
    """What `check` answers as soon as it is something (a one-tuple is unpacked); a TimeoutError tells how it stood."""
    loop = asyncio.get_running_loop()
    end = loop.time() + within
    while not (found := await check()):
        if loop.time() > end:
            raise TimeoutError(f"not within {within:g} s: {tell()}")
        await asyncio.sleep(0.02)
    return found[0] if isinstance(found, tuple) else found


@dataclass(slots=True)
class Installation:
    """What runs, and how to reach it."""

    home: Path
    servers: Servers
    settings: Settings
    db: Database
    mail: MailServer

    async def workspace(self, **more: Any) -> UUID:
        return await workspaces.create(self.db, uuid7().hex, "Test", epoch=EPOCH, **more)

    async def key(self, workspace: UUID, *scopes: str) -> str:
        return (await keys.create_key(self.db, workspace, "Test", list(scopes) or ["*"])).text

    def variables(self, **more: str) -> dict[str, str]:
        """The environment of a child, on these servers; `more` replaces settings and adds variables."""
        known = self.settings.variables() | {"LEADWELL_DATA_DIR": str(self.home)}
        return {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "HOME": str(self.home), **known, **more}

    @asynccontextmanager
    async def worker(self, *, module: str | None = None, **more: str) -> AsyncIterator[Process]:
        """`leadwell worker`, or another module that serves as one."""
        async with self._process([sys.executable, "-m", module] if module else command("worker"), **more) as process:
            yield process

    @asynccontextmanager
    async def api(self, **more: str) -> AsyncIterator[Process]:
        """`leadwell api` on a free port, once it answers: connections made before wait until it does, longer than clients have patience on a busy machine."""
        listening = socket.create_server(("127.0.0.1", 0))
        port = listening.getsockname()[1]
        url = f"http://127.0.0.1:{port}"
        words = command("api", "--socket-fd", str(listening.fileno()))
        async with self._process(words, fds=(listening.fileno(),), **{"LEADWELL_PUBLIC_URL": url, **more}) as process:
            listening.close()
            process.url = url
            async with httpx.AsyncClient(timeout=60) as client:
                await client.get(f"{url}/live")
            yield process

    @asynccontextmanager
    async def _process(self, words: list[str], fds: tuple[int, ...] = (), **more: str) -> AsyncIterator[Process]:
        log = self.home / f"{uuid7().hex}.log"
        with log.open("wb") as output:
            child = subprocess.Popen(  # noqa: ASYNC220 - it only starts here
                words, stdout=output, stderr=output, env=self.variables(**more), cwd=self.home, pass_fds=fds)
        process = Process(child, log)
        try:
            yield process
        finally:
            if process.child.poll() is None:
                process.send(signal.SIGCONT)
                process.child.terminate()
                with contextlib.suppress(TimeoutError):
                    await process.ended(5)
            process.child.kill()
            process.child.wait()

    async def rows(self, workspace: UUID, sql: str, *args: Any) -> list[asyncpg.Record]:
        """What a statement over the workspace ($1) finds."""
        async with self.db.read(Actor.system(workspace)) as tx:
            return await tx.fetch(sql, tx.workspace, *args)

    async def left(self, workspace: UUID, *queues: str) -> int:
        """Jobs of these queues (all when none is named) that are due or in hand."""
        wanted = list(queues) or ["enrich", "score", "nurture", "deliver", "hook", "transfer", "match", "upkeep"]
        rows = await self.rows(
            workspace, "SELECT count(*) AS n FROM work w WHERE w.workspace_id = $1 AND w.queue = ANY($2::text[])"
            " AND (w.state = 'RUNNING' OR w.state = 'READY' AND w.run_at <= lw_clock($1))", wanted)
        return rows[0]["n"]

    async def quiet(self, workspace: UUID, within: float = 20.0) -> None:
        """Returns once every event is numbered and nothing is due or in hand."""

        async def check() -> bool:
            loose = await self.rows(workspace, "SELECT count(*) AS n FROM events e WHERE e.workspace_id = $1 AND e.seq IS NULL")
            return loose[0]["n"] == 0 and await self.left(workspace) == 0

        await until(check, within)


@asynccontextmanager
async def installed(home: Path, **settings: str) -> AsyncIterator[Installation]:
    """Servers with an empty, migrated database and a mailbox, for the length of an `async with`."""
    async with servers.start(home / "servers", fsync=False, programs=PROGRAMS) as running, MailServer(home / "mailbox") as mail:
        await migrate(running.owner_database_url)
        secrets.configure((("test", KEY),))
        env = {
            "DATABASE_URL": running.database_url, "REDIS_URL": running.redis_url, "SMTP_URL": mail.url, "LEADWELL_SECRET_KEYS": key_text(),
            "LEADWELL_OUTBOUND_EPOCH": EPOCH, "LEADWELL_PUBLIC_URL": "http://127.0.0.1:8000", **settings,
        }
        read = load_settings(env=env, dotenv=None)
        db = Database(await open_pool(running.database_url, size=8))
        try:
            yield Installation(home, running, read, db, mail)
        finally:
            await db.close()


def key_text() -> str:
    """The key ring of the tests as a setting."""
    import base64

    return "test:" + base64.b64encode(KEY).decode()


async def ask(url: str, key: str, query: str, /, **variables: Any) -> Any:
    """The data of a document's answer; errors fail the test."""
    async with httpx.AsyncClient() as client:
        answer = await client.post(f"{url}/graphql", json={"query": query, "variables": variables}, headers={"authorization": f"Bearer {key}"}, timeout=20)
    body = answer.json()
    assert "errors" not in body, body
    return body["data"]
