"""`workQueueChanged`: that what a user has to do, or what waits in a queue, may look otherwise now."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import Annotated, Any
from uuid import UUID

import strawberry

from api.act import id_of
from api.context import Context, Info
from api.subscriptions.following import heard
from api.subscriptions.places import Place
from leadwell import assignment
from leadwell.access import Viewer
from leadwell.base.refusals import Forbidden, NotFound
from leadwell.catalog import CATALOG, matching_ids

Doc = strawberry.argument


@strawberry.type(description="The work queue may look otherwise now: ask it again.")
class WorkQueueChange:
    cursor: str = strawberry.field(description="Pass as after: to go on behind this event.")
    kind: str = strawberry.field(description="What happened last, such as lead.assigned.")


@strawberry.type
class WorkQueueSubscriptions:
    @strawberry.subscription(description="That the caller's work queue, or that of a queue, changed; an API key has none of its own.")
    async def work_queue_changed(
        self, info: Info, queue_id: Annotated[strawberry.ID | None, Doc(description="What waits in this queue.")] = None,
        after: Annotated[str | None, Doc(description="Cursor of the last event seen, or the eventCursor of the query that filled the page.")] = None,
    ) -> AsyncGenerator[WorkQueueChange, None]:
        context = info.context
        queue = await _allowed(context, queue_id)
        workspace = context.viewer.workspace
        async with aclosing(heard(context, after)) as found:
            async for _, batch in found:
                _need(context.viewer, queue)
                if event := await _touched(context, batch, queue):
                    yield WorkQueueChange(cursor=Place(batch[-1]["seq"]).cursor(workspace), kind=event["kind"])


async def _allowed(context: Context, queue_id: str | None) -> UUID | None:
    """The queue asked for, if any. Forbidden, NotFound."""
    viewer, queue = context.viewer, id_of(queue_id, "LeadQueue", "queueId") if queue_id else None
    _need(viewer, queue)
    if queue is not None:
        async with context.lock:
            found = await matching_ids(await context.reader(), CATALOG["LeadQueue"], {}, viewer, ids=[queue])
        await context.settle()
        if not found:
            raise NotFound(noun="lead queue", field="queueId")
    return queue


def _need(viewer: Viewer, queue: UUID | None) -> None:
    """Forbidden for keys without a queue, and of a queue for whoever sees some leads alone."""
    viewer.need("leads", "read")
    if (queue is None and viewer.user is None) or (queue is not None and "Lead" in viewer.own):
        raise Forbidden(noun="leads", verb="read")


async def _touched(context: Context, batch: Sequence[Any], queue: UUID | None) -> Any:
    """The last event of a batch that concerns the list; no connection is held while nothing happens."""
    if not any(event["kind"] in assignment.MOVES for event in batch):
        return None
    async with context.lock:
        found = await assignment.touched(await context.reader(), batch, None if queue else context.viewer.user, queue)
    await context.settle()
    return found
