"""Transfers: what imports changed, files on their way in, exports on their way out."""

from typing import Any

from tortoise import fields

from models.columns import Choice, Dated, Rows, Table, ToOne, big, choice, public, text


class ImportChange(Rows):
    """What rows of an import made and changed, packed."""

    import_id = fields.UUIDField(primary_key=True)
    run = fields.IntField()
    first_row = big()
    packed = fields.BinaryField()
    created_at = fields.DatetimeField()

    class Meta(Table):
        table = "import_changes"


class ImportLeft(Rows):
    """What the revert of an import left as it is."""

    import_id = fields.UUIDField(primary_key=True)
    noun = text()
    record_id = fields.UUIDField()
    field = text(default="")
    reason = text()
    created_at = fields.DatetimeField()

    class Meta(Table):
        table = "import_left"


class TransferPart(Rows):
    """Bytes of an upload or an export."""

    holder_id = fields.UUIDField(primary_key=True)
    position = big()
    bytes = fields.BinaryField()
    created_at = fields.DatetimeField()

    class Meta(Table):
        table = "transfer_parts"


class Upload(Rows):
    """A file on its way in."""

    id = fields.UUIDField(primary_key=True)
    name = text()
    size = big(default=0)
    whole = fields.BooleanField(default=False)
    digest = text(null=True)
    credential = text()
    created_at = fields.DatetimeField()

    class Meta(Table):
        table = "uploads"


class ExportFormat(Choice):
    """How an export is written."""

    CSV = "CSV", "Comma-separated values, UTF-8 with a byte order mark; cells that a spreadsheet would run begin with an apostrophe."
    JSONL = "JSONL", "One JSON object a line."


class ExportState(Choice):
    """Where an export stands."""

    RUNNING = "RUNNING", "Records are being written."
    DONE = "DONE", "Every record is in the file."
    FAILED = "FAILED", "Stopped by an error."
    CANCELED = "CANCELED", "Stopped by a person."


class Export(Dated):
    """Records written to a file."""

    tag = 86
    owned_by = "user_id"

    noun = public(text(), "What its rows are.")
    name = public(text(), "Name of the file.", sort=True)
    format = public(choice(ExportFormat), "How it is written.")
    columns = public(fields.JSONField[list[str]](), "Its columns, in order.", where=False)
    filter_ = public(fields.JSONField[dict[str, Any]](source_field="filter", default=dict), "Which records.", where=False)
    state = public(choice(ExportState, default=ExportState.RUNNING), "Where it stands.")
    done_rows = public(big(default=0), "Records written.")
    total_rows = public(big(null=True), "Records in all, once counted.")
    size = public(big(default=0), "Bytes written.")
    error = public(text(null=True), "What stopped it.")
    user_id = fields.UUIDField(null=True)
    credential = text()
    last_id = fields.UUIDField(null=True)

    user = ToOne("User", "user_id", "Who asked for it; missing: an API key.")

    class Meta(Table):
        table = "exports"
