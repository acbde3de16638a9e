"""Every noun can be followed: the right records, the same answer on both ways of making it, one read for all who ask the same."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import httpx
import pytest
import pytest_asyncio
from starlette.applications import Starlette

from api.schema import CORE
from api.subscriptions.concerned import followed
from api.subscriptions.places import Place
from api.subscriptions.reading import Wanted, read
from api.subscriptions.watches import Showing, Watch
from leadwell.access.sees import Everything
from leadwell.base.actor import Actor
from leadwell.base.ids import encode_id, uuid7
from leadwell.base.tx import Database
from leadwell.catalog import CATALOG
from tests import builders as make
from tests.doors.serving import key_for, on_a_port, session_for
from tests.doors.sockets import PATIENCE, Leads, Socket, connected, lead_id

SHOWN = {"Lead": "title", "Deal": "name", "Contact": "name", "Company": "name", "Task": "title", "Campaign": "name", "Person": "name", "Activity": "kind"}


@pytest_asyncio.fixture
async def port(app: Starlette) -> AsyncIterator[str]:
    async with on_a_port(app) as found:
        yield found


@pytest.fixture
def leads(app: Starlette, db: Database, workspace: UUID) -> Leads:
    return Leads(app, db, workspace)


def many(noun: str, shows: str = "id") -> str:
    of = CATALOG[noun]
    where, told = f"$where: {noun}Where, $after: String", "__typename cursor kind at changed recordId"
    return f"subscription({where}) {{ {of.plural}Changed(where: $where, after: $after) {{ {told} {of.singular} {{ {shows} }} }} }}"


async def told(socket: Socket) -> Any:
    message = await socket.receive()
    assert message["type"] == "next", message
    ((_, value),) = message["payload"]["data"].items()
    return value


async def test_each_noun_is_read_by_a_statement(app: Starlette, db: Database, workspace: UUID) -> None:
    """Every one of them runs, and finds nothing of records there are not."""
    documents, nobody = app.state.house.runner.documents, Wanted(frozenset({uuid7()}), frozenset({uuid7()}))
    for noun in followed():
        fields = " ".join(c.api for c in noun.columns.values() if c.kind != "money")
        one = f'subscription {{ {noun.singular}Changed(id: "x") {{ kind {noun.singular} {{ {fields} }} }} }}'
        for text in (many(noun.name), one):
            document = documents.get(text)
            operation = document.document.reading(None)
            assert operation is not None
            asked = operation.ask(document.lifted)
            assert asked is not None
            shown = Showing.of(operation, asked)
            assert shown is not None
            assert await read(db, Watch.of(noun, None, Everything(workspace), shown), nobody) == []
    assert len(followed()) > 60
    assert {f"{n.plural}Changed" for n in followed()} | {f"{n.singular}Changed" for n in followed()} <= set(CORE.subscription_type.fields)


async def test_changes_of_eight_nouns_arrive_alike_by_statement_and_by_executor(port: str, db: Database, actor: Actor, workspace: UUID, leads: Leads) -> None:
    person = await db.run(actor, make.make_person)
    made = {
        "Lead": await db.run(actor, lambda tx: make.make_lead(tx, person)), "Deal": await db.run(actor, make.make_deal),
        "Contact": await db.run(actor, make.make_contact), "Company": await db.run(actor, make.make_company), "Task": await db.run(actor, make.make_task),
        "Campaign": await db.run(actor, make.make_campaign), "Person": person, "Activity": await db.run(actor, lambda tx: make.make_activity(tx, person)),
    }  # fmt: skip
    for noun, id in made.items():
        await leads.note(f"{noun.lower()}.updated", noun, id, data={"changes": {"owner_id": [None, None], "name": ["a", "b"]}})
    headers = {"authorization": f"Bearer {await key_for(db, workspace)}", "accept": "text/event-stream"}
    async with httpx.AsyncClient(timeout=PATIENCE) as client:
        for noun, id in made.items():
            body, answers = {"query": many(noun, f"id {SHOWN[noun]}"), "variables": {"after": Place(0).cursor(workspace)}}, list[str]()
            for way in ({}, {"x-leadwell-reads": "ordinary"}):
                async with client.stream("POST", f"http://{port}/graphql", json=body, headers=headers | way) as answer:
                    answers.append(await anext(line async for line in answer.aiter_lines() if line.startswith("data: ")))
            assert answers[0] == answers[1]
            (change,) = json.loads(answers[0].removeprefix("data: "))["data"].values()
            assert (change["__typename"], change["kind"]) == (f"{noun}Change", f"{noun.lower()}.updated")
            assert change[CATALOG[noun].singular]["id"] == change["recordId"] == encode_id(CATALOG[noun].tag, id)
            assert "name" in change["changed"]


async def test_one_record_is_followed_by_its_id_even_once_it_is_put_away(
    port: str, db: Database, actor: Actor, workspace: UUID, other_workspace: UUID, leads: Leads
) -> None:
    mine, other, foreign = [await db.run(of, make.make_deal) for of in (actor, actor, Actor.system(other_workspace))]
    query = "subscription($deal: ID!, $after: String) { dealChanged(id: $deal, after: $after) { kind deal { id archivedAt } } }"
    id, after = encode_id(CATALOG["Deal"].tag, mine), Place(0).cursor(workspace)
    async with connected(port, await key_for(db, workspace)) as socket:
        await socket.follow(query=query, deal=id, after=after)
        await leads.note("deal.updated", "Deal", other)
        await db.run(actor, lambda tx: tx.execute("UPDATE deals SET archived_at = now() WHERE workspace_id = $1 AND id = $2", workspace, mine))
        await leads.note("deal.archived", "Deal", mine)
        change = await told(socket)
        assert (change["kind"], change["deal"]["id"], change["deal"]["archivedAt"] is None) == ("deal.archived", id, False)
        for wrong, code in ((encode_id(CATALOG["Deal"].tag, foreign), "NOT_FOUND"), (lead_id(mine), "BAD_ID")):
            await socket.send("subscribe", id="2", payload={"query": query, "variables": {"deal": wrong}})
            message = await socket.receive()
            assert (message["type"], message["payload"][0]["extensions"]["code"]) == ("error", code)


async def test_many_who_ask_the_same_share_a_feed_and_like_ones_a_statement(
    app: Starlette, port: str, db: Database, actor: Actor, workspace: UUID, leads: Leads
) -> None:
    users = [await db.run(actor, make.make_user) for _ in range(3)]
    query = many("Lead", "id title")
    filters = [*[{"owner": {"is": {"id": {"eq": encode_id(CATALOG["User"].tag, user)}}}} for user in users], {}, {}]
    async with connected(port, await key_for(db, workspace)) as socket:
        for i, where in enumerate(filters):
            await socket.follow(id=str(i), query=query, where=where, after=Place(0).cursor(workspace))
        for user in users:
            await leads.make(f"of {users.index(user)}", owner_id=user)
        heard = sorted([(m["id"], m["payload"]["data"]["leadsChanged"]["lead"]["title"]) for m in [await socket.receive() for _ in range(9)]])
        assert len(app.state.house.tails.feeds._feeds) == 4
    assert heard == sorted([(str(i), f"of {i}") for i in range(3)] + [(str(j), f"of {i}") for j in (3, 4) for i in range(3)])


async def test_what_a_role_hides_is_neither_named_nor_shown(port: str, db: Database, workspace: UUID, leads: Leads) -> None:
    grants = '{"*": {"verbs": ["read"], "rows": "all"}, "leads": {"verbs": ["read"], "rows": "all", "hide": ["email"]}}'
    sql = "UPDATE roles SET grants = $2::jsonb WHERE workspace_id = $1 AND code = 'SALES'"
    await db.run(Actor.system(workspace), lambda tx: tx.execute(sql, workspace, json.loads(grants)))
    _, token = await session_for(db, workspace, "SALES")
    id = await leads.make("A")
    async with connected(port, token) as socket:
        await socket.follow(query=many("Lead", "id email"), after=Place(0).cursor(workspace))
        await told(socket)
        await leads.note("lead.updated", "Lead", id, data={"changes": {"email": ["a", "b"], "title": ["a", "b"]}})
        change = await told(socket)
    assert (change["changed"], change["lead"]["email"]) == (["title"], None)


async def test_selections_that_only_the_executor_knows_are_answered_too(port: str, db: Database, workspace: UUID, leads: Leads) -> None:
    query = """subscription($after: String) {
      leadsChanged(after: $after) { again: kind ...on LeadChange { lead { activities(first: 1) { totalCount nodes { id } } ...F } } } }
      fragment F on Lead { title tasks { totalCountExact } }"""
    async with connected(port, await key_for(db, workspace)) as socket:
        await socket.follow(query=query, after=Place(0).cursor(workspace))
        await leads.make("A")
        async with asyncio.timeout(PATIENCE):
            change = await told(socket)
    assert change == {"again": "lead.created", "lead": {"activities": {"totalCount": 0, "nodes": []}, "title": "A", "tasks": {"totalCountExact": 0}}}
