"""Who asks, and which keys there are."""

import strawberry

from api.context import Info
from api.workspace.types import ApiKey, ViewerType
from leadwell.access import keys


@strawberry.type
class WorkspaceQueries:
    @strawberry.field(description="Who asks; null when nobody is signed in.")
    def viewer(self, info: Info) -> ViewerType | None:
        known = info.context.known
        return ViewerType(of=known) if known else None

    @strawberry.field(description="All API keys, newest first, revoked ones too.")
    async def api_keys(self, info: Info) -> list[ApiKey]:
        info.context.viewer.need("apiKeys", "read")
        async with info.context.lock:
            return [ApiKey.of(key) for key in await keys.listed(await info.context.reader())]
