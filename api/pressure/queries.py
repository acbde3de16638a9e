"""The rules of sending, what waits and why, and how much mail somebody has had."""

from typing import Annotated, Any

import strawberry

from api.act import id_of
from api.context import Info
from api.pressure.types import PersonPressure, SendingRulesType, SendQueueBy, SendQueueLine
from leadwell import pressure
from leadwell.base.refusals import NotFound
from leadwell.catalog import CATALOG, matching_ids


@strawberry.type
class PressureQueries:
    @strawberry.field(description="What holds for all mail of the workspace: hours, caps, quiet.")
    async def sending_rules(self, info: Info) -> SendingRulesType:
        info.context.viewer.need("sequences", "read")
        async with info.context.lock:
            return SendingRulesType.of(await pressure.read_rules(await info.context.reader()))

    @strawberry.field(description="Mail that waits or is due, the largest crowd first. Of more than 100,000 mails as many are counted.")
    async def send_queue(
        self, info: Info, by: Annotated[SendQueueBy, strawberry.argument(description="By what it is counted.")] = SendQueueBy.SENDER,
    ) -> list[SendQueueLine]:
        viewer = info.context.viewer
        viewer.need("sends", "read")
        if "Send" in viewer.own or "Person" in viewer.own:
            return []
        kind: Any = by.value
        async with info.context.lock:
            return [SendQueueLine.of(line) for line in await pressure.queue(await info.context.reader(), kind)]

    @strawberry.field(description="How much mail a person has had, and when the next may come.")
    async def pressure(self, info: Info, person_id: Annotated[strawberry.ID, strawberry.argument(description="The person.")]) -> PersonPressure:
        viewer, person = info.context.viewer, id_of(person_id, "Person", "personId")
        viewer.need("sends", "read")
        viewer.need("people", "read")
        async with info.context.lock:
            tx = await info.context.reader()
            if not await matching_ids(tx, CATALOG["Person"], {}, viewer, ids=[person]):
                raise NotFound(noun="person", field="personId")
            return PersonPressure.of(await pressure.pressure_of(tx, person))
