"""`@idempotent(key:)` on a field of a mutation: once for each key, the first answer again, and refused where it would mean nothing."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import httpx
import pytest
import pytest_asyncio
from graphql import parse
from starlette.applications import Starlette

from api.schema import CORE
from api.validation import misfits
from leadwell.base.tx import Database
from tests.doors.serving import ask, asking, key_for

MAKE = "mutation($i: CreateLeadInput!, $key: String!) { createLead(input: $i) @idempotent(key: $key) { lead { id } replayed userErrors { code } } }"
TWO = """mutation($i: CreateLeadInput!, $key: String!) {
  a: createLead(input: $i) @idempotent(key: $key) { lead { id } replayed userErrors { code } }
  b: createLead(input: $i) @idempotent(key: $key) { lead { id } replayed userErrors { code } }
}"""


@pytest_asyncio.fixture
async def client(app: Starlette, db: Database, workspace: UUID) -> AsyncIterator[httpx.AsyncClient]:
    async with asking(app, await key_for(db, workspace)) as opened:
        yield opened


async def leads(client: httpx.AsyncClient) -> int:
    return int((await ask(client, "{ leads { totalCount } }"))["data"]["leads"]["totalCount"])


async def test_the_first_answer_again_and_other_content_is_refused(client: httpx.AsyncClient) -> None:
    async def made(name: str, key: str) -> dict[str, Any]:
        return (await ask(client, MAKE, i={"name": name, "email": f"{name}@twice.example"}, key=key))["data"]["createLead"]

    first, again, other = await made("ada", "k1"), await made("ada", "k1"), await made("joan", "k1")
    assert (first["replayed"], again["replayed"], again["lead"]) == (False, True, first["lead"])
    assert other == {"lead": None, "replayed": False, "userErrors": [{"code": "IDEMPOTENCY_MISMATCH"}]}
    assert (await made("joan", "k2"))["replayed"] is False
    assert await leads(client) == 2


async def test_fields_of_one_document_have_their_own_places_under_one_key(client: httpx.AsyncClient) -> None:
    given = {"i": {"name": "Ada", "email": "ada@both.example"}, "key": "k"}
    first = (await ask(client, TWO, **given))["data"]
    again = (await ask(client, TWO, **given))["data"]
    assert [first["a"]["replayed"], first["b"]["replayed"], again["a"]["replayed"], again["b"]["replayed"]] == [False, False, True, True]
    assert await leads(client) == 1


async def test_it_counts_before_the_header_and_after_the_input(client: httpx.AsyncClient) -> None:
    async def made(key: str, header: str, given: str | None = None) -> bool:
        told = {"idempotencyKey": given} if given else {}
        body = {"query": MAKE, "variables": {"i": {"name": "Ada", "email": "ada@order.example", **told}, "key": key}}
        answer = (await client.post("/graphql", json=body, headers={"idempotency-key": header})).json()
        return answer["data"]["createLead"]["replayed"]

    assert [await made("d", "h"), await made("d", "other"), await made("other", "h"), await made("x", "y", "d")] == [False, True, False, True]
    wrong = await ask(client, MAKE, i={"name": "x", "email": "x@order.example"}, key="")
    assert wrong["data"]["createLead"]["userErrors"] == [{"code": "BAD_IDEMPOTENCY_KEY"}]


@pytest.mark.parametrize(
    "text",
    [
        '{ leads @idempotent(key: "k") { totalCount } }',
        'mutation { tagLeads(input: {ids: [], tags: []}) { leads @idempotent(key: "k") { id } } }',
        'subscription { heartbeat @idempotent(key: "k") }',
        'mutation { ...F } fragment F on Mutation { createLead(input: {name: "x"}) @idempotent(key: "k") { replayed } }',
    ],
)
def test_it_is_refused_where_nobody_would_keep_it(text: str) -> None:
    assert "Directive '@idempotent' stands on root fields of a mutation, written in the operation itself." in [e.message for e in misfits(CORE, parse(text))]
