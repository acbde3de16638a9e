"""A workspace's own fields and tags."""

from typing import Any

from tortoise import fields

from models.columns import Choice, Computed, Dated, Rows, Table, big, choice, computed, public, text

CUSTOM_SQL = """coalesce((SELECT jsonb_object_agg(f.key, coalesce(to_jsonb(v.text_value), to_jsonb(v.float_value),
 CASE f.type WHEN 'FLAG' THEN to_jsonb(v.int_value <> 0) ELSE to_jsonb(v.int_value) END,
 CASE f.type WHEN 'DATE' THEN to_jsonb((v.time_value AT TIME ZONE 'UTC')::date) ELSE to_jsonb(v.time_value) END))
 FROM custom_values v JOIN custom_fields f ON f.workspace_id = $1 AND f.id = v.field_id
 WHERE v.workspace_id = $1 AND v.record_id = {t}.id AND f.archived_at IS NULL), '{}'::jsonb)"""
CUSTOM = computed(dict[str, Any], CUSTOM_SQL, "Values of the workspace's own fields, by key.")


_LACKING = """ARRAY(SELECT f.key FROM custom_fields f WHERE f.workspace_id = $1 AND f.noun = '{noun}' AND f.is_required AND f.archived_at IS NULL
 AND NOT EXISTS (SELECT 1 FROM custom_values v WHERE v.workspace_id = $1 AND v.record_id = {t}.id AND v.field_id = f.id) ORDER BY f.key)"""


def missing(noun: str) -> Computed[list[str]]:
    """What a record of the noun lacks."""
    doc = "Keys of required fields in which it holds nothing: it came in by a way on which nobody could be asked, or before they were required."
    return computed(list[str], _LACKING.replace("{noun}", noun), doc, where=False)


class CustomFieldType(Choice):
    """What a custom field holds."""

    TEXT = "TEXT", "Any text."
    CHOICE = "CHOICE", "One of the field's options."
    INT = "INT", "A whole number."
    FLOAT = "FLOAT", "A number."
    FLAG = "FLAG", "True or false."
    MOMENT = "MOMENT", "A moment."
    DATE = "DATE", "A day, kept as its midnight in UTC."


class CustomField(Dated):
    """A field the workspace added to a noun."""

    tag = 43
    read_with = ("Person", "Lead", "Contact", "Company", "Deal")

    noun = public(text(), "Name of the noun it belongs to, such as Lead.", sort=True)
    key = public(text(), "Name used in filters and imports.", sort=True)
    label = public(text(), "Name people see.")
    type = public(choice(CustomFieldType), "What it holds.")
    options = public(fields.JSONField[list[Any] | None](null=True), "The values a CHOICE may take.", where=False)
    is_required = public(fields.BooleanField(default=False), "Who makes a record by hand gives a value.")
    is_unique = public(fields.BooleanField(default=False), "No two records hold the same value.")

    class Meta(Table):
        table = "custom_fields"


class CustomValue(Rows):
    """One value of a custom field, in the column of its type."""

    record_id = fields.UUIDField(primary_key=True)
    field_id = fields.UUIDField()
    text_value = text(null=True)
    int_value = big(null=True)
    float_value = fields.FloatField(null=True)
    time_value = fields.DatetimeField(null=True)
    unique_key = text(null=True)

    class Meta(Table):
        table = "custom_values"


class Tag(Dated):
    """A word put on records."""

    tag = 19
    read_with = ("Person", "Lead", "Contact", "Company", "Deal")

    name = public(text(), "The word.", sort=True)
    color = public(text(null=True), "Color for lists, as written by the client.")

    class Meta(Table):
        table = "tags"


class Tagging(Rows):
    """A tag on a record."""

    record_id = fields.UUIDField(primary_key=True)
    tag_id = fields.UUIDField()
    noun = text()
    created_at = fields.DatetimeField()

    class Meta(Table):
        table = "taggings"
