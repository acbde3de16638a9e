"""A mail's bytes. Written here because the library's EmailMessage breaks a long List-Unsubscribe into encoded words and takes 3 ms."""

import hashlib
import re
from binascii import b2a_qp
from dataclasses import dataclass
from datetime import datetime
from email.header import Header
from email.utils import format_datetime, formataddr
from functools import lru_cache

from leadwell.templates import CannotRender

_CONTROL = re.compile(r"[\r\n\x00]")
_LONGEST_LINE = 998   # RFC 5322


@dataclass(frozen=True, slots=True)
class Envelope:
    """Who writes to whom, and under which Message-ID."""

    sender_name: str | None
    sender_address: str
    recipient_name: str | None
    recipient: str
    message_id: str
    at: datetime
    reply_to: str | None = None
    unsubscribe_url: str | None = None   # None: service mail, which has nothing to unsubscribe from
    answers: str | None = None   # the Message-ID of the mail whose thread it goes on with
    more: tuple[tuple[str, str], ...] = ()   # other headers, made here


def message(envelope: Envelope, subject: str, text: str, html: str) -> bytes:
    """Headers and two parts, with CRLF line ends. The same input gives the same bytes, so a mail sent again is the same mail."""
    boundary = "=_" + hashlib.sha256(envelope.message_id.encode()).hexdigest()[:32]   # "=_" cannot occur in quoted-printable
    lines = [f"{name}: {_safe(name, value)}" for name, value in _headers(envelope, subject)]
    lines += ["MIME-Version: 1.0", f'Content-Type: multipart/alternative; boundary="{boundary}"', "", ""]
    parts = b"".join(_part(boundary, kind, body) for kind, body in (("plain", text), ("html", html)))
    return "\r\n".join(lines).encode("ascii") + parts + f"--{boundary}--\r\n".encode()


def _headers(envelope: Envelope, subject: str) -> list[tuple[str, str]]:
    headers = [
        ("From", _mailbox(envelope.sender_name, envelope.sender_address)),
        ("To", _mailbox(envelope.recipient_name, envelope.recipient)),
        ("Subject", _encoded(subject)),
        ("Date", format_datetime(envelope.at)),
        ("Message-ID", envelope.message_id),
    ]
    if envelope.reply_to:
        headers.append(("Reply-To", _mailbox(None, envelope.reply_to)))
    if envelope.answers:
        headers += [("In-Reply-To", envelope.answers), ("References", envelope.answers)]
    headers += envelope.more
    if envelope.unsubscribe_url:
        headers += [("List-Unsubscribe", f"<{envelope.unsubscribe_url}>"), ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")]
    return headers


def _safe(name: str, value: str) -> str:
    """Nothing a person wrote may start a header of its own; only our own folding has line breaks, each followed by a blank."""
    unfolded = value.replace("\r\n ", " ")
    if _CONTROL.search(unfolded) or not value.isascii() or max(map(len, value.split("\r\n"))) > _LONGEST_LINE - len(name) - 2:
        raise CannotRender(why=f"The header {name} of the mail would be malformed.")
    return value


def _encoded(subject: str) -> str:
    if _CONTROL.search(subject):
        raise CannotRender(why="The subject has a line break in it.")
    if subject.isascii() and len(subject) <= 70:
        return subject
    return Header(subject, "us-ascii" if subject.isascii() else "utf-8", header_name="Subject").encode(linesep="\r\n")


@lru_cache(maxsize=5000)
def _mailbox(name: str | None, address: str) -> str:
    if _CONTROL.search(f"{name}{address}"):
        raise CannotRender(why="A name or address has a line break in it.")
    try:
        return formataddr((name or "", address))
    except UnicodeError as error:
        raise CannotRender(why=f"The address {address} has letters that mail servers seldom take.") from error


def _part(boundary: str, kind: str, body: str) -> bytes:
    head = f"--{boundary}\r\nContent-Type: text/{kind}; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
    unified = body.replace("\r\n", "\n").replace("\r", "\n").rstrip("\n") + "\n"
    return head.encode("ascii") + b2a_qp(unified.encode("utf-8", "replace"), istext=True).replace(b"\n", b"\r\n")
