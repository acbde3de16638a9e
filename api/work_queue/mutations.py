"""Marks what is done, and puts off what can wait."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from enum import Enum
from typing import Any, cast
from uuid import UUID

import strawberry

from api.act import KEY, Info, act, payload
from leadwell import assignment
from leadwell.base.ids import BadId, decode_id
from leadwell.base.tx import Tx
from leadwell.catalog import CATALOG

NOUNS = {"Lead": "leads", "Contact": "contacts", "Task": "tasks"}


@strawberry.enum(description="How somebody was reached.")
class Attempt(Enum):
    CALL = strawberry.enum_value("CALL", description="A call.")
    EMAIL = strawberry.enum_value("EMAIL", description="A mail.")
    MEETING = strawberry.enum_value("MEETING", description="A meeting.")


@strawberry.input(description="What is done.")
class CompleteWorkInput:
    id: strawberry.ID = strawberry.field(description="The lead, contact or task.")
    attempt: Attempt | None = strawberry.field(default=None, description="How a lead or contact was reached; needed where somebody waits for an answer.")
    outcome: str | None = strawberry.field(default=None, description="What came of it.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="What can wait.")
class SnoozeWorkInput:
    id: strawberry.ID = strawberry.field(description="The lead, contact or task.")
    until: datetime = strawberry.field(description="Until when, unless something new happens before.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@payload(lead="Lead", contact="Contact", task="Task")
class WorkPayload:
    """The lead, contact or task."""

    replayed: bool = strawberry.field(default=False, description="This repeats an earlier answer.")


@strawberry.type
class WorkQueueMutations:
    @strawberry.mutation(description="A task is completed; a lead or contact leaves the caller's list until something new happens, and the attempt is logged.")
    async def complete_work(self, info: Info, input: CompleteWorkInput) -> WorkPayload:
        kind = cast("Any", str(input.attempt.value)) if input.attempt else None
        return await _act(info, input, lambda tx, noun, id: assignment.done(tx, noun, id, kind, input.outcome))

    @strawberry.mutation(description="Puts a task off for everybody, a lead or contact off the caller's list.")
    async def snooze_work(self, info: Info, input: SnoozeWorkInput) -> WorkPayload:
        return await _act(info, input, lambda tx, noun, id: assignment.snooze(tx, noun, id, input.until))


async def _act(info: Info, input: Any, verb: Callable[[Tx, str, UUID], Awaitable[None]]) -> WorkPayload:
    noun = _noun(input.id)

    async def run(tx: Tx) -> None:
        if noun is None:
            raise BadId(field="id", id=str(input.id)[:60])
        await verb(tx, noun, decode_id(input.id)[1])

    def shape(_: None) -> dict[str, Any]:
        return {str(noun).lower(): decode_id(input.id)[1]}

    about = {noun.lower(): input.id} if noun else {}
    return await act(info, WorkPayload, NOUNS.get(noun or "", "leads"), "update", run, input=input, shape=shape, about=about)


def _noun(id: str) -> str | None:
    """What the id is of; None: nothing that can be done."""
    try:
        found = CATALOG.by_tag(decode_id(id)[0])
    except BadId:
        return None
    return found.name if found and found.name in NOUNS else None
