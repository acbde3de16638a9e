"""How far an import has come is told as it happens, until it is over, and to those who may see it alone."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio
from starlette.applications import Starlette

from leadwell import transfer
from leadwell.base.actor import Actor
from leadwell.base.ids import encode_id
from leadwell.base.tx import Database
from leadwell.catalog import CATALOG
from leadwell.transfer import ImportOptions, asking, uploads
from tests.doors.serving import key_for, on_a_port
from tests.doors.sockets import Leads, connected

PROGRESS = "subscription($id: ID!) { jobProgressChanged(id: $id, every: 0.2) { state done total counts } }"


@pytest_asyncio.fixture
async def port(app: Starlette) -> AsyncIterator[str]:
    async with on_a_port(app) as found:
        yield found


@pytest.fixture
def leads(app: Starlette, db: Database, workspace: UUID) -> Leads:
    return Leads(app, db, workspace)


async def pieces() -> AsyncIterator[bytes]:
    yield b"Name\nAcme\nBeta\n"


async def asked(db: Database, actor: Actor) -> UUID:
    upload = await db.run(actor, lambda tx: uploads.begin(tx, "c.csv", "me"))
    await uploads.receive(db, actor, upload, "me", 0, pieces())
    return await db.run(actor, lambda tx: asking.create(tx, asking.NewImport(upload, ImportOptions(noun="Company")), "me"))


async def test_progress_is_told_until_the_import_is_over(port: str, db: Database, workspace: UUID, actor: Actor, leads: Leads) -> None:
    id = await asked(db, actor)
    async with connected(port, await key_for(db, workspace)) as socket:
        async def told() -> Any:
            message = await socket.receive()
            assert message["type"] == "next", message
            return message["payload"]["data"]["jobProgressChanged"]

        await socket.send("subscribe", id="1", payload={"query": PROGRESS, "variables": {"id": encode_id(CATALOG["Import"].tag, id)}})
        assert (await told())["state"] == "READY"
        await db.run(actor, lambda tx: asking.start(tx, id))
        await leads.publish()
        assert (await told())["state"] == "RUNNING"
        await transfer.perform(db, workspace, id)
        while (last := await told())["state"] == "RUNNING":
            pass
        assert (last["state"], last["done"], last["total"], last["counts"]["created"]) == ("DONE", 2, 2, 2)
        assert (await socket.receive())["type"] == "complete"


async def test_progress_of_what_one_may_not_see_is_refused(port: str, db: Database, workspace: UUID, other_workspace: UUID, actor: Actor) -> None:
    mine, theirs = await asked(db, actor), await asked(db, Actor.system(other_workspace))
    for key, id in ((await key_for(db, workspace, "leads:read"), mine), (await key_for(db, workspace), theirs)):
        async with connected(port, key) as socket:
            await socket.send("subscribe", id="1", payload={"query": PROGRESS, "variables": {"id": encode_id(CATALOG["Import"].tag, id)}})
            assert (await socket.receive())["type"] == "error"
