"""What happened: outbox, field history and audit in one table, numbered after commit."""

from leadwell.events.note import Event, hush, hushed, note, note_all
from leadwell.events.read import about, glanced, kept, latest, newer, read_on
from leadwell.events.redact import redact
from leadwell.events.sequence import BATCH, sequence
from leadwell.events.telling import HIDDEN, first, revised, told

__all__ = [
    "BATCH", "HIDDEN", "Event", "about", "first", "glanced", "hush", "hushed", "kept", "latest", "newer", "note", "note_all", "read_on", "redact", "revised",
    "sequence", "told",
]  # fmt: skip
