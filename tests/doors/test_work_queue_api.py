"""The work queue over GraphQL: read with its records, worked off, and followed as it changes."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio
from starlette.applications import Starlette

from api.subscriptions.places import Place
from leadwell import leads as verbs
from leadwell.base.actor import Actor
from leadwell.base.ids import encode_id
from leadwell.base.tx import Database
from leadwell.catalog import CATALOG
from tests import builders as make
from tests.doors.serving import ask, asking, key_for, on_a_port, session_for
from tests.doors.sockets import Leads, connected
from tests.doors.test_history_live import told

QUEUE = "{ workQueue { noun rank action dueAt reasons { code points } lead { id } contact { id } task { id title } } }"
DONE = "mutation($input: CompleteWorkInput!) { completeWork(input: $input) { task { state } lead { id } userErrors { code field } } }"
SNOOZE = "mutation($input: SnoozeWorkInput!) { snoozeWork(input: $input) { lead { id } userErrors { code field } } }"
CHANGED = "subscription($after: String) { workQueueChanged(after: $after) { cursor kind } }"


@pytest_asyncio.fixture
async def port(app: Starlette) -> AsyncIterator[str]:
    async with on_a_port(app) as found:
        yield found


@pytest.fixture
def leads(app: Starlette, db: Database, workspace: UUID) -> Leads:
    return Leads(app, db, workspace)


def opaque(noun: str, id: UUID) -> str:
    return encode_id(CATALOG[noun].tag, id)


async def test_work_is_read_done_and_put_off(app: Starlette, db: Database, workspace: UUID, actor: Actor) -> None:
    me, token = await session_for(db, workspace, "SALES")

    async def set_up(tx: Any) -> tuple[UUID, UUID]:
        now = await tx.now()
        return await make.make_lead(tx, owner_id=me, marketing_qualified_at=now), await make.make_task(tx, assignee_id=me, due_at=now)

    lead, task = await db.run(actor, set_up)
    async with asking(app, token) as client:
        first, second = (await ask(client, QUEUE))["data"]["workQueue"]
        assert (first["noun"], first["action"], first["task"], first["lead"]) == ("Task", "DO", {"id": opaque("Task", task), "title": "Call back"}, None)
        assert (second["rank"], second["lead"], second["reasons"]) == (200, {"id": opaque("Lead", lead)}, [{"code": "HANDED_OVER", "points": 200}])
        done = (await ask(client, DONE, input={"id": opaque("Task", task)}))["data"]["completeWork"]
        assert done == {"task": {"state": "DONE"}, "lead": None, "userErrors": []}
        put_off = (await ask(client, SNOOZE, input={"id": opaque("Lead", lead), "until": "2099-01-01T00:00:00Z"}))["data"]["snoozeWork"]
        assert put_off["userErrors"] == [{"code": "BAD_SNOOZE", "field": ["until"]}]
        wrong = (await ask(client, SNOOZE, input={"id": opaque("User", me), "until": "2099-01-01T00:00:00Z"}))["data"]["snoozeWork"]
        assert wrong["userErrors"] == [{"code": "BAD_ID", "field": ["id"]}]
        assert (await ask(client, DONE, input={"id": opaque("Lead", lead)}))["data"]["completeWork"]["userErrors"] == []
        assert (await ask(client, QUEUE))["data"]["workQueue"] == []
    async with asking(app, await key_for(db, workspace)) as client:
        assert (await ask(client, QUEUE))["data"]["workQueue"] == []


async def test_list_is_followed_by_its_user_alone(port: str, db: Database, workspace: UUID, actor: Actor, leads: Leads) -> None:
    (me, mine), (other, _) = await session_for(db, workspace), await session_for(db, workspace)
    lead, theirs = await db.run(actor, make.make_lead), await db.run(actor, make.make_lead)
    async with connected(port, mine) as socket:
        await socket.follow(query=CHANGED, after=Place(0).cursor(workspace))
        await db.run(actor, lambda tx: verbs.assign(tx, theirs, other))
        await leads.publish()
        await db.run(actor, lambda tx: verbs.assign(tx, lead, me))
        await leads.publish()
        assert (await told(socket))["kind"] == "lead.assigned"
        await db.run(actor, lambda tx: verbs.assign(tx, lead, other))
        await leads.publish()
        assert (await told(socket))["kind"] == "lead.assigned", "what was taken away is told too"
        await db.run(actor, lambda tx: make.make_task(tx, assignee_id=other))
