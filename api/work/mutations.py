"""What changes jobs: replay of dead ones, cancellation."""

from uuid import UUID

import strawberry

from api.act import KEY, Info, act, payload
from leadwell import work
from leadwell.base.ids import BadId
from leadwell.base.tx import Tx


@strawberry.input(description="Which jobs.")
class JobsInput:
    ids: list[strawberry.ID] = strawberry.field(description="Their ids, at most 500.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@payload()
class JobsPayload:
    """How many jobs changed."""

    count: int = strawberry.field(default=0, description="Jobs changed; others were in another state already.")


@strawberry.type
class WorkMutations:
    @strawberry.mutation(description="Makes dead jobs ready again, with a clean count.")
    async def replay_jobs(self, info: Info, input: JobsInput) -> JobsPayload:
        async def verb(tx: Tx) -> int:
            return await work.replay(tx, uuids(input.ids))

        return await act(info, JobsPayload, "jobs", "update", verb, input=input, shape=lambda count: {"count": count})

    @strawberry.mutation(description="Cancels waiting jobs now, and running ones at their next heartbeat.")
    async def cancel_jobs(self, info: Info, input: JobsInput) -> JobsPayload:
        async def verb(tx: Tx) -> int:
            return await work.cancel(tx, uuids(input.ids))

        return await act(info, JobsPayload, "jobs", "update", verb, input=input, shape=lambda count: {"count": count})


def uuids(ids: list[strawberry.ID]) -> list[UUID]:
    try:
        return [UUID(id) for id in ids[:500]]
    except ValueError:
        raise BadId(field="ids", id=str(ids)[:60]) from None
