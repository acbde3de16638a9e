"""What rules would make of everybody, and how well their top grade would have told who is converted, before they are published."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from leadwell.base.refusals import NotFound
from leadwell.base.tx import Tx
from leadwell.scoring.compile import closed, compared
from leadwell.scoring.evaluate import Evaluation
from leadwell.scoring.explaining import evaluation, person_of
from leadwell.scoring.own_fields import check
from leadwell.scoring.rules import Rules, parse


@dataclass(frozen=True, slots=True)
class Migration:
    """So many people go from a grade (None: not scored yet) to a grade; `moved` of them have another score."""

    before: str | None
    after: str
    people: int
    moved: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """How well the top grade told who is converted. `precision` is the share of the top grade that was converted, `recall` the share of the
    converted that had the top grade, `lift` precision over the share of all that was converted; None where there is nothing to divide by."""

    grade: str
    leads: int
    converted: int
    graded: int
    hits: int

    @property
    def precision(self) -> float | None:
        return self.hits / self.graded if self.graded else None

    @property
    def recall(self) -> float | None:
        return self.hits / self.converted if self.converted else None

    @property
    def lift(self) -> float | None:
        return self.hits * self.leads / (self.graded * self.converted) if self.graded and self.converted else None


@dataclass(frozen=True, slots=True)
class Reason:
    """What a rule adds before and after, in hundredths of a point."""

    rule_id: str
    label: str
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class Mover:
    """Somebody whose score would change; the reasons add up to the difference."""

    person_id: UUID
    score_before: int
    grade_before: str
    score: int
    grade: str
    reasons: Sequence[Reason]


@dataclass(frozen=True, slots=True)
class Simulation:
    """What would be, had the rules been published. Nothing was written."""

    at: datetime
    people: int
    moved: int
    migrations: Sequence[Migration]
    movers: Sequence[Mover]
    asked: Sequence[Mover]
    draft: Outcome
    live: Outcome | None


@dataclass(frozen=True, slots=True)
class Wish:
    """What a simulation is to look at: the closed leads of so many days, as they stood so many hours before, so many movers, these records."""

    days: int = 365
    hours_before: int = 24
    movers: int = 10
    of: Sequence[UUID] = ()


async def simulate(tx: Tx, model_id: UUID, raw: Any, wish: Wish = Wish()) -> Simulation:
    """Rules tried on everybody against the model's scores as shown, and on closed leads. Reads alone. NotFound, InvalidRules.

    Closed leads are each person's latest of the time; engagement counts as of `hours_before` the outcome, fields as they are today."""
    rules, live, now = await check(tx, parse(raw)), await _live(tx, model_id), await tx.now()
    made = compared(rules)
    rows = await tx.fetch(made.sql, tx.workspace, None, now, model_id, wish.movers, *made.values)
    migrations = sorted((Migration(r["was_grade"], r["grade"], r["people"], r["moved"]) for r in rows if r["what"] == "GRADES"), key=_order)
    asked = list(dict.fromkeys([await person_of(tx, id) for id in wish.of]))
    return Simulation(
        now, sum(m.people for m in migrations), sum(m.moved for m in migrations), migrations,
        await _movers(tx, [r["person_id"] for r in rows if r["what"] == "MOVER"], live, rules, now), await _movers(tx, asked, live, rules, now),
        await _outcome(tx, rules, now, wish), await _outcome(tx, live, now, wish) if live else None)


async def _live(tx: Tx, model_id: UUID) -> Rules | None:
    row = await tx.row(
        "SELECT v.rules FROM scoring_models m LEFT JOIN scoring_versions v ON v.workspace_id = $1 AND v.id = m.live_version_id"
        " WHERE m.workspace_id = $1 AND m.id = $2 AND m.subject = 'PERSON'", tx.workspace, model_id)
    if row is None:
        raise NotFound(field="id", noun="ScoringModel")
    return parse(row["rules"]) if row["rules"] else None


def _order(m: Migration) -> tuple[bool, str, str]:
    return m.before is None, m.before or "", m.after


async def _outcome(tx: Tx, rules: Rules, now: datetime, wish: Wish) -> Outcome:
    made = closed(rules)
    rows = await tx.fetch(made.sql, tx.workspace, now - timedelta(days=wish.days), now, wish.hours_before, *made.values)
    return Outcome(
        rules.best, sum(r["leads"] for r in rows), sum(r["leads"] for r in rows if r["won"]),
        sum(r["leads"] for r in rows if r["grade"] == rules.best), sum(r["leads"] for r in rows if r["grade"] == rules.best and r["won"]))


async def _movers(tx: Tx, ids: Iterable[UUID], live: Rules | None, rules: Rules, now: datetime) -> list[Mover]:
    """Before and after by the same facts at the same time, so that nothing but the rules makes the difference."""
    nobody = Evaluation(0, 0, 0, "", ())
    movers: list[Mover] = []
    for id in ids:
        before = await evaluation(tx, id, live, now) if live else nobody
        after = await evaluation(tx, id, rules, now)
        movers.append(Mover(id, before.score, before.grade, after.score, after.grade, reasons(before, after)))
    return movers


def reasons(before: Evaluation, after: Evaluation) -> list[Reason]:
    """What each rule adds before and after, where that differs, the greatest difference first."""
    was, would = _by_rule(before), _by_rule(after)
    labels = {c.rule_id: c.label for c in (*before.contributions, *after.contributions)}
    listed = [Reason(rule, labels[rule], was[rule], would[rule]) for rule in labels if was[rule] != would[rule]]
    return sorted(listed, key=lambda r: (-abs(r.after - r.before), r.rule_id))


def _by_rule(found: Evaluation) -> Counter[str]:
    total = Counter[str]()
    for c in found.contributions:
        total[c.rule_id] += c.counted
    return total
