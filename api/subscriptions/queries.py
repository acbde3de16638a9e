"""Where live events go on behind what a query shows."""

import strawberry

from api.context import Info
from api.subscriptions.places import Place
from leadwell import events


@strawberry.type
class EventQueries:
    @strawberry.field(description=(
        "The place in the workspace's events at which the rest of this document is true: all its parts are read at one moment. "
        "Subscribe with it as after: and nothing that happens later is missed, not even if the connection is lost before the first event."))
    async def event_cursor(self, info: Info) -> str:
        workspace = info.context.viewer.workspace
        async with info.context.lock:
            return Place(await events.latest(await info.context.reader())).cursor(workspace)
