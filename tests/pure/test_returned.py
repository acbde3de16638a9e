"""What came back, read off raw messages: each of these was seen in the wild in this form, or stands in its RFC."""

import os
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
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


def old(subject: str, body: str, sender: str | None = "MAILER-DAEMON@mx.example", **headers: str) -> bytes:
    """What a server writes that makes no report; None: no sender at all."""
    head = {"Subject": subject, "To": "bounces@acme.example", "Message-ID": "<d2@mx.example>"} | ({"From": sender} if sender is not None else {}) | headers
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in head.items())
    return f"{lines}\r\n{body}\r\n\r\n--- The message follows ---\r\nMessage-ID: {OURS}\r\nSubject: Hi\r\n".encode()


EXIM = "This message was created automatically by mail delivery software.\n\nA message could not be delivered to all of its recipients.\n\n  ada@x.example\n"
SERVERS = {
    "qmail, no such mailbox": (old("failure notice", "This is the qmail-send program.\n<ada@x.example>:\n550 5.1.1 no mailbox here by that name"),
                               "BOUNCE", "5.1.1"),
    "qmail, host unknown": (old("failure notice", "<ada@x.example>:\nSorry, I couldn't find any host named x.example. (#5.1.2)"), "BOUNCE", None),
    "qmail, too long in the queue": (old("failure notice", "I'm not going to try again; this message has been in the queue too long."), "BOUNCE", None),
    "Exim, which says that it answers": (old("Mail delivery failed: returning message to sender", EXIM + "  unrouteable", Auto_Submitted="auto-replied"),
                                         "BOUNCE", None),
    "Exim, user unknown": (old("Mail delivery failed: returning message to sender", EXIM + "    550 5.1.1 <ada@x.example>: User unknown"), "BOUNCE", "5.1.1"),
    "Exim, still trying": (old("Warning: message 1abc delayed 24 hours", "A message that you sent has not yet been delivered."), "DELAY", None),
    "Gmail, failure": (old("Delivery Status Notification (Failure)", "Delivery to the following recipient failed permanently:\n\n  ada@x.example\n\n"
                           "The error that the other server returned was: 550 5.1.1 No such user", "mailer-daemon@googlemail.com"), "BOUNCE", "5.1.1"),
    "Gmail, delay": (old("Delivery Status Notification (Delay)", "This is an automatically generated Delivery Status Notification. 421 4.4.2 try later",
                         "mailer-daemon@googlemail.com"), "DELAY", None),
    "Google Groups, as an absence": (old("Delivery Status Notification (Failure)", "The group you tried to contact may not exist.",
                                         "mailer-daemon@googlemail.com", Auto_Submitted="auto-replied"), "BOUNCE", None),
    "Exchange 2003": (old("Undeliverable: Hello", "Your message did not reach some of the recipients.", "postmaster@x.example"), "BOUNCE", None),
    "Exchange, as an absence": (old("Undeliverable: Hello", "#550 5.1.1 RESOLVER.ADR.RecipNotFound", "postmaster@x.example", Auto_Submitted="auto-replied"),
                                "BOUNCE", "5.1.1"),
    "Domino": (old("DELIVERY FAILURE: User Ada not listed in Directory", "Your message was not delivered.", "Postmaster@x.example"), "BOUNCE", None),
    "Yahoo": (old("Failure Notice", "Sorry, we were unable to deliver your message to the following address.", "MAILER-DAEMON@yahoo.com"), "BOUNCE", None),
    "GMX": (old("Mail delivery failed: returning message to sender", "The following address failed:\nada@x.example"), "BOUNCE", None),
    "Zoho, still trying": (old("Mail Delivery Status Notification (Delay)", "Not yet delivered.", "mailer-daemon@mail.zoho.com"), "DELAY", None),
    "Sendmail, old": (old("Returned mail: User unknown", "The following addresses had permanent fatal errors\n<ada@x.example>"), "BOUNCE", None),
    "DragonFly, from nobody": (old("Mail delivery failed", "There was an error delivering your mail to <ada@x.example>.", None),
                               "BOUNCE", None),
    "from nobody, with a verdict": (old("failure notice", "550 5.1.1 unknown", ""), "BOUNCE", "5.1.1"),
    "from <>": (old("Undelivered", "550 5.7.1 blocked", "<>"), "BOUNCE", "5.7.1"),
    "a system with a name": (old("Delivery status notification", "We could not deliver.", "Mail.Delivery.System@mx44.x.example"), "BOUNCE", None),
    "post_master": (old("Undeliverable Message", "Not delivered.", "post_master@x.example"), "BOUNCE", None),
    "full for a while": (old("Returned mail: delivery problems", "452 4.2.2 mailbox full"), "BOUNCE", "4.2.2"),
    "a virus scanner": (old("Report of your mail", "Your mail was looked at.", "postmaster@x.example"), "OTHER", None),
    "a program nobody reads": (old("AWS Notification Message", '{"notificationType":"Bounce"}', "no-reply@sns.example"), "OTHER", None),
    "do not reply": (old("Your ticket 17", "We have received your mail.", "do-not-reply@helpdesk.example"), "OTHER", None),
}  # fmt: skip


@pytest.mark.parametrize(("raw", "kind", "status"), SERVERS.values(), ids=SERVERS)
def test_what_a_server_writes_is_never_taken_for_a_persons_answer_or_absence(raw: bytes, kind: str, status: str | None) -> None:
    read = read_message(raw, "digest")
    assert (read.kind, read.status, read.hard, read.until) == (kind, status, status in ("5.1.1",), None)
    assert kind == "OTHER" or OURS in read.references


def test_a_complaint_of_outlook_com_has_no_report_and_is_one() -> None:
    raw = (
        b"From: staff@hotmail.com\r\nSubject: complaint about message from 192.0.2.222\r\nTo: fbl@acme.example\r\nMIME-Version: 1.0\r\n"
        b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\nContent-Type: message/rfc822\r\n\r\n'
        b"Message-ID: " + OURS.encode() + b"\r\nX-HmXmrOriginalRecipient: ada@x.example\r\nSubject: Hi\r\n\r\nHello\r\n--b--\r\n")
    read = read_message(raw, "digest")
    assert (read.kind, read.references, read.text) == ("COMPLAINT", (OURS,), "")
    without = raw.replace(b"message/rfc822", b"text/plain")
    assert read_message(without, "digest").kind == "REPLY", "somebody who only writes so"


@pytest.mark.skipif("LW_MAILS" not in os.environ, reason="LW_MAILS names a directory of messages, called as in sisimai/set-of-emails")
def test_of_a_directory_of_bounces_hardly_any_is_taken_for_a_person() -> None:
    """One in a hundred may be: lists and forwards that no header tells from an answer."""
    sorts = {"lhost": ("BOUNCE", "DELAY", "OTHER"), "rhost": ("BOUNCE", "DELAY", "OTHER"), "rfc3464": ("BOUNCE", "DELAY", "OTHER"),
             "arf": ("COMPLAINT", "UNSUBSCRIBE", "OTHER"), "rfc3834": ("AUTO_REPLY",)}  # fmt: skip
    files = [(path.name, sort) for path in Path(os.environ["LW_MAILS"]).iterdir() if (sort := sorts.get(path.name.split("-")[0]))]
    kinds = [(name, read_message((Path(os.environ["LW_MAILS"]) / name).read_bytes(), "digest").kind, sort) for name, sort in files]
    wrong = [(name, kind) for name, kind, sort in kinds if kind not in sort]
    assert len(files) >= 60
    assert len(wrong) <= len(files) // 100, wrong
    assert sum(kind == "OTHER" for _, kind, _ in kinds) <= len(files) // 20
