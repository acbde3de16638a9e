"""Marks notifications as read."""

from uuid import UUID

import strawberry

from api.act import KEY, Info, act, payload
from api.notifications.types import NOTIFICATION
from leadwell import digests, notifications
from leadwell.base.ids import BadId, decode_id
from leadwell.base.refusals import Forbidden
from leadwell.base.tx import Tx


@strawberry.input(description="What the one who asks has read.")
class MarkNotificationsReadInput:
    ids: list[strawberry.ID] | None = strawberry.field(default=None, description="The notifications; missing: all of them.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@payload()
class MarkNotificationsReadPayload:
    """What markNotificationsRead answers."""

    marked: int = strawberry.field(default=0, description="How many were unread until now.")


@strawberry.input(description="Notifications by mail, once a day.")
class SetDigestInput:
    hour: int | None = strawberry.field(default=None, description="From this hour on, 0 to 23, in the caller's zone; missing: none.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@payload(user="User")
class SetDigestPayload:
    """What setDigest answers."""


@strawberry.type
class NotificationMutations:
    @strawberry.mutation(description="Marks notifications of the one who asks as read; those of others stay as they are.")
    async def mark_notifications_read(self, info: Info, input: MarkNotificationsReadInput) -> MarkNotificationsReadPayload:
        async def verb(tx: Tx) -> int:
            user = info.context.viewer.user
            if user is None:
                raise Forbidden(noun="notifications", verb="read")
            return await notifications.mark_read(tx, user, None if input.ids is None else [_id(str(text), i) for i, text in enumerate(input.ids)])

        return await act(info, MarkNotificationsReadPayload, "users", "read", verb, input=input, shape=lambda marked: {"marked": marked})

    @strawberry.mutation(description="Says when the one who asks gets by mail what they have not seen: once a day, nothing when there is nothing.")
    async def set_digest(self, info: Info, input: SetDigestInput) -> SetDigestPayload:
        async def verb(tx: Tx) -> UUID:
            user = info.context.viewer.user
            if user is None:
                raise Forbidden(noun="notifications", verb="read")
            await digests.wish(tx, user, input.hour)
            return user

        return await act(info, SetDigestPayload, "users", "read", verb, input=input, shape=lambda id: {"user": id})


def _id(text: str, at: int) -> UUID:
    try:
        tag, id = decode_id(text)
    except BadId:
        tag, id = 0, None
    if tag != NOTIFICATION or id is None:
        raise BadId(field=f"ids.{at}", id=text[:60])
    return id
