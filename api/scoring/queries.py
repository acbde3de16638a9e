"""Why a score is what it is."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Optional
from uuid import UUID

import strawberry

from api.context import Context, Info
from api.grammar import GRAMMAR
from leadwell import scoring
from leadwell.base.ids import BadId, decode_id, encode_id
from leadwell.base.refusals import Forbidden, NotFound
from leadwell.base.tx import Tx
from leadwell.catalog import CATALOG, matching_ids

SCORED = ("Person", "Lead", "Contact")


_ACTIVITY: Any = Optional[GRAMMAR.type("Activity")]  # noqa: UP045


async def _activity(root: Any, info: Info) -> Any:
    return await GRAMMAR.row(info.context, "Activity", root.activity_id) if root.activity_id else None


@strawberry.type(description="What one fact or activity adds to a score.")
class ScoreContribution:
    rule: str = strawberry.field(description="Id of the rule; rounding is what rounding to whole points adds or takes.")
    label: str = strawberry.field(description="The rule as people read it.")
    part: str = strawberry.field(description="FIT, ENGAGEMENT or ROUNDING.")
    points: Decimal = strawberry.field(description="Points of the rule.")
    decayed: Decimal = strawberry.field(description="What is left of them after decay.")
    counted: Decimal = strawberry.field(description="What counts under the caps; these add up to exactly the score.")
    at: datetime | None = strawberry.field(description="When the activity happened.")
    activity: Any = strawberry.field(resolver=_activity, graphql_type=_ACTIVITY, description="The activity, when it was one.")
    activity_id: strawberry.Private[UUID | None] = None


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
    shown: int | None = strawberry.field(description="The score that lists show now; missing until first scored.")
    contributions: list[ScoreContribution] = strawberry.field(description="Every contribution, fit first, newest activity first within its rule.")


@strawberry.type
class ScoringQueries:
    @strawberry.field(description="Why a person has the score, now or at a time in the past: every contribution, adding up exactly.")
    async def score_explanation(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="A person, lead or contact.")],
        at: Annotated[datetime | None, strawberry.argument(description="A time in the past; missing: now.")] = None,
    ) -> ScoreExplanation:
        async with info.context.lock:
            tx = await info.context.reader()
            return _shaped(await scoring.explain(tx, await _seen(tx, info.context, str(id)), at))


async def _seen(tx: Tx, context: Context, text: str) -> UUID:
    """The id of a person, lead or contact whose score the viewer may see."""
    tag, id = decode_id(text)
    noun = CATALOG.by_tag(tag)
    if noun is None or noun.name not in SCORED:
        raise BadId(field="id", id=text[:60])
    context.viewer.need(noun.name, "read")
    if f"{noun.name}.score" in context.viewer.denied:
        raise Forbidden(verb="read", noun="scores")
    if not await matching_ids(tx, noun, {}, context.viewer, ids=[id]):
        raise NotFound(noun=noun.singular, field="id")
    return id


def _shaped(found: scoring.Explanation) -> ScoreExplanation:
    return ScoreExplanation(
        person_id=_public("Person", found.person_id), model_id=_public("ScoringModel", found.model_id), version=found.version, at=found.at,
        score=found.score, fit=found.fit, engagement=found.engagement, grade=found.grade, shown=found.shown.score if found.shown else None,
        contributions=[_line(c) for c in found.contributions])


def _line(c: scoring.Contribution) -> ScoreContribution:
    return ScoreContribution(
        rule=c.rule_id, label=c.label, part=c.part, points=_decimal(c.points), decayed=_decimal(c.decayed), counted=_decimal(c.counted), at=c.at,
        activity_id=c.activity_id)


def _decimal(hundredths: int) -> Decimal:
    return Decimal(hundredths).scaleb(-2)


def _public(noun: str, id: UUID) -> strawberry.ID:
    return strawberry.ID(encode_id(CATALOG[noun].tag, id))
