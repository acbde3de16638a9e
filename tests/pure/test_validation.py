"""What finding out whether a document is valid may take, and how much is said of one that is not."""

import pytest
from graphql import GraphQLError, parse, validate
from graphql.validation.rules import ASTValidationRule

from api import validation
from api.documents import Documents, Invalid
from api.errors import QueryTooComplex
from api.schema import CORE
from api.validation import MOST_ERRORS, RULES, fits


def errors(text: str) -> list[GraphQLError]:
    with pytest.raises(Invalid) as found:
        Documents(CORE).get(text)
    return found.value.errors


@pytest.mark.parametrize(
    "text",
    [
        "{{ leads {{ nodes {{ {} }} }} }}".format(" ".join(f"emaiil{i}" for i in range(1_900))),
        "{{ leads(where: {{{}}}) {{ totalCount }} }}".format(", ".join(f"tittle{i}: 1" for i in range(900))),
        "{{ leads({}) {{ totalCount }} }}".format(", ".join(f"firs{i}: 1" for i in range(900))),
        "query({}) {{ leads {{ totalCount }} }}".format(" ".join(f"$a{i}: LeadWher{i}" for i in range(600))),
    ],
    ids=["fields", "keys", "arguments", "types"],
)
def test_of_a_thousand_errors_the_first_are_told(text: str) -> None:
    found = errors(text)
    assert len(found) == MOST_ERRORS + 1
    assert found[0].locations
    assert found[-1].message == "Too many validation errors, error limit reached. Validation aborted."


@pytest.mark.parametrize(
    "selected", [" name" * 1_900, " owner { name email }" * 400, " company { name owner { name } }" * 300], ids=["leaves", "objects", "nested"]
)
def test_fields_that_repeat_too_often_to_be_compared_are_refused(selected: str) -> None:
    with pytest.raises(QueryTooComplex, match="too many of its fields are the same"):
        Documents(CORE).get(f"{{ leads {{ nodes {{{selected} }} }} }}")


def test_sixty_fragments_that_share_their_fields_are_compared() -> None:
    fragments = " ".join(f"fragment F{i} on Lead {{ owner {{ name email }} company {{ name }} id title state score }}" for i in range(60))
    assert fits(CORE, parse("{{ leads {{ nodes {{ {} }} }} }} {}".format(" ".join(f"...F{i}" for i in range(60)), fragments)))


@pytest.mark.parametrize("directive", ["stream", "nonsense"])
def test_directives_that_the_schema_does_not_have_are_refused(directive: str) -> None:
    assert [e.message for e in errors(f"{{ leads {{ nodes {{ id }} ... @{directive} {{ totalCount }} }} }}")] == [f"Unknown directive '@{directive}'."]


def test_a_wrong_document_says_what_and_where() -> None:
    (found,) = errors("{\n  leads { nodes { nope } } }")
    assert found.message.startswith("Cannot query field 'nope' on type 'Lead'.")
    assert [(p.line, p.column) for p in found.locations or ()] == [(2, 19)]


EACH_RULE = {
    "ExecutableDefinitionsRule": "type T { a: Int } { node(id: 1) { id } }",
    "KnownOperationTypesRule": None,  # the schema has all three
    "UniqueOperationNamesRule": "query A { node(id: 1) { id } } query A { node(id: 2) { id } }",
    "LoneAnonymousOperationRule": "{ node(id: 1) { id } } query A { node(id: 2) { id } }",
    "SingleFieldSubscriptionsRule": "subscription { heartbeat a: heartbeat }",
    "KnownTypeNamesRule": "query ($a: Nothing) { node(id: $a) { id } }",
    "FragmentsOnCompositeTypesRule": "{ node(id: 1) { ... on ID { id } } }",
    "VariablesAreInputTypesRule": "query ($a: Lead) { node(id: $a) { id } }",
    "ScalarLeafsRule": "{ leads { totalCount { id } } }",
    "FieldsOnCorrectTypeRule": "{ leads { nope } }",
    "UniqueFragmentNamesRule": "{ leads { ...F } } fragment F on LeadConnection { totalCount } fragment F on LeadConnection { totalCount }",
    "KnownFragmentNamesRule": "{ leads { ...F } }",
    "NoUnusedFragmentsRule": "{ leads { totalCount } } fragment F on LeadConnection { totalCount }",
    "PossibleFragmentSpreadsRule": "{ leads { nodes { ... on Company { id } } } }",
    "NoFragmentCyclesRule": "{ leads { ...F } } fragment F on LeadConnection { totalCount ...F }",
    "UniqueVariableNamesRule": "query ($n: Int, $n: Int) { leads(first: $n) { totalCount } }",
    "NoUndefinedVariablesRule": "query { leads { ...F } } fragment F on LeadConnection { nodes { activities(first: $n) { totalCount } } }",
    "NoUnusedVariablesRule": "query ($n: Int) { leads { totalCount } }",
    "KnownDirectivesRule": "{ leads { totalCount @nonsense } }",
    "UniqueDirectivesPerLocationRule": "{ leads { totalCount @include(if: true) @include(if: true) } }",
    "DeferStreamDirectiveOnRootField": "mutation { ... @defer { signOut } }",
    "DeferStreamDirectiveOnValidOperationsRule": "subscription { heartbeat { ... @defer { __typename } } }",
    "DeferStreamDirectiveLabel": '{ leads { ... @defer(label: "a") { totalCount } ... @defer(label: "a") { totalCount } } }',
    "KnownArgumentNamesRule": "{ leads(nope: 1) { totalCount } }",
    "UniqueArgumentNamesRule": "{ leads(first: 1, first: 1) { totalCount } }",
    "ValuesOfCorrectTypeRule": "{ leads(where: {state: {eq: NOPE}}) { totalCount } }",
    "ProvidedRequiredArgumentsRule": "{ node { id } }",
    "VariablesInAllowedPositionRule": "query ($n: String) { leads(first: $n) { totalCount } }",
    "OverlappingFieldsCanBeMergedRule": "{ leads(first: 1) { totalCount } leads(first: 2) { totalCount } }",
    "UniqueInputFieldNamesRule": "{ leads(where: {state: {eq: OPEN}, state: {eq: OPEN}}) { totalCount } }",
    "MaxIntrospectionDepthRule": "{ __schema { types { fields { type { fields { type { fields { type { fields { name } } } } } } } } } }",
    "MaybeNullValidationRule": "mutation { updateCompany(input: {id: 1, name: null}) { __typename } }",
    "IdempotentMutations": '{ leads { totalCount @idempotent(key: "a") } }',
}


@pytest.mark.parametrize("rule", RULES, ids=[rule.__name__ for rule in RULES])
def test_each_rule_alone_says_of_a_document_what_it_says_in_graphql_core(rule: type[ASTValidationRule], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(validation, "RULES", (rule,))
    told: dict[str, bool] = {}
    for name, text in EACH_RULE.items():
        if text:
            node = parse(text)
            told[name] = fits(CORE, node)
            assert told[name] == (not validate(CORE, node, [rule])), name
    assert EACH_RULE[rule.__name__] is None or told[rule.__name__] is False
