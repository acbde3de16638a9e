"""`heartbeat`: the server's time, to try a live connection."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, nullcontext
from datetime import UTC, datetime
from typing import Annotated

import strawberry

from api.context import Context, Info

MOST_BEATS = 1_000
Doc = strawberry.argument


@strawberry.type
class HeartbeatSubscriptions:
    @strawberry.subscription(description="The server's time, once a second, to try a live connection.")
    async def heartbeat(
        self, info: Info, count: Annotated[int, Doc(description="How many, 1 to 1,000.")] = 3
    ) -> AsyncGenerator[datetime, None]:
        async with _seat(info.context):
            for left in range(max(1, min(count, MOST_BEATS)), 0, -1):
                yield datetime.now(UTC)
                if left > 1:
                    await asyncio.sleep(1)


def _seat(context: Context) -> AbstractAsyncContextManager[None]:
    """It counts like any other subscription; strangers have it in development alone. Unauthenticated, TooManySubscriptions."""
    stranger = context.known is None and not context.settings.production
    return nullcontext() if stranger else context.tails.seats.taken(context.viewer)
