"""What documents cost: the numbers, that the SDL says the same, and that finding out is linear in the text."""

import graphql as ql
import pytest

from api.costs import Costs
from api.documents import Documents, Invalid
from api.errors import QueryTooComplex
from api.limits import Limits, Measure, measure
from api.prices import VARIED, Figures
from api.schema import CORE, sdl

DOCUMENTS = Documents(CORE)
PAGE = "query($n: Int, $m: Int = 3) { leads(first: $n) { pageInfo { hasNextPage } nodes { id owner { name } activities(first: $m) { nodes { kind } } } } }"


def figures(text: str, **variables: object) -> Figures:
    found = DOCUMENTS.get(text)
    return found.document.price(None).of({**variables, **found.lifted})


@pytest.mark.parametrize(
    ("text", "variables", "rows", "cost", "flat"),
    [
        ("{ __typename }", {}, 0, 1, 0),
        ("{ leads(first: 10) { nodes { id } } }", {}, 10, 11, 1),
        ("{ leads { nodes { id } } }", {}, 25, 26, 1),
        ("{ leads(first: 10) { edges { cursor node { id } } } }", {}, 10, 11, 1),
        ("fragment F on LeadConnection { nodes { id } } { leads(last: 10) { ...F } }", {}, 10, 11, 1),
        ("{ leads(first: 0) { totalCount totalCountExact } }", {}, 0, 22, 1),
        ('{ leads(first: 5, search: "x") { nodes { id } } }', {}, 5, 16, 11),
        (PAGE, {"n": 50}, 200, 1 + 50 * (1 + 1 + 1 + 3), 1),
        (PAGE, {"n": 200, "m": 0}, 200, 1 + 200 * 3, 1),
        (PAGE, {}, 100, 1 + 25 * 6, 1),
        (PAGE, {"n": 9_999, "m": None}, 200 + 200 * 25, 1 + 200 * (3 + 25), 1),
        (PAGE, {"n": "many", "m": True}, 2, 1 + 4, 1),
        ('{ nodes(ids: ["a", "b", "c"]) { id } }', {}, 3, 3, 0),
        ("query($ids: [ID!]!) { nodes(ids: $ids) { id } }", {"ids": ["a"] * 100}, 100, 100, 0),
        ("{ leadsAggregate(first: 7) { total { count } groups { count } } }", {}, 7, 1 + 10 + 7, 1),
        ("{ __schema { types { name } } }", {}, 0, 500, 500),
        ('mutation { a: createTag(input: {name: "x"}) { tag { id } } b: createTag(input: {name: "y"}) { userErrors { code } } }', {}, 0, 21, 20),
        ("mutation($i: CreateLeadsInput!) { createLeads(input: $i) { leads { id } } }", {"i": {"leads": [{}] * 500}}, 500, 10 + 500 + 500, 510),
        ('mutation { createLeads(input: {leads: [{email: "a@b.c"}, {email: "d@e.f"}]}) { leads { id } } }', {}, 2, 14, 12),
        ("subscription { heartbeat }", {}, 0, 10, 10),
    ],
)
def test_a_document_costs_what_its_lists_may_hold(text: str, variables: dict[str, object], rows: int, cost: int, flat: int) -> None:
    found = figures(text, **variables)
    assert (found.rows, found.cost, found.flat) == (rows, cost, flat)


def test_sizes_in_variables_are_worked_out_once_each_and_the_memory_is_bounded() -> None:
    price = DOCUMENTS.get(PAGE).document.price(None)
    price.known.clear()
    assert [price.of({"n": n}).rows for n in (1, 2, 1)] == [4, 8, 4]
    assert len(price.known) == 2
    for n in range(100):
        price.of({"n": n, "m": 2})
    assert len(price.known) <= VARIED


def test_rows_and_points_above_the_limit_are_refused_and_smaller_pages_of_the_same_document_are_not() -> None:
    text = "query($n: Int!) { leads(first: $n) { nodes { company { leads(first: $n) { nodes { activities(first: $n) { nodes { id } } } } } } } }"
    assert figures(text, n=10).rows == 10 + 100 + 1_000
    with pytest.raises(QueryTooComplex, match="8040200 rows at most, and 100000 is the limit"):
        figures(text, n=200)
    tight = Documents(CORE, Limits(cost=50)).get("{ leads(first: 50) { nodes { id } } }").document.price(None)
    with pytest.raises(QueryTooComplex, match="51 points, and 50 is the limit"):
        tight.of({})


def test_the_schema_says_what_is_charged() -> None:
    printed, costs = ql.build_schema(sdl()), Costs(CORE)
    wrong: list[str] = []
    for kind in printed.type_map.values():
        for name, field in kind.fields.items() if isinstance(kind, ql.GraphQLObjectType) and not kind.name.startswith("__") else ():
            said = {d.name.value: {a.name.value: ql.print_ast(a.value) for a in d.arguments or ()} for d in field.ast_node.directives or ()}
            rule = costs.rule(CORE.type_map[kind.name], name)
            weight = int(said.get("cost", {}).get("weight", f'"{int(not rule.leaf)}"').strip('"'))
            size = said.get("listSize")
            assumed = int(size["assumedSize"]) if size else None
            if (weight, assumed) != (rule.weight, rule.size and rule.size.assumed):
                wrong.append(f"{kind.name}.{name}")
    assert wrong == []
    text = sdl()
    assert ': LeadConnection! @listSize(assumedSize: 25, slicingArguments: ["first", "last"], sizedFields: ["nodes", "edges"]' in text
    assert "directive @cost(weight: String!) on FIELD_DEFINITION | ARGUMENT_DEFINITION | INPUT_FIELD_DEFINITION" in text


def chain(levels: int) -> str:
    fragments = " ".join(f"fragment f{i} on Query {{ ...f{i + 1} ...f{i + 1} }}" for i in range(levels))
    return f"{{ ...f0 }} {fragments} fragment f{levels} on Query {{ leads {{ totalCount }} }}"


def test_fragments_that_spread_each_other_are_looked_at_once_each() -> None:
    looked: list[str] = []

    class Watched(Measure):
        def selection(self, selection, on):  # type: ignore[no-untyped-def]
            looked.append("")
            return super().selection(selection, on)

    size = Watched(ql.parse(chain(25)), Costs(CORE)).operation(ql.parse(chain(25)).definitions[0])  # type: ignore[arg-type]
    assert (size.roots, size.cost, len(looked)) == (2**25, 2**26, 1 + 26 + 1)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (chain(25), "33554432 root fields"),
        ("{ " + " ".join(f"a{i}: __typename" for i in range(1_000)) + " }", "1000 aliases"),
        ("mutation { " + " ".join(f'a{i}: convertLead(input: {{id: "x"}}) {{ lead {{ id }} }}' for i in range(1_000)) + " }", "more than 5000 tokens"),
        ("mutation { " + " ".join(f'a{i}: convertLead(input: {{id: "x"}}) {{ lead {{ id }} }}' for i in range(200)) + " }", "200 aliases"),
        ("{ __typename " + "@no " * 5_000 + "}", "more than 5000 tokens"),
        ("{ __typename " + "@no " * 1_000 + "}", "1000 directives"),
        ("{ " + "__typename " * 20_000 + "}", "more than 5000 tokens"),
        ("{ " + "... on Query { __typename } " * 600 + " }", "600 root fields"),
        ("{ " + "... on Query { " * 600 + "__typename" + " }" * 600 + " }", ""),
    ],
    ids=["fragments", "aliases", "conversions", "fewer conversions", "directives", "fewer directives", "repeated", "inline", "nested inline"],
)
def test_what_asks_for_too_much_is_refused_before_it_is_validated(text: str, what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Documents, "_prepared", None)
    with pytest.raises((QueryTooComplex, Invalid)) as refusal:
        DOCUMENTS.get(text)
    assert what in str(refusal.value)


def test_names_that_the_schema_does_not_have_are_not_remembered() -> None:
    documents = Documents(CORE)
    for i in range(50):
        with pytest.raises(Invalid):
            documents.get(f"{{ leads {{ nodes {{ no{i} }} }} nope{i} {{ no }} }} mutation {{ do{i}(input: {{ids: []}}) {{ id }} }}")
    assert {name for _, name in documents.costs.known} == {"leads", "nodes"}
    assert documents.costs.charged == {}


def test_a_fragment_that_holds_itself_and_fields_of_no_type_are_counted_and_left_to_validation() -> None:
    assert measure(ql.parse("{ ...A } fragment A on Query { leads { nodes { nope { deeper } } } ...A }"), Costs(CORE)) is False
