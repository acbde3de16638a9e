"""What writes, revises and pins notes."""

from uuid import UUID

import strawberry

from api.about import about_of, mentioned
from api.act import KEY, VERSION, Info, act, given, id_of, payload
from leadwell import tasks, timeline
from leadwell.base.rows import Revision
from leadwell.base.tx import Tx


@strawberry.input(description="A note about people and records, at least one of either.")
class CreateNoteInput:
    body: str = strawberry.field(description="What it says.")
    subject: str | None = strawberry.field(default=None, description="What it is about, in a line.")
    pinned: bool = strawberry.field(default=False, description="Keep it in sight.")
    lead_id: strawberry.ID | None = strawberry.field(default=None, description="The lead; the note stays with its person.")
    contact_id: strawberry.ID | None = strawberry.field(default=None, description="The contact.")
    company_id: strawberry.ID | None = strawberry.field(default=None, description="The company.")
    deal_id: strawberry.ID | None = strawberry.field(default=None, description="The deal.")
    person_ids: list[strawberry.ID] | None = strawberry.field(default=None, description="People.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="What a note should say instead.")
class ReviseNoteInput:
    id: strawberry.ID = strawberry.field(description="The note.")
    body: strawberry.Maybe[str] = strawberry.field(description="What it says.")
    subject: strawberry.Maybe[str | None] = strawberry.field(description="What it is about, in a line.")
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="A note or another activity to keep in sight, or no longer.")
class PinNoteInput:
    id: strawberry.ID = strawberry.field(description="The note or activity.")
    pinned: bool = strawberry.field(default=True, description="Keep it in sight.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@payload(note="Activity")
class NotePayload:
    """What writing, revising and pinning a note answers."""

    replayed: bool = strawberry.field(default=False, description="This repeats an earlier answer.")


@strawberry.type
class NoteMutations:
    @strawberry.mutation(description="Writes a note.")
    async def create_note(self, info: Info, input: CreateNoteInput) -> NotePayload:
        async def verb(tx: Tx) -> UUID:
            return await tasks.write_note(tx, input.body, about_of(input), input.subject, pinned=input.pinned)

        return await act(info, NotePayload, "activities", "create", verb, input=input, shape=lambda id: {"note": id}, about=mentioned(input))

    @strawberry.mutation(description="Revises a note. Every wording is kept; timelines show the latest.")
    async def revise_note(self, info: Info, input: ReviseNoteInput) -> NotePayload:
        async def verb(tx: Tx) -> Revision:
            return await timeline.revise(tx, id_of(input.id, "Activity", "id"), given(input, "body", "subject"), input.expected_version)

        shown = {"note": input.id}
        return await act(info, NotePayload, "activities", "update", verb, input=input, shape=lambda _: {"note": id_of(input.id, "Activity")}, about=shown)

    @strawberry.mutation(description="Pins a note or another activity, or takes the pin away.")
    async def pin_note(self, info: Info, input: PinNoteInput) -> NotePayload:
        async def verb(tx: Tx) -> Revision:
            return await timeline.pin(tx, id_of(input.id, "Activity", "id"), input.pinned)

        shown = {"note": input.id}
        return await act(info, NotePayload, "activities", "update", verb, input=input, shape=lambda _: {"note": id_of(input.id, "Activity")}, about=shown)
