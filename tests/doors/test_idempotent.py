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
from leadwell.base.actor import Actor
from leadwell.base.tx import Database
from tests import sweep
from tests.doors.serving import PASSWORD, ask, asking, key_for, session_for

MAKE = "mutation($i: CreateLeadInput!, $key: String!) { createLead(input: $i) @idempotent(key: $key) { lead { id } replayed userErrors { code } } }"
TWO = """mutation($i: CreateLeadInput!, $key: String!) {
  a: createLead(input: $i) @idempotent(key: $key) { lead { id } replayed userErrors { code } }
  b: createLead(input: $i) @idempotent(key: $key) { lead { id } replayed userErrors { code } }
}"""


@pytest_asyncio.fixture
async def client(app: Starlette, db: Database, workspace: UUID) -> AsyncIterator[httpx.AsyncClient]:
    async with asking(app, await key_for(db, workspace)) as opened:
        yield opened


# These make nothing that a repeat would make twice.
ASKED_ANEW = {
    "previewChangeSet": "changes nothing", "previewPublish": "changes nothing", "testSender": "tells what a mail server says now",
    "changePassword": "a second one is refused, for all sessions have ended; nothing is kept to compare a password with",
}  # fmt: skip


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


def test_every_mutation_takes_a_key_in_its_input_but_those_that_make_nothing() -> None:
    """That the key is looked at shows `test_lengths`, which has each of them refused where it is too long."""
    without = {name for name, field in sweep.mutation_fields().items() if "idempotencyKey" not in sweep.named(field.args["input"].type).fields}
    assert without == ASKED_ANEW.keys()


async def test_a_secret_is_turned_once_for_a_key_and_told_once(client: httpx.AsyncClient) -> None:
    input = '{name: "E", url: "https://e.example/h", eventKinds: ["lead.*"]}'
    made = await ask(client, f"mutation {{ createWebhookEndpoint(input: {input}) {{ webhookEndpoint {{ id }} }} }}")
    id = made["data"]["createWebhookEndpoint"]["webhookEndpoint"]["id"]
    turn = "mutation($i: RotateWebhookSecretInput!) { rotateWebhookSecret(input: $i) { secret replayed webhookEndpoint { version } userErrors { code } } }"
    first, again, other = [
        (await ask(client, turn, i={"id": id, "keepHours": hours, "idempotencyKey": "turn"}))["data"]["rotateWebhookSecret"] for hours in (24, 24, 0)]
    assert first["secret"].startswith("whsec_")
    assert again == {"secret": None, "replayed": True, "webhookEndpoint": first["webhookEndpoint"], "userErrors": []}
    assert other["userErrors"] == [{"code": "IDEMPOTENCY_MISMATCH"}]


async def test_a_password_is_changed_anew_whatever_key_the_header_has(app: Starlette, db: Database, workspace: UUID) -> None:
    """It ends every session, so that a repeat is somebody else: what was answered before must not be told to it."""
    change = "mutation($i: ChangePasswordInput!) { changePassword(input: $i) { user { id } userErrors { code } } }"
    _, token = await session_for(db, workspace)
    async with asking(app, token, **{"idempotency-key": "same"}) as user:
        first = await ask(user, change, i={"current": "wrong", "password": "a new pass phrase"})
        second = await ask(user, change, i={"current": PASSWORD, "password": "a new pass phrase"})
    assert first["data"]["changePassword"]["userErrors"] == [{"code": "WRONG_PASSWORD"}]
    assert (second["data"]["changePassword"]["user"] is not None, second["data"]["changePassword"]["userErrors"]) == (True, [])
    async with db.read(Actor.system(workspace)) as tx:
        assert await tx.value("SELECT count(*) FROM idempotency i WHERE i.workspace_id = $1", tx.workspace) == 0
