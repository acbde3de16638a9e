"""When an endpoint rests because it fails, and when it is given up."""

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from leadwell.webhooks import Health
from leadwell.webhooks.endpoints import matches, noun_of

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_five_failures_in_a_row_rest_it_and_each_failed_probe_doubles_that() -> None:
    health, rests = Health(), list[float | None]()
    for _ in range(14):
        now = health.resting_until or NOW
        health = health.after(0, 1, now)
        assert health.after(0, 7, now) == health or not health.resting_until
        rests.append(health.resting_until and (health.resting_until - now).total_seconds())
    assert rests == [None] * 4 + [30, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]
    assert (health.probing, health.failing_since) == (True, NOW)


def test_one_delivery_makes_it_whole() -> None:
    health = Health().after(0, 9, NOW)
    assert health.resting_until == NOW + timedelta(seconds=30)
    assert health.after(1, 9, NOW) == Health()


def test_it_is_given_up_after_five_days_without_a_delivery() -> None:
    health = Health().after(0, 1, NOW)
    assert [health.given_up(NOW + timedelta(days=days)) for days in (0, 4.9, 5)] == [False, False, True]
    assert not Health().given_up(NOW + timedelta(days=50))


@settings(max_examples=30)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 12)), max_size=30))
def test_health_is_whole_exactly_when_nothing_failed_since_the_last_delivery(rounds: list[tuple[int, int]]) -> None:
    health = Health()
    for i, (good, bad) in enumerate(rounds):
        health = health.after(good, bad, NOW + timedelta(minutes=i))
    last = max((i for i, (good, _) in enumerate(rounds) if good), default=-1)
    failed = [i for i, (good, bad) in enumerate(rounds) if i > last and bad and not good]
    assert health.failing_since == (NOW + timedelta(minutes=failed[0]) if failed else None)
    assert (health.failures == 0) == (not failed)


def test_kinds_name_events_and_nouns() -> None:
    assert [matches(kinds, "lead.moved") for kinds in (["lead.moved"], ["lead.*"], ["*"], ["leads.*"], ["lead.created"])] == [True, True, True, False, False]
    nouns = [noun_of(kinds) for kinds in (["lead.moved", "lead.created"], ["lead.*", "deal.*"], ["*"], ["mail.*"])]
    assert [noun and noun.name for noun in nouns] == ["Lead", None, None, None]
