"""Which value of a field survives, who survives among leads, contacts and companies, and what consent is the strictest."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from leadwell.merging.consents import Standing, stricter
from leadwell.merging.fields import BLOCKS, Record, Word, block, chosen, decide
from leadwell.merging.plan import Entered, Facts, Wish, plan

DAY = datetime(2030, 1, 1, tzinfo=UTC)
TITLE, ADDRESS = BLOCKS["Person"][3], BLOCKS["Person"][6]


def id_of(n: int) -> UUID:
    return UUID(int=n)


def person(n: int, said: dict[str, int] | None = None, locked: tuple[str, ...] = (), **values: Any) -> Record:
    """`said`: on which day somebody spoke about a column."""
    columns = {c: None for one in BLOCKS["Person"] for c in one.columns} | {"last_activity_at": None, "tracking": True, "kind": "INDIVIDUAL"}
    words = {c: Word(DAY + timedelta(days=day), c in locked) for c, day in (said or {}).items()}
    return Record(id_of(n), columns | values, DAY - timedelta(days=n), words)


@pytest.mark.parametrize(("policy", "survivor", "other", "kept"), [
    ("SURVIVOR", person(1, title="CEO"), person(2, {"title": 9}, title="CTO"), "CEO"),
    ("SURVIVOR", person(1), person(2, title="CTO"), "CTO"),
    ("SURVIVOR", person(1, {"title": 3}), person(2, {"title": 9}, title="CTO"), None),
    ("NEWEST", person(1, {"title": 3}, title="CEO"), person(2, {"title": 9}, title="CTO"), "CTO"),
    ("NEWEST", person(1, {"title": 9}), person(2, {"title": 3}, title="CTO"), None),
    ("NEWEST", person(1, title="CEO"), person(2, {"title": 3}), None),
    ("NEWEST", person(1), person(2, title="CTO"), "CTO"),
    ("LONGEST", person(1, {"title": 9}), person(2, title="CTO"), "CTO"),
    ("LONGEST", person(1, title="CEO"), person(2, title="Chief executive"), "Chief executive"),
    ("LONGEST", person(1, {"title": 1}, ("title",), title="CEO"), person(2, title="Chief executive"), "CEO"),
    ("SURVIVOR", person(1, title="CEO"), person(2, {"title": 1}, ("title",), title="CTO"), "CTO"),
    (id_of(2), person(1, {"title": 1}, ("title",), title="CEO"), person(2, title="CTO"), "CTO"),
])  # fmt: skip
def test_newest_longest_cleared_and_locked_values_have_one_meaning(policy: Any, survivor: Record, other: Record, kept: str | None) -> None:
    assert chosen(TITLE, [survivor, other], policy).values["title"] == kept


def test_address_is_taken_as_one_block() -> None:
    porto, berlin = person(1, city="Porto"), person(2, {"street": 1}, street="Unter den Linden 1", city="Berlin", postal_code="10117", country="DE")
    assert chosen(ADDRESS, [porto, berlin], "SURVIVOR") is porto
    assert chosen(ADDRESS, [porto, berlin], "LONGEST") is berlin
    decision = decide("Person", [porto, berlin], {"address": "LONGEST"})
    assert dict(decision.values) == {"street": "Unter den Linden 1", "city": "Berlin", "postal_code": "10117", "country": "DE"}
    assert set(decision.donors.values()) == {berlin.id}


def test_dead_primary_address_gives_way_to_a_living_one() -> None:
    dead = Record(id_of(1), {"email": "old@acme.com"}, DAY, {}, frozenset({"email"}))
    assert chosen(block("email"), [dead, person(2, email="new@acme.com")], "SURVIVOR").values["email"] == "new@acme.com"


def test_tracking_once_refused_stays_refused_and_a_named_person_is_no_visitor() -> None:
    facts = Facts("Person", [person(1, kind="ANONYMOUS"), person(2, tracking=False)])
    (top,) = plan(Wish(id_of(1), (id_of(2),)), facts).folds
    assert dict(top.values) == {"tracking": False, "kind": "INDIVIDUAL"}


def test_plan_hash_is_of_the_decisions_alone() -> None:
    wish = Wish(id_of(1), (id_of(2),))

    def hashed(**values: Any) -> str:
        return plan(wish, Facts("Person", [person(1, title="CEO"), person(2, **values)])).hash

    assert hashed(title="CTO") == hashed(title="CTO") != hashed(title="CFO")


def test_one_enrollment_per_sequence_the_furthest_goes_on() -> None:
    one, other = id_of(7), id_of(8)
    entered = [Entered(id_of(11), id_of(1), one, 1, 1), Entered(id_of(12), id_of(2), one, 3, 1), Entered(id_of(13), id_of(2), other, 1, 1, raised=True)]
    decided = plan(Wish(id_of(1), (id_of(2),)), Facts("Person", [person(1), person(2)], enrollments=entered))
    assert dict(decided.leaving) == {id_of(11): "MERGED", id_of(13): "HAND_RAISE"}


def test_strictest_consent_across_addresses() -> None:
    news, product = id_of(20), id_of(21)
    refused = frozenset({("COMPLAINT", None), ("HARD_BOUNCE", None)})
    added = stricter([Standing(b"a", frozenset({news, product})), Standing(b"b", frozenset({product}), frozenset({news}), refused)])
    assert added.withdrawals == [(b"a", news)]
    assert added.suppressions == [(b"a", "COMPLAINT", None)]


def company(n: int, parent: int | None) -> Record:
    columns = {c: None for one in BLOCKS["Company"] for c in one.columns} | {"name": str(n), "last_activity_at": None, "parent_id": parent and id_of(parent)}
    return Record(id_of(n), columns, DAY)


@pytest.mark.parametrize(("above", "survivor", "loser", "parent"), [
    ({1: None, 2: 1, 3: 2}, 3, 2, 1), ({1: None, 2: 1, 3: 2}, 3, 1, None), ({1: None, 2: 1, 3: 2, 4: 3}, 4, 2, 1), ({1: None, 2: 1, 3: None}, 3, 2, 1),
    ({1: None, 2: 1, 3: None, 4: 3}, 4, 2, 3), ({1: None, 2: 1}, 1, 2, None),
])  # fmt: skip
def test_hierarchy_never_closes_a_circle(above: dict[int, int | None], survivor: int, loser: int, parent: int | None) -> None:
    parents = {id_of(n): p and id_of(p) for n, p in above.items()}
    records = [company(survivor, above[survivor]), company(loser, above[loser])]
    (top,) = plan(Wish(id_of(survivor), (id_of(loser),)), Facts("Company", records, parents=parents)).folds
    assert top.values.get("parent_id", records[0].values["parent_id"]) == (parent and id_of(parent))
