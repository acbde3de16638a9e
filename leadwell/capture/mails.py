"""Mail from people to us: who wrote, about what, and whether a program did. Pure."""

import email
import email.policy
import email.utils
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from email.message import EmailMessage
from typing import Any, cast

from leadwell.base.identity.emails import listed
from leadwell.base.refusals import Refusal
from leadwell.templates import plain_text

LONGEST, LONGEST_HTML, MOST_ATTACHED = 10_000, 500_000, 20
_QUOTE = re.compile(
    r"^\s*(On .{5,200} wrote:|Am .{5,200} schrieb .{1,200}:|Le .{5,200} a écrit\s?:|-{2,} ?(Original Message|Ursprüngliche Nachricht) ?-{2,}|_{20,})\s*$",
    re.MULTILINE | re.IGNORECASE)
_GAPS = re.compile(r"\n{3,}")
# What providers call headers, folded.
TOLD = {
    "from": "from", "subject": "subject", "to": "to", "cc": "cc", "replyto": "reply-to", "date": "date", "messageid": "message-id",
    "inreplyto": "in-reply-to", "references": "references", "recipient": "delivered-to", "originalrecipient": "delivered-to",
}  # fmt: skip
_ROBOTS = re.compile(r"^(no-?reply|do-?not-?reply|mailer-daemon|postmaster|bounces?)([+._-].*)?$", re.IGNORECASE)


class UnreadableMail(Refusal):
    """What was sent is no mail that can be read: {problem}."""

    fix = "Send the raw message, or the provider's JSON with sender and text."


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that hung on a mail."""

    name: str
    media_type: str
    data: bytes

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.data).hexdigest()


@dataclass(frozen=True, slots=True)
class MailIn:
    """`automatic`: why it is no person's; `references` are Message-IDs, In-Reply-To first; `recipients` every address it went to, as written."""

    sender: str
    name: str | None
    subject: str
    text: str
    message_id: str | None = None
    references: tuple[str, ...] = ()
    recipients: tuple[str, ...] = ()
    automatic: str | None = None
    at: str | None = None
    attachments: tuple[Attachment, ...] = ()


def read_raw(raw: bytes) -> MailIn:
    """A message as it travels (RFC 5322). UnreadableMail when nobody can be found who wrote it."""
    try:
        message = email.message_from_bytes(raw, policy=email.policy.default)
        headers = {name.lower(): str(value)[:5000] for name, value in reversed(message.items())}
        return replace(_made(headers, _words(message)), attachments=_attached(message))
    except UnreadableMail:
        raise
    except Exception as fault:   # the library raises what it likes at what it was never shown
        raise UnreadableMail(problem=f"{type(fault).__name__}") from None


def read_told(body: Mapping[str, Any]) -> MailIn:
    """A message as mail providers tell it: Postmark, Mailgun, SendGrid, and whoever says from, subject and text. A raw message inside counts first."""
    for name in ("RawEmail", "body-mime", "email", "raw"):
        if isinstance(body.get(name), str) and "\n" in body[name]:
            return read_raw(cast("str", body[name]).encode("utf-8", "surrogateescape"))
    folded = {str(name).replace("-", "").replace("_", "").casefold(): value for name, value in body.items()}
    headers: dict[str, str] = {}
    for one in cast("list[Any]", folded.get("headers")) if isinstance(folded.get("headers"), list) else []:
        pair = cast("dict[str, Any]", one) if isinstance(one, dict) else {}
        headers[str(pair.get("Name") or pair.get("name") or "").lower()] = str(pair.get("Value") or pair.get("value") or "")
    for name, known in TOLD.items():
        if isinstance(folded.get(name), str):
            headers.setdefault(known, cast("str", folded[name])[:5000])
    said = next((folded[name] for name in ("strippedtextreply", "strippedtext", "textbody", "bodyplain", "text", "plain") if folded.get(name)), None)
    html = next((folded[name] for name in ("htmlbody", "bodyhtml", "html") if folded.get(name)), "")
    return _made(headers, said if isinstance(said, str) else plain_text(str(html)[:LONGEST_HTML]))


def _made(headers: Mapping[str, str], text: str) -> MailIn:
    name, sender = email.utils.parseaddr(headers.get("from", ""))
    answer_name, answer = email.utils.parseaddr(headers.get("reply-to", ""))
    if answer and _ROBOTS.match(sender.partition("@")[0]):
        name, sender = answer_name, answer
    if "@" not in sender:
        raise UnreadableMail(problem="it has no sender")
    references = [headers.get("in-reply-to", ""), *reversed(headers.get("references", "").split())]
    recipients = listed(*(headers.get(one, "") for one in ("delivered-to", "x-original-to", "to", "cc")))
    subject = " ".join(headers.get("subject", "").split())[:300]
    return MailIn(
        sender, name or None, subject, body(text), headers.get("message-id", "").strip()[:500] or None, tuple(r.strip() for r in references if r.strip())[:50],
        recipients[:100], _automatic(headers, sender), _date(headers.get("date")))


def _automatic(headers: Mapping[str, str], sender: str) -> str | None:
    if headers.get("auto-submitted", "no").split(";")[0].strip().lower() != "no" or "x-autoreply" in headers or "x-autorespond" in headers:
        return "It is an automatic answer."
    if headers.get("precedence", "").strip().lower() in ("bulk", "junk", "list") or "list-id" in headers or "list-unsubscribe" in headers:
        return "It went to many."
    return "A mail server sent it." if _ROBOTS.match(sender.partition("@")[0]) else None


def _date(text: str | None) -> str | None:
    try:
        return email.utils.parsedate_to_datetime(text).isoformat() if text else None
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _words(message: EmailMessage) -> str:
    part = message.get_body(("plain", "html"))
    if part is None:
        return ""
    try:
        said = str(part.get_content())
    except (LookupError, UnicodeError):   # a character set nobody knows
        payload = part.get_payload(decode=True)
        said = payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""
    return plain_text(said[:LONGEST_HTML]) if part.get_content_subtype() == "html" else said


def _attached(message: EmailMessage) -> tuple[Attachment, ...]:
    """Parts that have a file's name; a message that was forwarded whole is none."""
    found: list[Attachment] = []
    for part in message.walk():
        name, payload = part.get_filename(), part.get_payload(decode=True)
        if name and isinstance(payload, bytes) and not part.is_multipart():
            found.append(Attachment(name[:300], part.get_content_type(), payload))
    return tuple(found[:MOST_ATTACHED])


def body(text: str) -> str:
    """What the sender wrote: without what they answer, and without what stands under it."""
    said = text[: LONGEST * 4].replace("\r\n", "\n").replace("\r", "\n")
    if quote := _QUOTE.search(said):
        said = said[: quote.start()] or said
    lines = said.split("\n-- \n")[0].split("\n")
    kept = "\n".join(line.rstrip() for line in lines if not line.startswith(">"))
    return _GAPS.sub("\n\n", kept).strip()[:LONGEST]
