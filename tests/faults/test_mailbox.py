"""The development mailbox as a mail server that keeps, refuses and breaks off exactly as it was told to."""

import asyncio
import smtplib
from collections.abc import AsyncIterator
from email.message import EmailMessage
from pathlib import Path

import pytest
import pytest_asyncio

from leadwell.embedded.mail_server import MailServer
from leadwell.embedded.mailbox import Mailbox


@pytest_asyncio.fixture
async def server(tmp_path: Path) -> AsyncIterator[MailServer]:
    async with MailServer(tmp_path / "mailbox") as running:
        yield running


async def send(server: MailServer, to: str, subject: str = "Hello") -> None:
    """With the standard library's client, which is nobody's fake."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "Acme <hello@acme.test>", to, subject
    message["Message-ID"] = f"<{subject.encode().hex()}@acme.test>"
    message.set_content("Grüße\n.dot at the start of a line\n")

    def act() -> None:
        with smtplib.SMTP(server.host, server.port, timeout=5) as client:
            client.send_message(message)

    await asyncio.to_thread(act)


async def test_a_mail_is_kept_as_it_came_and_readable_by_another_process(server: MailServer) -> None:
    await send(server, "ann@example.test", "Größe")
    reader = Mailbox(server.mailbox.folder)
    (mail,) = await reader.wait(1)
    assert (mail.sender, mail.recipients, mail.subject) == ("hello@acme.test", ("ann@example.test",), "Größe")
    assert reader.get(mail.id) == mail
    message = reader.message(mail.id)
    assert message is not None
    assert message.get_content().splitlines() == ["Grüße", ".dot at the start of a line"]
    assert len(reader.raw(mail.id) or b"") == mail.size


async def test_mails_are_listed_newest_first_in_pages(server: MailServer) -> None:
    for number in range(5):
        await send(server, "ann@example.test", f"n{number}")
    first = server.mailbox.list(limit=2)
    second = server.mailbox.list(limit=2, before=first[-1].id)
    assert [mail.subject for mail in (*first, *second)] == ["n4", "n3", "n2", "n1"]
    assert server.mailbox.delete_all() == 5
    assert list(server.mailbox.folder.iterdir()) == []


@pytest.mark.parametrize("id", ["", "../secrets", "0198f3a2", "00000000-0000-7000-8000-000000000000"])
def test_an_id_that_names_no_mail_finds_nothing(tmp_path: Path, id: str) -> None:
    (tmp_path / "secrets.json").write_text("{}")
    box = Mailbox(tmp_path / "mailbox")
    assert (box.get(id), box.raw(id), box.message(id)) == (None, None, None)


@pytest.mark.parametrize(
    ("at", "fault"),
    [("MAIL", smtplib.SMTPSenderRefused), ("RCPT", smtplib.SMTPRecipientsRefused), ("DATA", smtplib.SMTPDataError)],
)
async def test_a_scripted_refusal_happens_once_and_keeps_nothing(server: MailServer, at: str, fault: type[Exception]) -> None:
    server.fail(at, "550 5.7.1 Not here")  # type: ignore[arg-type]
    with pytest.raises(fault, match="Not here"):
        await send(server, "ann@example.test")
    assert server.mailbox.count() == 0
    await send(server, "ann@example.test")
    assert server.mailbox.count() == 1


async def test_a_refusal_may_concern_one_address_for_good(server: MailServer) -> None:
    server.fail("RCPT", "550 5.1.1 No such user", match="bob@", times=None)
    for _ in range(2):
        with pytest.raises(smtplib.SMTPRecipientsRefused):
            await send(server, "bob@example.test")
    await send(server, "ann@example.test")
    assert [mail.recipients for mail in server.mailbox.list()] == [("ann@example.test",)]


@pytest.mark.parametrize(("at", "kept"), [("CUT_BEFORE_KEPT", 0), ("CUT_AFTER_KEPT", 1)])
async def test_a_cut_connection_tells_the_client_nothing(server: MailServer, at: str, kept: int) -> None:
    server.fail(at)  # type: ignore[arg-type]
    with pytest.raises((smtplib.SMTPServerDisconnected, ConnectionError)):
        await send(server, "ann@example.test")
    assert server.mailbox.count() == kept


async def test_waiting_in_vain_says_how_many_came(server: MailServer) -> None:
    await send(server, "ann@example.test")
    with pytest.raises(TimeoutError, match=r"1 of 2 mails after 0\.05 s"):
        await server.mailbox.wait(2, within=0.05)
