"""History and notifications as they happen: to those who may see them, resumable, and to nobody else."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio
from starlette.applications import Starlette

from api.subscriptions.places import Place
from leadwell import notifications, tasks
from leadwell.base.actor import Actor
from leadwell.base.ids import encode_id
from leadwell.base.tx import Database, Tx
from leadwell.catalog import CATALOG
from leadwell.notifications import Telling
from leadwell.tasks import About
from tests import builders as make
from tests.doors.serving import key_for, on_a_port, session_for
from tests.doors.sockets import Leads, Socket, connected

TIMELINE = "subscription($of: ID!, $after: String) { timelineChanged(of: $of, after: $after) { cursor kind } }"
NOTIFICATIONS = "subscription($after: String) { notificationsChanged(after: $after) { cursor unread } }"


@pytest_asyncio.fixture
async def port(app: Starlette) -> AsyncIterator[str]:
    async with on_a_port(app) as found:
        yield found


@pytest.fixture
def leads(app: Starlette, db: Database, workspace: UUID) -> Leads:
    return Leads(app, db, workspace)


async def told(socket: Socket) -> Any:
    message = await socket.receive()
    assert message["type"] == "next", message
    ((_, value),) = message["payload"]["data"].items()
    return value


async def test_timeline_of_a_contact_hears_of_the_person_alone_and_goes_on_behind_a_cursor(
    port: str, db: Database, workspace: UUID, actor: Actor, leads: Leads
) -> None:
    person, other = await db.run(actor, make.make_person), await db.run(actor, make.make_person)
    contact = await db.run(actor, lambda tx: make.make_contact(tx, person))

    async def note(of: UUID) -> None:
        await db.run(actor, lambda tx: tasks.write_note(tx, "x", About(person_ids=[of])))
        await leads.publish()

    of, key, after = encode_id(CATALOG["Contact"].tag, contact), await key_for(db, workspace), Place(0).cursor(workspace)
    for _ in range(2):
        async with connected(port, key) as socket:
            await socket.follow(query=TIMELINE, of=of, after=after)
            await note(other)
            await note(person)
            change = await told(socket)
            assert change["kind"] == "activity.recorded"
            after = change["cursor"]


async def test_notifications_reach_their_user_alone_and_reading_tells_every_tab(
    port: str, db: Database, workspace: UUID, actor: Actor, leads: Leads
) -> None:
    (ana, token), (ben, _) = await session_for(db, workspace), await session_for(db, workspace)
    company = await db.run(actor, make.make_company)

    async def tell(tx: Tx) -> int:
        return await notifications.tell(tx, [Telling(user, "TEST", "Look", "Company", company) for user in (ben, ana)])

    async with connected(port, token) as socket:
        await socket.follow(query=NOTIFICATIONS, after=Place(0).cursor(workspace))
        await db.run(actor, tell)
        await leads.publish()
        assert (await told(socket))["unread"] == 1
        await db.run(actor, lambda tx: notifications.mark_read(tx, ana))
        await leads.publish()
        assert (await told(socket))["unread"] == 0


async def test_what_may_not_be_seen_cannot_be_followed(port: str, db: Database, workspace: UUID) -> None:
    for query, variables, code in ((TIMELINE, {"of": encode_id(CATALOG["Lead"].tag, UUID(int=5))}, "NOT_FOUND"), (NOTIFICATIONS, {}, "FORBIDDEN")):
        async with connected(port, await key_for(db, workspace)) as socket:
            await socket.send("subscribe", id="1", payload={"query": query, "variables": variables})
            message = await socket.receive()
            found = message["payload"] if message["type"] == "error" else message["payload"]["errors"]
            assert found[0]["extensions"]["code"] == code, message
