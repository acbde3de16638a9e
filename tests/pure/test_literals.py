"""Documents that differ only in literals are one document with variables."""

import graphql
import pytest

from api.documents import Documents
from api.literals import lift
from api.schema import CORE


@pytest.fixture
def documents() -> Documents:
    return Documents(CORE)


LIST = '{ leads(first: 50, where: {title: {eq: "%s"}, employees: {in: [%s]}, custom: [{key: "k", float: {gt: %s}}]}) { nodes { id } } }'


def test_texts_that_differ_in_literals_are_one_document(documents: Documents) -> None:
    first = documents.get(LIST % ("CEO", "1, 2", "1.5"))
    second = documents.get(LIST % ('C\\"T\\u00e4O', "3,4,5", "2.5"))
    assert first.document is second.document
    assert list(first.lifted.values()) == ["CEO", [1, 2], "k", 1.5]
    assert list(second.lifted.values()) == ['C"TäO', [3, 4, 5], "k", 2.5]
    assert graphql.validate(CORE, first.document.node) == []
    assert len(documents.documents) == 1


def test_ten_thousand_inlined_values_leave_one_document(documents: Documents) -> None:
    for i in range(10_000):
        documents.get(LIST % (i, i, f"{i}.5"))
    assert len(documents.documents) == 1
    assert len(documents.texts) <= documents.texts.most


def test_another_kind_of_literal_is_another_document_and_validated_as_such(documents: Documents) -> None:
    documents.get("{ leads(where: {employees: {eq: 5}}) { totalCount } }")
    with pytest.raises(Exception, match="GRAPHQL_VALIDATION_FAILED"):
        documents.get('{ leads(where: {employees: {eq: "5"}}) { totalCount } }')


def test_sizes_defaults_conditions_and_block_strings_stay_in_the_document(documents: Documents) -> None:
    text = 'query L($n: Int = %s) { leads(first: 7, last: $n, where: {title: {eq: """b"""}}) @include(if: true) { totalCount } }'
    five, six = documents.get(text % 5), documents.get(text % 6)
    assert five.lifted == six.lifted == {}
    assert five.document is not six.document
    assert "= 6" in graphql.print_ast(six.document.node)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("{ a(x: 1) # 2 \"3\"\n b(y: 4) }", [1, 4]),
        ('{ a(x: "1 # \\" 2") }', ['1 # " 2']),
        ("{ a1(x1: $x1) b2: c3 }", []),
        ('{ a(x: ["1", "2"], y: [], z: [[1]]) }', [["1", "2"], [1]]),
        ("{ a(x: -1.5e3) }", [-1500.0]),
        ('{ a(x: """1 "2" 3""", first: 4) }', []),
    ],
)
def test_literals_are_found_where_the_language_has_them(text: str, values: list[object]) -> None:
    assert lift(text)[1] == values


def test_a_text_with_nul_is_left_to_the_check_that_refuses_it() -> None:
    with pytest.raises(ValueError, match="NUL"):
        lift('{ a(x: "\\u0000") }')
