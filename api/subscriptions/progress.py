"""`jobProgressChanged`: how far an import, an export or a change of many records has come, until it is over."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Annotated

import strawberry

from api.context import Context, Info
from api.imports.types import JobProgress, job_progress
from api.subscriptions.tail import Tail
from leadwell.access.credentials import REMEMBERED_S
from leadwell.base.ids import decode_id
from leadwell.base.refusals import NotFound
from leadwell.transfer import progress

MOVING = frozenset({"RUNNING", "REHEARSING", "REVERTING"})
OVER = frozenset({"DONE", "FAILED", "CANCELED", "REVERTED"})
SOONEST_S, LATEST_S = 0.2, 60.0
Doc = strawberry.argument


@strawberry.type
class ProgressSubscriptions:
    @strawberry.subscription(description=(
        "How far an import, an export, a change of many records or a rehearsal has come: at once, when it has moved, and for the last time when it is over. "
        "Whoever subscribes again after a lost connection begins with how it stands."))
    async def job_progress_changed(
        self, info: Info, id: Annotated[strawberry.ID, Doc(description="The import, export, change set or simulation.")],
        every: Annotated[float, Doc(description="Seconds between two words at least, 0.2 to 60.")] = 1.0,
    ) -> AsyncGenerator[JobProgress, None]:  # fmt: skip
        context, pause = info.context, min(max(every, SOONEST_S), LATEST_S)
        async with context.tails.tail(context.viewer) as tail:
            place, told = tail.seq, None
            while (found := await _standing(context, str(id))) is not None:
                if found != told:
                    yield job_progress(id, found)
                told = found
                if found.state in OVER:
                    return
                place = await _later(tail, place, str(id), pause if found.state in MOVING else None)
        if told is None:
            raise NotFound(noun="import, export, change set or simulation", field="id")


async def _standing(context: Context, id: str) -> progress.Progress | None:
    """As the database now has it and with the rights of now, holding no connection while nothing happens."""
    await context.renew()
    async with context.lock:
        found = await progress.of(await context.reader(), context.viewer, id)
    await context.settle()
    return found


async def _later(tail: Tail, place: int, id: str, pause: float | None) -> int:
    """After the pause while it is under way, because not every step of it is an event; else once something has happened to it, or rights may have changed."""
    if pause is not None:
        await asyncio.sleep(pause)
        return place
    _, record = decode_id(id)
    while await tail.moved(place, REMEMBERED_S):
        batch = await tail.after(place)
        place = batch[-1]["seq"]
        if any(event["record_id"] == record for event in batch):
            break
    return place
