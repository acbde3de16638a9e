"""Suppressions by hand, whether somebody's mail is tracked, and messages that wait for somebody to look."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import strawberry

from api.act import KEY, VERSION, Info, act, id_of, payload
from api.custom.inputs import RecordInput
from leadwell import consent, delivery
from leadwell.base.refusals import NotFound
from leadwell.base.tx import Tx


@strawberry.input(description="An address that nothing is sent to any more.")
class SuppressAddressInput:
    address: str = strawberry.field(description="The address.")
    topic_id: strawberry.ID | None = strawberry.field(default=None, description="Mail about this topic alone; missing: every one.")
    reason: str = strawberry.field(default="", description="Why.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="A suppression that shall end.")
class LiftSuppressionInput:
    id: strawberry.ID = strawberry.field(description="The suppression.")
    reason: str = strawberry.field(description="Why; it is kept with it.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@payload(suppression="Suppression")
class SuppressionPayload:
    """What making or lifting a suppression answers."""

    replayed: bool = strawberry.field(default=False, description="This repeats an earlier answer.")


@strawberry.input(description="Whether mail to a person may carry tracked links and a pixel.")
class SetMailTrackingInput:
    person_id: strawberry.ID = strawberry.field(description="The person.")
    tracked: bool = strawberry.field(description="Whether it may.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@payload(person="Person")
class SetMailTrackingPayload:
    """What setMailTracking answers."""

    replayed: bool = strawberry.field(default=False, description="This repeats an earlier answer.")


@strawberry.input(description="Which mail a parked message is about.")
class AssignInboundMessageInput:
    id: strawberry.ID = strawberry.field(description="The message.")
    send_id: strawberry.ID = strawberry.field(description="The mail.")
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@payload(inbound_message="InboundMessage")
class InboundMessagePayload:
    """The message as it stands now."""

    replayed: bool = strawberry.field(default=False, description="This repeats an earlier answer.")


@strawberry.type
class SendMutations:
    @strawberry.mutation(description="Puts an address on the list of those that get nothing; said again it answers the same.")
    async def suppress_address(self, info: Info, input: SuppressAddressInput) -> SuppressionPayload:
        async def verb(tx: Tx) -> UUID:
            topic = None if input.topic_id is None else id_of(input.topic_id, "Topic", "topic_id")
            return await consent.suppress_by_hand(tx, input.address, topic, input.reason)

        return await act(info, SuppressionPayload, "suppressions", "create", verb, input=input, shape=lambda id: {"suppression": id})

    @strawberry.mutation(description="Ends a suppression. What the person said (UNSUBSCRIBE, COMPLAINT) only the person can take back.")
    async def lift_suppression(self, info: Info, input: LiftSuppressionInput) -> SuppressionPayload:
        async def verb(tx: Tx) -> bool:
            return await consent.lift_by_hand(tx, id_of(input.id, "Suppression", "id"), input.reason)

        return await act(
            info, SuppressionPayload, "suppressions", "update", verb, input=input, about={"suppression": input.id},
            shape=lambda _: {"suppression": id_of(input.id, "Suppression")})

    @strawberry.mutation(description="Says whether mail to all addresses of a person may be tracked.")
    async def set_mail_tracking(self, info: Info, input: SetMailTrackingInput) -> SetMailTrackingPayload:
        async def verb(tx: Tx) -> int:
            person = id_of(input.person_id, "Person", "person_id")
            if not await tx.value("SELECT 1 FROM people p WHERE p.workspace_id = $1 AND p.id = $2 FOR NO KEY UPDATE", tx.workspace, person):
                raise NotFound(noun="person", field="personId")
            rows = await tx.fetch("SELECT e.normalized FROM person_emails e WHERE e.workspace_id = $1 AND e.person_id = $2", tx.workspace, person)
            return await consent.track(tx, [consent.hash_of_normalized(row["normalized"]) for row in rows], input.tracked)

        return await act(
            info, SetMailTrackingPayload, "people", "update", verb, input=input, about={"person": input.person_id},
            shape=lambda _: {"person": id_of(input.person_id, "Person")})

    @strawberry.mutation(description="Says which mail a parked message is about; then it counts as if it had been known.")
    async def assign_inbound_message(self, info: Info, input: AssignInboundMessageInput) -> InboundMessagePayload:
        async def verb(tx: Tx, id: UUID) -> Any:
            await delivery.assign(tx, id, id_of(input.send_id, "Send", "send_id"), input.expected_version)

        return await _message(info, input, verb, send=input.send_id)

    @strawberry.mutation(description="Says that a parked message counts for nothing.")
    async def dismiss_inbound_message(self, info: Info, input: RecordInput) -> InboundMessagePayload:
        return await _message(info, input, lambda tx, id: delivery.dismiss(tx, id, input.expected_version))


async def _message(info: Info, input: Any, verb: Callable[[Tx, UUID], Awaitable[Any]], **about: Any) -> InboundMessagePayload:
    async def found(tx: Tx) -> Any:
        return await verb(tx, id_of(input.id, "InboundMessage", "id"))

    return await act(
        info, InboundMessagePayload, "inboundMessages", "update", found, input=input, shape=lambda _: {"inbound_message": id_of(input.id, "InboundMessage")},
        about={"inbound_message": input.id, **about})
