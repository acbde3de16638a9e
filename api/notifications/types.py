"""A notification as its reader sees it."""

from datetime import datetime

import strawberry

from leadwell import notifications
from leadwell.base.ids import encode_id
from leadwell.catalog import CATALOG

NOTIFICATION = 202  # the type part of their ids; notifications are no noun of the catalog


@strawberry.type(description="Something the one who asks should see.")
class Notification:
    id: strawberry.ID = strawberry.field(description="Its id, for markNotificationsRead.")
    kind: str = strawberry.field(description="What it is about: HAND_RAISED.")
    title: str = strawberry.field(description="One line.")
    noun: str | None = strawberry.field(description="What the record is, such as Lead.")
    record_id: strawberry.ID | None = strawberry.field(description="The record to open.")
    read_at: datetime | None = strawberry.field(description="When it was read.")
    created_at: datetime = strawberry.field(description="When it was made.")

    @classmethod
    def of(cls, one: notifications.Notification) -> "Notification":
        noun = CATALOG.get(one.noun) if one.noun else None
        record = strawberry.ID(encode_id(noun.tag, one.record_id)) if noun and one.record_id else None
        return cls(
            id=strawberry.ID(encode_id(NOTIFICATION, one.id)), kind=one.kind, title=one.title, noun=one.noun,
            record_id=record, read_at=one.read_at, created_at=one.created_at)  # fmt: skip
