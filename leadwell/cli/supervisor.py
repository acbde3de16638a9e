"""The parent of everything `leadwell up` starts: what runs beside what, when it is ready, in which order it stops."""

import asyncio
import contextlib
import os
import signal
import socket
import time
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from leadwell.base.settings import Settings, load_settings
from leadwell.cli import databases, ready
from leadwell.cli.children import Child
from leadwell.cli.options import talk
from leadwell.cli.serving import listen
from leadwell.embedded.servers import Servers, start

GIVEN = ("option", "env", ".env")  # sources that replace a part; what another `up` left in the data directory does not


@dataclass(frozen=True, slots=True)
class Plan:
    """What was asked for."""

    settings: Settings
    demo: bool = True
    ready_file: Path | None = None
    quiet: bool = False

    def given(self, name: str) -> bool:
        return self.settings.sources[name] in GIVEN


class Supervisor:
    """One life of `leadwell up`."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self._began = time.monotonic()
        self._stop = asyncio.Event()
        self._children: list[Child] = []
        self._keepers: list[asyncio.Task[None]] = []

    async def run(self) -> int:
        """Runs until a signal; 0 after a clean stop."""
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, self._asked)
        async with contextlib.AsyncExitStack() as life:
            starting = asyncio.create_task(self._begin(life))
            asked = asyncio.create_task(self._stop.wait())
            await asyncio.wait((starting, asked), return_when=asyncio.FIRST_COMPLETED)
            if starting.done():
                starting.result()
                await asked
            starting.cancel()
            self._say("Stopping")
            await asyncio.gather(starting, return_exceptions=True)
        self._say("Stopped")
        return 0

    async def _begin(self, life: contextlib.AsyncExitStack) -> None:
        plan, settings = self.plan, self.plan.settings
        await check_given(plan)
        server = life.enter_context(contextlib.closing(listen(settings.host, settings.port)))
        life.push_async_callback(self._end_children)
        running = start(
            settings.data_dir,
            postgres=not plan.given("database_url"),
            valkey=not plan.given("redis_url"),
            progress=self._say,
        )
        api, worker = await self._spawn(server)
        importing = asyncio.create_task(asyncio.to_thread(import_module, "leadwell.migrations"))  # while the servers start
        servers = await life.enter_async_context(running)
        smtp_url = await self._mailbox(life, servers)
        life.push_async_callback(self._end_children)  # before the mailbox and the servers
        settings = complete(plan, servers, smtp_url, server.getsockname()[1])
        running.announce(smtp_url=settings.smtp_url, public_url=settings.public_url)
        await importing
        await databases.prepare(settings, self._say)
        variables = for_children(settings)
        _, demo = await asyncio.gather(api.hand_over(variables), worker.hand_over(variables, sample=plan.demo))
        self._keepers = [asyncio.create_task(child.keep(variables, self._say)) for child in (api, worker)]
        self._show(life, ready.found(settings, mailbox=not plan.given("smtp_url"), **demo))

    async def _spawn(self, server: socket.socket) -> tuple[Child, Child]:
        from leadwell.embedded.directory import open_directory

        logs = open_directory(self.plan.settings.data_dir).logs
        fd = server.fileno()
        api = Child("api", logs / "api.log", fds=(fd,))
        worker = Child("worker", logs / "worker.log")
        self._children = [worker, api]
        for child in self._children:
            await child.spawn()
        return api, worker

    async def _mailbox(self, life: contextlib.AsyncExitStack, servers: Servers) -> str:
        if self.plan.given("smtp_url"):
            return self.plan.settings.smtp_url
        from leadwell.embedded.mail_server import MailServer

        return (await life.enter_async_context(MailServer(servers.data_dir / "mailbox"))).url

    def _show(self, life: contextlib.AsyncExitStack, found: ready.Ready) -> None:
        if self.plan.ready_file is not None:
            ready.write(self.plan.ready_file, found)
            life.callback(self.plan.ready_file.unlink, missing_ok=True)
        ready.show(found, seconds=time.monotonic() - self._began)

    async def _end_children(self) -> None:
        for keeper in self._keepers:
            keeper.cancel()
        await asyncio.gather(*self._keepers, return_exceptions=True)
        await asyncio.gather(*(child.stop() for child in self._children))

    def _asked(self) -> None:
        """The first signal stops in order; the second ends the children at once, and the servers by our own end."""
        if not self._stop.is_set():
            self._stop.set()
            return
        for child in self._children:
            child.kill()
        os._exit(1)

    def _say(self, text: str) -> None:
        if not self.plan.quiet:
            talk(f"{time.monotonic() - self._began:6.2f} s  {text}")


async def check_given(plan: Plan) -> None:
    """Refuses at once, with a fix, when a server that was named does not do."""
    from leadwell.cli import checks

    for name in ("database_url", "redis_url", "smtp_url"):
        if plan.given(name):
            await checks.require(name, plan.settings)


def complete(plan: Plan, servers: Servers, smtp_url: str, port: int) -> Settings:
    """What was asked for, with the addresses of what runs now and the secrets of the data directory."""
    known = plan.settings.variables()
    if not plan.given("public_url"):
        known.pop("LEADWELL_PUBLIC_URL", None)
    started = {
        "DATABASE_URL": servers.database_url,
        "LEADWELL_OWNER_DATABASE_URL": servers.owner_database_url,
        "REDIS_URL": servers.redis_url,
        "SMTP_URL": smtp_url,
        "LEADWELL_PORT": str(port),
    }
    return load_settings(env={**known, **{name: value for name, value in started.items() if value}}, dotenv=None)


def for_children(settings: Settings) -> dict[str, str]:
    """Everything but the owner's and the administrator's logins."""
    private = ("LEADWELL_OWNER_DATABASE_URL", "LEADWELL_ADMIN_DATABASE_URL")
    return {name: value for name, value in settings.variables().items() if name not in private}
