"""A small graphql-transport-ws client, and leads whose changes it hears."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import websockets
from starlette.applications import Starlette

from leadwell import events
from leadwell.base.actor import Actor
from leadwell.base.ids import encode_id
from leadwell.base.tx import Database, Tx
from leadwell.catalog import CATALOG
from tests import builders as make

SUBSCRIPTION = "subscription($where: LeadWhere, $after: String) { leadsChanged(where: $where, after: $after) { cursor kind lead { id title } } }"
PATIENCE = 10


class Socket:
    """A graphql-transport-ws client as small as the tests need."""

    def __init__(self, raw: Any) -> None:
        self.raw = raw

    async def send(self, kind: str, **more: Any) -> None:
        await self.raw.send(json.dumps({"type": kind, **more}))

    async def receive(self) -> dict[str, Any]:
        return json.loads(await asyncio.wait_for(self.raw.recv(), PATIENCE))

    async def follow(self, id: str = "1", query: str = SUBSCRIPTION, **variables: Any) -> None:
        """Subscribes and waits until the server has begun: its answer to a ping comes after it took the message before."""
        await self.send("subscribe", id=id, payload={"query": query, "variables": variables})
        await self.send("ping")
        assert (await self.receive())["type"] == "pong"

    async def change(self) -> dict[str, Any]:
        message = await self.receive()
        assert message["type"] == "next", message
        return message["payload"]["data"]["leadsChanged"]


@asynccontextmanager
async def connected(port: str, token: str | None = None, **headers: str) -> AsyncIterator[Socket]:
    async with websockets.connect(f"ws://{port}/graphql", subprotocols=["graphql-transport-ws"], additional_headers=headers) as raw:  # type: ignore[list-item]
        found = Socket(raw)
        await found.send("connection_init", **({"payload": {"Authorization": f"Bearer {token}"}} if token else {}))
        assert (await found.receive())["type"] == "connection_ack"
        yield found


class Leads:
    """Makes leads and events of a workspace, numbers them and tells the API, as a worker does."""

    def __init__(self, app: Starlette, db: Database, workspace: UUID) -> None:
        self.kit, self.db, self.workspace = app.state.house.kit, db, workspace

    async def make(self, title: str = "A", **more: Any) -> UUID:
        async def work(tx: Tx) -> UUID:
            id = await make.make_lead(tx, title=title, **more)
            await events.note(tx, "lead.created", "Lead", id)
            return id

        id = await self.db.run(Actor.system(self.workspace), work)
        await self.publish()
        return id

    async def note(self, kind: str, noun: str, id: UUID, **more: Any) -> None:
        await self.db.run(Actor.system(self.workspace), lambda tx: events.note(tx, kind, noun, id, **more))
        await self.publish()

    async def publish(self) -> None:
        await self.db.run(Actor.system(self.workspace), events.sequence)
        await self.kit.live.publish([self.workspace])


def lead_id(id: UUID) -> str:
    return encode_id(CATALOG["Lead"].tag, id)
