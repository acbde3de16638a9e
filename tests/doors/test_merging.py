"""Merging over GraphQL: looked at, done, read by the old id, taken back; and who may."""

from typing import Any
from uuid import UUID

import pytest_asyncio
from starlette.applications import Starlette

from leadwell.base.actor import Actor
from leadwell.base.ids import decode_id, encode_id
from leadwell.base.tx import Database, Tx
from leadwell.catalog import CATALOG
from tests import builders as make
from tests.doors.serving import asking, key_for, session_for
from tests.verbs.merges import two

PREVIEW = """query($input: PreviewMergeInput!) { previewMerge(input: $input) { planHash alreadyOne folds { noun survivorId loserIds changes }
  conflicts { noun field kept lost { id value } } rows { table rows } enrollmentsEnding optOutsSpread } }"""
MERGE = """mutation($input: MergePeopleInput!) { mergePeople(input: $input) { replayed person { id title emails { nodes { address } } }
  merge { id noun folds unmergedAt rows(first: 200) { nodes { action tableName keys before after } } } userErrors { code field params } } }"""
UNMERGE = """mutation($input: UnmergeInput!) { unmerge(input: $input) { people { id title } companies { id } remains merge { unmergedAt unmergedBy remains }
  userErrors { code } } }"""
READ = """query($a: ID!, $ids: [ID!]!) { person(id: $a) { id } node(id: $a) { ... on Person { id title } }
  nodes(ids: $ids) { ... on Person { id } ... on Lead { id } } }"""
ORDINARY = {"x-leadwell-reads": "ordinary"}


def opaque(noun: str, id: UUID) -> str:
    return encode_id(CATALOG[noun].tag, id)


@pytest_asyncio.fixture
async def pair(db: Database, actor: Actor) -> tuple[str, str]:
    ana, twin = await two(db, actor, title="CTO")
    return opaque("Person", ana), opaque("Person", twin)


async def answer(app: Starlette, token: str, document: str, headers: dict[str, str] | None = None, **variables: Any) -> Any:
    async with asking(app, token) as client:
        body = (await client.post("/graphql", json={"query": document, "variables": variables}, headers=headers)).json()
    assert "errors" not in body, body
    return body["data"]


async def test_a_merge_is_previewed_done_read_by_the_old_id_and_taken_back(app: Starlette, db: Database, workspace: UUID, pair: tuple[str, str]) -> None:
    token, (ana, twin) = await key_for(db, workspace), pair
    seen = (await answer(app, token, PREVIEW, input={"survivorId": ana, "ids": [twin]}))["previewMerge"]
    assert seen["folds"] == [{"noun": "Person", "survivorId": ana, "loserIds": [twin], "changes": {"title": "CTO"}}]
    assert seen["conflicts"] == [{"noun": "Person", "field": "email", "kept": "ana@acme.com", "lost": [{"id": twin, "value": "a.silva@web.de"}]}]
    assert seen["rows"] == [{"table": "person_emails", "rows": 1}, {"table": "person_keys", "rows": 1}]
    done = (await answer(app, token, MERGE, input={"survivorId": ana, "ids": [twin], "planHash": seen["planHash"]}))["mergePeople"]
    assert (done["userErrors"], done["replayed"], done["person"]["title"]) == ([], False, "CTO")
    assert [e["address"] for e in done["person"]["emails"]["nodes"]] == ["ana@acme.com", "a.silva@web.de"]
    assert done["merge"]["folds"] == [{"noun": "Person", "survivor": ana, "losers": [twin]}]
    manifest = {(r["action"], r["tableName"]) for r in done["merge"]["rows"]["nodes"]}
    assert manifest >= {("MOVED", "person_emails"), ("CHANGED", "people"), ("ADDED", "redirects")}
    read = {"person": {"id": ana}, "node": {"id": ana, "title": "CTO"}, "nodes": [{"id": ana}, {"id": ana}]}
    for headers in (None, ORDINARY):
        assert await answer(app, token, READ, headers, a=twin, ids=[twin, ana]) == read
    again = (await answer(app, token, MERGE, input={"survivorId": ana, "ids": [twin]}))["mergePeople"]
    assert (again["replayed"], again["merge"]["id"]) == (True, done["merge"]["id"])
    back = (await answer(app, token, UNMERGE, input={"id": done["merge"]["id"]}))["unmerge"]
    assert (back["userErrors"], back["people"], back["companies"]) == ([], [{"id": ana, "title": None}, {"id": twin, "title": "CTO"}], [])
    assert (back["remains"], back["merge"]["remains"]) == ([], [])
    assert back["merge"]["unmergedAt"]


async def test_companies_merge_and_fields_can_be_named(app: Starlette, db: Database, workspace: UUID, actor: Actor) -> None:
    async def companies(tx: Tx) -> tuple[UUID, UUID]:
        return await make.make_company(tx, "Acme Ltd", "acme.com"), await make.make_company(tx, "Acme Incorporated of Delaware", employees=9)

    one, other = (opaque("Company", id) for id in await db.run(actor, companies))
    document = "mutation($input: MergeCompaniesInput!) { mergeCompanies(input: $input) { company { name employees domain } userErrors { code field } } }"
    fields = [{"field": "name", "rule": "LONGEST"}, {"field": "employees", "value": "12"}]
    token = await key_for(db, workspace)
    done = await answer(app, token, document, input={"survivorId": one, "ids": [other], "fields": fields})
    assert done["mergeCompanies"] == {"company": {"name": "Acme Incorporated of Delaware", "employees": 12, "domain": "acme.com"}, "userErrors": []}


async def test_a_stale_plan_and_a_bad_field_are_told(app: Starlette, db: Database, workspace: UUID, pair: tuple[str, str]) -> None:
    token, (ana, twin) = await key_for(db, workspace), pair
    stale = (await answer(app, token, MERGE, input={"survivorId": ana, "ids": [twin], "planHash": "0" * 64}))["mergePeople"]
    assert [e["code"] for e in stale["userErrors"]] == ["STALE_PLAN"]
    bad = (await answer(app, token, MERGE, input={"survivorId": ana, "ids": [twin], "fields": [{"field": "title"}]}))["mergePeople"]
    assert [(e["code"], e["field"]) for e in bad["userErrors"]] == [("BAD_MERGE_FIELD", ["fields", "0"])]


async def test_who_may_not_see_addresses_does_not_read_them_in_a_preview(app: Starlette, db: Database, workspace: UUID, pair: tuple[str, str]) -> None:

    await db.run(Actor.system(workspace), lambda tx: tx.execute(
        "UPDATE roles SET grants = jsonb_set(grants, '{people}', '{\"verbs\": [\"read\", \"merge\"], \"rows\": \"all\", \"hide\": [\"contact_data\"]}')"
        " WHERE workspace_id = $1 AND code = 'SALES'", tx.workspace))
    _, token = await session_for(db, workspace, "SALES")
    seen = (await answer(app, token, PREVIEW, input={"survivorId": pair[0], "ids": [pair[1]]}))["previewMerge"]
    assert [(c["field"], c["kept"], c["lost"][0]["value"]) for c in seen["conflicts"]] == [("email", None, None)]




async def test_a_change_under_an_old_id_is_made_to_the_survivor(app: Starlette, db: Database, workspace: UUID, actor: Actor, pair: tuple[str, str]) -> None:
    async def behind(tx: Tx) -> list[UUID]:
        return [await make.make_contact(tx, decode_id(person)[1]) for person in pair]

    mine, theirs = (opaque("Contact", id) for id in await db.run(actor, behind))
    token, (ana, twin) = await key_for(db, workspace), pair
    await answer(app, token, MERGE, input={"survivorId": ana, "ids": [twin]})
    document = "mutation($input: UpdateContactInput!) { updateContact(input: $input) { contact { id title } userErrors { code } } }"
    done = await answer(app, token, document, input={"id": theirs, "title": "Buyer"})
    assert done["updateContact"] == {"contact": {"id": mine, "title": "Buyer"}, "userErrors": []}
    again = (await answer(app, token, MERGE, input={"survivorId": twin, "ids": [ana]}))["mergePeople"]
    assert (again["replayed"], again["userErrors"]) == (True, [])
