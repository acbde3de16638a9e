"""Signs mail (RFC 6376, relaxed/relaxed, rsa-sha256): a key of our own for each sender, because the library there is signs in Python and takes 20 ms."""

import base64
import hashlib
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, cast

from leadwell.base import secrets

if TYPE_CHECKING:   # the library takes 7 MB, which few processes need
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

PURPOSE, BITS = "dkim-key", 2048
SIGNED = (
    "from", "to", "subject", "date", "message-id", "reply-to", "in-reply-to", "references", "mime-version", "content-type", "list-unsubscribe",
    "list-unsubscribe-post",
)  # fmt: skip
_BLANKS = re.compile(rb"[ \t]+")
_END = re.compile(rb"[ \t]+\r\n")


@dataclass(frozen=True, slots=True)
class Key:
    """A new key: its public half for DNS (base64), its private one sealed."""

    public: str
    key_id: str
    sealed: bytes


@dataclass(frozen=True, slots=True)
class Signer:
    """With which key mail is signed, and for which domain."""

    domain: str
    selector: str
    key_id: str
    sealed: bytes


def new_key() -> Key:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    made = rsa.generate_private_key(public_exponent=65537, key_size=BITS)
    private = made.private_bytes(serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    public = made.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return Key(base64.b64encode(public).decode(), *secrets.encrypt(PURPOSE, private))


def record(domain: str, selector: str, public: str) -> tuple[str, str]:
    """The name and the text of the TXT record that says the key."""
    return f"{selector}._domainkey.{domain}", f"v=DKIM1; k=rsa; p={public}"


def sign(content: bytes, signer: Signer) -> bytes:
    """The mail with its signature on top; the same mail gets the same signature."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding

    head, _, body = content.partition(b"\r\n\r\n")
    headers = [(name.lower().decode(), name, value) for name, value in _headers(head)]
    chosen = [one for name in SIGNED for one in headers if one[0] == name]
    digest = base64.b64encode(hashlib.sha256(_body(body)).digest()).decode()
    names = ":".join(name for name, _, _ in chosen)
    bare = f"v=1; a=rsa-sha256; c=relaxed/relaxed; d={signer.domain}; s={signer.selector};\r\n\th={names};\r\n\tbh={digest};\r\n\tb="
    said = b"".join(_header(name.encode(), value) + b"\r\n" for name, _, value in chosen) + _header(b"dkim-signature", bare.encode())
    signature = base64.b64encode(_private(signer.key_id, signer.sealed).sign(said, padding.PKCS1v15(), hashes.SHA256())).decode()
    folded = "\r\n\t ".join(signature[i : i + 72] for i in range(0, len(signature), 72))
    return f"DKIM-Signature: {bare}{folded}\r\n".encode() + content


@lru_cache(maxsize=500)
def _private(key_id: str, sealed: bytes) -> "RSAPrivateKey":
    from cryptography.hazmat.primitives import serialization

    return cast("RSAPrivateKey", serialization.load_der_private_key(secrets.decrypt(PURPOSE, key_id, sealed), None))


def _headers(head: bytes) -> list[tuple[bytes, bytes]]:
    unfolded: list[tuple[bytes, bytes]] = []
    for line in head.split(b"\r\n"):
        if line[:1] in (b" ", b"\t") and unfolded:
            name, value = unfolded[-1]
            unfolded[-1] = (name, value + b"\r\n" + line)
        else:
            name, _, value = line.partition(b":")
            unfolded.append((name, value))
    return unfolded


def _header(name: bytes, value: bytes) -> bytes:
    """Relaxed: small name, one line, single blanks, none at the ends."""
    return name.lower().strip() + b":" + _BLANKS.sub(b" ", value.replace(b"\r\n", b"")).strip()


def _body(body: bytes) -> bytes:
    """Relaxed: no blanks at line ends, single ones within, no empty lines at the end, and one line end there."""
    reduced = _BLANKS.sub(b" ", _END.sub(b"\r\n", body + (b"" if body.endswith(b"\r\n") else b"\r\n")))
    return reduced.rstrip(b"\r\n") + b"\r\n" if reduced.strip(b"\r\n") else b""
