"""What Amazon SNS posts to an inbox for SES is believed by its signature: of the topic that was confirmed, by a certificate of Amazon's own."""

import base64
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID
from starlette.applications import Starlette

from leadwell import delivery
from leadwell.base.actor import Actor
from leadwell.base.settings import load_settings
from leadwell.base.tx import Database
from leadwell.delivery import sns
from leadwell.outside.inboxes import Inboxes
from leadwell.outside.sns import AmazonSns
from tests.doors.serving import asking
from tests.doors.test_mail_inboxes import BOUNCES, made, suppressed
from tests.internet import Internet

KEY = rsa.generate_private_key(65537, 2048)
CERT, CONFIRM = "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-1.pem", "https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&Token=t"
TOPIC = "arn:aws:sns:eu-west-1:1:returns"


def certificate(days: int = 30) -> bytes:
    name, now = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")]), datetime.now(UTC)
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(KEY.public_key()).serial_number(1)
    made = made.not_valid_before(now - timedelta(days=60)).not_valid_after(now + timedelta(days=days))
    return made.sign(KEY, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def post(type: str, message: Any = "", *, version: str = "2", **more: Any) -> bytes:
    """A message as SNS posts it; `more` is written over what was signed."""
    body = {"Type": type, "MessageId": "sns1", "TopicArn": more.pop("topic", TOPIC), "Message": orjson.dumps(message).decode(),
            "Timestamp": "2026-11-20T12:00:00.000Z", "SignatureVersion": version, "SigningCertURL": CERT}
    if type != "Notification":
        body |= {"Token": "t", "SubscribeURL": CONFIRM}
    hashed = hashes.SHA1() if version == "1" else hashes.SHA256()
    body["Signature"] = base64.b64encode(KEY.sign(sns.signed_text(body), padding.PKCS1v15(), hashed)).decode()
    return orjson.dumps(body | more)


@pytest.fixture
def amazon(app: Starlette) -> Iterator[Internet]:
    """Amazon SNS as the API asks it."""
    here, kit = Internet({CERT.removeprefix("https://"): certificate(), CONFIRM.removeprefix("https://"): "<ok/>"}), app.state.house.kit
    before, kit.inboxes = kit.inboxes, Inboxes(load_settings({}, None), AmazonSns(resolver=here.resolve, inner=here))
    yield here
    kit.inboxes = before


async def topic(db: Database, actor: Actor, inbox: UUID) -> str | None:
    async with db.read(actor) as tx:
        return await tx.value("SELECT i.topic FROM inboxes i WHERE i.workspace_id = $1 AND i.id = $2", tx.workspace, inbox)


async def test_a_subscription_is_confirmed_once_and_then_its_topic_alone_is_believed(app: Starlette, db: Database, actor: Actor, amazon: Internet) -> None:
    m = await made(db, actor, "SES")
    bounce = orjson.loads(BOUNCES["SES"](m)["Message"])
    async with asking(app) as client:
        async def told(raw: bytes) -> tuple[int, Any]:
            answer = await client.post(m["path"], content=raw, headers={"content-type": "text/plain; charset=UTF-8"})
            return answer.status_code, answer.json().get("results")

        assert (await told(post("Notification", bounce)))[0] == 401, "nobody confirmed its topic"
        assert await told(post("SubscriptionConfirmation")) == (200, [])
        assert await topic(db, actor, m["inbox"]) == TOPIC
        assert (await told(post("SubscriptionConfirmation", topic="arn:aws:sns:eu-west-1:2:mine")))[0] == 401
        assert amazon.asked == [CERT.removeprefix("https://"), CONFIRM.removeprefix("https://")], "the certificate is asked once, no foreign topic is confirmed"
        for forged in (post("Notification", bounce, Message=orjson.dumps(bounce | {"x": 1}).decode()), post("Notification", bounce, Signature="bm8="),
                       post("Notification", bounce, SignatureVersion="3"), post("Notification", bounce, topic="arn:aws:sns:eu-west-1:2:mine")):
            assert (await told(forged))[0] == 401
        assert await suppressed(db, actor) == []
        states = [(await told(post("Notification", bounce, version=version)))[1][0]["state"] for version in ("1", "2")]
        assert (states, await suppressed(db, actor)) == (["TAKEN", "KNOWN"], ["HARD_BOUNCE"])


@pytest.mark.parametrize("url", [
    "https://sns.evil.example/SimpleNotificationService-1.pem", "http://sns.eu-west-1.amazonaws.com/a.pem", "https://sns.eu-west-1.amazonaws.com.evil.example/a.pem",
    "https://x@sns.eu-west-1.amazonaws.com/a.pem", "https://sns.eu-west-1.amazonaws.com:8443/a.pem", "https://s3.eu-west-1.amazonaws.com/mine/a.pem",
    "https://sns.eu-west-1.amazonaws.com/a.html", "https://sns.eu-west-1.amazonaws.com:x/a.pem",
])  # fmt: skip
async def test_certificates_of_others_are_not_even_asked_for(app: Starlette, db: Database, actor: Actor, amazon: Internet, url: str) -> None:
    m = await made(db, actor, "SES")
    async with asking(app) as client:
        refused = await client.post(m["path"], content=post("SubscriptionConfirmation", SigningCertURL=url))
    assert (refused.status_code, amazon.asked, await topic(db, actor, m["inbox"])) == (401, [], None)


async def test_a_certificate_that_ran_out_proves_nothing_and_amazon_away_is_tried_again(app: Starlette, db: Database, actor: Actor, amazon: Internet) -> None:
    m = await made(db, actor, "SES")
    amazon.pages[CERT.removeprefix("https://")] = OSError("down")
    async with asking(app) as client:
        away = await client.post(m["path"], content=post("SubscriptionConfirmation"))
        amazon.pages[CERT.removeprefix("https://")] = certificate(days=-1)
        old = await client.post(m["path"], content=post("SubscriptionConfirmation"))
    assert (away.status_code, away.json()["error"]["code"], old.status_code, await topic(db, actor, m["inbox"])) == (503, "SNS_AWAY", 401, None)
    assert not delivery.to_confirm(None)
