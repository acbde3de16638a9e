"""Leads that come by mail: from a mailbox to the feed their address names, once each, and none is lost."""

import asyncio
import hashlib
import logging
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from leadwell import capture, delivery
from leadwell.base.actor import Actor
from leadwell.base.refusals import Unavailable
from leadwell.base.tx import Database, Tx
from leadwell.capture import MailboxAway, NewFeed
from leadwell.capture.mailbox import keys
from leadwell.capture.mails import body
from leadwell.capture.opt_in_mail import opt_in_mail
from leadwell.outside.files_disk import DiskFiles
from leadwell.outside.imap import ImapMailbox
from leadwell.outside.imap.fake import FakeMailbox


async def feed(db: Database, actor: Actor, name: str = "Mail") -> Any:
    async def verb(tx: Tx) -> Any:
        return await capture.read_feed(tx, (await capture.create_feed(tx, NewFeed(name, "EMAIL"))).id)

    return await db.run(actor, verb)


def mail(to: str, number: int = 1) -> bytes:
    return f"From: Ana <ana{number}@acme.com>\r\nTo: {to}\r\nSubject: Ten\r\nMessage-ID: <{number}@acme.com>\r\n\r\nTen please\r\n".encode()


async def states(db: Database, actor: Actor) -> list[str]:
    async with db.read(actor) as tx:
        return [row["state"] for row in await tx.fetch("SELECT s.state FROM submissions s WHERE s.workspace_id = $1 ORDER BY s.received_at", tx.workspace)]


async def test_each_feed_has_its_own_address_in_one_mailbox(db: Database, actor: Actor, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    mailbox, one, two = FakeMailbox(), await feed(db, actor, "One"), await feed(db, actor, "Two")
    for number, to in enumerate((f"leads+{one.key}@x.com", f"{two.key}@x.com", "leads+nothing@x.com", f"leads@x.com, leads+{one.key.upper()}@x.com")):
        mailbox.put(mail(to, number))
    mailbox.put(b"no mail at all")
    assert await capture.poll(db, mailbox) == 5
    assert (mailbox.unread, len(mailbox.read)) == ({}, 5)
    async with db.read(actor) as tx:
        rows = await tx.fetch("SELECT o.name FROM leads l JOIN sources o ON o.workspace_id = $1 AND o.id = l.source_id WHERE l.workspace_id = $1", tx.workspace)
    assert sorted(row["name"] for row in rows) == ["One", "One", "Two"]
    assert len([r for r in caplog.records if "is left as it is" in r.message]) == 2


async def test_a_letter_that_was_taken_but_not_marked_is_one_submission(db: Database, actor: Actor) -> None:
    mailbox, one = FakeMailbox(), await feed(db, actor)
    mailbox.put(mail(f"leads+{one.key}@x.com"))

    class Dying(FakeMailbox):
        async def done(self, uids: Any) -> None:
            raise MailboxAway(server="x", why="it died")

    dying = Dying()
    dying.unread = dict(mailbox.unread)
    with pytest.raises(MailboxAway):
        await capture.poll(db, dying)
    await asyncio.gather(*(capture.poll(db, mailbox) for _ in range(3)))
    assert await states(db, actor) == ["PROCESSED"]


async def test_a_mailbox_that_is_away_says_so_and_loses_nothing(db: Database, actor: Actor) -> None:
    mailbox, one = FakeMailbox(), await feed(db, actor)
    mailbox.put(mail(f"leads+{one.key}@x.com"))
    mailbox.away = True
    with pytest.raises(MailboxAway):
        await capture.poll(db, mailbox)
    assert await states(db, actor) == []
    assert await capture.poll(db, mailbox) == 1
    with pytest.raises(MailboxAway):
        await ImapMailbox("imap://a:b@127.0.0.1:1/INBOX").fetch(1)


def with_files(to: str, *names: str) -> bytes:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"], made["Message-ID"] = "Ana <ana@acme.com>", to, "Plans", "<files@acme.com>"
    made.set_content("See the plans.")
    for name in names:
        made.add_attachment(b"%PDF " + name.encode(), maintype="application", subtype="pdf", filename=name)
    made.add_attachment(b"", maintype="text", subtype="plain", filename="empty.txt")
    made.add_attachment(mail("x@y.com"), maintype="application", subtype="octet-stream", filename="virus.exe")
    return made.as_bytes()


async def test_what_hangs_on_a_mail_is_kept_with_the_lead_once(db: Database, actor: Actor, tmp_path: Path) -> None:
    mailbox, one, store = FakeMailbox(), await feed(db, actor), DiskFiles(tmp_path)
    raw = with_files(f"leads+{one.key}@x.com", "../../plan.pdf", "Größe.pdf")
    mailbox.put(raw)
    await asyncio.gather(*(capture.poll(db, mailbox, store) for _ in range(3)))
    mailbox.put(raw)   # it was not marked as read
    assert await capture.poll(db, mailbox, store) == 1
    async with db.read(actor) as tx:
        files = await tx.fetch("SELECT f.name, f.state, f.store_key, f.sha256 FROM files f WHERE f.workspace_id = $1 ORDER BY f.name", tx.workspace)
        hung = await tx.fetch("SELECT a.noun, count(*) AS n FROM attachments a WHERE a.workspace_id = $1 GROUP BY a.noun ORDER BY a.noun", tx.workspace)
    assert [(row["name"], row["state"]) for row in files] == [("Größe.pdf", "STORED"), ("plan.pdf", "STORED")]
    assert [tuple(row) for row in hung] == [("Activity", 2), ("Lead", 2)]
    assert b"".join([chunk async for chunk in store.read(files[1]["store_key"])]) == b"%PDF ../../plan.pdf"
    assert files[1]["sha256"] == hashlib.sha256(b"%PDF ../../plan.pdf").hexdigest()


async def test_a_file_store_that_is_away_leaves_the_letter_unread_until_it_answers(db: Database, actor: Actor, tmp_path: Path) -> None:
    mailbox, one = FakeMailbox(), await feed(db, actor)
    mailbox.put(with_files(f"leads+{one.key}@x.com", "plan.pdf"))

    class Away(DiskFiles):
        async def write(self, key: str, chunks: Any, size: int) -> None:
            raise Unavailable()

    with pytest.raises(Unavailable):
        await capture.poll(db, mailbox, Away(tmp_path))
    assert (len(mailbox.unread), await states(db, actor)) == (1, ["PROCESSED"])
    assert await capture.poll(db, mailbox, DiskFiles(tmp_path)) == 1
    async with db.read(actor) as tx:
        assert await tx.value("SELECT count(*) FROM attachments a WHERE a.workspace_id = $1", tx.workspace) == 2


async def test_of_a_mail_that_was_cut_off_the_last_file_is_left_out(db: Database, actor: Actor, tmp_path: Path) -> None:
    mailbox, one = FakeMailbox(), await feed(db, actor)
    made = EmailMessage()
    made["From"], made["To"], made["Message-ID"] = "ana@acme.com", f"{one.key}@x.com", "<big@acme.com>"
    made.set_content("Big")
    for name in ("small.pdf", "large.pdf"):
        made.add_attachment(b"x" * (6_000_000 if name == "large.pdf" else 10), maintype="application", subtype="pdf", filename=name)
    mailbox.put(made.as_bytes()[: capture.LARGEST_MAIL])
    assert await capture.poll(db, mailbox, DiskFiles(tmp_path)) == 1
    async with db.read(actor) as tx:
        assert [row["name"] for row in await tx.fetch("SELECT f.name FROM files f WHERE f.workspace_id = $1", tx.workspace)] == ["small.pdf"]


async def imap(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, box: dict[str, Any]) -> None:
    """As much of an IMAP server as one mailbox needs."""
    writer.write(b"* OK ready\r\n")
    while line := (await reader.readline()).decode().strip():
        tag, verb, *rest = line.split(" ")
        box["said"].append(" ".join([verb, *rest]))
        if verb == "CAPABILITY":
            writer.write(b"* CAPABILITY IMAP4rev1\r\n")
        elif verb == "SELECT":
            writer.write(b"* 1 EXISTS\r\n")
        elif rest[:1] == ["SEARCH"]:
            writer.write(b"* SEARCH " + b" ".join(box["unread"]) + b"\r\n")
        elif rest[:1] == ["FETCH"]:
            raw = box["raw"]
            writer.write(b"* 1 FETCH (UID %s BODY[]<0> {%d}\r\n%s)\r\n" % (rest[1].encode(), len(raw), raw))
        elif rest[:1] == ["STORE"]:
            box["unread"] = []
        writer.write(f"{tag} OK done\r\n".encode())
        await writer.drain()
    writer.close()


async def test_imap_is_spoken_as_servers_understand_it(db: Database, actor: Actor) -> None:
    one = await feed(db, actor)
    box: dict[str, Any] = {"unread": [b"7"], "raw": mail(f"leads+{one.key}@x.com"), "said": []}
    server = await asyncio.start_server(lambda r, w: imap(r, w, box), "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        mailbox = ImapMailbox(f"imap://ana%40x.com:p%20w@127.0.0.1:{port}/Leads")
        assert [await capture.poll(db, mailbox), await capture.poll(db, mailbox)] == [1, 0]
    assert 'LOGIN ana@x.com "p w"' in box["said"]
    assert 'SELECT "Leads"' in box["said"]
    assert r"UID STORE 7 +FLAGS (\Seen)" in box["said"]
    assert await states(db, actor) == ["PROCESSED"]


def test_keys_stand_behind_the_plus_or_are_the_alias() -> None:
    assert keys(["leads+A1@x.com", "b2@x.com", "leads+a1@y.com", "nobody"]) == ["a1", "b2", ""]


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("Hi\n\nAm Fr., 3. Mai 2026 um 10:00 Uhr schrieb Bob <b@x.com>:\n> old", "Hi"), ("Hi\n-----Original Message-----\nold", "Hi"),
        ("Hi\r\n-- \r\nAna\r\nCEO", "Hi"), ("> quoted\nanswer", "answer"), ("", ""), ("On Monday we wrote: hello", "On Monday we wrote: hello"),
    ],
)
def test_what_is_quoted_and_signed_is_left_out(said: str, kept: str) -> None:
    assert body(said) == kept


def test_the_mail_of_a_double_opt_in_asks_and_nothing_else() -> None:
    from uuid import UUID

    row = {
        "form_name": "Demo <b>", "workspace_name": "Acme", "expires_at": datetime(2026, 5, 1, tzinfo=UTC), "locale": "en", "words": {},
    }  # fmt: skip
    link = capture.OptIn(UUID(int=1), UUID(int=2))
    words = opt_in_mail(row, link, "https://l.example")
    assert words == opt_in_mail(row, link, "https://l.example")
    assert ("nsubscribe" in f"{words}", "<b>" in words.html, words.html.count("https://l.example/confirm/")) == (False, False, 1)
    assert capture.read_opt_in(link.token()) == link
    assert delivery.read_visitor(link.token(), UUID(int=1)) is None
