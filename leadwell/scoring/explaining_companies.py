"""Why a company has the score: every contribution, adding up exactly, now or at any time before."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from leadwell.base.refusals import NotFound
from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.scoring.companies import People, engaged, judge, judged
from leadwell.scoring.evaluate import Contribution, Evaluation
from leadwell.scoring.facts import company_at
from leadwell.scoring.refusals import NoSubjectModel
from leadwell.scoring.rules import Rules, parse

Row = Any  # of asyncpg
VERSIONS = (
    "SELECT v.id, v.model_id, v.number, v.rules, v.published_at FROM scoring_versions v JOIN scoring_models m ON m.workspace_id = $1 AND m.id = v.model_id"
    " WHERE v.workspace_id = $1 AND v.published_at IS NOT NULL AND m.subject = 'COMPANY' AND m.archived_at IS NULL"
    " AND (m.id = $2 OR $2::uuid IS NULL AND m.is_default) ORDER BY v.number DESC"
)


@dataclass(frozen=True, slots=True)
class CompanyExplanation:
    """A company's score and its parts, which add up to it; `people` are engaged. `shown` is what lists show or showed then, `shown_since` since when
    the grade is what it is, `crossed` the thresholds that it is above now."""

    company_id: UUID
    model_id: UUID
    version: int
    at: datetime
    score: int
    fit: int
    engagement: int
    grade: str
    people: int
    contributions: Sequence[Contribution]
    shown: int | None
    shown_since: datetime | None
    crossed: Sequence[str]


async def explain_company(tx: Tx, company_id: UUID, at: datetime | None = None, *, model_id: UUID | None = None) -> CompanyExplanation:
    """Without a time: from its people as they are scored now. At a past time: the score that was shown then, by the version and the people that made it.
    NotFound, NoSubjectModel."""
    versions = await tx.fetch(VERSIONS, tx.workspace, model_id)
    if not versions:
        raise NoSubjectModel(field="modelId", subject="companies")
    shown = await tx.row(load(__name__, "company_shown"), tx.workspace, versions[0]["model_id"], company_id, at)
    version = _live(versions, shown, at)
    rules, now = parse(version["rules"], "COMPANY"), at or await tx.now()
    found = (await judged(tx, rules, [company_id], now)).get(company_id) if at is None else await _then(tx, rules, company_id, shown, at)
    if found is None:
        raise NotFound(field="id", noun="Company")
    e, people = found
    return CompanyExplanation(
        company_id, version["model_id"], version["number"], now, e.score, e.fit, e.engagement, e.grade,
        shown["people"] if shown and at else engaged(rules, people), e.contributions,
        *((shown["score"], shown["since"], shown["crossed"]) if shown else (None, None, ())))  # fmt: skip


def _live(versions: Sequence[Row], shown: Row | None, at: datetime | None) -> Row:
    """Now the version in use; then the one that made what was shown, else the one in use then, else the first."""
    if at is None:
        return versions[0]
    made = next((v for v in versions if shown and v["id"] == shown["version_id"]), None)
    return made or next((v for v in versions if v["published_at"] <= at), versions[-1])


async def _then(tx: Tx, rules: Rules, company_id: UUID, shown: Row | None, at: datetime) -> tuple[Evaluation, People] | None:
    """As of when it was written what was shown then; before the first time there is nobody to count."""
    facts = await company_at(tx, company_id, shown["as_of"] if shown else at, rules.named)
    people = [(UUID(person), engagement) for person, engagement in shown["counted"]] if shown else []
    return None if facts is None else (judge(rules, facts, people), people)
