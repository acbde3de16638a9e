"""Says who shares out leads and when, gives them, and claims them."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any
from uuid import UUID

import strawberry

from api.act import KEY, VERSION, Info, act, id_of, payload
from api.assignment.lists import verbs
from api.entries.doors import mutations
from leadwell import assignment
from leadwell.assignment.lists import CALENDAR, QUEUE, RESPONSE_POLICY, TERRITORY
from leadwell.base.rows import Revision
from leadwell.base.tx import Tx

for _entry in (CALENDAR, RESPONSE_POLICY, QUEUE, TERRITORY):
    globals()[f"{_entry.noun}Mutations"] = mutations(_entry, __name__, verbs)


@strawberry.input(description="A user's part in a queue. What they were before in it is replaced.")
class PutQueueMemberInput:
    queue_id: strawberry.ID = strawberry.field(description="The queue.")
    user_id: strawberry.ID = strawberry.field(description="Who.")
    weight: int = strawberry.field(default=1, description="How much of a WEIGHTED queue: 1 to 100.")
    capacity: int | None = strawberry.field(default=None, description="Leads in work at most, over all queues; 0: none for now; missing: any number.")
    skills: list[str] = strawberry.field(default_factory=list, description="What they can: languages, products, anything.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="A user who leaves a queue.")
class RemoveQueueMemberInput:
    queue_id: strawberry.ID = strawberry.field(description="The queue.")
    user_id: strawberry.ID = strawberry.field(description="Who.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="A time in which a user gets no leads.")
class AddAbsenceInput:
    user_id: strawberry.ID = strawberry.field(description="Who is away.")
    from_at: datetime = strawberry.field(description="From when.")
    until_at: datetime = strawberry.field(description="Until when.")
    note: str | None = strawberry.field(default=None, description="Why, in words.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="An absence that is over, or will not be.")
class EndAbsenceInput:
    id: strawberry.ID = strawberry.field(description="The absence.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="A lead that the caller takes.")
class ClaimLeadInput:
    id: strawberry.ID = strawberry.field(description="The lead.")
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="A lead that somebody is to get, whoever has it now.")
class RouteLeadInput:
    id: strawberry.ID = strawberry.field(description="The lead.")
    queue_id: strawberry.ID | None = strawberry.field(default=None, description="Into this queue; missing: as its form, source and the territories say.")
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@payload(queue="LeadQueue")
class QueueMemberPayload:
    """What changing the members of a queue answers."""

    replayed: bool = strawberry.field(default=False, description="This repeats an earlier answer.")


@payload(absence="Absence")
class AbsencePayload:
    """What noting or ending an absence answers."""

    replayed: bool = strawberry.field(default=False, description="This repeats an earlier answer.")


@payload(lead="Lead")
class ClaimLeadPayload:
    """What claiming a lead answers."""

    replayed: bool = strawberry.field(default=False, description="This repeats an earlier answer.")


@payload(lead="Lead", decision="AssignmentDecision")
class RouteLeadPayload:
    """Who got the lead, and why."""

    replayed: bool = strawberry.field(default=False, description="This repeats an earlier answer.")


@strawberry.type
class AssignmentMutations:
    @strawberry.mutation(description="Makes a user a member of a queue, or changes their part in it.")
    async def put_queue_member(self, info: Info, input: PutQueueMemberInput) -> QueueMemberPayload:
        async def verb(tx: Tx, queue: UUID, user: UUID) -> UUID:
            return await assignment.put_member(tx, queue, assignment.Seat(user, input.weight, input.capacity, input.skills))

        return await _member(info, input, verb)

    @strawberry.mutation(description="Takes a user out of a queue; what they have stays theirs.")
    async def remove_queue_member(self, info: Info, input: RemoveQueueMemberInput) -> QueueMemberPayload:
        return await _member(info, input, assignment.remove_member)

    @strawberry.mutation(description="Notes that a user is away: in that time they get no leads.")
    async def add_absence(self, info: Info, input: AddAbsenceInput) -> AbsencePayload:
        async def verb(tx: Tx) -> UUID:
            return await assignment.add_absence(tx, id_of(input.user_id, "User", "user_id"), input.from_at, input.until_at, input.note)

        return await act(info, AbsencePayload, "absences", "create", verb, input=input, shape=lambda id: {"absence": id})

    @strawberry.mutation(description="The user is back now.")
    async def end_absence(self, info: Info, input: EndAbsenceInput) -> AbsencePayload:
        async def verb(tx: Tx) -> bool:
            return await assignment.end_absence(tx, id_of(input.id, "Absence", "id"))

        return await act(info, AbsencePayload, "absences", "update", verb, input=input, shape=lambda _: {"absence": id_of(input.id, "Absence")})

    @strawberry.mutation(description="Makes a lead without owner the caller's: one of a queue they are a member of, or of none.")
    async def claim_lead(self, info: Info, input: ClaimLeadInput) -> ClaimLeadPayload:
        async def verb(tx: Tx) -> Revision:
            return await assignment.claim(tx, id_of(input.id, "Lead", "id"), input.expected_version)

        shape: Callable[[Revision], dict[str, Any]] = lambda _: {"lead": id_of(input.id, "Lead")}  # noqa: E731
        return await act(info, ClaimLeadPayload, "leads", "update", verb, input=input, shape=shape, about={"lead": input.id})

    @strawberry.mutation(description="Decides anew who gets an open lead, and keeps the decision.")
    async def route_lead(self, info: Info, input: RouteLeadInput) -> RouteLeadPayload:
        async def verb(tx: Tx) -> UUID:
            queue = id_of(input.queue_id, "LeadQueue", "queue_id") if input.queue_id else None
            return (await assignment.hand_to_queue(tx, id_of(input.id, "Lead", "id"), queue, input.expected_version)).id

        shape: Callable[[UUID], dict[str, Any]] = lambda id: {"lead": id_of(input.id, "Lead"), "decision": id}  # noqa: E731
        return await act(info, RouteLeadPayload, "leads", "assign", verb, input=input, shape=shape, about={"lead": input.id})


async def _member(info: Info, input: Any, verb: Callable[[Tx, UUID, UUID], Awaitable[Any]]) -> QueueMemberPayload:
    async def found(tx: Tx) -> Any:
        return await verb(tx, id_of(input.queue_id, "LeadQueue", "queue_id"), id_of(input.user_id, "User", "user_id"))

    shape: Callable[[Any], dict[str, Any]] = lambda _: {"queue": id_of(input.queue_id, "LeadQueue")}  # noqa: E731
    return await act(info, QueueMemberPayload, "leadQueues", "update", found, input=input, shape=shape)
