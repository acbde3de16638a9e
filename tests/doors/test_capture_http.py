"""Forms of anybody's pages and partners' servers: what is taken is safe, what is not says where and why."""

import asyncio
import json
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import pytest
from starlette.applications import Starlette

from leadwell import capture
from leadwell.access import keys
from leadwell.access.bounds import Bounds
from leadwell.base.actor import Actor
from leadwell.base.ids import decode_id, encode_id, uuid7
from leadwell.base.tx import Database, Tx
from leadwell.capture import Form, FormConsent, FormField, NewForm
from leadwell.capture.forms import read_form
from leadwell.catalog import CATALOG
from tests.doors.serving import ask, asking, key_for

SITE = "https://www.acme.example"
FIELDS = (
    FormField("first", "First name", target="firstName"), FormField("mail", "E-mail", True, "email"), FormField("phone"), FormField("message", target="need"),
    FormField("plan", target="interest", default="Pro", hidden=True), FormField("color", "Color"),
)  # fmt: skip
URLENCODED = {"content-type": "application/x-www-form-urlencoded"}


async def make(db: Database, actor: Actor, **more: Any) -> Form:
    async def verb(tx: Tx) -> Form:
        topic = await tx.value("SELECT t.id FROM topics t WHERE t.workspace_id = $1 AND t.code = 'newsletter'", tx.workspace)
        consents = (FormConsent(topic, "Write to me", "v1"),)
        settings: dict[str, Any] = {"consents": consents, "allowed_origins": [SITE], **more}
        return await read_form(tx, await capture.create_form(tx, NewForm("Demo request", FIELDS, **settings)))

    return await db.run(actor, verb)


async def rows(db: Database, actor: Actor, table: str, columns: str = "*") -> list[dict[str, Any]]:
    async with db.read(actor) as tx:
        sql = f"SELECT {columns} FROM {table} t WHERE t.workspace_id = $1 ORDER BY to_jsonb(t) ->> 'id'"
        return [dict(r) for r in await tx.fetch(sql, tx.workspace)]


async def test_form_sent_as_json_is_a_lead_at_once(app: Starlette, db: Database, actor: Actor) -> None:
    form = await make(db, actor, thank_you="Danke!", redirect_url="https://www.acme.example/thanks")
    sent = {"first": "Ana", "mail": "ana@acme.com", "message": "Hi\nthere", "plan": "Hacked", "color": "red", form.consents[0].name: True, "utm_source": "ads"}
    async with asking(app, origin=SITE) as client:
        answer = await client.post(f"/f/{form.key}", json=sent)
    body = answer.json()
    assert (answer.status_code, body["message"], body["redirectUrl"]) == (200, "Danke!", "https://www.acme.example/thanks")
    assert answer.headers["access-control-allow-origin"] == SITE
    (kept,) = await rows(db, actor, "submissions", "id, state, outcome, lead_id, host(ip) AS ip, payload")
    assert (decode_id(body["submissionId"])[1], kept["state"], kept["outcome"], kept["ip"]) == (kept["id"], "PROCESSED", "CREATED", "127.0.0.1")
    assert kept["payload"]["fields"]["color"] == "red"
    assert await rows(db, actor, "leads", "id, need, interest") == [{"id": kept["lead_id"], "need": "Hi\nthere", "interest": "Pro"}]
    assert [row["wording_version"] for row in await rows(db, actor, "consents", "wording_version")] == ["v1"]
    assert [row["utm_source"] for row in await rows(db, actor, "touchpoints", "utm_source")] == ["ads"]
    assert [(row["kind"], row["subject"]) for row in await rows(db, actor, "activities", "kind, subject")] == [("FORM", "Demo request")]


@pytest.mark.parametrize("redirect", [None, "https://www.acme.example/thanks"])
async def test_form_posted_by_a_browser_is_thanked_with_a_page(app: Starlette, db: Database, actor: Actor, redirect: str | None) -> None:
    form = await make(db, actor, thank_you="<b>Danke</b>", redirect_url=redirect)
    async with asking(app, origin=SITE, accept="text/html", **URLENCODED) as client:
        answer = await client.post(f"/f/{form.key}", content=urlencode({"mail": "ana@acme.com"}))
        wrong = await client.post(f"/f/{form.key}", content=urlencode({"mail": "a<script>b"}))
    assert (answer.status_code, answer.headers.get("location")) == ((303, redirect) if redirect else (200, None))
    assert redirect or "&lt;b&gt;Danke&lt;/b&gt;" in answer.text
    assert wrong.status_code == 422
    assert "&lt;script&gt;" in wrong.text
    assert "<script>" not in wrong.text
    assert len(await rows(db, actor, "leads")) == 1


@pytest.mark.parametrize(
    ("sent", "errors"),
    [
        ({}, [("mail", "REQUIRED")]),
        ({"mail": "  "}, [("mail", "REQUIRED")]),
        ({"mail": "broken"}, [("mail", "BAD_EMAIL")]),
        ({"mail": "broken", "phone": "call me"}, [("mail", "BAD_EMAIL"), ("phone", "BAD_PHONE")]),
        ({"mail": ["a@b.co"]}, [("mail", "REQUIRED")]),
        ({"mail": "ana@acme.com", "message": "x" * 10_001}, [("message", "TOO_LONG")]),
    ],
)
async def test_wrong_fields_are_named_one_by_one_and_nothing_is_kept(
    app: Starlette, db: Database, actor: Actor, sent: dict[str, Any], errors: list[tuple[str, str]]
) -> None:
    form = await make(db, actor)
    async with asking(app) as client:
        answer = await client.post(f"/f/{form.key}", json=sent)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["field"]) == (422, "FORM_REFUSED", [errors[0][0]])
    assert [(e["field"], e["code"]) for e in error["params"]["errors"]] == errors
    assert await rows(db, actor, "submissions") == []


async def test_required_consent_must_be_ticked(app: Starlette, db: Database, actor: Actor) -> None:
    plain = await make(db, actor)
    consent = plain.consents[0]
    form = await make(db, actor, consents=(FormConsent(consent.topic_id, "Yes", "v2", required=True),))
    async with asking(app) as client:
        answer = await client.post(f"/f/{form.key}", json={"mail": "ana@acme.com", consent.name: "off"})
        taken = await client.post(f"/f/{form.key}", json={"mail": "ana@acme.com", consent.name: "on"})
    assert [e["code"] for e in answer.json()["error"]["params"]["errors"]] == ["CONSENT_REQUIRED"]
    assert taken.status_code == 200


async def test_filled_honeypot_is_thanked_and_parked(app: Starlette, db: Database, actor: Actor) -> None:
    form = await make(db, actor)
    async with asking(app) as client:
        answer = await client.post(f"/f/{form.key}", json={"mail": "bot@acme.com", "_gotcha": "http://spam.example"})
    assert (answer.status_code, answer.json()["message"]) == (200, "Thank you. We have got it.")
    assert [(r["state"], r["outcome"]) for r in await rows(db, actor, "submissions", "state, outcome")] == [("PARKED", None)]
    assert await rows(db, actor, "people") == []


async def test_foreign_origin_is_refused_and_browsers_are_told(app: Starlette, db: Database, actor: Actor) -> None:
    form = await make(db, actor)
    asked = {"access-control-request-method": "POST"}
    async with asking(app, origin="https://evil.example") as client:
        answer = await client.post(f"/f/{form.key}", json={"mail": "ana@acme.com"})
        before = await client.options(f"/f/{form.key}", headers=asked)
    assert (answer.status_code, answer.json()["error"]["code"], before.status_code) == (403, "ORIGIN_REFUSED", 403)
    assert "access-control-allow-origin" not in answer.headers
    async with asking(app, origin=SITE) as client:
        allowed = await client.options(f"/f/{form.key}", headers=asked)
    assert (allowed.status_code, allowed.headers["access-control-allow-origin"]) == (204, SITE)
    assert await rows(db, actor, "submissions") == []


@pytest.mark.parametrize(
    ("content", "kind", "status", "code"),
    [
        (b"{", "application/json", 400, "BAD_REQUEST"), (b"[1]", "application/json", 400, "BAD_REQUEST"),
        (b'{"a": "\xff"}', "application/json", 400, "BAD_REQUEST"),
        (b"[" * 5000 + b"]" * 5000, "application/json", 400, "BAD_REQUEST"), (b'{"mail": "a\\u0000@b.co"}', "application/json", 400, "BAD_REQUEST"),
        (b"mail=%00", URLENCODED["content-type"], 400, "BAD_REQUEST"), (b"mail=%ff", URLENCODED["content-type"], 400, "BAD_REQUEST"),
        (b"a=1&" * 500, URLENCODED["content-type"], 400, "BAD_REQUEST"), (b"mail=a", "multipart/form-data; boundary=x", 415, "UNSUPPORTED_MEDIA"),
        (b"mail=" + b"x" * 70_000, URLENCODED["content-type"], 413, "BODY_TOO_LARGE"), (b"x" * 2_000_000, "application/json", 413, "BODY_TOO_LARGE"),
    ],
)  # fmt: skip
async def test_what_is_no_form_is_refused(app: Starlette, db: Database, actor: Actor, content: bytes, kind: str, status: int, code: str) -> None:
    form = await make(db, actor)
    async with asking(app) as client:
        answer = await client.post(f"/f/{form.key}", content=content, headers={"content-type": kind})
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert await rows(db, actor, "submissions") == []


async def test_unknown_and_closed_forms_say_so(app: Starlette, db: Database, actor: Actor) -> None:
    form = await make(db, actor)

    async def close(tx: Tx) -> None:
        await tx.execute("UPDATE forms SET is_active = false WHERE workspace_id = $1", tx.workspace)

    await db.run(actor, close)
    async with asking(app) as client:
        closed = await client.post(f"/f/{form.key}", json={"mail": "ana@acme.com"})
        unknown = [await client.post(f"/f/{key}", json={}) for key in ("nothing", "x" * 200, "a'b", "%00")]
    assert (closed.status_code, closed.json()["error"]["code"]) == (410, "FORM_CLOSED")
    assert {(u.status_code, u.json()["error"]["code"]) for u in unknown} == {(404, "UNKNOWN_FORM")}


async def test_form_describes_itself_without_its_hidden_fields(app: Starlette, db: Database, actor: Actor) -> None:
    form = await make(db, actor)
    async with asking(app) as client:
        described = (await client.get(f"/f/{form.key}")).json()
    assert [field["name"] for field in described["fields"]] == ["first", "mail", "phone", "message", "color"]
    assert described["consents"] == [{"name": form.consents[0].name, "text": "Write to me", "required": False, "version": "v1"}]


async def test_same_form_sent_twenty_times_at_once_is_one_submission(app: Starlette, db: Database, actor: Actor) -> None:
    form = await make(db, actor)
    async with asking(app, **{"idempotency-key": "k1"}) as client:
        answers = await asyncio.gather(*(client.post(f"/f/{form.key}", json={"mail": "ana@acme.com"}) for _ in range(20)))
    assert len({answer.json()["submissionId"] for answer in answers}) == 1
    assert (len(await rows(db, actor, "leads")), len(await rows(db, actor, "submissions"))) == (1, 1)


async def test_partner_sends_one_or_many_with_a_key(app: Starlette, db: Database, actor: Actor) -> None:
    token = await key_for(db, actor.workspace, "leads:create")
    many = {"submissions": [{"fields": {"email": "b@acme.com", "companyName": "Acme"}, "source": "Meta lead ads"}, {"fields": {"city": "Porto"}},
                            {"fields": {"email": "c@acme.com", "phone": "call me"}, "intent": "EVENT", "touch": {"utmSource": "fair"}}]}  # fmt: skip
    async with asking(app, token) as client:
        one = (await client.post("/capture", json={"fields": {"email": "a@acme.com", "firstName": "Ana"}})).json()
        results = (await client.post("/capture", json=many)).json()["results"]
    assert (one["outcome"], one["flaws"]) == ("CREATED", [])
    assert [r["outcome"] for r in results] == ["CREATED", "PARKED", "CREATED"]
    assert [f["code"] for f in results[2]["flaws"]] == ["BAD_PHONE"]
    assert {row["channel"] for row in await rows(db, actor, "sources", "name, channel") if row["name"] == "Meta lead ads"} == {"ADVERTISING"}
    assert {row["provider"] for row in await rows(db, actor, "field_provenance", "provider")} == {"API"}


@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        ([], None, "BAD_SUBMISSION"), ({"submissions": "x"}, None, "BAD_SUBMISSION"), ({"fields": "x"}, None, "BAD_SUBMISSION"), ([1], None, "BAD_SUBMISSION"),
        ({"fields": {"emial": "x"}}, ["fields", "emial"], "BAD_SUBMISSION"), ({"fields": {}, "color": 1}, ["color"], "BAD_SUBMISSION"),
        ([{"fields": {}}, {"fields": {}, "intent": "WISH"}], ["submissions", "1", "intent"], "BAD_SUBMISSION"),
        ({"fields": {}, "consents": [1]}, ["consents", "0"], "BAD_SUBMISSION"), ([{"fields": {}}] * 501, None, "TOO_MANY_SUBMISSIONS"),
    ],
)
async def test_what_a_partner_gets_wrong_is_named(app: Starlette, db: Database, actor: Actor, body: Any, field: Any, code: str) -> None:
    token = await key_for(db, actor.workspace, "leads:create")
    async with asking(app, token) as client:
        answer = await client.post("/capture", content=json.dumps(body), headers={"content-type": "application/json"})
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error.get("field")) == (422, code, field)
    assert await rows(db, actor, "submissions") == []


async def test_capture_needs_a_key_with_the_scope(app: Starlette, db: Database, actor: Actor) -> None:
    body = {"fields": {"email": "a@acme.com"}}
    reader = await key_for(db, actor.workspace, "leads:read")
    async with asking(app) as nobody, asking(app, reader) as other, asking(app, "lw_live_wrong") as wrong:
        statuses = [(await client.post("/capture", json=body)).status_code for client in (nobody, other, wrong)]
    assert statuses == [401, 403, 401]
    assert await rows(db, actor, "submissions") == []


CREATE = """mutation($i: CreateLeadInput!) { createLead(input: $i) { lead { id email companyName title } attached outcome replayed
  submission { state outcome } userErrors { code message field } } }"""
CREATE_MANY = """mutation($i: CreateLeadsInput!) { createLeads(input: $i) { leads { email }
  results { index outcome code field } userErrors { code field } } }"""


async def test_create_lead_attaches_to_the_open_one(app: Starlette, db: Database, actor: Actor) -> None:
    ana = {"firstName": "Ana", "email": "ana@acme.com", "budget": {"amount": "1200.50", "currency": "EUR"}}
    async with asking(app, await key_for(db, actor.workspace)) as client:
        first = (await ask(client, CREATE, i=ana))["data"]["createLead"]
        second = (await ask(client, CREATE, i={**ana, "companyName": "Acme"}))["data"]["createLead"]
    assert (first["attached"], first["outcome"], first["userErrors"]) == (False, "CREATED", [])
    assert first["submission"] == {"state": "PROCESSED", "outcome": "CREATED"}
    assert (second["attached"], second["lead"]) == (True, {**first["lead"], "companyName": "Acme"})
    assert [row["budget_minor"] for row in await rows(db, actor, "leads", "budget_minor")] == [120050]


async def test_create_lead_repeated_under_a_key_is_one(app: Starlette, db: Database, actor: Actor) -> None:
    ana = {"email": "ana@acme.com", "idempotencyKey": "k1"}
    async with asking(app, await key_for(db, actor.workspace)) as client:
        first, second = [(await ask(client, CREATE, i=ana))["data"]["createLead"] for _ in range(2)]
        other = (await ask(client, CREATE, i={**ana, "email": "b@acme.com"}))["data"]["createLead"]
    assert (first["replayed"], second["replayed"], first["lead"]) == (False, True, second["lead"])
    assert other["userErrors"][0]["code"] == "IDEMPOTENCY_MISMATCH"
    assert (len(await rows(db, actor, "leads")), len(await rows(db, actor, "submissions"))) == (1, 1)


@pytest.mark.parametrize(
    ("sent", "code", "field"),
    [
        ({"email": "broken", "name": "Ana"}, "BAD_SUBMISSION", ["email"]), ({"city": "Porto"}, "BAD_SUBMISSION", None),
        ({"name": "Ana", "companyWebsite": "not a site"}, "BAD_SUBMISSION", ["companyWebsite"]),
        ({"name": "Ana", "sourceId": "nonsense"}, "BAD_ID", ["sourceId"]),
    ],
)
async def test_create_lead_says_which_value_is_wrong(app: Starlette, db: Database, actor: Actor, sent: Any, code: str, field: Any) -> None:
    async with asking(app, await key_for(db, actor.workspace)) as client:
        found = (await ask(client, CREATE, i=sent))["data"]["createLead"]
    assert (found["lead"], found["userErrors"][0]["code"], found["userErrors"][0]["field"]) == (None, code, field)
    assert await rows(db, actor, "submissions") == []


async def test_link_into_another_workspace_is_refused_like_an_unknown_one(app: Starlette, db: Database, actor: Actor, other_workspace: UUID) -> None:
    (foreign, *_) = await rows(db, Actor.system(other_workspace), "sources", "id")
    async with asking(app, await key_for(db, actor.workspace)) as client:
        sent = [{"email": "a@acme.com", "sourceId": encode_id(CATALOG["Source"].tag, id)} for id in (foreign["id"], uuid7())]
        found = [(await ask(client, CREATE, i=one))["data"]["createLead"]["userErrors"] for one in sent]
        batch = (await ask(client, CREATE_MANY, i={"leads": [sent[0], {"email": "b@acme.com"}], "onError": "SKIP"}))["data"]["createLeads"]
    assert found == [[{"code": "NOT_FOUND", "message": "There is no such source, or you may not see it.", "field": ["sourceId"]}]] * 2
    assert [(r["outcome"], r["field"]) for r in batch["results"]] == [("REFUSED", ["leads", "0", "sourceId"]), ("CREATED", None)]
    assert [row["email"] for row in await rows(db, actor, "people", "email")] == ["b@acme.com"]
    assert len(await rows(db, actor, "submissions")) == 1


async def test_batch_aborts_or_skips(app: Starlette, db: Database, actor: Actor) -> None:
    batch = [{"email": "a@acme.com"}, {"email": "broken", "name": "B"}, {"email": "c@acme.com"}, {"email": "a@acme.com"}]
    async with asking(app, await key_for(db, actor.workspace)) as client:
        aborted = (await ask(client, CREATE_MANY, i={"leads": batch}))["data"]["createLeads"]
        assert (aborted["leads"], aborted["userErrors"]) == ([], [{"code": "BAD_SUBMISSION", "field": ["leads", "1", "email"]}])
        assert await rows(db, actor, "leads") == []
        skipped = (await ask(client, CREATE_MANY, i={"leads": batch, "onError": "SKIP"}))["data"]["createLeads"]
    assert [lead["email"] for lead in skipped["leads"]] == ["a@acme.com", "c@acme.com"]
    assert [(r["index"], r["outcome"], r["code"], r["field"]) for r in skipped["results"]] == [
        (0, "CREATED", None, None), (1, "REFUSED", "BAD_SUBMISSION", ["leads", "1", "email"]),
        (2, "CREATED", None, None), (3, "ATTACHED", None, None)]  # fmt: skip


async def test_form_is_made_over_graphql_and_used_at_once(app: Starlette, db: Database, actor: Actor) -> None:
    made = """mutation($i: CreateFormInput!) { createForm(input: $i) { form { key name intent } userErrors { code field message } } }"""
    good = {"name": "Newsletter", "intent": "SUBSCRIBE", "fields": [{"name": "email", "required": True}]}
    async with asking(app, await key_for(db, actor.workspace)) as client:
        form = (await ask(client, made, i=good))["data"]["createForm"]["form"]
        bad = (await ask(client, made, i={**good, "fields": [{"name": "a", "target": "emial"}]}))["data"]["createForm"]
        answer = await client.post(f"/f/{form['key']}", json={"email": "ana@acme.com"})
    assert (form["intent"], answer.status_code) == ("SUBSCRIBE", 200)
    assert bad["userErrors"][0]["code"] == "BAD_FORM"
    assert bad["userErrors"][0]["field"] == ["fields", "0", "target"]
    assert (await rows(db, actor, "leads"), [r["outcome"] for r in await rows(db, actor, "submissions", "outcome")]) == ([], ["PERSON"])


async def test_a_partner_sends_no_field_that_their_key_does_not_write(app: Starlette, db: Database, actor: Actor) -> None:
    bounds = Bounds(without=("leads.companyName", "contact_data"))
    key = await keys.create_key(db, actor.workspace, "Bound", ["leads:create"], bounds=bounds)
    async with asking(app, key.text) as client:
        for fields, at in (({"name": "Ana", "company": "Acme"}, "fields.company"), ({"mobile": "+49301234567"}, "fields.mobile")):
            refused = await client.post("/capture", json={"fields": fields})
            assert (refused.status_code, refused.json()["error"]["code"], refused.json()["error"]["field"]) == (403, "FIELD_NOT_YOURS", at.split("."))
        many = await client.post("/capture", json={"submissions": [{"fields": {"name": "Ana"}}, {"fields": {"email": "a@acme.example"}}]})
        assert (many.status_code, many.json()["error"]["field"]) == (403, ["submissions", "1", "fields", "email"])
        assert await rows(db, actor, "submissions") == []
        assert (await client.post("/capture", json={"fields": {"name": "Ana", "need": "Help"}})).status_code == 200
