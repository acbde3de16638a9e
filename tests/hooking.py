"""An endpoint and a worker for it: what happens is numbered, carried and posted to a real server on loopback."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson

from leadwell import events, reactions, webhooks, work
from leadwell.base.actor import Actor
from leadwell.base.ids import uuid7
from leadwell.base.settings import load_settings
from leadwell.base.tx import Database, Tx
from leadwell.outside.webhook_http import WebhookSender
from leadwell.webhooks import Endpoint
from leadwell.wiring import Kit
from tests.mailing import OneWorkspace
from tests.receiving import Receiver, receiving
from workers.drain import Drain
from workers.webhooks import KINDS

NONE: Any = None
LOG = "SELECT d.state, d.attempts, d.status_code FROM webhook_deliveries d WHERE d.workspace_id = $1 ORDER BY d.id"


@dataclass(slots=True)
class Hooks:
    """A workspace, its worker of webhooks, and somebody who gets them."""

    db: Database
    actor: Actor
    drain: Drain
    receiver: Receiver

    async def subscribe(self, *kinds: str, actor: Actor | None = None, **more: Any) -> Endpoint:
        """A new endpoint at the receiver; what happened before does not concern it."""
        given = {"name": "Ours", "url": self.receiver.url, "event_kinds": kinds} | more
        made = await self.db.run(actor or self.actor, lambda tx: webhooks.create(tx, **given))
        await self.carry()
        return made

    async def note(self, kind: str, noun: str, *records: UUID, **data: Any) -> None:
        """An event of each record, carried to the endpoints."""
        async def verb(tx: Tx) -> None:
            await events.note_all(tx, [events.Event(kind, noun, id, version=1, data=data) for id in records or (uuid7(),)])

        await self.db.run(self.actor, verb)
        await self.carry()

    async def carry(self) -> None:
        await self.db.run(self.actor, events.sequence)
        while await self.db.run(self.actor, lambda tx: reactions.react(tx, 500)):
            pass

    async def post(self) -> list[Any]:
        """Works off what is due; the bodies that came meanwhile."""
        before = len(self.receiver.calls)
        await self.drain.queue("hook")
        await self.drain.idle()
        return [orjson.loads(call.body) for call in self.receiver.calls[before:]]

    async def log(self) -> list[tuple[str, int, int | None]]:
        async with self.db.read(self.actor) as tx:
            return [tuple(row) for row in await tx.fetch(LOG, tx.workspace)]

    async def endpoint(self, id: UUID) -> dict[str, Any]:
        async with self.db.read(self.actor) as tx:
            return dict(await tx.row("SELECT e.* FROM webhook_endpoints e WHERE e.workspace_id = $1 AND e.id = $2", tx.workspace, id) or {})

    async def later(self, seconds: float) -> None:
        """So much time has passed for deliveries, endpoints and their jobs."""
        async def verb(tx: Tx) -> None:
            back = f"- make_interval(secs => {seconds:f}) WHERE workspace_id = $1"
            await tx.execute(f"UPDATE webhook_deliveries SET due_at = due_at {back} AND state = 'PENDING'", tx.workspace)
            await tx.execute(f"UPDATE webhook_endpoints SET resting_until = resting_until {back}", tx.workspace)
            await tx.execute(f"UPDATE webhook_endpoints SET failing_since = failing_since {back}", tx.workspace)
            await tx.execute(f"UPDATE work SET run_at = run_at {back} AND queue = 'hook'", tx.workspace)

        await self.db.run(self.actor, verb)


@asynccontextmanager
async def hooks(db: Database, workspace: UUID) -> AsyncIterator[Hooks]:
    sender = WebhookSender(allow_loopback=True)
    kit = Kit(load_settings({}, None, outbound_epoch="test"), OneWorkspace(db, workspace), work.SilentBell(), NONE, NONE, sender)
    drain = Drain(kit, KINDS)
    async with receiving() as receiver:
        yield Hooks(db, Actor.system(workspace), drain, receiver)
    await drain.stop()      # who still waited for an answer has lost the connection
    await sender.close()
