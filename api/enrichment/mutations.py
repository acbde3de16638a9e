"""What decides suggestions, has people enriched and takes runs back."""

from typing import Any
from uuid import UUID

import strawberry
from strawberry.scalars import JSON

from api.act import KEY, Info, act, id_of, ids_of, payload
from api.enrichment import seen
from leadwell import enrichment
from leadwell.base.ids import encode_id
from leadwell.base.refusals import NotFound
from leadwell.base.tx import Tx
from leadwell.catalog import CATALOG
from leadwell.enrichment import Decided, Undone

LEFT = "Those that could not be decided: id, code and message of each."


@strawberry.input(description="Which suggestions to decide, 500 at most.")
class SuggestionsInput:
    ids: list[strawberry.ID] = strawberry.field(description="The suggestions.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="Who is enriched now.")
class EnrichInput:
    ids: list[strawberry.ID] = strawberry.field(description="People, leads or contacts, 1,000 at most.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="Which run is taken back.")
class UndoEnrichmentRunInput:
    id: strawberry.ID = strawberry.field(description="The run.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@payload(suggestions=["FieldSuggestion"])
class SuggestionsPayload:
    """The suggestions that are decided, now or before."""

    left: JSON | None = strawberry.field(default=None, description=LEFT)
    replayed: bool = strawberry.field(default=False, description="This repeats an earlier answer.")


@payload()
class EnrichPayload:
    """What enrich answers: it goes on in the background."""

    people: int | None = strawberry.field(default=None, description="How many people are looked at.")
    replayed: bool = strawberry.field(default=False, description="This repeats an earlier answer.")


@payload(enrichment_run="EnrichmentRun")
class UndoEnrichmentRunPayload:
    """The run that was taken back."""

    restored: JSON | None = strawberry.field(default=None, description="What is as before: noun, recordId, field, before, after.")
    left: JSON | None = strawberry.field(default=None, description="What stays, with why: CHANGED since, SEALED or GONE.")
    replayed: bool = strawberry.field(default=False, description="This repeats an earlier answer.")


@strawberry.type
class EnrichmentMutations:
    @strawberry.mutation(description="Takes suggested values over, as your word; what cannot be is left and says why.")
    async def accept_suggestions(self, info: Info, input: SuggestionsInput) -> SuggestionsPayload:
        return await _decide(info, input, accept=True)

    @strawberry.mutation(description="Suggested values are not wanted: they are neither suggested nor filled in again.")
    async def dismiss_suggestions(self, info: Info, input: SuggestionsInput) -> SuggestionsPayload:
        return await _decide(info, input, accept=False)

    @strawberry.mutation(description="Has people looked at again, in the background, even when nothing about them has changed.")
    async def enrich(self, info: Info, input: EnrichInput) -> EnrichPayload:
        async def verb(tx: Tx) -> int:
            return await enrichment.enqueue(tx, await seen.people(tx, info.context.viewer, input.ids, "update"))

        return await act(info, EnrichPayload, "people", "update", verb, input=input, shape=lambda people: {"people": people})

    @strawberry.mutation(description="Takes back what a run of enrichment changed and nobody has touched since.")
    async def undo_enrichment_run(self, info: Info, input: UndoEnrichmentRunInput) -> UndoEnrichmentRunPayload:
        async def verb(tx: Tx) -> Undone:
            return await enrichment.undo_run(tx, await seen.run(tx, info.context.viewer, id_of(input.id, "EnrichmentRun", "id")))

        return await act(
            info, UndoEnrichmentRunPayload, "people", "update", verb, input=input, about={"enrichment_run": input.id},
            shape=lambda done: {"enrichment_run": done.run_id, "restored": [_told(c) for c in done.restored], "left": [_told(c) for c in done.left]})


async def _decide(info: Info, input: SuggestionsInput, *, accept: bool) -> SuggestionsPayload:
    async def verb(tx: Tx) -> Decided:
        ids = ids_of(input.ids, "FieldSuggestion", "ids")
        mine = set(await seen.suggestions(tx, info.context.viewer, ids))
        if ids and not mine:
            raise NotFound(noun="suggestion", field="ids")
        decide = enrichment.accept_suggestions if accept else enrichment.dismiss_suggestions
        done = await decide(tx, [id for id in ids if id in mine])
        strange = {id: ("NOT_FOUND", "There is no such suggestion, or you may not see it.") for id in ids if id not in mine}
        return Decided(done.done, {**done.left, **strange})

    return await act(info, SuggestionsPayload, "people", "update", verb, input=input, shape=_decided)


def _decided(done: Decided) -> dict[str, Any]:
    tag = CATALOG["FieldSuggestion"].tag
    left = [{"id": encode_id(tag, id), "code": code, "message": message} for id, (code, message) in done.left.items()]
    return {"suggestions": list(done.done), "left": left}


def _told(change: Any) -> dict[str, Any]:
    """A change by public names; ids of addresses and numbers are nobody's."""
    noun = change["noun"]
    id = encode_id(CATALOG[noun].tag, UUID(change["record_id"])) if noun in {n.name for n in CATALOG} else change["record_id"]
    return {"recordId": id, **{name: change[name] for name in ("noun", "field", "before", "after", "why") if name in change}}
