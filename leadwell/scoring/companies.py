"""Scores of companies: their own fields, and the distinct people of theirs who are engaged; thresholds and history as of people."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from leadwell import events, work
from leadwell.base.ids import uuid7
from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.scoring.evaluate import Contribution, Evaluation, concluded, fitting, within
from leadwell.scoring.fields import OF_COMPANIES, known
from leadwell.scoring.own_fields import held
from leadwell.scoring.rules import Group, PeopleRule, Rules, parse

People = Sequence[tuple[UUID, int]]
Row = Any  # of asyncpg
LIVE = (
    "SELECT m.id, m.is_default, v.id AS version_id, v.number, v.rules FROM scoring_models m"
    " JOIN scoring_versions v ON v.workspace_id = $1 AND v.id = m.live_version_id"
    " WHERE m.workspace_id = $1 AND m.subject = 'COMPANY' AND m.archived_at IS NULL ORDER BY m.is_default DESC, m.id"
)


def judge(rules: Rules, facts: Mapping[str, Any], people: People) -> Evaluation:
    """The score of a company with these people and their engagement; a person counts once, in whatever order they are told."""
    listed = sorted(dict(people).items(), key=lambda one: (-one[1], one[0]))
    fit = [line for group in rules.of("FIT") for line in within(group, fitting(rules, group, facts))]
    felt = [line for group in rules.of("ENGAGEMENT") for line in within(group, _counted(rules, group, listed))]
    return concluded(rules, fit, felt)


def engaged(rules: Rules, people: People) -> int:
    """How many distinct people some rule counts."""
    least = min((rule.engaged_from for rule in rules.people), default=1)
    return sum(1 for engagement in dict(people).values() if engagement >= least)


def countable(rules: Rules, people: People) -> list[tuple[UUID, int]]:
    """Those of the people whom some rule may count, the most engaged first: what the score can be explained by later."""
    listed = sorted(dict(people).items(), key=lambda one: (-one[1], one[0]))
    return listed[: max((rule.most for rule in rules.people), default=0)]


def _counted(rules: Rules, group: Group, people: People) -> Iterator[Contribution]:
    for rule in (rule for rule in rules.people if rule.group == group.id):
        for person, engagement in [one for one in people if one[1] >= rule.engaged_from][: rule.most]:
            yield _line(rule, person, engagement)


def _line(rule: PeopleRule, person: UUID, engagement: int) -> Contribution:
    points = rule.points * 100 + rule.percent * engagement
    return Contribution(rule.id, rule.label, "PEOPLE", points, points, points, person_id=person)


async def wake_companies(tx: Tx, person_ids: Collection[UUID]) -> None:
    """Puts the companies of people, former ones too, in line."""
    rows = await tx.fetch(load(__name__, "companies_of"), tx.workspace, sorted(person_ids)) if person_ids else ()
    await _put(tx, (r["company_id"] for r in rows))


async def follow_companies(tx: Tx, changed: Sequence[Any]) -> None:
    """Companies that were made or changed are scored again."""
    if await tx.value(f"SELECT EXISTS ({LIVE})", tx.workspace):
        await _put(tx, (e["record_id"] for e in changed))


async def _put(tx: Tx, ids: Iterable[UUID]) -> None:
    jobs = (work.NewJob("score", "score.company", {"company_id": str(id)}, key=str(id), priority=work.BULK) for id in sorted(set(ids)))
    await work.put(tx, *jobs)


async def score_companies(tx: Tx, company_ids: Iterable[UUID], *, model_id: UUID | None = None, quiet: bool = False) -> int:
    """Scores companies under every published model of companies, or one; returns how many scores changed."""
    ids, changed = sorted(set(company_ids)), 0
    models = await tx.fetch(LIVE, tx.workspace) if ids else ()
    if models:
        await tx.fetch(load(__name__, "lock_companies"), tx.workspace, ids)
    for model in models:
        if model_id in (None, model["id"]):
            changed += await _score(tx, model, ids, quiet or tx.actor.quiet)
    return changed


async def score_companies_after(tx: Tx, model_id: UUID, after: UUID | None, limit: int, *, quiet: bool) -> UUID | None:
    """The next companies by id under one model; returns the id to go on after, None at the end."""
    rows = await tx.fetch(
        "SELECT c.id FROM companies c WHERE c.workspace_id = $1 AND c.id > $2 AND c.archived_at IS NULL ORDER BY c.id LIMIT $3",
        tx.workspace, after or UUID(int=0), limit)
    await score_companies(tx, [r["id"] for r in rows], model_id=model_id, quiet=quiet)
    return rows[-1]["id"] if len(rows) == limit else None


async def _score(tx: Tx, model: Row, ids: Sequence[UUID], quiet: bool) -> int:
    rules = parse(model["rules"], "COMPANY")
    now = await tx.value("SELECT lw_clock($1)", tx.workspace)   # after the lock: whoever scored one of them before has an earlier time
    rows = [
        {"id": uuid7(), "company_id": id, "score": e.score, "fit": e.fit, "engagement": e.engagement, "grade": e.grade, "people": engaged(rules, people),
         "counted": countable(rules, people)}
        for id, (e, people) in (await judged(tx, rules, ids, now)).items()]  # fmt: skip
    limits = [[getattr(t, part) for t in rules.thresholds] for part in ("name", "at", "until")]
    written = await tx.fetch(load(__name__, "company_scores"), tx.workspace, model["id"], model["version_id"], model["is_default"], now, rows, *limits)
    await events.note_all(tx, [event for row in written if (event := _told(model["id"], row, quiet))])
    return sum(row["what"] == "WRITTEN" for row in written)


def _told(model_id: UUID, row: Row, quiet: bool) -> events.Event | None:
    """A new grade, a threshold crossed or fallen from. `quiet` remembers crossings without telling them."""
    data = {"model_id": str(model_id), "score": row["score"], "grade": row["grade"]}
    if row["threshold"]:
        return None if quiet else events.Event(row["what"], "Company", row["company_id"], data=data | {"threshold": row["threshold"]})
    if row["was_grade"] == row["grade"]:
        return None
    changes = {"score": [row["was_score"], row["score"]], "grade": [row["was_grade"], row["grade"]]}
    return events.Event("score.changed", "Company", row["company_id"], data=data | {"changes": changes} | ({"quiet": True} if quiet else {}))


async def judged(tx: Tx, rules: Rules, ids: Sequence[UUID], at: datetime) -> dict[UUID, tuple[Evaluation, People]]:
    """The score of each, with the people it was made of."""
    people: defaultdict[UUID, list[tuple[UUID, int]]] = defaultdict(list)
    for r in await tx.fetch(load(__name__, "company_people"), tx.workspace, ids):
        people[r["company_id"]].append((r["person_id"], r["engagement"]))
    rows = await tx.fetch(load(__name__, "company_facts"), tx.workspace, ids)
    own = [name for name in rules.named if name.startswith("custom.")]
    found: dict[UUID, tuple[Evaluation, People]] = {}
    for r in rows:
        raw = dict(r) | (await held(tx, own, {"c": r["c.id"]}, at) if own else {})
        facts = {name: known(name).of(raw) for name in (*OF_COMPANIES, *own)}
        found[r["c.id"]] = judge(rules, facts, people[r["c.id"]]), people[r["c.id"]]
    return found
