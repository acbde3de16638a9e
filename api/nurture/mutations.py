"""What changes sequences, who is in them, and mail whose fate is unknown."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import strawberry

from api.act import Info, act, id_of, ids_of, payload
from api.nurture.inputs import (
    ChangeSequenceStepsInput,
    CreateSequenceInput,
    EnrollInput,
    Fate,
    RemoveEnrollmentInput,
    ResolveSendInput,
    SequenceInput,
    StepInput,
)
from leadwell import nurture
from leadwell.base.ids import encode_id
from leadwell.base.tx import Tx
from leadwell.catalog import CATALOG


@payload(sequence="Sequence")
class SequencePayload:
    """The sequence as it is now."""

    replayed: bool = strawberry.field(default=False, description="This repeats an earlier answer.")


@payload(enrollments=["Enrollment"])
class EnrollPayload:
    """Who entered, and why the others did not."""

    refused: list[str] = strawberry.field(
        default_factory=list[str],
        description="A line for everybody who did not enter, in the order asked for: an id, a space and one of NO_SUCH_PERSON ALREADY_IN WAS_IN_BEFORE "
        "NO_ADDRESS NO_OPEN_LEAD NO_CONTACT JUNK or a reason of consent.")
    replayed: bool = strawberry.field(default=False, description="This repeats an earlier answer.")


@payload(enrollment="Enrollment")
class RemoveEnrollmentPayload:
    """The enrollment as it is now."""

    replayed: bool = strawberry.field(default=False, description="This repeats an earlier answer.")


@payload(send="Send")
class ResolveSendPayload:
    """The send as it is now."""

    replayed: bool = strawberry.field(default=False, description="This repeats an earlier answer.")


def _steps(inputs: list[StepInput]) -> list[dict[str, Any]]:
    return [step.step(i) for i, step in enumerate(inputs)]


def _new(input: CreateSequenceInput) -> nurture.NewSequence:
    return nurture.NewSequence(
        input.name, id_of(input.topic_id, "Topic", "topic_id"), _steps(input.steps), input.audience.value,
        None if input.sender_id is None else id_of(input.sender_id, "Sender", "sender_id"), input.entry.rules() if input.entry else {},
        None if input.exit_on is None else [reason.value for reason in input.exit_on], input.reentry.value)


async def _change(info: Info, input: SequenceInput, verb: Callable[[Tx, UUID, int | None], Awaitable[Any]]) -> SequencePayload:
    async def work(tx: Tx) -> UUID:
        id = id_of(input.id, "Sequence", "id")
        await verb(tx, id, input.expected_version)
        return id

    return await act(info, SequencePayload, "sequences", "update", work, input=input, shape=lambda id: {"sequence": id}, about={"sequence": input.id})


@strawberry.type
class SequenceMutations:
    @strawberry.mutation(description="Drafts a sequence of mail and waits.")
    async def create_sequence(self, info: Info, input: CreateSequenceInput) -> SequencePayload:
        async def verb(tx: Tx) -> UUID:
            return await nurture.create_sequence(tx, _new(input))

        return await act(info, SequencePayload, "sequences", "create", verb, input=input, shape=lambda id: {"sequence": id})

    @strawberry.mutation(description="Replaces the steps of a sequence's draft, or begins a new draft beside what is live.")
    async def change_sequence_steps(self, info: Info, input: ChangeSequenceStepsInput) -> SequencePayload:
        async def verb(tx: Tx) -> UUID:
            id = id_of(input.id, "Sequence", "id")
            await nurture.change_steps(tx, id, _steps(input.steps), input.expected_version)
            return id

        return await act(info, SequencePayload, "sequences", "update", verb, input=input, shape=lambda id: {"sequence": id}, about={"sequence": input.id})

    @strawberry.mutation(description="Makes the draft live; whoever is under way goes on in the version they entered.")
    async def publish_sequence(self, info: Info, input: SequenceInput) -> SequencePayload:
        return await _change(info, input, nurture.publish)

    @strawberry.mutation(description="Holds everybody in a sequence where they are.")
    async def pause_sequence(self, info: Info, input: SequenceInput) -> SequencePayload:
        return await _change(info, input, nurture.pause)

    @strawberry.mutation(description="Lets a paused sequence go on.")
    async def resume_sequence(self, info: Info, input: SequenceInput) -> SequencePayload:
        return await _change(info, input, nurture.resume)


@strawberry.type
class EnrollmentMutations:
    @strawberry.mutation(description="Takes people into a live sequence; each answers for themselves.")
    async def enroll(self, info: Info, input: EnrollInput) -> EnrollPayload:
        async def verb(tx: Tx) -> list[nurture.Entry]:
            people = ids_of(input.person_ids or (), "Person", "person_ids")
            behind = {"Lead": ids_of(input.lead_ids or (), "Lead", "lead_ids"), "Contact": ids_of(input.contact_ids or (), "Contact", "contact_ids")}
            return await nurture.enroll_any(tx, id_of(input.sequence_id, "Sequence", "sequence_id"), people, behind)

        about = {"people": input.person_ids, "leads": input.lead_ids, "contacts": input.contact_ids, "sequence": input.sequence_id}
        return await act(info, EnrollPayload, "people", "enroll", verb, input=input, shape=_entered, about=about)

    @strawberry.mutation(description="Takes a person out of a sequence; they do not enter it by themselves again.")
    async def remove_enrollment(self, info: Info, input: RemoveEnrollmentInput) -> RemoveEnrollmentPayload:
        async def verb(tx: Tx) -> UUID:
            id = id_of(input.id, "Enrollment", "id")
            await nurture.remove(tx, id)
            return id

        return await act(
            info, RemoveEnrollmentPayload, "people", "enroll", verb, input=input, shape=lambda id: {"enrollment": id}, about={"enrollment": input.id})

    @strawberry.mutation(description="Says what became of a mail that was handed over without an answer; its sequence goes on from there.")
    async def resolve_send(self, info: Info, input: ResolveSendInput) -> ResolveSendPayload:
        async def verb(tx: Tx) -> UUID:
            id = id_of(input.id, "Send", "id")
            await nurture.resolve_send(tx, id, "SENT" if input.fate is Fate.SENT else "NOT_SENT")
            return id

        return await act(info, ResolveSendPayload, "sends", "update", verb, input=input, shape=lambda id: {"send": id}, about={"send": input.id})


def _entered(entries: list[nurture.Entry]) -> dict[str, Any]:
    refused = [f"{encode_id(CATALOG['Person'].tag, e.person_id)} {e.refusal}" for e in entries if e.refusal]
    return {"enrollments": [e.enrollment_id for e in entries if e.enrollment_id], "refused": refused}
