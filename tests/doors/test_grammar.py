"""The generated part of the schema, executed on a real database by the ordinary resolvers."""

import asyncio
from contextlib import AsyncExitStack
from inspect import isawaitable
from typing import Any
from uuid import UUID

import pytest
from graphql import ExecutionResult, parse

from api.batches import Batches
from api.execution import EXECUTE
from api.schema import CORE
from api.validation import misfits
from leadwell.base.actor import Actor
from leadwell.base.ids import encode_id, uuid7
from leadwell.base.tx import Database, Tx
from leadwell.catalog import CATALOG, Everything, Sees
from tests import builders as make
from tests.seeds import fill


class Context:
    """As much of a request as the resolvers need; counts statements."""

    def __init__(self, viewer: Sees, tx: Tx) -> None:
        self.viewer, self.tx, self.lock, self.batches, self.statements = viewer, tx, asyncio.Lock(), Batches(), 0

    async def reader(self) -> Tx:
        self.statements += 1
        return self.tx


class Api:
    """Runs documents as a viewer of a workspace."""

    def __init__(self, db: Database, actor: Actor) -> None:
        self.db, self.actor, self.statements = db, actor, 0

    async def __call__(self, document: str, viewer: Sees | None = None, **variables: Any) -> Any:
        async with AsyncExitStack() as stack:
            context = Context(viewer or Everything(self.actor.workspace), await stack.enter_async_context(self.db.read(self.actor)))
            node = parse(document)
            found = ExecutionResult(None, wrong) if (wrong := misfits(CORE, node)) else EXECUTE(CORE, node, context_value=context, variable_values=variables)
            result = await found if isawaitable(found) else found
            await context.batches.settle()
            self.statements = context.statements
            self.errors = result.errors or []
            return result.data

    async def error(self, document: str, viewer: Sees | None = None, **variables: Any) -> str:
        await self(document, viewer, **variables)
        (error,) = self.errors
        assert error.original_error is not None, error
        return getattr(error.original_error, "code", repr(error.original_error))


@pytest.fixture
def api(db: Database, actor: Actor) -> Api:
    return Api(db, actor)


LEAD = """query L($id: ID!) { lead(id: $id) { id name email state budget { amount currency } score custom status { name type } owner { name }
  company { name } activities(first: 2) { totalCount nodes { kind at subject } } tags { nodes { name } } } }"""


async def test_a_lead_reads_with_its_person_status_owner_timeline_and_tags(api: Api, db: Database, actor: Actor) -> None:
    async def seed(tx: Tx) -> UUID:
        person = await make.make_person(tx, "Ada Lovelace", "ada@acme.example")
        for subject in ("one", "two", "three"):
            await make.make_activity(tx, person, "NOTE", subject=subject)
        owner = await make.make_user(tx, "Sam Seller")
        lead = await make.make_lead(tx, person, budget_minor=1050, currency="EUR", owner_id=owner)
        tag = uuid7()
        await make.insert(tx, "tags", id=tag, name="vip", **await make.stamps(tx))
        await make.insert(tx, "taggings", tag_id=tag, record_id=lead, noun="Lead", created_at=await tx.now())
        return lead

    id = encode_id(2, await db.run(actor, seed))
    lead = (await api(LEAD, id=id))["lead"]
    assert api.errors == []
    activities = lead.pop("activities")
    assert lead == {
        "id": id, "name": "Ada Lovelace", "email": "ada@acme.example", "state": "OPEN", "budget": {"amount": "10.50", "currency": "EUR"},
        "score": None, "custom": {}, "status": {"name": "New", "type": "NEW"}, "owner": {"name": "Sam Seller"}, "company": None,
        "tags": {"nodes": [{"name": "vip"}]},
    }  # fmt: skip
    assert activities["totalCount"] == 3
    assert {n["kind"] for n in activities["nodes"]} == {"NOTE"}
    assert len(activities["nodes"]) == 2


LIST = """query L($w: LeadWhere, $o: [LeadOrder!], $a: String, $n: Int) { leads(where: $w, orderBy: $o, after: $a, first: $n) {
  edges { cursor node { id name } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } totalCount totalCountIsCapped totalCountExact } }"""


async def test_pages_follow_each_other_by_cursor(api: Api, db: Database, actor: Actor) -> None:
    await db.run(actor, lambda tx: fill(tx, 3))
    where, order = {"state": {"eq": "OPEN"}}, [{"score": "DESC"}, {"name": "ASC"}]
    everything = (await api(LIST, w=where, o=order, n=200))["leads"]
    assert api.errors == []
    assert everything["pageInfo"]["hasNextPage"] is False
    ids = [e["node"]["id"] for e in everything["edges"]]
    assert everything["totalCount"] == everything["totalCountExact"] == len(ids) > 10
    assert not everything["totalCountIsCapped"]
    first = (await api(LIST, w=where, o=order, n=7))["leads"]
    second = (await api(LIST, w=where, o=order, n=200, a=first["pageInfo"]["endCursor"]))["leads"]
    assert [e["node"]["id"] for e in first["edges"] + second["edges"]] == ids
    assert first["pageInfo"]["endCursor"] == first["edges"][-1]["cursor"]
    assert second["pageInfo"]["hasPreviousPage"] is True


async def test_a_list_page_with_relations_takes_one_statement_for_each_field(api: Api, db: Database, actor: Actor) -> None:
    await db.run(actor, lambda tx: fill(tx, 4))
    document = """{ leads(first: 50) { nodes { name owner { name } company { name } person { contact { id title } }
      activities(first: 3) { nodes { kind user { name } } } } } }"""
    data = await api(document)
    assert api.errors == []
    assert len(data["leads"]["nodes"]) > 20
    assert api.statements == 7


async def test_cursors_of_another_list_filter_or_order_are_refused(api: Api, db: Database, actor: Actor) -> None:
    await db.run(actor, lambda tx: fill(tx, 4, 10))
    cursor = (await api(LIST, o=[{"name": "ASC"}], n=1))["leads"]["pageInfo"]["endCursor"]
    for changed in ({"o": [{"name": "DESC"}]}, {"o": [{"name": "ASC"}], "w": {"state": {"eq": "OPEN"}}}, {}):
        assert await api.error(LIST, a=cursor, **changed) == "BAD_CURSOR"
    assert await api.error(LIST, a="nonsense") == "BAD_CURSOR"


async def test_nodes_keep_the_order_asked_and_are_null_for_what_is_missing(api: Api, db: Database, actor: Actor) -> None:
    lead = encode_id(2, await db.run(actor, make.make_lead))
    company = encode_id(4, await db.run(actor, make.make_company))
    ids = [company, encode_id(2, uuid7()), lead]
    data = await api("query N($ids: [ID!]!) { nodes(ids: $ids) { __typename id ... on Lead { state } ... on Company { name } } }", ids=ids)
    assert data["nodes"] == [
        {"__typename": "Company", "id": company, "name": "Acme Ltd"},
        None,
        {"__typename": "Lead", "id": lead, "state": "OPEN"},
    ]
    for bad in ("x", "", company[:-1], encode_id(9999, uuid7()), "é"):
        assert await api.error("query N($id: ID!) { node(id: $id) { id } }", id=bad) == "BAD_ID"
    assert await api.error("query N($id: ID!) { lead(id: $id) { id } }", id=company) == "BAD_ID"


async def test_another_workspace_is_not_found(api: Api, db: Database, other_workspace: UUID) -> None:
    theirs = await db.run(Actor.system(other_workspace), make.make_lead)
    data = await api("query N($id: ID!) { node(id: $id) { id } lead(id: $id) { id } leads { totalCount } }", id=encode_id(2, theirs))
    assert data == {"node": None, "lead": None, "leads": {"totalCount": 0}}


class Limited(Everything):
    """Sees own rows of some nouns, no addresses, and only leads, users and activities."""

    def may(self, noun: str, verb: str) -> bool:
        return verb == "read" and noun in ("Lead", "User", "Activity", "Company")


async def test_hidden_fields_are_null_and_can_be_neither_filtered_nor_sorted_by(api: Api, db: Database, actor: Actor) -> None:
    await db.run(actor, make.make_lead)
    viewer = Limited(actor.workspace, denied=frozenset({"Lead.email"}))
    assert (await api("{ leads { nodes { email state } } }", viewer))["leads"]["nodes"] == [{"email": None, "state": "OPEN"}]
    assert await api.error(LIST, viewer, w={"email": {"startsWith": "a"}}) == "FIELD_FORBIDDEN"
    assert await api.error(LIST, viewer, o=[{"email": "ASC"}]) == "FIELD_FORBIDDEN"
    assert await api.error("{ deals { nodes { id } } }", viewer) == "FORBIDDEN"
    assert await api.error(LIST, viewer, w={"person": {"is": {"name": {"eq": "x"}}}}) == "FORBIDDEN"


async def test_a_role_that_hides_an_id_is_refused_it_and_nothing_breaks(api: Api, db: Database, actor: Actor) -> None:
    await db.run(actor, make.make_lead)
    viewer = Everything(actor.workspace, denied=frozenset({"Lead.id"}))
    assert await api.error("{ leads { nodes { id state } } }", viewer) == "FORBIDDEN"
    assert (await api("{ leads { nodes { state } } }", viewer))["leads"]["nodes"] == [{"state": "OPEN"}]


async def test_own_rows_hold_in_lists_relations_filters_and_parts(api: Api, db: Database, actor: Actor) -> None:
    async def seed(tx: Tx) -> tuple[UUID, UUID, UUID]:
        me, company = await make.make_user(tx), await make.make_company(tx)
        mine = await make.make_lead(tx, owner_id=me, company_id=company)
        await make.make_lead(tx, owner_id=await make.make_user(tx), company_id=company, title="theirs")
        return me, mine, company

    me, mine, _ = await db.run(actor, seed)
    viewer = Everything(actor.workspace, me, own=frozenset({"Lead", "Person"}))
    data = await api(
        "{ leads { nodes { id } } leadStatusSpans { totalCount } people { totalCount } companies { nodes { leads { nodes { id } totalCount } } } }",
        viewer,
    )
    assert api.errors == []
    assert data["leads"]["nodes"] == [{"id": encode_id(2, mine)}]
    assert data["companies"]["nodes"] == [{"leads": {"nodes": [{"id": encode_id(2, mine)}], "totalCount": 1}}]
    assert data["leadStatusSpans"]["totalCount"] == data["people"]["totalCount"] == 1
    found = "query C($w: CompanyWhere) { companies(where: $w) { totalCount } }"
    assert (await api(found, viewer, w={"leads": {"some": {"title": {"eq": "theirs"}}}}))["companies"]["totalCount"] == 0
    assert (await api(found, w={"leads": {"some": {"title": {"eq": "theirs"}}}}))["companies"]["totalCount"] == 1


async def test_archived_records_leave_lists_but_not_their_id_nor_a_filter_that_asks(api: Api, db: Database, actor: Actor) -> None:
    async def seed(tx: Tx) -> UUID:
        owner = await make.make_user(tx, archived_at=await tx.now())
        return await make.make_lead(tx, archived_at=await tx.now(), owner_id=owner)

    id = encode_id(2, await db.run(actor, seed))
    document = "query A($id: ID!, $w: LeadWhere) { lead(id: $id) { owner { name } } leads { totalCount } asked: leads(where: $w) { nodes { id } } }"
    data = await api(document, id=id, w={"archivedAt": {"isNull": False}})
    assert data == {"lead": {"owner": {"name": "Sam Seller"}}, "leads": {"totalCount": 0}, "asked": {"nodes": [{"id": id}]}}


async def test_limits_and_bad_filters_say_where_they_are_wrong(api: Api) -> None:
    assert await api.error("{ leads(first: 201) { totalCount } }") == "BAD_PAGE"
    assert await api.error("{ leads(first: -1) { totalCount } }") == "BAD_PAGE"
    assert await api.error("{ leads(first: 1, last: 1) { totalCount } }") == "BAD_PAGE"
    assert await api.error(LIST, w={"state": None}) == "BAD_FILTER"
    assert api.errors[0].original_error.field == "where.state"  # type: ignore[union-attr]
    assert await api.error(LIST, w={"AND": [{"title": {"eq": "a\0"}}]}) == "BAD_FILTER"
    assert api.errors[0].message == "The filter cannot be used: where.AND.0.title.eq: may not hold the character NUL."
    assert await api.error(LIST, w={"budget": {"eq": {"amount": "1.005", "currency": "EUR"}}}) == "BAD_FILTER"
    assert await api.error(LIST, w={"createdAt": {"withinLast": "7 days"}}) == "BAD_FILTER"


async def test_what_may_not_be_null_and_is_hidden_is_an_error_not_a_crash(api: Api, db: Database, actor: Actor) -> None:
    await db.run(actor, make.make_lead)
    viewer = Everything(actor.workspace, uuid7(), own=frozenset({"Person"}))
    assert await api.error("{ leads { nodes { person { name } } } }", viewer) == "FORBIDDEN"


def test_every_type_field_argument_and_value_has_a_description() -> None:
    """The one argument of a mutation is described by its own type."""
    bare: list[str] = []
    for name, of in CORE.type_map.items():
        if name.startswith("__"):
            continue
        bare += [name] if not of.description else []
        for field, f in getattr(of, "fields", {}).items():
            bare += [f"{name}.{field}"] if not f.description else []
            bare += [f"{name}.{field}({a})" for a, arg in getattr(f, "args", {}).items() if not arg.description and a != "input"]
        bare += [f"{name}.{value}" for value, v in getattr(of, "values", {}).items() if not v.description]
    assert bare == []


def test_every_public_noun_has_its_root_fields() -> None:
    root = CORE.type_map["Query"].fields  # type: ignore[union-attr]
    assert {n.singular for n in CATALOG} | {n.plural for n in CATALOG} | {"node", "nodes"} <= set(root)
