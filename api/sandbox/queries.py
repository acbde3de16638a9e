"""The sandboxes of a workspace."""

import strawberry

from api.context import Info
from api.sandbox.mutations import SandboxType
from leadwell import sandbox


@strawberry.type
class SandboxQueries:
    @strawberry.field(description="The sandboxes beside this workspace, oldest first.")
    async def sandboxes(self, info: Info) -> list[SandboxType]:
        info.context.viewer.need("workspaces", "read")
        async with info.context.lock:
            return [SandboxType.of(one) for one in await sandbox.all_of(await info.context.reader())]
