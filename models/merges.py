"""Merges: records that became one, with a manifest of every row that moved, went or changed."""

from typing import Any
from uuid import UUID

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField

from models.columns import Choice, Table, Tenant, ToMany, ToOne, choice, public, text
from models.people import MINE


class MergedNoun(Choice):
    """What sort of records became one."""

    PERSON = "PERSON", "People, with their leads and contacts."
    COMPANY = "COMPANY", "Companies."


class Merge(Tenant):
    """Several people or companies that became one, and whether that was taken back."""

    tag = 60
    owned_by = (
        "(" + MINE.replace("{person}", "{t}.survivor_id")
        + " OR EXISTS (SELECT 1 FROM companies k WHERE k.workspace_id = $1 AND k.id = {t}.survivor_id AND k.owner_id {theirs}))"
    )  # fmt: skip

    noun = public(choice(MergedNoun), "What sort of records became one.")
    folds = public(
        fields.JSONField[list[dict[str, Any]]](),
        "Who became whom: noun, survivor and losers by id, of people or companies and of the leads, contacts and companies behind them.",
        where=False,
    )
    plan_hash = public(text(), "The hash of what was decided, as the preview gave it.")
    conflicts = public(
        fields.JSONField[list[dict[str, Any]]](default=list),
        "Fields whose values differed: what was kept, and what the others said.",
        see="contact_data",
        where=False,
    )
    actor = public(text(), "Who merged.")
    at = public(fields.DatetimeField(), "When it happened.", sort=True)
    unmerged_at = public(fields.DatetimeField(null=True), "When it was taken back; missing: it holds.")
    unmerged_by = public(text(null=True), "Who took it back.")
    blanked_at = public(fields.DatetimeField(null=True), "When its values were erased with a person; it cannot be taken back any more.")
    remains = public(
        fields.JSONField[list[dict[str, Any]] | None](null=True),
        "What taking it back could not split: table, reason, how many rows and the keys of the first hundred.",
        where=False,
    )
    survivor_id = fields.UUIDField()
    loser_ids: fields.Field[list[UUID]] = ArrayField("uuid", default=list)

    person = ToOne("Person", "survivor_id", "The person that survived; missing for companies.")
    company = ToOne("Company", "survivor_id", "The company that survived; missing for people.")
    rows = ToMany("MergeRow", "merge_id", "The manifest: every row that moved, went, came or changed.", order="step")

    class Meta(Table):
        table = "merges"


class MergeAction(Choice):
    """What a merge did with a row."""

    MOVED = "MOVED", "It belongs to the survivor now."
    CHANGED = "CHANGED", "Columns of it got other values."
    REMOVED = "REMOVED", "It went, because the survivor has one like it."
    ADDED = "ADDED", "The merge made it."


class MergeRow(Tenant):
    """Rows that a merge moved, changed, removed or added alike: a line of its manifest."""

    tag = 61
    part_of = ("Merge", "merge_id")

    step = public(fields.IntField(), "When in the merge; taking it back goes through the steps backwards.", sort=True)
    action = public(choice(MergeAction), "What was done with the row.")
    table_name = public(text(), "The table.")
    keys = public(
        fields.JSONField[list[dict[str, Any]]](), "Which rows of the table: all those that changed alike, up to a thousand.", see="contact_data", where=False
    )
    before = public(fields.JSONField[dict[str, Any] | None](null=True), "Columns as they were; of a removed row all of them.", see="contact_data", where=False)
    after = public(fields.JSONField[dict[str, Any] | None](null=True), "Columns as they were left.", see="contact_data", where=False)
    merge_id = fields.UUIDField()

    merge = ToOne("Merge", "merge_id", "The merge.", null=False)

    class Meta(Table):
        table = "merge_rows"
