"""The door of events: signed, each once, about people we know or wait for; bad input changes nothing."""

import base64
import hashlib
import hmac
import json
import time
from typing import Any
from uuid import UUID

import pytest
from starlette.applications import Starlette

from leadwell import capture, consent, happenings
from leadwell.base.actor import Actor
from leadwell.base.ids import decode_id
from leadwell.base.tx import Database, Tx
from leadwell.capture import Feed, NewFeed
from tests.builders import make_contact, make_person
from tests.doors.serving import asking
from tests.doors.test_capture_http import rows
from tests.doors.test_inbound import planned

JSON = "application/json"


async def feed(db: Database, actor: Actor, **more: Any) -> tuple[Feed, str]:
    async def verb(tx: Tx) -> tuple[Feed, str]:
        made = await capture.create_feed(tx, NewFeed(**{"name": "Helpdesk", "kind": "EVENTS", "signature": "STANDARD", **more}))
        return await capture.read_feed(tx, made.id), str(made.secret)

    return await db.run(actor, verb)


def signed(secret: str, raw: bytes, at: float | None = None) -> dict[str, str]:
    """The three headers of Standard Webhooks, over the very bytes."""
    when = str(int(time.time() if at is None else at))
    key = base64.b64decode(secret.removeprefix("whsec_"))
    seal = base64.b64encode(hmac.digest(key, f"msg_1.{when}.".encode() + raw, hashlib.sha256)).decode()
    return {"content-type": JSON, "webhook-id": "msg_1", "webhook-timestamp": when, "webhook-signature": f"v1,{seal}"}


async def send(app: Starlette, to: Feed, secret: str, *events: dict[str, Any], **headers: str) -> Any:
    raw = json.dumps({"events": events}).encode()
    async with asking(app) as client:
        return await client.post(f"/inbound/{to.key}", content=raw, headers={**signed(secret, raw), **headers})


def ticket(id: str = "t-1", email: str = "ana@acme.example", **more: Any) -> dict[str, Any]:
    return {"id": id, "type": "ticket.opened", "person": {"email": email}, "data": {"ticket": "T-7", "subject": "It is broken"}} | more


async def counts(db: Database, actor: Actor) -> tuple[int, int, int]:
    return len(await rows(db, actor, "happenings", "id")), len(await rows(db, actor, "activities", "id")), len(await rows(db, actor, "purchases", "id"))


async def test_tickets_usage_purchases_and_answers_become_what_people_would_write(app: Starlette, db: Database, actor: Actor) -> None:
    to, secret = await feed(db, actor)

    _, message = await planned(db, actor)

    async def verb(tx: Tx) -> UUID:
        ana = await make_person(tx, "Ana Silva", "ana@acme.example")
        await make_contact(tx, ana)
        return ana

    ana = await db.run(actor, verb)
    who = {"email": "ANA@acme.example"}
    answer = await send(
        app, to, secret, ticket(),
        {"id": "u-1", "type": "product.used", "at": "2026-01-31T12:00:00Z", "person": who, "data": {"feature": "Export", "count": 3}},
        {"id": "p-1", "type": "purchase.made", "person": who, "data": {"amount": "12.50", "currency": "EUR", "items": [{"sku": "a"}]}},
        {"id": "p-2", "type": "purchase.refunded", "data": {"amount": "2.50", "currency": "EUR", "refundOf": "p-1"}},
        {"id": "m-1", "type": "mail.replied", "data": {"messageId": message, "subject": "Re: Hello", "text": "Yes, please"}},
        {"id": "m-2", "type": "mail.bounced", "data": {"messageId": "<of-nobody@example.com>"}})
    assert answer.status_code == 200
    told = answer.json()["results"]
    assert [(one["id"], one["state"], one["reason"]) for one in told] == [
        ("t-1", "TAKEN", None), ("u-1", "TAKEN", None), ("p-1", "TAKEN", None), ("p-2", "TAKEN", None), ("m-1", "TAKEN", None),
        ("m-2", "IGNORED", "NO_MAIL_OF_OURS")]
    assert decode_id(told[0]["personId"])[1] == ana
    found = {(row["kind"], row["subject"]) for row in await rows(db, actor, "activities", "kind, subject")}
    assert {("TICKET", "It is broken"), ("USAGE", "Export"), ("PURCHASE", "Purchase"), ("PURCHASE", "Refund")} <= found
    assert sorted(row["amount_minor"] for row in await rows(db, actor, "purchases", "amount_minor")) == [-250, 1250]
    assert {row["body"] for row in await rows(db, actor, "happenings", "body")} == {None}


async def test_mail_of_other_systems_is_remembered_and_who_leaves_it_is_left_alone_here_too(app: Starlette, db: Database, actor: Actor) -> None:
    to, secret = await feed(db, actor, strangers="CREATE_LEAD")
    ana = await db.run(actor, lambda tx: make_person(tx, email="ana@acme.example"))
    who, nobody = {"email": "Ana@acme.example"}, {"email": "nobody@acme.example"}
    answer = await send(
        app, to, secret, {"id": "o", "type": "mail.opened", "person": who, "data": {"subject": "News"}},
        {"id": "c", "type": "mail.clicked", "person": who, "data": {"subject": "News", "url": "https://other.example"}},
        {"id": "u", "type": "mail.unsubscribed", "person": who}, {"id": "v", "type": "mail.unsubscribed", "person": nobody},
        {"id": "w", "type": "mail.unsubscribed", "person": who}, {"id": "x", "type": "mail.unsubscribed", "person": who, "data": {"topic": "nothing"}})
    assert [(one["id"], one["state"]) for one in answer.json()["results"]] == [
        ("o", "TAKEN"), ("c", "TAKEN"), ("u", "TAKEN"), ("v", "TAKEN"), ("w", "IGNORED"), ("x", "REFUSED")]
    assert {(row["kind"], row["subject"]) for row in await rows(db, actor, "activities", "kind, subject")} == {("OPEN", "News"), ("CLICK", "News")}
    left = await rows(db, actor, "suppressions", "address_hash, kind, topic_id, source")
    assert {(row["address_hash"], row["kind"], row["topic_id"], row["source"]) for row in left} == {
        (consent.hash_of(one["email"].lower()), "UNSUBSCRIBE", None, f"feed:{to.id}") for one in (who, nobody)}
    assert [row["id"] for row in await rows(db, actor, "people", "id")] == [ana]     # no lead is made of who leaves


async def test_repeat_answers_the_same_and_another_content_under_the_same_id_is_refused(app: Starlette, db: Database, actor: Actor) -> None:
    to, secret = await feed(db, actor)
    await db.run(actor, lambda tx: make_person(tx, email="ana@acme.example"))
    first = await send(app, to, secret, ticket(), ticket())
    before = await counts(db, actor)
    assert first.json()["results"][0] == first.json()["results"][1]
    assert (await send(app, to, secret, ticket())).json()["results"] == first.json()["results"][:1]
    other = (await send(app, to, secret, ticket(data={"ticket": "T-8"}), ticket("t-2"))).json()["results"]
    assert [(one["state"], (one["reason"] or "").partition(":")[0]) for one in other] == [("REFUSED", "EVENT_DIFFERS"), ("TAKEN", "")]
    assert await counts(db, actor) == (before[0] + 1, before[1] + 1, 0)


async def test_event_about_a_stranger_waits_until_they_are_known(app: Starlette, db: Database, actor: Actor) -> None:
    to, secret = await feed(db, actor)
    answer = await send(app, to, secret, ticket(), ticket("p-1", type="purchase.made", data={"amount": 5, "currency": "EUR"}))
    assert [(one["state"], one["reason"]) for one in answer.json()["results"]] == [("WAITING", "NOBODY_KNOWN")] * 2
    assert await db.run(actor, happenings.look_again) is False
    ana = await db.run(actor, lambda tx: make_person(tx, email="ana@acme.example"))
    await db.run(actor, happenings.look_again)
    assert [row["state"] for row in await rows(db, actor, "happenings", "state")] == ["TAKEN"] * 2
    assert {row["body"] for row in await rows(db, actor, "happenings", "body")} == {None}
    again = (await send(app, to, secret, ticket())).json()["results"][0]
    assert (again["state"], decode_id(again["personId"])[1]) == ("TAKEN", ana)
    assert [row["person_id"] for row in await rows(db, actor, "activity_participants", "person_id")][:1] == [ana]


async def test_strangers_become_leads_where_the_source_says_so(app: Starlette, db: Database, actor: Actor) -> None:
    to, secret = await feed(db, actor, strangers="CREATE_LEAD")
    who = {"email": "bo@acme.example", "externalId": "42", "system": "helpdesk", "name": "Bo Berg", "companyName": "Acme"}
    answer = await send(app, to, secret, ticket(person=who), ticket("t-2", person={"externalId": "42", "system": "helpdesk"}))
    told = answer.json()["results"]
    assert [one["state"] for one in told] == ["TAKEN", "TAKEN"]
    assert told[0]["personId"] == told[1]["personId"]
    assert [row["company_name"] for row in await rows(db, actor, "leads", "company_name")] == ["Acme"]
    assert (await send(app, to, secret, ticket(person=who))).json()["results"] == told[:1]
    assert len(await rows(db, actor, "leads", "id")) == 1


async def test_what_is_not_signed_as_sent_is_refused_and_nothing_written(app: Starlette, db: Database, actor: Actor) -> None:
    to, secret = await feed(db, actor)
    raw, now = json.dumps({"events": [ticket()]}).encode(), time.time()
    good, wrong = signed(secret, raw), "whsec_" + "d3Jvbmc=" * 4
    again = json.dumps({"events": [ticket()]}, indent=1).encode()
    tries = {
        "other bytes": (again, good), "another secret": (raw, signed(wrong, raw)), "too old": (raw, signed(secret, raw, at=now - 301)),
        "from the future": (raw, signed(secret, raw, at=now + 301)), "unsigned": (raw, {"content-type": JSON}),
        "another id": (raw, {**good, "webhook-id": "msg_2"}), "no time": (raw, {**good, "webhook-timestamp": "soon"}),
        "nonsense": (raw, {**good, "webhook-signature": "v1,%%% v2,abc"}),
    }
    async with asking(app) as client:
        for what, (body, headers) in tries.items():
            answer = await client.post(f"/inbound/{to.key}", content=body, headers=headers)
            assert (what, answer.status_code, answer.json()["error"]["code"]) == (what, 401, "BAD_SIGNATURE")
        assert await counts(db, actor) == (0, 0, 0)
        two = {**good, "webhook-signature": signed(wrong, raw)["webhook-signature"] + " " + good["webhook-signature"]}
        assert (await client.post(f"/inbound/{to.key}", content=raw, headers=two)).status_code == 200


async def test_what_cannot_be_read_is_refused_as_a_whole_and_nothing_written(app: Starlette, db: Database, actor: Actor) -> None:
    to, secret = await feed(db, actor)
    await db.run(actor, lambda tx: make_person(tx, email="ana@acme.example"))
    good = ticket()
    bad: list[tuple[list[Any], str | None]] = [
        ([good, {**good, "type": "ticket.eaten"}], None), ([good] * 501, "events"), ([good, {**good, "id": " "}], "events.1.id"),
        ([{**good, "id": "x" * 201}], "events.0.id"), ([{**good, "person": {}}], "events.0.person"), ([{**good, "at": "2026-01-01T00:00:00"}], "events.0.at"),
        ([{**good, "type": "purchase.made"}], "events.0.data.amount"), ([{**good, "type": "mail.replied"}], "events.0.data.messageId"),
        ([{**good, "type": "mail.unsubscribed", "person": {"externalId": "7"}}], "events.0.person.email"),
        ([{**good, "type": "purchase.made", "data": {"amount": "NaN", "currency": "EUR"}}], "events.0.data.amount"),
    ]
    tries = [(b"{", None), (b"[]", None), (b"[" * 3_000, None), (b'{"events": [{"id": "\\u0000"}]}', None)]
    tries += [(json.dumps({"events": events}).encode(), field) for events, field in bad]
    async with asking(app) as client:
        for raw, field in tries:
            answer = await client.post(f"/inbound/{to.key}", content=raw, headers=signed(secret, raw))
            assert (raw[:60], answer.status_code, answer.json()["error"]["code"], answer.json()["error"].get("field")) == (
                raw[:60], 400, "BAD_HAPPENINGS", None if field is None else field.split("."))
        latin = json.dumps({"events": [good]}, ensure_ascii=False).replace("broken", "brök").encode("latin-1")
        wire = {**signed(secret, latin), "content-type": "application/json; charset=iso-8859-1"}
        assert (await client.post(f"/inbound/{to.key}", content=latin, headers=wire)).json()["error"]["code"] == "BAD_HAPPENINGS"
        large = await client.post(f"/inbound/{to.key}", content=b"x" * (1024 * 1024 + 1), headers={"content-type": JSON})
        assert (large.status_code, large.json()["error"]["code"]) == (413, "BODY_TOO_LARGE")
    assert await counts(db, actor) == (0, 0, 0)


async def test_event_that_a_verb_refuses_is_refused_alone_and_its_id_is_free_again(app: Starlette, db: Database, actor: Actor) -> None:
    to, secret = await feed(db, actor)
    await db.run(actor, lambda tx: make_person(tx, email="ana@acme.example"))
    refund = {"id": "r-1", "type": "purchase.refunded", "data": {"amount": "5", "currency": "EUR", "refundOf": "p-9"}}
    told = (await send(app, to, secret, refund, ticket())).json()["results"]
    assert [(one["state"], (one["reason"] or "").partition(":")[0]) for one in told] == [("REFUSED", "BAD_PURCHASE"), ("TAKEN", "")]
    assert await counts(db, actor) == (1, 1, 0)


async def test_feed_of_events_takes_nothing_unsigned(db: Database, actor: Actor) -> None:
    with pytest.raises(capture.BadFeed):
        await feed(db, actor, signature="NONE")
