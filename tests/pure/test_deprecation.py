"""What will go: half a year's notice at least, its words in the schema, and found in the documents that use it."""

from datetime import date
from typing import Any

import pytest
from graphql import OperationDefinitionNode, build_schema, parse, print_schema

from api.deprecation import DEPRECATED, Leaving, given, mark, used, watched
from api.schema import CORE

SDL = """
enum State { OPEN SHUT }
input Where { state: State, title: String, AND: [Where!] }
type Lead { id: ID!, title(long: Boolean): String, owner: Lead }
type Query { leads(where: Where, search: String): [Lead!]! }
"""
LEAVING = {name: Leaving("Use another.", date(2027, 1, 1), date(2027, 7, 3)) for name in ("Lead.title", "Query.leads(search:)", "Where.title", "State.SHUT")}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("{ leads { id } }", ()),
        ("{ leads { ...F } } fragment F on Lead { owner { t: title } }", ("Lead.title",)),
        ('{ leads(search: "x") { id } }', ("Query.leads(search:)",)),
        ('{ leads(where: {AND: [{title: "x"}, {state: SHUT}]}) { id title } }', ("Lead.title", "State.SHUT", "Where.title")),
    ],
)
def test_documents_that_use_it_are_found(text: str, found: tuple[str, ...]) -> None:
    schema = build_schema(SDL)
    assert used(schema, parse(text), LEAVING) == found
    assert used(schema, parse(text), ()) == ()


@pytest.mark.parametrize(
    ("variables", "found"),
    [
        ({}, set()),
        ({"where": {"state": "OPEN", "nothing": 1}, "state": "OPEN", "text": "SHUT"}, set()),
        ({"where": {"AND": [{"state": "SHUT"}, None, 5]}}, {"State.SHUT"}),
        ({"where": {"AND": {"title": None}}}, {"Where.title"}),     # a list of one
        ({"states": ["OPEN", "SHUT"], "state": 7}, {"State.SHUT"}),
        ({"where": [1], "states": {"title": "x"}}, set()),
    ],
)
def test_values_of_variables_that_use_it_are_found(variables: dict[str, Any], found: set[str]) -> None:
    schema, text = build_schema(SDL), "query($where: Where, $states: [State!]!, $text: String) { leads(where: $where) { id } }"
    (operation,) = parse(text).definitions
    assert isinstance(operation, OperationDefinitionNode)
    kinds = watched(schema, operation, LEAVING)
    assert (sorted(kinds), watched(schema, operation, ()), watched(schema, operation, ("Lead.title",))) == (["states", "where"], {}, {})
    assert given(kinds, variables, LEAVING) == found


def test_the_schema_says_what_instead_since_when_and_until_when() -> None:
    schema = build_schema(SDL)
    mark(schema, LEAVING)
    assert print_schema(schema).count('@deprecated(reason: "Use another. Deprecated since 2027-01-01, removed 2027-07-03.")') == 4
    with pytest.raises(KeyError):
        mark(schema, {"Lead.nothing": LEAVING["Lead.title"]})


def test_notice_is_half_a_year_at_least() -> None:
    with pytest.raises(ValueError, match="less than half a year"):
        Leaving("Use another.", date(2027, 1, 1), date(2027, 7, 2))


def test_nothing_in_the_schema_is_deprecated_but_by_this_table() -> None:
    told = {f"{kind.name}.{name}" for kind in CORE.type_map.values() for name, part in getattr(kind, "fields", {}).items() if part.deprecation_reason}
    assert told == {name for name in DEPRECATED if "(" not in name}
