"""`timelineChanged` and `notificationsChanged`: that a record lived through something, that a user has something to see."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from datetime import datetime
from typing import Annotated, TypeVar
from uuid import UUID

import strawberry

from api.context import Context, Info
from api.subscriptions.following import heard
from api.subscriptions.places import Place
from api.timeline.queries import record
from leadwell import notifications
from leadwell.base.refusals import Forbidden, NotFound
from leadwell.base.tx import Tx
from leadwell.catalog import CATALOG, matching_ids

T = TypeVar("T")
Doc = strawberry.argument
AFTER = "Cursor of the last event seen, or the eventCursor of the query that filled the page."


@strawberry.type(description="Something happened to a record that may stand on its timeline: read what is newer than what is shown.")
class TimelineChange:
    cursor: str = strawberry.field(description="Pass as after: to go on behind this event, without gap or repetition.")
    kind: str = strawberry.field(description="What happened, such as activity.recorded.")
    at: datetime = strawberry.field(description="When, by the workspace's clock.")


@strawberry.type(description="There is something new to see, or something was seen, maybe elsewhere.")
class NotificationsChange:
    cursor: str = strawberry.field(description="Pass as after: to go on behind this event, without gap or repetition.")
    unread: int = strawberry.field(description="How many are not read now.")


@strawberry.type
class HistorySubscriptions:
    @strawberry.subscription(description="What happens to a person, lead or contact, or to a company or deal itself, as it happens.")
    async def timeline_changed(
        self, info: Info, of: Annotated[strawberry.ID, Doc(description="The record.")], after: Annotated[str | None, Doc(description=AFTER)] = None,
    ) -> AsyncGenerator[TimelineChange, None]:
        context, (noun, id) = info.context, record(str(of))
        people, records = await _subjects(context, noun, id)
        async with aclosing(heard(context, after)) as found:
            async for _, batch in found:
                about = [e for e in batch if e["person_id"] in people or e["record_id"] in records]
                if not await _still(context, noun, id, ask=bool(about)):
                    return
                for event in about:
                    yield TimelineChange(cursor=Place(event["seq"]).cursor(context.viewer.workspace), kind=event["kind"], at=event["at"])

    @strawberry.subscription(description="That the one who asks has something to see, or has seen it; an API key has nothing.")
    async def notifications_changed(
        self, info: Info, after: Annotated[str | None, Doc(description=AFTER)] = None
    ) -> AsyncGenerator[NotificationsChange, None]:
        context, user = info.context, info.context.viewer.user
        if user is None:
            raise Forbidden(noun="notifications", verb="read")
        async with aclosing(heard(context, after)) as found:
            async for _, batch in found:
                for event in batch:
                    if event["kind"].startswith("notification.") and event["data"].get("user_id") == str(user):
                        unread = await _read(context, lambda tx: notifications.unread(tx, user))
                        yield NotificationsChange(cursor=Place(event["seq"]).cursor(context.viewer.workspace), unread=unread)


async def _subjects(context: Context, noun: str, id: UUID) -> tuple[set[UUID], set[UUID]]:
    """The person behind the record, and the record. NotFound."""
    if not await _seen(context, noun, id):
        raise NotFound(noun=CATALOG[noun].singular, field="of")
    tables = {"Lead": "leads", "Contact": "contacts"}
    if noun == "Person":
        return {id}, {id}
    if noun not in tables:
        return set(), {id}
    sql = f"SELECT x.person_id FROM {tables[noun]} x WHERE x.workspace_id = $1 AND x.id = $2"
    return {await _read(context, lambda tx: tx.value(sql, tx.workspace, id))}, {id}


async def _still(context: Context, noun: str, id: UUID, *, ask: bool) -> bool:
    """Whether the record may still be seen; only the permission is looked at while nothing is to be told. Forbidden."""
    context.viewer.need(noun, "read")
    return not ask or await _seen(context, noun, id)


async def _seen(context: Context, noun: str, id: UUID) -> bool:
    viewer = context.viewer
    viewer.need(noun, "read")
    return bool(await _read(context, lambda tx: matching_ids(tx, CATALOG[noun], {}, viewer, ids=[id])))


async def _read(context: Context, ask: Callable[[Tx], Awaitable[T]]) -> T:
    """From the database as it now is, holding no connection while nothing happens."""
    async with context.lock:
        found = await ask(await context.reader())
    await context.settle()
    return found
