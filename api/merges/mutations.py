"""What merges people and companies, and takes it back."""

from typing import Any
from uuid import UUID

import strawberry
from strawberry.scalars import JSON

from api.act import KEY, Info, act, id_of, payload
from api.merges.shapes import MergeCompaniesInput, MergePeopleInput, wish
from leadwell import merging
from leadwell.base.tx import Tx
from leadwell.merging import Merged, Unmerged


@strawberry.input(description="Which merge is taken back.")
class UnmergeInput:
    id: strawberry.ID = strawberry.field(description="The merge.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@payload(person="Person", merge="Merge")
class MergePeoplePayload:
    """What mergePeople answers: the person who stayed, and the merge with its manifest."""

    replayed: bool = strawberry.field(default=False, description="They were one already; this answers the merge that made them so.")


@payload(company="Company", merge="Merge")
class MergeCompaniesPayload:
    """What mergeCompanies answers: the company that stayed, and the merge with its manifest."""

    replayed: bool = strawberry.field(default=False, description="They were one already; this answers the merge that made them so.")


@payload(people=["Person"], companies=["Company"], merge="Merge")
class UnmergePayload:
    """What unmerge answers: everybody who is one of their own again, the survivor first."""

    replayed: bool = strawberry.field(default=False, description="This repeats an earlier answer.")
    remains: JSON | None = strawberry.field(default=None, description="What could not be split: table, reason, how many rows, keys of the first hundred.")


@strawberry.type
class MergeMutations:
    @strawberry.mutation(description="Makes one person of several, with their leads, contacts and everything behind them; unmerge takes it back.")
    async def merge_people(self, info: Info, input: MergePeopleInput) -> MergePeoplePayload:
        async def verb(tx: Tx) -> Merged:
            return await merging.merge(tx, "Person", wish(input, "Person"))

        about = {"survivor": input.survivor_id, "ids": list(input.ids)}
        return await act(info, MergePeoplePayload, "people", "merge", verb, input=input, shape=lambda m: _shape("person", m), about=about)

    @strawberry.mutation(description="Makes one company of several, with everything behind them; unmerge takes it back.")
    async def merge_companies(self, info: Info, input: MergeCompaniesInput) -> MergeCompaniesPayload:
        async def verb(tx: Tx) -> Merged:
            return await merging.merge(tx, "Company", wish(input, "Company"))

        about = {"survivor": input.survivor_id, "ids": list(input.ids)}
        return await act(info, MergeCompaniesPayload, "companies", "merge", verb, input=input, shape=lambda m: _shape("company", m), about=about)

    @strawberry.mutation(description="Takes a merge back by its manifest, and says what has changed since and cannot be split.")
    async def unmerge(self, info: Info, input: UnmergeInput) -> UnmergePayload:
        async def verb(tx: Tx) -> Unmerged:
            return await merging.unmerge(tx, id_of(input.id, "Merge", "id"))

        return await act(info, UnmergePayload, "merges", "unmerge", verb, input=input, shape=_undone, about={"merge": input.id})


def _shape(noun: str, done: Merged) -> dict[str, Any]:
    return {noun: done.survivor_id, "merge": done.id, "replayed": done.replayed}


def _undone(done: Unmerged) -> dict[str, Any]:
    ids: list[UUID] = [done.survivor_id, *done.restored_ids]
    return {"people" if done.noun == "Person" else "companies": ids, "merge": done.merge_id, "remains": [one.told() for one in done.remains]}

