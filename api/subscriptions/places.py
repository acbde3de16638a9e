"""Places in a workspace's numbered events, as text that clients keep: behind an event, or between two records that one event concerns."""

import base64
import hashlib
from dataclasses import dataclass
from uuid import UUID

from leadwell.catalog import BadCursor

SEALED = 6


@dataclass(frozen=True, slots=True)
class Place:
    """Everything up to event number `seq` was seen and, of the event after it, the records up to `record` in order of their ids."""

    seq: int
    record: UUID | None = None

    def cursor(self, workspace: UUID) -> str:
        """As text that belongs to its workspace."""
        told = self.seq.to_bytes(8, "big") + (self.record.bytes if self.record else b"")
        return base64.urlsafe_b64encode(told + _seal(workspace, told)).decode().rstrip("=")

    @classmethod
    def read(cls, workspace: UUID, cursor: str) -> "Place":
        """The place behind a cursor; BadCursor when it is none, or another workspace's."""
        try:
            raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        except ValueError:
            raw = b""
        told, seal = raw[:-SEALED], raw[-SEALED:]
        if len(told) not in (8, 24) or seal != _seal(workspace, told):
            raise BadCursor(field="after", why="it is not the cursor of an event of this workspace", fix=FIX)
        return cls(int.from_bytes(told[:8], "big"), UUID(bytes=told[8:]) if told[8:] else None)

    def behind(self, seq: int, record: UUID) -> bool:
        """Whether this record's part of event `seq` is still to be told."""
        return seq > self.seq + 1 or (seq == self.seq + 1 and (self.record is None or record.bytes > self.record.bytes))


FIX = "Ask for eventCursor together with what you show, and subscribe after it."


def _seal(workspace: UUID, told: bytes) -> bytes:
    return hashlib.sha256(workspace.bytes + told).digest()[:SEALED]
