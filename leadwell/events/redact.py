"""Takes the data out of events, and says so: the one way to change an event that was numbered."""

import hashlib
from collections.abc import Sequence
from uuid import UUID

from leadwell.base.ids import uuid7
from leadwell.base.tx import Tx
from leadwell.events.note import Event, note_all


async def redact(tx: Tx, ids: Sequence[UUID], person: UUID) -> int:
    """The data of these events goes, their digests stay; a new event holds how many they were and the hash of their ids, so that a verification can tell a
    redaction from a forgery. `person` is whom they are about. Events that have no number, or that a reader has still to read, are left.
    Returns how many."""
    by = uuid7()
    gone = sorted(row["id"] for row in await tx.fetch("SELECT r AS id FROM lw_redact_events($1, $2::uuid[], $3) r", tx.workspace, list(ids), by))
    if gone:
        told = {"count": len(gone), "ids": hashlib.sha256(b"".join(id.bytes for id in gone)).hexdigest()}
        await note_all(tx, [Event("events.redacted", "Person", person, data=told)], [by])
    return len(gone)
