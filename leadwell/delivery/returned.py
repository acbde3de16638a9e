"""What came back, read off the raw message: bounces (RFC 3464), complaints (RFC 5965), absences (RFC 3834) and answers of people. Pure."""

import email
import email.policy
import email.utils
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Any, Literal, cast

from leadwell.base.identity.emails import listed
from leadwell.base.refusals import Refusal
from leadwell.delivery.absences import back_on, is_absence
from leadwell.templates import plain_text

Kind = Literal["REPLY", "AUTO_REPLY", "BOUNCE", "DELAY", "COMPLAINT", "DELIVERED", "OPEN", "CLICK", "UNSUBSCRIBE", "LOGGED", "OTHER"]
LARGEST, LONGEST = 5 * 1024 * 1024, 10_000
MOST_NAMES, MOST_PARTS = 50, 200
STATUS = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")
SAID = re.compile(r"\b([45]\d\d)[ -](?:#?([45]\.\d{1,3}\.\d{1,3}))?")
IDS = re.compile(r"<[^<>\s]{1,900}>")
ACTIONS: Mapping[str, Kind] = {"failed": "BOUNCE", "delayed": "DELAY", "delivered": "DELIVERED", "relayed": "DELIVERED", "expanded": "DELIVERED"}
_ROBOT = re.compile(r"^(mailer-daemon|post_?master|mail[-._]?daemon|mail[-._]delivery[-._](sub)?system|bounces?)([+._-].*)?$", re.IGNORECASE)
_DEAF = re.compile(r"^(no|do[-._]?not)[-._]?reply([+._-].*)?$", re.IGNORECASE)
_FAILED = re.compile(
    r"undeliver(able|ed)|returned? mail|mail returned|(delivery|mail|failure) (failed|failure|notice|delivery|system error)|failed delivery|"
    r"(not|n't) (be )?deliver|delivery (has )?failed|status notification|delivery status|unable to deliver", re.IGNORECASE)
_LATE = re.compile(r"\bdelay|\bwarning\b|still being (re)?tried|will (be )?retr", re.IGNORECASE)
_OLD_COMPLAINT = re.compile(r"^complaint about message from ", re.IGNORECASE)     # Outlook.com, which writes no report
_QUOTE = re.compile(
    r"^\s*(On .{5,200} wrote:|Am .{5,200} schrieb .{1,200}:|Le .{5,200} a écrit\s?:|El .{5,200} escribió:|.{5,200} tarihinde .{1,200} yazdı:|"
    r"-{2,} ?(Original Message|Ursprüngliche Nachricht|Message d'origine) ?-{2,}|_{20,})\s*$", re.MULTILINE | re.IGNORECASE)
DEAD = frozenset({"1.1", "1.2", "1.3", "1.6", "1.10", "2.1", "1.0"})   # of 5.x: the address or the mailbox is not there


class UnreadableMessage(Refusal):
    """What was sent is no mail that can be read: {problem}."""

    fix = "Send the message as it travels (RFC 5322)."


@dataclass(frozen=True, slots=True)
class Returned:
    """What came back. `references` are Message-IDs it may be about, the nearest first; `named` are addresses and headers in which a tag of ours may stand;
    `recipient` is whom the mail it is about was to; `until`: when somebody who is away is back; `hard`: the address is dead for good."""

    kind: Kind
    external_id: str
    references: tuple[str, ...] = ()
    named: tuple[str, ...] = ()
    sender: str | None = None
    recipients: tuple[str, ...] = ()
    recipient: str | None = None
    subject: str = ""
    text: str = ""
    status: str | None = None
    reply: str | None = None
    hard: bool = False
    until: datetime | None = None
    at: datetime | None = None
    url: str | None = None
    agent: str | None = None


def read_message(raw: bytes, digest: str) -> Returned:
    """A raw message; `digest` names one that has no Message-ID. UnreadableMessage."""
    try:
        message = email.message_from_bytes(raw[:LARGEST], policy=email.policy.default)
        return _read(message, digest)
    except Exception as fault:   # the library raises what it likes at what it was never shown
        raise UnreadableMessage(problem=type(fault).__name__) from None


def _read(message: EmailMessage, digest: str) -> Returned:
    parts = list(_parts(message))
    _, sender = email.utils.parseaddr(_said(message, "from"))
    bare = Returned(
        "OTHER", (_said(message, "message-id").strip() or digest)[:500], sender=sender or None, at=_date(message),
        recipients=_addresses(message, "to", "cc", "delivered-to", "x-original-to", "envelope-to"), subject=_line(_said(message, "subject"))[:300])
    report = next((part for part in parts if part.get_content_type() in ("message/delivery-status", "message/feedback-report")), None)
    if report is not None and report.get_content_type() == "message/feedback-report":
        return _complaint(parts, report, bare)
    if report is not None:
        return _bounce(parts, report, bare)
    references = _ids(_said(message, "in-reply-to"), *reversed(IDS.findall(_said(message, "references"))))
    text = _words(message)
    bare = replace(bare, references=references, named=bare.recipients, text=text[:LONGEST])
    if not sender or _ROBOT.match(sender.partition("@")[0]):
        return _server(parts, text, bare)
    if _OLD_COMPLAINT.match(bare.subject) and (original := _original(parts))[0]:
        return replace(bare, kind="COMPLAINT", references=original[0], named=(*original[1], *bare.named), text="")
    if is_absence(message, bare.subject):
        return replace(bare, kind="AUTO_REPLY", until=back_on(f"{bare.subject}\n{text[:4000]}", bare.at))
    return bare if _by_program(message, sender) else replace(bare, kind="REPLY", text=_own_words(text))


def _bounce(parts: list[EmailMessage], report: EmailMessage, bare: Returned) -> Returned:
    """The first recipient that the report says something final about; one transaction of ours has one recipient."""
    fields = _groups(report)
    told = [group for group in fields if "action" in group] or [dict[str, str]()]
    group = next((one for one in told if one.get("action", "").lower() == "failed"), told[0])
    action, diagnosis = group.get("action", "").lower(), group.get("diagnostic-code", "").partition(";")[2].strip()
    status = _status(group.get("status", ""), diagnosis)
    kind = ACTIONS.get(action, "OTHER")
    recipient = (group.get("original-recipient") or group.get("final-recipient") or "").rpartition(";")[2].strip() or None
    references, named = _original(parts)
    return replace(
        bare, kind=kind, references=references, named=(*named, *bare.recipients), recipient=recipient, status=status, reply=diagnosis[:500] or None,
        hard=kind == "BOUNCE" and is_hard(status))


def _complaint(parts: list[EmailMessage], report: EmailMessage, bare: Returned) -> Returned:
    fields = _groups(report)
    said = fields[0] if fields else {}
    references, named = _original(parts)
    sort = said.get("feedback-type", "abuse").lower()
    kind: Kind = "COMPLAINT" if sort in ("abuse", "fraud", "virus", "other") else "UNSUBSCRIBE" if sort in ("opt-out", "opt-out-list") else "OTHER"
    recipient = said.get("original-rcpt-to", "").strip("<> ") or None
    return replace(bare, kind=kind, references=references, named=(*named, *bare.recipients, said.get("original-mail-from", "")), recipient=recipient)


def _server(parts: list[EmailMessage], text: str, bare: Returned) -> Returned:
    """From servers that write no report: neither an answer nor an absence, whatever they say. The words of the other server, and whatever Message-ID stands
    in them. Never for good without a status."""
    said, (copied, tags) = SAID.search(text), _original(parts)
    found = (*bare.references, *copied, *_ids(*IDS.findall(text[:20_000])))
    bare = replace(bare, references=tuple(dict.fromkeys(found))[:MOST_NAMES], named=(*bare.named, *tags, text[-20_000:]))
    if _LATE.search(bare.subject):
        return replace(bare, kind="DELAY")
    if said is None:
        return replace(bare, kind="BOUNCE" if _FAILED.search(f"{bare.subject}\n{text[:2000]}") else "OTHER")
    status = _status(said[2] or "", text[:2000])
    return replace(bare, kind="BOUNCE", status=status, reply=_line(text[said.start() : said.start() + 300]), hard=is_hard(status))


def is_hard(status: str | None) -> bool:
    """Whether a status says that the address is dead. 5.7 is about the sender, 5.2.2 a full mailbox, 5.0.0 nothing; no status is no verdict."""
    return status is not None and status.startswith("5.") and status[2:] in DEAD


def _status(given: str, diagnosis: str) -> str | None:
    """What the server itself said counts before what the reporting one made of it, where that is less exact (5.0.0)."""
    found = STATUS.search(given)
    better = STATUS.search(diagnosis)
    if better and (found is None or found[2] + found[3] == "00"):
        return better[0]
    return found[0] if found else None


def _original(parts: list[EmailMessage]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Message-ID and tag of the mail that came back, off the copy of it or of its headers."""
    for part in parts:
        if part.get_content_type() not in ("message/rfc822", "text/rfc822-headers", "message/rfc822-headers", "message/global", "message/global-headers"):
            continue
        payload: Any = part.get_payload()
        if isinstance(payload, list):
            inner: Any = cast("list[Any]", payload)[0]
        else:
            inner = email.message_from_bytes(cast("bytes", part.get_payload(decode=True) or b""), policy=email.policy.default)
        names = tuple(_said(inner, name) for name in ("x-leadwell-send", "return-path", "reply-to"))
        return _ids(_said(inner, "message-id")), tuple(name for name in names if name)
    return (), ()


def _parts(message: EmailMessage) -> Iterator[EmailMessage]:
    """The parts down to the copy of the mail that came back, not into it."""
    waiting: list[Any] = [message]
    for _ in range(MOST_PARTS):
        if not waiting:
            return
        part = waiting.pop(0)
        yield part
        if part.is_multipart() and part.get_content_maintype() == "multipart":
            waiting += part.get_payload()


def _groups(report: EmailMessage) -> list[dict[str, str]]:
    """The groups of fields in a report, by small names."""
    payload: Any = report.get_payload()
    if isinstance(payload, list):
        return [{name.lower(): _line(str(value)) for name, value in group.items()} for group in cast("list[Any]", payload)]
    decoded = cast("bytes", report.get_payload(decode=True) or b"").decode("utf-8", "replace")
    blocks = re.split(r"\r?\n\s*\r?\n", decoded)
    return [{n.lower(): _line(str(v)) for n, v in email.message_from_string(block, policy=email.policy.default).items()} for block in blocks if block.strip()]


def _by_program(message: EmailMessage, sender: str) -> bool:
    if _said(message, "auto-submitted").split(";")[0].strip().lower() not in ("", "no"):
        return True
    if _said(message, "precedence").strip().lower() in ("bulk", "junk", "list") or message["list-id"] or message["list-unsubscribe"]:
        return True
    return _DEAF.match(sender.partition("@")[0]) is not None


def _said(message: Any, name: str) -> str:
    return str(message.get(name) or "")[:5000]


def _ids(*texts: str) -> tuple[str, ...]:
    found = [id for text in texts for id in IDS.findall(text if "<" in text else f"<{text.strip()}>")]
    return tuple(dict.fromkeys(found))[:MOST_NAMES]


def _addresses(message: EmailMessage, *names: str) -> tuple[str, ...]:
    return listed(*(_said(message, name) for name in names))[:100]


def _date(message: EmailMessage) -> datetime | None:
    try:
        told = email.utils.parsedate_to_datetime(_said(message, "date"))
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return told if told.tzinfo else told.replace(tzinfo=UTC)


def _words(message: EmailMessage) -> str:
    part = message.get_body(("plain", "html"))
    if part is None:
        return ""
    try:
        said = str(part.get_content())
    except (LookupError, UnicodeError):   # a character set nobody knows
        payload = part.get_payload(decode=True)
        said = payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""
    return plain_text(said[:500_000]) if part.get_content_subtype() == "html" else said[:500_000]


def _own_words(text: str) -> str:
    """Without what is answered, and without what stands under it."""
    said = text[: LONGEST * 4].replace("\r\n", "\n").replace("\r", "\n")
    if quote := _QUOTE.search(said):
        said = said[: quote.start()] or said
    kept = "\n".join(line.rstrip() for line in said.split("\n-- \n")[0].split("\n") if not line.startswith(">"))
    return re.sub(r"\n{3,}", "\n\n", kept).strip()[:LONGEST]


def _line(text: str) -> str:
    return " ".join(text.replace("\0", "").split())
