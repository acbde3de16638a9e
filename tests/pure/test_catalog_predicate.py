"""The filter's shape is checked with the path of what is wrong, and its tree holds paths, not values."""

from typing import Any

import pytest

from leadwell.base.ids import uuid7
from leadwell.catalog import CATALOG, BadFilter, Everything, Sees
from leadwell.catalog.predicate import MOST_TESTS, All, CustomTest, Missing, Not, Related, mentions, parse, shape
from leadwell.catalog.predicate import Test as Compared
from leadwell.catalog.statement import Given, Statement
from leadwell.catalog.where import Where

LEAD = CATALOG["Lead"]


def condition(where: Any, viewer: Sees) -> str:
    """The SQL of a filter of leads, whose values are right."""
    s = Statement(viewer)
    sql = Where(s).rows(LEAD, "t", parse(LEAD, where))
    s.params(Given({"where": where}))
    return sql


def refused(where: Any) -> str:
    with pytest.raises(BadFilter) as caught:
        condition(where, Everything(uuid7()))
    return f"{caught.value.params['path']}: {caught.value.params['why']}"


def test_a_filter_becomes_a_tree_of_paths() -> None:
    where = {"state": {"eq": "OPEN"}, "owner": {"isNull": True}, "tags": {"some": {"name": {"in": ["a"]}}}, "NOT": {"title": {"isNull": False}}}
    state, owner, tags, negated = parse(LEAD, where).of
    assert state == Compared(LEAD.columns["state"], "eq", ("where", "state", "eq"))
    assert owner == Missing(LEAD.relations["owner"], True)
    name = Compared(CATALOG["Tag"].columns["name"], "in", ("where", "tags", "some", "name", "in"))
    assert tags == Related(LEAD.relations["tags"], "some", All((name,)))
    assert negated == Not(All((Compared(LEAD.columns["title"], "isNull", ("where", "NOT", "title", "isNull"), False),)))


def test_a_custom_field_is_named_by_its_key() -> None:
    (found,) = parse(LEAD, {"custom": [{"key": "tier", "text": {"eq": "gold"}}]}).of
    assert found == CustomTest(LEAD, ("where", "custom", 0, "key"), "text", "eq", ("where", "custom", 0, "text", "eq"))


@pytest.mark.parametrize(
    ("where", "told"),
    [
        ([], "where: expects an object"),
        ({"nope": {"eq": 1}}, "where.nope: Lead has no such field to filter by"),
        ({"version": {"eq": 1}}, "where.version: Lead has no such field to filter by"),
        ({"personId": {"eq": 1}}, "where.personId: Lead has no such field to filter by"),
        ({"state": None}, "where.state: null is not a filter; leave it out or use isNull"),
        ({"state": {"eq": None}}, "where.state.eq: null is not a value; use isNull"),
        ({"state": {"in": ["OPEN", None]}}, "where.state.in: null is not a value; use isNull"),
        ({"state": {"in": "OPEN"}}, "where.state.in: expects a list"),
        ({"state": {"eq": "GONE"}}, "where.state.eq: 'GONE' is not one of CONVERTED, JUNK, MERGED, OPEN"),
        ({"state": {"like": "O"}}, "where.state.like: not an operator of choice; use eq, ne, in, notIn, isNull"),
        ({"AND": {"state": {"eq": "OPEN"}}}, "where.AND: expects a list"),
        ({"OR": [{"NOT": {"employees": {"gt": "5"}}}]}, "where.OR.0.NOT.employees.gt: expects a whole number"),
        ({"employees": {"gt": 1 << 31}}, "where.employees.gt: out of range"),
        ({"employees": {"gt": True}}, "where.employees.gt: expects a whole number"),
        ({"title": {"eq": "a\0b"}}, "where.title.eq: may not hold the character NUL"),
        ({"title": {"isNull": "yes"}}, "where.title.isNull: expects true or false"),
        ({"id": {"eq": "x"}}, "where.id.eq: 'x' is not an id of this kind"),
        ({"createdAt": {"gt": "2026-01-31"}}, "where.createdAt.gt: expects a moment with its offset, ISO 8601, such as 2026-01-31T12:00:00Z"),
        ({"createdAt": {"withinLast": "P"}}, "where.createdAt.withinLast: expects an ISO 8601 duration such as P7D"),
        ({"createdAt": {"withinLast": "P99999Y"}}, "where.createdAt.withinLast: expects an ISO 8601 duration such as P7D"),
        ({"budget": {"gt": 5}}, "where.budget.gt: expects {amount, currency}"),
        ({"budget": {"gt": {"amount": "1.5", "currency": "JPY"}}}, "where.budget.gt: JPY has 0 decimal places"),
        ({"budget": {"gt": {"amount": "NaN", "currency": "EUR"}}}, "where.budget.gt: out of range"),
        ({"budget": {"gt": {"amount": "1e400", "currency": "EUR"}}}, "where.budget.gt: out of range"),
        ({"budget": {"gt": {"amount": "1", "currency": "eur"}}}, "where.budget.gt: currency is three capital letters, ISO 4217"),
        ({"owner": {"name": {"eq": "x"}}}, "where.owner.name: use is, isNull"),
        ({"tags": {"is": {}}}, "where.tags.is: use some, none, every"),
        ({"custom": [{"text": {"eq": "x"}}]}, "where.custom.0.key: names the custom field"),
        ({"custom": [{"key": "k", "word": {"eq": "x"}}]}, "where.custom.0.word: not one of key, text, int, float, flag, moment"),
        ({"title": {"in": ["x"] * 1001}}, "where.title.in: at most 1000 values"),
    ],
)
def test_a_bad_filter_is_refused_with_its_path(where: Any, told: str) -> None:
    assert refused(where) == told


def test_relations_are_followed_six_deep_and_no_further() -> None:
    def nested(depth: int) -> dict[str, Any]:
        return {"repeatOf": {"is": nested(depth - 1)}} if depth else {"state": {"eq": "JUNK"}}

    assert parse(LEAD, nested(6))
    assert refused(nested(7)).endswith("more than 6 relations deep")


def test_conditions_and_nesting_are_limited() -> None:
    assert parse(LEAD, {"OR": [{"title": {"eq": "x"}}] * MOST_TESTS})
    assert refused({"OR": [{"title": {"eq": "x"}}] * (MOST_TESTS + 1)}).endswith("more than 100 conditions")
    deep: dict[str, Any] = {}
    for _ in range(60):
        deep = {"NOT": deep}
    assert refused(deep).endswith("nested deeper than 20 levels")


def test_only_the_filter_itself_mentions_a_field_not_one_behind_a_relation() -> None:
    assert mentions(parse(LEAD, {"OR": [{"NOT": {"archivedAt": {"isNull": True}}}]}), "archivedAt")
    assert not mentions(parse(LEAD, {"repeatOf": {"is": {"archivedAt": {"isNull": True}}}}), "archivedAt")


def test_filters_of_one_shape_share_their_sql() -> None:
    viewer = Everything(uuid7())
    one = {"state": {"in": ["OPEN"]}, "title": {"isNull": True}, "AND": [{"employees": {"gt": 1}}]}
    two = {"state": {"in": ["OPEN", "JUNK"]}, "title": {"isNull": True}, "AND": [{"employees": {"gt": 9}}]}
    assert shape(one) == shape(two)
    assert condition(one, viewer) == condition(two, viewer)
    assert shape(one) != shape(one | {"title": {"isNull": False}})


def test_every_table_in_the_sql_names_the_workspace() -> None:
    where = {
        "email": {"eq": "x"},
        "score": {"gt": 1},
        "activities": {"every": {"people": {"some": {"name": {"eq": "x"}}}}},
        "custom": [{"key": "k", "text": {"eq": "v"}}],
    }
    sql = condition(where, Everything(uuid7(), uuid7(), own=frozenset({"Lead", "Activity", "Person"})))
    tables = sql.count(" FROM ") + sql.count(" JOIN ")
    assert sql.count(".workspace_id = $1") >= tables + 1
