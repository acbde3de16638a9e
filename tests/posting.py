"""A worker for everything that leaves a workspace, mail of every class and webhooks, and the sinks it ends in: in this process, or in one that is killed."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from uuid import UUID

from leadwell import events, reactions, webhooks
from leadwell.base.actor import Actor
from leadwell.base.tx import Database, Tx
from leadwell.embedded.mail_server import MailServer
from leadwell.outside.webhook_http import WebhookSender
from leadwell.wiring import Kit, Reach
from tests.history import Posted, check_mail, check_posts
from tests.mailing import OneWorkspace, open_post_kit
from workers.drain import Drain
from workers.kinds import KINDS

QUEUES = ("nurture", "deliver", "hook")


class Receiver:
    """A real HTTP server on loopback that takes every webhook and keeps it."""

    def __init__(self) -> None:
        self.got: list[Posted] = []
        self.url = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError):     # who posts may be killed in the middle
            first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            headers = {k.lower(): v for k, _, v in (line.partition(": ") for line in lines) if k}
            body = await reader.readexactly(int(headers["content-length"]))
            self.got.append(Posted(headers["webhook-id"], first.split()[1], body.decode()))
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")
            await writer.drain()
        writer.close()


def open_outbound_kit(db: Database, smtp_url: str, **settings: Any) -> Kit:
    """Mail and webhooks of one workspace, to loopback."""
    kit, hooks = open_post_kit(db, smtp_url, **settings), WebhookSender(allow_loopback=True)
    return replace(kit, webhooks=hooks, sandbox=Reach(mailer=kit.mailer, webhooks=hooks))


@dataclass(slots=True)
class Outbound:
    """One worker of one workspace."""

    kit: Kit
    actor: Actor
    drain: Drain
    queues: tuple[str, ...] = QUEUES

    async def run(self, rounds: int = 60) -> None:
        """Numbers and carries events and drains, until nothing is due, which includes what this made due."""
        for _ in range(rounds):
            await self.kit.db.run(self.actor, events.sequence)
            while await self.kit.db.run(self.actor, lambda tx: reactions.react(tx, 500)):
                pass
            for queue in self.queues:
                await self.drain.queue(queue)
                await self.drain.idle()
            if not await self._left():
                return
        raise AssertionError("work is due that nobody finishes")

    async def _left(self) -> bool:
        due = [row for queue in self.queues for row in await self.kit.db.control("SELECT d.workspace_id FROM lw_due($1, $2) d", queue, 1)]
        async with self.kit.db.read(self.actor) as tx:
            return bool(due) or await tx.value("SELECT EXISTS (SELECT 1 FROM events e WHERE e.workspace_id = $1 AND e.seq IS NULL)", tx.workspace)


def open_worker(db: Database, workspace: UUID, smtp_url: str, **settings: Any) -> Outbound:
    kit = open_outbound_kit(OneWorkspace(db, workspace), smtp_url, **settings)
    return Outbound(kit, Actor.system(workspace), Drain(kit, KINDS))


async def close(worker: Outbound) -> None:
    await worker.kit.mailer.close()
    await worker.kit.webhooks.close()


@dataclass(slots=True)
class House:
    """A workspace that tells an endpoint of its mail, a worker for it, and everything that has left."""

    db: Database
    actor: Actor
    server: MailServer
    hooks: Receiver
    worker: Outbound
    opted_out: dict[str, int] = field(default_factory=dict[str, int])

    @property
    def path(self) -> str:
        return f"/{self.actor.workspace}"

    async def check(self, opted_out: Mapping[str, int] | None = None) -> Counter[str]:
        """How many sends are in each state, when the whole history is true."""
        async with self.db.read(self.actor) as tx:
            await check_posts(tx, self.hooks.got, self.path)
            return await check_mail(tx, self.server, opted_out=self.opted_out if opted_out is None else opted_out)


@asynccontextmanager
async def house(db: Database, workspace: UUID, folder: Path, *kinds: str, **settings: Any) -> AsyncIterator[House]:
    """`kinds` of events go to the endpoint; none: there is no endpoint."""
    actor, hooks = Actor.system(workspace), Receiver()
    async with MailServer(folder) as server, await asyncio.start_server(hooks.serve, "127.0.0.1", 0) as listening:
        hooks.url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/{workspace}"
        if kinds:
            async def subscribe(tx: Tx) -> None:
                await webhooks.create(tx, name="Ours", url=hooks.url, event_kinds=kinds)

            await db.run(actor, subscribe)
        worker = open_worker(db, workspace, server.url, **settings)
        yield House(db, actor, server, hooks, worker)
        await close(worker)
