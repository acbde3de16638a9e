"""What an explanation, a standing and a simulation look like."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Optional
from uuid import UUID

import strawberry

from api.context import Info
from api.grammar import GRAMMAR
from leadwell import scoring
from leadwell.base.ids import encode_id
from leadwell.catalog import CATALOG

_ACTIVITY: Any = Optional[GRAMMAR.type("Activity")]  # noqa: UP045
_PERSON: Any = Optional[GRAMMAR.type("Person")]  # noqa: UP045
_MODEL: Any = Optional[GRAMMAR.type("ScoringModel")]  # noqa: UP045


async def _activity(root: Any, info: Info) -> Any:
    return await GRAMMAR.row(info.context, "Activity", root.activity_id) if root.activity_id else None


async def _person(root: Any, info: Info) -> Any:
    return await GRAMMAR.row(info.context, "Person", root.who) if root.who else None


async def _model(root: Any, info: Info) -> Any:
    return await GRAMMAR.row(info.context, "ScoringModel", root.model_key)


@strawberry.type(description="What one fact, activity or person adds to a score.")
class ScoreContribution:
    rule: str = strawberry.field(description="Id of the rule; rounding is what rounding to whole points adds or takes.")
    label: str = strawberry.field(description="The rule as people read it.")
    part: str = strawberry.field(description="FIT, ENGAGEMENT, PEOPLE or ROUNDING.")
    points: Decimal = strawberry.field(description="Points of the rule.")
    decayed: Decimal = strawberry.field(description="What is left of them after decay.")
    counted: Decimal = strawberry.field(description="What counts under the caps; these add up to exactly the score.")
    at: datetime | None = strawberry.field(description="When the activity happened.")
    activity: Any = strawberry.field(resolver=_activity, graphql_type=_ACTIVITY, description="The activity, when it was one.")
    person: Any = strawberry.field(resolver=_person, graphql_type=_PERSON, description="The person of a company who is engaged.")
    activity_id: strawberry.Private[UUID | None] = None
    who: strawberry.Private[UUID | None] = None


@strawberry.type(description="A score and everything it is made of.")
class ScoreExplanation:
    person_id: strawberry.ID = strawberry.field(description="Whose score.")
    model_id: strawberry.ID = strawberry.field(description="By which model.")
    version: int = strawberry.field(description="By which version of the model.")
    at: datetime = strawberry.field(description="As of when.")
    score: int = strawberry.field(description="The score: the sum of what counted.")
    fit: int = strawberry.field(description="Points for who the person is.")
    engagement: int = strawberry.field(description="Points for what the person did, decayed to that time.")
    grade: str = strawberry.field(description="The grade.")
    shown: int | None = strawberry.field(description="The score that lists show, or showed at the time asked for; missing before the first scoring.")
    shown_since: datetime | None = strawberry.field(description="Since when the grade that lists show, or showed then, has been what it is.")
    contributions: list[ScoreContribution] = strawberry.field(description="Every contribution, fit first, newest activity first within its rule.")


@strawberry.type(description="A company's score and everything it is made of.")
class CompanyScoreExplanation:
    company_id: strawberry.ID = strawberry.field(description="Whose score.")
    model_id: strawberry.ID = strawberry.field(description="By which model.")
    version: int = strawberry.field(description="By which version of the model.")
    at: datetime = strawberry.field(description="As of when.")
    score: int = strawberry.field(description="The score: the sum of what counted.")
    fit: int = strawberry.field(description="Points for what the company is.")
    engagement: int = strawberry.field(description="Points for its people.")
    grade: str = strawberry.field(description="The grade.")
    people: int = strawberry.field(description="Distinct people who are engaged.")
    shown: int | None = strawberry.field(description="The score that lists show, or showed then; missing until first scored.")
    shown_since: datetime | None = strawberry.field(description="Since when the grade that lists show, or showed then, has been what it is.")
    crossed: list[str] = strawberry.field(description="The thresholds that it has crossed and not fallen back from.")
    contributions: list[ScoreContribution] = strawberry.field(description="Every contribution, fit first, the most engaged person first within a rule.")


@strawberry.type(description="A person's score under one model, as last written.")
class PersonScore:
    model: Any = strawberry.field(resolver=_model, graphql_type=_MODEL, description="The model.")
    model_name: str = strawberry.field(description="Its name.")
    is_default: bool = strawberry.field(description="Whether it is the one that lists show.")
    version: int = strawberry.field(description="By which version of it.")
    score: int = strawberry.field(description="The score.")
    fit: int = strawberry.field(description="The part for fit.")
    engagement: int = strawberry.field(description="The part for engagement.")
    grade: str = strawberry.field(description="The grade.")
    as_of: datetime = strawberry.field(description="When it was last written.")
    next_at: datetime | None = strawberry.field(description="When time alone may change the grade or cross a threshold.")
    crossed: list[str] = strawberry.field(description="Thresholds crossed and not fallen from.")
    model_key: strawberry.Private[UUID | None] = None


@strawberry.type(description="How many people go from one grade to another.")
class GradeMigration:
    before: str | None = strawberry.field(description="The grade shown now; missing: not scored under this model yet.")
    after: str = strawberry.field(description="The grade by the draft.")
    people: int = strawberry.field(description="How many people.")
    moved: int = strawberry.field(description="How many of them have another score.")


@strawberry.type(description="How well the top grade told which leads were converted.")
class GradeOutcome:
    grade: str = strawberry.field(description="The top grade.")
    leads: int = strawberry.field(description="Leads that were closed in that time, each person's latest.")
    converted: int = strawberry.field(description="How many of them were converted.")
    graded: int = strawberry.field(description="How many had the top grade before they closed.")
    hits: int = strawberry.field(description="How many of those were converted.")
    precision: float | None = strawberry.field(description="The share of the top grade that was converted.")
    recall: float | None = strawberry.field(description="The share of the converted that had the top grade.")
    lift: float | None = strawberry.field(description="How much likelier the top grade was to be converted than leads at large.")


@strawberry.type(description="What one rule adds before and after.")
class ScoreReason:
    rule: str = strawberry.field(description="Id of the rule.")
    label: str = strawberry.field(description="The rule as people read it.")
    before: Decimal = strawberry.field(description="Points by the version in use.")
    after: Decimal = strawberry.field(description="Points by the draft.")


@strawberry.type(description="Somebody whose score the draft would change.")
class ScoreMover:
    score_before: int = strawberry.field(description="The score by the version in use.")
    grade_before: str = strawberry.field(description="Its grade.")
    score: int = strawberry.field(description="The score by the draft.")
    grade: str = strawberry.field(description="Its grade.")
    reasons: list[ScoreReason] = strawberry.field(description="The rules that make the difference; their differences add up to it.")
    person: Any = strawberry.field(resolver=_person, graphql_type=_PERSON, description="The person.")
    who: strawberry.Private[UUID | None] = None


@strawberry.type(description="What rules would make of everybody. Nothing is written.")
class ScoringSimulation:
    at: datetime = strawberry.field(description="As of when.")
    people: int = strawberry.field(description="How many people were looked at.")
    moved: int = strawberry.field(description="How many would have another score than is shown.")
    migrations: list[GradeMigration] = strawberry.field(description="From which grade to which.")
    draft_outcome: GradeOutcome = strawberry.field(description="How well the draft's top grade would have told past conversions.")
    live_outcome: GradeOutcome | None = strawberry.field(description="The same of the version in use; missing: there is none.")
    movers: list[ScoreMover] = strawberry.field(description="Who moves farthest.")
    asked: list[ScoreMover] = strawberry.field(description="Those asked for by id, in that order.")


def explained(found: scoring.Explanation) -> ScoreExplanation:
    shown = found.shown
    return ScoreExplanation(
        person_id=public("Person", found.person_id), model_id=public("ScoringModel", found.model_id), version=found.version, at=found.at,
        score=found.score, fit=found.fit, engagement=found.engagement, grade=found.grade, shown=shown.score if shown else None,
        shown_since=shown.since if shown else None, contributions=lines(found.contributions))


def company_explained(found: scoring.CompanyExplanation) -> CompanyScoreExplanation:
    return CompanyScoreExplanation(
        company_id=public("Company", found.company_id), model_id=public("ScoringModel", found.model_id), version=found.version, at=found.at,
        score=found.score, fit=found.fit, engagement=found.engagement, grade=found.grade, people=found.people, shown=found.shown,
        shown_since=found.shown_since, crossed=list(found.crossed), contributions=lines(found.contributions))


def lines(contributions: Sequence[scoring.Contribution]) -> list[ScoreContribution]:
    return [
        ScoreContribution(
            rule=c.rule_id, label=c.label, part=c.part, points=_decimal(c.points), decayed=_decimal(c.decayed), counted=_decimal(c.counted), at=c.at,
            activity_id=c.activity_id, who=c.person_id)
        for c in contributions]


def simulated(found: scoring.Simulation) -> ScoringSimulation:
    return ScoringSimulation(
        at=found.at, people=found.people, moved=found.moved, migrations=[GradeMigration(before=m.before, after=m.after, people=m.people, moved=m.moved)
        for m in found.migrations], draft_outcome=_outcome(found.draft), live_outcome=_outcome(found.live) if found.live else None,
        movers=[_mover(m) for m in found.movers], asked=[_mover(m) for m in found.asked])


def _outcome(o: scoring.Outcome) -> GradeOutcome:
    return GradeOutcome(
        grade=o.grade, leads=o.leads, converted=o.converted, graded=o.graded, hits=o.hits, precision=o.precision, recall=o.recall, lift=o.lift)


def _mover(m: scoring.Mover) -> ScoreMover:
    return ScoreMover(
        score_before=m.score_before, grade_before=m.grade_before, score=m.score, grade=m.grade, who=m.person_id,
        reasons=[ScoreReason(rule=r.rule_id, label=r.label, before=_decimal(r.before), after=_decimal(r.after)) for r in m.reasons])


def standing(found: scoring.Standing) -> PersonScore:
    return PersonScore(
        model_name=found.name, is_default=found.is_default, version=found.version, score=found.score, fit=found.fit, engagement=found.engagement,
        grade=found.grade, as_of=found.as_of, next_at=found.next_at, crossed=list(found.crossed), model_key=found.model_id)


def _decimal(hundredths: int) -> Decimal:
    return Decimal(hundredths).scaleb(-2)


def public(noun: str, id: UUID) -> strawberry.ID:
    return strawberry.ID(encode_id(CATALOG[noun].tag, id))
