"""Inboxes: where bounces, complaints and answers of a workspace arrive, who may say so, and how they are read."""

import base64
import binascii
import hashlib
import hmac
import ipaddress
import re
import secrets as random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Literal, Protocol, cast
from uuid import UUID

import orjson

from leadwell import events, work
from leadwell.base import secrets
from leadwell.base.identity import clean
from leadwell.base.ids import uuid7
from leadwell.base.refusals import NotFound, Refusal, Unavailable
from leadwell.base.rows import Revision, locked, revise
from leadwell.base.tx import Tx
from leadwell.delivery.inbound import Arrival
from leadwell.delivery.providers import Provider, UnreadableEvents, read_events
from leadwell.delivery.returned import read_message
from leadwell.delivery.senders import HOST

PURPOSE, SECRET_OF = "mail-inbox", "inbox-secret"
TOLERANCE_S = 86_400   # a provider repeats an event under its first time; taking it twice harms nothing
FRESH_S = 300
FOLDER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._ /-]{0,99}")
RAW = ("message/rfc822", "text/plain", "application/octet-stream")
EVERY, MOST_LETTERS = "55 seconds", 50


class BadInbox(Refusal):
    """{problem}"""


class InboxClosed(Refusal):
    """This inbox takes nothing any more."""

    fix = "Bring it back with updateInbox(isActive: true), or send to another one."
    status = 410


class NotProven(Refusal):
    """Nothing proves that this is from whom the inbox is for."""

    fix = "Set the inbox's secret where the events come from; docs/guide/mail.md says how for each provider."
    status = 401


class InboxAway(Unavailable):
    """The inbox {server} cannot be read: {why}."""

    fix = "Check its server, login and folder; it is tried again by itself."


class Box(Protocol):
    """The port to what is read. A letter stays until `done`, so one whose taker died comes again and is known by its Message-ID."""

    async def fetch(self, most: int) -> Sequence[Any]: ...

    async def done(self, uids: Sequence[str]) -> None: ...


@dataclass(frozen=True, slots=True)
class NewInbox:
    """What an inbox is made from; `folder` is of the mailbox, or of the workspace's part of LEADWELL_MAIL_DIR."""

    name: str
    kind: Literal["WEBHOOK", "IMAP", "DIRECTORY"]
    provider: Provider = "LEADWELL"
    host: str | None = None
    port: int | None = None
    login: str | None = None
    security: Literal["TLS", "NONE"] | None = None
    folder: str | None = None
    is_active: bool = True


@dataclass(frozen=True, slots=True)
class MadeInbox:
    """`secret` is shown this once; None where the caller gave it, or there is none."""

    id: UUID
    secret: str | None


COLUMNS = tuple(one.name for one in fields(NewInbox))


async def create_inbox(tx: Tx, new: NewInbox, secret: str | None = None) -> MadeInbox:
    """An inbox. What is posted to it has to be proven, so a webhook gets a secret of ours where the provider has none of its own. BadInbox."""
    values = _sound({name: getattr(new, name) for name in COLUMNS}, secret)
    ours = "whsec_" + base64.b64encode(random.token_bytes(24)).decode() if new.kind == "WEBHOOK" and not secret else None
    id, now = uuid7(), await tx.now()
    marks = ", ".join(f"${i}" for i in range(7, 7 + len(COLUMNS)))
    await tx.execute(
        f"INSERT INTO inboxes (workspace_id, id, key, created_at, updated_at, secret_key_id, secret_ciphertext, {', '.join(COLUMNS)}) "
        f"VALUES ($1, $2, $3, $4, $4, $5, $6, {marks})", tx.workspace, id, random.token_hex(8), now, *_sealed(secret or ours), *(values[c] for c in COLUMNS))
    await events.note(tx, "inbox.created", "Inbox", id, version=1, data={"name": values["name"], "kind": new.kind})
    return MadeInbox(id, ours)


async def update_inbox(tx: Tx, id: UUID, changes: Mapping[str, Any], expected_version: int | None = None, *, secret: str | None = None) -> Revision:
    """Changes what is given; kind and provider stay. Another server needs its password again. BadInbox, StaleVersion."""
    row = await locked(tx, "inbox", "inboxes", id, expected_version)
    values = _sound({**{name: row[name] for name in COLUMNS}, **changes}, secret or ("kept" if row["secret_ciphertext"] else None))
    if secret is None and row["kind"] == "IMAP" and any(values[name] != row[name] for name in ("host", "port", "login", "security")):
        raise BadInbox(field="password", problem="Where the inbox is read has changed, so its password has to be said again.", fix="Send the password along.")
    changed = {name: values[name] for name in COLUMNS} | {"failing_since": None, "last_error": None}
    if secret:
        changed["secret_key_id"], changed["secret_ciphertext"] = _sealed(secret)
    revision = await revise(tx, "inbox", "inboxes", row, changed)
    await events.revised(tx, "inbox.updated", "Inbox", id, revision)
    return revision


def inbox_token(workspace: UUID, id: UUID) -> str:
    """What stands in the address that events are posted to."""
    return secrets.sign(PURPOSE, workspace.bytes + id.bytes)


def read_inbox_token(token: str) -> tuple[UUID, UUID]:
    """Workspace and inbox. BadToken."""
    raw = secrets.verify(PURPOSE, token[:300])
    if len(raw) != 32:
        raise secrets.BadToken()
    return UUID(bytes=raw[:16]), UUID(bytes=raw[16:])


async def open_inbox(tx: Tx, id: UUID) -> dict[str, Any]:
    """The inbox with its secret as `secret`. NotFound, InboxClosed."""
    row = await tx.row("SELECT i.* FROM inboxes i WHERE i.workspace_id = $1 AND i.id = $2", tx.workspace, id)
    if row is None:
        raise NotFound(noun="inbox")
    if not row["is_active"] or row["archived_at"]:
        raise InboxClosed()
    sealed = row["secret_ciphertext"]
    return {**dict(row), "secret": secrets.decrypt(SECRET_OF, row["secret_key_id"], sealed).decode() if sealed else ""}


def arrivals(inbox: Mapping[str, Any], headers: Mapping[str, str], raw: bytes, now: float, *, signed: Mapping[str, Any] | None = None) -> list[Arrival]:
    """What a post tells, proven on its raw bytes before anything is read; `signed` by SNS for the inbox's topic it needs no more proof. NotProven,
    UnreadableEvents, UnreadableMessage."""
    media, digest = headers.get("content-type", "").partition(";")[0].strip().lower(), hashlib.sha256(raw).hexdigest()
    body = None if media in RAW and inbox["provider"] in ("LEADWELL", "SES") and not raw.lstrip().startswith(b"{") else _json(raw)
    believed = signed is not None and inbox["topic"] == signed.get("TopicArn")
    if not believed and not _proven(inbox, headers, raw, body, now):
        raise NotProven()
    if body is None:
        return [Arrival(read_message(raw, digest), inbox["id"], inbox["key"], raw=raw)]
    told = read_events(inbox["provider"], body, digest)
    return [Arrival(one, inbox["id"], inbox["key"], trusted=one.kind not in ("REPLY", "AUTO_REPLY")) for one in told]


def _proven(inbox: Mapping[str, Any], headers: Mapping[str, str], raw: bytes, body: Any, now: float) -> bool:
    secret = str(inbox["secret"])
    if inbox["provider"] == "MAILGUN":
        return _mailgun(secret, body, now)
    if inbox["provider"] == "SENDGRID":
        return _sendgrid(secret, headers, raw)
    return _basic(secret, headers) or (inbox["provider"] == "LEADWELL" and _standard(secret, headers, raw, now))


def _basic(secret: str, headers: Mapping[str, str]) -> bool:
    """The secret as the password of the address that is posted to, where a provider signs nothing itself."""
    scheme, _, given = headers.get("authorization", "").partition(" ")
    try:
        _, _, password = base64.b64decode(given, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return False
    return scheme.lower() == "basic" and bool(secret) and hmac.compare_digest(password.encode(), secret.encode())


def _standard(secret: str, headers: Mapping[str, str], raw: bytes, now: float) -> bool:
    """Standard Webhooks over whatever was posted; the library there is takes JSON alone."""
    id, stamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not id or not (stamp.isascii() and stamp.isdigit() and len(stamp) < 13) or abs(now - int(stamp)) > FRESH_S:
        return False
    try:
        key = base64.b64decode(secret.removeprefix("whsec_"), validate=True) if secret.startswith("whsec_") else secret.encode()
    except binascii.Error:
        return False
    ours = base64.b64encode(hmac.digest(key, f"{id}.{stamp}.".encode() + raw, hashlib.sha256))
    given = headers.get("webhook-signature", "").split(" ")[:20]
    return any(hmac.compare_digest(b"v1," + ours, one.encode()) for one in given)


def _mailgun(secret: str, body: Any, now: float) -> bool:
    """HMAC-SHA256 over timestamp and token, in the body."""
    told: Any = cast("dict[str, Any]", body).get("signature") if isinstance(body, dict) else None
    if not isinstance(told, dict) or not secret:
        return False
    said = cast("dict[str, Any]", told)
    stamp, token, given = (str(said.get(name, "")) for name in ("timestamp", "token", "signature"))
    fresh = stamp.isascii() and stamp.isdigit() and len(stamp) < 13 and abs(now - int(stamp)) <= TOLERANCE_S
    return fresh and hmac.compare_digest(hmac.new(secret.encode(), (stamp + token).encode(), hashlib.sha256).hexdigest().encode(), given.encode())


def _sendgrid(secret: str, headers: Mapping[str, str], raw: bytes) -> bool:
    """ECDSA over timestamp and body; the secret is the public key SendGrid shows."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    stamp = headers.get("x-twilio-email-event-webhook-timestamp", "")
    try:
        key = serialization.load_der_public_key(base64.b64decode(secret, validate=True))
        assert isinstance(key, ec.EllipticCurvePublicKey)
        key.verify(base64.b64decode(headers.get("x-twilio-email-event-webhook-signature", ""), validate=True), stamp.encode() + raw, ec.ECDSA(hashes.SHA256()))
    except (InvalidSignature, ValueError, AssertionError, binascii.Error):
        return False
    return True


def _json(raw: bytes) -> Any:
    try:
        return orjson.loads(raw)
    except (orjson.JSONDecodeError, RecursionError):
        raise UnreadableEvents(problem="it is no JSON in UTF-8") from None


def _sealed(secret: str | None) -> tuple[str | None, bytes | None]:
    return secrets.encrypt(SECRET_OF, secret.encode()) if secret else (None, None)


def _sound(values: dict[str, Any], secret: str | None) -> dict[str, Any]:
    """The values as they are kept; BadInbox says which of them cannot be."""
    values["name"] = clean(values["name"])
    if not values["name"]:
        raise BadInbox(field="name", problem="An inbox has a name.")
    if values["kind"] == "WEBHOOK":
        if values["provider"] in ("MAILGUN", "SENDGRID") and not secret:
            raise BadInbox(field="password", problem="What this provider sends is proven with a key of its own.",
                           fix="Send Mailgun's HTTP webhook signing key, or SendGrid's verification key, along.")  # fmt: skip
        return values | dict.fromkeys(("host", "port", "login", "security", "folder"))
    if values["provider"] != "LEADWELL":
        raise BadInbox(field="provider", problem="Only what is posted has a provider.", fix="Leave it out.")
    if values["folder"] is not None and (not FOLDER.fullmatch(values["folder"]) or ".." in values["folder"]):
        raise BadInbox(field="folder", problem="That is no name of a folder.", fix="Letters, digits, blanks and . _ - / are possible.")
    if values["kind"] == "DIRECTORY":
        return values | {"folder": values["folder"] or "inbox"} | dict.fromkeys(("host", "port", "login", "security"))
    if not values["host"] or not HOST.fullmatch(values["host"]) or not values["login"] or not secret:
        raise BadInbox(field="host" if not values["host"] else "password", problem="A mailbox is read with a server, a login and a password.")
    values["security"] = values["security"] or "TLS"
    if values["security"] == "NONE" and not _here(values["host"]):
        raise BadInbox(field="security", problem="The password would travel in the open.", fix="Take TLS; NONE is for this machine alone.")
    return values | {"port": values["port"] or (993 if values["security"] == "TLS" else 143), "folder": values["folder"] or "INBOX"}


def _here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"


async def plan_reading(tx: Tx) -> int:
    """Has every inbox that is read, and was not within the minute, read by a worker; returns how many."""
    rows = await tx.fetch(
        "SELECT i.id FROM inboxes i WHERE i.workspace_id = $1 AND i.kind IN ('IMAP', 'DIRECTORY') AND i.is_active AND i.archived_at IS NULL "
        "AND (i.read_at IS NULL OR i.read_at < clock_timestamp() - $2::text::interval)", tx.workspace, EVERY)
    await work.put(tx, *(work.NewJob("transfer", "transfer.inbox", {"id": str(r["id"])}, key=str(r["id"]), max_attempts=1) for r in rows))
    return len(rows)


async def was_read(tx: Tx, id: UUID, error: str | None = None) -> None:
    """The inbox was read, or could not be; the first failure is told."""
    before = await tx.value(
        "UPDATE inboxes i SET read_at = clock_timestamp(), last_error = $3, failing_since = CASE WHEN $3::text IS NULL THEN NULL ELSE "
        "coalesce(i.failing_since, clock_timestamp()) END FROM (SELECT o.id, o.failing_since FROM inboxes o WHERE o.workspace_id = $1 AND o.id = $2) b "
        "WHERE i.workspace_id = $1 AND i.id = b.id RETURNING b.failing_since IS NOT NULL", tx.workspace, id, error and error[:500])
    if error and before is False:
        await events.note(tx, "inbox.failing", "Inbox", id, data={"error": error[:500]})


async def forget_letters(tx: Tx) -> int:
    """What strangers wrote is not kept for ever: parked messages lose their text after ninety days; that they came stays."""
    return await tx.execute(
        "UPDATE inbound_messages SET letter = NULL WHERE workspace_id = $1 AND state = 'PARKED' AND letter IS NOT NULL AND created_at < $2::timestamptz "
        "- interval '90 days'", tx.workspace, await tx.now())
