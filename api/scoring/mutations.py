"""What makes and publishes scoring models."""

from typing import Any
from uuid import UUID

import strawberry
from strawberry.scalars import JSON

from api.act import KEY, VERSION, Info, act, id_of, payload
from leadwell import scoring
from leadwell.base.tx import Tx

RULES = "Groups, fit rules, engagement rules, grades and thresholds, as the guide to scoring shows them."


@strawberry.input(description="A scoring model with its first draft.")
class CreateScoringModelInput:
    name: str = strawberry.field(description="Name people see.")
    rules: JSON = strawberry.field(description=RULES)
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


@payload(scoring_model="ScoringModel", scoring_version="ScoringVersion")
class ScoringModelPayload:
    """The model, and the version that was made or published."""

    replayed: bool = strawberry.field(default=False, description="This repeats an earlier answer.")


@strawberry.type
class ScoringMutations:
    @strawberry.mutation(description="Makes a scoring model with version 1 as a draft.")
    async def create_scoring_model(self, info: Info, input: CreateScoringModelInput) -> ScoringModelPayload:
        async def verb(tx: Tx) -> tuple[UUID, UUID]:
            return await scoring.create_model(tx, input.name, input.rules)

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


def _shape(made: tuple[UUID, UUID]) -> dict[str, Any]:
    return {"scoring_model": made[0], "scoring_version": made[1]}
