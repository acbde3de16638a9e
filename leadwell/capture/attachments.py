"""Keeps what hung on a mail: as files of the lead it became and of its place in the history."""

from collections.abc import AsyncIterator, Sequence
from functools import partial
from uuid import UUID, uuid5

from leadwell import files
from leadwell.base.actor import Actor
from leadwell.base.tx import Database, Tx
from leadwell.capture.mails import Attachment
from leadwell.capture.submissions import Outcome
from leadwell.files import BadFile, NewFile, Store, Upload, UploadOver


async def keep(db: Database, actor: Actor, store: Store, outcome: Outcome, attachments: Sequence[Attachment]) -> int:
    """Returns how many are kept. Programs and empty files are not, nor anything of a mail that is parked. Said again, nothing is kept twice: a file's id
    comes of the submission and its place in the mail. Unavailable when the store is away; then say it again."""
    if outcome.parked or outcome.submission_id is None or outcome.activity_id is None:
        return 0
    kept = 0
    for place, one in enumerate(attachments):
        file = NewFile(one.name, one.media_type, len(one.data), None, uuid5(outcome.submission_id, f"attachment {place}"))
        try:
            upload = await db.run(actor, partial(_begun, submission=outcome.submission_id, file=file), replayable=True)
            if upload:
                await store.write(upload.key, _chunks(one.data), upload.size)
            await db.run(actor, partial(_attached, file_id=file.id, upload=upload, sha256=one.sha256, outcome=outcome), replayable=True)
        except (BadFile, UploadOver):   # the other taker of the same mail keeps it
            continue
        kept += 1
    return kept


async def _begun(tx: Tx, *, submission: UUID, file: NewFile) -> Upload | None:
    """None for one that was stored before. Takers of the same mail take turns."""
    await tx.value("SELECT 1 FROM submissions s WHERE s.workspace_id = $1 AND s.id = $2 FOR NO KEY UPDATE", tx.workspace, submission)
    state = await tx.value("SELECT f.state FROM files f WHERE f.workspace_id = $1 AND f.id = $2", tx.workspace, file.id)
    if state is None:
        await files.announce(tx, file, file.size)
    return None if state == "STORED" else await files.begin(tx, file.id)


async def _attached(tx: Tx, *, file_id: UUID, upload: Upload | None, sha256: str, outcome: Outcome) -> None:
    if upload:
        await files.finish(tx, upload, sha256)
    assert outcome.activity_id is not None
    await files.attach(tx, file_id, "Activity", outcome.activity_id)
    if outcome.lead_id:
        await files.attach(tx, file_id, "Lead", outcome.lead_id)


async def _chunks(data: bytes) -> AsyncIterator[bytes]:
    yield data
