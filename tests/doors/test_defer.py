"""`@defer`: an answer in parts for who takes them, one answer for everybody else, and the same data either way."""

import json
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import httpx
import pytest_asyncio
from starlette.applications import Starlette

from leadwell.base.tx import Database
from tests.doors.serving import ask, asking, key_for, on_a_port
from tests.doors.sockets import connected

PARTS = {"accept": "multipart/mixed;incrementalSpec=v0.2, application/json"}
MAKE = "mutation($i: CreateLeadInput!) { createLead(input: $i) { userErrors { code } } }"
CREATE = "mutation($i: CreateLeadInput!) { createLead(input: $i) { lead { id ... @defer(label: \"who\") { person { name } } } userErrors { code } } }"
NESTED = """query($later: Boolean = true) {
  viewer { name }
  ... @defer(if: $later, label: "list") { leads(first: 2, orderBy: [{createdAt: ASC}]) { totalCount nodes { id ...Rest @defer(label: "rest") } } }
}
fragment Rest on Lead { state person { name } }"""


@pytest_asyncio.fixture
async def client(app: Starlette, db: Database, workspace: UUID) -> AsyncIterator[httpx.AsyncClient]:
    async with asking(app, await key_for(db, workspace)) as opened:
        for name in ("Ada", "Grace"):
            await ask(opened, MAKE, i={"name": name, "email": f"{name}@parts.example"})
        yield opened


def read(answer: httpx.Response) -> list[dict[str, Any]]:
    """The parts of a body of multipart/mixed, whose boundary is one dash."""
    assert answer.headers["content-type"].startswith('multipart/mixed; boundary="-"')
    assert answer.text.endswith("\r\n-----\r\n")
    return [json.loads(part.partition("\r\n\r\n")[2]) for part in answer.text.removesuffix("\r\n-----\r\n").split("\r\n---\r\n")[1:]]


def joined(parts: list[dict[str, Any]]) -> Any:
    """What a client of graphql-js 17 makes of them, by id and subPath; `path` must say the same."""
    data, pending = parts[0]["data"], {}
    for part in parts:
        pending |= {one["id"]: one["path"] for one in part.get("pending", [])}
        for one in part.get("incremental", []):
            assert one["path"] == [*pending[one["id"]], *one.get("subPath", [])]
            place = data
            for step in one["path"]:
                place = place[step]
            place |= one["data"]
        for done in part.get("completed", []):
            del pending[done["id"]]
    assert pending == {}
    assert [part.get("extensions", {}).keys() for part in parts] == [set()] * (len(parts) - 1) + [{"cost"}]
    assert [part["hasNext"] for part in parts] == [True] * (len(parts) - 1) + [False]
    return data


async def test_parts_joined_are_what_one_answer_says(client: httpx.AsyncClient) -> None:
    whole = (await client.post("/graphql", json={"query": NESTED}, headers={"accept": "application/json"})).json()
    parts = read(await client.post("/graphql", json={"query": NESTED}, headers=PARTS))
    assert parts[0]["data"] == {"viewer": whole["data"]["viewer"]}
    assert {label for part in parts for one in part.get("incremental", []) if (label := one.get("label"))} == {"list", "rest"}
    assert joined(parts) == whole["data"]
    assert [node["person"]["name"] for node in whole["data"]["leads"]["nodes"]] == ["Ada", "Grace"]


async def test_nothing_deferred_is_one_plain_answer(client: httpx.AsyncClient) -> None:
    query = "query($later: Boolean!) { leads { totalCount ... @defer(if: $later) { nodes { state } } } }"
    answer = await client.post("/graphql", json={"query": query, "variables": {"later": False}}, headers=PARTS)
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    assert {"data": answer.json()["data"]} == {"data": {"leads": {"totalCount": 2, "nodes": [{"state": "OPEN"}] * 2}}}
    wrong = await client.post("/graphql", json={"query": NESTED, "variables": {"later": "soon"}}, headers=PARTS)
    assert (wrong.headers["content-type"], "data" in wrong.json()) == ("application/json; charset=utf-8", False)


async def test_events_and_sockets_have_no_parts_and_answer_as_a_whole(app: Starlette, client: httpx.AsyncClient, db: Database, workspace: UUID) -> None:
    """The directive lets a server answer at once; a stream of answers has no form for parts that its clients agree on."""
    whole = (await client.post("/graphql", json={"query": NESTED}, headers={"accept": "application/json"})).json()
    events = await client.post("/graphql", json={"query": NESTED}, headers={"accept": "text/event-stream"})
    kind, data, *rest = events.text.split("\n")
    assert (kind, json.loads(data.removeprefix("data: "))["data"], rest) == ("event: next", whole["data"], ["", "event: complete", "data:", "", ""])
    async with on_a_port(app) as port, connected(port, await key_for(db, workspace)) as socket:
        await socket.send("subscribe", id="1", payload={"query": NESTED})
        answer, complete = await socket.receive(), await socket.receive()
    assert (answer["payload"]["data"], "hasNext" in answer["payload"], complete) == (whole["data"], False, {"type": "complete", "id": "1"})


async def test_a_mutation_answers_at_once_and_tells_the_rest_later(client: httpx.AsyncClient) -> None:
    parts = read(await client.post("/graphql", json={"query": CREATE, "variables": {"i": {"name": "Joan", "email": "joan@parts.example"}}}, headers=PARTS))
    assert "person" not in parts[0]["data"]["createLead"]["lead"]
    assert joined(parts)["createLead"]["lead"]["person"] == {"name": "Joan"}


async def test_an_error_of_a_part_is_told_with_it_and_the_rest_arrives(client: httpx.AsyncClient) -> None:
    query = '{ viewer { name } ... @defer { bad: lead(id: "nonsense") { id } } ... @defer { leads { totalCount } } }'
    parts = read(await client.post("/graphql", json={"query": query}, headers=PARTS))
    told = [error["extensions"]["code"] for part in parts for one in part.get("incremental", []) + part.get("completed", []) for error in one.get("errors", [])]
    assert told == ["BAD_ID"]
    assert joined(parts)["leads"] == {"totalCount": 2}


async def test_what_the_specification_forbids_is_refused(client: httpx.AsyncClient) -> None:
    for query in (
        "mutation { ... @defer { createLead(input: {name: \"x\"}) { userErrors { code } } } }",
        "subscription { ... @defer { heartbeat } }",
        "{ leads { ... @defer(label: \"a\") { totalCount } ... @defer(label: \"a\") { totalCount } } }",
        "{ leads { nodes @stream { id } } }",
    ):
        answer = await client.post("/graphql", json={"query": query}, headers=PARTS)
        assert answer.json()["errors"][0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED", query
