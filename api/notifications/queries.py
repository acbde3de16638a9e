"""What the viewer should see."""

from typing import Annotated

import strawberry

from api.context import Info
from api.notifications.types import Notification
from leadwell import notifications


@strawberry.type
class NotificationQueries:
    @strawberry.field(description="What the one who asks should see, newest first; an API key has none.")
    async def notifications(
        self, info: Info,
        first: Annotated[int, strawberry.argument(description="How many, at most 100.")] = 20,
        unread: Annotated[bool, strawberry.argument(description="Only those not read.")] = False,
    ) -> list[Notification]:
        user = info.context.viewer.user
        if user is None:
            return []
        async with info.context.lock:
            found = await notifications.of_user(await info.context.reader(), user, max(first, 0), only_unread=unread)
        return [Notification.of(one) for one in found]

    @strawberry.field(description="How many of them are not read.")
    async def unread_notifications(self, info: Info) -> int:
        user = info.context.viewer.user
        if user is None:
            return 0
        async with info.context.lock:
            return await notifications.unread(await info.context.reader(), user)
