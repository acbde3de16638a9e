"""Keys of this installation, set once at wiring: sealing, signed tokens, and the pepper of address hashes.

The ring is append-only. Its first key makes the pepper and stays for good; its last one seals and signs; all of them open and verify.
"""

import base64
import hashlib
import hmac
import os
from collections.abc import Mapping, Sequence

from leadwell.base.refusals import Refusal

_MAC_BYTES = 16
_NONCE_BYTES = 12


class SecretsNotConfigured(RuntimeError):
    """`secrets.configure` was not called: this process has no key ring."""


class BadToken(Refusal):
    """This link is damaged or was not made here."""

    fix = "Open the link exactly as it stands in the mail."
    status = 404


_ring: dict[str, bytes] = {}
_derived: dict[tuple[str, str], bytes] = {}


def configure(keys: Sequence[tuple[str, bytes]]) -> None:
    """Takes the key ring of the settings; called once, at wiring."""
    _ring.clear()
    _derived.clear()
    _ring.update(keys)


def pepper() -> bytes:
    """What address hashes are keyed with; the same for the life of the database."""
    return _key(next(iter(_keys())), "address-pepper")


def encrypt(purpose: str, plain: bytes) -> tuple[str, bytes]:
    """The id of the key used and the sealed bytes (AES-256-GCM, nonce first)."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    key_id, nonce = _newest(), os.urandom(_NONCE_BYTES)
    return key_id, nonce + AESGCM(_key(key_id, purpose)).encrypt(nonce, plain, purpose.encode())


def decrypt(purpose: str, key_id: str, sealed: bytes) -> bytes:
    """Opens what `encrypt` sealed for the same purpose."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    if key_id not in _keys():
        raise SecretsNotConfigured(f"the key ring lacks the key {key_id}")
    return AESGCM(_key(key_id, purpose)).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], purpose.encode())


def sign(purpose: str, payload: bytes) -> str:
    """A token for URLs, "key.payload.signature": it carries the payload in the open, never expires, and works for one purpose alone."""
    key_id = _newest()
    return f"{key_id}.{_text(payload)}.{_text(_mac(key_id, purpose, payload))}"


def verify(purpose: str, token: str) -> bytes:
    """The payload of a token made by `sign` for the same purpose; BadToken otherwise."""
    parts = token.split(".")
    if len(parts) != 3 or parts[0] not in _keys():
        raise BadToken()
    try:
        payload, mac = _bytes(parts[1]), _bytes(parts[2])
    except ValueError:
        raise BadToken() from None
    if not hmac.compare_digest(mac, _mac(parts[0], purpose, payload)):
        raise BadToken()
    return payload


def mark(purpose: str, payload: bytes, size: int) -> bytes:
    """The first bytes of a signature, for places too narrow for a token, such as the part of a mail address behind its plus."""
    return _mac(_newest(), purpose, payload)[:size]


def marked(purpose: str, payload: bytes, given: bytes) -> bool:
    """Whether `mark` made it, with whichever key of the ring."""
    return any(hmac.compare_digest(given, _mac(key_id, purpose, payload)[: len(given)]) for key_id in _keys())


def _keys() -> Mapping[str, bytes]:
    if not _ring:
        raise SecretsNotConfigured("secrets.configure was not called")
    return _ring


def _newest() -> str:
    return next(reversed(tuple(_keys())))


def _key(key_id: str, purpose: str) -> bytes:
    """A key of its own for each purpose (one block of HKDF-SHA256, RFC 5869), so that a token of one kind is worthless as another."""
    found = _derived.get((key_id, purpose))
    if found is None:
        extracted = hmac.digest(b"leadwell", _keys()[key_id], "sha256")
        found = _derived[key_id, purpose] = hmac.digest(extracted, purpose.encode() + b"\x01", "sha256")
    return found


def _mac(key_id: str, purpose: str, payload: bytes) -> bytes:
    return hmac.digest(_key(key_id, "sign:" + purpose), payload, hashlib.sha256)[:_MAC_BYTES]


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
