"""AWS Signature Version 4 for one request, as S3 and its like check it.

Source: https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html; its example is a test.
"""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote, urlsplit

EMPTY = hashlib.sha256(b"").hexdigest()
UNSIGNED = "UNSIGNED-PAYLOAD"


@dataclass(frozen=True, slots=True)
class Login:
    """An access key and the region it is used in."""

    key: str
    secret: str
    region: str


def signed(login: Login, method: str, url: str, headers: Mapping[str, str], now: datetime, payload: str = EMPTY) -> dict[str, str]:
    """The headers to send: those given, with host, date, hash of the payload and signature. `url` has its path quoted and no query."""
    parts, stamp = urlsplit(url), now.strftime("%Y%m%dT%H%M%SZ")
    sent = {name.lower(): value.strip() for name, value in headers.items()}
    sent |= {"host": parts.netloc, "x-amz-content-sha256": payload, "x-amz-date": stamp}
    names = ";".join(sorted(sent))
    canonical = "\n".join([
        method, parts.path or "/", "", *(f"{name}:{sent[name]}" for name in sorted(sent)), "", names, payload,
    ])  # fmt: skip
    scope = f"{stamp[:8]}/{login.region}/s3/aws4_request"
    told = "\n".join(["AWS4-HMAC-SHA256", stamp, scope, hashlib.sha256(canonical.encode()).hexdigest()])
    key = f"AWS4{login.secret}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), hashlib.sha256)
    signature = hmac.new(key, told.encode(), hashlib.sha256).hexdigest()
    return sent | {"authorization": f"AWS4-HMAC-SHA256 Credential={login.key}/{scope},SignedHeaders={names},Signature={signature}"}


def quoted(path: str) -> str:
    """A path as it is signed and sent."""
    return quote(path, safe="/-_.~")
