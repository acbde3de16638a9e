"""Two workspaces that never see each other: through every argument of the schema, and in the database when the application forgets to filter."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest
import pytest_asyncio

from api.app import create_app
from api.execution import Runner
from leadwell import workspaces
from leadwell.access import keys
from leadwell.base.actor import Actor
from leadwell.base.ids import encode_id, uuid7
from leadwell.base.tx import Database, Tx
from leadwell.catalog import CATALOG
from leadwell.embedded.servers import Servers
from models.migrations import TENANT_TABLES
from tests import sweep
from tests.doors.serving import asking, running, settings_for
from tests.filling import Still, fill, ids_in

API_KEY, NOTIFICATION = 201, 202
MARK = "FOREIGN"
ORDINARY = {"x-leadwell-reads": "ordinary"}
COUNTED = {
    "replayJobs(input.ids: Job)", "cancelJobs(input.ids: Job)", "enroll(input.personIds: Person)", "markNotificationsRead(input.ids: Notification)",
}  # answer how many, or who not


@dataclass(slots=True)
class Two:
    """Two filled workspaces; `own` asks, the other one must never be seen or touched."""

    own: UUID
    other: UUID
    client: httpx.AsyncClient
    db: Database
    records: dict[str, str]
    foreign: dict[str, str]
    foreign_ids: set[UUID]
    keys: list[str]
    runner: Runner
    still: Still

    async def ask(self, query: str, variables: dict[str, Any]) -> Any:
        """The answer; to a query it must be the same by one statement and by the ordinary executor."""
        body = await self.answered(query, variables)
        if query.startswith("query"):
            ordinary = await self.answered(query, variables, ORDINARY)
            assert ordinary["extensions"]["reads"]["left"]
            assert sweep.told({**ordinary, "extensions": 0}) == sweep.told({**body, "extensions": 0}), (query, variables)
        return body

    async def answered(self, query: str, variables: dict[str, Any], headers: dict[str, str] | None = None) -> Any:
        answer = await self.client.post("/graphql", json={"query": query, "variables": variables}, headers=headers)
        body = answer.json()
        assert answer.status_code < 500, body
        assert '"INTERNAL"' not in answer.text, (query, variables, body)
        assert not sweep.uuids_in(json.dumps(sweep.told(body))) & self.foreign_ids, (query, variables, body)
        return body


def opaque(rows: dict[str, dict[str, Any]], key: UUID) -> dict[str, str]:
    """An id of each noun, as the API shows it."""
    found = {noun.name: encode_id(noun.tag, rows[noun.table]["id"]) for noun in CATALOG}
    return {**found, "Job": str(rows["work"]["id"]), "ApiKey": encode_id(API_KEY, key),
            "Notification": encode_id(NOTIFICATION, rows["notifications"]["id"])}


@pytest_asyncio.fixture(scope="module")
async def two(migrated: Servers, db: Database) -> AsyncIterator[Two]:
    made: list[tuple[UUID, dict[str, str]]] = []
    texts: list[str] = []
    for mark in ("OWN", MARK):
        workspace = await workspaces.create(db, uuid7().hex, mark, epoch="test")
        rows = await db.run(Actor.system(workspace), lambda tx, mark=mark: fill(tx, mark))
        key = await keys.create_key(db, workspace, mark)
        made.append((workspace, opaque(rows, key.record.id)))
        texts.append(key.text)
    (own, records), (other, foreign) = made
    async with db.read(Actor.system(other)) as tx:
        ids = await ids_in(tx)
    async with running(create_app(settings_for(migrated))) as app, asking(app, texts[0]) as client:
        yield Two(own, other, client, db, records, foreign, ids | {other}, texts, app.state.house.runner, await Still.of(db, other))


def random_like(two: Two, noun: str) -> str:
    if noun == "Job":
        return str(uuid7())
    return encode_id({"ApiKey": API_KEY, "Notification": NOTIFICATION}.get(noun) or CATALOG[noun].tag, uuid7())


def rooted(fields: dict[str, Any]) -> list[sweep.Place]:
    return [place for name, field in fields.items() for place in sweep.places(name, field)]


QUERIES, MUTATIONS = rooted(sweep.query_fields()), rooted(sweep.mutation_fields())


@pytest.mark.parametrize("place", QUERIES, ids=str)
async def test_foreign_id_in_a_query_finds_what_an_unknown_id_finds(two: Two, place: sweep.Place) -> None:
    field = sweep.query_fields()[place.root]
    nouns = [n.name for n in CATALOG] if place.root in ("node", "nodes") else [place.noun]
    for noun in nouns:
        answers = []
        for id in (random_like(two, noun), two.foreign[noun]):
            arguments = sweep.Inputs(two.records).arguments(place.root, field, place.path, id)
            answers.append(sweep.told(await two.ask(sweep.document("query", place.root, field, arguments), arguments)))
        assert answers[0] == answers[1], noun
        assert not any((answers[1].get("data") or {}).values()) or answers[1]["data"] == {"nodes": [None]} or sweep.refused(answers[1])


@pytest.mark.parametrize("place", MUTATIONS, ids=str)
async def test_foreign_id_in_a_mutation_is_refused_like_an_unknown_one(two: Two, place: sweep.Place) -> None:
    field = sweep.mutation_fields()[place.root]
    answers = []
    for id in (random_like(two, place.noun), two.foreign[place.noun]):
        arguments = sweep.Inputs(two.records, uuid7().hex).arguments(place.root, field, place.path, id)
        answers.append(sweep.told(await two.ask(sweep.document("mutation", place.root, field, arguments), arguments)))
    assert await two.still.changed() == set()
    assert answers[0] == answers[1]
    assert sweep.refused(answers[1]) or str(place) in COUNTED, answers[1]


@pytest.mark.parametrize("noun", [n.name for n in CATALOG])
async def test_foreign_id_in_a_filter_matches_nothing(two: Two, noun: str) -> None:
    root = CATALOG[noun].plural
    field = sweep.query_fields()[root]
    for path in sweep.where_paths(noun):
        id = two.foreign[sweep.target_of(noun, path)]
        for test in ({"eq": id}, {"in": [id]}):
            where = {"AND": [{"OR": [sweep.filter_of(path, test)]}]}
            body = await two.ask(f"query ($where: {noun}Where) {{ {root}(where: $where) {{ totalCount nodes {{ id }} }} }}", {"where": where})
            assert body["data"][root] == {"totalCount": 0, "nodes": []}, (path, test)
        where = {"NOT": sweep.filter_of(path, {"eq": id})}
        body = await two.ask(sweep.document("query", root, field, {"where": where}, 2), {"where": where})
        assert "errors" not in body, body


@pytest.mark.parametrize("noun", [n.name for n in CATALOG])
async def test_whole_record_with_everything_around_it_shows_nothing_foreign(two: Two, noun: str) -> None:
    """`ask` looks for ids of the other workspace in every answer; here also for its words."""
    for root, arguments in ((CATALOG[noun].singular, {"id": two.records[noun]}), (CATALOG[noun].plural, {"first": 50})):
        field = sweep.query_fields()[root]
        body = await two.ask(sweep.document("query", root, field, arguments), arguments)
        assert body["data"][root] is not None, body
        assert MARK not in json.dumps(body)


@pytest.mark.parametrize("noun", [n.name for n in CATALOG])
async def test_a_plan_made_for_one_workspace_shows_nothing_of_it_to_another(two: Two, noun: str) -> None:
    """The other workspace asks first; the same document then comes from ours, and is answered by the plan that is remembered."""
    plural, singular = CATALOG[noun].plural, CATALOG[noun].singular
    for root, own, foreign in ((singular, {"id": two.records[noun]}, {"id": two.foreign[noun]}), (plural, {"first": 50}, {"first": 50})):
        query = sweep.document("query", root, sweep.query_fields()[root], own)
        headers = {"authorization": f"Bearer {two.keys[1]}"}
        theirs = (await two.client.post("/graphql", json={"query": query, "variables": foreign}, headers=headers)).json()
        plans = two.runner.reads.plans.known
        made, used = plans.misses, plans.hits
        ours = await two.answered(query, own)
        assert (plans.misses, plans.hits > used) == (made, True)
        assert sweep.uuids_in(json.dumps(theirs)) & two.foreign_ids
        assert ours["data"][root] is not None
        assert MARK not in json.dumps(ours)


async def test_foreign_cursor_is_refused(two: Two, migrated: Servers) -> None:
    key = (await keys.create_key(two.db, two.other, "Reader")).text
    assert await two.still.changed() == {"events"}
    async with running(create_app(settings_for(migrated))) as app, asking(app, key) as other:
        for noun in CATALOG:
            found = (await other.post("/graphql", json={"query": f"{{ {noun.plural}(first: 1) {{ pageInfo {{ endCursor }} }} }}"})).json()
            cursor = found["data"][noun.plural]["pageInfo"]["endCursor"]
            for name in ("after", "before"):
                size = "first" if name == "after" else "last"
                body = await two.ask(f"query ($c: String) {{ {noun.plural}({size}: 1, {name}: $c) {{ nodes {{ id }} }} }}", {"c": cursor})
                assert body["errors"][0]["extensions"]["code"] == "BAD_CURSOR", noun.name


async def test_same_person_in_two_workspaces_is_two_people(two: Two) -> None:
    """E-mail, external id and company domain are the same; nothing is attached across."""
    one = {"name": "Ana Silva", "email": f"{MARK}@twin.example", "externalId": "42", "externalSystem": "zoho", "companyName": "Twin"}
    made = "mutation ($input: CreateLeadInput!) { createLead(input: $input) { attached lead { id person { email } } userErrors { code } } }"
    async with two.db.read(Actor.system(two.other)) as tx:
        taken = await tx.value("SELECT p.email FROM people p WHERE p.workspace_id = $1", tx.workspace)
    for given in (one, {**one, "externalId": f"{MARK} external_ids external_id", "email": "second@twin.example"}):
        body = await two.ask(made, {"input": given})
        assert body["data"]["createLead"]["userErrors"] == []
        assert body["data"]["createLead"]["attached"] is False
    assert taken.startswith(MARK)
    assert await two.still.changed() == set()


class Undone(Exception):
    """Takes back what a statement did, had it done anything."""


@pytest.mark.parametrize("table", sorted(TENANT_TABLES))
async def test_row_security_holds_without_the_applications_filter(two: Two, table: str) -> None:
    async with two.db.read(Actor.system(two.own)) as tx:
        seen = await tx.fetch(f"SELECT DISTINCT t.workspace_id FROM {table} t /* the filter is left out on purpose */")
    assert [r["workspace_id"] for r in seen] == [two.own]
    for statement in (f"UPDATE {table} SET workspace_id = workspace_id", f"DELETE FROM {table}"):
        assert await touched(two, f"{statement} WHERE workspace_id <> $1 /* the filter is left out on purpose */", two.own) in (0, "DENIED")


@pytest.mark.parametrize("table", sorted(TENANT_TABLES))
async def test_row_security_refuses_a_row_for_another_workspace(two: Two, table: str) -> None:
    async with two.db.read(Actor.system(two.own)) as tx:
        columns = [r["name"] for r in await tx.fetch(
            "SELECT a.attname::text AS name FROM pg_attribute a WHERE a.attrelid = $1::regclass AND a.attnum > 0 AND NOT a.attisdropped"
            " AND a.attgenerated = '' AND a.attname <> 'workspace_id'", table)]
    listed = ", ".join(columns)
    insert = f"INSERT INTO {table} (workspace_id, {listed}) SELECT $2::uuid, {listed} FROM {table} t WHERE t.workspace_id = $1 LIMIT 1"
    move = f"UPDATE {table} SET workspace_id = $2 WHERE workspace_id = $1"
    for statement in (insert, move):
        assert await touched(two, f"{statement} /* the filter is left out on purpose */", two.own, two.other) == "DENIED"


async def touched(two: Two, sql: str, *args: Any) -> int | str:
    """How many rows a statement of the application's login touches, taken back; DENIED when it may not."""
    rows = 0

    async def verb(tx: Tx) -> None:
        nonlocal rows
        rows = await tx.execute(sql, *args)
        raise Undone

    try:
        await two.db.run(Actor.system(two.own), verb)
    except Undone:
        return rows
    except asyncpg.InsufficientPrivilegeError:
        return "DENIED"
    raise AssertionError("unreachable")
