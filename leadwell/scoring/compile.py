"""Turns rules into the one statement that scores a batch: what the rules say is bound, only their shape is in the text."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from math import log
from typing import Any

from leadwell.base.sql import load
from leadwell.scoring.evaluate import DAY
from leadwell.scoring.fields import HOLDERS, OF, Scope, fold, joins, known
from leadwell.scoring.rules import Condition, EngagementRule, FitRule, Group, Rules, Scale

FIRST = 8  # $1 to $7 change with every call of a rescore
ACTIVITY = "a.workspace_id = $1 AND a.id = ap.activity_id"
SCOPES = (("participants", "ap"), ("scores", "o"), ("updates", "s"))
COMPARE = {"eq": "=", "gte": ">=", "lte": "<="}
TOTALS = (("u", "up"), ("d", "down"), ("ur", "up_rate"), ("dr", "down_rate"))
NEVER = 2**31 - 1  # a level that no score reaches


@dataclass(frozen=True, slots=True)
class Statement:
    """The text, and the values of its last parameters."""

    sql: str
    values: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Values:
    """Parameters in the order in which the text first names them."""

    first: int = FIRST
    given: dict[tuple[str, str], tuple[int, Any]] = field(default_factory=dict[tuple[str, str], tuple[int, Any]])

    def __call__(self, value: Any, type: str) -> str:
        at, _ = self.given.setdefault((type, repr(value)), (self.first + len(self.given), value))
        return f"${at}::{type}"

    def all(self) -> tuple[Any, ...]:
        return tuple(value for _, value in self.given.values())


def compiled(rules: Rules, scope: Scope = "BATCH") -> Statement:
    """The statement that scores people and writes: those in $2, those from the first to the second id in $2 (RANGE, FEW_OF_MANY: they read
    the index as it lies), or everybody ($2 is NULL). Its values begin at $8."""
    return _made(rules, scope, "rescore", FIRST)


def compared(rules: Rules) -> Statement:
    """What everybody would have under rules, beside the scores shown under model $4; $2 is NULL, $5 says how many movers. Values begin at $6."""
    return _made(rules, "EVERYBODY", "compared", 6)


def closed(rules: Rules) -> Statement:
    """What became of leads closed from $2 to $3, by the grade they had $4 hours before. Values begin at $5."""
    return _made(rules, "CLOSED", "by_grade", 5)


def _made(rules: Rules, scope: Scope, then: str, first: int) -> Statement:
    bind, then_closed = Values(first), scope == "CLOSED"
    people = "AND $2::uuid[] IS NULL" if scope == "EVERYBODY" else OF[scope].format("p.id")
    spots = {
        "closed": load(__name__, "closed") + ", " if then_closed else "",
        "at_close": "JOIN closed w ON w.person_id = p.id" if then_closed else "",
        "lived_at_close": "JOIN closed w ON w.person_id = ap.person_id AND ap.at <= w.at" if then_closed else "",
        "now": "w.at" if then_closed else "$3::timestamptz",
        "scope_people": people,
        **{f"scope_{name}": OF[scope].format(f"{t}.person_id") for name, t in SCOPES},
        "joins": joins((c.field for rule in rules.fit for c in rule.when), scope),
        "fit": _sum(_fit(rules, group, bind) for group in rules.of("FIT")),
        **_engagement(rules, bind),
        **_details(rules, bind, whole=scope in ("EVERYBODY", "CLOSED")),
        **_verdict(rules, bind),
        **(_thresholds(rules, bind) if then == "rescore" else {}),
    }
    text = f'{load(__name__, "judge")} {load(__name__, then)}'
    return Statement(re.sub(r"\{\{(\w+)\}\}", lambda spot: spots[spot[1]], text), bind.all())


def _sum(terms: Iterable[str]) -> str:
    return " + ".join(terms) or "0"


def _fit(rules: Rules, group: Group, bind: Values) -> str:
    total = _sum(_points(rule, bind) for rule in rules.fit if rule.group == group.id)
    if group.max is not None:
        total = f"least({total}, {bind(group.max, 'int')})"
    return f"({total})" if group.min is None else f"greatest({total}, {bind(group.min, 'int')})"


def _points(rule: FitRule, bind: Values) -> str:
    test = " AND ".join(_condition(c, bind) for c in rule.when)
    return f"CASE WHEN {test} THEN {bind(rule.points, 'int')} ELSE 0 END"


def _condition(c: Condition, bind: Values) -> str:
    fact = known(c.field)
    if fact.type == "CUSTOM":
        return _custom(c, bind)
    if c.op == "present":
        test = f"coalesce({fact.sql}, '') <> ''" if fact.type == "TEXT" else f"{fact.sql} IS NOT NULL"
        return test if c.value else f"NOT ({test})"
    if fact.type == "NUMBER":
        type, left, value = "int", fact.sql, c.value
    else:
        type, left = "text", _folded(fact.sql)
        value = [fold(str(v)) for v in c.value] if isinstance(c.value, list) else fold(str(c.value))
    return _compared(c, left, bind, value, type)


def _compared(c: Condition, left: str, bind: Values, value: Any, type: str) -> str:
    match c.op:
        case "in":
            return f"{left} = ANY({bind(value, type + '[]')})"
        case "contains":
            return f"strpos({left}, {bind(value, type)}) > 0"
        case _:
            return f"{left} {COMPARE[c.op]} {bind(value, type)}"


def _custom(c: Condition, bind: Values) -> str:
    """A field that was put away holds nothing."""
    _, noun, key = c.field.split(".")
    found = (
        "SELECT 1 FROM custom_values v JOIN custom_fields f ON f.workspace_id = $1 AND f.id = v.field_id WHERE v.workspace_id = $1"
        f" AND v.record_id = {HOLDERS[noun]}.id AND f.noun = {bind(noun, 'text')} AND f.key = {bind(key, 'text')} AND f.archived_at IS NULL"
    )
    if c.op == "present":
        return f"{'' if c.value else 'NOT '}EXISTS ({found})"
    first: Any = c.value[0] if isinstance(c.value, list) else c.value
    if isinstance(first, str):
        value = [fold(str(v)) for v in c.value] if isinstance(c.value, list) else fold(str(c.value))
        return f"EXISTS ({found} AND {_compared(c, _folded('v.text_value'), bind, value, 'text')})"
    value = [int(v) for v in c.value] if isinstance(c.value, list) else int(first)
    tests = (_compared(c, "v.int_value", bind, value, "bigint"), _compared(c, "v.float_value", bind, value, "float8"))
    return f"EXISTS ({found} AND ({' OR '.join(tests)}))"


def _folded(sql: str) -> str:
    return f'lower({sql} COLLATE "C")'


def _engagement(rules: Rules, bind: Values) -> dict[str, str]:
    """Sums by rule, then by group with their rates of decay, then in all; each layer caps what the one below added up."""
    listed, groups = rules.engagement, rules.of("ENGAGEMENT")
    ranks = {_filter(rule, "a", bind): f"nth{i}" for i, rule in enumerate(listed) if rule.per_day}
    windows = {rule.window_days for rule in listed}
    members = {k: [(i, r) for i, r in enumerate(listed) if r.group == group.id] for k, group in enumerate(groups)}
    numbers = range(len(groups))
    return {
        "kinds": bind(sorted({rule.kind for rule in listed}), "text[]"),
        # A day more than the window: the first activities of a day keep their places when they are too old to count.
        "window": f"make_interval(secs => {bind((max(windows, default=0) + 1) * DAY, 'float8')})",
        "ranks": "".join(f",\n    {_rank(test)} AS {name}" for test, name in ranks.items()),
        "sums": ",\n    ".join(_rule(i, rule, ranks.get(_filter(rule, "a", bind)), bind) for i, rule in enumerate(listed)) or "0 AS r",
        "expiry": f"least({', '.join(_expiry(rules, days, bind) for days in sorted(windows)) or 'NULL::timestamptz'})",
        "parts": ",\n    ".join(_part(k, members[k], bind) for k in numbers) or "0 AS u",
        "groups": ",\n    ".join(_group(k, group, bind) for k, group in enumerate(groups)) or "0 AS u",
        "totals": ", ".join((
            f"({_sum(f'g.u{k} - g.d{k}' for k in numbers)}) AS felt",
            *(f"({_sum(f'g.{short}{k}' for k in numbers)})::float8 AS {name}" for short, name in TOTALS),
        )),
    }


def _details(rules: Rules, bind: Values, *, whole: bool) -> dict[str, str]:
    """Direction and subject stand on the activity itself, which is opened only for kinds of which a rule asks for them."""
    kinds = sorted({rule.kind for rule in rules.engagement if rule.direction or rule.subject_contains})
    if not kinds:
        return {"details": "", "activities": ""}
    listed = bind(kinds, "text[]")
    if whole:
        join = f"LEFT JOIN activities a ON {ACTIVITY} AND a.kind = ANY({listed})"
    else:
        join = f"LEFT JOIN LATERAL (SELECT a.direction, a.subject FROM activities a WHERE ap.kind = ANY({listed}) AND {ACTIVITY} LIMIT 1) a ON true"
    return {"details": ", a.direction, a.subject", "activities": join}


def _filter(rule: EngagementRule, t: str, bind: Values) -> str:
    """What a rule asks of an activity beyond its kind."""
    tests: list[str] = []
    if rule.direction:
        tests.append(f"{t}.direction = {bind(rule.direction, 'text')}")
    if rule.subject_contains:
        tests.append(f"strpos({_folded(f'{t}.subject')}, {bind(fold(rule.subject_contains), 'text')}) > 0")
    return " AND ".join(tests)


def _rank(test: str) -> str:
    alike = f", ({test})" if test else ""
    return f"row_number() OVER (PARTITION BY ap.person_id, ap.kind, (ap.at AT TIME ZONE 'UTC')::date{alike} ORDER BY ap.at, ap.activity_id)"


def _rule(i: int, rule: EngagementRule, rank: str | None, bind: Values) -> str:
    """The rule's hundredths over all its activities, without their sign."""
    tests = [f"h.kind = {bind(rule.kind, 'text')}", "h.age >= 0", f"h.age < {bind(rule.window_days * DAY, 'float8')}"]
    if extra := _filter(rule, "h", bind):
        tests.append(extra)
    if rule.per_day and rank:
        tests.append(f"h.{rank} <= {bind(rule.per_day, 'int')}")
    whole = bind(abs(rule.points) * 100, "float8")
    left = whole if rule.half_life_days is None else f"floor({whole} * power(0.5::float8, h.age / {bind(rule.half_life_days * DAY, 'float8')}) + 0.5)"
    return f"coalesce(sum(({left})::int) FILTER (WHERE {' AND '.join(tests)}), 0) AS r{i}"


def _expiry(rules: Rules, days: int, bind: Values) -> str:
    """When the oldest activity that may count under this window leaves it."""
    kinds = bind(sorted({r.kind for r in rules.engagement if r.window_days == days}), "text[]")
    secs = bind(days * DAY, "float8")
    return f"min(h.at) FILTER (WHERE h.age >= 0 AND h.age < {secs} AND h.kind = ANY({kinds})) + make_interval(secs => {secs})"


def _part(k: int, members: list[tuple[int, EngagementRule]], bind: Values) -> str:
    """What a group's rules give (u) and take (d), each under its rule's cap, and how fast both decay now (hundredths a second)."""
    def capped(i: int, rule: EngagementRule) -> str:
        return f"s.r{i}" if rule.cap is None else f"least(s.r{i}, {bind(rule.cap * 100, 'bigint')})"

    def rate(i: int, rule: EngagementRule) -> str:
        return f"{capped(i, rule)} * {bind(log(2) / (rule.half_life_days * DAY) if rule.half_life_days else 0.0, 'float8')}"

    gives = [(i, rule) for i, rule in members if rule.points >= 0]
    takes = [(i, rule) for i, rule in members if rule.points < 0]
    return ", ".join((
        f"{_sum(capped(*m) for m in gives)} AS u{k}", f"{_sum(capped(*m) for m in takes)} AS d{k}",
        f"{_sum(rate(*m) for m in gives)} AS ur{k}", f"{_sum(rate(*m) for m in takes)} AS dr{k}",
    ))


def _group(k: int, group: Group, bind: Values) -> str:
    """Above its cap a group gives only what reaches it, below its floor it takes only what reaches that; decay is scaled alike."""
    u, d, ur, dr = (f"c.{short}{k}" for short in ("u", "d", "ur", "dr"))
    give, give_rate, take, take_rate = u, ur, d, dr
    if group.max is not None:
        top = bind(group.max * 100, "bigint")
        give, give_rate = (f"CASE WHEN {u} - {d} > {top} THEN {value} ELSE {kept} END" for value, kept in (
            (f"{top} + {d}", u), (f"{ur} * ({top} + {d}) / {u}", ur)))
    if group.min is not None:
        floor = bind(group.min * 100, "bigint")
        take, take_rate = (f"CASE WHEN {u} - {d} < {floor} THEN {value} ELSE {kept} END" for value, kept in (
            (f"{u} - {floor}", d), (f"{dr} * ({u} - {floor}) / {d}", dr)))
    return f"{give} AS u{k}, {take} AS d{k}, {give_rate} AS ur{k}, {take_rate} AS dr{k}"


def _verdict(rules: Rules, bind: Values) -> dict[str, str]:
    """The grade, and the engagement (in hundredths) below and above which the grade or a threshold changes."""
    levels = {level for t in rules.thresholds for level in (t.at, t.until) if level}
    scale = rules.grades
    if isinstance(scale, Scale):
        steps = list(reversed(scale.steps))
        levels |= {step.at for step in steps}
        names = bind([scale.lowest, *(step.grade for step in steps)], "text[]")
        grade = f"({names})[1 + width_bucket(r.score, {bind([s.at for s in steps], 'int[]')})]"
    else:
        names, columns = bind([g for row in scale.grades for g in row], "text[]"), len(scale.engagement) + 1
        fit, felt = bind(scale.fit, "int[]"), bind(scale.engagement, "int[]")
        grade = f"({names})[1 + {columns} * width_bucket(r.fit, {fit}) + width_bucket(r.engagement, {felt})]"
    below, above = _around("r.score", bind(sorted(levels) or [NEVER], "int[]"), " - r.fit")
    if not isinstance(scale, Scale):
        lower, higher = _around("r.engagement", bind(scale.engagement, "int[]"), "")
        below, above = f"greatest({below}, {lower})", f"least({above}, {higher})"
    return {"grade": grade, "below": below, "above": above, "max_score": bind(rules.max_score, "int")}


def _thresholds(rules: Rules, bind: Values) -> dict[str, str]:
    names, ats, untils = ([getattr(t, part) for t in rules.thresholds] for part in ("name", "at", "until"))
    return {"names": bind(names, "text[]"), "ats": bind(ats, "int[]"), "untils": bind(untils, "int[]")}


def _around(value: str, levels: str, less: str) -> tuple[str, str]:
    at = f"width_bucket({value}, {levels})"
    below, above = (f"((({levels})[{at}{step}])::bigint{less}) * 100 - 50" for step in ("", " + 1"))
    return below, above
