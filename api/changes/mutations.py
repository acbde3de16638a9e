"""Changes of many records at once: previewed, asked for, canceled, taken back."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import strawberry

from api.act import Info, act, id_of, payload
from api.changes.inputs import ChangeInput, ChangeSetInput, CreateChangeSetInput, TransferOwnershipInput, wanted
from api.changes.types import ChangePreview, kept, preview
from leadwell import changes
from leadwell.access import Viewer
from leadwell.base.tx import Tx


@payload(change_set="ChangeSet")
class ChangeSetPayload:
    """What asking for a change of many records answers."""

    replayed: bool = strawberry.field(default=False, description="This repeats an earlier answer.")


@payload(change_sets=["ChangeSet"])
class TransferOwnershipPayload:
    """One change set for each kind of record of which there was something."""

    replayed: bool = strawberry.field(default=False, description="This repeats an earlier answer.")


@strawberry.type(description="How many records of one kind.")
class TransferCount:
    noun: str = strawberry.field(description="What they are.")
    count: int = strawberry.field(description="How many would be handed over.")


@payload()
class PreviewTransferPayload:
    """What would be handed over."""

    found: strawberry.Private[dict[str, int] | None] = None

    @strawberry.field(description="One for each kind of record that was asked for, none left out.")
    def counts(self) -> list[TransferCount]:
        return [TransferCount(noun=noun, count=count) for noun, count in (self.found or {}).items()]


@payload()
class PreviewChangePayload:
    """What a change of many records would do."""

    found: strawberry.Private[dict[str, Any] | None] = None

    @strawberry.field(description="Null when the change is refused as a whole.")
    def preview(self) -> ChangePreview | None:
        return preview(self.found) if self.found else None


@strawberry.type
class ChangeSetMutations:
    @strawberry.mutation(description="Says what a change of many records would do: it is tried on the first of them and undone at once. Nothing is changed.")
    async def preview_change_set(self, info: Info, input: ChangeInput) -> PreviewChangePayload:
        viewer = info.context.viewer

        async def verb(tx: Tx) -> changes.Preview:
            return await changes.preview(tx, wanted(input), viewer)

        def shape(found: changes.Preview) -> dict[str, Any]:
            return {"found": kept(input.noun, found, viewer)}

        return await act(info, PreviewChangePayload, *_least(input.noun), verb, input=input, shape=shape)

    @strawberry.mutation(description="Changes many records as one, with your rights; a worker does it in batches. It can be canceled, and taken back.")
    async def create_change_set(self, info: Info, input: CreateChangeSetInput) -> ChangeSetPayload:
        async def verb(tx: Tx) -> UUID:
            return await changes.ask(tx, wanted(input), info.context.viewer, input.expected_count)

        return await act(info, ChangeSetPayload, *_least(input.noun), verb, input=input, shape=lambda id: {"change_set": id})

    @strawberry.mutation(description="Stops a change set before its next batch; what is changed stays, and can be taken back.")
    async def cancel_change_set(self, info: Info, input: ChangeSetInput) -> ChangeSetPayload:
        return await _moved(info, input, changes.cancel)

    @strawberry.mutation(description="Takes a change set back; what somebody has touched since is left alone and listed.")
    async def revert_change_set(self, info: Info, input: ChangeSetInput) -> ChangeSetPayload:
        return await _moved(info, input, changes.ask_revert)

    @strawberry.mutation(description="Says how much of each kind transferOwnership would hand over. Nothing is changed.")
    async def preview_transfer_ownership(self, info: Info, input: TransferOwnershipInput) -> PreviewTransferPayload:
        async def verb(tx: Tx) -> dict[str, int]:
            return await changes.preview_transfer(tx, *_transfer(input), info.context.viewer)

        return await act(info, PreviewTransferPayload, "users", "read", verb, input=input, shape=lambda counts: {"found": counts})

    @strawberry.mutation(description="Hands over what a user owns and has still to do with: a change set for each kind of record.")
    async def transfer_ownership(self, info: Info, input: TransferOwnershipInput) -> TransferOwnershipPayload:
        async def verb(tx: Tx) -> list[UUID]:
            return await changes.transfer_ownership(tx, *_transfer(input), info.context.viewer)

        return await act(info, TransferOwnershipPayload, "users", "read", verb, input=input, shape=lambda ids: {"change_sets": ids})


def _transfer(input: TransferOwnershipInput) -> tuple[UUID, UUID | None, list[str]]:
    return id_of(input.from_id, "User", "from_id"), id_of(input.to_id, "User", "to_id") if input.to_id else None, input.nouns


def _least(noun: str) -> tuple[str, str]:
    """What everybody needs who changes such records; the action asks for its own permission."""
    return noun, "read"


async def _moved(info: Info, input: ChangeSetInput, move: Callable[[Tx, UUID, Viewer], Awaitable[None]]) -> ChangeSetPayload:
    async def verb(tx: Tx) -> None:
        await move(tx, id_of(input.id, "ChangeSet", "id"), info.context.viewer)

    about = {"change_set": input.id}
    return await act(
        info, ChangeSetPayload, "changeSets", "read", verb, input=input, shape=lambda _: {"change_set": id_of(input.id, "ChangeSet")}, about=about)
