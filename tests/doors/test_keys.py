"""API keys: what bounds them, how they are rotated, and where they are refused."""

import logging
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from starlette.applications import Starlette

from leadwell.access import keys
from leadwell.access.bounds import Bounds
from leadwell.access.viewer import Viewer
from leadwell.base.actor import Actor
from leadwell.base.ids import encode_id, uuid7
from leadwell.base.tx import Database
from leadwell.catalog import CATALOG
from tests import builders as make
from tests.doors.serving import HOST, ask, asking, key_for, session_for

KEY = (
    "apiKey { id name prefix scopes onlyFields withoutFields rows userId teamId addresses version revokedAt expiresAt usedAt usedFrom"
    " secrets { prefix endsAt usedAt usedFrom } } userErrors { code field message params } "
)
CREATE = f"mutation ($input: CreateApiKeyInput!) {{ createApiKey(input: $input) {{ id secret replayed {KEY} }} }}"
UPDATE = f"mutation ($input: UpdateApiKeyInput!) {{ updateApiKey(input: $input) {{ {KEY} }} }}"
ROTATE = f"mutation ($input: RotateApiKeyInput!) {{ rotateApiKey(input: $input) {{ id secret replayed {KEY} }} }}"
LEADS = "{ leads(first: 10) { nodes { title } } }"


async def did(client: httpx.AsyncClient, document: str, **input: Any) -> Any:
    body = await ask(client, document, input=input)
    assert "errors" not in body, body
    return next(iter(body["data"].values()))


def codes(answer: Any) -> list[str]:
    return [error["code"] for error in answer["userErrors"]]


def failed(body: Any) -> list[str]:
    return [error["extensions"]["code"] for error in body["errors"]]


def coming(app: Starlette, token: str, address: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app, client=(address, 5)), base_url=HOST, headers={"authorization": f"Bearer {token}"})


def opaque(noun: str, id: UUID) -> str:
    return encode_id(CATALOG[noun].tag, id)


async def test_key_is_made_changed_and_listed_with_all_that_bounds_it(app: Starlette, db: Database, workspace: UUID) -> None:
    user, token = await session_for(db, workspace)
    async with asking(app, token) as client:
        made = await did(
            client, CREATE, name="Shop", scopes=["leads:*"], onlyFields=["leads.title", "leads.needs"], rows="OWN", userId=opaque("User", user))
        assert codes(made) == ["BAD_BOUND"]
        assert made["userErrors"][0]["field"] == ["onlyFields", "1"]
        given = {"onlyFields": ["leads.title", "leads.need"], "withoutFields": ["contact_data"], "addresses": ["203.0.113.0/24", "2001:db8::1"]}
        made = await did(client, CREATE, name="Shop", scopes=["leads:*"], rows="OWN", userId=opaque("User", user), idempotencyKey="one", **given)
        key = made["apiKey"]
        assert {name: key[name] for name in given} == given
        assert (key["rows"], key["userId"], key["version"], len(key["secrets"])) == ("OWN", opaque("User", user), 1, 1)
        again = await did(client, CREATE, name="Shop", scopes=["leads:*"], rows="OWN", userId=opaque("User", user), idempotencyKey="one", **given)
        assert (again["id"], again["secret"], again["replayed"]) == (made["id"], None, True)
        changed = (await did(client, UPDATE, id=made["id"], name="Till", rows="ALL", addresses=[], expectedVersion=1))["apiKey"]
        assert (changed["name"], changed["rows"], changed["userId"], changed["addresses"], changed["version"]) == ("Till", "ALL", None, [], 2)
        assert changed["onlyFields"] == ["leads.title", "leads.need"]
        assert codes(await did(client, UPDATE, id=made["id"], name="Old", expectedVersion=1)) == ["STALE_VERSION"]
        listed = (await ask(client, "{ apiKeys { id name prefix } }"))["data"]["apiKeys"]
        assert {"id": made["id"], "name": "Till", "prefix": made["secret"][:16]} in listed


@pytest.mark.parametrize(("given", "field"), [
    ({"addresses": ["203.0.113.7/24"]}, "addresses.0"), ({"addresses": ["localhost"]}, "addresses.0"), ({"addresses": ["10.0.0.1"] * 101}, "addresses"),
    ({"withoutFields": ["secrets"]}, "withoutFields.0"), ({"onlyFields": ["contact_data"]}, "onlyFields.0"),
    ({"withoutFields": ["leads.*"]}, "withoutFields.0"), ({"rows": "OWN"}, "rows"),
    ({"rows": "TEAM"}, "rows"), ({"expiresAt": "2020-01-01T00:00:00Z"}, "expiresAt"), ({"scopes": ["lead:read"]}, "scopes"),
])  # fmt: skip
async def test_bound_that_says_nothing_is_refused(app: Starlette, db: Database, workspace: UUID, given: dict[str, Any], field: str) -> None:
    async with asking(app, await key_for(db, workspace)) as client:
        refused = await did(client, CREATE, **{"name": "K", "scopes": ["leads:read"], **given})
        assert [".".join(error["field"]) for error in refused["userErrors"]] == [field]
        assert codes(refused) in (["BAD_BOUND"], ["BAD_EXPIRY"], ["BAD_SCOPE"])
        assert [one["name"] for one in (await ask(client, "{ apiKeys { name } }"))["data"]["apiKeys"]] == ["Test"]


async def test_rows_of_a_user_or_team_of_another_workspace_are_not_found(app: Starlette, db: Database, workspace: UUID, other_workspace: UUID) -> None:
    foreign, _ = await session_for(db, other_workspace)
    async with asking(app, await key_for(db, workspace)) as client:
        for rows, whose in (("OWN", {"userId": opaque("User", foreign)}), ("TEAM", {"teamId": opaque("Team", foreign)})):
            assert codes(await did(client, CREATE, name="K", scopes=["leads:read"], rows=rows, **whose)) == ["NOT_FOUND"]


async def test_two_secrets_live_while_a_key_is_rotated_and_a_third_is_refused(app: Starlette, db: Database, workspace: UUID) -> None:
    first = await keys.create_key(db, workspace, "Shop", ["leads:read"])
    id = encode_id(201, first.record.id)
    async with asking(app, await key_for(db, workspace)) as boss, asking(app, first.text) as old:
        for days in (-1, 91):
            refused = await did(boss, ROTATE, id=id, oldEndsAt=(datetime.now(UTC) + timedelta(days=days)).isoformat())
            assert (codes(refused), refused["userErrors"][0]["field"]) == (["BAD_EXPIRY"], ["oldEndsAt"])
        turned = await did(boss, ROTATE, id=id, idempotencyKey="turn")
        assert (await did(boss, ROTATE, id=id, idempotencyKey="turn"))["secret"] is None
        newest, before = turned["apiKey"]["secrets"]
        assert (newest["prefix"], newest["endsAt"], before["prefix"]) == (turned["secret"][:16], None, first.text[:16])
        assert timedelta(days=6, hours=23) < datetime.fromisoformat(before["endsAt"]) - datetime.now(UTC) < timedelta(days=7, hours=1)
        async with asking(app, turned["secret"]) as new:
            assert [(await ask(one, LEADS))["data"] for one in (old, new)] == [{"leads": {"nodes": []}}] * 2
        assert codes(await did(boss, ROTATE, id=id)) == ["KEY_ROTATING"]
        ended = await did(boss, UPDATE, id=id, endOldSecrets=True)
        assert [one["prefix"] for one in ended["apiKey"]["secrets"]] == [turned["secret"][:16]]
        app.state.house.credentials.forget(first.text)
        assert failed(await ask(old, LEADS)) == ["CREDENTIAL_REJECTED"]
        leaked = await did(boss, ROTATE, id=id, endOldNow=True)
        assert [one["prefix"] for one in leaked["apiKey"]["secrets"]] == [leaked["secret"][:16]]
        app.state.house.credentials.forget(turned["secret"])
        async with asking(app, turned["secret"]) as gone, asking(app, leaked["secret"]) as last:
            assert failed(await ask(gone, LEADS)) == ["CREDENTIAL_REJECTED"]
            assert (await ask(last, LEADS))["data"] == {"leads": {"nodes": []}}


async def test_key_is_used_from_its_addresses_alone_and_the_refusal_says_which_was_seen(app: Starlette, db: Database, workspace: UUID) -> None:
    made = await keys.create_key(db, workspace, "Shop", ["leads:read"], bounds=Bounds(addresses=("203.0.113.0/24", "2001:db8::/32")))
    for address in ("203.0.113.9", "::ffff:203.0.113.10", "2001:db8:1::7"):
        async with coming(app, made.text, address) as client:
            assert (await ask(client, LEADS))["data"] == {"leads": {"nodes": []}}
    for address in ("203.0.114.9", "::1", "unix"):
        async with coming(app, made.text, address) as client:
            answer = await client.post("/graphql", json={"query": LEADS})
            assert (answer.status_code, failed(answer.json())) == (403, ["ADDRESS_REFUSED"])
            assert answer.json()["errors"][0]["message"] == f"This API key is not used from {address}."
    await db.run(Actor.system(workspace), lambda tx: keys.update(tx, made.record.id, {"addresses": ("198.51.100.1",)}))
    app.state.house.credentials.forget(made.text)
    async with coming(app, made.text, "203.0.113.9") as client:
        assert failed(await ask(client, LEADS)) == ["ADDRESS_REFUSED"]


async def test_last_use_is_noted_once_a_minute_with_its_address(app: Starlette, db: Database, workspace: UUID) -> None:
    made = await keys.create_key(db, workspace, "Shop", ["leads:read"])

    async def used() -> tuple[datetime | None, str | None]:
        await app.state.house.kit.db.settled()
        (key,) = await keys.list_keys(db, workspace)
        return key.used_at, key.used_from

    assert await used() == (None, None)
    seen = list[tuple[datetime | None, str | None]]()
    for address in ("203.0.113.9", "203.0.113.10"):
        app.state.house.credentials.forget(made.text)
        async with coming(app, made.text, address) as client:
            await ask(client, LEADS)
        seen.append(await used())
    assert seen[0] == seen[1]
    assert seen[0][0] is not None
    assert seen[0][1] == "203.0.113.9"


@pytest.mark.parametrize("path", ["/graphql?key={}", "/graphql?query={{x}}&token={}", "/leads/{}", "/live?authorization=Bearer%20{}"])
async def test_key_in_an_address_is_refused_and_not_logged(
    app: Starlette, db: Database, workspace: UUID, caplog: pytest.LogCaptureFixture, path: str
) -> None:
    key, (_, session) = await key_for(db, workspace), await session_for(db, workspace)
    caplog.set_level(logging.DEBUG)
    async with asking(app) as client:
        for secret in (key, session):
            answer = await client.post(path.format(secret), json={"query": LEADS})
            assert (answer.status_code, answer.json()["error"]["code"]) == (400, "KEY_IN_ADDRESS")
            assert secret not in answer.text
    told = [record.getMessage() for record in caplog.records if not record.name.startswith("httpx")]
    assert not any(secret in line for line in told for secret in (key, session))


SECRETIVE = (
    "{ leads(where: {email: {eq: \"ada@example.com\"}}) { totalCount } }",
    "{ leads(orderBy: [{score: ASC}]) { nodes { id } } }",
    "{ leadsAggregate(groupBy: [{industry: VALUE}]) { groups { count } } }",
    "{ leads(where: {person: {is: {email: {isNull: false}}}}) { totalCount } }",
    "{ leads(search: \"Ada\") { totalCount } }",
)


async def test_key_with_a_field_list_neither_sees_uses_writes_nor_exports_other_fields(app: Starlette, db: Database, workspace: UUID) -> None:
    async def furnish(tx: Any) -> UUID:
        person = await make.make_person(tx, email="ada@example.com", name="Ada")
        return await make.make_lead(tx, person_id=person, title="Chief", need="Steel", industry="Mining")

    lead = await db.run(Actor.system(workspace), furnish)
    bounds = Bounds(only=("leads.title", "leads.version"), without=("contact_data", "people.name"))
    made = await keys.create_key(db, workspace, "Shop", ["leads:*", "people:*", "exports:*"], bounds=bounds)
    async with asking(app, made.text) as client:
        body = await ask(client, "{ leads { nodes { id title need industry email person { name email } } } }")
        (node,) = body["data"]["leads"]["nodes"]
        assert node == {"id": opaque("Lead", lead), "title": "Chief", "need": None, "industry": None, "email": None, "person": {"name": None, "email": None}}
        for document in SECRETIVE:
            assert failed(await ask(client, document)) == ["FIELD_FORBIDDEN"], document
        change = "mutation ($input: UpdateLeadInput!) { updateLead(input: $input) { lead { title } userErrors { code field params } } }"
        refused = await did(client, change, id=opaque("Lead", lead), title="Boss", need="Coal")
        assert (refused["lead"], codes(refused), refused["userErrors"][0]["field"]) == (None, ["FIELD_NOT_YOURS"], ["need"])
        many = "mutation ($input: UpdateLeadsInput!) { updateLeads(input: $input) { userErrors { code field } } }"
        refused = await did(client, many, leads=[{"id": opaque("Lead", lead), "title": "Boss"}, {"id": opaque("Lead", lead), "email": "eve@example.com"}])
        assert [(error["code"], error["field"]) for error in refused["userErrors"]] == [("FIELD_NOT_YOURS", ["leads", "1", "email"])]
        filtered = "mutation ($input: UpdateLeadsWhereInput!) { updateLeadsWhere(input: $input) { userErrors { code field } } }"
        refused = await did(client, filtered, where={}, set={"industry": "Steel"}, expectedCount=1)
        assert [(error["code"], error["field"]) for error in refused["userErrors"]] == [("FIELD_NOT_YOURS", ["set", "industry"])]
        create = "mutation ($input: CreateLeadInput!) { createLead(input: $input) { userErrors { code field } } }"
        refused = await did(client, create, email="eve@example.com", title="New")
        assert [(error["code"], error["field"]) for error in refused["userErrors"]] == [("FIELD_NOT_YOURS", ["email"])]
        export = "mutation ($input: CreateExportInput!) { createExport(input: $input) { userErrors { code } } }"
        assert codes(await did(client, export, noun="Lead", columns=["id", "industry"], format="CSV")) == ["FIELD_FORBIDDEN"]
        done = await did(client, change, id=opaque("Lead", lead), title="Boss")
        assert (done["lead"], done["userErrors"]) == ({"title": "Boss"}, [])
    async with db.read(Actor.system(workspace)) as tx:
        (row,) = await tx.fetch("SELECT l.title, l.need, l.industry FROM leads l WHERE l.workspace_id = $1", workspace)
        assert tuple(row) == ("Boss", "Steel", "Mining")
        assert await tx.value("SELECT count(*) FROM submissions s WHERE s.workspace_id = $1", workspace) == 0


def test_what_keeps_whole_records_is_hidden_from_whoever_is_denied_a_field_of_one() -> None:
    key = Viewer.of_key(uuid7(), uuid7(), "K", ["*:read"], Bounds(without=("leads.budget",)))
    assert {"Lead.budget", "Lead.snapshot", "Submission.payload", "WebhookDelivery.body", "MergeRow.before"} <= key.denied
    assert "Lead.email" not in key.denied
    assert Viewer.of_key(uuid7(), uuid7(), "K", ["*:read"], Bounds(without=("senders.name",))).denied == {"Sender.name"}


def test_key_with_bounds_gives_nothing_on_that_it_has_in_part() -> None:
    part = Viewer.of_key(uuid7(), uuid7(), "K", ["*"], Bounds(without=("leads.budget",)))
    assert (part.covers("leads", "read"), part.covers("*", "read"), part.covers("tasks", "read")) == (False, False, True)
    own = Viewer.of_key(uuid7(), uuid7(), "K", ["*"], Bounds("own", uuid7()))
    assert (own.covers("leads", "read"), own.covers("deals", "update"), own.covers("pipelines", "read")) == (False, False, True)
