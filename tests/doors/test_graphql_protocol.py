"""What /graphql takes and gives: media types, limits, bad input, masked errors, idempotency."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest
import pytest_asyncio
from graphql import build_schema, parse, validate
from starlette.applications import Starlette

from api.http.graphiql import STATIC
from api.schema import SCHEMA, sdl
from leadwell.access import keys
from leadwell.base.ids import encode_id, uuid7
from leadwell.base.tx import Database
from tests.doors.serving import ask, asking, key_for

JSON = {"content-type": "application/json"}


@pytest_asyncio.fixture
async def client(app: Starlette, db: Database, workspace: UUID) -> AsyncIterator[httpx.AsyncClient]:
    async with asking(app, await key_for(db, workspace)) as opened:
        yield opened


def code(answer: httpx.Response) -> str:
    body = answer.json()
    return (body["errors"][0]["extensions"] if "errors" in body else body["error"])["code"]


@pytest.mark.parametrize(
    ("accept", "given", "status"),
    [
        (None, "application/json", 200),
        ("*/*", "application/json", 200),
        ("application/json", "application/json", 200),
        ("application/graphql-response+json", "application/graphql-response+json", 400),
        ("application/graphql-response+json, application/json;q=0.9", "application/graphql-response+json", 400),
        ("text/event-stream, application/json;q=0.5", "application/json", 200),
        ("text/html", "application/json", 406),
    ],
)
async def test_media_type_and_status_of_an_invalid_document(client: httpx.AsyncClient, accept: str | None, given: str, status: int) -> None:
    client.headers.pop("accept")
    answer = await client.post("/graphql", json={"query": "{ nope }"}, headers={"accept": accept} if accept else {})
    assert (answer.headers["content-type"], answer.status_code) == (f"{given}; charset=utf-8", status)
    assert "data" not in answer.json()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"null",
        b'"x"',
        b"[]",
        b'[{"query": "{ __typename }"}]',
        b"{}",
        b'{"query": 1}',
        b'{"query": ""}',
        b'{"query": "{ __typename }", "variables": []}',
        b'{"query": "{ __typename }", "operationName": 1}',
        b'{"query": "{ __typename }", "extensions": "x"}',
        b'\xff\xfe{"query": "{ __typename }"}',
        b'{"query": "{ __typename }", "variables": {"a": "\\u0000"}}',
        b'{"query": "{ __typename }", "variables": {"a": "\\ud800"}}',
        b'{"query": "{ __typename }", "variables": {"a": ' + b"[" * 5000 + b"]" * 5000 + b"}}",
        b'{"query": "{ __typename }", "variables": {"a": ' + b"[" * 200 + b"]" * 200 + b"}}",
        b'{"query": "query A { __typename } query B { __typename }"}',
        b'{"query": "query A { __typename }", "operationName": "B"}',
        b'{"query": "{ node(id: \\"\\\\u0000\\") { id } }"}',
    ],
)
async def test_malformed_request_is_400_and_says_why(client: httpx.AsyncClient, body: bytes) -> None:
    answer = await client.post("/graphql", content=body, headers=JSON | {"accept": "application/graphql-response+json"})
    assert (answer.status_code, code(answer)) == (400, "BAD_REQUEST")
    assert answer.json()["errors"][0]["message"].startswith("The request cannot be read: ")


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "application/json; charset=latin-1", ""])
async def test_other_content_is_415(client: httpx.AsyncClient, kind: str) -> None:
    answer = await client.post("/graphql", content=b'{"query": "{ __typename }"}', headers={"content-type": kind})
    assert (answer.status_code, code(answer)) == (415, "UNSUPPORTED_MEDIA")


@pytest.mark.parametrize("announced", [True, False])
async def test_body_above_a_mebibyte_is_413_before_it_is_read(client: httpx.AsyncClient, announced: bool) -> None:
    sent = 0

    async def drip() -> AsyncIterator[bytes]:
        nonlocal sent
        for _ in range(64):
            sent += 65536
            yield b" " * 65536

    headers = JSON | ({"content-length": str(64 * 65536)} if announced else {})
    answer = await client.post("/graphql", content=drip(), headers=headers)
    assert (answer.status_code, code(answer)) == (413, "BODY_TOO_LARGE")
    assert sent <= (65536 if announced else 18 * 65536)


async def test_get_answers_queries_and_refuses_mutations(client: httpx.AsyncClient) -> None:
    query = await client.get("/graphql", params={"query": "query($a: Boolean!) { __typename @include(if: $a) }", "variables": '{"a": true}'})
    mutation = await client.get("/graphql", params={"query": 'mutation { createApiKey(input: {name: "x", scopes: []}) { id } }'})
    assert query.json()["data"] == {"__typename": "Query"}
    assert (mutation.status_code, mutation.headers["allow"]) == (405, "POST")


async def test_slash_at_the_end_is_no_redirect(client: httpx.AsyncClient) -> None:
    assert (await client.post("/graphql/", json={"query": "{ __typename }"})).status_code == 200


def bomb(levels: int) -> str:
    chain = " ".join(f"fragment f{i} on Query {{ ...f{i + 1} ...f{i + 1} }}" for i in range(levels))
    return f"{{ ...f0 }} {chain} fragment f{levels} on Query {{ __typename }}"


@pytest.mark.parametrize(
    ("document", "what"),
    [
        (bomb(25), "root fields"),
        ("{ " + " ".join(f"a{i}: __typename" for i in range(1000)) + " }", "aliases"),
        ("{ __typename " + "@no " * 2000 + "}", "directives"),
        ("{ " + "__typename " * 4_000 + "}", "root fields"),
        ("{ " + "__typename " * 5_001 + "}", "tokens"),
        ("{ " + "... on Query { " * 600 + "__typename" + " }" * 600 + " }", ""),
        ("{ a" * 800 + " }" * 800, ""),
        ("{ " + "node(id: 1) { ... on Lead { person { leads { nodes { " * 4 + "id" + " } } } } }" * 4 + " }", "levels deep"),
        ("{ leads(first: 200) { nodes { activities(first: 200) { nodes { id } } } people: activities { nodes { leads(first: 200) { nodes { id } } } } } }", ""),
        ("query($n: Int = 200) { leads(first: $n) { nodes { company { leads(first: $n) { nodes { activities(first: $n) { nodes { id } } } } } } } }", "rows"),
    ],
)
async def test_too_complex_document_is_refused_quickly(client: httpx.AsyncClient, document: str, what: str) -> None:
    started = time.process_time()
    answer = await client.post("/graphql", json={"query": document})
    spent = time.process_time() - started
    (error, *_) = answer.json()["errors"]
    assert error["extensions"]["code"] in ("QUERY_TOO_COMPLEX", *(() if what else ("GRAPHQL_PARSE_FAILED", "GRAPHQL_VALIDATION_FAILED")))
    assert what in error["message"]
    assert spent < 5, "it grew out of bounds; the milliseconds it takes are measured in bench/guarding.py"


async def test_limits_leave_introspection_and_our_examples_alone(client: httpx.AsyncClient) -> None:
    from graphql import get_introspection_query

    assert "errors" not in await ask(client, get_introspection_query(input_value_deprecation=True, specified_by_url=True))


async def test_saved_examples_are_valid() -> None:
    examples = json.loads((STATIC / "graphiql" / "examples.json").read_text())
    schema = build_schema(sdl())
    assert {e["name"]: [x.message for x in validate(schema, parse(e["query"]))] for e in examples} == {e["name"]: [] for e in examples}


async def test_stranger_has_a_thousand_tokens(app: Starlette) -> None:
    async with asking(app) as client:
        answer = await client.post("/graphql", json={"query": "{ " + "__typename " * 1001 + "}"})
    assert answer.json()["errors"][0]["extensions"]["params"]["limit"] == 1000


async def test_request_that_takes_too_long_is_ended(app: Starlette, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    async def stuck(*_: object) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(SCHEMA._schema.query_type.fields["viewer"], "resolve", stuck)
    monkeypatch.setattr(app.state.house.runner, "seconds", 0.05)
    answer = await client.post("/graphql", json={"query": "{ viewer { name } }"})
    assert (answer.status_code, code(answer), answer.json()["errors"][0]["extensions"]["retryable"]) == (503, "TIMED_OUT", True)


async def test_answer_does_not_wait_for_a_statement_that_runs_too_long(
    app: Starlette, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch,
) -> None:
    ended: list[bool] = []

    async def slow(_: object, info: Any) -> None:
        async def statement(keys: list[Any]) -> dict[Any, Any]:
            async with info.context.lock:
                ended.append(bool(await (await info.context.reader()).value("SELECT pg_sleep(1) IS NOT NULL")))
            return {}

        await info.context.batches.load("slow", 1, statement)

    monkeypatch.setattr(SCHEMA._schema.query_type.fields["viewer"], "resolve", slow)
    monkeypatch.setattr(app.state.house.runner, "seconds", 0.05)
    answer = await client.post("/graphql", json={"query": "{ viewer { name } }"})
    assert (code(answer), ended) == ("TIMED_OUT", [])
    monkeypatch.undo()
    assert "errors" not in await ask(client, "{ leads { nodes { id } } }")


async def test_our_own_fault_is_masked_behind_the_request_id(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(*_: object) -> None:
        raise RuntimeError("secret of the house")

    monkeypatch.setattr(SCHEMA._schema.query_type.fields["viewer"], "resolve", broken)
    answer = await client.post("/graphql", json={"query": "{ viewer { name } }"}, headers={"x-request-id": "my-request-1"})
    (error,) = answer.json()["errors"]
    assert (error["message"], error["extensions"]) == (
        "Something went wrong on our side.",
        {"code": "INTERNAL", "requestId": "my-request-1", "retryable": False},
    )
    assert "secret" not in answer.text
    assert answer.headers["x-request-id"] == "my-request-1"
    assert "my-request-1" in caplog.text


@pytest.mark.parametrize(
    ("fault", "code_", "status"),
    [
        (RuntimeError("secret of the house"), "INTERNAL", 500),
        (asyncpg.QueryCanceledError("secret"), "TIMED_OUT", 503), (ConnectionResetError("secret"), "UNAVAILABLE", 503)],
    ids=["ours", "statement-timeout", "lost"],
)
async def test_a_compiled_read_that_fails_says_so_like_any_other(
    client: httpx.AsyncClient, app: Starlette, monkeypatch: pytest.MonkeyPatch, fault: Exception, code_: str, status: int
) -> None:
    def broken(*_: object) -> None:
        raise fault

    monkeypatch.setattr(app.state.house.runner.reads.plans, "bind", broken)
    answer = await client.post("/graphql", json={"query": "{ leads { nodes { id } } }"})
    assert (answer.status_code, code(answer)) == (status, code_)
    assert "secret" not in answer.text
    monkeypatch.undo()
    assert "errors" not in await ask(client, "{ leads { nodes { id } } }")


async def test_fault_of_a_door_is_masked_too(app: Starlette, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app.state.house.kit.db, "control", lambda *_: 1 / 0)
    async with asking(app) as client:
        answer = await client.post("/auth/sign-in", json={"email": "a@b.example", "password": "x"})
    assert (answer.status_code, code(answer)) == (500, "INTERNAL")
    assert "division" not in answer.text


async def test_caller_errors_keep_their_words(client: httpx.AsyncClient) -> None:
    parse_error, bad_id, variables = [
        (await client.post("/graphql", json=body, headers={"accept": "application/graphql-response+json"}))
        for body in (
            {"query": "{"},
            {"query": '{ lead(id: "nonsense") { id } }'},
            {"query": "query($n: Int!) { leads(first: $n) { nodes { id } } }", "variables": {"n": "x"}},
        )
    ]
    assert (parse_error.status_code, code(parse_error)) == (400, "GRAPHQL_PARSE_FAILED")
    assert (bad_id.status_code, code(bad_id)) == (200, "BAD_ID")
    assert (variables.status_code, code(variables)) == (400, "BAD_USER_INPUT")
    assert "Int" in variables.json()["errors"][0]["message"]


async def test_foreign_and_unknown_address_answer_alike(client: httpx.AsyncClient) -> None:
    for path, status in (("/nope", 404), ("/auth/sign-out/x", 404), ("/static/../app.py", 404), ("/static/graphiql/assets/none.js", 404)):
        answer = await client.get(path)
        assert (answer.status_code, code(answer)) == (status, "NOT_FOUND")
    assert (await client.get("/auth/sign-out")).status_code == 405


async def test_answer_holds_what_the_query_of_the_payload_asks(client: httpx.AsyncClient) -> None:
    body = await ask(
        client,
        'mutation { createUser(input: {name: "Ben", email: "ben@example.com"}) { user { name } userErrors { code } query { users { nodes { name } } } } }',
    )
    assert body["data"]["createUser"] == {"user": {"name": "Ben"}, "userErrors": [], "query": {"users": {"nodes": [{"name": "Ben"}]}}}


async def test_id_of_another_noun_or_workspace_is_not_found(client: httpx.AsyncClient, db: Database, other_workspace: UUID) -> None:
    foreign = (await keys.create_key(db, other_workspace, "Theirs")).record.id
    told = [
        (await ask(client, "mutation($id: ID!) { revokeApiKey(input: {id: $id}) { id userErrors { code } } }", id=id))["data"]["revokeApiKey"]
        for id in (encode_id(201, foreign), encode_id(201, uuid7()), encode_id(2, uuid7()), "x")
    ]
    assert [t["userErrors"][0]["code"] for t in told] == ["NOT_FOUND", "NOT_FOUND", "BAD_ID", "BAD_ID"]
    assert [t["id"] for t in told] == [None] * 4
    assert [k.revoked_at for k in await keys.list_keys(db, other_workspace)] == [None]


def test_schema_text_is_stable() -> None:
    assert sdl() == SCHEMA.as_str() + "\n"
    assert build_schema(sdl()).query_type is not None


async def test_an_answer_names_the_deprecated_parts_that_its_document_uses(app: Starlette, client: httpx.AsyncClient) -> None:
    documents = app.state.house.runner.documents
    documents.leaving = {"Lead.score", "LeadWhere.title"}
    variables, query = {"w": {"AND": [{"title": {"eq": "x"}}]}}, "query Inside($w: LeadWhere) { leads(where: $w) { totalCount } }"
    try:
        used, other = [await client.post("/graphql", json={"query": f"query Leaving {{ leads {{ nodes {{ {name} }} }} }}"}) for name in ("score", "version")]
        inside, without = [await client.post("/graphql", json={"query": query, "variables": given}) for given in (variables, {"w": {}})]
    finally:
        documents.leaving = {}
    assert used.headers["x-leadwell-deprecated"] == "Lead.score"
    assert [answer.headers.get("x-leadwell-deprecated") for answer in (other, inside, without)] == [None, "LeadWhere.title", None]
    metrics = (await client.get("/metrics")).text
    assert [line for line in metrics.splitlines() if line.startswith('leadwell_deprecated_uses_total{coordinate="Lead.score",credential="KEY:')] != []
