"""What decides about duplicates, and how they are looked for."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import strawberry

from api.act import KEY, VERSION, Info, act, id_of, payload
from api.grammar import GRAMMAR
from leadwell import dedupe, work
from leadwell.base.ids import BadId, decode_id
from leadwell.base.tx import Tx
from leadwell.catalog import CATALOG
from models.duplicates import MatchNoun

GRAMMAR.enum(MatchNoun)


@strawberry.input(description="Two records that are two of their own.")
class DismissDuplicateInput:
    id: strawberry.ID | None = strawberry.field(default=None, description="The pair.")
    record_ids: list[strawberry.ID] | None = strawberry.field(default=None, description="Instead of a pair: two people, or two companies.")
    note: str | None = strawberry.field(default=None, description="Why, for whoever asks later.")
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="A pair that was dismissed too soon.")
class ReopenDuplicateInput:
    id: strawberry.ID = strawberry.field(description="The pair.")
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="From which probabilities on records are linked and asked about. What is left out stays.")
class UpdateMatchModelInput:
    noun: MatchNoun = strawberry.field(description="What is compared.")
    link_from: float | None = strawberry.field(default=None, description="From this probability on two records are taken for one.")
    review_from: float | None = strawberry.field(default=None, description="From this probability on somebody is asked.")
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="A look at everybody.")
class DuplicateSweepInput:
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@payload(duplicate_pair="DuplicatePair")
class DuplicatePairPayload:
    """The pair as it was decided."""

    replayed: bool = strawberry.field(default=False, description="This repeats an earlier answer.")


@payload(match_model="MatchModel")
class MatchModelPayload:
    """What the workspace weighs evidence with."""

    replayed: bool = strawberry.field(default=False, description="This repeats an earlier answer.")


@payload(duplicate_sweep="DuplicateSweep")
class DuplicateSweepPayload:
    """The sweep that has begun, or was under way."""

    replayed: bool = strawberry.field(default=False, description="This repeats an earlier answer.")


@payload()
class LearnMatchWeightsPayload:
    """Learning is under way; the match model shows when it is done."""

    replayed: bool = strawberry.field(default=False, description="This repeats an earlier answer.")


@strawberry.type
class DuplicateMutations:
    @strawberry.mutation(description="Says that two records are two of their own. It is remembered for good: no check and no sweep asks again.")
    async def dismiss_duplicate(self, info: Info, input: DismissDuplicateInput) -> DuplicatePairPayload:
        async def verb(tx: Tx) -> UUID:
            if input.id is not None and input.record_ids is None:
                return await dedupe.dismiss(tx, id_of(input.id, "DuplicatePair", "id"), input.note, input.expected_version)
            code, one, other = _two(input)
            return await dedupe.dismiss_records(tx, code, one, other, input.note)

        about: Mapping[str, Any] = {"duplicate_pair": input.id, "records": input.record_ids}
        return await act(info, DuplicatePairPayload, "duplicatePairs", "update", verb, input=input, shape=_pair, about=about)

    @strawberry.mutation(description="Puts a dismissed pair up for decision again.")
    async def reopen_duplicate(self, info: Info, input: ReopenDuplicateInput) -> DuplicatePairPayload:
        async def verb(tx: Tx) -> UUID:
            return await dedupe.reopen(tx, id_of(input.id, "DuplicatePair", "id"), input.expected_version)

        return await act(info, DuplicatePairPayload, "duplicatePairs", "update", verb, input=input, shape=_pair, about={"duplicate_pair": input.id})

    @strawberry.mutation(description="Sets from which probabilities on records are linked and asked about.")
    async def update_match_model(self, info: Info, input: UpdateMatchModelInput) -> MatchModelPayload:
        async def verb(tx: Tx) -> UUID:
            id, _ = await dedupe.set_thresholds(
                tx, str(input.noun), link_from=input.link_from, review_from=input.review_from, expected_version=input.expected_version)
            return id

        return await act(info, MatchModelPayload, "matchModels", "update", verb, input=input, shape=lambda id: {"match_model": id})

    @strawberry.mutation(description="Looks at everybody for duplicates, in the background, as every night by itself; the sweep shows how far it is.")
    async def start_duplicate_sweep(self, info: Info, input: DuplicateSweepInput) -> DuplicateSweepPayload:
        async def verb(tx: Tx) -> UUID:
            id = await dedupe.start(tx)
            await work.put(tx, work.NewJob("match", "match.sweep", key="sweep"))
            return id

        return await act(info, DuplicateSweepPayload, "matchModels", "update", verb, input=input, shape=lambda id: {"duplicate_sweep": id})

    @strawberry.mutation(description="Learns from the workspace's own records what each field weighs, in the background, without anybody's labels.")
    async def learn_match_weights(self, info: Info, input: DuplicateSweepInput) -> LearnMatchWeightsPayload:
        async def verb(tx: Tx) -> None:
            await work.put(tx, work.NewJob("match", "match.learn", key="learn"))

        return await act(info, LearnMatchWeightsPayload, "matchModels", "update", verb, input=input, shape=lambda _: {})


def _pair(id: UUID) -> Mapping[str, Any]:
    return {"duplicate_pair": id}


def _two(input: DismissDuplicateInput) -> tuple[str, UUID, UUID]:
    """The kind and the ids of two records."""
    ids = [str(id) for id in input.record_ids or ()]
    if input.id is not None or len(ids) != 2:
        raise dedupe.OnePair(field="record_ids")
    found = [decode_id(id) for id in ids]
    for noun, code in (("Person", "PERSON"), ("Company", "COMPANY")):
        if all(tag == CATALOG[noun].tag for tag, _ in found):
            return code, found[0][1], found[1][1]
    raise BadId(field="record_ids.1", id=ids[1][:60])
