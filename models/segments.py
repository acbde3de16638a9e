"""Segments: saved filters and the records in them."""

from typing import Any
from uuid import UUID

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField

from models.columns import Choice, Dated, Rows, Table, Through, ToMany, big, choice, public, text, texts

MEMBERSHIP = Through("segment_members", "record_id", "segment_id")
MEMBERS = Through("segment_members", "segment_id", "record_id")


class SegmentKind(Choice):
    """How a segment gets its members."""

    STATIC = "STATIC", "By hand."
    DYNAMIC = "DYNAMIC", "By its filter, kept up to date."
    SNAPSHOT = "SNAPSHOT", "By its filter, once."


class Segment(Dated):
    """A saved filter."""

    tag = 28

    name = public(text(), "Name people see.", sort=True)
    noun = public(text(), "What it is made of: Person, Lead, Contact or Company.")
    kind = public(choice(SegmentKind, default=SegmentKind.DYNAMIC), "How it gets its members.")
    where = public(
        fields.JSONField[dict[str, Any] | None](null=True, source_field="filter"),
        "The filter, as in lists.",
        where=False,
    )
    member_count = public(big(default=0), "How many members it has.", sort=True)
    refresh_minutes = public(fields.IntField(default=15), "How often it is computed as a whole; changes of records are followed at once.")
    refreshed_at = public(fields.DatetimeField(null=True), "When it was last computed as a whole; missing: not yet.", sort=True)
    took_ms = public(fields.IntField(null=True), "How many milliseconds that took.")
    problem = public(text(null=True), "Why its members may not be those of its filter.")
    filter_version = fields.IntField(default=1)
    computed_version = fields.IntField(null=True)
    uses: fields.Field[list[UUID]] = ArrayField("uuid", default=list)
    custom_fields = texts()
    due_at = fields.DatetimeField(null=True)

    people = ToMany("Person", "id", "Its members, if they are people, newest first.", order="-created_at", through=MEMBERS)
    leads = ToMany("Lead", "id", "Its members, if they are leads, newest first.", order="-created_at", through=MEMBERS)
    contacts = ToMany("Contact", "id", "Its members, if they are contacts, newest first.", order="-created_at", through=MEMBERS)
    companies = ToMany("Company", "id", "Its members, if they are companies, newest first.", order="-created_at", through=MEMBERS)

    class Meta(Table):
        table = "segments"


class SegmentMember(Rows):
    """A record in a segment."""

    segment_id = fields.UUIDField(primary_key=True)
    record_id = fields.UUIDField()
    entered_at = fields.DatetimeField()

    class Meta(Table):
        table = "segment_members"


class SegmentChange(Rows):
    """A record that segments have to look at again."""

    noun = text()
    record_id = fields.UUIDField(primary_key=True)
    hush = fields.JSONField[dict[str, Any] | None](null=True)

    class Meta(Table):
        table = "segment_changes"
