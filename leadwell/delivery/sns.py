"""What Amazon SNS signs: whose certificate it names, whether the signature is of it, and which topic an inbox believes. Source: Amazon SNS developer
guide, "Verifying the signatures of Amazon SNS messages" (signature versions 1 and 2)."""

import base64
import binascii
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol, cast
from urllib.parse import urlsplit
from uuid import UUID

import orjson

from leadwell.base.refusals import Unavailable
from leadwell.base.tx import Tx
from leadwell.delivery.inboxes import NotProven

HOST = re.compile(r"sns\.[a-z0-9-]{2,30}\.amazonaws\.com(\.cn)?")
CONFIRMATION = "SubscriptionConfirmation"
SIGNED: Mapping[str, tuple[str, ...]] = {
    "Notification": ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    CONFIRMATION: ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
    "UnsubscribeConfirmation": ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
}


class SnsAway(Unavailable):
    """Amazon SNS cannot be asked whether this is from it: {why}."""

    fix = "Nothing: SNS sends it again by itself."


class Sns(Protocol):
    """The port to Amazon SNS. SnsAway."""

    async def certificate(self, url: str) -> bytes: ...

    async def confirm(self, url: str) -> None: ...


async def signed_by_sns(inbox: Mapping[str, Any], raw: bytes, sns: Sns | None, now: datetime) -> dict[str, Any] | None:
    """The message of an inbox for SES, if SNS signed it; None: whoever sent it has to prove it otherwise. SnsAway."""
    if inbox["provider"] != "SES" or sns is None or b"SigningCertURL" not in raw:
        return None
    try:
        body: Any = orjson.loads(raw)
    except orjson.JSONDecodeError:
        return None
    if (url := certificate_url(body)) is None or not genuine(body, await sns.certificate(url), now):
        return None
    return cast("dict[str, Any]", body)


def to_confirm(message: Mapping[str, Any] | None) -> str | None:
    """The address at which a signed message asks to confirm a subscription."""
    return str(message.get("SubscribeURL")) if message is not None and message.get("Type") == CONFIRMATION else None


async def believe(tx: Tx, inbox_id: UUID, message: Mapping[str, Any]) -> None:
    """The topic of a signed message is from now on the only one the inbox believes. NotProven where it believes another."""
    kept = await tx.value(
        "UPDATE inboxes SET topic = $3 WHERE workspace_id = $1 AND id = $2 AND (topic IS NULL OR topic = $3) RETURNING topic",
        tx.workspace, inbox_id, str(message.get("TopicArn"))[:300])
    if kept is None:
        raise NotProven(fix="The inbox believes another SNS topic already; make an inbox for each.")


def ours_to_ask(url: str) -> bool:
    """Whether an address is one of Amazon SNS itself, which alone may be asked for certificates and confirmations."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    return parts.scheme == "https" and port in (None, 443) and "@" not in parts.netloc and HOST.fullmatch(parts.hostname or "") is not None


def certificate_url(body: Any) -> str | None:
    """Where the certificate of a message is, if it is one of Amazon SNS and names it there."""
    said: Mapping[str, Any] = cast("dict[str, Any]", body) if isinstance(body, dict) else {}
    url = str(said.get("SigningCertURL"))
    return url if str(said.get("Type")) in SIGNED and ours_to_ask(url) and urlsplit(url).path.endswith(".pem") else None


def genuine(body: Mapping[str, Any], certificate: bytes, now: datetime) -> bool:
    """Whether the message was signed with the key of the certificate, which is valid at that moment."""
    from cryptography import x509
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding, rsa

    made = {"1": hashes.SHA1(), "2": hashes.SHA256()}.get(str(body.get("SignatureVersion")))  # noqa: S303 (version 1 of SNS is SHA-1)
    if made is None:
        return False
    try:
        read = x509.load_pem_x509_certificate(certificate)
        key, given = read.public_key(), base64.b64decode(str(body.get("Signature", "")), validate=True)
        if not isinstance(key, rsa.RSAPublicKey) or not read.not_valid_before_utc <= now <= read.not_valid_after_utc:
            return False
        key.verify(given, signed_text(body), padding.PKCS1v15(), made)
    except (InvalidSignature, ValueError, binascii.Error):
        return False
    return True


def signed_text(body: Mapping[str, Any]) -> bytes:
    """What the signature is over: names and values by turns, a line each."""
    names = [name for name in SIGNED.get(str(body.get("Type")), ()) if name != "Subject" or body.get("Subject")]
    return "".join(f"{name}\n{body.get(name, '')}\n" for name in names).encode()
