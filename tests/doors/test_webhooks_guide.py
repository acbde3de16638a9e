"""The guide to webhooks, run: an endpoint with its own document, signed deliveries, samples, replay, rotation, and listening on one's own machine."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import httpx
import pytest
import pytest_asyncio
from standardwebhooks.webhooks import Webhook
from starlette.applications import Starlette

from api.subscriptions.places import Place
from api.webhooks.documents import document
from leadwell import webhooks
from leadwell.base.actor import Actor
from leadwell.base.ids import encode_id
from leadwell.base.tx import Database
from leadwell.catalog import Everything
from leadwell.cli.listening import CannotListen, Listener, new_secret
from models.leads import Lead
from models.webhooks import WebhookEndpoint
from tests.builders import make_lead, make_person
from tests.doors.serving import ask, asking, key_for, on_a_port
from tests.doors.test_happenings import signed
from tests.hooking import Hooks, hooks
from tests.processes import ROOT

GUIDE = (ROOT / "docs/guide/webhooks.md").read_text()
DOCUMENTS = {m[1]: m[0] for m in re.finditer(r"(?:query|mutation) (\w+).*?(?=\n```)", GUIDE, re.DOTALL)}


@pytest_asyncio.fixture
async def at(db: Database, workspace: UUID) -> AsyncIterator[Hooks]:
    async with hooks(db, workspace) as opened:
        yield opened


async def said(client: httpx.AsyncClient, name: str, **variables: Any) -> Any:
    answer = await ask(client, DOCUMENTS[name], **variables)
    assert "errors" not in answer, answer
    ((_, data),) = answer["data"].items()
    assert data.get("userErrors", []) == []
    return data


async def test_the_guide_works_step_by_step(app: Starlette, at: Hooks, workspace: UUID) -> None:
    async with asking(app, await key_for(at.db, workspace)) as client:
        made = await said(client, "Create", url=at.receiver.url)
        id, secret = made["webhookEndpoint"]["id"], made["secret"]
        await at.carry()
        lead = await at.db.run(at.actor, lambda tx: _lead(tx))
        await said(client, "Trigger", id=id)
        await at.carry()
        (sample,) = await at.post()
        assert (sample["type"], sample["sample"], sample["data"]["id"]) == ("lead.created", True, encode_id(Lead.tag, lead))
        changed = await said(client, "Document", id=id)
        assert changed["webhookEndpoint"]["filter"] == {"state": {"eq": "OPEN"}}
        await at.note("lead.created", "Lead", lead)
        (body,) = await at.post()
        call = at.receiver.calls[-1]
        assert Webhook(secret).verify(call.body, call.headers) == body
        assert body["data"]["leadsChanged"]["lead"] == {"id": encode_id(Lead.tag, lead), "name": "Ana Silva", "companyName": "Acme", "owner": None}
        log = (await said(client, "Log", id=id))
        assert [(one["eventKind"], one["state"], one["attempts"], one["statusCode"], one["tries"][0]["status"]) for one in log["deliveries"]["nodes"]] == [
            ("lead.created", "DELIVERED", 1, 204, 204)] * 2
        latest = log["deliveries"]["nodes"][0]["createdAt"]
        assert (await said(client, "Replay", id=id, **{"from": latest}))["count"] == 1
        assert await at.post() == [body]
        fresh = await said(client, "Rotate", id=id)
        assert fresh["webhookEndpoint"]["oldSecretUntil"]
        await at.note("lead.updated", "Lead", lead)
        await at.post()
        last = at.receiver.calls[-1]
        assert Webhook(secret).verify(last.body, last.headers) == Webhook(fresh["secret"]).verify(last.body, last.headers)


async def _lead(tx: Any) -> UUID:
    return await make_lead(tx, await make_person(tx, "Ana Silva"), company_name="Acme")


async def test_the_guides_feed_takes_the_guides_events(app: Starlette, at: Hooks, workspace: UUID) -> None:
    raw = next(block for block in re.findall(r"```json\n(.*?)```", GUIDE, re.DOTALL) if '"events"' in block).strip().encode()
    await at.db.run(at.actor, lambda tx: make_person(tx, "Ana Silva", "ana@acme.example"))
    async with asking(app, await key_for(at.db, workspace)) as client:
        made = await said(client, "Feed")
        url = f"/inbound/{made['feed']['key']}"
        answers = [(await client.post(url, content=raw, headers=signed(made["secret"], raw))).json()["results"] for _ in range(2)]
        assert [one["state"] for one in answers[0]] == ["TAKEN", "WAITING", "TAKEN"]
        assert answers[0] == answers[1]
        assert (await ask(client, "{ feeds { nodes { waiting strangers } } }"))["data"]["feeds"]["nodes"] == [{"waiting": 1, "strangers": "KEEP"}]


async def test_who_listens_hears_what_an_endpoint_would_get_and_forwards_it_signed(app: Starlette, at: Hooks, workspace: UUID, actor: Actor) -> None:
    forwarded: list[httpx.Request] = []
    async with asking(app, await key_for(at.db, workspace, "*:read")) as client:
        begin = (await client.get("/webhooks/events?after=")).json()
        lead = await at.db.run(actor, lambda tx: _lead(tx))
        assert begin["error"]["code"] == "BAD_CURSOR"
        start = Place(0).cursor(workspace)
        await at.note("lead.created", "Lead", lead)
        await at.note("deal.created", "Deal")
        heard = (await client.get("/webhooks/events", params={"after": start, "kind": ["lead.*"]})).json()
        assert [event["kind"] for event in heard["events"]] == ["lead.created"]
        assert (await client.get("/webhooks/events", headers={"authorization": ""})).status_code == 401
    secret = new_secret()
    listener = Listener("http://server.example", "lw_x", ["*"], secret, "http://mine.example/hook")

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.host == "server.example":
            return httpx.Response(200, json=heard)
        forwarded.append(request)
        return httpx.Response(202)

    with httpx.Client(transport=httpx.MockTransport(answer)) as outside:
        (event,) = listener.next(outside)
        assert listener.forward(outside, event).startswith("202 in ")
    told = Webhook(secret).verify(forwarded[0].content, dict(forwarded[0].headers))
    assert (told["data"]["id"], listener.cursor) == (encode_id(Lead.tag, lead), heard["cursor"])


async def test_who_listens_for_an_endpoint_or_with_a_document_hears_the_bodies_it_would_get(app: Starlette, at: Hooks, workspace: UUID, actor: Actor) -> None:
    ana, bo = await at.db.run(actor, lambda tx: _lead(tx)), await at.db.run(actor, lambda tx: make_lead(tx, company_name="Other"))
    text = 'subscription { leadsChanged { recordId lead { companyName } } }'
    made = await at.subscribe(document=document(text), filter={"companyName": {"eq": "Acme"}})
    await at.note("lead.created", "Lead", bo, ana)
    await at.note("deal.created", "Deal")
    shapes = {"endpoint": encode_id(WebhookEndpoint.tag, made.id)}, {"document": text}
    async with asking(app, await key_for(at.db, workspace, "*:read")) as client:
        heard = [(await client.get("/webhooks/events", params={"after": Place(0).cursor(workspace), **shape})).json()["events"] for shape in shapes]
        bodies = [[json.loads(event["body"])["data"] for event in events] for events in heard]
        one, other = [{"leadsChanged": {"recordId": encode_id(Lead.tag, id), "lead": {"companyName": name}}} for id, name in ((ana, "Acme"), (bo, "Other"))]
        assert bodies == [[one], [other, one]]
        listed = (await client.get("/webhooks/events", params={"after": Place(0).cursor(workspace), "endpoint": str(made.id)})).json()
        assert listed["events"] == heard[0]
        wrong = {"endpoint": encode_id(WebhookEndpoint.tag, ana)}, {"endpoint": "x"}, {"document": "{ leads { totalCount } }"}
        refused = [(await client.get("/webhooks/events", params=shape)).json()["error"]["code"] for shape in wrong]
        assert refused == ["NOT_FOUND", "BAD_ID", "BAD_WEBHOOK_DOCUMENT"]
    assert await at.post() == [{"type": "lead.created", "timestamp": json.loads(heard[0][0]["body"])["timestamp"], "data": one}]
    async with asking(app, await key_for(at.db, workspace, "webhookEndpoints:read")) as client:
        answer = (await client.get("/webhooks/events", params={"after": Place(0).cursor(workspace), **shapes[0]})).json()
        assert answer["events"] == []


async def test_listening_on_a_real_server_prints_a_sample_and_ends(
    app: Starlette, at: Hooks, workspace: UUID, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    key, viewer = await key_for(at.db, workspace, "*:read"), Everything(workspace)
    await at.db.run(at.actor, lambda tx: webhooks.trigger(tx, "deal.won", viewer))
    await at.carry()
    async with on_a_port(app) as place:
        url = f"http://{place}"
        listener = Listener(url, key, ["deal.*"], new_secret(), at.receiver.url, cursor=Place(0).cursor(workspace))
        await asyncio.to_thread(listener.run, 1)
        with pytest.raises(CannotListen):
            await asyncio.to_thread(Listener(url, "lw_live_nonsense", ["*"], new_secret(), None).run, 1)
    assert "deal.won  sample  → 204 in " in capsys.readouterr().out
    (call,) = at.receiver.calls
    assert Webhook(listener.secret).verify(call.body, call.headers)["type"] == "deal.won"


async def test_refusals_of_endpoints_say_what_is_wrong_and_change_nothing(app: Starlette, at: Hooks, workspace: UUID) -> None:
    text = """mutation($input: CreateWebhookEndpointInput!) { createWebhookEndpoint(input: $input) { webhookEndpoint { id } secret
      userErrors { code field } } }"""
    given = {"name": "x", "url": "https://hooks.example.com/x"}
    tries = [
        ({"eventKinds": ["lead.*"], "where": {"nonsense": {"eq": 1}}}, "BAD_FILTER"), ({"eventKinds": ["lead.*"], "where": [1]}, "BAD_FILTER"),
        ({"eventKinds": ["*"], "where": {"state": {"eq": "OPEN"}}}, "MIXED_EVENT_KINDS"), ({}, "NO_EVENT_KINDS"),
        ({"eventKinds": ["deal.*"], "document": "subscription { leadsChanged { kind } }"}, "MIXED_EVENT_KINDS"),
        ({"document": "subscription { leadsChanged { nothing } }"}, "BAD_WEBHOOK_DOCUMENT"), ({"eventKinds": ["lead.exploded"]}, "UNKNOWN_EVENT_KIND"),
        ({"eventKinds": ["*"], "url": "http://[::1"}, "BAD_WEBHOOK_URL"),
    ]  # fmt: skip
    async with asking(app, await key_for(at.db, workspace)) as client:
        for more, code in tries:
            (made,) = (await ask(client, text, input=given | more))["data"].values()
            assert ([one["code"] for one in made["userErrors"]], made["secret"]) == ([code], None)
        assert (await ask(client, "{ webhookEndpoints { totalCount } }"))["data"]["webhookEndpoints"]["totalCount"] == 0
