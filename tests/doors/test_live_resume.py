"""Between the query that fills a page and the events behind it nothing is lost and nothing comes twice, whatever breaks in between."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from uuid import UUID

import httpx
import pytest
from starlette.applications import Starlette

from api.app import create_app
from leadwell import events
from leadwell.base.actor import Actor
from leadwell.base.ids import uuid7
from leadwell.base.tx import Database, Tx
from leadwell.embedded.servers import Servers
from tests import builders as make
from tests.doors.serving import ask, asking, key_for, on_a_port, running, settings_for
from tests.doors.sockets import PATIENCE, SUBSCRIPTION, Leads, connected, lead_id

PAGE = "{ leads(first: 200) { nodes { title } } eventCursor }"
Hear = Callable[[str, str, str, int], Awaitable[list[Any]]]


@pytest.fixture
def leads(app: Starlette, db: Database, workspace: UUID) -> Leads:
    return Leads(app, db, workspace)


async def page(app: Starlette, key: str) -> tuple[set[str], str]:
    """The titles a page shows and the place behind it."""
    async with asking(app, key) as client:
        data = (await ask(client, PAGE))["data"]
    return {node["title"] for node in data["leads"]["nodes"]}, data["eventCursor"]


async def by_socket(port: str, key: str, after: str, count: int) -> list[Any]:
    """Subscribes behind a cursor, hears so many changes, and is cut off."""
    async with connected(port, key) as socket:
        await socket.follow(after=after) if not count else await socket.send("subscribe", id="1", payload=asked(after))
        found = [await socket.change() for _ in range(count)]
        socket.raw.transport.abort()
    return found


async def by_stream(port: str, key: str, after: str, count: int) -> list[Any]:
    """The same by server-sent events."""
    headers = {"authorization": f"Bearer {key}", "accept": "text/event-stream"}
    found: list[Any] = []
    async with httpx.AsyncClient(timeout=PATIENCE) as client, client.stream("POST", f"http://{port}/graphql", json=asked(after), headers=headers) as answer:
        assert answer.status_code == 200
        async for line in changed(answer) if count else nothing():
            found.append(line)
            if len(found) == count:
                break
    return found


async def changed(answer: httpx.Response) -> AsyncIterator[Any]:
    async for line in answer.aiter_lines():
        if line.startswith("data: {"):
            yield json.loads(line.removeprefix("data: "))["data"]["leadsChanged"]


async def nothing() -> AsyncIterator[Any]:
    return
    yield


def asked(after: str) -> dict[str, Any]:
    return {"query": SUBSCRIPTION, "variables": {"after": after}}


@pytest.mark.parametrize("hear", [by_socket, by_stream])
async def test_what_changes_after_a_connection_died_before_its_first_event_is_told_once(
    app: Starlette, migrated: Servers, db: Database, workspace: UUID, leads: Leads, hear: Hear
) -> None:
    """The API that took the first connection ends with it; another one hears of the change."""
    key = await key_for(db, workspace)
    await leads.make("before")
    shown, cursor = await page(app, key)
    assert shown == {"before"}
    async with running(create_app(settings_for(migrated))) as first, on_a_port(first) as port:
        assert await hear(port, key, cursor, 0) == []
    await leads.make("meanwhile")
    async with running(create_app(settings_for(migrated))) as second, on_a_port(second) as port:
        (change,) = await hear(port, key, cursor, 1)
        assert (change["kind"], change["lead"]["title"]) == ("lead.created", "meanwhile")
        await leads.make("afterwards")
        (change,) = await hear(port, key, change["cursor"], 1)
    assert change["lead"]["title"] == "afterwards"


async def test_every_lead_is_in_the_page_or_among_the_events_behind_it(app: Starlette, db: Database, workspace: UUID, leads: Leads) -> None:
    """Leads are made while pages are read. Without one moment for the whole document, some fall between list and cursor."""
    key, made = await key_for(db, workspace), [f"{i:02}" for i in range(40)]

    async def making() -> None:
        for title in made:
            await leads.make(title)

    work = asyncio.create_task(making())
    pages = [await page(app, key)]
    while not work.done():
        pages.append(await page(app, key))
    await work
    await leads.make("last")
    async with on_a_port(app) as port, connected(port, key) as socket:
        for number, cursor in enumerate(dict.fromkeys(cursor for _, cursor in pages)):
            await socket.send("subscribe", id=str(number), payload=asked(cursor))
            told: list[str] = []
            while not told or told[-1] != "last":
                told.append((await socket.change())["lead"]["title"])
            await socket.send("complete", id=str(number))
            assert len(set(told)) == len(told)
            for shown in (shown for shown, behind in pages if behind == cursor):
                assert shown | set(told) == {*made, "last"}
                assert len(shown) + len(told) <= 42  # one at most is in both: committed, shown, and not yet numbered


async def test_an_event_noted_before_and_committed_after_the_page_was_read_is_told(app: Starlette, db: Database, workspace: UUID, leads: Leads) -> None:
    key, inside, release = await key_for(db, workspace), asyncio.Event(), asyncio.Event()

    async def slow(tx: Tx) -> None:
        await events.note(tx, "lead.created", "Lead", await make.make_lead(tx, title="late"))
        inside.set()
        await release.wait()

    late = asyncio.create_task(db.run(Actor.system(workspace), slow))
    await inside.wait()
    await leads.make("early")
    shown, cursor = await page(app, key)
    release.set()
    await late
    await leads.publish()
    async with on_a_port(app) as port:
        (change,) = await by_socket(port, key, cursor, 1)
    assert (shown, change["lead"]["title"]) == ({"early"}, "late")


async def test_a_connection_cut_between_two_leads_of_one_event_goes_on_with_the_second(app: Starlette, db: Database, workspace: UUID, leads: Leads) -> None:
    key = await key_for(db, workspace)
    person = await db.run(Actor.system(workspace), lambda tx: make.make_person(tx))
    first, second = sorted([await leads.make("one", person_id=person, state="JUNK"), await leads.make("two", person_id=person)])
    _, cursor = await page(app, key)
    await leads.note("score.changed", "Score", uuid7(), person_id=person)
    await leads.make("next")
    async with on_a_port(app) as port:
        heard: list[str] = []
        for _ in range(3):
            (change,) = await by_socket(port, key, cursor, 1)
            heard.append(change["lead"]["id"])
            cursor = change["cursor"]
    assert heard[:2] == [lead_id(first), lead_id(second)]
    assert len(set(heard)) == 3


async def test_the_place_behind_a_page_needs_a_credential(app: Starlette) -> None:
    async with asking(app) as client:
        answer = await ask(client, "{ eventCursor }")
    assert answer["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
