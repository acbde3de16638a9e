"""Idempotency keys: one effect, the first answer again, other content refused."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import httpx
import pytest
import pytest_asyncio
from starlette.applications import Starlette

from leadwell.access import keys
from leadwell.base.tx import Database
from tests.doors.serving import ask, asking, key_for

CREATE_KEY = "mutation($i: CreateApiKeyInput!) { createApiKey(input: $i) { id secret replayed userErrors { code field } } }"


@pytest_asyncio.fixture
async def client(app: Starlette, db: Database, workspace: UUID) -> AsyncIterator[httpx.AsyncClient]:
    async with asking(app, await key_for(db, workspace)) as opened:
        yield opened


async def test_repeat_under_a_key_answers_the_first_result_and_never_the_secret(client: httpx.AsyncClient, db: Database, workspace: UUID) -> None:
    asked = {"name": "Partner", "scopes": ["leads:read"], "idempotencyKey": "k-1"}
    first, again = [(await ask(client, CREATE_KEY, i=asked))["data"]["createApiKey"] for _ in range(2)]
    assert first["secret"].startswith("lw_live_")
    assert again == first | {"secret": None, "replayed": True}
    assert [k.name for k in await keys.list_keys(db, workspace)] == ["Partner", "Test"]


async def test_other_content_under_a_key_is_refused(client: httpx.AsyncClient, db: Database, workspace: UUID) -> None:
    await ask(client, CREATE_KEY, i={"name": "Partner", "scopes": ["leads:read"], "idempotencyKey": "k-1"})
    other = await ask(client, CREATE_KEY, i={"name": "Partner", "scopes": ["*"], "idempotencyKey": "k-1"})
    assert other["data"]["createApiKey"]["userErrors"] == [{"code": "IDEMPOTENCY_MISMATCH", "field": ["idempotencyKey"]}]
    assert len(await keys.list_keys(db, workspace)) == 2


async def test_header_covers_several_fields_as_key_and_path(client: httpx.AsyncClient, db: Database, workspace: UUID) -> None:
    document = (
        'mutation { a: createApiKey(input: {name: "A", scopes: ["*"]}) { id replayed } b: createApiKey(input: {name: "B", scopes: ["*"]}) { id replayed } }'
    )
    first, again = [(await ask(client, document, {"idempotency-key": "k-2"}))["data"] for _ in range(2)]
    assert first["a"]["id"] != first["b"]["id"]
    assert again == {name: {"id": first[name]["id"], "replayed": True} for name in ("a", "b")}
    assert len(await keys.list_keys(db, workspace)) == 3


async def test_twenty_twins_at_once_do_it_once(client: httpx.AsyncClient, db: Database, workspace: UUID) -> None:
    asked = {"name": "Twin", "scopes": ["*"], "idempotencyKey": "k-3"}
    answers = [a["data"]["createApiKey"] for a in await asyncio.gather(*(ask(client, CREATE_KEY, i=asked) for _ in range(20)))]
    assert len({a["id"] for a in answers}) == 1
    assert sorted(a["replayed"] for a in answers) == [False] + [True] * 19
    assert len(await keys.list_keys(db, workspace)) == 2


async def test_refused_mutation_keeps_no_key(client: httpx.AsyncClient) -> None:
    asked: dict[str, Any] = {"name": "Partner", "scopes": ["nonsense"], "idempotencyKey": "k-4"}
    assert (await ask(client, CREATE_KEY, i=asked))["data"]["createApiKey"]["userErrors"][0]["code"] == "BAD_SCOPE"
    assert (await ask(client, CREATE_KEY, i=asked | {"scopes": ["*"]}))["data"]["createApiKey"]["userErrors"] == []


async def test_key_of_another_credential_is_another_key(app: Starlette, client: httpx.AsyncClient, db: Database, workspace: UUID) -> None:
    asked = {"name": "Partner", "scopes": ["*"], "idempotencyKey": "k-5"}
    mine = (await ask(client, CREATE_KEY, i=asked))["data"]["createApiKey"]
    async with asking(app, await key_for(db, workspace)) as other:
        theirs = (await ask(other, CREATE_KEY, i=asked))["data"]["createApiKey"]
    assert mine["id"] != theirs["id"]
    assert theirs["replayed"] is False


@pytest.mark.parametrize("key", ["", "x" * 256, "ключ", "a\nb"])
async def test_malformed_key_is_refused(client: httpx.AsyncClient, db: Database, workspace: UUID, key: str) -> None:
    answer = await ask(client, CREATE_KEY, i={"name": "x", "scopes": ["*"], "idempotencyKey": key})
    assert answer["data"]["createApiKey"]["userErrors"][0]["code"] == "BAD_IDEMPOTENCY_KEY"
    assert len(await keys.list_keys(db, workspace)) == 1
