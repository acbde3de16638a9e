"""What other systems send in: proven on its raw bytes, read by a mapping, taken once; what vendors send is as they document it."""

import asyncio
import base64
import email
import email.policy
import hashlib
import hmac
import json
import time
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette

from leadwell import capture
from leadwell.base.actor import Actor
from leadwell.base.ids import decode_id, encode_id
from leadwell.base.tx import Database, Tx
from leadwell.capture import Feed, NewFeed
from leadwell.catalog import CATALOG
from tests.doors.serving import ask, asking, key_for
from tests.doors.test_capture_http import rows

RECORDED = Path(__file__).parent / "recorded"
MAPPING = {"email": ["/work/mail", "/mail"], "name": "/name", "phone": "/phones/0/~1number", "utm_source": "/utm"}
JSON = {"content-type": "application/json"}


async def made(db: Database, actor: Actor, secret: str | None = None, **more: Any) -> Feed:
    async def verb(tx: Tx) -> Feed:
        feed = await capture.create_feed(tx, NewFeed(**{"name": "Shop", "mapping": MAPPING, **more}), secret)
        return await capture.read_feed(tx, feed.id)

    return await db.run(actor, verb)


async def send(app: Starlette, feed: Feed, body: Any, **headers: str) -> Any:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    async with asking(app) as client:
        return await client.post(f"/inbound/{feed.key}", content=raw, headers={**JSON, **{name.replace("_", "-"): value for name, value in headers.items()}})


def signed(secret: str, body: bytes) -> str:
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


async def test_mapping_reads_json_by_pointer(app: Starlette, db: Database, actor: Actor) -> None:
    feed = await made(db, actor, country="PT")
    answer = await send(app, feed, {"mail": "ana@acme.com", "name": "Ana", "phones": [{"/number": "912 345 678"}], "utm": "partner", "other": {"kept": 1}})
    assert [one["outcome"] for one in answer.json()["results"]] == ["CREATED"]
    assert await rows(db, actor, "person_phones", "e164") == [{"e164": "+351912345678"}]
    assert await rows(db, actor, "touchpoints", "utm_source") == [{"utm_source": "partner"}]
    assert (await rows(db, actor, "submissions", "payload"))[0]["payload"]["fields"]["_sent"]["other"] == {"kept": 1}
    assert "Shop" in [row["name"] for row in await rows(db, actor, "sources", "name")]


async def test_many_in_one_body_are_told_apart_and_the_unreadable_one_is_parked(app: Starlette, db: Database, actor: Actor) -> None:
    feed = await made(db, actor, items="/people", external_id="/id")
    body = {"people": [{"id": 1, "mail": "a@acme.com"}, {"id": 2}, 7, {"id": 3, "mail": "c@acme.com"}]}
    answers = [await send(app, feed, body) for _ in range(2)]
    assert [one["outcome"] for one in answers[0].json()["results"]] == ["CREATED", "PARKED", "PARKED", "CREATED"]
    assert len(await rows(db, actor, "leads")) == 2
    assert len(await rows(db, actor, "submissions")) == 5  # the one without an id came twice


async def test_the_same_event_sent_twenty_times_at_once_is_one(app: Starlette, db: Database, actor: Actor) -> None:
    feed = await made(db, actor, external_id="/id")
    answers = await asyncio.gather(*(send(app, feed, {"id": "e1", "mail": "ana@acme.com"}) for _ in range(20)))
    assert len({answer.json()["results"][0]["submissionId"] for answer in answers}) == 1
    assert (len(await rows(db, actor, "leads")), len(await rows(db, actor, "submissions"))) == (1, 1)


async def test_signed_feed_takes_nothing_else_and_a_replay_is_the_same_event(app: Starlette, db: Database, actor: Actor) -> None:
    feed = await made(db, actor, "s3cret", signature="HMAC", signature_header="X-Shop-Hmac")
    body = b'{"mail":  "ana@acme.com"}'
    digest = signed("s3cret", body)
    wrong = [{}, {"x_shop_hmac": "00"}, {"x_shop_hmac": "nonsense"}, {"x_shop_hmac": signed("other", body)}, {"x_signature": digest}]
    refused = [await send(app, feed, body, **headers) for headers in wrong] + [await send(app, feed, b'{"mail": "ana@acme.com"}', x_shop_hmac=digest)]
    assert {(answer.status_code, answer.json()["error"]["code"]) for answer in refused} == {(401, "BAD_SIGNATURE")}
    assert await rows(db, actor, "submissions") == []
    forms = (digest, f"sha256={digest}", base64.b64encode(bytes.fromhex(digest)).decode())
    assert {(await send(app, feed, body, x_shop_hmac=form)).status_code for form in forms} == {200}
    assert len(await rows(db, actor, "submissions")) == 1


async def test_standard_webhooks_are_checked_with_their_time(app: Starlette, db: Database, actor: Actor) -> None:
    key = base64.b64encode(b"k" * 24).decode()
    feed = await made(db, actor, f"whsec_{key}", signature="STANDARD")
    body = b'{"mail": "ana@acme.com"}'

    def headers(at: int, id: str = "msg_1") -> dict[str, str]:
        digest = base64.b64encode(hmac.digest(b"k" * 24, f"{id}.{at}.".encode() + body, hashlib.sha256)).decode()
        return {"webhook_id": id, "webhook_timestamp": str(at), "webhook_signature": f"v1,AAAA v2,x v1,{digest}"}

    now = int(time.time())
    statuses = [(await send(app, feed, body, **headers(at))).status_code for at in (now - 301, now + 400, now, now)]
    assert statuses == [401, 401, 200, 200]
    assert len(await rows(db, actor, "submissions")) == 1
    assert (await send(app, feed, body, **{**headers(now), "webhook_id": "msg_2"})).status_code == 401


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [(b"{", 400, "UNREADABLE_BODY"), (b"\xff\xfe{}", 400, "UNREADABLE_BODY"), (b"[" * 5000, 400, "UNREADABLE_BODY"),
     (b'{"mail": "a\\u0000"}', 400, "UNREADABLE_BODY"),
     (json.dumps([{}] * 501).encode(), 422, "TOO_MANY_SUBMISSIONS"), (b'"' + b"x" * 1_100_000 + b'"', 413, "BODY_TOO_LARGE")],
)  # fmt: skip
async def test_what_cannot_be_read_is_refused_and_nothing_is_kept(app: Starlette, db: Database, actor: Actor, body: bytes, status: int, code: str) -> None:
    feed = await made(db, actor)
    answer = await send(app, feed, body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert await rows(db, actor, "submissions") == []


async def test_unknown_and_closed_feeds_say_so(app: Starlette, db: Database, actor: Actor) -> None:
    feed = await made(db, actor)
    await db.run(actor, lambda tx: capture.archive_feed(tx, feed.id))
    async with asking(app) as client:
        answers = [await client.post(f"/inbound/{key}", content=b"{}") for key in (feed.key, "nothing", "x" * 100, "a'b")]
    assert [(a.status_code, a.json()["error"]["code"]) for a in answers] == [(410, "FEED_CLOSED"), *[(404, "UNKNOWN_FEED")] * 3]


def recorded(name: str) -> bytes:
    return (RECORDED / name).read_bytes()


async def test_meta_asks_announces_and_sends_as_it_documents(app: Starlette, db: Database, actor: Actor) -> None:
    feed = await made(db, actor, "app-secret", kind="META", mapping={"employees": "wie_viele_autos?"})
    async with asking(app) as client:
        asked = [await client.get(f"/inbound/{feed.key}", params={"hub.mode": "subscribe", "hub.verify_token": token, "hub.challenge": "1158201444"})
                 for token in (feed.key, "wrong")]  # fmt: skip
    assert (asked[0].status_code, asked[0].text, asked[1].status_code) == (200, "1158201444", 401)
    notice, lead = recorded("meta_notice.json"), recorded("meta_lead.json")
    assert (await send(app, feed, notice, x_hub_signature_256="sha256=" + signed("wrong", notice))).status_code == 401
    for body in (notice, notice, lead, lead):
        assert (await send(app, feed, body, x_hub_signature_256="sha256=" + signed("app-secret", body))).status_code == 200
    kept = await rows(db, actor, "submissions", "state, reason, payload")
    assert [row["state"] for row in kept] == ["PARKED", "PROCESSED"]
    assert kept[0]["reason"] == "Meta announced lead 123123123123; its answers are still to be fetched."
    assert await rows(db, actor, "leads", "company_name") == [{"company_name": "Acme"}]
    assert await rows(db, actor, "touchpoints", "utm_source, utm_medium, utm_campaign") == [
        {"utm_source": "ig", "utm_medium": "lead_ad", "utm_campaign": "Autumn"}]


async def test_linkedin_asks_announces_and_sends_as_it_documents(app: Starlette, db: Database, actor: Actor) -> None:
    feed = await made(db, actor, "client-secret", kind="LINKEDIN", mapping={"email": "7"})
    code = "890e4665-4dfe-4ab1-b689-ed553bceeed0"
    async with asking(app) as client:
        asked = (await client.get(f"/inbound/{feed.key}", params={"challengeCode": code})).json()
    assert asked == {"challengeCode": code, "challengeResponse": signed("client-secret", code.encode())}
    for name in ("linkedin_notice.json", "linkedin_lead.json"):
        body = recorded(name)
        assert (await send(app, feed, body, x_li_signature="hmacsha256=" + signed("client-secret", b"hmacsha256=" + body))).status_code == 200
    assert [row["state"] for row in await rows(db, actor, "submissions", "state")] == ["PARKED", "PROCESSED"]
    assert await rows(db, actor, "leads", "need, company_name") == [{"need": "Sizes: Small, Large\noffer: abc678", "company_name": "Acme"}]
    assert await rows(db, actor, "touchpoints", "utm_campaign") == [{"utm_campaign": "Autumn"}]
    assert await rows(db, actor, "people", "first_name, email") == [{"first_name": "Ana", "email": "ana@acme.com"}]


async def test_linkedins_handshake_signs_nothing_that_could_be_sent_as_a_lead(app: Starlette, db: Database, actor: Actor) -> None:
    feed = await made(db, actor, "client-secret", kind="LINKEDIN", mapping={})
    body = json.dumps({"id": "forged"})
    async with asking(app) as client:
        asked = [await client.get(f"/inbound/{feed.key}", params={"challengeCode": code}) for code in (body, "hmacsha256=" + body, "", "x" * 101)]
    assert [answer.status_code for answer in asked] == [401] * 4
    assert signed("client-secret", body.encode()) not in "".join(answer.text for answer in asked)


async def test_google_ads_proves_itself_by_its_key_which_is_not_kept(app: Starlette, db: Database, actor: Actor) -> None:
    feed = await made(db, actor, "google-secret", kind="GOOGLE_ADS", mapping={})
    lead = json.loads(recorded("google_lead.json"))
    answers = [await send(app, feed, body) for body in ({**lead, "google_key": "guess"}, lead, lead, {**lead, "lead_id": "t", "is_test": True})]
    assert [answer.status_code for answer in answers] == [401, 200, 200, 200]
    kept = await rows(db, actor, "submissions", "state, reason, payload")
    assert [(row["state"], row["reason"]) for row in kept] == [("PROCESSED", None), ("PARKED", "Google Ads sent it as a test.")]
    assert "google-secret" not in json.dumps(kept[0]["payload"])
    assert await rows(db, actor, "leads", "company_name, need") == [{"company_name": "Acme", "need": "what_is_your_preferred_dealership?: Porto"}]
    assert await rows(db, actor, "touchpoints", "click_id") == [{"click_id": "gclid:TeSter-gclid"}]


def mail(text: str = "Hello,\nwe need ten.\n\nOn Fri, 3 May 2026 at 10:00 Bob <b@x.com> wrote:\n> old\n-- \nAna", **headers: str) -> bytes:
    made = EmailMessage()
    base = {"From": "Ana Sousa <ana@acme.com>", "To": "leads@x.com", "Subject": "Ten machines", "Message-ID": "<m1@acme.com>"}
    for name, value in (base | {n.replace("_", "-"): v for n, v in headers.items()}).items():
        made[name] = value
    made.set_content(text)
    return made.as_bytes()


async def test_mail_becomes_a_lead_once(app: Starlette, db: Database, actor: Actor) -> None:
    feed = await made(db, actor, kind="EMAIL", mapping={})
    answers = [await send(app, feed, mail(), content_type="message/rfc822") for _ in range(2)]
    assert [a.json()["results"][0]["outcome"] for a in answers] == ["CREATED", "CREATED"]
    assert await rows(db, actor, "leads", "need") == [{"need": "Hello,\nwe need ten."}]
    assert await rows(db, actor, "people", "name, email") == [{"name": "Ana Sousa", "email": "ana@acme.com"}]
    assert [row["subject"] for row in await rows(db, actor, "activities", "subject")] == ["Ten machines"]


async def test_files_on_a_mail_are_kept_with_the_lead_once_and_not_of_a_program(app: Starlette, db: Database, actor: Actor) -> None:
    feed = await made(db, actor, kind="EMAIL", mapping={})

    def with_plan(**headers: str) -> bytes:
        message = email.message_from_bytes(mail(**headers), policy=email.policy.default)
        message.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="plan.pdf")  # type: ignore[attr-defined]
        return message.as_bytes()

    for raw in (with_plan(), with_plan(), with_plan(Auto_Submitted="auto-replied", Message_ID="<m2@acme.com>")):
        assert (await send(app, feed, raw, content_type="message/rfc822")).status_code == 200
    assert await rows(db, actor, "files", "name, media_type, size, state") == [
        {"name": "plan.pdf", "media_type": "application/pdf", "size": 4, "state": "STORED"}]
    assert sorted(row["noun"] for row in await rows(db, actor, "attachments", "noun")) == ["Activity", "Lead"]


@pytest.mark.parametrize(
    ("headers", "reason"),
    [({"Auto_Submitted": "auto-replied"}, "It is an automatic answer."), ({"Precedence": "bulk"}, "It went to many."),
     ({"From": "MAILER-DAEMON@x.com"}, "A mail server sent it.")],
)  # fmt: skip
async def test_mail_of_programs_is_parked(app: Starlette, db: Database, actor: Actor, headers: dict[str, str], reason: str) -> None:
    feed = await made(db, actor, kind="EMAIL", mapping={})
    await send(app, feed, mail(**headers), content_type="message/rfc822")
    assert await rows(db, actor, "submissions", "state, reason") == [{"state": "PARKED", "reason": reason}]
    assert await rows(db, actor, "people") == []


@pytest.mark.parametrize(
    "body",
    [
        {"From": "Ana <ana@acme.com>", "Subject": "Hi", "TextBody": "Ten please", "MessageID": "1", "Headers": [{"Name": "X-A", "Value": "b"}]},
        {"from": "Ana <ana@acme.com>", "subject": "Hi", "body-plain": "Ten please", "stripped-text": "Ten please", "Message-Id": "<1@x>"},
        {"from": "Ana <ana@acme.com>", "html": "<p>Ten <b>please</b></p><script>x</script>"},
        {"raw": mail("Ten please").decode()},
    ],
)
async def test_mail_as_providers_tell_it(app: Starlette, db: Database, actor: Actor, body: dict[str, Any]) -> None:
    feed = await made(db, actor, kind="EMAIL", mapping={})
    assert (await send(app, feed, body)).status_code == 200
    assert await rows(db, actor, "leads", "need") == [{"need": "Ten please"}]


@pytest.mark.parametrize("raw", [b"", b"\0\xff" * 500, b"From: \r\n\r\nx", b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x" * 200])
async def test_what_is_no_mail_is_refused(app: Starlette, db: Database, actor: Actor, raw: bytes) -> None:
    feed = await made(db, actor, kind="EMAIL", mapping={})
    answer = await send(app, feed, raw, content_type="message/rfc822")
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "UNREADABLE_MAIL")
    assert await rows(db, actor, "submissions") == []


EDIT = "mutation($i: EditSubmissionInput!) { editSubmission(input: $i) { submission { state outcome version } userErrors { code field } } }"
CREATE = "mutation($i: CreateFeedInput!) { createFeed(input: $i) { feed { id key kind mapping } secret userErrors { code field } } }"


async def test_a_better_mapping_reads_what_was_parked_and_an_edit_puts_it_right(app: Starlette, db: Database, actor: Actor) -> None:
    async with asking(app, await key_for(db, actor.workspace)) as client:
        feed = (await ask(client, CREATE, i={"name": "Shop", "mapping": {"email": "/wrong"}, "signature": "HMAC"}))["data"]["createFeed"]
        assert len(feed["secret"]) > 30
        body = b'{"person": {"mail": "ana@acme.com"}}'
        sent = await client.post(f"/inbound/{feed['feed']['key']}", content=body, headers={**JSON, "x-signature": signed(feed["secret"], body)})
        (parked,) = sent.json()["results"]
        assert parked["outcome"] == "PARKED"
        update = "mutation($i: UpdateFeedInput!) { updateFeed(input: $i) { feed { version } userErrors { code } } }"
        await ask(client, update, i={"id": feed["feed"]["id"], "mapping": {"email": "/person/mail"}})
        wrong = (await ask(client, EDIT, i={"id": parked["submissionId"], "fields": {"emial": "x"}}))["data"]["editSubmission"]
        done = (await ask(client, EDIT, i={"id": parked["submissionId"], "remap": True, "fields": {"name": "Ana"}, "replay": True}))["data"]["editSubmission"]
        again = (await ask(client, EDIT, i={"id": parked["submissionId"], "fields": {"name": "Bea"}}))["data"]["editSubmission"]
    assert wrong["userErrors"] == [{"code": "BAD_SUBMISSION_FIELD", "field": ["fields", "emial"]}]
    assert (done["userErrors"], done["submission"]["outcome"]) == ([], "CREATED")
    assert again["userErrors"][0]["code"] == "SUBMISSION_NOT_PARKED"
    assert await rows(db, actor, "people", "name, email") == [{"name": "Ana", "email": "ana@acme.com"}]


@pytest.mark.parametrize(
    ("given", "code", "field"),
    [({"mapping": {"emial": "/x"}}, "BAD_FEED", "mapping.emial"), ({"mapping": {"email": "x"}}, "BAD_POINTER", "mapping.email"),
     ({"mapping": {"email": "/~2"}}, "BAD_POINTER", "mapping.email"), ({"kind": "META"}, "BAD_FEED", "secret"), ({"items": "people"}, "BAD_POINTER", "items"),
     ({"name": " "}, "BAD_FEED", "name"), ({"country": "Germany"}, "BAD_FEED", "country"), ({"signatureHeader": "a b"}, "BAD_FEED", "signatureHeader"),
     ({"mapping": {"email": []}}, "BAD_FEED", "mapping.email"), ({"mapping": [1]}, "BAD_FEED", "mapping")],
)  # fmt: skip
async def test_what_is_wrong_with_a_feed_is_named(app: Starlette, db: Database, actor: Actor, given: Any, code: str, field: str) -> None:
    async with asking(app, await key_for(db, actor.workspace)) as client:
        (error,) = (await ask(client, CREATE, i={"name": "Shop", **given}))["data"]["createFeed"]["userErrors"]
    assert (error["code"], ".".join(error["field"])) == (code, field)
    assert await rows(db, actor, "feeds") == []


async def test_campaign_members_stand_where_they_are_put_and_stay_responded(app: Starlette, db: Database, actor: Actor) -> None:
    feed = await made(db, actor)
    for i in range(3):
        await send(app, feed, {"mail": f"a{i}@acme.com"})
    people = [encode_id(CATALOG["Person"].tag, row["id"]) for row in await rows(db, actor, "people", "id")]
    async with asking(app, await key_for(db, actor.workspace)) as client:
        new = "mutation($i: CreateCampaignInput!) { createCampaign(input: $i) { campaign { id budget { amount currency } } userErrors { code field } } }"
        fair = (await ask(client, new, i={"name": "Fair", "type": "EVENT", "budget": {"amount": "5000", "currency": "EUR"}}))["data"]["createCampaign"]
        wrong = (await ask(client, new, i={"name": "Fair", "startOn": "2026-05-02", "endOn": "2026-05-01"}))["data"]["createCampaign"]["userErrors"]
        campaign = fair["campaign"]["id"]

        async def change(verb: str, **more: Any) -> Any:
            document = f"mutation($i: CampaignMembersInput!) {{ {verb}(input: $i) {{ count userErrors {{ code }} }} }}"
            return (await ask(client, document, i={"campaignId": campaign, "personIds": people, **more}))["data"][verb]

        counts = [await change("addCampaignMembers", status="INVITED"), await change("addCampaignMembers"),
                  await change("setCampaignMemberStatus", status="ATTENDED", personIds=people[:2]),
                  await change("setCampaignMemberStatus", status="INVITED", personIds=people[:1]), await change("removeCampaignMembers", personIds=people[2:]),
                  await change("setCampaignMemberStatus", status="NOPE")]  # fmt: skip
        up = "mutation($i: UpdateCampaignInput!) { updateCampaign(input: $i) { campaign { cost { amount } } userErrors { code field } } }"
        cost = (await ask(client, up, i={"id": campaign, "cost": {"amount": "4200.50", "currency": "EUR"}}))["data"]["updateCampaign"]
        circle = (await ask(client, up, i={"id": campaign, "parentId": campaign}))["data"]["updateCampaign"]["userErrors"]
    assert [one["count"] for one in counts] == [3, 0, 2, 1, 1, 0]
    assert counts[5]["userErrors"] == [{"code": "UNKNOWN_MEMBER_STATUS"}]
    assert (wrong[0]["code"], circle[0]["code"], cost["campaign"]["cost"]["amount"]) == ("BAD_CAMPAIGN", "BAD_CAMPAIGN", "4200.50")
    kept = await rows(db, actor, "campaign_members", "status, responded")
    assert sorted((row["status"], row["responded"]) for row in kept) == [("ATTENDED", True), ("INVITED", True)]
    assert decode_id(campaign)[0] == CATALOG["Campaign"].tag
