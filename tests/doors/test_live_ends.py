"""How subscriptions end: with the rights they live on, at their limits, with events that are gone, with the process. Nothing is lost on the way back."""

import asyncio
import json
import random
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest
import websockets
from starlette.applications import Starlette

from api.app import create_app
from api.subscriptions.places import Place
from api.subscriptions.seats import TooManySubscriptions
from api.subscriptions.socket import MOST as MOST_OF_A_SOCKET
from api.subscriptions.tail import Tails
from leadwell import events
from leadwell.access import keys, sessions
from leadwell.access.credentials import REMEMBERED_S
from leadwell.base.actor import Actor
from leadwell.base.ids import uuid7
from leadwell.base.tx import Database
from leadwell.embedded.servers import Servers
from leadwell.outside.redis_seats import RedisSeats
from tests import builders as make
from tests.doors.serving import key_for, on_a_port, running, session_for, settings_for
from tests.doors.sockets import PATIENCE, SUBSCRIPTION, Leads, connected, lead_id

FOLLOW = "subscription($after: String) { leadsChanged(after: $after) { cursor kind lead { id } } }"


@pytest.fixture
def leads(app: Starlette, db: Database, workspace: UUID) -> Leads:
    return Leads(app, db, workspace)


async def test_rights_that_end_end_the_stream_though_nothing_happens(app: Starlette, db: Database, workspace: UUID) -> None:
    """A revoked key, a session signed out, a role without the noun, an archived user: each within REMEMBERED_S and the time of two looks."""
    key = await keys.create_key(db, workspace, "Revoked")
    (_, gone), (_, narrowed), (left, away) = [await session_for(db, workspace, role) for role in ("OWNER", "SALES", "OWNER")]
    grants = {"deals": {"verbs": ["read"], "rows": "all"}}
    async with on_a_port(app) as port, AsyncExitStack() as life:
        sockets = [await life.enter_async_context(connected(port, token)) for token in (key.text, gone, narrowed, away)]
        for socket in sockets:
            await socket.follow(query=FOLLOW)
        await keys.revoke_key(db, workspace, key.record.id)
        await sessions.sign_out(db, gone)
        await db.run(Actor.system(workspace), lambda tx: tx.execute(
            "UPDATE roles SET grants = $2::jsonb WHERE workspace_id = $1 AND code = 'SALES'", workspace, grants))
        await db.run(Actor.system(workspace), lambda tx: tx.execute(
            "UPDATE users SET archived_at = now() WHERE workspace_id = $1 AND id = $2", workspace, left))
        async with asyncio.timeout(3 * REMEMBERED_S):
            ends = [json.loads(await socket.raw.recv()) for socket in sockets]
    assert [(end["type"], end["payload"][0]["extensions"]["code"]) for end in ends] == [
        ("error", "CREDENTIAL_REJECTED"), ("error", "CREDENTIAL_REJECTED"), ("error", "FORBIDDEN"), ("error", "CREDENTIAL_REJECTED")]


async def test_a_socket_a_key_and_a_workspace_have_so_many_subscriptions(app: Starlette, db: Database, workspace: UUID) -> None:
    house, token = app.state.house, await key_for(db, workspace)
    async with on_a_port(app) as port, connected(port, token) as socket:
        for i in range(MOST_OF_A_SOCKET + 1):
            await socket.send("subscribe", id=str(i), payload={"query": FOLLOW})
        refused = await socket.receive()
        assert (refused["type"], refused["id"], refused["payload"][0]["extensions"]["code"]) == ("error", str(MOST_OF_A_SOCKET), "TOO_MANY_SUBSCRIPTIONS")
    one, other = [await house.credentials.viewer(await key_for(db, workspace)) for _ in range(2)]
    few = replace(house.settings, live_subscriptions=2, workspace_live_subscriptions=3)
    here, there = [Tails(replace(house.kit, settings=few, seats=RedisSeats(few.redis_url))) for _ in range(2)]
    async with AsyncExitStack() as life:
        for process in (here, there):
            life.push_async_callback(process.kit.seats.close)
            life.push_async_callback(process.close)
        for process, viewer in ((here, one), (there, one), (there, other)):
            await life.enter_async_context(process.tail(viewer))
        for process, viewer, whose in ((here, one, "This key or user has 2"), (here, other, "This workspace has 3"), (there, other, "This workspace has 3")):
            with pytest.raises(TooManySubscriptions, match=whose):
                await life.enter_async_context(process.tail(viewer))
    assert [process.seats.here for process in (here, there)] == [{}, {}]


async def test_events_that_are_gone_or_never_were_are_told(app: Starlette, migrated: Servers, db: Database, workspace: UUID, leads: Leads) -> None:
    """As after the end of their retention, and in a database restored to an earlier time."""
    for title in ("A", "B", "C"):
        await leads.make(title)
    admin = await asyncpg.connect(migrated.admin_database_url.replace("/postgres?", "/leadwell?"))
    await admin.execute("DELETE FROM events e WHERE e.workspace_id = $1 AND e.seq <= 2", workspace)
    await admin.close()
    expected = {Place(0): "CURSOR_TOO_OLD", Place(99): "BAD_CURSOR"}
    async with on_a_port(app) as port, connected(port, await key_for(db, workspace)) as socket:
        for place, code in expected.items():
            await socket.send("subscribe", id=code, payload={"query": SUBSCRIPTION, "variables": {"after": place.cursor(workspace)}})
            message = await socket.receive()
            assert (message["type"], message["payload"][0]["extensions"]["code"]) == ("error", code)
        await socket.follow(after=Place(2).cursor(workspace))
        assert (await socket.change())["lead"]["title"] == "C"


async def test_a_process_that_leaves_ends_streams_unfinished_and_the_next_one_goes_on(
    app: Starlette, migrated: Servers, db: Database, workspace: UUID, leads: Leads
) -> None:
    key, asked = await key_for(db, workspace), {"query": SUBSCRIPTION, "variables": {"after": Place(0).cursor(workspace)}}
    headers = {"authorization": f"Bearer {key}", "accept": "text/event-stream"}
    async with running(create_app(settings_for(migrated))) as first, AsyncExitStack() as life:
        port = await life.enter_async_context(server := on_a_port(first))
        async with connected(port, key) as socket, httpx.AsyncClient(timeout=PATIENCE) as client:
            async with client.stream("POST", f"http://{port}/graphql", json=asked, headers=headers) as answer:
                await socket.follow(after=Place(0).cursor(workspace))
                await leads.make("before")
                cursor, lines = (await socket.change())["cursor"], answer.aiter_lines()
                assert (await anext(lines), "before" in await anext(lines)) == ("event: next", True)
                first.state.house.leave()
                assert "event: complete" not in [line async for line in lines]
            await socket.send("subscribe", id="2", payload=asked)
            late = await socket.receive()
            assert (late["type"], late["payload"][0]["extensions"]["code"]) == ("error", "UNAVAILABLE")
            life.pop_all()
            await server.__aexit__(None, None, None)
            with pytest.raises(websockets.ConnectionClosed) as closed:
                await socket.receive()
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == 1012
    await leads.make("meanwhile")
    async with on_a_port(app) as port, connected(port, key) as socket:
        await socket.follow(after=cursor)
        assert (await socket.change())["lead"]["title"] == "meanwhile"


@pytest.mark.parametrize("protocol", ["graphql-ws", "soap"])
async def test_other_protocols_are_refused(app: Starlette, protocol: str) -> None:
    async with on_a_port(app) as port, websockets.connect(f"ws://{port}/graphql", additional_headers={"Sec-WebSocket-Protocol": protocol}) as raw:
        with pytest.raises(websockets.ConnectionClosed) as closed:
            await asyncio.wait_for(raw.recv(), PATIENCE)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 4406


@pytest.mark.parametrize("seed", range(3))
async def test_a_connection_cut_anywhere_hears_each_event_once_in_the_order_of_the_outbox(
    app: Starlette, db: Database, actor: Actor, workspace: UUID, leads: Leads, seed: int
) -> None:
    """Events of leads, of people with several leads, and of what does not concern; the listener is cut at random while they happen."""
    dice, key = random.Random(seed), await key_for(db, workspace)
    people = [await db.run(actor, make.make_person) for _ in range(3)]
    owned = [(person, state) for person in people for state in ("JUNK", "OPEN")]
    of = {await db.run(actor, lambda tx, p=person, s=state: make.make_lead(tx, p, state=s)): person for person, state in owned}

    async def happen() -> None:
        for _ in range(40):
            noun, id, person = dice.choice([
                ("Lead", lead := dice.choice(list(of)), of[lead]), ("Person", one := dice.choice(people), one), ("Task", uuid7(), people[0])])
            await leads.note(f"{noun.lower()}.updated", noun, id, person_id=person)
        await leads.note("lead.updated", "Lead", next(iter(of)))    # the last one concerns, so that waiting for more always ends

    heard, after = list[tuple[str, str]](), Place(0).cursor(workspace)
    happening = asyncio.create_task(happen())
    async with on_a_port(app) as port:
        while not happening.done() or len(heard) < len(await expected(db, workspace, of)):
            async with connected(port, key) as socket:
                await socket.send("subscribe", id="1", payload={"query": FOLLOW, "variables": {"after": after}})
                for _ in range(dice.randint(1, 6)):
                    if happening.done() and len(heard) == len(await expected(db, workspace, of)):
                        break
                    change = await socket.change()
                    heard.append((change["kind"], change["lead"]["id"]))
                    after = change["cursor"]
                socket.raw.transport.abort()
    assert heard == await expected(db, workspace, of)


async def expected(db: Database, workspace: UUID, of: dict[UUID, UUID]) -> list[tuple[str, str]]:
    """What the outbox says: events of leads, and those of people for each of their leads by id."""
    async with db.read(Actor.system(workspace)) as tx:
        noted: list[Any] = await events.newer(tx, 0)
    told: list[tuple[str, str]] = []
    for e in noted:
        concerned = [e["record_id"]] if e["noun"] == "Lead" else sorted(id for id, person in of.items() if e["noun"] == "Person" and person == e["record_id"])
        told += [(e["kind"], lead_id(id)) for id in concerned]
    return told
