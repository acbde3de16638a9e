"""The score in plain Python: the oracle of the compiled SQL and the source of explanations.

Everything is counted in whole hundredths of a point, so the order of additions cannot matter. Each activity is rounded once, after decay; the
engagement is rounded once, to whole points (half up); what that adds or takes is a contribution of its own, named rounding. Where a cap cuts, the
last-listed contributions give way: in a rule the oldest activities, in a group its last rules.
"""

import math
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from leadwell.scoring.fields import fold
from leadwell.scoring.rules import Condition, EngagementRule, Group, Rules, Scale

DAY = 86400.0


@dataclass(frozen=True, slots=True)
class Activity:
    """What engagement rules read of an activity."""

    id: UUID
    kind: str
    at: datetime
    direction: str | None = None
    subject: str | None = None
    reading: str = "HUMAN"


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one fact or activity adds. In hundredths: `points` before decay, `decayed` after it, `counted` after every cap."""

    rule_id: str
    label: str
    part: str
    points: int
    decayed: int
    counted: int
    activity_id: UUID | None = None
    at: datetime | None = None
    person_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Fit and engagement in whole points; the counted hundredths of the contributions add up to 100 times the score."""

    score: int
    fit: int
    engagement: int
    grade: str
    contributions: Sequence[Contribution]


def evaluate(rules: Rules, facts: Mapping[str, Any], activities: Iterable[Activity], now: datetime) -> Evaluation:
    """A pure function of its arguments; order and repetition of the activities make no difference."""
    lived = _lived(activities, now)
    fit = [line for group in rules.of("FIT") for line in within(group, fitting(rules, group, facts))]
    engaged = [line for group in rules.of("ENGAGEMENT") for line in within(group, _engaged(rules, group, lived, now))]
    return concluded(rules, fit, engaged)


def concluded(rules: Rules, fit: Sequence[Contribution], engaged: Sequence[Contribution]) -> Evaluation:
    """The score that capped contributions come to: engagement rounded once, all of it between 0 and the most a score can be."""
    whole, felt = sum(line.counted for line in fit) // 100, sum(line.counted for line in engaged)
    engagement = (felt + 50) // 100
    lines = [*fit, *engaged]
    if engagement * 100 != felt:
        rest = engagement * 100 - felt
        lines.append(Contribution("rounding", "Rounded to whole points", "ROUNDING", rest, rest, rest))
    raw = whole + engagement
    score = max(0, min(rules.max_score, raw))
    return Evaluation(score, whole, engagement, grade(rules, score, whole, engagement), tuple(_trimmed(lines, (raw - score) * 100)))


def grade(rules: Rules, score: int, fit: int, engagement: int) -> str:
    """The grade of a score, or of a cell of the matrix."""
    scale = rules.grades
    if isinstance(scale, Scale):
        return next((step.grade for step in scale.steps if score >= step.at), scale.lowest)
    return scale.grades[bisect_right(scale.fit, fit)][bisect_right(scale.engagement, engagement)]


def _lived(activities: Iterable[Activity], now: datetime) -> list[Activity]:
    """Distinct, human, not in the future; newest first."""
    distinct = {a.id: a for a in activities if a.reading == "HUMAN" and a.at <= now}
    return sorted(distinct.values(), key=lambda a: (a.at, a.id), reverse=True)


def fitting(rules: Rules, group: Group, facts: Mapping[str, Any]) -> Iterator[Contribution]:
    """What the fit rules of a group give."""
    for rule in rules.fit:
        if rule.group == group.id and all(holds(c, facts) for c in rule.when):
            points = rule.points * 100
            yield Contribution(rule.id, rule.label, "FIT", points, points, points)


def holds(condition: Condition, facts: Mapping[str, Any]) -> bool:
    """Whether a condition holds; text is compared without regard to the case of A to Z."""
    fact: Any = facts.get(condition.field)
    if condition.op == "present":
        return (fact not in (None, "")) == condition.value
    if fact is None:
        return False
    fact, value = _folded(fact), _folded(condition.value)
    if not _alike(fact, value):
        return False
    match condition.op:
        case "eq":
            return bool(fact == value)
        case "in":
            return fact in value
        case "contains":
            return value in fact
        case "gte":
            return bool(fact >= value)
        case _:
            return bool(fact <= value)


def _alike(fact: Any, value: Any) -> bool:
    """Text meets text, numbers and flags meet numbers and flags; a field of the workspace's own may hold either."""
    first: Any = cast("list[Any]", value)[0] if isinstance(value, list) else value
    return isinstance(fact, str) == isinstance(first, str)


def _folded(value: Any) -> Any:
    if isinstance(value, list):
        return [_folded(v) for v in cast("list[Any]", value)]
    return fold(value) if isinstance(value, str) else value


def _engaged(rules: Rules, group: Group, lived: Sequence[Activity], now: datetime) -> Iterator[Contribution]:
    for rule in rules.engagement:
        if rule.group == group.id:
            yield from _capped(rule, [a for a in lived if _matches(rule, a)], now)


def _matches(rule: EngagementRule, activity: Activity) -> bool:
    return (
        activity.kind == rule.kind
        and (rule.direction is None or activity.direction == rule.direction)
        and (rule.subject_contains is None or fold(rule.subject_contains) in fold(activity.subject or ""))
    )


def _age(activity: Activity, now: datetime) -> float:
    return (now - activity.at).total_seconds()


def decayed(rule: EngagementRule, age: float) -> int:
    """Hundredths that are left of the rule's points after `age` seconds, without their sign."""
    whole = abs(rule.points) * 100
    return whole if rule.half_life_days is None else math.floor(whole * math.pow(0.5, age / (rule.half_life_days * DAY)) + 0.5)


def _capped(rule: EngagementRule, found: Sequence[Activity], now: datetime) -> Iterator[Contribution]:
    """Newest first. Of one day the earliest count, in the window or not any more; of the whole, what the cap has room for."""
    often = set(_beyond(rule, found))
    sign, left = (1 if rule.points >= 0 else -1), math.inf if rule.cap is None else rule.cap * 100
    for activity in (a for a in found if _age(a, now) < rule.window_days * DAY):
        value = decayed(rule, _age(activity, now))
        counted = 0 if activity.id in often else int(min(value, left))
        left -= counted
        yield Contribution(rule.id, rule.label, "ENGAGEMENT", rule.points * 100, sign * value, sign * counted, activity.id, activity.at)


def _beyond(rule: EngagementRule, found: Sequence[Activity]) -> Iterator[UUID]:
    seen: dict[int, int] = {}
    for activity in reversed(found):
        day = int(activity.at.timestamp() // DAY)
        seen[day] = seen.get(day, 0) + 1
        if rule.per_day is not None and seen[day] > rule.per_day:
            yield activity.id


def within(group: Group, lines: Iterable[Contribution]) -> Sequence[Contribution]:
    """What counts of a group's contributions under its cap and above its floor."""
    listed = list(lines)
    total = sum(line.counted for line in listed)
    high = math.inf if group.max is None else group.max * 100
    low = -math.inf if group.min is None else group.min * 100
    return _trimmed(listed, int(total - max(low, min(high, total))))


def _trimmed(lines: Sequence[Contribution], excess: int) -> list[Contribution]:
    """Takes `excess` off the contributions of its own sign, the last ones first."""
    kept: list[Contribution] = []
    for line in reversed(lines):
        cut = min(max(line.counted, 0), excess) if excess > 0 else max(min(line.counted, 0), excess)
        excess -= cut
        kept.append(replace(line, counted=line.counted - cut) if cut else line)
    return kept[::-1]
