"""What is remembered of documents stays within its bounds, and is never taken for another's."""

import gc
import weakref

import graphql
import pytest

from api.documents import Documents
from api.reads import Reads
from api.schema import CORE
from leadwell.base.ids import uuid7
from leadwell.base.recent import Recent
from leadwell.catalog import Everything

SMALL = graphql.build_schema("directive @by(n: Int) on FIELD type Query { a(x: Int): Int b: Int }")


def short(documents: Documents, most: int) -> Documents:
    documents.documents.most = most
    return documents


def test_five_thousand_distinct_documents_leave_as_many_as_there_is_room_for() -> None:
    documents = Documents(SMALL)
    for i in range(5_000):
        documents.get(f"query Q{i} {{ a{i}: a }}")
    for cache, entries in ((documents.texts, 2_000), (documents.documents, 1_000)):
        assert (len(cache), cache.evictions) == (entries, 5_000 - entries)
        assert cache.size <= cache.most_size


def test_plans_of_distinct_documents_leave_as_many_as_there_is_room_for() -> None:
    documents, plans, viewer = Documents(CORE), Reads().plans, Everything(uuid7())
    assert (plans.known.most, plans.known.most_size) == (1_000, 1_200_000)
    plans.known.most = 100
    for i in range(300):
        reading = documents.get(f"{{ a{i}: leads {{ totalCount }} }}").document.reading(None)
        assert reading is not None
        asked = reading.ask({})
        assert asked is not None
        plans.bind(reading, asked, viewer)
    assert (len(plans.known), plans.known.evictions) == (100, 200)
    assert 0 < plans.known.size <= plans.known.most_size


def test_long_documents_are_bounded_by_their_length() -> None:
    documents = Documents(SMALL)
    for i in range(100):
        documents.get(f"query Q{i} {{ a }} #" + "x" * 15_000)
    assert len(documents.documents) == 11
    assert documents.documents.size <= documents.documents.most_size
    documents.get("{ b } #" + "x" * 100_000)  # longer than a quarter of all room
    assert len(documents.documents) == 11


def test_a_document_that_is_forgotten_is_gone_though_its_text_is_known() -> None:
    documents = short(Documents(SMALL), 1)
    first = documents.get("{ a }").document
    node = weakref.ref(first.node)
    del first
    documents.get("{ b }")
    gc.collect()
    assert node() is None
    assert list(documents.get("{ a }").document.operations) == [None]
    assert len(documents.texts) == 2


@pytest.mark.parametrize("most", [1, 2, 1_000])
def test_texts_that_differ_in_a_literal_that_is_part_of_the_document_keep_theirs(most: int) -> None:
    documents = short(Documents(SMALL), most)
    texts = [f"{{ a(x: {x}) @by(n: {n}) }}" for x in (1, 2) for n in (3, 4)]
    for text in (*texts, *reversed(texts), "{ b }", *texts):
        found = documents.get(text)
        if text == "{ b }":
            continue
        printed = graphql.print_ast(found.document.node)
        n = text[-4]
        assert f"@by(n: {n})" in printed
        x = next(iter(found.lifted.values())) if found.lifted else int(printed.partition("a(x: ")[2][0])
        assert x == int(text[7])


def test_a_value_is_counted_dropped_and_forgotten() -> None:
    recent: Recent[str] = Recent(2, 100)
    for key in "abc":
        recent.put(key, key, 10)
    assert (len(recent), recent.size, recent.evictions, recent.get("a"), recent.get("c")) == (2, 20, 1, None, "c")
    recent.drop("c")
    recent.drop("never")
    assert (len(recent), recent.size, recent.get("c"), recent.hits, recent.misses) == (1, 10, None, 1, 2)
