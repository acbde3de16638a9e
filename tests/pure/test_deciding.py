"""Whose turn it is: in turn, by weight, to the least busy; never to whom it cannot go."""

from collections import Counter
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadwell.assignment.deciding import Member, choose


def members(*more: dict[str, object]) -> list[Member]:
    return [Member(UUID(int=i), UUID(int=100 + i), **one) for i, one in enumerate(more, 1)]  # type: ignore[arg-type]


def taken(strategy: str, of: list[Member], times: int, passed: UUID | None = None) -> list[int]:
    """Who got each, by number."""
    found = [choose(strategy, of, (), passed).member for _ in range(times)]
    return [one.id.int if one else 0 for one in found]


def test_each_gets_one_in_turn_the_one_with_the_fewest_first() -> None:
    assert taken("ROUND_ROBIN", members({"weight": 9}, {}, {}), 6) == [1, 2, 3, 1, 2, 3], "weights are for WEIGHTED"
    assert taken("ROUND_ROBIN", members({"given": 5}, {"given": 2}), 2) == [2, 1]


def test_weights_share_out_smoothly() -> None:
    assert Counter(taken("WEIGHTED", members({"weight": 5}, {"weight": 1}, {"weight": 1}), 70)) == {1: 50, 2: 10, 3: 10}
    assert taken("WEIGHTED", members({"weight": 5}, {"weight": 1}, {"weight": 1}), 7) == [1, 1, 2, 1, 3, 1, 1]


def test_whoever_comes_back_is_not_flooded() -> None:
    of = members({}, {}, {"away": True})
    taken("ROUND_ROBIN", of, 50)
    of[2].away = False
    assert sorted(taken("ROUND_ROBIN", of, 3)) == [1, 2, 3]


def test_least_busy_gets_it_and_equals_take_turns() -> None:
    of = members({"open": 3}, {"open": 1}, {"open": 1})
    assert taken("LEAST_BUSY", of, 6) == [2, 3, 2, 3, 1, 2]
    assert choose("LEAST_BUSY", of).reason == "LEAST_BUSY"


@pytest.mark.parametrize(("of", "needs", "reason"), [
    ([], (), "NO_MEMBERS"), ([{"gone": True}], (), "NO_MEMBERS"), ([{"away": True}, {"away": True}, {"gone": True}], (), "ALL_AWAY"),
    ([{"capacity": 0}, {"capacity": 3, "open": 3}], (), "ALL_FULL"), ([{}, {"skills": frozenset({"german"})}], ("german", "tax"), "NOBODY_SKILLED"),
    ([{"away": True}, {"capacity": 0}], (), "NOBODY_FREE"),
])
def test_nobody_gets_it_and_the_reason_is_told(of: list[dict[str, object]], needs: tuple[str, ...], reason: str) -> None:
    seats = members(*of)
    found = choose("ROUND_ROBIN", seats, needs)
    assert (found.member, found.reason, len(found.candidates)) == (None, reason, len(of))
    assert all((one.credit, one.given) == (0, 0) for one in seats), "nobody's turn is taken"


def test_decision_keeps_every_member_as_they_stood() -> None:
    of = members({"capacity": 2, "open": 1, "skills": frozenset({"tax", "german"})}, {"away": True})
    assert choose("WEIGHTED", of, ("tax",)).candidates == [
        {"user": UUID(int=101), "verdict": "CHOSEN", "weight": 1, "credit": 0, "given": 0, "open": 1, "capacity": 2, "skills": ["german", "tax"]},
        {"user": UUID(int=102), "verdict": "AWAY", "weight": 1, "credit": 0, "given": 0, "open": 0},
    ]


def test_who_did_not_answer_is_passed_over_and_keeps_it_where_there_is_no_other() -> None:
    of = members({}, {})
    assert taken("ROUND_ROBIN", of, 3, of[0].user_id) == [2, 2, 2]
    assert choose("ROUND_ROBIN", of[:1], (), of[0].user_id).reason == "NOBODY_FREE"


def test_leads_of_a_queue_to_claim_wait() -> None:
    found = choose("CLAIM", members({}, {"away": True}))
    assert (found.member, found.reason, [one["verdict"] for one in found.candidates]) == (None, "TO_CLAIM", ["LATER", "AWAY"])


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 6), st.lists(st.sets(st.integers(1, 6), max_size=5), max_size=60))
def test_equal_members_are_never_two_apart_whoever_is_away_meanwhile(size: int, away: list[set[int]]) -> None:
    """Turns are kept among those who are there: with nobody away the shares differ by one at most, and credits always add up to nothing."""
    of = members(*({} for _ in range(size)))
    for gone in away:
        for one in of:
            one.away = one.id.int in gone
        choose("ROUND_ROBIN", of)
        assert sum(one.credit for one in of) == 0
    steady = members(*({} for _ in range(size)))
    for i in range(1, 3 * size + 1):
        choose("ROUND_ROBIN", steady)
        shares = [one.given for one in steady]
        assert (sum(shares), max(shares) - min(shares) <= 1) == (i, True)
