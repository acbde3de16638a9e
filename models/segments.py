"""Segments: saved filters and the records in them."""

from typing import Any

from tortoise import fields

from models.columns import Choice, Dated, Rows, Table, choice, public, text


class SegmentKind(Choice):
    """How a segment gets its members."""

    STATIC = "STATIC", "By hand."
    DYNAMIC = "DYNAMIC", "By its filter, kept up to date."
    SNAPSHOT = "SNAPSHOT", "By its filter, once."


class Segment(Dated):
    """A saved filter."""

    tag = 28

    name = public(text(), "Name people see.", sort=True)
    noun = public(text(), "What it is made of.")
    kind = public(choice(SegmentKind, default=SegmentKind.DYNAMIC), "How it gets its members.")
    where = public(
        fields.JSONField[dict[str, Any] | None](null=True, source_field="filter"),
        "The filter, as in lists.",
        where=False,
    )
    filter_version = fields.IntField(default=1)

    class Meta(Table):
        table = "segments"


class SegmentMember(Rows):
    """A record in a segment."""

    segment_id = fields.UUIDField(primary_key=True)
    record_id = fields.UUIDField()
    entered_at = fields.DatetimeField()

    class Meta(Table):
        table = "segment_members"
