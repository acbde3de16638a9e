"""What changes who is in sequences, and mail whose fate is unknown."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import strawberry

from api.act import Info, act, id_of, ids_of, payload
from api.nurture.inputs import (
    EnrollByFilterInput,
    EnrollInput,
    Fate,
    PauseEnrollmentInput,
    RemoveFromSequenceInput,
    ResolveSendInput,
    ResumeEnrollmentInput,
    UnenrollInput,
)
from leadwell import changes, nurture
from leadwell.base.ids import encode_id
from leadwell.base.tx import Tx
from leadwell.catalog import CATALOG
from leadwell.changes.refusals import UnknownChange

NOUNS = ("Person", "Lead", "Contact")


@payload(enrollments=["Enrollment"])
class EnrollPayload:
    """Who entered, and why the others did not."""

    refused: list[str] = strawberry.field(
        default_factory=list[str],
        description="A line for everybody who did not enter, in the order asked for: an id, a space and one of NO_SUCH_PERSON ALREADY_IN WAS_IN_BEFORE "
        "LEFT_RECENTLY IN_ANOTHER_SEQUENCE TOUCHED_RECENTLY NO_ADDRESS NO_OPEN_LEAD NO_CONTACT JUNK or a reason of consent.")
    replayed: bool = strawberry.field(default=False, description="This repeats an earlier answer.")


@payload(change_set="ChangeSet")
class EnrollByFilterPayload:
    """The change set that takes them in, batch by batch: its rows tell who entered and why others did not."""

    replayed: bool = strawberry.field(default=False, description="This repeats an earlier answer.")


@payload(enrollments=["Enrollment"])
class UnenrollPayload:
    """The enrollments as they are now."""

    replayed: bool = strawberry.field(default=False, description="This repeats an earlier answer.")


@payload(sequence="Sequence")
class RemoveFromSequencePayload:
    """How many left."""

    removed: int = strawberry.field(default=0, description="How many of them were in it.")
    replayed: bool = strawberry.field(default=False, description="This repeats an earlier answer.")


@payload(enrollment="Enrollment")
class EnrollmentPayload:
    """The enrollment as it is now."""

    replayed: bool = strawberry.field(default=False, description="This repeats an earlier answer.")


@payload(send="Send")
class ResolveSendPayload:
    """The send as it is now."""

    replayed: bool = strawberry.field(default=False, description="This repeats an earlier answer.")


async def _one(info: Info, input: Any, verb: Callable[[Tx, UUID], Awaitable[Any]]) -> EnrollmentPayload:
    async def work(tx: Tx) -> UUID:
        id = id_of(input.id, "Enrollment", "id")
        await verb(tx, id)
        return id

    return await act(info, EnrollmentPayload, "people", "enroll", work, input=input, shape=lambda id: {"enrollment": id}, about={"enrollment": input.id})


def _few(ids: list[strawberry.ID]) -> None:
    if len(ids) > 500:
        raise nurture.TooMany(count=len(ids))


def _wanted(input: EnrollByFilterInput) -> changes.Wanted:
    if input.noun not in NOUNS:
        raise UnknownChange(field="noun", noun=input.noun[:40], action="ENROLL")
    ids = None if input.ids is None else ids_of(input.ids, input.noun, "ids")
    where: Any = input.where
    return changes.Wanted(input.noun, "ENROLL", where, ids, {"sequence_id": input.sequence_id})


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

    @strawberry.mutation(description="Takes everybody behind the records that match into a live sequence, with your rights; a worker does it in batches.")
    async def enroll_by_filter(self, info: Info, input: EnrollByFilterInput) -> EnrollByFilterPayload:
        async def verb(tx: Tx) -> UUID:
            return await changes.ask(tx, _wanted(input), info.context.viewer, input.expected_count)

        about = {"sequence": input.sequence_id}
        return await act(info, EnrollByFilterPayload, "people", "enroll", verb, input=input, shape=lambda id: {"change_set": id}, about=about)

    @strawberry.mutation(description="Ends enrollments; the people may enter again by themselves where the sequence allows it.")
    async def unenroll(self, info: Info, input: UnenrollInput) -> UnenrollPayload:
        async def verb(tx: Tx) -> list[UUID]:
            _few(input.ids)
            ids = ids_of(input.ids, "Enrollment", "ids")
            for id in ids:
                await nurture.remove(tx, id, for_good=False)
            return ids

        return await act(
            info, UnenrollPayload, "people", "enroll", verb, input=input, shape=lambda ids: {"enrollments": ids}, about={"enrollments": input.ids})

    @strawberry.mutation(description="Takes people out of a sequence and keeps them out: they do not enter it by themselves again.")
    async def remove_from_sequence(self, info: Info, input: RemoveFromSequenceInput) -> RemoveFromSequencePayload:
        async def verb(tx: Tx) -> int:
            _few(input.person_ids)
            return await nurture.remove_people(tx, id_of(input.sequence_id, "Sequence", "sequence_id"), ids_of(input.person_ids, "Person", "person_ids"))

        def shape(count: int) -> dict[str, Any]:
            return {"removed": count, "sequence": id_of(input.sequence_id, "Sequence")}

        return await act(
            info, RemoveFromSequencePayload, "people", "enroll", verb, input=input, shape=shape,
            about={"sequence": input.sequence_id, "people": input.person_ids})

    @strawberry.mutation(description="Holds one person's way through a sequence.")
    async def pause_enrollment(self, info: Info, input: PauseEnrollmentInput) -> EnrollmentPayload:
        return await _one(info, input, lambda tx, id: nurture.pause_enrollment(tx, id, input.until))

    @strawberry.mutation(description="Lets one person's way through a sequence go on.")
    async def resume_enrollment(self, info: Info, input: ResumeEnrollmentInput) -> EnrollmentPayload:
        return await _one(info, input, lambda tx, id: nurture.resume_enrollment(tx, id, input.catch_up.value))

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
