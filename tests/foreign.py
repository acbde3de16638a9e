"""Two filled workspaces: one asks, and the other must never be seen or touched."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx
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
from tests import bearing, sweep
from tests import builders as make
from tests.doors.serving import asking, running, settings_for
from tests.doors.sockets import PATIENCE
from tests.filling import Still, fill, ids_in

API_KEY, NOTIFICATION = 201, 202
MARK = "FOREIGN"
ORDINARY = {"x-leadwell-reads": "ordinary"}
TEXTS = bearing.swept("text")


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

    async def heard(self, query: str, variables: dict[str, Any], headers: dict[str, str]) -> Any:
        """What a subscription says that is refused; one that is not would go on for ever."""
        async with asyncio.timeout(PATIENCE):
            answer = await self.client.post("/graphql", json={"query": query, "variables": variables}, headers={"accept": "text/event-stream", **headers})
        body = json.loads(next(line for line in answer.text.splitlines() if line.startswith("data: {")).removeprefix("data: "))
        assert not sweep.uuids_in(json.dumps(sweep.told(body))) & self.foreign_ids, (query, variables, body)
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
    return {**found, **sweep.comers(rows), "Job": str(rows["work"]["id"]), "ApiKey": encode_id(API_KEY, key),
            "Notification": encode_id(NOTIFICATION, rows["notifications"]["id"])}


async def people_to_be_found(tx: Tx) -> None:
    """A person with a lead for each place that takes an e-mail address or an external id."""
    for i in range(len(TEXTS)):
        person = await make.make_person(tx, f"{MARK} {i}", f"known{i}@foreign.example")
        lead = await make.make_lead(tx, person)
        for noun, id in (("Person", person), ("Lead", lead)):
            await make.insert(tx, "external_ids", noun=noun, record_id=id, source="external", external_id=f"F-{i}", created_at=await tx.now())


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
    await db.run(Actor.system(other), people_to_be_found)
    async with db.read(Actor.system(other)) as tx:
        ids = await ids_in(tx)
    async with running(create_app(settings_for(migrated))) as app, asking(app, texts[0]) as client:
        yield Two(own, other, client, db, records, foreign, ids | {other}, texts, app.state.house.runner, await Still.of(db, other))


def random_like(two: Two, noun: str) -> str:
    if noun == "Job":
        return str(uuid7())
    return encode_id(sweep.LISTED.get(noun) or CATALOG[noun].tag, uuid7())
