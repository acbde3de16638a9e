"""Changes of many records at once with the result for each, and the views that people save."""

from typing import Any

from tortoise import fields

from models.columns import Choice, Dated, Rows, Table, ToOne, choice, public, text


class ChangeAction(Choice):
    """What a change set does with each record."""

    REASSIGN = "REASSIGN", "Gives it to another owner."
    JUNK = "JUNK", "Closes the lead as junk."
    REOPEN = "REOPEN", "Brings the junk lead back."
    TAG = "TAG", "Puts tags on it."
    UNTAG = "UNTAG", "Takes tags off it."
    ENROLL = "ENROLL", "Takes its person into a sequence."
    ENRICH = "ENRICH", "Fills in what providers know of its person."
    UPDATE = "UPDATE", "Sets fields."
    ARCHIVE = "ARCHIVE", "Puts it away."


class ChangeState(Choice):
    """Where a change set stands."""

    RUNNING = "RUNNING", "Records are being changed."
    DONE = "DONE", "Every record had its turn."
    CANCELED = "CANCELED", "Stopped by a person; what was changed stays changed."
    FAILED = "FAILED", "Stopped by an error; what was changed stays changed."
    REVERTING = "REVERTING", "Being taken back."
    REVERTED = "REVERTED", "Taken back, but for what people have touched since."


class ChangeSet(Dated):
    """One change of many records: chosen when it was asked for, done in batches, and taken back as one."""

    tag = 96
    owned_by = "user_id"
    read_with = ("Lead", "Contact", "Company", "Deal", "Person", "Task")

    noun = public(text(), "What its records are.")
    action = public(choice(ChangeAction), "What is done.")
    filter_ = public(fields.JSONField[dict[str, Any]](source_field="filter", default=dict), "Which records; it must still hold at their turn.", where=False)
    options = public(fields.JSONField[dict[str, Any]](default=dict), "What the action was told.", where=False)
    quiet = public(fields.BooleanField(default=False), "It sets off no webhooks, notifications, sequences.")
    state = public(choice(ChangeState, default=ChangeState.RUNNING), "Where it stands.")
    total_rows = public(fields.IntField(), "Records in all.")
    done_rows = public(fields.IntField(default=0), "Records that had their turn.")
    changed_count = public(fields.IntField(default=0), "Records changed and not taken back.")
    unchanged_count = public(fields.IntField(default=0), "Records that were so already.")
    refused_count = public(fields.IntField(default=0), "Records that were refused.")
    reverted_count = public(fields.IntField(default=0), "Records taken back.")
    left_count = public(fields.IntField(default=0), "Records that the revert left alone, wholly or in part.")
    error = public(text(null=True), "What stopped it.")
    finished_at = public(fields.DatetimeField(null=True), "When it came to its end.")
    user_id = fields.UUIDField(null=True)
    credential = text()
    transfer_id = fields.UUIDField(null=True)
    reverted_by = text(null=True)

    user = ToOne("User", "user_id", "Who asked for it; missing: an API key.")

    class Meta(Table):
        table = "change_sets"


class ChangeRow(Rows):
    """What became of one record of a change set."""

    change_set_id = fields.UUIDField(primary_key=True)
    record_id = fields.UUIDField()
    state = text(default="PENDING")
    code = text(null=True)
    message = text(null=True)
    changes = fields.JSONField[dict[str, list[Any]]](default=dict)

    class Meta(Table):
        table = "change_rows"


class View(Rows):
    """A filter, an order and columns under a name; private until it is shared."""

    id = fields.UUIDField(primary_key=True)
    noun = text()
    name = text()
    filter_ = fields.JSONField[dict[str, Any]](source_field="filter", default=dict)
    sort = fields.JSONField[list[dict[str, Any]]](default=list)
    columns = fields.JSONField[list[str]](default=list)
    shared = text(default="PRIVATE")
    credential = text()
    team_id = fields.UUIDField(null=True)
    version = fields.IntField(default=1)
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()
    archived_at: fields.Field[Any] = fields.DatetimeField(null=True)

    class Meta(Table):
        table = "views"
