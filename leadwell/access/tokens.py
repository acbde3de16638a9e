"""Random secrets and the hashes the database keeps of them."""

import hashlib
import re
import secrets
import zlib

SESSION, LINK, INVITATION, RESET = "lws_", "lwl_", "lwi_", "lwr_"
EXPOSED = re.compile(rb"lw_(live|test)_[0-9a-f]{4}|lws_[A-Za-z0-9_-]{20}")


def new_token(prefix: str) -> str:
    """256 random bits behind a prefix that secret scanners and people recognize."""
    return prefix + secrets.token_urlsafe(32)


def new_key(kind: str) -> tuple[str, str]:
    """A key's text `lw_live_<8>_<40>` and the part of it a list may show. The last 6 characters are a checksum, so that a typo needs no query."""
    shown = f"lw_{kind}_{secrets.token_hex(4)}"
    body = f"{shown}_{secrets.token_hex(17)}"
    return body + _checksum(body), shown


def is_key(text: str) -> bool:
    """Whether a text has the form of a key and its checksum is right."""
    return text.startswith(("lw_live_", "lw_test_")) and len(text) == 57 and text.isascii() and _checksum(text[:-6]) == text[-6:]


def exposed(path: str, query: bytes) -> bool:
    """Whether a key or session token stands in an address, where proxies, browsers and histories keep it."""
    return bool(EXPOSED.search(path.encode("utf-8", "replace")) or EXPOSED.search(query))


def digest(text: str) -> bytes:
    """What is stored: a fast hash is enough for a random secret."""
    return hashlib.sha256(text.encode()).digest()


def _checksum(text: str) -> str:
    return f"{zlib.crc32(text.encode()) & 0xFFFFFF:06x}"
