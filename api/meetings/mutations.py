"""What schedules meetings, moves them and says what became of them."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import strawberry

from api.about import about_of, mentioned
from api.act import KEY, VERSION, Info, act, given, id_of, ids_of, payload
from leadwell import meetings
from leadwell.base.rows import Revision
from leadwell.base.tx import Tx
from leadwell.meetings import Attendees


@strawberry.input(description="A meeting to be held.")
class ScheduleMeetingInput:
    title: str = strawberry.field(description="What it is about, in a line.")
    start_at: datetime = strawberry.field(description="When it begins.")
    end_at: datetime = strawberry.field(description="When it ends.")
    user_ids: list[strawberry.ID] | None = strawberry.field(default=None, description="Users who are invited.")
    person_ids: list[strawberry.ID] | None = strawberry.field(default=None, description="People who are invited.")
    body: str | None = strawberry.field(default=None, description="Details.")
    remind_at: datetime | None = strawberry.field(default=None, description="When to remind the assignee and the users invited.")
    assignee_id: strawberry.ID | None = strawberry.field(default=None, description="Who holds it; missing: the caller.")
    lead_id: strawberry.ID | None = strawberry.field(default=None, description="The lead it is about.")
    contact_id: strawberry.ID | None = strawberry.field(default=None, description="The contact it is about.")
    company_id: strawberry.ID | None = strawberry.field(default=None, description="The company it is about.")
    deal_id: strawberry.ID | None = strawberry.field(default=None, description="The deal it is about.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="Another time for a meeting.")
class RescheduleMeetingInput:
    id: strawberry.ID = strawberry.field(description="The meeting.")
    start_at: datetime = strawberry.field(description="When it begins.")
    end_at: datetime = strawberry.field(description="When it ends.")
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="What of a meeting should change. Lists of those invited replace the ones there are.")
class UpdateMeetingInput:
    id: strawberry.ID = strawberry.field(description="The meeting.")
    title: strawberry.Maybe[str] = strawberry.field(description="What it is about, in a line.")
    body: strawberry.Maybe[str | None] = strawberry.field(description="Details.")
    remind_at: strawberry.Maybe[datetime | None] = strawberry.field(description="When to remind.")
    assignee_id: strawberry.Maybe[strawberry.ID | None] = strawberry.field(description="Who holds it.")
    attendees: "AttendeesInput | None" = strawberry.field(default=None, description="Everybody who is invited; missing: as before.")
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="Everybody who is invited.")
class AttendeesInput:
    user_ids: list[strawberry.ID] = strawberry.field(default_factory=list, description="Users.")
    person_ids: list[strawberry.ID] = strawberry.field(default_factory=list, description="People.")


@strawberry.input(description="A meeting that took place.")
class HoldMeetingInput:
    id: strawberry.ID = strawberry.field(description="The meeting.")
    outcome: str | None = strawberry.field(default=None, description="What came of it.")
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="A meeting nobody came to.")
class MissMeetingInput:
    id: strawberry.ID = strawberry.field(description="The meeting.")
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="A meeting that is called off.")
class CancelMeetingInput:
    id: strawberry.ID = strawberry.field(description="The meeting.")
    reason: str | None = strawberry.field(default=None, description="Why.")
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@payload(meeting="Task")
class MeetingPayload:
    """What the mutations of meetings answer."""

    replayed: bool = strawberry.field(default=False, description="This repeats an earlier answer.")


@strawberry.type
class MeetingMutations:
    @strawberry.mutation(description="Schedules a meeting; users who are invited are told.")
    async def schedule_meeting(self, info: Info, input: ScheduleMeetingInput) -> MeetingPayload:
        async def verb(tx: Tx) -> UUID:
            about = about_of(_Records(input))
            there = _attendees(input.user_ids or (), input.person_ids or ())
            assignee = id_of(input.assignee_id, "User", "assignee_id") if input.assignee_id else None
            return await meetings.schedule(
                tx, meetings.NewMeeting(input.title, input.start_at, input.end_at, there, about, input.body, input.remind_at, assignee))

        return await act(info, MeetingPayload, "tasks", "create", verb, input=input, shape=lambda id: {"meeting": id}, about=mentioned(input))

    @strawberry.mutation(description="Gives a meeting another time; its reminder moves along.")
    async def reschedule_meeting(self, info: Info, input: RescheduleMeetingInput) -> MeetingPayload:
        return await _change(info, input, lambda tx, id: meetings.reschedule(tx, id, input.start_at, input.end_at, input.expected_version))

    @strawberry.mutation(description="Changes what a meeting is about, who holds it and who is invited.")
    async def update_meeting(self, info: Info, input: UpdateMeetingInput) -> MeetingPayload:
        def verb(tx: Tx, id: UUID) -> Awaitable[Revision]:
            values = given(input, "title", "body", "remind_at", "assignee_id")
            if values.get("assignee_id"):
                values["assignee_id"] = id_of(values["assignee_id"], "User", "assignee_id")
            there = input.attendees and _attendees(input.attendees.user_ids, input.attendees.person_ids)
            return meetings.update(tx, id, values, there, input.expected_version)

        return await _change(info, input, verb)

    @strawberry.mutation(description="A meeting took place: it leaves one activity, shared by everybody invited.")
    async def hold_meeting(self, info: Info, input: HoldMeetingInput) -> MeetingPayload:
        return await _change(info, input, lambda tx, id: meetings.hold(tx, id, input.outcome, input.expected_version))

    @strawberry.mutation(description="Nobody came to a meeting: it leaves an activity that is no meeting.")
    async def miss_meeting(self, info: Info, input: MissMeetingInput) -> MeetingPayload:
        return await _change(info, input, lambda tx, id: meetings.miss(tx, id, input.expected_version))

    @strawberry.mutation(description="Calls a meeting off; it leaves nothing on the timeline.")
    async def cancel_meeting(self, info: Info, input: CancelMeetingInput) -> MeetingPayload:
        return await _change(info, input, lambda tx, id: meetings.cancel(tx, id, input.reason, input.expected_version))


class _Records:
    """The records a meeting is about, without those invited."""

    def __init__(self, input: ScheduleMeetingInput) -> None:
        self.lead_id, self.contact_id, self.company_id, self.deal_id = input.lead_id, input.contact_id, input.company_id, input.deal_id


def _attendees(user_ids: Sequence[str], person_ids: Sequence[str]) -> Attendees:
    return Attendees(ids_of(user_ids, "User", "user_ids"), ids_of(person_ids, "Person", "person_ids"))


async def _change(info: Info, input: Any, change: Callable[[Tx, UUID], Awaitable[Revision]]) -> MeetingPayload:
    async def verb(tx: Tx) -> Revision:
        return await change(tx, id_of(input.id, "Task", "id"))

    def shape(_: Revision) -> dict[str, Any]:
        return {"meeting": id_of(input.id, "Task")}

    return await act(info, MeetingPayload, "tasks", "update", verb, input=input, shape=shape, about={"meeting": input.id})
