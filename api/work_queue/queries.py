"""What the viewer should do next, or what waits in a queue."""

from typing import Annotated

import strawberry

from api.act import id_of
from api.context import Info
from api.work_queue.types import WorkItem
from leadwell import assignment
from leadwell.base.refusals import NotFound
from leadwell.catalog import CATALOG, matching_ids

Doc = strawberry.argument


@strawberry.type
class WorkQueueQueries:
    @strawberry.field(description="What the one who asks has to do, the most urgent first; of a queue: which of its leads to take. An API key has nothing.")
    async def work_queue(
        self, info: Info,
        queue_id: Annotated[strawberry.ID | None, Doc(description="What waits in this queue; missing: the caller's own work.")] = None,
        first: Annotated[int, Doc(description="How many, at most 200.")] = 50,
    ) -> list[WorkItem]:
        viewer, queue = info.context.viewer, id_of(queue_id, "LeadQueue", "queueId") if queue_id else None
        viewer.need("leads", "read")
        if (queue is None and viewer.user is None) or (queue is not None and "Lead" in viewer.own):
            return []
        async with info.context.lock:
            tx = await info.context.reader()
            if queue is not None and not await matching_ids(tx, CATALOG["LeadQueue"], {}, viewer, ids=[queue]):
                raise NotFound(noun="lead queue", field="queueId")
            found = await assignment.work_queue(tx, viewer.user, queue, first)
        return [WorkItem.of(one) for one in found if viewer.may(one.noun, "read")]
