"""Mail whose fate nobody knows."""

from typing import Annotated

import strawberry

from api.context import Info
from api.nurture.types import LedgerLine
from leadwell import nurture


@strawberry.type
class SendQueries:
    @strawberry.field(description="Mail that was handed over without an answer, oldest first: held until something comes back of it, or resolveSend says.")
    async def ambiguous_sends(
        self, info: Info, first: Annotated[int, strawberry.argument(description="How many, at most 200.")] = 50
    ) -> list[LedgerLine]:
        viewer = info.context.viewer
        viewer.need("sends", "read")
        async with info.context.lock:
            lines = await nurture.ambiguous_sends(await info.context.reader(), viewer, max(0, min(first, 200)))
        return [LedgerLine.of(line, with_address="Send.address" not in viewer.denied) for line in lines]
