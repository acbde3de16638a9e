"""What trains predictors and puts them into use."""

from uuid import UUID

import strawberry

from api.act import KEY, VERSION, Info, act, id_of, payload
from leadwell import prediction
from leadwell.base.tx import Tx

MOST_DAYS, MOST_HOURS, MOST_NAMES = 3650, 24 * 90, 100


@strawberry.input(description="What to learn from.")
class TrainPredictorInput:
    keep: list[str] = strawberry.field(
        default_factory=list, description="Features, by name, that are learnt from though they give the outcome away or are not what they were.")
    leave: list[str] = strawberry.field(default_factory=list, description="Features, by name, that are left out.")
    days: int = strawberry.field(default=1095, description="How many days back closed leads are learnt from, up to 3,650.")
    hours_before: int = strawberry.field(default=24, description="As of how many hours before they closed leads are looked at, up to 2,160.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="Which predictor comes into use.")
class AdoptPredictorInput:
    id: strawberry.ID = strawberry.field(description="The predictor; trained.")
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@payload(predictor="Predictor")
class PredictorPayload:
    """The predictor; a training goes on in the background."""

    replayed: bool = strawberry.field(default=False, description="This repeats an earlier answer.")


@strawberry.type
class PredictionMutations:
    @strawberry.mutation(description="Learns from closed leads who is converted, in the background; nothing changes until the predictor is adopted.")
    async def train_predictor(self, info: Info, input: TrainPredictorInput) -> PredictorPayload:
        async def verb(tx: Tx) -> UUID:
            days, hours = max(1, min(input.days, MOST_DAYS)), max(0, min(input.hours_before, MOST_HOURS))
            return await prediction.ask(tx, prediction.Wish(input.keep[:MOST_NAMES], input.leave[:MOST_NAMES], days, hours))

        return await act(info, PredictorPayload, "predictors", "create", verb, input=input, shape=lambda id: {"predictor": id})

    @strawberry.mutation(description="Puts a trained predictor into use: everybody's chance is told anew in the background.")
    async def adopt_predictor(self, info: Info, input: AdoptPredictorInput) -> PredictorPayload:
        async def verb(tx: Tx) -> UUID:
            return await prediction.adopt(tx, id_of(input.id, "Predictor", "id"), expected_version=input.expected_version)

        return await act(
            info, PredictorPayload, "predictors", "update", verb, input=input, shape=lambda id: {"predictor": id}, about={"predictor": input.id})
