"""Who asks."""

import strawberry

from api.context import Info
from api.workspace.types import ViewerType


@strawberry.type
class WorkspaceQueries:
    @strawberry.field(description="Who asks; null when nobody is signed in.")
    def viewer(self, info: Info) -> ViewerType | None:
        known = info.context.known
        return ViewerType(of=known) if known else None
