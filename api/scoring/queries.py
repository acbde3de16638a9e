"""Why a score is what it is, and what it would be."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import strawberry
from strawberry.scalars import JSON

from api.act import id_of
from api.context import Context, Info
from api.scoring.mutations import RULES
from api.scoring.types import (
    CompanyScoreExplanation,
    PersonScore,
    ScoreExplanation,
    ScoringSimulation,
    company_explained,
    explained,
    simulated,
    standing,
)
from leadwell import scoring
from leadwell.base.ids import BadId, decode_id
from leadwell.base.refusals import Forbidden, NotFound
from leadwell.base.tx import Tx
from leadwell.catalog import CATALOG, matching_ids

SCORED = ("Person", "Lead", "Contact")
MOST_DAYS, MOST_HOURS, MOST_MOVERS = 3650, 24 * 90, 50
SUBJECT = strawberry.argument(description="A person, lead or contact.")
MODEL = strawberry.argument(description="The model; missing: the one that lists show.")


@strawberry.type
class ScoringQueries:
    @strawberry.field(description="Why a person has the score, now or at a time in the past: every contribution, adding up exactly.")
    async def score_explanation(
        self,
        info: Info,
        id: Annotated[strawberry.ID, SUBJECT],
        at: Annotated[datetime | None, strawberry.argument(description="A time in the past; missing: now.")] = None,
        model_id: Annotated[strawberry.ID | None, MODEL] = None,
    ) -> ScoreExplanation:
        async with info.context.lock:
            tx = await info.context.reader()
            return explained(await scoring.explain(tx, await seen(tx, info.context, str(id)), at, model_id=_model(model_id)))

    @strawberry.field(description="Why a company has the score: its own fields, and its distinct engaged people.")
    async def company_score_explanation(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="The company.")],
        at: Annotated[datetime | None, strawberry.argument(description="A time in the past; missing: now.")] = None,
        model_id: Annotated[strawberry.ID | None, MODEL] = None,
    ) -> CompanyScoreExplanation:
        async with info.context.lock:
            tx = await info.context.reader()
            company = await seen(tx, info.context, str(id), ("Company",))
            return company_explained(await scoring.explain_company(tx, company, at, model_id=_model(model_id)))

    @strawberry.field(description="A person's scores under every published model, the one lists show first.")
    async def person_scores(self, info: Info, id: Annotated[strawberry.ID, SUBJECT]) -> list[PersonScore]:
        async with info.context.lock:
            tx = await info.context.reader()
            return [standing(one) for one in await scoring.standings(tx, await seen(tx, info.context, str(id)))]

    @strawberry.field(description="What rules would make of everybody, and how well they would have told past conversions. For whoever may change the model.")
    async def simulate_scoring(
        self,
        info: Info,
        model_id: Annotated[strawberry.ID, strawberry.argument(description="The model, of people, whose scores they are held against.")],
        rules: Annotated[JSON, strawberry.argument(description=RULES)],
        days: Annotated[int, strawberry.argument(description="How many days back closed leads are looked at, up to 3,650.")] = 365,
        hours_before: Annotated[int, strawberry.argument(description="As of how many hours before they closed, up to 2,160.")] = 24,
        movers: Annotated[int, strawberry.argument(description="How many of those who move farthest, up to 50.")] = 10,
        of: Annotated[list[strawberry.ID] | None, strawberry.argument(description="People, leads and contacts to tell of besides, up to 50.")] = None,
    ) -> ScoringSimulation:
        context = info.context
        async with context.lock:
            context.viewer.need("scoringModels", "update")
            tx = await context.reader()
            wish = scoring.Wish(
                max(1, min(days, MOST_DAYS)), max(0, min(hours_before, MOST_HOURS)), max(0, min(movers, MOST_MOVERS)),
                [await seen(tx, context, str(id)) for id in (of or ())[:MOST_MOVERS]])
            return simulated(await scoring.simulate(tx, id_of(model_id, "ScoringModel", "modelId"), rules, wish))


def _model(id: str | None) -> UUID | None:
    return id_of(id, "ScoringModel", "modelId") if id else None


async def seen(tx: Tx, context: Context, text: str, nouns: tuple[str, ...] = SCORED, field: str = "score") -> UUID:
    """The id of a record whose score, or chance, the viewer may see."""
    tag, id = decode_id(text)
    noun = CATALOG.by_tag(tag)
    if noun is None or noun.name not in nouns:
        raise BadId(field="id", id=text[:60])
    context.viewer.need(noun.name, "read")
    if f"{noun.name}.{field}" in context.viewer.denied:
        raise Forbidden(verb="read", noun=f"{field}s")
    if not await matching_ids(tx, noun, {}, context.viewer, ids=[id]):
        raise NotFound(noun=noun.singular, field="id")
    return id
