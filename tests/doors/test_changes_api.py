"""Over the API many records are previewed, changed, listed and taken back; views are saved and shared; leads come in batches with a result for each."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx
import pytest_asyncio

from api.app import create_app
from leadwell import changes, leads
from leadwell.base.actor import Actor
from leadwell.base.ids import encode_id
from leadwell.base.tx import Database, Tx
from leadwell.catalog import CATALOG
from leadwell.embedded.servers import Servers
from tests.builders import make_contact, make_lead, make_person, make_user
from tests.doors.serving import ask, asking, key_for, running, session_for, settings_for

PREVIEW = """mutation($input: ChangeInput!) { previewChangeSet(input: $input) { preview { count lookedAt changed unchanged refused
  refusedBy { code count } examples { recordId state changes } } userErrors { code field params } } }"""
CREATE = "mutation($input: CreateChangeSetInput!) { createChangeSet(input: $input) { changeSet { id state totalRows action } replayed userErrors { code } } }"
MOVE = "mutation($input: ChangeSetInput!) { %s(input: $input) { changeSet { id state } userErrors { code } } }"
LINES = "query($id: ID!, $state: String) { changeLines(id: $id, state: $state) { recordId state code message changes } }"
VIEW = """mutation($input: CreateViewInput!) { createView(input: $input) { view { id name where orderBy columns sharing mine version }
  userErrors { code field } } }"""
UPDATE = """mutation($input: UpdateLeadsInput!) { updateLeads(input: $input) { leads { id industry } results { index leadId outcome code field }
  userErrors { code field } } }"""
UPSERT = """mutation($input: UpsertLeadsInput!) { upsertLeads(input: $input) { leads { id industry email } results { index outcome code field }
  userErrors { code field } } }"""


@dataclass(slots=True)
class Door:
    client: httpx.AsyncClient
    db: Database
    workspace: UUID
    app: Any

    @property
    def actor(self) -> Actor:
        return Actor.system(self.workspace)

    async def ask(self, query: str, **variables: Any) -> Any:
        body = await ask(self.client, query, **variables)
        assert "errors" not in body, body
        return body["data"]

    async def lead(self, **more: Any) -> str:
        return encode_id(CATALOG["Lead"].tag, await self.db.run(self.actor, lambda tx: make_lead(tx, **more)))

    async def user(self, **more: Any) -> UUID:
        return await self.db.run(self.actor, lambda tx: make_user(tx, **more))

    async def worked(self, id: str) -> None:
        """What a worker would do with the change set's job."""
        found = UUID(bytes=__import__("base64").urlsafe_b64decode(id)[2:])
        await changes.perform(self.db, self.workspace, found)
        await changes.revert(self.db, self.workspace, found)


@pytest_asyncio.fixture
async def door(migrated: Servers, db: Database, workspace: UUID) -> AsyncIterator[Door]:
    app = create_app(settings_for(migrated))
    async with running(app), asking(app, await key_for(db, workspace, "*:*")) as client:
        yield Door(client, db, workspace, app)


async def test_change_is_previewed_done_listed_and_taken_back(door: Door) -> None:
    a, b = await door.lead(title="CTO"), await door.lead(title="CTO")
    user = encode_id(CATALOG["User"].tag, await door.user())
    wanted = {"noun": "Lead", "action": "REASSIGN", "where": {"title": {"eq": "CTO"}}, "ownerId": user}
    shown = (await door.ask(PREVIEW, input=wanted))["previewChangeSet"]
    assert shown["userErrors"] == []
    preview = shown["preview"]
    assert {name: preview[name] for name in ("count", "lookedAt", "changed", "refused")} == {"count": 2, "lookedAt": 2, "changed": 2, "refused": 0}
    assert {e["recordId"] for e in preview["examples"]} == {a, b}
    moved = (await door.ask(CREATE, input={**wanted, "expectedCount": 3}))["createChangeSet"]
    assert (moved["changeSet"], moved["userErrors"]) == (None, [{"code": "COUNT_MOVED"}])
    made = (await door.ask(CREATE, input={**wanted, "expectedCount": 2, "idempotencyKey": "k"}))["createChangeSet"]
    again = (await door.ask(CREATE, input={**wanted, "expectedCount": 2, "idempotencyKey": "k"}))["createChangeSet"]
    assert (made["changeSet"]["state"], made["changeSet"]["totalRows"], again["replayed"]) == ("RUNNING", 2, True)
    id = made["changeSet"]["id"]
    assert again["changeSet"]["id"] == id
    await door.worked(id)
    progress = (await door.ask("query($id: ID!) { jobProgress(id: $id) { state done total counts } }", id=id))["jobProgress"]
    assert progress == {"state": "DONE", "done": 2, "total": 2, "counts": {"changed": 2, "unchanged": 0, "refused": 0, "reverted": 0, "left": 0}}
    assert (await door.ask("{ leads { nodes { owner { id } } } }"))["leads"]["nodes"] == [{"owner": {"id": user}}] * 2
    assert {r["recordId"]: r["state"] for r in (await door.ask(LINES, id=id, state="CHANGED"))["changeLines"]} == {a: "CHANGED", b: "CHANGED"}
    assert (await door.ask(MOVE % "revertChangeSet", input={"id": id}))["revertChangeSet"]["changeSet"]["state"] == "REVERTING"
    await door.worked(id)
    assert (await door.ask("{ leads { nodes { owner { id } } } changeSets { nodes { state revertedCount } } }")) == {
        "leads": {"nodes": [{"owner": None}] * 2}, "changeSets": {"nodes": [{"state": "REVERTED", "revertedCount": 2}]}}  # fmt: skip


async def test_change_without_the_permission_is_refused_and_nothing_is_chosen(door: Door, db: Database) -> None:
    await door.lead()
    wanted = {"noun": "Lead", "action": "JUNK", "where": {}, "reason": "SPAM"}
    async with asking(door.app, await key_for(db, door.workspace, "leads:read", "leads:update")) as client:
        for mutation, more in ((PREVIEW, {}), (CREATE, {"expectedCount": 1})):
            body = await ask(client, mutation, input={**wanted, **more})
            (answer,) = body["data"].values()
            assert [e["code"] for e in answer["userErrors"]] == ["FORBIDDEN"]
    assert (await door.ask("{ changeSets { totalCount } }"))["changeSets"]["totalCount"] == 0


async def test_fields_one_may_not_see_are_left_out_of_lines_and_refused_in_filters(door: Door, db: Database) -> None:
    await door.lead()
    made = (await door.ask(CREATE, input={"noun": "Lead", "action": "UPDATE", "where": {}, "set": {"street": "Main 1", "city": "Bonn"}, "expectedCount": 1}))
    id = made["createChangeSet"]["changeSet"]["id"]
    await door.worked(id)
    _, token = await session_for(db, door.workspace, "SALES")
    hide = {"*": {"verbs": ["*"], "rows": "all", "hide": ["contact_data"]}}
    sql = "UPDATE roles SET grants = $2 WHERE workspace_id = $1 AND code = 'SALES'"
    await db.run(door.actor, lambda tx: tx.execute(sql, tx.workspace, hide))
    async with asking(door.app, token) as client:
        (line,) = (await ask(client, LINES, id=id))["data"]["changeLines"]
        assert line["changes"] == {"city": [None, "Bonn"]}
        wanted = {"noun": "Lead", "action": "REASSIGN", "where": {"email": {"isNull": False}}, "ownerId": None}
        refused = (await ask(client, PREVIEW, input=wanted))["data"]["previewChangeSet"]
        assert [e["code"] for e in refused["userErrors"]] == ["FIELD_FORBIDDEN"]


async def test_view_is_saved_changed_shared_found_and_put_away(door: Door, db: Database) -> None:
    given = {"noun": "Lead", "name": "Hot in Bonn", "where": {"state": {"eq": "OPEN"}}, "orderBy": [{"createdAt": "DESC"}], "columns": ["name", "owner.name"]}
    _, ana = await session_for(db, door.workspace)
    _, bo = await session_for(db, door.workspace, "SALES")
    async with asking(door.app, ana) as hers, asking(door.app, bo) as his:
        view = (await ask(hers, VIEW, input=given))["data"]["createView"]["view"]
        assert view == {"id": view["id"], "name": "Hot in Bonn", "where": given["where"], "orderBy": given["orderBy"], "columns": given["columns"],
                        "sharing": "PRIVATE", "mine": True, "version": 1}  # fmt: skip
        twice = (await ask(hers, VIEW, input=given))["data"]["createView"]
        assert (twice["view"], twice["userErrors"]) == (None, [{"code": "VIEW_EXISTS", "field": ["name"]}])
        listed = "{ views(noun: \"Lead\") { nodes { name mine sharing } } }"
        assert (await ask(his, listed))["data"]["views"]["nodes"] == []
        opened = "query($id: ID!) { view(id: $id) { name } }"
        assert (await ask(his, opened, id=view["id"]))["data"]["view"] is None
        share = "mutation($input: ShareViewInput!) { shareView(input: $input) { view { sharing version } userErrors { code } } }"
        told = (await ask(hers, share, input={"id": view["id"], "sharing": "EVERYBODY", "expectedVersion": 1}))["data"]["shareView"]
        assert told == {"view": {"sharing": "EVERYBODY", "version": 2}, "userErrors": []}
        assert (await ask(his, listed))["data"]["views"]["nodes"] == [{"name": "Hot in Bonn", "mine": False, "sharing": "EVERYBODY"}]
        update = "mutation($input: UpdateViewInput!) { updateView(input: $input) { view { name columns } userErrors { code } } }"
        assert (await ask(his, update, input={"id": view["id"], "name": "Mine"}))["data"]["updateView"]["userErrors"] == [{"code": "VIEW_NOT_YOURS"}]
        stale = (await ask(hers, update, input={"id": view["id"], "name": "Warm", "expectedVersion": 1}))["data"]["updateView"]
        assert stale["userErrors"] == [{"code": "STALE_VERSION"}]
        new = (await ask(hers, update, input={"id": view["id"], "name": "Warm"}))["data"]["updateView"]
        assert new == {"view": {"name": "Warm", "columns": ["name", "owner.name"]}, "userErrors": []}
        away = "mutation($input: ArchiveViewInput!) { archiveView(input: $input) { userErrors { code } } }"
        assert (await ask(hers, away, input={"id": view["id"]}))["data"]["archiveView"]["userErrors"] == []
        assert (await ask(his, listed))["data"]["views"]["nodes"] == []


async def test_views_are_paged_in_order_of_their_names(door: Door) -> None:
    for noun, name in (("Lead", "b"), ("Lead", "A"), ("Deal", "z"), ("Lead", "a 2")):
        await door.ask(VIEW, input={"noun": noun, "name": name, "where": {}})
    paged = "query($first: Int!, $after: String, $noun: String) { views(first: $first, after: $after, noun: $noun) { totalCount " \
            "edges { cursor node { name } } nodes { name } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }"  # fmt: skip
    one = (await door.ask(paged, first=3))["views"]
    two = (await door.ask(paged, first=3, after=one["pageInfo"]["endCursor"]))["views"]
    assert [[view["name"] for view in page["nodes"]] for page in (one, two)] == [["z", "A", "a 2"], ["b"]]
    assert [[page["pageInfo"][side] for side in ("hasPreviousPage", "hasNextPage")] for page in (one, two)] == [[False, True], [True, False]]
    assert (one["totalCount"], [edge["node"] for edge in one["edges"]], one["edges"][-1]["cursor"]) == (4, one["nodes"], one["pageInfo"]["endCursor"])
    assert [view["name"] for view in (await door.ask(paged, first=9, noun="Lead"))["views"]["nodes"]] == ["A", "a 2", "b"]
    for given, code in (({"first": 201}, "BAD_PAGE"), ({"first": -1}, "BAD_PAGE"), ({"first": 1, "after": "x"}, "BAD_CURSOR"),
                        ({"first": 1, "after": "WzEsMiwzXQ=="}, "BAD_CURSOR"), ({"first": 1, "noun": "User"}, "UNKNOWN_VIEW")):  # fmt: skip
        assert [e["extensions"]["code"] for e in (await ask(door.client, paged, **given))["errors"]] == [code]


async def test_view_of_a_field_its_reader_may_not_see_is_refused_by_name(door: Door, db: Database) -> None:
    given = {"noun": "Lead", "name": "By mail", "where": {"email": {"contains": "@acme"}}, "columns": ["email"], "sharing": "EVERYBODY"}
    view = (await door.ask(VIEW, input=given))["createView"]["view"]
    _, token = await session_for(db, door.workspace, "SALES")
    hide = {"*": {"verbs": ["*"], "rows": "all", "hide": ["contact_data"]}}
    sql = "UPDATE roles SET grants = $2 WHERE workspace_id = $1 AND code = 'SALES'"
    await db.run(door.actor, lambda tx: tx.execute(sql, tx.workspace, hide))
    async with asking(door.app, token) as client:
        listed = (await ask(client, "{ views { nodes { name where columns refusal { code message } } } }"))["data"]["views"]["nodes"]
        assert [(v["name"], v["where"], v["columns"], v["refusal"]["code"]) for v in listed] == [("By mail", None, None, "FIELD_FORBIDDEN")]
        assert "Lead.email" in listed[0]["refusal"]["message"]
        body = await ask(client, "query($id: ID!) { view(id: $id) { name } }", id=view["id"])
        assert [e["extensions"]["code"] for e in body["errors"]] == ["FIELD_FORBIDDEN"]
        for part in ({"where": {"email": {"isNull": True}}}, {"columns": ["email"]}, {"orderBy": [{"email": "ASC"}]}):
            refused = (await ask(client, VIEW, input={"noun": "Lead", "name": "Mine", **part}))["data"]["createView"]
            assert [e["code"] for e in refused["userErrors"]] == ["FIELD_FORBIDDEN"]


async def test_bad_views_are_refused_with_their_place(door: Door) -> None:
    for more, code, field in (
        ({"noun": "Rocket"}, "UNKNOWN_VIEW", ["noun"]), ({"name": " "}, "BAD_VIEW", ["name"]), ({"columns": ["name", "colour"]}, "BAD_VIEW", ["columns", "1"]),
        ({"orderBy": [{"colour": "ASC"}]}, "BAD_ORDER", None), ({"where": {"colour": {}}}, "BAD_FILTER", ["where", "colour"]),
        ({"where": []}, "BAD_FILTER", ["where"]), ({"sharing": "TEAM"}, "BAD_VIEW", ["shared"]),
    ):  # fmt: skip
        answer = (await door.ask(VIEW, input={"noun": "Lead", "name": "Mine", **more}))["createView"]
        assert [e["code"] for e in answer["userErrors"]] == [code], answer
        assert field is None or answer["userErrors"][0]["field"] == field
    assert (await door.ask("{ views { totalCount } }"))["views"] == {"totalCount": 0}


async def test_batch_update_skips_or_aborts_and_tells_each_index(door: Door) -> None:
    a, b = await door.lead(), await door.lead()
    await door.db.run(door.actor, lambda tx: _sealed(tx, b))
    entries = [{"id": a, "industry": "Steel"}, {"id": b, "industry": "Steel", "expectedVersion": 99}, {"id": "nonsense"}, {"id": a, "employees": -1}]
    aborted = (await door.ask(UPDATE, input={"leads": entries}))["updateLeads"]
    assert aborted["leads"] == [] or aborted["leads"] is None
    assert aborted["userErrors"][0]["field"][:2] in (["leads", "1"], ["leads", "2"], ["leads", "3"])
    assert (await door.ask("{ leads(where: {industry: {isNull: false}}) { totalCount } }"))["leads"]["totalCount"] == 0
    skipped = (await door.ask(UPDATE, input={"leads": entries, "onError": "SKIP"}))["updateLeads"]
    assert [(r["index"], r["outcome"], r["code"], r["field"]) for r in skipped["results"]] == [
        (0, "CHANGED", None, None), (1, "REFUSED", "STALE_VERSION", ["leads", "1"]), (2, "REFUSED", "BAD_ID", ["leads", "2", "id"]),
        (3, "REFUSED", "BAD_FIELD", ["leads", "3", "employees"]),
    ]  # fmt: skip
    assert {lead["id"]: lead["industry"] for lead in skipped["leads"]}[a] == "Steel"
    many = (await door.ask(UPDATE, input={"leads": [{"id": a}] * 501}))["updateLeads"]
    assert [e["code"] for e in many["userErrors"]] == ["TOO_MANY_IN_BATCH"]


async def _sealed(tx: Tx, id: str) -> None:
    """Another version than the caller read."""
    from leadwell.base.ids import decode_id

    await leads.update(tx, decode_id(id)[1], {"need": "Boats"})


async def test_upsert_makes_new_leads_and_replaces_what_open_ones_had(door: Door) -> None:
    first = {"leads": [{"name": "Ana Silva", "email": "ana@acme.com", "industry": "Wood"}]}
    made = (await door.ask(UPSERT, input=first))["upsertLeads"]
    assert ([r["outcome"] for r in made["results"]], made["userErrors"]) == (["CREATED"], [])
    both = [{"name": "Ana Silva", "email": "ana@acme.com", "industry": "Steel"}, {"email": "bo@acme.com"}, {"email": "not an address"}]
    aborted = (await door.ask(UPSERT, input={"leads": both}))["upsertLeads"]
    assert len(aborted["userErrors"]) == 1
    assert (await door.ask("{ leads { nodes { industry } } }"))["leads"]["nodes"] == [{"industry": "Wood"}]
    done = (await door.ask(UPSERT, input={"leads": both, "onError": "SKIP"}))["upsertLeads"]
    assert [r["outcome"] for r in done["results"]] == ["CHANGED", "CREATED", done["results"][2]["outcome"]]
    assert done["results"][2]["outcome"] in ("REFUSED", "PARKED")
    found = (await door.ask("{ leads { nodes { email industry } } }"))["leads"]["nodes"]
    assert {n["email"]: n["industry"] for n in found} == {"ana@acme.com": "Steel", "bo@acme.com": None}


async def test_leads_are_updated_where_a_filter_holds_as_a_change_set(door: Door) -> None:
    await door.lead(title="CTO")
    await door.lead(title="CFO")
    query = "mutation($input: UpdateLeadsWhereInput!) { updateLeadsWhere(input: $input) { changeSet { id action totalRows } userErrors { code field } } }"
    given = {"where": {"title": {"eq": "CTO"}}, "set": {"industry": "Steel"}, "expectedCount": 1}
    made = (await door.ask(query, input=given))["updateLeadsWhere"]
    assert (made["changeSet"]["action"], made["changeSet"]["totalRows"]) == ("UPDATE", 1)
    await door.worked(made["changeSet"]["id"])
    found = (await door.ask("{ leads { nodes { title industry } } }"))["leads"]["nodes"]
    assert {n["title"]: n["industry"] for n in found} == {"CTO": "Steel", "CFO": None}
    refused = (await door.ask(query, input={**given, "set": {"colour": "red"}}))["updateLeadsWhere"]
    assert refused["userErrors"] == [{"code": "BAD_SET", "field": ["set", "colour"]}]


async def test_ownership_is_handed_over(door: Door) -> None:
    giver, taker = await door.user(), await door.user()
    await door.lead(owner_id=giver)
    query = "mutation($input: TransferOwnershipInput!) { transferOwnership(input: $input) { changeSets { id noun totalRows } userErrors { code field } } }"
    ids = {"fromId": encode_id(CATALOG["User"].tag, giver), "toId": encode_id(CATALOG["User"].tag, taker)}
    made = (await door.ask(query, input={**ids, "nouns": ["Lead", "Deal"]}))["transferOwnership"]
    assert [(c["noun"], c["totalRows"]) for c in made["changeSets"]] == [("Lead", 1)]
    await door.worked(made["changeSets"][0]["id"])
    assert (await door.ask("{ leads { nodes { owner { id } } } }"))["leads"]["nodes"] == [{"owner": {"id": ids["toId"]}}]
    refused = (await door.ask(query, input={**ids, "nouns": ["Rocket"]}))["transferOwnership"]
    assert [e["code"] for e in refused["userErrors"]] == ["UNKNOWN_CHANGE"]


async def test_people_lists_leads_and_contacts_together_by_filter_and_search(door: Door) -> None:
    async def both(tx: Tx) -> None:
        await make_lead(tx, await make_person(tx, "Grace Hopper"))
        await make_contact(tx, await make_person(tx, "Grace Kelly"))
        await make_person(tx, "Grace Jones")

    await door.db.run(door.actor, both)
    query = """query($where: PersonWhere, $search: String) { people(where: $where, search: $search, orderBy: [{name: ASC}]) {
      nodes { name contact { id } leads { totalCount } } } }"""
    where = {"OR": [{"leads": {"some": {"state": {"eq": "OPEN"}}}}, {"contact": {"isNull": False}}]}
    found = (await door.ask(query, where=where, search="grace"))["people"]["nodes"]
    assert [(p["name"], p["contact"] is None, p["leads"]["totalCount"]) for p in found] == [("Grace Hopper", True, 1), ("Grace Kelly", False, 0)]
