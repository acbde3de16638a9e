"""What happened: outbox, field history and audit in one table, numbered after commit."""

from leadwell.events.note import Event, hushed, note, note_all
from leadwell.events.read import about, latest, newer, read_on
from leadwell.events.sequence import BATCH, sequence

__all__ = ["BATCH", "Event", "about", "hushed", "latest", "newer", "note", "note_all", "read_on", "sequence"]
