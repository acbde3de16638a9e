"""Values read straight from a row are those that graphql-core's own executor reads, and so are its errors."""

from typing import Any
from uuid import UUID

import graphql as ql
import pytest
from graphql.execution.incremental import IncrementalExecutor

from api.execution import EXECUTE
from api.grammar.resolvers import Item
from api.rows import Rows

COLOR = ql.GraphQLEnumType("Color", {"RED": "red", "BLUE": "blue"})
INNER = ql.GraphQLObjectType("Inner", {"n": ql.GraphQLField(ql.GraphQLInt, resolve=lambda row, _: row["n"])})
FIELDS: dict[str, tuple[Any, Any]] = {
    "name": (ql.GraphQLString, Item("name")),
    "needed": (ql.GraphQLNonNull(ql.GraphQLString), Item("needed", "Lead.needed")),
    "id": (ql.GraphQLNonNull(ql.GraphQLID), Item("id", "Lead.id", 2)),
    "count": (ql.GraphQLInt, Item("count")),
    "color": (COLOR, Item("color")),
    "texts": (ql.GraphQLList(ql.GraphQLString), Item("texts")),
    "inner": (INNER, Item("inner")),
}
ROW = ql.GraphQLObjectType("Row", {name: ql.GraphQLField(of, resolve=resolve) for name, (of, resolve) in FIELDS.items()})
SCHEMA = ql.GraphQLSchema(ql.GraphQLObjectType("Query", {"rows": ql.GraphQLField(ql.GraphQLList(ROW), resolve=lambda rows, _: rows)}))
DOCUMENT = ql.parse("{ rows { __typename name needed id again: name count color texts inner { n } } }")
GOOD = {"name": "Ann", "needed": "x", "id": UUID(int=7), "count": 3, "color": "blue", "texts": ["a", None], "inner": {"n": 1}}


def told(rows: list[Any], executor: type[Any]) -> tuple[Any, list[tuple[str, object]]]:
    found = EXECUTE(SCHEMA, DOCUMENT, root_value=rows, executor_class=executor)
    return found.data, [(e.message, e.path) for e in found.errors or ()]


@pytest.mark.parametrize(
    "change",
    [{}, {"name": None}, {"needed": None}, {"id": None}, {"count": "no number"}, {"count": 2**40}, {"color": "green"}, {"color": None}, {"texts": None},
     {"texts": 5}, {"inner": None}, {"name": {"a": "dict"}}, {"needed": ["a list"]}],
    ids=str,
)  # fmt: skip
def test_every_value_and_every_error_is_the_same(change: dict[str, Any]) -> None:
    rows = [GOOD | change, GOOD]
    assert told(rows, Rows) == told(rows, IncrementalExecutor)


def test_a_row_without_the_value_is_the_same_error() -> None:
    rows = [{key: value for key, value in GOOD.items() if key != "name"}, 5]
    data, errors = told(rows, Rows)
    assert (data, errors) == told(rows, IncrementalExecutor)
    assert ("'name'", ["rows", 0, "name"]) in errors


def test_plain_values_are_not_resolved_and_others_are(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    usual = IncrementalExecutor.build_resolve_info

    def build(self: Any, field: Any, nodes: Any, *more: Any) -> Any:
        asked.append(nodes[0].name.value)
        return usual(self, field, nodes, *more)

    monkeypatch.setattr(IncrementalExecutor, "build_resolve_info", build)
    assert told([GOOD], Rows)[1] == []
    assert asked == ["rows", "__typename", "texts", "inner", "n"]
