"""The rules of a scoring model: a frozen structure read from JSON, refused with the path of what is wrong."""

from collections.abc import Iterator
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from leadwell.scoring.fields import FIELDS, OF_COMPANIES, field
from leadwell.scoring.refusals import InvalidRules
from models.activities import ActivityKind

Id = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9_-]{0,59}$")]
Label = Annotated[str, Meta(min_length=1, max_length=200)]
Points = Annotated[int, Meta(ge=-1000, le=1000)]
Whole = Annotated[int, Meta(ge=0, le=100_000)]
Level = Annotated[int, Meta(ge=-10_000, le=10_000)]
Subject = Literal["PERSON", "COMPANY"]
Value = str | int | bool | list[str | int] | None
MOST_RULES = 100


class Named(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True, kw_only=True):
    """Everything an explanation names."""

    id: Id
    label: Label


class Group(Named, frozen=True):
    """Rules that share a cap; `min` keeps negative points from sinking everything else."""

    part: Literal["FIT", "ENGAGEMENT"]
    max: Whole | None = None
    min: Annotated[int, Meta(ge=-100_000, le=0)] | None = None


class Condition(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True, kw_only=True):
    """A fact compared with a value; a missing fact meets nothing but `present: false`."""

    field: str
    op: Literal["eq", "in", "gte", "lte", "present", "contains"]
    value: Value = None


class FitRule(Named, frozen=True):
    """Points for who the person is; all conditions must hold."""

    group: Id
    points: Points
    when: Annotated[list[Condition], Meta(min_length=1, max_length=10)]


class EngagementRule(Named, frozen=True):
    """Points for each human activity of a kind; they halve every `half_life_days` and end with the window.

    `cap` limits what the rule can add in all (or take, when its points are negative); `per_day` how many activities of one UTC day count.
    """

    group: Id
    points: Points
    kind: str
    direction: Literal["INBOUND", "OUTBOUND"] | None = None
    subject_contains: Annotated[str, Meta(min_length=1, max_length=200)] | None = None
    half_life_days: Annotated[int, Meta(ge=1, le=3650)] | None = None
    window_days: Annotated[int, Meta(ge=1, le=730)] = 365
    cap: Annotated[int, Meta(ge=1, le=100_000)] | None = None
    per_day: Annotated[int, Meta(ge=1, le=1000)] | None = None


class PeopleRule(Named, frozen=True):
    """Points of a company for its distinct engaged people, the most engaged first: so many each, and so many percent of their engagement."""

    group: Id
    points: Points = 0
    percent: Annotated[int, Meta(ge=0, le=100)] = 0
    engaged_from: Annotated[int, Meta(ge=1, le=10_000)] = 1
    most: Annotated[int, Meta(ge=1, le=1000)] = 10


class GradeStep(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The lowest score that earns a grade."""

    grade: Annotated[str, Meta(min_length=1, max_length=20)]
    at: Whole


class Scale(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="by", tag="SCORE"):
    """Grades by the score alone; `lowest` is the grade below every step."""

    steps: Annotated[list[GradeStep], Meta(min_length=1, max_length=10)]
    lowest: Annotated[str, Meta(min_length=1, max_length=20)]


class Matrix(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="by", tag="MATRIX"):
    """Grades by fit and engagement: `grades` has a row per band of fit, a column per band of engagement, lowest first."""

    fit: Annotated[list[Level], Meta(min_length=1, max_length=9)]
    engagement: Annotated[list[Level], Meta(min_length=1, max_length=9)]
    grades: list[list[Annotated[str, Meta(min_length=1, max_length=20)]]]


class Threshold(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Crossed at `at`; crossed again only after the score has been below `until`."""

    name: Id
    at: Annotated[int, Meta(ge=1)]
    until: Annotated[int, Meta(ge=0)]


class Rules(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True, kw_only=True):
    """One version's rules. The score is fit plus engagement, from 0 to `max_score`. Of people `engagement` counts, of companies `people`."""

    groups: list[Group]
    fit: list[FitRule] = []
    engagement: list[EngagementRule] = []
    people: list[PeopleRule] = []
    grades: Scale | Matrix
    thresholds: Annotated[list[Threshold], Meta(max_length=10)] = []
    max_score: Annotated[int, Meta(ge=1, le=1000)] = 100

    def of(self, part: str) -> list[Group]:
        return [g for g in self.groups if g.part == part]

    @property
    def best(self) -> str:
        """The top grade."""
        return self.grades.steps[0].grade if isinstance(self.grades, Scale) else self.grades.grades[-1][-1]

    @property
    def named(self) -> frozenset[str]:
        """The fields its conditions ask for."""
        return frozenset(c.field for rule in self.fit for c in rule.when)


def parse(raw: Any, subject: Subject = "PERSON") -> Rules:
    """The rules, whole and consistent; InvalidRules names the first path that is wrong."""
    try:
        rules = msgspec.convert(raw, Rules)
    except msgspec.ValidationError as error:
        text, _, place = str(error).partition(" - at ")
        raise wrong(place.strip("`") or "$", text[:1].lower() + text[1:]) from None
    for path, problem in (*_misplaced(rules, subject), *_problems(rules)):
        raise wrong(path, problem)
    return rules


def plain(rules: Rules) -> dict[str, Any]:
    """The rules as JSON, the form that is stored and shown."""
    return msgspec.to_builtins(rules)


def wrong(path: str, problem: str) -> InvalidRules:
    """What is refused at a path such as $.fit[0]."""
    return InvalidRules(field="rules", path=path.removeprefix("$").lstrip(".") or "the top", problem=problem)


def _problems(rules: Rules) -> Iterator[tuple[str, str]]:
    if len(rules.fit) + len(rules.engagement) + len(rules.people) > MOST_RULES:
        yield "$", f"there are more than {MOST_RULES} rules"
    groups = {g.id: g for g in rules.groups}
    yield from _repeated("groups", [g.id for g in rules.groups])
    yield from _repeated("fit or engagement", [r.id for r in (*rules.fit, *rules.engagement, *rules.people)])
    for name, part, listed in (("fit", "FIT", rules.fit), ("engagement", "ENGAGEMENT", rules.engagement), ("people", "ENGAGEMENT", rules.people)):
        for i, rule in enumerate(listed):
            if rule.group not in groups or groups[rule.group].part != part:
                yield f"$.{name}[{i}].group", f'there is no {part} group "{rule.group}"'
    yield from _bad_conditions(rules)
    for i, rule in enumerate(rules.engagement):
        if rule.kind not in ActivityKind.__members__:
            yield f"$.engagement[{i}].kind", f'"{rule.kind}" is no kind of activity; kinds are {", ".join(ActivityKind.__members__)}'
    yield from _bad_grades(rules)
    yield from _bad_thresholds(rules)


def _misplaced(rules: Rules, subject: Subject) -> Iterator[tuple[str, str]]:
    """What the other subject has."""
    if subject == "PERSON":
        if rules.people:
            yield "$.people", "people are counted in models of companies alone"
        return
    if rules.engagement:
        yield "$.engagement", "a model of companies has none; they are scored by their people"
    for i, rule in enumerate(rules.fit):
        for j, c in enumerate(rule.when):
            if c.field not in OF_COMPANIES and not c.field.startswith("custom.Company."):
                yield f"$.fit[{i}].when[{j}]", f'"{c.field}" is no field of companies; those are {", ".join(OF_COMPANIES)} and custom.Company.KEY'


def _repeated(path: str, ids: list[str]) -> Iterator[tuple[str, str]]:
    for i, id in enumerate(ids):
        if id in ids[:i]:
            yield f"$.{path}", f'the id "{id}" is used twice'


def _bad_conditions(rules: Rules) -> Iterator[tuple[str, str]]:
    for i, rule in enumerate(rules.fit):
        for j, condition in enumerate(rule.when):
            if problem := _bad_condition(condition):
                yield f"$.fit[{i}].when[{j}]", problem


def _bad_condition(c: Condition) -> str | None:
    asked = field(c.field)
    if asked is None:
        return f'there is no field "{c.field}"; fields are {", ".join(FIELDS)}, custom.Lead.KEY and the like'
    if c.op == "present":
        return None if isinstance(c.value, bool) else "present needs the value true or false"
    if (c.op in ("gte", "lte") and asked.type == "TEXT") or (c.op == "contains" and asked.type == "NUMBER"):
        return f"{c.op} does not work on {c.field}"
    return _bad_value(c, _wanted(c, asked.type))


def _wanted(c: Condition, type: str) -> type[str] | type[int]:
    """What the value must be. A field of the workspace's own is compared with what is given."""
    if type == "CUSTOM" and c.op in ("eq", "in"):
        first: Any = c.value[0] if isinstance(c.value, list) and c.value else c.value
        return str if isinstance(first, str) else int
    return str if type == "TEXT" or c.op == "contains" else int


def _bad_value(c: Condition, wanted: type[str] | type[int]) -> str | None:
    values: list[Any] = c.value if c.op == "in" and isinstance(c.value, list) else [c.value]
    flag = c.op == "eq" and isinstance(c.value, bool) and c.field.startswith("custom.")
    fits = flag or not any(not isinstance(v, wanted) or isinstance(v, bool) or v == "" for v in values)
    if not values or not fits or (c.op == "in") != isinstance(c.value, list):
        noun = "text" if wanted is str else "whole number"
        return f"{c.op} on {c.field} needs {'a list of ' + noun + 's' if c.op == 'in' else 'a ' + noun}"
    if wanted is int and any(abs(v) > 2**31 - 1 for v in values):
        return "the number is too large"
    return None


def _bad_grades(rules: Rules) -> Iterator[tuple[str, str]]:
    if isinstance(rules.grades, Scale):
        levels = [step.at for step in rules.grades.steps]
        names = [step.grade for step in rules.grades.steps] + [rules.grades.lowest]
        if levels != sorted(set(levels), reverse=True) or levels[-1] < 1 or levels[0] > rules.max_score:
            yield "$.grades.steps", f"each step must be lower than the one before, within 1 to {rules.max_score}"
        if len(set(names)) < len(names):
            yield "$.grades.steps", "a grade is named twice"
        return
    for name, bands in (("fit", rules.grades.fit), ("engagement", rules.grades.engagement)):
        if bands != sorted(set(bands)):
            yield f"$.grades.{name}", "each band must begin higher than the one before"
    shape = [len(rules.grades.engagement) + 1] * (len(rules.grades.fit) + 1)
    if [len(row) for row in rules.grades.grades] != shape:
        yield "$.grades.grades", f"needs {len(shape)} rows (fit, lowest first) of {shape[0]} grades (engagement, lowest first)"


def _bad_thresholds(rules: Rules) -> Iterator[tuple[str, str]]:
    yield from _repeated("thresholds", [t.name for t in rules.thresholds])
    for i, t in enumerate(rules.thresholds):
        if t.at > rules.max_score:
            yield f"$.thresholds[{i}].at", f"no score is above {rules.max_score}"
        if t.until > t.at:
            yield f"$.thresholds[{i}].until", "must not be above `at`"
