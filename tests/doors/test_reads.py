"""Compiled reads: covered documents take one statement, and answer as the ordinary executor does."""

from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio

from leadwell.base.actor import Actor
from leadwell.base.ids import encode_id
from leadwell.base.tx import Database
from leadwell.catalog import Everything
from tests.reading import Both
from tests.seeds import fill


@pytest.fixture
def both(db: Database, actor: Actor) -> Both:
    return Both(db, actor)


@pytest_asyncio.fixture
async def filled(db: Database, actor: Actor) -> UUID:
    await db.run(actor, lambda tx: fill(tx, 5))
    return actor.workspace


PAGE = """query List($w: LeadWhere, $o: [LeadOrder!], $n: Int, $a: String) { leads(first: $n, where: $w, orderBy: $o, after: $a) {
  totalCount totalCountIsCapped totalCountExact pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  edges { cursor node { id name firstName email phone title state score createdAt lastActivityAt budget { amount currency } custom snapshot
    owner { name } company { id name } status { type }
    activities(first: 3) { totalCount nodes { kind at subject user { name } } } tags { nodes { name } } } } } }"""
ORDERS: list[Any] = [
    None, [], [{"createdAt": "DESC"}], [{"score": "DESC"}], [{"score": "ASC_NULLS_FIRST"}, {"name": "DESC"}], [{"name": "ASC"}],
    [{"owner": {"name": "DESC_NULLS_FIRST"}}], [{"budget": "ASC"}] and [{"email": "DESC"}],
]  # fmt: skip


@pytest.mark.parametrize("order", ORDERS, ids=str)
async def test_a_list_pages_to_its_end_the_same_way(both: Both, filled: UUID, order: Any) -> None:
    after, seen = None, 0
    for _ in range(20):
        page = (await both(PAGE, w={"state": {"in": ["OPEN", "JUNK", "CONVERTED"]}}, o=order, n=7, a=after))["leads"]
        assert both.errors == []
        assert both.left == {}
        seen += len(page["edges"])
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert seen == page["totalCount"] > 20


EVERYTHING = """query All($id: ID!, $ids: [ID!]!, $yes: Boolean!, $no: Boolean = false) {
  __typename one: lead(id: $id) { ...L } any: node(id: $id) { __typename id ... on Node { id } ... on Lead { state } ... on Company { name } }
  nodes(ids: $ids) { __typename ... on Lead { ...L } ... on Company { name deals { nodes { name } } } }
  deals(last: 3) { nodes { id name amount { a: amount __typename } amount { currency } closeOn probability stage { name } }
    pageInfo { __typename hasNextPage hasPreviousPage startCursor endCursor } edges { __typename node { name @skip(if: $yes) id } } }
  none: tasks(first: 0) { nodes { id } totalCount } tasks(where: {dueAt: {withinLast: "P30D"}}) { totalCount nodes { title dueAt attendees { nodes { id } } } }
  people(orderBy: [{name: ASC}], first: 5) @include(if: $yes) { edges { cursor node { name customs: custom } } }
  hidden: people @include(if: $no) { totalCount }
}
fragment L on Lead { state owner { ...N } status { name ...N } ...R }
fragment N on Node { id }
fragment R on Lead { state activities(last: 2, orderBy: [{at: ASC}]) { nodes { at data } pageInfo { hasPreviousPage } } }"""


async def test_every_sort_of_selection_is_covered(both: Both, filled: UUID) -> None:
    found = (await both("{ leads(first: 3) { nodes { id } } companies(first: 2) { nodes { id } } }"))
    ids = [n["id"] for name in ("leads", "companies") for n in found[name]["nodes"]]
    data = await both(EVERYTHING, id=ids[0], ids=[*ids, encode_id(2, filled)], yes=True)
    assert both.errors == []
    assert both.left == {}
    assert "hidden" not in data
    assert [n and n["__typename"] for n in data["nodes"]] == ["Lead", "Lead", "Lead", "Company", "Company", None]


async def test_what_is_not_covered_is_left_alone_and_merged_in_order(both: Both, filled: UUID) -> None:
    data = await both("{ a: leads(first: 1) { totalCount } __schema { queryType { name } } b: leads(first: 1) { totalCount } }")
    assert list(data) == ["a", "__schema", "b"]
    assert both.left == {"__schema": "__schema"}


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ("{ leads(first: -1) { totalCount } companies { totalCount } }", "BAD_PAGE"),
        ("{ leads(first: 1000000000) { nodes { id } } companies { totalCount } }", "BAD_PAGE"),
        ('{ leads(after: "nonsense") { nodes { id } } companies { totalCount } }', "BAD_CURSOR"),
        ('{ leads(where: {id: {eq: "x"}}) { nodes { id } } companies { totalCount } }', "BAD_FILTER"),
        ('{ leads(where: {createdAt: {withinLast: "x"}}) { nodes { id } } companies { totalCount } }', "BAD_FILTER"),
        ('{ lead(id: "x") { id } companies { totalCount } }', "BAD_ID"),
        ('{ node(id: "x") { id } companies { totalCount } }', "BAD_ID"),
        ('{ nodes(ids: ["x"]) { id } companies { totalCount } }', "BAD_ID"),
    ],
)
async def test_bad_input_is_worded_by_the_executor_and_leaves_the_other_fields_alone(both: Both, filled: UUID, document: str, code: str) -> None:
    await both(document)
    assert [error[1] for error in both.errors] == [code]
    assert len(both.left) == 1


async def test_a_value_that_is_wrong_only_now_does_not_spoil_the_plan(both: Both, filled: UUID) -> None:
    document = "query L($id: ID!) { leads(where: {id: {eq: $id}}) { nodes { id } } companies { totalCount } }"
    (lead,) = (await both("{ leads(first: 1) { nodes { id } } }"))["leads"]["nodes"]
    assert (await both(document, id=lead["id"]))["leads"]["nodes"] == [lead]
    await both(document, id="nonsense")
    assert set(both.left) == {"leads"}
    assert (await both(document, id=lead["id"]))["leads"]["nodes"] == [lead]
    assert both.left == {}


FIGURES = """{ leadsAggregate(groupBy: [{state: VALUE}, {owner: VALUE}], where: {createdAt: {isNull: false}}, orderBy: [{count: DESC}], first: 4) {
    __typename groupsAreCapped
    total { __typename count score { count avg min max sum } budget { __typename currency count sum { amount currency } avg { amount } } }
    groups { __typename count state { __typename value count } owner { value { id name } countDistinct } createdAt { min max }
      score { value avg } budget { max { amount } currency } } }
  dealsAggregate(groupBy: [{closeOn: MONTH}], having: {count: {gt: 1}}, timeZone: "Europe/Berlin") {
    groups { n: count closeOn { value } amount { sum { amount } } } }
  companiesAggregate { total { employees { avg } } } tasksAggregate(groupBy: [{dueAt: DAY}]) { groups { dueAt { value } } } }"""


async def test_figures_are_covered(both: Both, filled: UUID) -> None:
    data = await both(FIGURES)
    assert both.errors == []
    assert both.left == {}
    assert len(data["leadsAggregate"]["groups"]) == 4
    assert data["leadsAggregate"]["groupsAreCapped"] is True


async def test_one_message_reads_its_own_workspace_and_leaves_no_trace(both: Both, filled: UUID, other_workspace: UUID) -> None:
    text = "{ leads(first: 200) { totalCount nodes { id } } companies { totalCount } }"
    ours = await both.glance(text, Everything(filled), None, {})
    theirs = await both.glance(text, Everything(other_workspace), None, {})
    assert ours is not None
    assert theirs == b'{"leads":{"totalCount":0,"nodes":[]},"companies":{"totalCount":0}}'
    assert ours != theirs
    for _ in range(20):
        ours = "(SELECT count(*) FROM leads t WHERE t.workspace_id = $1) AS n"
        (row,) = await both.db.control(f"SELECT coalesce(current_setting('app.workspace', true), '') AS left, {ours}", filled)
        assert (row["left"], row["n"]) == ("", 0)


async def test_one_message_goes_wrong_closed(both: Both, filled: UUID) -> None:
    """Were the setting made last, or the statement's workspace another one, there would be no rows rather than foreign ones."""
    await both.db.be_brief()
    late = "SELECT (SELECT count(*) FROM leads t WHERE t.workspace_id = $1) AS n, set_config('app.workspace', $1::uuid::text, true)"
    other = "SELECT set_config('app.workspace', gen_random_uuid()::text, true), (SELECT count(*) FROM leads t WHERE t.workspace_id = $1) AS n"
    for sql in (late, other):
        assert (await both.db.glance(sql, filled))["n"] == 0


@pytest.mark.parametrize(
    ("asked", "alone"),
    [
        ("activities(first: 3) { totalCount pageInfo { hasNextPage endCursor } edges { cursor node { __typename id kind at subject } } }", True),
        ("activities(last: 2, orderBy: [{at: ASC}]) { nodes { at } }", True),
        ("activities { totalCountExact }", True),
        ("activities(first: 3) { nodes { kind direction } }", False),
        ("activities(first: 3) { nodes { kind user { name } } }", False),
        ("activities(first: 3) { nodes { kind latestSubject } }", True),
        ("activities(first: 3, where: {kind: {eq: NOTE}}) { nodes { kind } }", False),
    ],
)
async def test_a_timeline_is_shown_from_its_own_table_where_that_has_all_of_it(both: Both, filled: UUID, asked: str, alone: bool) -> None:
    text = f"{{ leads(first: 50) {{ nodes {{ {asked} }} }} }}"
    found = (await both(text))["leads"]["nodes"]
    assert (len(found) > 20, both.errors, both.left) == (True, [], {})
    assert any(n["activities"].get("nodes") or n["activities"].get("edges") or n["activities"].get("totalCountExact") for n in found)
    assert ("JOIN activities " not in statement(both, text, Everything(filled))) is alone


async def test_a_timeline_of_which_rows_are_hidden_is_looked_at(both: Both, filled: UUID) -> None:
    text = "{ leads(first: 50) { nodes { activities(first: 3) { totalCount nodes { kind } } } } }"
    one = (await both.db.run(both.actor, lambda tx: tx.fetch("SELECT u.id FROM users u WHERE u.workspace_id = $1 LIMIT 1", tx.workspace)))[0]["id"]
    viewer = Everything(filled, one, own=frozenset({"Activity"}))
    assert await both(text, viewer) != await both(text)
    assert "JOIN activities " in statement(both, text, viewer)


def statement(both: Both, text: str, viewer: Everything) -> str:
    """What a document is read by."""
    operation = both.documents.get(text).document.reading(None)
    asked = operation.ask(both.documents.get(text).lifted) if operation else None
    assert operation is not None
    assert asked is not None
    return both.reads.plans.get(operation, asked, viewer).sql
