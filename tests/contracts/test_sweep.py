"""The sweep of test_isolation.py leaves no argument of the schema out: every one is counted, and put to the test or named with a reason."""

import re

from leadwell.catalog import CATALOG
from tests import bearing
from tests.bearing import BEARING, LEAVES, WHY_NOT, Leaf, excused
from tests.contracts.test_isolation import AGGREGATES, CURSORS, FILTERS, FOLLOWED, MUTATIONS, QUERIES, SUBSCRIPTIONS
from tests.foreign import TEXTS


def swept() -> set[tuple[str, tuple[str, ...]]]:
    """The root fields and paths that the tests of the sweep are run over."""
    filtered = [(n.plural, ("where",)) for n in CATALOG]
    filtered += [(CATALOG[n].plural + "Changed", ("shown",)) for n in FOLLOWED]
    filtered += [(CATALOG[n].plural + suffix, ("where",)) for suffix, nouns in (("Aggregate", AGGREGATES), ("Changed", FOLLOWED)) for n in nouns]
    return {(p.root, p.path) for p in (*QUERIES, *MUTATIONS, *SUBSCRIPTIONS)} | {(x.root, x.path) for x in (*CURSORS, *FILTERS, *TEXTS)} | set(filtered)


def test_every_argument_that_can_name_something_of_another_workspace_is_swept() -> None:
    done = swept()
    left = [str(leaf) for leaf in BEARING if (leaf.root, leaf.path) not in done and not excused(leaf)]
    assert left == []
    bare = {leaf for leaf in LEAVES if leaf.kind == "ID" or leaf.kind.endswith("Where")}
    assert bare <= set(BEARING)
    assert not any(excused(leaf) for leaf in bare)


def test_every_argument_of_the_schema_is_counted() -> None:
    arguments = {(operation, root, name) for operation, roots in bearing.fields().items() for root, field in roots.items() for name in field.args}
    assert {(leaf.operation, leaf.root, leaf.path[0]) for leaf in LEAVES} == arguments
    silent = {leaf.kind for leaf in LEAVES if not leaf.bears} - {"String", "JSON"}
    assert not any(kind == "ID" or kind.endswith("Where") for kind in silent)
    words = {leaf.path[0] for leaf in LEAVES if leaf.kind == "String" and not leaf.bears and len(leaf.path) == 1}
    assert words == {"source", "state", "noun", "subject", "html", "text", "timeZone"}     # names of systems, words of ours, what is only shown again


def test_every_reason_not_to_sweep_is_needed() -> None:
    assert [form for form in WHY_NOT if not any(re.fullmatch(form, str(leaf)) for leaf in BEARING)] == []


def test_nothing_below_a_root_takes_an_id() -> None:
    """Filters and cursors of relations are those of the noun's own list."""
    assert {kind for _, kind in bearing.deep() if not kind.endswith(("Where", "Order"))} == {"Int", "String"}
    assert {name for name, kind in bearing.deep() if kind == "String"} == {"after", "before"}


def test_a_new_argument_is_noticed() -> None:
    assert (Leaf("query", "leads", ("whose",), "ID").bears, Leaf("query", "leads", ("that",), "LeadWhere").bears) == ("id", "where")
    assert (Leaf("mutation", "x", ("input", "email"), "String").bears, Leaf("mutation", "x", ("input", "size"), "Int").bears) == ("text", None)
