"""Files in the file store, and what they are attached to."""

from tortoise import fields

from models.columns import Choice, Dated, Table, Tenant, ToMany, ToOne, big, choice, public, text


class FilePurpose(Choice):
    """What a file is for."""

    IMPORT = "IMPORT", "To be imported."
    IMPORT_ERRORS = "IMPORT_ERRORS", "What an import could not read."
    EXPORT = "EXPORT", "Exported records."
    ATTACHMENT = "ATTACHMENT", "Attached to a record."


class FileState(Choice):
    """Whether the file store has it."""

    ANNOUNCED = "ANNOUNCED", "To be sent; nothing can be done with it yet."
    STORED = "STORED", "In the file store, whole."


class File(Dated):
    """A file kept in the file store."""

    tag = 41
    owned_by = "user_id"

    name = public(text(), "Name of the file.", sort=True)
    media_type = public(text(), "Media type, as whoever sent it said.")
    size = public(big(), "Size in bytes.")
    sha256 = public(text(null=True), "SHA-256 of its content, hexadecimal.")
    purpose = public(choice(FilePurpose), "What it is for.")
    state = public(choice(FileState, default=FileState.STORED), "Whether the file store has it.")
    store_key = text()
    user_id = fields.UUIDField(null=True)

    user = ToOne("User", "user_id", "Who sent it.")
    attachments = ToMany("Attachment", "file_id", "What it is attached to, newest first.", order="-at")

    class Meta(Table):
        table = "files"


class Attachment(Tenant):
    """A file attached to a record. Who may see the record may see what is attached to it."""

    tag = 81
    part_of = ("File", "file_id")

    noun = public(text(), "What the record is, such as Lead.")
    at = public(fields.DatetimeField(), "When it was attached.", sort=True)
    record_id = fields.UUIDField()
    file_id = fields.UUIDField()
    user_id = fields.UUIDField(null=True)

    file = ToOne("File", "file_id", "The file.", null=False)
    user = ToOne("User", "user_id", "Who attached it.")

    class Meta(Table):
        table = "attachments"
