"""Documents named by hash or id, in the forms that clients really send, and installations that answer listed documents only."""

import hashlib
import json
import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
import pytest_asyncio
from starlette.applications import Starlette

from api.app import create_app
from api.documents import Documents
from api.persisted import Persisted, Reference, UnusableManifest, read_manifest
from api.schema import CORE
from leadwell.base.settings import MissingSetting, load_settings
from leadwell.base.tx import Database
from leadwell.cli.checks import documents as checked
from leadwell.embedded.servers import Servers
from tests.doors.serving import ask, asking, key_for, on_a_port, running, settings_for
from tests.doors.sockets import connected

LEADS = "query Leads($n: Int) { leads(first: $n) { totalCount } }"
TYPE = "query T { __typename }"
FOLLOW = "subscription Beat { heartbeat(count: 1) }"
WRITE = 'mutation W { createApiKey(input: {name: "x", scopes: []}) { id } }'
WRONG = "query Wrong { nope }"
STRICT = {"LEADWELL_ENVIRONMENT": "production", "LEADWELL_PUBLIC_URL": "https://leadwell.example"}
RESPONSE = "application/graphql-response+json"


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def apq(text: str, **more: Any) -> dict[str, Any]:
    """As Apollo Client and urql send it: first the hash alone."""
    return {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": sha256(text)}}, **more}


def error(answer: httpx.Response) -> tuple[str, str]:
    (found,) = answer.json()["errors"]
    return found["extensions"]["code"], found["message"]


@asynccontextmanager
async def started(migrated: Servers, **more: str) -> AsyncIterator[Starlette]:
    async with running(create_app(settings_for(migrated, **more))) as app:
        yield app


@pytest_asyncio.fixture
async def client(app: Starlette, db: Database, workspace: UUID) -> AsyncIterator[httpx.AsyncClient]:
    app.state.house.runner.persisted = Persisted()
    async with asking(app, await key_for(db, workspace)) as opened:
        yield opened


@pytest.mark.parametrize(("accept", "status"), [("application/json", 200), (RESPONSE, 400)])
async def test_apollo_and_urql_learn_that_a_hash_is_unknown_send_the_text_and_then_the_hash(client: httpx.AsyncClient, accept: str, status: int) -> None:
    sent = {"operationName": "Leads", "variables": {"n": 1}}
    client.headers["accept"] = accept
    unknown = await client.post("/graphql", json=apq(LEADS, **sent))
    assert (unknown.status_code, error(unknown)) == (status, ("PERSISTED_QUERY_NOT_FOUND", "PersistedQueryNotFound"))
    for body in (apq(LEADS, query=LEADS, **sent), apq(LEADS, **sent), apq(LEADS, query="", **sent), apq(LEADS, query=None, **sent)):
        assert (await client.post("/graphql", json=body)).json()["data"] == {"leads": {"totalCount": 0}}


async def test_hash_of_another_text_is_refused_and_not_remembered(client: httpx.AsyncClient) -> None:
    for body in (apq(LEADS, query=TYPE), {"documentId": "sha256:" + sha256(LEADS), "query": TYPE}):
        answer = await client.post("/graphql", json=body)
        assert (answer.status_code, error(answer)[0]) == (400, "BAD_REQUEST")
    assert error(await client.post("/graphql", json=apq(TYPE)))[0] == "PERSISTED_QUERY_NOT_FOUND"
    assert error(await client.post("/graphql", json=apq(LEADS)))[0] == "PERSISTED_QUERY_NOT_FOUND"


async def test_a_document_that_is_refused_is_not_remembered(client: httpx.AsyncClient) -> None:
    assert error(await client.post("/graphql", json=apq(WRONG, query=WRONG)))[0] == "GRAPHQL_VALIDATION_FAILED"
    assert error(await client.post("/graphql", json=apq(WRONG)))[0] == "PERSISTED_QUERY_NOT_FOUND"


@pytest.mark.parametrize(
    "body",
    [
        {"extensions": {"persistedQuery": {}}}, {"extensions": {"persistedQuery": []}}, {"extensions": {"persistedQuery": 1}},
        {"extensions": {"persistedQuery": {"version": 2, "sha256Hash": "0" * 64}}}, {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": "0"}}},
        {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": 5}}}, {"extensions": {"persistedQuery": {"version": 1}}, "query": TYPE},
        {"extensions": {}}, {"documentId": 5}, {"documentId": ""}, {"documentId": "x" * 201}, {"id": ["a"]}, {"doc_id": {}}, {"query": 5, "id": "a"},
    ],
)  # fmt: skip
async def test_malformed_reference_is_400(client: httpx.AsyncClient, body: dict[str, Any]) -> None:
    answer = await client.post("/graphql", json=body)
    assert (answer.status_code, error(answer)[0]) == (400, "BAD_REQUEST")


async def test_document_id_answers_what_was_learned_and_is_refused_with_its_name(client: httpx.AsyncClient) -> None:
    id = "sha256:" + sha256(TYPE)
    unknown = await client.post("/graphql", json={"documentId": id}, headers={"accept": RESPONSE})
    assert (unknown.status_code, *error(unknown)) == (400, "PERSISTED_DOCUMENT_NOT_FOUND", f"There is no document {sha256(TYPE)} here.")
    assert (await client.post("/graphql", json={"documentId": id, "query": TYPE})).json()["data"] == {"__typename": "Query"}
    assert (await client.post("/graphql", json={"documentId": id})).json()["data"] == {"__typename": "Query"}


async def test_get_takes_all_forms_and_no_mutations(client: httpx.AsyncClient) -> None:
    for text in (TYPE, WRITE):
        await client.post("/graphql", json=apq(text, query=text))
    automatic = {"extensions": json.dumps(apq(TYPE)["extensions"]), "variables": "{}", "operationName": "T"}
    forms: list[dict[str, str]] = [automatic, {"documentId": "sha256:" + sha256(TYPE)}, {"id": sha256(TYPE)}]
    for params in forms:
        answer = await client.get("/graphql", params=params, headers={"accept": "application/json, text/html;q=0.1"})
        assert answer.json()["data"] == {"__typename": "Query"}
    assert (await client.get("/graphql", params={"documentId": "sha256:" + sha256(WRITE)})).status_code == 405
    assert (await client.get("/graphql", headers={"accept": "text/html"})).status_code == 303


async def test_subscriptions_over_events_and_sockets_take_a_hash(client: httpx.AsyncClient, app: Starlette, db: Database, workspace: UUID) -> None:
    beat = '"data":{"heartbeat"'
    events = {"accept": "text/event-stream"}
    assert "PersistedQueryNotFound" in (await client.post("/graphql", json=apq(FOLLOW), headers=events)).text
    assert beat in (await client.post("/graphql", json=apq(FOLLOW, query=FOLLOW), headers=events)).text
    assert beat in (await client.post("/graphql", json=apq(FOLLOW), headers=events)).text
    app.state.house.runner.persisted = Persisted()
    async with on_a_port(app) as port, connected(port, await key_for(db, workspace)) as socket:
        await socket.send("subscribe", id="1", payload=apq(FOLLOW))
        assert (await socket.receive())["payload"][0]["extensions"]["code"] == "PERSISTED_QUERY_NOT_FOUND"
        for id, payload in enumerate((apq(FOLLOW, query=FOLLOW), apq(FOLLOW), {"documentId": "sha256:" + sha256(FOLLOW)}, {"id": sha256(FOLLOW)}), 2):
            await socket.send("subscribe", id=str(id), payload=payload)
            told = [await socket.receive() for _ in range(2)]
            assert [(t["id"], t["type"]) for t in told] == [(str(id), "next"), (str(id), "complete")]


def test_what_is_learned_is_bounded_by_number_and_length() -> None:
    persisted = Persisted()
    for i in range(3_000):
        text = f"query Q{i} {{ __typename }}" + " " * 1_500
        persisted.learn(Reference(sha256(text), hashed=True), text)
    assert len(persisted.learned) <= persisted.learned.most
    assert persisted.learned.size <= persisted.learned.most_size
    assert persisted.learned.evictions == 3_000 - len(persisted.learned)


FORMS: dict[str, Any] = {
    "relay": {md5(LEADS): LEADS, md5(TYPE): TYPE},
    "codegen": {"sha256:" + sha256(LEADS): LEADS, "sha256:" + sha256(TYPE): TYPE},
    "apollo": {
        "format": "apollo-persisted-query-manifest", "version": 1,
        "operations": [{"id": sha256(t), "name": n, "type": "query", "body": t} for n, t in (("Leads", LEADS), ("T", TYPE))],
    },
}  # fmt: skip


def manifest(path: Path, found: Any) -> str:
    path.write_text(json.dumps(found))
    return str(path)


@pytest.mark.parametrize("form", FORMS)
def test_manifests_of_all_three_tools_are_read(tmp_path: Path, form: str) -> None:
    found = read_manifest(manifest(tmp_path / "m.json", FORMS[form]))
    assert list(found.values()) == [LEADS, TYPE]
    for id in (*found, "sha256:" + sha256(LEADS)):
        persisted = Persisted(found)
        reference = Reference.read({"documentId": id})
        assert reference is not None
        assert persisted.text(reference) in (LEADS, TYPE)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (None, "it cannot be read: No such file or directory"), ("{", "it is no JSON"), ("[]", "it holds no documents by id"),
        ("{}", "it holds no documents by id"), ('{"a": 1}', "it holds no documents by id"), ('{"a": ""}', "it holds no documents by id"),
        ('{"format": "apollo-persisted-query-manifest"}', "it holds no documents by id"),
        ('{"format": "apollo-persisted-query-manifest", "operations": [{"id": "a"}]}', "it holds no documents by id"),
    ],
)  # fmt: skip
def test_unusable_manifest_is_refused_before_anything_starts(tmp_path: Path, migrated: Servers, text: str | None, why: str) -> None:
    path = tmp_path / "m.json"
    if text is not None:
        path.write_text(text)
    with pytest.raises(UnusableManifest) as refusal:
        create_app(settings_for(migrated, LEADWELL_DOCUMENTS=str(path)))
    assert refusal.value.message == f"LEADWELL_DOCUMENTS names {path}, and {why}."


def test_only_trusted_documents_without_any_is_refused() -> None:
    with pytest.raises(MissingSetting, match="LEADWELL_DOCUMENTS is not set"):
        load_settings({"LEADWELL_DOCUMENTS_ONLY": "everybody"}, None)


async def test_a_relay_client_sends_the_id_of_its_compiled_document(tmp_path: Path, migrated: Servers, db: Database, workspace: UUID) -> None:
    path = manifest(tmp_path / "persisted.json", FORMS["relay"])
    async with started(migrated, LEADWELL_DOCUMENTS=path) as app, asking(app, await key_for(db, workspace)) as client:
        for name in ("id", "doc_id"):
            answer = await client.post("/graphql", json={name: md5(LEADS), "variables": {"n": 5}})
            assert answer.json()["data"] == {"leads": {"totalCount": 0}}
        assert error(await client.post("/graphql", json={"id": md5(WRONG)}))[0] == "PERSISTED_DOCUMENT_NOT_FOUND"
        assert (await client.post("/graphql", json=apq(LEADS))).json()["data"] == {"leads": {"totalCount": 0}}


async def test_an_invalid_listed_document_is_told_at_start_and_the_others_run(
    tmp_path: Path, migrated: Servers, db: Database, workspace: UUID, caplog: pytest.LogCaptureFixture
) -> None:
    path = manifest(tmp_path / "m.json", {"bad": WRONG, "broken": "{", "good": TYPE})
    with caplog.at_level(logging.WARNING, "api.house"):
        async with started(migrated, LEADWELL_DOCUMENTS=path) as app, asking(app, await key_for(db, workspace)) as client:
            assert (await client.post("/graphql", json={"documentId": "good"})).json()["data"] == {"__typename": "Query"}
            assert error(await client.post("/graphql", json={"documentId": "bad"}))[0] == "GRAPHQL_VALIDATION_FAILED"
    assert [r.getMessage().partition(":")[0] for r in caplog.records if r.name == "api.house"] == [
        "trusted document bad cannot run", "trusted document broken cannot run",
    ]  # fmt: skip
    found = list(checked(settings_for(migrated, LEADWELL_DOCUMENTS=path)))
    assert [(c.status, c.message.partition(":")[0]) for c in found] == [
        ("warn", "Trusted document bad cannot run"), ("warn", "Trusted document broken cannot run"), ("ok", "1 trusted document(s) can run"),
    ]  # fmt: skip
    assert [c.status for c in checked(settings_for(migrated, LEADWELL_DOCUMENTS=str(tmp_path / "none")))] == ["fail"]
    assert list(checked(settings_for(migrated))) == []


@pytest.mark.parametrize(("only", "known", "stranger"), [("everybody", False, False), ("strangers", True, False), ("nobody", True, True)])
async def test_production_may_answer_listed_documents_only(
    tmp_path: Path, migrated: Servers, db: Database, workspace: UUID, only: str, known: bool, stranger: bool
) -> None:
    async with AsyncExitStack() as stack:
        path = manifest(tmp_path / "m.json", {md5(TYPE): TYPE})
        app = await stack.enter_async_context(started(migrated, **STRICT, LEADWELL_DOCUMENTS=path, LEADWELL_DOCUMENTS_ONLY=only))
        for token, may in ((await key_for(db, workspace), known), (None, stranger)):
            client = await stack.enter_async_context(asking(app, token))
            assert (await ask(client, TYPE))["data"] == {"__typename": "Query"}
            assert (await client.post("/graphql", json={"id": md5(TYPE)})).json()["data"] == {"__typename": "Query"}
            other = TYPE + " "
            for body in ({"query": other}, apq(other, query=other)):
                answer = await client.post("/graphql", json=body)
                assert (answer.status_code == 200) is may
                assert may or error(answer) == ("UNTRUSTED_DOCUMENT", "Only documents that this installation lists are answered.")
        assert len(app.state.house.runner.persisted.learned) == (known or stranger)


async def test_development_answers_every_document(tmp_path: Path, migrated: Servers, db: Database, workspace: UUID) -> None:
    path = manifest(tmp_path / "m.json", {md5(TYPE): TYPE})
    async with started(migrated, LEADWELL_DOCUMENTS=path, LEADWELL_DOCUMENTS_ONLY="everybody") as app, asking(app, await key_for(db, workspace)) as client:
        assert (await ask(client, LEADS))["data"] == {"leads": {"totalCount": 0}}


async def test_a_listed_document_may_be_longer_than_a_strangers(migrated: Servers, tmp_path: Path) -> None:
    long = "{ leads(where: {OR: [" + '{title: {eq: "x"}} ' * 200 + "]}) { totalCount } }"
    path = manifest(tmp_path / "m.json", {"long": long})
    async with started(migrated, LEADWELL_DOCUMENTS=path) as app, asking(app) as client:
        assert error(await client.post("/graphql", json={"id": "long"}))[0] == "UNAUTHENTICATED"
        assert error(await client.post("/graphql", json={"query": long + " "}))[0] == "QUERY_TOO_COMPLEX"


def test_listed_documents_are_ready_before_they_are_asked_for() -> None:
    documents = Documents(CORE)
    assert [id for id, _ in documents.wrong({"a": LEADS, "b": WRONG, "c": TYPE})] == ["b"]
    before = documents.texts.hits
    documents.get(LEADS)
    assert documents.texts.hits == before + 1
