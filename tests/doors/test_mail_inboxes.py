"""The doors by which what comes back arrives: each provider's shape, proven as that provider proves it; a mailbox; a Maildir."""

import base64
import hashlib
import hmac
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from standardwebhooks.webhooks import Webhook
from starlette.applications import Starlette

from leadwell import delivery, nurture
from leadwell.base.actor import Actor
from leadwell.base.tx import Database, Tx
from leadwell.delivery import NewInbox, tags
from leadwell.outside.imap.fake import FakeMailbox
from leadwell.outside.maildir import Maildir
from tests import builders as b
from tests.doors.serving import asking
from tests.mailing import FROM, leads, open_post_kit, sends, sequence
from tests.pure.test_returned import dsn, group, mail
from workers import inboxes
from workers.drain import Drain

KEY = ec.generate_private_key(ec.SECP256R1())
PUBLIC = base64.b64encode(KEY.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)).decode()


async def made(db: Database, actor: Actor, provider: Any, secret: str | None = None) -> dict[str, Any]:
    """A send of a person, and an inbox: {"send", "message_id", "address", "tag", "path", "secret"}."""

    async def begin(tx: Tx) -> dict[str, Any]:
        await nurture.enroll_many(tx, await sequence(tx), await leads(tx, 1), "HAND")
        await nurture.step_due(tx, mail_from=FROM)
        ((send, message_id, address),) = await sends(tx, "id", "message_id", "address")
        inbox = await delivery.create_inbox(tx, NewInbox("Returns", "WEBHOOK", provider), secret)
        return {
            "send": send, "message_id": message_id, "address": address, "tag": tags.tag(tx.workspace, send), "inbox": inbox.id,
            "path": f"/inbound/mail/{delivery.inbox_token(tx.workspace, inbox.id)}", "secret": inbox.secret or secret}

    return await db.run(actor, begin)


def signed(provider: str, secret: str, body: Any) -> tuple[bytes, dict[str, str]]:
    """A body as its provider sends it."""
    if provider == "MAILGUN":
        stamp = str(int(time.time()))
        proof = hmac.new(secret.encode(), f"{stamp}t".encode(), hashlib.sha256).hexdigest()
        body = body | {"signature": {"timestamp": stamp, "token": "t", "signature": proof}}
    raw = body if isinstance(body, bytes) else orjson.dumps(body)
    headers = {"content-type": "message/rfc822" if isinstance(body, bytes) else "application/json"}
    if provider == "SENDGRID":
        headers |= {"x-twilio-email-event-webhook-timestamp": "1700000000"}
        headers["x-twilio-email-event-webhook-signature"] = base64.b64encode(KEY.sign(b"1700000000" + raw, ec.ECDSA(hashes.SHA256()))).decode()
    elif provider == "LEADWELL":
        now = datetime.now(UTC)
        headers |= {"webhook-id": "m", "webhook-timestamp": str(int(now.timestamp())), "webhook-signature": Webhook(secret).sign("m", now, raw.decode())}
    elif provider in ("SES", "POSTMARK"):
        headers["authorization"] = "Basic " + base64.b64encode(f"leadwell:{secret}".encode()).decode()
    return raw, headers


def ses(kind: str, about: Mapping[str, Any], m: Mapping[str, Any]) -> dict[str, Any]:
    inner = {"notificationType": kind, kind[:1].lower() + kind[1:]: about, "mail": {
        "messageId": "0100-ses", "headers": [{"name": "X-Leadwell-Send", "value": m["tag"]}], "commonHeaders": {"messageId": "<x@amazonses.com>"}}}  # fmt: skip
    return {"Type": "Notification", "MessageId": "sns1", "Message": orjson.dumps(inner).decode()}


BOUNCES = {
    "LEADWELL": lambda m: {"events": [{"id": "1", "kind": "BOUNCE", "references": [m["message_id"]], "recipient": m["address"], "status": "5.1.1"}]},
    "POSTMARK": lambda m: {"RecordType": "Bounce", "ID": 42, "Type": "HardBounce", "TypeCode": 1, "Email": m["address"], "Metadata": {"leadwell": m["tag"]},
                           "Details": "smtp;550 5.1.1 unknown", "BouncedAt": "2026-11-05T16:33:54.9070259Z"},
    "MAILGUN": lambda m: {"event-data": {"event": "failed", "severity": "permanent", "id": "e1", "timestamp": 1700000000.5, "recipient": m["address"],
                          "user-variables": {"leadwell": m["tag"]}, "message": {"headers": {"message-id": m["message_id"].strip("<>")}},
                          "delivery-status": {"code": 550, "message": "5.1.1 unknown"}}},
    "SENDGRID": lambda m: [{"event": "bounce", "type": "bounce", "email": m["address"], "smtp-id": m["message_id"], "sg_event_id": "g1", "status": "5.1.1",
                            "timestamp": 1700000000, "leadwell": m["tag"]}],
    "SES": lambda m: ses("Bounce", {"bounceType": "Permanent", "bounceSubType": "General", "feedbackId": "f1", "timestamp": "2026-01-27T14:59:38.237Z",
                         "bouncedRecipients": [{"emailAddress": m["address"], "status": "5.1.1", "action": "failed"}]}, m),
}  # fmt: skip
COMPLAINTS = {
    "LEADWELL": lambda m: dsn(
        "Feedback-Type: abuse\r\nUser-Agent: x\r\n", f"Message-ID: {m['message_id']}\r\nX-Leadwell-Send: {m['tag']}\r\n", "feedback-report"),
    "POSTMARK": lambda m: {"RecordType": "SpamComplaint", "ID": 7, "Email": m["address"], "Metadata": {"leadwell": m["tag"]}},
    "MAILGUN": lambda m: {"event-data": {"event": "complained", "id": "e2", "recipient": m["address"], "user-variables": {"leadwell": m["tag"]}}},
    "SENDGRID": lambda m: [{"event": "spamreport", "email": m["address"], "sg_event_id": "g2", "leadwell": m["tag"]}],
    "SES": lambda m: ses("Complaint", {"complainedRecipients": [{"emailAddress": m["address"]}], "feedbackId": "f2"}, m),
}  # fmt: skip
SECRETS = {"MAILGUN": "key-1", "SENDGRID": PUBLIC}


@pytest.mark.parametrize("provider", list(BOUNCES))
async def test_bounces_and_complaints_of_each_provider_count_once_and_only_proven(app: Starlette, db: Database, actor: Actor, provider: str) -> None:
    m = await made(db, actor, provider, SECRETS.get(provider))
    forged = signed(provider, "whsec_" + base64.b64encode(b"x" * 24).decode(), BOUNCES[provider](m))
    if provider == "SENDGRID":
        forged = (forged[0] + b" ", forged[1])
    async with asking(app) as client:
        refused = await client.post(m["path"], content=forged[0], headers=forged[1])
        bare = await client.post(m["path"], content=forged[0])
        assert (refused.status_code, bare.status_code, await suppressed(db, actor)) == (401, 401, [])
        for told in (BOUNCES[provider](m), COMPLAINTS[provider](m)):
            raw, headers = signed(provider, m["secret"], told)
            answers = [(await client.post(m["path"], content=raw, headers=headers)).json() for _ in range(2)]
            assert [one["results"][0]["state"] for one in answers] == ["TAKEN", "KNOWN"]
    assert await suppressed(db, actor) == ["COMPLAINT", "HARD_BOUNCE"]


async def suppressed(db: Database, actor: Actor) -> list[str]:
    async with db.read(actor) as tx:
        return [row["kind"] for row in await tx.fetch("SELECT s.kind FROM suppressions s WHERE s.workspace_id = $1 ORDER BY s.kind", tx.workspace)]


@pytest.mark.parametrize("content", [b"", b"[1]", b'{"events": 1}', b'{"events": [{"kind": "LOVE"}]}', b"[" * 9000])
async def test_what_cannot_be_read_is_refused_and_changes_nothing(app: Starlette, db: Database, actor: Actor, content: bytes) -> None:
    m = await made(db, actor, "LEADWELL")
    async with db.read(actor) as tx:
        before = await b.counts(tx)
    raw, headers = signed("SES", m["secret"], content)
    async with asking(app) as client:
        answer = await client.post(m["path"], content=raw, headers=headers | {"content-type": "application/json"})
        unknown = await client.post("/inbound/mail/nonsense", content=raw, headers=headers)
    assert (answer.status_code, unknown.status_code) == (400, 404)
    async with db.read(actor) as tx:
        assert await b.counts(tx) == before


async def test_providers_news_of_no_known_shape_break_nothing_and_sns_asks_to_be_confirmed(app: Starlette, db: Database, actor: Actor) -> None:
    m = await made(db, actor, "SES")
    asked = {"Type": "SubscriptionConfirmation", "MessageId": "c1", "SubscribeURL": "https://sns.example/confirm"}
    told = [asked, ses("Rendering Failure", {}, m), {"Type": "New"}]
    async with asking(app) as client:
        for one in told:
            raw, headers = signed("SES", m["secret"], one)
            assert (await client.post(m["path"], content=raw, headers=headers)).status_code == 200
    async with db.read(actor) as tx:
        rows = await tx.fetch("SELECT m.subject, m.reason FROM inbound_messages m WHERE m.workspace_id = $1 AND m.state = 'PARKED'", tx.workspace)
    assert [tuple(row) for row in rows] == [("SNS asks to confirm the subscription", "NOT_UNDERSTOOD")]


class Boxes:
    """Opens whatever a test put there."""

    def __init__(self, box: Any) -> None:
        self._box = box

    async def open(self, inbox: Mapping[str, Any]) -> Any:
        return self._box


async def read(db: Database, actor: Actor, box: Any) -> tuple[Any, ...]:
    """Reads the inboxes once, as a worker does."""
    kit = open_post_kit(db, "smtp://127.0.0.1:9")
    kit.inboxes = Boxes(box)
    await db.run(actor, lambda tx: tx.execute("UPDATE inboxes SET read_at = NULL WHERE workspace_id = $1", tx.workspace))
    assert await db.run(actor, delivery.plan_reading) == 1
    await Drain(kit, inboxes.KINDS).one(actor.workspace, [("transfer", 0)])
    async with db.read(actor) as tx:
        row = await tx.row("SELECT i.failing_since IS NOT NULL, i.last_error FROM inboxes i WHERE i.workspace_id = $1", tx.workspace)
    assert row is not None
    return tuple(row)


async def test_a_mailbox_is_read_and_one_that_is_away_says_so(db: Database, actor: Actor) -> None:
    m, box = await made(db, actor, "LEADWELL"), FakeMailbox()
    await db.run(actor, lambda tx: tx.execute("UPDATE inboxes SET kind = 'IMAP' WHERE workspace_id = $1", tx.workspace))
    box.put(mail(In_Reply_To=m["message_id"]))
    box.put(b"no mail at all")
    box.put(dsn(group("failed", "5.1.1", recipient=m["address"]), f"Message-ID: {m['message_id']}\r\n"))
    box.away = True
    assert (await read(db, actor, box))[0] is True
    assert await read(db, actor, box) == (False, None)
    assert (len(box.unread), len(box.read), await suppressed(db, actor)) == (0, 3, ["HARD_BOUNCE"])
    async with db.read(actor) as tx:
        assert await sends(tx, "replied_at IS NOT NULL AS r") == [(True,)]


async def test_a_maildir_is_read_its_letters_move_on_and_nothing_outside_of_it_is(db: Database, actor: Actor, tmp_path: Path) -> None:
    m = await made(db, actor, "LEADWELL")
    await db.run(actor, lambda tx: tx.execute("UPDATE inboxes SET kind = 'DIRECTORY', folder = 'inbox' WHERE workspace_id = $1", tx.workspace))
    (tmp_path / "inbox" / "new").mkdir(parents=True)
    (tmp_path / "inbox" / "new" / "1").write_bytes(mail(In_Reply_To=m["message_id"]))
    (tmp_path / "secret").write_text("x")
    (tmp_path / "inbox" / "new" / "2").symlink_to(tmp_path / "secret")
    assert await read(db, actor, Maildir(tmp_path, "inbox")) == (False, None)
    assert [file.name for file in (tmp_path / "inbox" / "cur").iterdir()] == ["1:2,S"]
    outside = tmp_path / "elsewhere"
    (tmp_path / "root").mkdir()
    (outside / "new").mkdir(parents=True)
    (tmp_path / "root" / "inbox").symlink_to(outside)
    failing, why = await read(db, actor, Maildir(tmp_path / "root", "inbox"))
    assert (failing, "leads out of" in why) == (True, True)
    assert (await read(db, actor, Maildir(tmp_path, "gone")))[0] is True


@pytest.mark.parametrize("folder", ["../x", "/etc", "a/../../b", "x\0y"])
async def test_a_folder_leads_nowhere_else(db: Database, actor: Actor, folder: str) -> None:
    from leadwell.base.refusals import Refusal

    with pytest.raises(Refusal, match="no name of a folder"):
        await db.run(actor, lambda tx: delivery.create_inbox(tx, NewInbox("x", "DIRECTORY", folder=folder)))


def test_the_address_of_an_inbox_names_it_and_its_workspace() -> None:
    pair = (UUID(int=1), UUID(int=2))
    assert delivery.read_inbox_token(delivery.inbox_token(*pair)) == pair
