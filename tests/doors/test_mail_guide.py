"""The guide's steps to set mail up, done with the guide's own documents against a real mail server."""

import base64
import re
from pathlib import Path
from uuid import UUID

from starlette.applications import Starlette

from leadwell.base.actor import Actor
from leadwell.base.ids import encode_id
from leadwell.base.tx import Database, Tx
from leadwell.catalog import CATALOG
from leadwell.embedded.mail_server import MailServer
from tests import builders as b
from tests.doors.serving import ask, asking, key_for
from tests.mailing import topic
from tests.processes import ROOT

GUIDE = (ROOT / "docs/guide/mail.md").read_text()
DOCUMENTS = {m[1]: m[0] for m in re.finditer(r"(?:query|mutation) (\w+).*?(?=\n```)", GUIDE, re.DOTALL)}
CHANGE = "mutation($input: UpdateSenderInput!) { updateSender(input: $input) { sender { port } userErrors { code message field } } }"


async def test_an_administrator_sets_mail_up_by_the_guide(app: Starlette, db: Database, actor: Actor, workspace: UUID, tmp_path: Path) -> None:
    async with asking(app, await key_for(db, workspace)) as client, MailServer(tmp_path) as server:
        made = (await ask(client, DOCUMENTS["Sender"]))["data"]["createSender"]
        assert (made["userErrors"], made["sender"]["port"], made["sender"]["failures"]) == ([], 587, 0)
        sender = made["sender"]["id"]
        moved = {"id": sender, "host": "127.0.0.1", "port": 9, "security": "NONE", "login": None, "password": "x"}
        assert (await ask(client, CHANGE, input=moved))["data"]["updateSender"]["userErrors"] == []
        tried = (await ask(client, DOCUMENTS["Try"], sender=sender))["data"]["testSender"]
        assert (tried["worked"], "127.0.0.1:9" in tried["answer"], tried["userErrors"]) == (False, True, [])
        moved |= {"host": server.host, "port": server.port}
        assert (await ask(client, CHANGE, input=moved))["data"]["updateSender"]["userErrors"] == []
        tried = (await ask(client, DOCUMENTS["Try"], sender=sender))["data"]["testSender"]
        assert (tried["worked"], tried["answer"], tried["sender"]["testedAt"] is not None) == (True, None, True)
        record = (await ask(client, DOCUMENTS["Sign"], sender=sender))["data"]["createSenderKey"]["record"]
        assert (record["type"], record["name"], record["text"][:15]) == ("TXT", "lw1._domainkey.acme.example", "v=DKIM1; k=rsa;")
        assert server.mailbox.list() == []


async def test_what_comes_back_is_set_up_by_the_guide(app: Starlette, db: Database, actor: Actor, workspace: UUID) -> None:
    async with asking(app, await key_for(db, workspace)) as client:
        inbox = (await ask(client, DOCUMENTS["Inbox"]))["data"]["createInbox"]
        assert inbox["userErrors"] == []
        door = (await ask(client, DOCUMENTS["Door"], inbox=inbox["inbox"]["id"]))["data"]["inboxDoor"]
        assert door["plus"] == inbox["inbox"]["key"]
        path = "/inbound/mail/" + door["url"].rpartition("/")[2]
        proof = {"authorization": "Basic " + base64.b64encode(f"leadwell:{inbox['secret']}".encode()).decode()}
        told = {"RecordType": "SpamComplaint", "ID": 1, "Email": "x@y.example", "Metadata": {}}
        assert (await client.post(path, json=told, headers=proof)).json() == {"results": [{"state": "PARKED", "reason": "NO_MAIL_OF_OURS", "send": None}]}
        (parked,) = (await ask(client, DOCUMENTS["Parked"]))["data"]["inboundMessages"]["nodes"]
        assert (parked["kind"], parked["reason"]) == ("COMPLAINT", "NO_MAIL_OF_OURS")
        text = "mutation($id: ID!) { dismissInboundMessage(input: {id: $id}) { inboundMessage { state } userErrors { code } } }"
        assert (await ask(client, text, id=parked["id"]))["data"]["dismissInboundMessage"]["inboundMessage"] == {"state": "DISMISSED"}


async def test_the_guides_switches_lists_and_channel_work(app: Starlette, db: Database, actor: Actor, workspace: UUID) -> None:
    async with asking(app, await key_for(db, workspace)) as client:
        settings = (await ask(client, DOCUMENTS["Tracking"]))["data"]["updateWorkspaceSettings"]["workspace"]["settings"]
        assert settings == {"trackOpens": False, "trackClicks": True}
        made = (await ask(client, DOCUMENTS["Suppress"]))["data"]["suppressAddress"]
        assert (made["userErrors"], made["suppression"]["kind"]) == ([], "MANUAL")
        lift = ("mutation($id: ID!, $why: String!) { liftSuppression(input: {id: $id, reason: $why}) "
                "{ suppression { liftedReason } userErrors { code field } } }")
        empty = (await ask(client, lift, id=made["suppression"]["id"], why=" "))["data"]["liftSuppression"]
        assert empty["userErrors"] == [{"code": "REASON_NEEDED", "field": ["reason"]}]
        lifted = (await ask(client, lift, id=made["suppression"]["id"], why="A mistake"))["data"]["liftSuppression"]
        assert lifted["suppression"] == {"liftedReason": "A mistake"}
        channel = (await ask(client, DOCUMENTS["Channel"]))["data"]["createSender"]
        assert (channel["userErrors"], channel["sender"]["channel"]) == ([], "WEBHOOK")
        assert (await ask(client, "{ ambiguousSends { sendId state explanation } }"))["data"] == {"ambiguousSends": []}


async def test_what_people_say_about_consent_is_written_down_by_the_guide(app: Starlette, db: Database, actor: Actor, workspace: UUID) -> None:
    async def people(tx: Tx) -> tuple[UUID, UUID, UUID]:
        other = await b.make_person(tx, email="eve@acme.example")
        return await b.make_person(tx, email="ada@acme.example"), other, await topic(tx, "newsletter")

    ada, _, news = await db.run(actor, people)
    told = {"person": encode_id(CATALOG["Person"].tag, ada), "topic": encode_id(CATALOG["Topic"].tag, news)}
    async with asking(app, await key_for(db, workspace)) as client:
        agreed = (await ask(client, DOCUMENTS["Agreed"], headers={"idempotency-key": "a call"}, **told))["data"]["recordConsent"]
        again = (await ask(client, DOCUMENTS["Agreed"], headers={"idempotency-key": "a call"}, **told))["data"]["recordConsent"]
        (act,) = agreed["consents"]
        assert again["consents"] == agreed["consents"]
        assert (act["state"], act["basis"], act["origin"], act["evidence"]) == ("GRANTED", "CONSENT", "PHONE", {"proof": "Call of 3 March, heard by Ana"})
        assert (agreed["heldBy"], agreed["userErrors"]) == (None, [])
        gone = (await ask(client, DOCUMENTS["NoMore"], **told))["data"]["withdrawConsent"]
        same = (await ask(client, DOCUMENTS["NoMore"], **told))["data"]["withdrawConsent"]
        assert ([one["state"] for one in gone["consents"]], gone["heldBy"], gone["userErrors"]) == (["WITHDRAWN"], "SUPPRESSED_UNSUBSCRIBE", [])
        assert same["consents"] == gone["consents"]
        record = "mutation($i: RecordConsentInput!) { recordConsent(input: $i) { consents { id } heldBy userErrors { code field } } }"
        said = {"personId": told["person"], "topicId": told["topic"], "source": "PAPER"}
        held = (await ask(client, record, i=said))["data"]["recordConsent"]
        assert (len(held["consents"]), held["heldBy"]) == (1, "SUPPRESSED_UNSUBSCRIBE")
        for wrong, field in (({"address": "eve@acme.example"}, "address"), ({"at": "2199-01-01T00:00:00Z"}, "at"), ({"ip": "300.1.1.1"}, "ip")):
            answer = (await ask(client, record, i=said | wrong))["data"]["recordConsent"]
            assert answer == {"consents": [], "heldBy": None, "userErrors": [{"code": "BAD_CONSENT", "field": [field]}]}
        shown = await ask(client, "query($id: ID!) { person(id: $id) { consents(first: 9) { nodes { state } } } }", id=told["person"])
        assert [one["state"] for one in shown["data"]["person"]["consents"]["nodes"]] == ["GRANTED", "WITHDRAWN", "GRANTED"]
    async with asking(app, await key_for(db, workspace, "*:read")) as client:
        assert (await ask(client, record, i=said))["data"]["recordConsent"]["userErrors"] == [{"code": "FORBIDDEN", "field": None}]
