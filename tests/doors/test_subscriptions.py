"""Live leads over WebSocket and server-sent events: right ones, in order, resumable, for whom they are."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import httpx
import pytest
import pytest_asyncio
import websockets
from starlette.applications import Starlette

from api.subscriptions.places import Place
from leadwell import events
from leadwell.access import keys
from leadwell.base.actor import Actor
from leadwell.base.ids import uuid7
from leadwell.base.tx import Database, Tx
from leadwell.catalog import BadCursor
from tests import builders as make
from tests.doors.serving import COOKIE, SPA, key_for, on_a_port, session_for
from tests.doors.sockets import PATIENCE, SUBSCRIPTION, Leads, connected, lead_id


@pytest_asyncio.fixture
async def port(app: Starlette) -> AsyncIterator[str]:
    async with on_a_port(app) as found:
        yield found


@pytest.fixture
def leads(app: Starlette, db: Database, workspace: UUID) -> Leads:
    return Leads(app, db, workspace)


async def test_changes_arrive_in_order_with_the_record(port: str, db: Database, workspace: UUID, leads: Leads) -> None:
    async with connected(port, await key_for(db, workspace)) as socket:
        await socket.follow(after=Place(0).cursor(workspace))
        ids = [await leads.make(title) for title in ("A", "B", "C")]
        changes = [await socket.change() for _ in ids]
    assert [(c["kind"], c["lead"]) for c in changes] == [("lead.created", {"id": lead_id(id), "title": t}) for id, t in zip(ids, "ABC", strict=True)]


async def test_only_matching_leads_are_sent(port: str, db: Database, workspace: UUID, leads: Leads) -> None:
    async with connected(port, await key_for(db, workspace)) as socket:
        await socket.follow(where={"title": {"eq": "yes"}}, after=Place(0).cursor(workspace))
        for title in ("no", "yes", "no", "yes"):
            await leads.make(title)
        assert [(await socket.change())["lead"]["title"] for _ in range(2)] == ["yes", "yes"]


async def test_change_of_the_person_is_a_change_of_their_leads(port: str, db: Database, workspace: UUID, leads: Leads) -> None:
    person = await db.run(Actor.system(workspace), lambda tx: make.make_person(tx))
    id = await leads.make("Theirs", person_id=person)
    await leads.make("Another's")
    async with connected(port, await key_for(db, workspace)) as socket:
        await socket.follow(after=Place(0).cursor(workspace))
        await leads.note("score.changed", "Score", uuid7(), person_id=person)
        change = [await socket.change() for _ in range(3)][-1]
    assert (change["kind"], change["lead"]["id"]) == ("score.changed", lead_id(id))


async def test_resuming_leaves_no_gap_and_repeats_nothing(port: str, db: Database, workspace: UUID, leads: Leads) -> None:
    key = await key_for(db, workspace)
    seen: list[str] = []
    after = Place(0).cursor(workspace)
    for round in range(4):
        async with connected(port, key) as socket:
            await socket.follow(after=after)
            await leads.make(f"{round}a")
            change = await socket.change()
            seen.append(change["lead"]["title"])
            after = change["cursor"]
        await leads.make(f"{round}b")
    async with connected(port, key) as socket:
        await socket.follow(after=after)
        while len(seen) < 8:
            seen.append((await socket.change())["lead"]["title"])
    assert seen == [f"{round}{x}" for round in range(4) for x in "ab"]


async def test_event_that_commits_late_is_not_missed(port: str, db: Database, workspace: UUID, leads: Leads) -> None:
    """An earlier id with a later commit gets the later number, and readers go by number."""
    inside, release = asyncio.Event(), asyncio.Event()

    async def slow(tx: Tx) -> None:
        await events.note(tx, "lead.created", "Lead", await make.make_lead(tx, title="late"))
        inside.set()
        await release.wait()

    async with connected(port, await key_for(db, workspace)) as socket:
        await socket.follow(after=Place(0).cursor(workspace))
        late = asyncio.create_task(db.run(Actor.system(workspace), slow))
        await inside.wait()
        await leads.make("early")
        assert (await socket.change())["lead"]["title"] == "early"
        release.set()
        await late
        await leads.publish()
        assert (await socket.change())["lead"]["title"] == "late"


async def test_other_workspace_is_never_heard(app: Starlette, port: str, db: Database, workspace: UUID, other_workspace: UUID, leads: Leads) -> None:
    theirs = Leads(app, db, other_workspace)
    async with connected(port, await key_for(db, workspace)) as socket:
        await socket.follow(after=Place(0).cursor(workspace))
        await theirs.make("theirs")
        await leads.make("mine")
        assert (await socket.change())["lead"]["title"] == "mine"


async def test_own_rows_only_for_who_sees_only_those(port: str, db: Database, workspace: UUID, leads: Leads) -> None:
    await db.run(
        Actor.system(workspace),
        lambda tx: tx.execute(
            """UPDATE roles r SET grants = '{"*": {"verbs": ["read"], "rows": "own"}}' WHERE r.workspace_id = $1 AND r.code = 'SALES'""", workspace
        ),
    )
    user, token = await session_for(db, workspace, "SALES")
    async with connected(port, token) as socket:
        await socket.follow(after=Place(0).cursor(workspace))
        await leads.make("somebody's")
        await leads.make("mine", owner_id=user)
        assert (await socket.change())["lead"]["title"] == "mine"


async def test_revoked_key_hears_no_more(app: Starlette, port: str, db: Database, workspace: UUID, leads: Leads) -> None:
    made = await keys.create_key(db, workspace, "Gone soon")
    async with connected(port, made.text) as socket:
        await socket.follow(after=Place(0).cursor(workspace))
        await leads.make("heard")
        assert (await socket.change())["lead"]["title"] == "heard"
        await keys.revoke_key(db, workspace, made.record.id)
        app.state.house.credentials.forget(made.text)
        await leads.make("secret")
        message = await socket.receive()
    assert "secret" not in json.dumps(message)
    assert (message["payload"].get("errors") if message["type"] == "next" else message["payload"])[0]["extensions"]["code"] == "CREDENTIAL_REJECTED"


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"after": "nonsense"}, "BAD_CURSOR"),
        ({"where": {"title": {"eq": None}}}, "BAD_FILTER"),
        ({"where": {"custom": [{"key": "nope", "text": {"eq": "x"}}]}}, "BAD_FILTER"),
        ({"where": {"nope": {}}}, "BAD_USER_INPUT"),
    ],
)
async def test_subscription_that_cannot_begin_says_why(port: str, db: Database, workspace: UUID, variables: dict[str, Any], expected: str) -> None:
    async with connected(port, await key_for(db, workspace)) as socket:
        await socket.send("subscribe", id="1", payload={"query": SUBSCRIPTION, "variables": variables})
        message = await socket.receive()
    errors = message["payload"]["errors"] if message["type"] == "next" else message["payload"]
    assert errors[0]["extensions"]["code"] == expected


async def test_cursor_belongs_to_its_workspace(workspace: UUID, other_workspace: UUID) -> None:
    cursor = Place(7).cursor(workspace)
    assert Place.read(workspace, cursor) == Place(7)
    for bad in (cursor[:-2] + "AA", "", "é", cursor + "AAAA"):
        with pytest.raises(BadCursor):
            Place.read(workspace, bad)
    with pytest.raises(BadCursor):
        Place.read(other_workspace, cursor)


async def test_scope_is_needed_to_listen(port: str, db: Database, workspace: UUID) -> None:
    async with connected(port, await key_for(db, workspace, "deals:read")) as socket:
        await socket.send("subscribe", id="1", payload={"query": SUBSCRIPTION})
        message = await socket.receive()
    errors = message["payload"]["errors"] if message["type"] == "next" else message["payload"]
    assert errors[0]["extensions"]["code"] == "FORBIDDEN"


async def test_queries_and_mutations_work_over_the_socket(port: str, db: Database, workspace: UUID) -> None:
    async with connected(port, await key_for(db, workspace)) as socket:
        mutation = 'mutation { createUser(input: {name: "Ben", email: "ben2@example.com"}) { user { name } } }'
        for query in ("{ viewer { kind } leads { totalCount } }", mutation):
            await socket.send("subscribe", id="1", payload={"query": query})
            answer, complete = await socket.receive(), await socket.receive()
            assert (answer["type"], complete["type"], "errors" in answer["payload"]) == ("next", "complete", False)


async def test_wrong_credential_closes_the_socket(port: str) -> None:
    async with websockets.connect(f"ws://{port}/graphql", subprotocols=["graphql-transport-ws"]) as raw:  # type: ignore[list-item]
        await raw.send(json.dumps({"type": "connection_init", "payload": {"token": "lw_live_nonsense"}}))
        with pytest.raises(websockets.ConnectionClosed) as closed:
            await asyncio.wait_for(raw.recv(), PATIENCE)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4403


SUBSCRIBE = '{"type": "subscribe", "id": "1", "payload": '


@pytest.mark.parametrize("message", ["[]", "1", SUBSCRIBE + "5}", '{"type": "subscribe", "id": "1"}', "[" * 5000])
async def test_malformed_message_closes_the_socket_and_the_server_lives(port: str, db: Database, workspace: UUID, message: str) -> None:
    async with connected(port, await key_for(db, workspace)) as socket:
        await socket.raw.send(message)
        with pytest.raises(websockets.ConnectionClosed) as closed:
            await socket.receive()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4400
    async with httpx.AsyncClient() as client:
        assert (await client.get(f"http://{port}/live")).status_code == 200


async def test_malformed_operation_is_an_error_of_that_operation(port: str, db: Database, workspace: UUID) -> None:
    async with connected(port, await key_for(db, workspace)) as socket:
        await socket.raw.send(SUBSCRIBE + '{"query": 5}}')
        message = await socket.receive()
    assert (message["type"], message["payload"][0]["extensions"]["code"]) == ("error", "BAD_REQUEST")


@pytest.mark.parametrize(("origin", "allowed"), [(None, True), (SPA, True), ("own", True), ("https://evil.example", False), ("null", False)])
async def test_cookie_opens_a_socket_for_our_pages_and_listed_origins_only(
    port: str, db: Database, workspace: UUID, leads: Leads, origin: str | None, allowed: bool
) -> None:
    _, token = await session_for(db, workspace)
    headers = {"Cookie": f"{COOKIE}={token}"} | ({"Origin": f"http://{port}" if origin == "own" else origin} if origin else {})
    if not allowed:
        with pytest.raises(websockets.InvalidStatus) as refused:
            await websockets.connect(f"ws://{port}/graphql", subprotocols=["graphql-transport-ws"], additional_headers=headers)  # type: ignore[list-item]
        assert refused.value.response.status_code == 403
        return
    async with connected(port, **headers) as socket:
        await socket.follow(after=Place(0).cursor(workspace))
        await leads.make("seen")
        assert (await socket.change())["lead"]["title"] == "seen"


async def test_stranger_opens_no_socket_in_production(strict_app: Starlette) -> None:
    async with on_a_port(strict_app) as port, websockets.connect(f"ws://{port}/graphql", subprotocols=["graphql-transport-ws"]) as raw:  # type: ignore[list-item]
        await raw.send(json.dumps({"type": "connection_init"}))
        with pytest.raises(websockets.ConnectionClosed) as closed:
            await asyncio.wait_for(raw.recv(), PATIENCE)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4403


async def test_events_come_as_frames_ended_by_line_feeds(port: str, db: Database, workspace: UUID, leads: Leads) -> None:
    headers = {"authorization": f"Bearer {await key_for(db, workspace)}", "accept": "text/event-stream, application/json"}
    async with httpx.AsyncClient(timeout=PATIENCE) as client:
        asked = client.stream(
            "POST", f"http://{port}/graphql", headers=headers,
            json={"query": SUBSCRIPTION, "variables": {"after": Place(0).cursor(workspace)}})
        async with asked as answer:
            assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
            await leads.make("A")
            text = ""
            async for part in answer.aiter_text():
                text += part
                if text.endswith("\n\n"):
                    break
    assert text.startswith("event: next\ndata: {")
    assert "\r" not in text
    assert json.loads(text.split("data: ")[1])["data"]["leadsChanged"]["lead"]["title"] == "A"


async def test_finite_stream_ends_with_complete(port: str) -> None:
    async with httpx.AsyncClient(timeout=PATIENCE) as client:
        answer = await client.post(f"http://{port}/graphql", json={"query": "subscription { heartbeat(count: 1) }"}, headers={"accept": "text/event-stream"})
    assert answer.text.count("event: next") == 1
    assert answer.text.endswith("event: complete\ndata:\n\n")


async def test_tail_ends_with_its_last_subscriber(app: Starlette, port: str, db: Database, workspace: UUID, leads: Leads) -> None:
    await leads.make("A")
    tails = app.state.house.tails
    async with connected(port, await key_for(db, workspace)) as socket:
        for id in ("1", "2"):
            await socket.send("subscribe", id=id, payload={"query": SUBSCRIPTION, "variables": {"after": Place(0).cursor(workspace)}})
            await socket.change()
        assert tails._tails[workspace].subscribers == 2
        stopping = tails._tails[workspace]._task
    async with asyncio.timeout(PATIENCE):
        await asyncio.wait([stopping])
    assert workspace not in tails._tails


async def test_subscription_without_a_stream_is_told_how(app: Starlette, db: Database, workspace: UUID, port: str) -> None:
    async with httpx.AsyncClient() as client:
        answer = await client.post(f"http://{port}/graphql", json={"query": SUBSCRIPTION}, headers={"authorization": f"Bearer {await key_for(db, workspace)}"})
    assert "WebSocket" in answer.json()["errors"][0]["message"]
