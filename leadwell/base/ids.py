"""Record ids (uuid7, made by the application) and the opaque ids the outside sees."""

import base64
import binascii
import os
import threading
import time
from uuid import UUID

from asyncpg.pgproto.pgproto import UUID as Made  # compared, hashed and sent several times as fast as its parent, and what a read answers

from leadwell.base.refusals import Refusal

_lock = threading.Lock()
_last = 0


class BadId(Refusal):
    """"{id}" is not an id of this kind."""

    fix = "Pass an id exactly as the API returned it."


def uuid7() -> UUID:
    """A time-ordered id (RFC 9562, version 7): 48 bits of milliseconds, 12 of a counter within them, 62 random; never decreasing in a process."""
    global _last
    with _lock:
        stamp = time.time_ns() * 4096 // 1_000_000
        _last = stamp = max(stamp, _last + 1)
    value = (stamp >> 12) << 80 | 7 << 76 | (stamp & 0xFFF) << 64 | 2 << 62 | int.from_bytes(os.urandom(8), "big") >> 2
    return Made(value.to_bytes(16, "big"))


def encode_id(tag: int, id: UUID) -> str:
    """Opaque id: the noun's tag (2 bytes) and the uuid, base64url. 24 characters, no padding."""
    return base64.urlsafe_b64encode(tag.to_bytes(2, "big") + id.bytes).decode()


def encoded(tag: int, id: str) -> str:
    """encode_id in SQL: an expression of type text, of one of type uuid."""
    return f"translate(encode('\\x{tag:04x}'::bytea||uuid_send({id}),'base64'),'+/','-_')"


def decode_id(text: str, tag: int | None = None) -> tuple[int, UUID]:
    """The tag and uuid of an opaque id; BadId when malformed, or of another noun than `tag`."""
    try:
        raw = base64.b64decode(text, altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise BadId(id=text[:60]) from None
    found = int.from_bytes(raw[:2], "big")
    if len(raw) != 18 or tag not in (None, found):
        raise BadId(id=text[:60])
    return found, UUID(bytes=raw[2:])
