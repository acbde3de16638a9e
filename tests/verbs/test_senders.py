"""Senders with servers of their own: what is refused, the connections they keep to themselves, the breaker, the key, and another channel."""

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from standardwebhooks.webhooks import Webhook

from leadwell import delivery, nurture
from leadwell.base.actor import Actor
from leadwell.base.refusals import Refusal
from leadwell.base.settings import load_settings
from leadwell.base.tx import Database, Tx
from leadwell.delivery import Refused, Route, Unreachable, breaker
from leadwell.embedded.mail_server import MailServer
from leadwell.outside.channel import Carriers, WebhookChannel
from leadwell.outside.smtp import SmtpMailer
from tests import builders as b
from tests.mailing import FROM, Post, leads, post, recipients, sends, sequence

SMTP = {"name": "Sales", "address": "sales@acme.example"}


@pytest_asyncio.fixture
async def office(db: Database, workspace: UUID, tmp_path: Path) -> AsyncIterator[Post]:
    async with post(db, workspace, tmp_path) as opened:
        yield opened


@asynccontextmanager
async def by_own_server(db: Database, actor: Actor, folder: Path, **more: Any) -> AsyncIterator[tuple[MailServer, UUID]]:
    """A default sender with a mail server of its own on this machine."""
    async with MailServer(folder) as server:
        given = SMTP | {"host": server.host, "port": server.port, "security": "NONE", "is_default": True} | more
        yield server, await db.run(actor, lambda tx: delivery.create_sender(tx, given))


async def plan(db: Database, actor: Actor, count: int) -> None:
    async def begin(tx: Tx) -> None:
        await nurture.enroll_many(tx, await sequence(tx), await leads(tx, count), "HAND")
        await nurture.step_due(tx, mail_from=FROM)

    await db.run(actor, begin)


async def ledger(db: Database, actor: Actor, *columns: str) -> list[tuple[Any, ...]]:
    async with db.read(actor) as tx:
        return await sends(tx, *columns)


@pytest.mark.parametrize(("given", "field"), [
    ({"address": "nowhere"}, "address"), ({"host": "smtp.example.com", "security": "NONE"}, "security"),
    ({"host": "smtp.example.com", "login": "x"}, "password"),
    ({"host": "a b"}, "host"), ({"url": "https://x.example"}, "url"), ({"channel": "WEBHOOK"}, "url"), ({"channel": "WEBHOOK", "url": "ftp://x"}, "url"),
    ({"channel": "WEBHOOK", "url": "https://x.example"}, "password"),
    ({"host": "x.example", "port": 70_000}, "port"), ({"name": "\r\n"}, "name"), ({"reply_to": "nowhere"}, "reply_to"),
])  # fmt: skip
async def test_what_cannot_send_is_refused_with_its_field(db: Database, actor: Actor, given: dict[str, Any], field: str) -> None:
    with pytest.raises(Refusal) as refused:
        await db.run(actor, lambda tx: delivery.create_sender(tx, SMTP | given))
    assert refused.value.field == field
    async with db.read(actor) as tx:
        assert await tx.value("SELECT count(*) FROM senders s WHERE s.workspace_id = $1", tx.workspace) == 0


async def test_another_server_needs_its_password_again_and_a_sender_in_use_stays_with_the_list(db: Database, actor: Actor) -> None:
    async def story(tx: Tx) -> UUID:
        id = await delivery.create_sender(tx, SMTP | {"host": "smtp.example.com", "login": "me"}, "secret")
        row = await tx.row("SELECT s.port, s.security, s.secret_ciphertext FROM senders s WHERE s.workspace_id = $1", tx.workspace)
        assert row is not None
        assert (row["port"], row["security"], b"secret" in row["secret_ciphertext"]) == (587, "STARTTLS", False)
        with pytest.raises(Refusal, match="password has to be said again"):
            await delivery.update_sender(tx, id, {"host": "evil.example.com"})
        await delivery.update_sender(tx, id, {"name": "Sales\r\nBcc: x@y.example"})
        assert await tx.value("SELECT s.name FROM senders s WHERE s.workspace_id = $1", tx.workspace) == "Sales Bcc: x@y.example"
        await sequence(tx, name="Welcome", sender_id=id)
        with pytest.raises(Refusal, match="used by sequence “Welcome”"):
            await delivery.archive_sender(tx, id)
        return id

    assert await db.run(actor, story)


async def test_a_sender_sends_by_its_own_server_and_bounces_go_to_its_tagged_address(
    db: Database, actor: Actor, office: Post, tmp_path: Path
) -> None:
    more = {"bounce_address": "bounces@acme.example", "reply_to": "me@acme.example", "tags_replies": True}
    async with by_own_server(db, actor, tmp_path / "own", **more) as (server, _):
        await plan(db, actor, 3)
        await office.run()
        assert (len(server.mailbox.list()), office.server.mailbox.list()) == (3, [])
        mail = server.mailbox.list()[0]
        message = server.mailbox.message(mail.id)
        assert message is not None
        tag = str(message["x-leadwell-send"])
        assert (mail.sender, str(message["reply-to"])) == (f"bounces+{tag}@acme.example", f"me+{tag}@acme.example")


async def test_two_senders_of_one_host_share_no_connection(tmp_path: Path) -> None:
    mailer = SmtpMailer(load_settings({}, None))
    async with MailServer(tmp_path) as server:
        routes = [Route(UUID(int=i), "EMAIL", server.host, server.port, security="NONE") for i in (1, 1, 2)]
        seen: list[int] = []
        for route in routes:
            async with mailer.open(route) as session:
                await session.mail("a@x.example")
                seen.append(id(session._connection))  # type: ignore[attr-defined]  # pyright: ignore
        await mailer.close()
    assert (seen[0] == seen[1], seen[1] == seen[2]) == (True, False)


async def test_starttls_that_is_not_offered_is_never_gone_without(tmp_path: Path) -> None:
    mailer = SmtpMailer(load_settings({}, None))
    async with MailServer(tmp_path) as server:
        with pytest.raises(Unreachable, match="STARTTLS"):
            async with mailer.open(Route(UUID(int=1), "EMAIL", server.host, server.port, security="STARTTLS")):
                pass
    await mailer.close()


async def test_in_production_a_sender_reaches_no_private_host_that_is_not_listed(tmp_path: Path) -> None:
    settings = replace(load_settings({}, None), environment="production")
    async with MailServer(tmp_path) as server:
        route = Route(UUID(int=1), "EMAIL", server.host, server.port, security="NONE")
        strict, listed = SmtpMailer(settings), SmtpMailer(replace(settings, private_hosts=(server.host,)))
        with pytest.raises(Unreachable, match="not on the public internet"):
            async with strict.open(route):
                pass
        async with listed.open(route) as session:
            await session.mail("a@x.example")
        await listed.close()


def test_the_breaker_rests_longer_each_time_up_to_a_quarter_of_an_hour() -> None:
    rests = [breaker.rest(n) for n in (1, 2, 3, 4, 8, 1000)]
    assert rests == [None, None, timedelta(seconds=30), timedelta(seconds=60), timedelta(minutes=15), timedelta(minutes=15)]


async def test_a_dead_server_opens_the_breaker_of_its_sender_alone_and_a_test_closes_it(db: Database, actor: Actor, office: Post) -> None:
    dead = SMTP | {"host": "127.0.0.1", "port": 9, "security": "NONE", "is_default": True}
    id = await db.run(actor, lambda tx: delivery.create_sender(tx, dead))
    await plan(db, actor, 30)
    await office.drain.queue("deliver")
    await office.drain.idle()

    async def shown(tx: Tx) -> tuple[Any, ...]:
        row = await tx.row("SELECT s.failures, s.retry_at IS NOT NULL, s.last_error IS NOT NULL FROM senders s WHERE s.workspace_id = $1", tx.workspace)
        failing = await tx.value("SELECT count(*) FROM events e WHERE e.workspace_id = $1 AND e.kind = 'sender.failing'", tx.workspace)
        assert row is not None
        return (*row, failing)

    assert await db.run(actor, shown) == (3, True, True, 1)
    assert {state for (state,) in await ledger(db, actor, "state")} == {"PLANNED"}
    await db.run(actor, lambda tx: breaker.worked(tx, id, tested=True))
    assert await db.run(actor, shown) == (0, False, False, 1)


async def test_one_554_in_a_batch_and_a_drop_every_tenth_connection_cost_no_neighbor_anything(
    db: Database, actor: Actor, office: Post, tmp_path: Path
) -> None:
    async with by_own_server(db, actor, tmp_path / "own") as (server, _):
        await plan(db, actor, 40)
        victim = (await ledger(db, actor, "address"))[7][0]
        server.fail("RCPT", "554 5.1.1 no such user", match=str(victim))
        for _ in range(4):
            server.fail("CUT_AFTER_KEPT")
        await office.run()
        states = sorted(state for (state,) in await ledger(db, actor, "state"))
        assert states == ["AMBIGUOUS"] * 4 + ["REJECTED"] + ["SENT"] * 35
        got = recipients(server)
        assert (len(got), len(set(got)), victim in got) == (39, 39, False), "each of the others exactly once, also those whose answer was lost"


async def test_a_slow_relay_is_waited_for_and_gets_one_copy(db: Database, actor: Actor, office: Post, tmp_path: Path) -> None:
    async with by_own_server(db, actor, tmp_path / "own") as (server, _):
        server.fail("DATA", "", times=None, delay=0.3)
        await plan(db, actor, 4)
        await asyncio.gather(*(office.drain.queue("deliver") for _ in range(3)))
        await office.run()
        assert (len(recipients(server)), {state for (state,) in await ledger(db, actor, "state")}) == (4, {"SENT"})


async def test_mail_is_signed_with_the_senders_key_and_dns_says_how_to_check_it(db: Database, actor: Actor, office: Post) -> None:
    async def set_up(tx: Tx) -> tuple[delivery.DnsRecord, delivery.DnsRecord | None]:
        id = await delivery.create_sender(tx, SMTP | {"is_default": True})
        return await delivery.make_key(tx, id, "LW1"), await delivery.dns_record(tx, id)

    made, told = await db.run(actor, set_up)
    assert (made, made.name) == (told, "lw1._domainkey.acme.example")
    await plan(db, actor, 1)
    await office.run()
    raw = office.server.mailbox.raw(office.server.mailbox.list()[0].id).replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    assert verified(raw, made.text)
    assert not verified(raw.replace(b"Subject: Hello", b"Subject: Hullo"), made.text)


def verified(raw: bytes, record: str) -> bool:
    """Checks a signature as RFC 6376 says, written apart from what signs."""
    head, _, body = raw.partition(b"\r\n\r\n")
    lines = head.replace(b"\r\n\t", b" ").replace(b"\r\n ", b" ").split(b"\r\n")
    headers = {line.partition(b":")[0].lower(): b" ".join(line.partition(b":")[2].split()) for line in lines}
    said = dict(part.strip().partition("=")[::2] for part in headers[b"dkim-signature"].decode().split(";"))
    text = b"".join(name + b":" + headers[name] + b"\r\n" for name in (one.encode() for one in said["h"].split(":")))
    bare = headers[b"dkim-signature"].partition(b" b=")[0] + b" b="
    digest = hashes.Hash(hashes.SHA256())
    digest.update(b"\r\n".join(b" ".join(line.split(b" ")).rstrip() for line in body.rstrip(b"\r\n").split(b"\r\n")) + b"\r\n")
    if base64.b64encode(digest.finalize()).decode() != said["bh"]:
        return False
    key: Any = serialization.load_der_public_key(base64.b64decode(record.partition("p=")[2]))
    try:
        key.verify(base64.b64decode(said["b"].replace(" ", "")), text + b"dkim-signature:" + bare, padding.PKCS1v15(), hashes.SHA256())
    except Exception:
        return False
    return True


@asynccontextmanager
async def gateway(answer: bytes) -> AsyncIterator[tuple[str, list[bytes]]]:
    """A system that takes messages over HTTP; b"" hangs up without an answer."""
    got: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(int(line.split(b":")[1]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length"))
        got.append(head + await reader.readexactly(length))
        writer.write(answer)
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/sms", got


@pytest.mark.parametrize(("answer", "state"), [
    (b"HTTP/1.1 202 Accepted\r\ncontent-length: 2\r\n\r\nok", "SENT"), (b"HTTP/1.1 422 No\r\ncontent-length: 0\r\n\r\n", "REJECTED"),
    (b"HTTP/1.1 503 Later\r\ncontent-length: 0\r\n\r\n", "DEFERRED"), (b"", "AMBIGUOUS"),
])  # fmt: skip
async def test_another_channel_has_the_same_ledger_gate_and_states(db: Database, actor: Actor, office: Post, answer: bytes, state: str) -> None:
    office.kit.mailer = Carriers(office.kit.mailer, WebhookChannel(allow_loopback=True))
    async with gateway(answer) as (url, got):
        given = {"name": "Texts", "address": "+4915112345678", "channel": "WEBHOOK", "url": url}

        async def begin(tx: Tx) -> None:
            sender = await delivery.create_sender(tx, given, "s" * 32)
            await nurture.enroll_many(tx, await sequence(tx, sender_id=sender), await leads(tx, 1), "HAND")
            await nurture.step_due(tx, mail_from=FROM)

        await db.run(actor, begin)
        await office.drain.queue("deliver")
        await office.drain.idle()
    assert [row[0] for row in await ledger(db, actor, "state")] == [state]
    head, _, body = got[0].partition(b"\r\n\r\n")
    headers = {line.partition(b":")[0].decode().lower(): line.partition(b":")[2].strip().decode() for line in head.split(b"\r\n")[1:]}
    told = Webhook("whsec_" + base64.b64encode(b"s" * 32).decode()).verify(body, headers)
    assert (told["from"], "Dear Ada Lovelace" in told["text"], "http" in told["text"]) == ("+4915112345678", True, True)


def test_a_refusal_about_us_is_told_from_one_about_the_reader() -> None:
    said = {reply: (Refused("RCPT", 550, reply).policy, Refused("RCPT", 550, reply).dead_address) for reply in ("5.7.1 blocked", "5.1.1 unknown", "no")}
    assert said == {"5.7.1 blocked": (True, False), "5.1.1 unknown": (False, True), "no": (False, False)}


async def test_a_template_of_five_megabytes_or_a_line_break_in_a_name_sends_nothing_wrong(db: Database, actor: Actor, office: Post) -> None:
    async def begin(tx: Tx) -> None:
        ada = await b.make_person(tx, name="Ada\r\nBcc: eve@x.example")
        await b.make_lead(tx, ada)
        await nurture.enroll_many(tx, await sequence(tx), [ada], "HAND")
        await nurture.step_due(tx, mail_from=FROM)
        with pytest.raises(Refusal):
            await delivery.create_template(tx, "Huge", delivery.Words("x", "a" * 5_000_000))

    await db.run(actor, begin)
    await office.drain.queue("deliver")
    await office.drain.idle()
    assert office.server.mailbox.list() == []
    async with db.read(actor) as tx:
        jobs = await tx.fetch("SELECT w.state, w.last_error FROM work w WHERE w.workspace_id = $1 AND w.kind = 'deliver.send'", tx.workspace)
    assert [tuple(job) for job in jobs] == [("DEAD", "The mail cannot be made: The subject has a line break in it.")], "it waits, and says why"
