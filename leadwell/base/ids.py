"""Record ids (uuid7, made by the application) and the opaque ids the outside sees."""

import base64
import binascii
import os
import threading
import time
from uuid import UUID

from asyncpg.pgproto.pgproto import UUID as Made  # compared, hashed and sent several times as fast as its parent, and what a read answers

from leadwell.base.refusals import Refusal

POOL = 4096     # random bytes drawn at once: asking the system for each id's own takes a third of making it
_lock = threading.Lock()
_last = 0
_drawn, _used = b"", 0


class BadId(Refusal):
    """"{id}" is not an id of this kind."""

    fix = "Pass an id exactly as the API returned it."


def uuid7() -> UUID:
    """A time-ordered id (RFC 9562, version 7): 48 bits of milliseconds, 12 of a counter within them, 62 random; never decreasing in a process."""
    global _last, _drawn, _used
    with _lock:
        stamp = time.time_ns() * 4096 // 1_000_000
        _last = stamp = max(stamp, _last + 1)
        if _used == len(_drawn):
            _drawn, _used = os.urandom(POOL), 0
        _used += 8
        own = _drawn[_used - 8 : _used]
    value = (stamp >> 12) << 80 | 7 << 76 | (stamp & 0xFFF) << 64 | 2 << 62 | int.from_bytes(own, "big") >> 2
    return Made(value.to_bytes(16, "big"))


def _forget() -> None:
    """A forked process draws its own."""
    global _drawn, _used
    _drawn, _used = b"", 0


os.register_at_fork(after_in_child=_forget)


def encode_id(tag: int, id: UUID) -> str:
    """Opaque id: the noun's tag (2 bytes) and the uuid, base64url. 24 characters, no padding."""
    return base64.urlsafe_b64encode(tag.to_bytes(2, "big") + id.bytes).decode()


def encoded(tag: int, id: str) -> str:
    """encode_id in SQL: an expression of type text, of one of type uuid. `translate` would take twice as long."""
    return f"replace(replace(encode('\\x{tag:04x}'::bytea||uuid_send({id}),'base64'),'+','-'),'/','_')"


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
