"""How long a workspace keeps what, and what would go."""

from typing import Annotated

import strawberry

from api.context import Info
from leadwell import privacy
from models.privacy import RetentionKind


@strawberry.type(description="How long one thing is kept.")
class RetentionRule:
    kind: RetentionKind = strawberry.field(description="What is kept.")
    months: int | None = strawberry.field(description="For how many months; missing: for good.")

    @strawberry.field(description="How many people, or rows, are older than so many months; missing where it is kept for good and none are given.")
    async def due(
        self, info: Info, months: Annotated[int | None, strawberry.argument(description="Months to count by; missing: those of the rule.")] = None,
    ) -> int | None:
        wanted = self.months if months is None else months
        if wanted is None:
            return None
        async with info.context.lock:
            return await privacy.retention.preview(await info.context.reader(), self.kind.value, wanted)


@strawberry.type
class PrivacyQueries:
    @strawberry.field(description="What can be kept for a time only, and for how long it is.")
    async def retention(self, info: Info) -> list[RetentionRule]:
        info.context.viewer.need("workspaces", "read")
        async with info.context.lock:
            found = await privacy.retention.rules(await info.context.reader())
        return [RetentionRule(kind=RetentionKind(one.kind), months=one.months) for one in found]
