"""Aggregates through GraphQL: one answer for a chart, with the related records, limits and refusals."""

from typing import Any

import pytest

from api.documents import Documents
from api.errors import QueryTooComplex
from api.schema import CORE
from leadwell.base.actor import Actor
from leadwell.base.tx import Database, Tx
from leadwell.catalog import CATALOG, Everything
from leadwell.catalog.figures import CHARTED
from tests import builders as make
from tests.doors.test_grammar import Api


@pytest.fixture
def api(db: Database, actor: Actor) -> Api:
    return Api(db, actor)


async def seed(tx: Tx) -> None:
    sam, eve = await make.make_user(tx, "Sam"), await make.make_user(tx, "Eve")
    for owner, budget, currency, title in ((sam, 1050, "EUR", "CEO"), (sam, 7, "JPY", None), (eve, 200, "EUR", "CEO"), (None, None, None, None)):
        await make.make_lead(tx, owner_id=owner, budget_minor=budget, currency=currency, title=title, employees=10)


CHART = """query C($w: LeadWhere, $h: LeadHaving, $n: Int, $z: String) {
  leadsAggregate(where: $w, groupBy: [{owner: VALUE}], having: $h, orderBy: [{count: DESC}, {budget: {currency: "EUR", sum: DESC}}], first: $n, timeZone: $z) {
    total { count employees { sum avg } title { countDistinct } }
    groups { count owner { value { name } } ...Money }
    groupsAreCapped
  } }
  fragment Money on LeadGroup { budget { currency count sum { amount currency } avg { amount } } }"""


def money(currency: str, amount: str) -> dict[str, Any]:
    return {"currency": currency, "count": 1, "sum": {"amount": amount, "currency": currency}, "avg": {"amount": amount}}


async def test_a_chart_of_owners_takes_one_statement_for_each_of_total_groups_and_owners(api: Api, db: Database, actor: Actor) -> None:
    await db.run(actor, seed)
    found = (await api(CHART))["leadsAggregate"]
    assert api.errors == []
    assert found == {
        "total": {"count": 4, "employees": {"sum": 40, "avg": 10.0}, "title": {"countDistinct": 1}},
        "groups": [
            {"count": 2, "owner": {"value": {"name": "Sam"}}, "budget": [money("EUR", "10.50"), money("JPY", "7")]},
            {"count": 1, "owner": {"value": {"name": "Eve"}}, "budget": [money("EUR", "2.00")]},
            {"count": 1, "owner": {"value": None}, "budget": []},
        ],
        "groupsAreCapped": False,
    }
    assert api.statements == 3
    capped = (await api(CHART, n=1, h={"count": {"gte": 1}}))["leadsAggregate"]
    assert [len(capped["groups"]), capped["groupsAreCapped"], capped["total"]["count"]] == [1, True, 4]
    assert (await api(CHART, n=0))["leadsAggregate"]["groups"] == []


async def test_values_keep_their_type(api: Api, db: Database, actor: Actor) -> None:
    await db.run(actor, seed)
    document = """{ leadsAggregate(groupBy: [{state: VALUE}, {createdAt: YEAR}]) { groups { state { value __typename } createdAt { value count }
      budget { __typename } status { value { id } } } } }"""
    (group,) = (await api(document))["leadsAggregate"]["groups"]
    assert api.errors == []
    assert group["state"] == {"value": "OPEN", "__typename": "LeadStateFigures"}
    assert group["createdAt"]["value"].endswith("-01-01T00:00:00+00:00")
    assert group["budget"] == [{"__typename": "MoneyFigures"}] * 2
    assert group["status"] == {"value": None}


@pytest.mark.parametrize("noun", sorted(CHARTED))
async def test_every_charted_noun_answers_every_figure_grouped_by_every_field(api: Api, db: Database, actor: Actor, noun: str) -> None:
    from api.schema import CORE

    n, types = CATALOG[noun], CORE.type_map
    group: Any = types[noun + "Group"]
    fields = []
    for name, field in group.fields.items():
        of: Any = field.type
        while hasattr(of, "of_type"):
            of = of.of_type
        inner = " ".join(f + (" { amount }" if str(x.type) == "Money" else " { id }" if x.resolve else "") for f, x in getattr(of, "fields", {}).items())
        fields.append(f"{name} {{ {inner} }}" if inner else name)
    by: Any = types[noun + "GroupBy"]
    for name, field in by.fields.items():
        unit = next(iter(field.type.values))
        found = await api(f"{{ {n.plural}Aggregate(groupBy: [{{{name}: {unit}}}]) {{ total {{ count }} groups {{ {' '.join(fields)} }} }} }}")
        assert api.errors == []
        assert sum(g["count"] for g in found[n.plural + "Aggregate"]["groups"]) == found[n.plural + "Aggregate"]["total"]["count"]


@pytest.mark.parametrize(
    "arguments",
    ['groupBy: [{nothing: VALUE}]', 'groupBy: [{state: DAY}]', 'groupBy: [{state: VALUE, title: VALUE}]', 'groupBy: [{}]', 'first: "x"',
     'having: {score: {near: 1}}',
     'orderBy: [{score: {avg: ASC, sum: ASC}}]', 'orderBy: [{budget: {sum: ASC}}]'],
)  # fmt: skip
async def test_what_the_schema_does_not_offer_never_runs(api: Api, arguments: str) -> None:
    assert await api(f"{{ leadsAggregate({arguments}) {{ total {{ count }} }} }}") is None
    assert api.statements == 0
    assert api.errors


async def test_variables_with_two_keys_in_a_one_of_are_refused(api: Api) -> None:
    document = "query Q($g: [LeadGroupBy!]) { leadsAggregate(groupBy: $g) { groups { count } } }"
    assert await api(document, g=[{"state": "VALUE", "title": "VALUE"}]) is None
    assert api.statements == 0
    assert api.errors


async def test_refusals_carry_their_codes(api: Api) -> None:
    assert await api.error("{ leadsAggregate(first: -1) { total { count } } }") == "BAD_GROUPS"
    assert await api.error("{ leadsAggregate(first: 1000000000) { total { count } } }") == "BAD_GROUPS"
    assert await api.error('{ leadsAggregate(timeZone: "Mars") { total { count } } }') == "BAD_GROUPS"
    hidden = Everything(api.actor.workspace, denied=frozenset({"Lead.score"}))
    assert await api.error("{ leadsAggregate { total { score { avg } } } }", viewer=hidden) == "FIELD_FORBIDDEN"
    assert await api.error("{ leadsAggregate(groupBy: [{score: VALUE}]) { groups { count } } }", viewer=hidden) == "FIELD_FORBIDDEN"


async def test_groups_of_another_workspace_are_not_counted(api: Api, db: Database, actor: Actor, other_workspace: Any) -> None:
    await db.run(Actor.system(other_workspace), seed)
    assert (await api("{ leadsAggregate { total { count } groups { count } } }"))["leadsAggregate"] == {"total": {"count": 0}, "groups": [{"count": 0}]}


def test_rows_below_groups_count_towards_the_limit() -> None:
    inner = "owner { value { id tasks(first: 150) { nodes { id } } } }"
    documents = Documents(CORE)

    def asked(groups: int) -> None:
        documents.get(f"{{ leadsAggregate(first: {groups}) {{ groups {{ {inner} }} }} }}").document.price(None).of({})

    asked(300)
    with pytest.raises(QueryTooComplex, match="rows at most"):
        asked(1_000)


