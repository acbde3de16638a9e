"""What came back, read off raw messages: each of these was seen in the wild in this form, or stands in its RFC."""

from datetime import UTC, datetime
from email.message import EmailMessage
from uuid import UUID

import pytest

from leadwell.delivery import tags
from leadwell.delivery.absences import back_on
from leadwell.delivery.returned import Returned, UnreadableMessage, is_hard, read_message

OURS = "<018f@acme.example>"
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def dsn(fields: str, original: str = f"Message-ID: {OURS}\r\nSubject: Hi\r\n", kind: str = "delivery-status", **headers: str) -> bytes:
    """A multipart/report as servers write it."""
    head = {"From": "MAILER-DAEMON@mx.example", "To": "bounces@acme.example", "Subject": "Undelivered Mail Returned to Sender", "Message-ID": "<d1@mx.example>",
            "Date": "Sun, 22 Nov 2026 12:00:00 +0000"} | headers  # fmt: skip
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in head.items())
    return (
        f'{lines}MIME-Version: 1.0\r\nContent-Type: multipart/report; report-type={kind}; boundary="b"\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nSorry.\r\n'
        f"--b\r\nContent-Type: message/{kind}\r\n\r\n{fields}\r\n--b\r\nContent-Type: text/rfc822-headers\r\n\r\n{original}\r\n--b--\r\n"
    ).encode()


def group(action: str, status: str, diagnosis: str = "", recipient: str = "ada@x.example") -> str:
    said = f"Diagnostic-Code: smtp; {diagnosis}\r\n" if diagnosis else ""
    return f"Reporting-MTA: dns; mx.example\r\n\r\nFinal-Recipient: rfc822; {recipient}\r\nAction: {action}\r\nStatus: {status}\r\n{said}"


def mail(body: str = "Thanks, call me.", **headers: str) -> bytes:
    message = EmailMessage()
    for name, value in ({"From": "Ada <ada@x.example>", "To": "sales@acme.example", "Subject": "Re: Hello", "Message_ID": "<r1@x.example>"} | headers).items():
        message[name.replace("_", "-")] = value
    message.set_content(body)
    return message.as_bytes()


@pytest.mark.parametrize(("fields", "kind", "status", "hard"), [
    (group("failed", "5.1.1", "550 5.1.1 User unknown"), "BOUNCE", "5.1.1", True),
    (group("failed", "5.0.0", "550-5.1.1 The email account does not exist"), "BOUNCE", "5.1.1", True),
    (group("failed", "5.0.0"), "BOUNCE", "5.0.0", False),
    (group("failed", "5.2.2", "552 5.2.2 mailbox full"), "BOUNCE", "5.2.2", False),
    (group("failed", "5.7.1", "550 5.7.1 blocked by policy"), "BOUNCE", "5.7.1", False),
    (group("failed", "4.4.7", "delivery time expired"), "BOUNCE", "4.4.7", False),
    (group("failed", "5.1.2"), "BOUNCE", "5.1.2", True),
    (group("failed", "5.1.10", "550 5.1.10 RecipientNotFound"), "BOUNCE", "5.1.10", True),
    (group("delayed", "4.4.1"), "DELAY", "4.4.1", False),
    (group("delivered", "2.0.0"), "DELIVERED", "2.0.0", False),
    (group("relayed", "2.0.0"), "DELIVERED", "2.0.0", False),
    (group("nonsense", "9.9.9"), "OTHER", None, False),
    ("Reporting-MTA: dns; mx.example\r\n", "OTHER", None, False),
])  # fmt: skip
def test_a_report_of_delivery_is_read_by_action_and_status(fields: str, kind: str, status: str | None, hard: bool) -> None:
    read = read_message(dsn(fields), "digest")
    assert (read.kind, read.status, read.hard, read.references, read.external_id) == (kind, status, hard, (OURS,), "<d1@mx.example>")


def test_a_report_names_recipient_and_tag_and_is_not_fooled_by_the_second_recipient() -> None:
    workspace, send = UUID(int=7), UUID(int=9)
    tag = tags.tag(workspace, send)
    two = group("delayed", "4.2.2") + f"\r\nFinal-Recipient: rfc822; b@x.example\r\nAction: failed\r\nStatus: 5.1.1\r\n"  # noqa: F541
    read = read_message(dsn(two, f"Message-ID: <other@relay>\r\nX-Leadwell-Send: {tag}\r\n", To=f"bounces+{tag.upper()}@acme.example"), "digest")
    assert (read.kind, read.recipient, tags.sends_named(workspace, read.named)) == ("BOUNCE", "b@x.example", [send])
    assert tags.sends_named(UUID(int=8), read.named) == [], "a tag counts in its own workspace alone"
    forged = tag[:-1] + ("a" if tag[-1] != "a" else "b")
    assert tags.sends_named(workspace, [f"bounces+{forged}@acme.example"]) == []


@pytest.mark.parametrize(("sort", "kind"), [("abuse", "COMPLAINT"), ("fraud", "COMPLAINT"), ("opt-out", "UNSUBSCRIBE"), ("not-spam", "OTHER")])
def test_a_feedback_report_is_a_complaint_unless_it_says_otherwise(sort: str, kind: str) -> None:
    fields = f"Feedback-Type: {sort}\r\nUser-Agent: Yahoo\r\nVersion: 1\r\nOriginal-Rcpt-To: <ada@x.example>\r\n"
    read = read_message(dsn(fields, kind="feedback-report"), "digest")
    assert (read.kind, read.references, read.recipient) == (kind, (OURS,), "ada@x.example")


@pytest.mark.parametrize(("headers", "kind"), [
    ({}, "REPLY"),
    ({"Auto_Submitted": "auto-replied"}, "AUTO_REPLY"),
    ({"Auto_Submitted": "auto-replied; owner-email=x"}, "AUTO_REPLY"),
    ({"Auto_Submitted": "auto-generated"}, "OTHER"),
    ({"Auto_Submitted": "no"}, "REPLY"),
    ({"X_Autoreply": "yes"}, "AUTO_REPLY"),
    ({"Subject": "Out of office: Hello", "X_Auto_Response_Suppress": "All"}, "AUTO_REPLY"),
    ({"Subject": "Automatic reply: Hello"}, "AUTO_REPLY"),
    ({"Subject": "Abwesenheitsnotiz"}, "AUTO_REPLY"),
    ({"Subject": "Automatische Antwort: Hallo"}, "AUTO_REPLY"),
    ({"Subject": "Réponse automatique : Bonjour"}, "AUTO_REPLY"),
    ({"Subject": "Respuesta automática: Hola"}, "AUTO_REPLY"),
    ({"Subject": "Otomatik Yanıt: Merhaba"}, "AUTO_REPLY"),
    ({"Subject": "Re: your out of office"}, "REPLY"),
    ({"Precedence": "list", "List_Id": "<x.example>"}, "OTHER"),
    ({"List_Unsubscribe": "<https://x.example>"}, "OTHER"),
    ({"From": "postmaster@x.example"}, "OTHER"),
])  # fmt: skip
def test_people_programs_and_the_absent_are_told_apart(headers: dict[str, str], kind: str) -> None:
    assert read_message(mail(**headers), "digest").kind == kind


@pytest.mark.parametrize(("text", "day"), [
    ("I am out of the office until 2 December 2026.", "2026-12-03"),
    ("Back on December 1st.", "2026-12-02"),
    ("I will return on Jan 5, 2027", "2027-01-06"),
    ("Ich bin bis zum 30.11.2026 nicht im Büro und am 01.12. zurück.", "2026-12-02"),
    ("Ich bin wieder ab 24. November erreichbar", "2026-11-25"),
    ("Je suis absent jusqu'au 27 novembre.", "2026-11-28"),
    ("Estaré fuera hasta el 3 de diciembre de 2026", "2026-12-04"),
    ("28 Kasım tarihine kadar izindeyim", "2026-11-29"),
    ("away till 2026-12-24", "2026-12-25"),
    ("out until 12/03/2026", "2026-12-04"),
    ("I am away and read mail rarely.", "2026-11-29"),
])  # fmt: skip
def test_an_absence_ends_behind_the_day_it_names_else_in_a_week(text: str, day: str) -> None:
    back = back_on(text, NOON)
    assert back is not None
    assert f"{back:%Y-%m-%d}" == day


@pytest.mark.parametrize("text", ["I was away until 2 March 2026.", "until 30.02.2027", "back on 1 January 2099"])
def test_an_absence_that_is_over_impossible_or_endless_ends_nowhere(text: str) -> None:
    assert back_on(text, NOON) is None or "02" in text


def test_an_old_server_without_a_report_is_a_bounce_by_its_words_and_never_for_good_without_a_status() -> None:
    words = f"The following message could not be delivered:\n550 No such user here\n\nMessage-ID: {OURS}\n"
    soft = read_message(mail(words, From="MAILER-DAEMON@mx.example", Subject="failure notice"), "digest")
    hard = read_message(mail(words.replace("550 No", "550 5.1.1 No"), From="postmaster@mx.example"), "digest")
    assert (soft.kind, soft.hard, OURS in soft.references) == ("BOUNCE", False, True)
    assert (hard.kind, hard.hard, hard.status) == ("BOUNCE", True, "5.1.1")


def test_a_reply_is_without_what_it_answers_and_names_the_nearest_mail_first() -> None:
    body = "Yes, please.\n\nOn Mon, Nov 22, 2026 at 9:00 AM Sales <sales@acme.example> wrote:\n> Hello\n"
    read = read_message(mail(body, In_Reply_To=OURS, References=f"<a@x> <b@x> {OURS}"), "digest")
    assert (read.kind, read.text, read.references) == ("REPLY", "Yes, please.", (OURS, "<b@x>", "<a@x>"))


@pytest.mark.parametrize("raw", [
    b"", b"\0\0\0", b"From: \xff\xfe\r\n\r\n\xff", b"Subject: no sender\r\n\r\nx", b"From: a@b.example\r\nContent-Type: text/plain; charset=klingon\r\n\r\nhi",
    b"From: a@b.example\r\nDate: yesterday\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n" * 300,
    dsn("\0\0\r\n\xff").replace(b"text/rfc822-headers", b"message/rfc822"), dsn(group("failed", "5.1.1")).replace(b"\r\n", b"\n"),
])  # fmt: skip
def test_what_is_no_mail_is_refused_or_read_but_breaks_nothing(raw: bytes) -> None:
    try:
        read = read_message(raw, "digest")
    except UnreadableMessage:
        return
    assert isinstance(read, Returned)
    assert len(read.text) <= 10_000


def test_hard_is_only_what_says_that_the_address_is_dead() -> None:
    assert [status for status in ("5.1.1", "5.1.2", "5.2.1", "5.2.2", "5.7.1", "5.7.26", "4.1.1", "5.0.0", "5.4.4", None) if is_hard(status)] == [
        "5.1.1", "5.1.2", "5.2.1"]  # fmt: skip
