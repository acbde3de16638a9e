"""Why a lead has its chance."""

from datetime import datetime
from typing import Annotated, Any, Optional
from uuid import UUID

import strawberry

from api.context import Info
from api.grammar import GRAMMAR
from api.scoring.queries import seen
from leadwell import prediction
from leadwell.prediction.learnt import UNIT

_PREDICTOR: Any = Optional[GRAMMAR.type("Predictor")]  # noqa: UP045


async def _predictor(root: Any, info: Info) -> Any:
    return await GRAMMAR.row(info.context, "Predictor", root.predictor_key)


@strawberry.type(description="What one feature says of a lead.")
class ChanceReason:
    feature: str = strawberry.field(description="The feature, such as form.30_days, or two of them.")
    value: str | None = strawberry.field(description="What the lead holds there; missing where there is nothing, and that tells something, or where it is two.")
    log_odds: float = strawberry.field(description="What it adds to the log-odds: above 0 for conversion, below 0 against.")


@strawberry.type(description="How likely a lead is to be converted, and why.")
class ChanceExplanation:
    percent: int = strawberry.field(description="The chance in percent, 1 to 99, calibrated on the latest closed leads.")
    as_of: datetime = strawberry.field(description="When it was told.")
    base: float = strawberry.field(description="Log-odds of a lead of which nothing is known.")
    log_odds: float = strawberry.field(description="Base and reasons together, before calibration.")
    reasons: list[ChanceReason] = strawberry.field(description="What says most first; base and reasons add up to logOdds.")
    predictor: Any = strawberry.field(resolver=_predictor, graphql_type=_PREDICTOR, description="By which predictor.")
    predictor_key: strawberry.Private[UUID | None] = None


@strawberry.type
class PredictionQueries:
    @strawberry.field(description="Why a person's open lead has its chance: what each feature says.")
    async def chance_explanation(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="A person, lead or contact.")],
    ) -> ChanceExplanation:
        async with info.context.lock:
            tx = await info.context.reader()
            found = await prediction.chance_of(tx, await seen(tx, info.context, str(id), field="chance"))
            return ChanceExplanation(
                percent=found.percent, as_of=found.as_of, base=found.base / UNIT, log_odds=found.log_odds / UNIT, predictor_key=found.predictor_id,
                reasons=[ChanceReason(feature=r.feature, value=None if r.value is None else _shown(r.value), log_odds=r.weight / UNIT) for r in found.reasons])


def _shown(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
