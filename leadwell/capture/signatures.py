"""Whether a body is from who it says it is: verified on the raw bytes, before anything is read. Pure."""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Mapping

from leadwell.base.refusals import Refusal
from leadwell.capture.feeds import Feed

TOLERANCE_S = 300
LINKEDIN = b"hmacsha256="
CODE = re.compile(r"[A-Za-z0-9-]{1,100}")   # a UUID: whoever could have any text signed here would sign leads of their own


class BadSignature(Refusal):
    """The signature of what was sent is missing, wrong or too old."""

    fix = "Sign the raw body with the feed's secret, and send it at once."
    status = 401


def verify(feed: Feed, headers: Mapping[str, str], body: bytes, now: float) -> None:
    """BadSignature. Google Ads sends its key inside the body; `ads` looks at that."""
    secret = feed.secret or b""
    if feed.kind == "META":
        fine = _hex(secret, body, headers.get("x-hub-signature-256", "").removeprefix("sha256="))
    elif feed.kind == "LINKEDIN":
        given = headers.get("x-li-signature", "").removeprefix(LINKEDIN.decode())
        fine = _hex(secret, body, given) or _hex(secret, LINKEDIN + body, given)
    elif feed.signature == "HMAC":
        given = headers.get((feed.signature_header or "x-signature").lower(), "").removeprefix("sha256=").strip()
        fine = _hex(secret, body, given) or _equal(_digest(secret, body), _base64(given))
    elif feed.signature == "STANDARD":
        fine = _standard(secret, headers, body, now)
    else:
        return
    if not (fine and secret):
        raise BadSignature()


def event_id(feed: Feed, headers: Mapping[str, str], body: bytes) -> str | None:
    """What names a delivery that names nothing itself: its header, or, where it is signed, its bytes, so that a replay is the same event."""
    named = headers.get("webhook-id") if feed.signature == "STANDARD" else headers.get("idempotency-key")
    return named[:200] if named else hashlib.sha256(body).hexdigest() if feed.signature != "NONE" else None


def challenge(feed: Feed, query: Mapping[str, str]) -> tuple[str, bool] | None:
    """What a vendor's handshake is answered, and whether as JSON; None when it is not asked rightly. Meta's verify token is the feed's key."""
    if feed.kind == "META" and query.get("hub.mode") == "subscribe" and hmac.compare_digest(query.get("hub.verify_token", "").encode(), feed.key.encode()):
        return query.get("hub.challenge", "")[:500], False
    code = query.get("challengeCode", "")
    if feed.kind == "LINKEDIN" and feed.secret and CODE.fullmatch(code):
        return hmac.new(feed.secret, code.encode(), hashlib.sha256).hexdigest(), True
    return None


def _digest(secret: bytes, body: bytes) -> bytes:
    return hmac.digest(secret, body, hashlib.sha256)


def _hex(secret: bytes, body: bytes, given: str) -> bool:
    try:
        return _equal(_digest(secret, body), bytes.fromhex(given))
    except ValueError:
        return False


def _equal(ours: bytes, theirs: bytes) -> bool:
    return hmac.compare_digest(ours, theirs)


def _base64(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""


def _standard(secret: bytes, headers: Mapping[str, str], body: bytes, now: float) -> bool:
    """Standard Webhooks: HMAC over "id.timestamp.body"; one of several signatures is enough."""
    id, sent = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not id or not (sent.isascii() and sent.isdigit() and len(sent) <= 12) or abs(now - int(sent)) > TOLERANCE_S:
        return False
    key = _base64(secret.decode("ascii", "replace").removeprefix("whsec_")) if secret.startswith(b"whsec_") else secret
    ours = _digest(key, f"{id}.{sent}.".encode() + body)
    return any(_equal(ours, _base64(one.partition(",")[2])) for one in headers.get("webhook-signature", "").split(" ")[:20] if one.startswith("v1,"))
