"""The schema as others see it: the committed text is the code's, everything is described, and every mutation keeps the grammar."""

import re
from collections.abc import Iterator

import graphql
from graphql import GraphQLEnumType, GraphQLInputObjectType, GraphQLInterfaceType, GraphQLNonNull, GraphQLObjectType

from api.schema import CORE, sdl
from tests.processes import ROOT

NAMES = {
    "types": re.compile(r"[A-Z][A-Za-z0-9]*"), "fields": re.compile(r"[a-z][A-Za-z0-9]*|AND|OR|NOT"), "values": re.compile(r"[A-Z][A-Z0-9_]*"),
}


def own_types() -> list[graphql.GraphQLNamedType]:
    return [t for name, t in CORE.type_map.items() if not name.startswith("__") and not graphql.is_specified_scalar_type(t)]


def parts() -> Iterator[tuple[str, str | None]]:
    """Everything that can carry a description, with it."""
    for kind in own_types():
        yield kind.name, kind.description
        if isinstance(kind, GraphQLEnumType):
            yield from ((f"{kind.name}.{name}", value.description) for name, value in kind.values.items())
        elif isinstance(kind, GraphQLInputObjectType):
            yield from ((f"{kind.name}.{name}", field.description) for name, field in kind.fields.items())
        elif isinstance(kind, (GraphQLObjectType, GraphQLInterfaceType)):
            for name, field in kind.fields.items():
                yield f"{kind.name}.{name}", field.description
                yield from ((f"{kind.name}.{name}({a})", argument.description) for a, argument in field.args.items())


def test_committed_schema_is_what_the_code_says() -> None:
    assert (ROOT / "schema.graphql").read_text() == sdl(), "run `make schema` and commit schema.graphql"


def test_committed_schema_builds_and_is_valid() -> None:
    built = graphql.build_schema((ROOT / "schema.graphql").read_text())
    assert graphql.validate_schema(built) == []


def test_everything_is_described() -> None:
    assert [place for place, description in parts() if not (description or "").strip()] == []


def test_names_keep_the_grammar() -> None:
    wrong = [t.name for t in own_types() if not NAMES["types"].fullmatch(t.name)]
    for kind in own_types():
        if isinstance(kind, GraphQLEnumType):
            wrong += [f"{kind.name}.{v}" for v in kind.values if not NAMES["values"].fullmatch(v)]
        elif isinstance(kind, (GraphQLObjectType, GraphQLInterfaceType, GraphQLInputObjectType)):
            wrong += [f"{kind.name}.{f}" for f in kind.fields if not NAMES["fields"].fullmatch(f)]
    assert wrong == []


def test_every_mutation_takes_one_input_and_answers_a_payload_with_user_errors() -> None:
    assert CORE.mutation_type is not None
    wrong: list[str] = []
    for name, field in CORE.mutation_type.fields.items():
        payload = graphql.get_named_type(field.type)
        shape = {f: str(v.type) for f, v in payload.fields.items()} if isinstance(payload, GraphQLObjectType) else {}
        good = list(field.args) == ["input"] and isinstance(field.args["input"].type, GraphQLNonNull) and isinstance(field.type, GraphQLNonNull)
        if not good or not payload.name.endswith("Payload") or shape.get("userErrors") != "[UserError!]!" or shape.get("query") != "Query!":
            wrong.append(name)
    assert wrong == []


def test_connections_are_nodes_edges_and_page_info() -> None:
    wrong = [
        kind.name for kind in own_types() if isinstance(kind, GraphQLObjectType) and kind.name.endswith("Connection")
        and not {"nodes", "edges", "pageInfo", "totalCount"} <= set(kind.fields)
    ]
    assert wrong == []


def test_what_is_deprecated_says_until_when() -> None:
    reasons: list[str] = []
    for kind in own_types():
        if isinstance(kind, (GraphQLObjectType, GraphQLInterfaceType, GraphQLInputObjectType)):
            reasons += [f.deprecation_reason for f in kind.fields.values() if f.deprecation_reason]
    assert [reason for reason in reasons if not re.search(r"\b20\d\d-\d\d-\d\d\b", reason)] == []
