"""Attaches files to records and takes them off again."""

from uuid import UUID

from leadwell import events
from leadwell.base.ids import uuid7
from leadwell.base.redirects import today
from leadwell.base.refusals import NotFound, Refusal
from leadwell.base.tx import Tx
from leadwell.files.uploading import FileNotStored

ATTACHABLE = {
    "Person": "people", "Lead": "leads", "Contact": "contacts", "Company": "companies", "Deal": "deals", "Activity": "activities", "Task": "tasks",
}  # fmt: skip


class AttachNothing(Refusal):
    """Files cannot be attached to {noun} records."""

    fix = "Attach it to a person, lead, contact, company, deal, activity or task."


async def attach(tx: Tx, file_id: UUID, noun: str, record_id: UUID) -> bool:
    """The record has the file from now on; False if it had it before. NotFound, FileNotStored, AttachNothing."""
    file = await _file(tx, file_id)
    if file["state"] != "STORED":
        raise FileNotStored(field="file_id")
    record = await _record(tx, noun, record_id)
    made = await tx.execute(
        "INSERT INTO attachments (workspace_id, id, file_id, noun, record_id, user_id, at) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING",
        tx.workspace, uuid7(), file_id, noun, record, tx.actor.user, await tx.now(),
    )
    if made:
        await events.note(tx, "file.attached", "File", file_id, version=file["version"], data={"name": file["name"], "noun": noun, "to": record})
    return bool(made)


async def detach(tx: Tx, file_id: UUID, noun: str, record_id: UUID) -> bool:
    """The record has the file no longer; a file that nothing has is swept after a day. False if it had none. NotFound, AttachNothing."""
    file, record = await _file(tx, file_id), await _record(tx, noun, record_id)
    gone = await tx.execute("DELETE FROM attachments WHERE workspace_id = $1 AND file_id = $2 AND record_id = $3", tx.workspace, file_id, record)
    if gone:
        await tx.execute("UPDATE files SET updated_at = $3 WHERE workspace_id = $1 AND id = $2", tx.workspace, file_id, await tx.now())
        await events.note(tx, "file.detached", "File", file_id, version=file["version"], data={"name": file["name"], "noun": noun, "from": record})
    return bool(gone)


async def _file(tx: Tx, file_id: UUID) -> dict[str, object]:
    """The file under a lock that keeps the sweep away."""
    row = await tx.row("SELECT f.* FROM files f WHERE f.workspace_id = $1 AND f.id = $2 FOR NO KEY UPDATE", tx.workspace, file_id)
    if row is None:
        raise NotFound(field="file_id", noun="file")
    return dict(row)


async def _record(tx: Tx, noun: str, record_id: UUID) -> UUID:
    """The record as it is after merges. NotFound, AttachNothing."""
    if noun not in ATTACHABLE:
        raise AttachNothing(field="record_id", noun=noun)
    sql = f"SELECT x.id FROM {ATTACHABLE[noun]} x WHERE x.workspace_id = $1 AND x.id = {today(noun, '$2')}"
    record = await tx.value(sql, tx.workspace, record_id)
    if record is None:
        raise NotFound(field="record_id", noun=noun.lower())
    return record
