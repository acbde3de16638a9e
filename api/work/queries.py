"""How deep the queues are and which jobs have died."""

from datetime import datetime
from typing import Any

import strawberry
from strawberry.scalars import JSON

from api.context import Info
from leadwell import work


@strawberry.type(description="Jobs of one queue in one state.")
class QueueDepth:
    queue: str = strawberry.field(description="The queue.")
    state: str = strawberry.field(description="READY, RUNNING, DEAD or CANCELED.")
    jobs: int = strawberry.field(description="How many.")
    oldest: datetime = strawberry.field(description="When the oldest was due.")


@strawberry.type(description="A unit of work that is not done.")
class QueuedJob:
    id: strawberry.ID = strawberry.field(description="Its id, for replayJobs and cancelJobs.")
    queue: str = strawberry.field(description="The queue.")
    kind: str = strawberry.field(description="What it does.")
    state: str = strawberry.field(description="READY, RUNNING, DEAD or CANCELED.")
    payload: JSON = strawberry.field(description="The ids it works on.")
    run_at: datetime = strawberry.field(description="When it is or was due.")
    attempts: int = strawberry.field(description="How often it was tried.")
    crashes: int = strawberry.field(description="How often its worker died; the third time quarantines it.")
    last_error: str | None = strawberry.field(description="What went wrong last.")


def shown(row: Any) -> QueuedJob:
    return QueuedJob(
        id=strawberry.ID(str(row["id"])), queue=row["queue"], kind=row["kind"], state=row["state"], payload=row["payload"], run_at=row["run_at"],
        attempts=row["attempts"], crashes=row["crashes"], last_error=row["last_error"])


@strawberry.type
class WorkQueries:
    @strawberry.field(description="Depth of every queue of this workspace.")
    async def queues(self, info: Info) -> list[QueueDepth]:
        info.context.viewer.need("jobs", "read")
        async with info.context.lock:
            return [QueueDepth(**dict(row)) for row in await work.depths(await info.context.reader())]

    @strawberry.field(description="Jobs that gave up, newest first, at most 100.")
    async def dead_jobs(self, info: Info) -> list[QueuedJob]:
        info.context.viewer.need("jobs", "read")
        async with info.context.lock:
            return [shown(row) for row in await work.listed(await info.context.reader(), ["DEAD"], 100)]
