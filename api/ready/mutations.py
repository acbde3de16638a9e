"""Ready sequences put into a workspace, and sequences copied."""

from uuid import UUID

import strawberry

from api.act import KEY, Info, act, id_of, payload
from leadwell import ready
from leadwell.base.tx import Tx


@strawberry.input(description="A ready sequence to put in.")
class AddReadySequenceInput:
    key: str = strawberry.field(description="welcome, trial, event-follow-up, re-engagement or onboarding.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="A sequence to copy.")
class CopySequenceInput:
    id: strawberry.ID = strawberry.field(description="The sequence.")
    name: str = strawberry.field(description="What the copy is called.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@payload(sequence="Sequence")
class ReadySequencePayload:
    """The sequence, a draft."""

    replayed: bool = strawberry.field(default=False, description="This repeats an earlier answer.")


@strawberry.type
class ReadyMutations:
    @strawberry.mutation(description="Puts a ready sequence in as a draft, with its templates; one of that name that is there stays as it is.")
    async def add_ready_sequence(self, info: Info, input: AddReadySequenceInput) -> ReadySequencePayload:
        async def verb(tx: Tx) -> UUID:
            return (await ready.install(tx, input.key)).sequence_id

        return await act(info, ReadySequencePayload, "sequences", "create", verb, input=input, shape=lambda id: {"sequence": id})

    @strawberry.mutation(description="Copies a sequence into a draft of another name; its templates are shared.")
    async def copy_sequence(self, info: Info, input: CopySequenceInput) -> ReadySequencePayload:
        async def verb(tx: Tx) -> UUID:
            return await ready.copy(tx, id_of(input.id, "Sequence", "id"), input.name, info.context.viewer)

        return await act(info, ReadySequencePayload, "sequences", "create", verb, input=input, shape=lambda id: {"sequence": id}, about={"source": input.id})
