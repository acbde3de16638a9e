"""What makes and publishes scoring models."""

from typing import Any, cast
from uuid import UUID

import strawberry
from strawberry.scalars import JSON

from api.act import KEY, VERSION, Info, act, id_of, ids_of, payload
from api.grammar import GRAMMAR
from leadwell import scoring
from leadwell.base.tx import Tx
from models.activities import ActivityReading
from models.scores import ScoringSubject

for choices in (ScoringSubject, ActivityReading):
    GRAMMAR.enum(choices)
RULES = "Groups, fit rules, engagement rules, grades and thresholds, as the guide to scoring shows them."


@strawberry.input(description="A scoring model with its first draft.")
class CreateScoringModelInput:
    name: str = strawberry.field(description="Name people see.")
    rules: JSON = strawberry.field(description=RULES)
    subject: ScoringSubject = strawberry.field(default=ScoringSubject.PERSON, description="What it scores. Companies are scored by their people.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="New rules for a model, not yet in use.")
class DraftScoringModelInput:
    id: strawberry.ID = strawberry.field(description="The model.")
    rules: JSON = strawberry.field(description=RULES)
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="Which draft comes into use.")
class PublishScoringModelInput:
    version_id: strawberry.ID = strawberry.field(description="The version: the model's draft.")
    refire: bool = strawberry.field(default=False, description="Tell of thresholds that are crossed only because the rules changed.")
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="Which model lists show.")
class MakeScoringModelDefaultInput:
    id: strawberry.ID = strawberry.field(description="The model; published.")
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="How opens and clicks are read from now on.")
class RereadActivitiesInput:
    ids: list[strawberry.ID] = strawberry.field(description="Opens and clicks.")
    reading: ActivityReading = strawberry.field(description="Who stood behind them; only what humans did scores.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@payload(activities=["Activity"])
class RereadActivitiesPayload:
    """The activities that are read otherwise now; their people are scored again."""

    replayed: bool = strawberry.field(default=False, description="This repeats an earlier answer.")


@payload(scoring_model="ScoringModel", scoring_version="ScoringVersion")
class ScoringModelPayload:
    """The model, and the version that was made or published."""

    replayed: bool = strawberry.field(default=False, description="This repeats an earlier answer.")


@strawberry.type
class ScoringMutations:
    @strawberry.mutation(description="Makes a scoring model with version 1 as a draft.")
    async def create_scoring_model(self, info: Info, input: CreateScoringModelInput) -> ScoringModelPayload:
        async def verb(tx: Tx) -> tuple[UUID, UUID]:
            return await scoring.create_model(tx, input.name, input.rules, subject=cast("scoring.Subject", input.subject.value))

        return await act(info, ScoringModelPayload, "scoringModels", "create", verb, input=input, shape=_shape)

    @strawberry.mutation(description="Writes the model's draft; the published version stays in use.")
    async def draft_scoring_model(self, info: Info, input: DraftScoringModelInput) -> ScoringModelPayload:
        async def verb(tx: Tx) -> tuple[UUID, UUID]:
            model = id_of(input.id, "ScoringModel", "id")
            return model, await scoring.draft(tx, model, input.rules, expected_version=input.expected_version)

        return await act(info, ScoringModelPayload, "scoringModels", "update", verb, input=input, shape=_shape, about={"scoring_model": input.id})

    @strawberry.mutation(description="Puts a draft into use and rescores everybody in the background.")
    async def publish_scoring_model(self, info: Info, input: PublishScoringModelInput) -> ScoringModelPayload:
        async def verb(tx: Tx) -> tuple[UUID, UUID]:
            version = id_of(input.version_id, "ScoringVersion", "version_id")
            return await scoring.publish(tx, version, refire=input.refire, expected_version=input.expected_version), version

        return await act(info, ScoringModelPayload, "scoringModels", "update", verb, input=input, shape=_shape)

    @strawberry.mutation(description="Lists show this model's scores from now on.")
    async def make_scoring_model_default(self, info: Info, input: MakeScoringModelDefaultInput) -> ScoringModelPayload:
        async def verb(tx: Tx) -> UUID:
            return await scoring.make_default(tx, id_of(input.id, "ScoringModel", "id"), expected_version=input.expected_version)

        return await act(
            info, ScoringModelPayload, "scoringModels", "update", verb, input=input, shape=lambda id: {"scoring_model": id}, about={"scoring_model": input.id})

    @strawberry.mutation(description="Says whether a human stood behind opens and clicks; it stays, whatever else is learnt of them.")
    async def reread_activities(self, info: Info, input: RereadActivitiesInput) -> RereadActivitiesPayload:
        async def verb(tx: Tx) -> list[UUID]:
            return await scoring.reread(tx, ids_of(input.ids, "Activity", "ids"), cast("scoring.Reading", input.reading.value))

        return await act(
            info, RereadActivitiesPayload, "activities", "update", verb, input=input, shape=lambda ids: {"activities": ids}, about={"activities": input.ids})


def _shape(made: tuple[UUID, UUID]) -> dict[str, Any]:
    return {"scoring_model": made[0], "scoring_version": made[1]}
