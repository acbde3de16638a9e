"""Places in a workspace's numbered events, as text that clients keep and go on from."""

import base64
import hashlib
from uuid import UUID

SEALED = 6


def cursor(workspace: UUID, seq: int, record: UUID | None = None) -> str:
    """The place behind event number `seq`, or behind one of its records; it belongs to its workspace."""
    told = seq.to_bytes(8, "big") + (record.bytes if record else b"")
    return base64.urlsafe_b64encode(told + seal(workspace, told)).decode().rstrip("=")


def seal(workspace: UUID, told: bytes) -> bytes:
    return hashlib.sha256(workspace.bytes + told).digest()[:SEALED]
