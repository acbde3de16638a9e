"""Which keys there are."""

import strawberry

from api.context import Info
from api.keys.types import ApiKey
from leadwell.access import keys


@strawberry.type
class KeyQueries:
    @strawberry.field(description="All API keys, newest first, revoked ones too.")
    async def api_keys(self, info: Info) -> list[ApiKey]:
        info.context.viewer.need("apiKeys", "read")
        async with info.context.lock:
            return [ApiKey.of(key) for key in await keys.listed(await info.context.reader())]
