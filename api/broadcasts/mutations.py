"""What changes broadcasts, and mail to one person."""

from functools import partial
from typing import Any
from uuid import UUID

import strawberry

from api.act import Info, act, given, id_of, payload
from api.broadcasts.inputs import (
    AudienceInput,
    BroadcastInput,
    ChooseWinnerInput,
    CreateBroadcastInput,
    ScheduleBroadcastInput,
    SendEmailInput,
    UpdateBroadcastInput,
    VariantTestInput,
    variants_of,
)
from api.templates.inputs import words_of
from leadwell import broadcasts
from leadwell.base.tx import Tx

REPLAYED = "This repeats an earlier answer."


@payload(broadcast="Broadcast")
class BroadcastPayload:
    """The broadcast as it is now."""

    replayed: bool = strawberry.field(default=False, description=REPLAYED)


@payload(send="Send")
class SendEmailPayload:
    """The mail in the ledger."""

    replayed: bool = strawberry.field(default=False, description=REPLAYED)


def _optional(id: str | None, noun: str, field: str) -> UUID | None:
    return None if id is None else id_of(id, noun, field)


def _test(given: VariantTestInput | None) -> broadcasts.Test | None:
    return given and given.test()


def _values(input: UpdateBroadcastInput) -> dict[str, Any]:
    values = given(input, "name", "topic_id", "audience", "variants", "sender_id", "window_id", "test")
    read: dict[str, Any] = {
        "topic_id": partial(id_of, noun="Topic", field="topic_id"), "sender_id": partial(_optional, noun="Sender", field="sender_id"),
        "window_id": partial(_optional, noun="SendWindow", field="window_id"), "audience": AudienceInput.audience, "variants": variants_of, "test": _test}
    return {name: read[name](value) if name in read else value for name, value in values.items()}


async def _moved(info: Info, input: Any, verb: Any) -> BroadcastPayload:
    async def work(tx: Tx) -> UUID:
        id = id_of(input.id, "Broadcast", "id")
        await verb(tx, id, input.expected_version)
        return id

    return await act(info, BroadcastPayload, "broadcasts", "update", work, input=input, shape=lambda id: {"broadcast": id}, about={"broadcast": input.id})


@strawberry.type
class BroadcastMutations:
    @strawberry.mutation(description="Drafts a broadcast: one mail to everybody who is in its audience when it begins.")
    async def create_broadcast(self, info: Info, input: CreateBroadcastInput) -> BroadcastPayload:
        async def verb(tx: Tx) -> UUID:
            new = broadcasts.NewBroadcast(
                input.name, id_of(input.topic_id, "Topic", "topic_id"), input.audience.audience(), variants_of(input.variants),
                _optional(input.sender_id, "Sender", "sender_id"), input.test and input.test.test(),
                _optional(input.window_id, "SendWindow", "window_id"))
            return await broadcasts.create(tx, new, info.context.viewer, info.context.viewer.credential)

        return await act(info, BroadcastPayload, "broadcasts", "create", verb, input=input, shape=lambda id: {"broadcast": id})

    @strawberry.mutation(description="Changes a broadcast that is still a draft.")
    async def update_broadcast(self, info: Info, input: UpdateBroadcastInput) -> BroadcastPayload:
        async def verb(tx: Tx, id: UUID, expected_version: int | None) -> None:
            await broadcasts.update(tx, id, _values(input), info.context.viewer, expected_version)

        return await _moved(info, input, verb)

    @strawberry.mutation(description="Lets a broadcast begin at its hour or at once; whom it goes to is written down then, and nobody comes in later.")
    async def schedule_broadcast(self, info: Info, input: ScheduleBroadcastInput) -> BroadcastPayload:
        async def verb(tx: Tx, id: UUID, expected_version: int | None) -> None:
            await broadcasts.schedule(tx, id, input.hour(), expected_version)

        return await _moved(info, input, verb)

    @strawberry.mutation(description="Holds a broadcast: nothing of it leaves until it is resumed.")
    async def pause_broadcast(self, info: Info, input: BroadcastInput) -> BroadcastPayload:
        return await _moved(info, input, broadcasts.pause)

    @strawberry.mutation(description="Lets a paused broadcast go on where it was.")
    async def resume_broadcast(self, info: Info, input: BroadcastInput) -> BroadcastPayload:
        return await _moved(info, input, broadcasts.resume)

    @strawberry.mutation(description="Stops a broadcast for good: what has not left never does.")
    async def cancel_broadcast(self, info: Info, input: BroadcastInput) -> BroadcastPayload:
        return await _moved(info, input, broadcasts.cancel)

    @strawberry.mutation(description="Chooses the variant of a test that the rest gets, before its time is over.")
    async def choose_broadcast_winner(self, info: Info, input: ChooseWinnerInput) -> BroadcastPayload:
        async def verb(tx: Tx, id: UUID, expected_version: int | None) -> None:
            await broadcasts.choose(tx, id, input.variant, expected_version)

        return await _moved(info, input, verb)

    @strawberry.mutation(description="Puts away a broadcast that is a draft or over.")
    async def archive_broadcast(self, info: Info, input: BroadcastInput) -> BroadcastPayload:
        return await _moved(info, input, broadcasts.archive)


@strawberry.type
class LetterMutations:
    @strawberry.mutation(description="Sends a mail to one person, through the same ledger, consent and limits as all mail.")
    async def send_email(self, info: Info, input: SendEmailInput) -> SendEmailPayload:
        async def verb(tx: Tx) -> UUID:
            letter = broadcasts.NewLetter(
                id_of(input.person_id, "Person", "person_id"), _optional(input.template_id, "Template", "template_id"),
                words_of(input.subject, input.html, input.text), _optional(input.topic_id, "Topic", "topic_id"),
                _optional(input.sender_id, "Sender", "sender_id"), _optional(input.reply_to_id, "Send", "reply_to_id"))
            return await broadcasts.send_email(tx, letter, info.context.viewer.user, mail_from=info.context.kit.settings.mail_from)

        about = {"person": input.person_id, "answers": input.reply_to_id}
        return await act(info, SendEmailPayload, "sends", "create", verb, input=input, shape=lambda id: {"send": id}, about=about)
