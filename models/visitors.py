"""Visitors of pages: browsers that agreed to be remembered, and what they looked at before anybody knew who they are."""

from typing import Any

from tortoise import fields

from models.columns import Rows, Table, text


class Visitor(Rows):
    """A browser that agreed to be remembered. It is no person, so it is never compared with any."""

    id = fields.UUIDField(primary_key=True)
    person_id = fields.UUIDField(null=True)
    consented_at = fields.DatetimeField()
    known_at = fields.DatetimeField(null=True)
    seen_at = fields.DatetimeField()

    class Meta(Table):
        table = "visitors"


class PageView(Rows):
    """A page that a visitor looked at."""

    id = fields.UUIDField(primary_key=True)
    visitor_id = fields.UUIDField()
    at = fields.DatetimeField()
    page = text()
    title = text(null=True)
    touch = fields.JSONField[dict[str, Any]](default=dict)

    class Meta(Table):
        table = "page_views"
