"""The score is a pure function; every number here was worked out by hand."""

import os
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from leadwell.scoring.companies import judge
from leadwell.scoring.defaults import DEFAULT
from leadwell.scoring.evaluate import Activity, evaluate
from leadwell.scoring.rules import Rules, parse

EXAMPLES = int(os.environ.get("LW_EXAMPLES", "30"))
NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)
GRADES = {"by": "SCORE", "steps": [{"grade": "A", "at": 50}], "lowest": "B"}


def act(n: int, kind: str, days: float = 0, **more: Any) -> Activity:
    return Activity(UUID(int=n), kind, NOW - timedelta(days=days), **more)


def felt(*listed: dict[str, Any], max: int | None = None, min: int | None = None, **more: Any) -> Rules:
    """Engagement rules in one group."""
    rules = [{"id": f"r{i}", "label": "Rule", "group": "g", **rule} for i, rule in enumerate(listed)]
    return parse({"groups": [{"id": "g", "label": "G", "part": "ENGAGEMENT", "max": max, "min": min}], "engagement": rules, "grades": GRADES, **more})


def counted(rules: Rules, *activities: Activity) -> list[int]:
    return [c.counted for c in evaluate(rules, {}, activities, NOW).contributions]


def test_points_halve_with_each_half_life() -> None:
    rules = felt({"kind": "FORM", "points": 20, "halfLifeDays": 30})
    assert counted(rules, act(1, "FORM")) == [2000]
    assert counted(rules, act(1, "FORM", 30)) == [1000]
    assert counted(rules, act(1, "FORM", 15)) == [1414, -14]
    assert evaluate(rules, {}, [act(1, "FORM", 15)], NOW).score == 14


def test_engagement_is_rounded_once_and_the_rest_is_a_line_of_its_own() -> None:
    rules = felt({"kind": "FORM", "points": 5, "halfLifeDays": 30})
    found = evaluate(rules, {}, [act(1, "FORM", 15), act(2, "FORM", 15)], NOW)
    assert [(c.rule_id, c.points, c.decayed, c.counted) for c in found.contributions] == [
        ("r0", 500, 354, 354), ("r0", 500, 354, 354), ("rounding", -8, -8, -8)]
    assert found.score == 7


def test_window_ends_and_the_future_has_not_begun() -> None:
    rules = felt({"kind": "FORM", "points": 20, "windowDays": 10})
    assert counted(rules, act(1, "FORM", 9.99)) == [2000]
    assert counted(rules, act(1, "FORM", 10)) == []
    assert counted(rules, act(1, "FORM", -0.001)) == []


def test_only_human_activities_of_the_kind_direction_and_subject_count() -> None:
    rules = felt({"kind": "EMAIL", "points": 3, "direction": "INBOUND", "subjectContains": "Price"})
    assert counted(rules, act(1, "EMAIL", direction="INBOUND", subject="your PRICES?")) == [300]
    for wrong in (
        act(1, "EMAIL", direction="OUTBOUND", subject="price"), act(1, "EMAIL", direction="INBOUND"), act(1, "CALL", direction="INBOUND", subject="price"),
        act(1, "EMAIL", direction="INBOUND", subject="price", reading="MACHINE"), act(1, "EMAIL", direction="INBOUND", subject="price", reading="UNCERTAIN"),
    ):
        assert counted(rules, wrong) == []


def test_of_one_utc_day_the_earliest_count() -> None:
    rules = felt({"kind": "OPEN", "points": 2, "perDay": 2})
    lines = evaluate(rules, {}, [act(1, "OPEN", 0.1), act(2, "OPEN", 0.2), act(3, "OPEN", 0.3), act(4, "OPEN", 1.2)], NOW).contributions
    assert [(c.activity_id and c.activity_id.int, c.decayed, c.counted) for c in lines] == [(1, 200, 0), (2, 200, 200), (3, 200, 200), (4, 200, 200)]


def test_activity_beyond_the_daily_number_does_not_begin_to_count_when_an_earlier_one_leaves_the_window() -> None:
    rules = felt({"kind": "OPEN", "points": 2, "perDay": 1, "windowDays": 10})
    assert counted(rules, act(1, "OPEN", 10.01), act(2, "OPEN", 9.99)) == [0]


def test_cap_of_a_rule_keeps_the_newest() -> None:
    rules = felt({"kind": "CLICK", "points": 5, "cap": 12})
    assert counted(rules, act(1, "CLICK", 3), act(2, "CLICK", 2), act(3, "CLICK", 1)) == [500, 500, 200]


def test_cap_of_a_group_takes_from_the_last_rule() -> None:
    rules = felt({"kind": "FORM", "points": 20}, {"kind": "CLICK", "points": 5}, {"kind": "UNSUBSCRIBE", "points": -3}, max=20)
    assert counted(rules, act(1, "FORM"), act(2, "CLICK"), act(3, "UNSUBSCRIBE")) == [2000, 300, -300]


def test_floor_of_a_group_and_of_the_score() -> None:
    rules = felt({"kind": "COMPLAINT", "points": -20}, {"kind": "FORM", "points": 5}, min=-10)
    found = evaluate(rules, {}, [act(1, "COMPLAINT"), act(2, "FORM")], NOW)
    assert (found.engagement, found.score, [c.counted for c in found.contributions]) == (-10, 0, [-500, 500])


def test_score_stops_at_its_maximum() -> None:
    rules = felt({"kind": "FORM", "points": 70}, {"kind": "CLICK", "points": 70})
    found = evaluate(rules, {}, [act(1, "FORM"), act(2, "CLICK")], NOW)
    assert (found.engagement, found.score, [c.counted for c in found.contributions]) == (140, 100, [7000, 3000])


def test_default_model_scores_a_director_with_a_fresh_form() -> None:
    facts = {"seniority": "DIRECTOR", "department": "SALES", "employees": 50, "companyName": "Acme", "emailClass": "BUSINESS", "phone": "+4930123"}
    found = evaluate(parse(DEFAULT), facts, [act(1, "FORM")], NOW)
    assert (found.fit, found.engagement, found.score, found.grade) == (45, 20, 65, "B")
    assert [c.rule_id for c in found.contributions] == ["leads", "buys", "medium", "named", "business-mail", "phone", "form"]


def test_conditions_compare_without_case_and_missing_facts_meet_nothing() -> None:
    def points(condition: dict[str, Any], **facts: Any) -> int:
        rule = {"id": "r", "label": "R", "group": "g", "points": 7, "when": [condition]}
        return evaluate(parse({"groups": [{"id": "g", "label": "G", "part": "FIT"}], "fit": [rule], "grades": GRADES}), facts, [], NOW).fit

    assert points({"field": "industry", "op": "eq", "value": "software"}, industry="SOFTWARE") == 7
    assert points({"field": "industry", "op": "in", "value": ["Finance", "Software"]}, industry="software") == 7
    assert points({"field": "title", "op": "contains", "value": "sales"}, title="Head of Sales") == 7
    assert points({"field": "employees", "op": "gte", "value": 10}, employees=10) == 7
    assert points({"field": "employees", "op": "lte", "value": 9}, employees=10) == 0
    assert points({"field": "phone", "op": "present", "value": False}) == 7
    assert points({"field": "phone", "op": "present", "value": True}, phone="") == 0
    assert points({"field": "industry", "op": "eq", "value": "software"}) == 0
    assert points({"field": "employees", "op": "lte", "value": 9}) == 0


def test_matrix_grades_by_fit_and_engagement() -> None:
    rules = felt({"kind": "FORM", "points": 20}, grades={"by": "MATRIX", "fit": [10], "engagement": [20], "grades": [["D", "C"], ["B", "A"]]})
    assert evaluate(rules, {}, [act(1, "FORM")], NOW).grade == "C"
    assert evaluate(rules, {}, [], NOW).grade == "D"


KINDS = ["FORM", "REPLY", "MEETING", "CALL", "CLICK", "OPEN", "PAGE_VIEW", "UNSUBSCRIBE", "COMPLAINT"]
SECONDS = st.integers(-3600, 200 * 86400) | st.sampled_from([-10**9, 3650 * 86400])   # years ago, and years to come
activities = st.lists(st.builds(
    lambda n, kind, seconds, reading: Activity(UUID(int=n), kind, NOW - timedelta(seconds=seconds), "INBOUND", None, reading),
    st.integers(0, 2**64), st.sampled_from(KINDS), SECONDS, st.sampled_from(["HUMAN", "HUMAN", "MACHINE"])),
    max_size=40, unique_by=lambda a: a.id)


@settings(max_examples=EXAMPLES)
@given(activities, st.randoms(), st.integers(0, 40))
def test_order_repetition_and_partition_of_activities_change_nothing(lived: list[Activity], chance: Any, cut: int) -> None:
    once = evaluate(parse(DEFAULT), {}, lived, NOW)
    again = [*lived[cut:], *lived, *lived[:cut]]
    chance.shuffle(again)
    assert evaluate(parse(DEFAULT), {}, again, NOW) == once


@settings(max_examples=EXAMPLES)
@given(activities, st.sampled_from([{}, {"seniority": "OWNER", "employees": 500, "phone": "+1"}, {"seniority": "INTERN", "emailClass": "DISPOSABLE"}]))
def test_contributions_add_up_exactly(lived: list[Activity], facts: dict[str, Any]) -> None:
    found = evaluate(parse(DEFAULT), facts, lived, NOW)
    assert sum(c.counted for c in found.contributions) == found.score * 100
    assert 0 <= found.score <= 100


COMPANY = {
    "groups": [{"id": "g", "label": "G", "part": "ENGAGEMENT", "max": 40}], "grades": GRADES,
    "people": [
        {"id": "reach", "label": "Reach", "group": "g", "points": 7, "engagedFrom": 10, "most": 3},
        {"id": "depth", "label": "Depth", "group": "g", "percent": 33, "most": 2}, {"id": "calm", "label": "Calm", "group": "g", "points": -2, "most": 1}],
}


@settings(max_examples=EXAMPLES)
@given(st.lists(st.tuples(st.integers(1, 30).map(lambda n: UUID(int=n)), st.integers(-20, 80)), unique_by=lambda one: one[0]), st.randoms())
def test_companies_count_each_person_once_in_whatever_order_and_add_up(people: list[tuple[UUID, int]], chance: Any) -> None:
    rules = parse(COMPANY, "COMPANY")
    again = [*people, *people]
    chance.shuffle(again)
    found = judge(rules, {}, people)
    assert judge(rules, {}, again) == found
    assert sum(c.counted for c in found.contributions) == found.score * 100
