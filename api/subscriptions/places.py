"""Places in a workspace's numbered events, as text that clients keep: behind an event, or between two records that one event concerns."""

import base64
from dataclasses import dataclass
from uuid import UUID

from leadwell.base.refusals import Refusal
from leadwell.catalog import BadCursor
from leadwell.events.places import SEALED, cursor, seal


class CursorTooOld(Refusal):
    """Events behind this cursor are no longer kept."""

    fix = "Read what you show again, with eventCursor, and subscribe after that."
    status = 410


@dataclass(frozen=True, slots=True)
class Place:
    """Everything up to event number `seq` was seen and, of the event after it, the records up to `record` in order of their ids."""

    seq: int
    record: UUID | None = None

    def cursor(self, workspace: UUID) -> str:
        """As text that belongs to its workspace."""
        return cursor(workspace, self.seq, self.record)

    @classmethod
    def read(cls, workspace: UUID, text: str) -> "Place":
        """The place behind a cursor; BadCursor when it is none, or another workspace's."""
        try:
            raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        except ValueError:
            raw = b""
        told, sealed = raw[:-SEALED], raw[-SEALED:]
        if len(told) not in (8, 24) or sealed != seal(workspace, told):
            raise BadCursor(field="after", why="it is not the cursor of an event of this workspace", fix=FIX)
        return cls(int.from_bytes(told[:8], "big"), UUID(bytes=told[8:]) if told[8:] else None)

    def check(self, first: int, last: int) -> None:
        """Refuses a place that a workspace which keeps events `first` to `last` cannot go on from: CursorTooOld, BadCursor."""
        if self.seq > last:    # of a database that was since restored to an earlier time
            raise BadCursor(field="after", why="it lies ahead of everything that has happened in this workspace", fix=FIX)
        if self.seq + 1 < first:
            raise CursorTooOld(field="after")

    def behind(self, seq: int, record: UUID) -> bool:
        """Whether this record's part of event `seq` is still to be told."""
        return seq > self.seq + 1 or (seq == self.seq + 1 and (self.record is None or record.bytes > self.record.bytes))


FIX = "Ask for eventCursor together with what you show, and subscribe after it."
