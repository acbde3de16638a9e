"""The partners' page, followed with its own key and documents: leads once in three ways, a conversion, a signed webhook, events after a cut."""

import json
import re
import shlex
from typing import Any
from uuid import UUID

import httpx
import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError
from starlette.applications import Starlette

from api.schema import CORE
from leadwell.access import users
from leadwell.base.ids import uuid7
from leadwell.base.tx import Database
from tests.doors.serving import PASSWORD, ask, asking, key_for, on_a_port
from tests.doors.sockets import connected
from tests.hooking import Hooks, hooks
from tests.processes import ROOT

PAGE = (ROOT / "docs/partners.md").read_text()
DOCUMENTS = {m[1]: m[0] for m in re.finditer(r"(?:query|mutation|subscription) (\w+)\(.*?(?=\n```)", PAGE, re.DOTALL)}
ANSWERS = [json.loads(text) for text in re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)]
LEAD, SUBMISSION, FILTER, CONVERSION, DELIVERY = ANSWERS


def scopes() -> list[str]:
    words = shlex.split(re.findall(r"^\$ leadwell keys create (.*)", PAGE, re.MULTILINE)[0])
    return [words[i + 1] for i, word in enumerate(words) if word == "--scope"]


def receive() -> Any:
    """The page's own function."""
    found: dict[str, Any] = {}
    exec(re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)[0], found)
    return found["receive"]


async def done(client: httpx.AsyncClient, name: str, **variables: Any) -> Any:
    answer = await ask(client, DOCUMENTS[name], **variables)
    assert "errors" not in answer, answer
    found = next(iter(answer["data"].values()))
    assert found.get("userErrors", []) == [], found
    return found


async def created_in_three_ways(client: httpx.AsyncClient) -> str:
    """One lead, whichever way its key is said and however often; its id."""
    given = LEAD["input"]
    key = given["idempotencyKey"]
    bare = {name: value for name, value in given.items() if name != "idempotencyKey"}
    first, again = [await done(client, "CreateLead", input=given) for _ in range(2)]
    assert (first["outcome"], first["replayed"], again["replayed"], again["lead"]) == ("CREATED", False, True, first["lead"])
    by_header = await ask(client, DOCUMENTS["CreateLead"], headers={"Idempotency-Key": key}, input=bare)
    if CORE.get_directive("idempotent"):
        text = DOCUMENTS["CreateLead"].replace("(input: $input)", "(input: $input) @idempotent(key: $key)").replace("!)", "!, $key: String!)", 1)
        by_directive = [(await ask(client, text, input=bare, key="order-4712"))["data"]["createLead"] for _ in range(2)]
        assert [(one["lead"]["id"], one["replayed"]) for one in by_directive] == [(first["lead"]["id"], False), (first["lead"]["id"], True)]
    rest = [(await client.post("/capture", json=SUBMISSION, headers={"Idempotency-Key": "order-4713"})).json() for _ in range(2)]
    assert by_header["data"]["createLead"]["lead"]["id"] == first["lead"]["id"]
    assert rest[0]["submissionId"] == rest[1]["submissionId"]
    other = await ask(client, DOCUMENTS["CreateLead"], input=given | {"name": "Joan Clarke"})
    assert [one["code"] for one in other["data"]["createLead"]["userErrors"]] == ["IDEMPOTENCY_MISMATCH"]
    return str(first["lead"]["id"])


async def test_a_partner_creates_once_converts_and_gets_a_signed_webhook(app: Starlette, db: Database, workspace: UUID) -> None:
    owned_by = f"{uuid7().hex}@acme.example"
    await users.create_user(db, workspace, email=owned_by, name="Olivia", role="SALES", password=PASSWORD)
    async with hooks(db, workspace) as at, asking(app, await key_for(db, workspace, *scopes())) as client:
        lead = await created_in_three_ways(client)
        refused = (await ask(client, DOCUMENTS["CreateLead"], input={"name": "x", "email": "no address"}))["data"]["createLead"]
        assert (refused["lead"], refused["userErrors"][0]["field"], refused["userErrors"][0]["retryable"]) == (None, ["email"], False)
        batch = [{"name": "Joan Clarke", "email": "joan@park.example", "companyName": "Bletchley"}, {"name": "x", "email": "no address"}]
        many = [await done(client, "CreateLeads", leads=batch, key="batch-1") for _ in range(2)]
        assert [(one["index"], one["outcome"]) for one in many[0]["results"]] == [(0, "CREATED"), (1, "REFUSED")]
        assert (many[0]["replayed"], many[1]["replayed"], many[1]["results"][0]["leadId"]) == (False, True, many[0]["results"][0]["leadId"])
        assert [one["id"] for one in (await done(client, "OpenLeads", **FILTER))["nodes"]] == [lead]
        await at.carry()
        made = await done(client, "Register", url=at.receiver.url, company="Navy Yard")
        unowned = (await ask(client, DOCUMENTS["Convert"], input={"id": lead}))["data"]["convertLead"]
        assert [one["code"] for one in unowned["userErrors"]] == ["OWNER_REQUIRED"]
        (owner,) = (await done(client, "Owners", email=owned_by))["nodes"]
        for id, key in ((lead, "won-4711"), (many[0]["results"][0]["leadId"], "won-4714"), (lead, "won-4711")):
            converted = await done(client, "Convert", input=CONVERSION["input"] | {"id": id, "ownerId": owner["id"], "idempotencyKey": key})
        assert (converted["replayed"], converted["lead"]["state"], converted["company"]["name"]) == (True, "CONVERTED", "Navy Yard")
        await delivered(at, client, made, lead)


async def delivered(at: Hooks, client: httpx.AsyncClient, made: dict[str, Any], lead: str) -> None:
    """Only the lead that matches is told of, as the page shows it; the log knows, and sends it again."""
    await at.carry()
    (body,) = await at.post()
    call = at.receiver.calls[-1]
    assert receive()(made["secret"], call.headers, call.body) == body
    assert shape(body) == shape(DELIVERY)
    assert (body["type"], body["data"]["leadsChanged"]["lead"]["id"]) == ("lead.converted", lead)
    for wrong in ((made["secret"], call.headers, call.body + b" "), ("whsec_" + "A" * 32, call.headers, call.body), (made["secret"], {}, call.body)):
        with pytest.raises(WebhookVerificationError):
            receive()(*wrong)
    (sent,) = (await done(client, "Deliveries", id=made["webhookEndpoint"]["id"]))["deliveries"]["nodes"]
    assert (sent["eventKind"], sent["state"], sent["attempts"], sent["statusCode"]) == ("lead.converted", "DELIVERED", 1, 204)
    await done(client, "Replay", id=sent["id"])
    assert await at.post() == [body]
    again = at.receiver.calls[-1]
    assert again.headers["webhook-id"] != call.headers["webhook-id"]
    assert Webhook(made["secret"]).verify(again.body, again.headers) == body


def shape(value: Any) -> Any:
    return {name: shape(one) for name, one in value.items()} if isinstance(value, dict) else type(value)


async def test_a_partner_goes_on_after_a_cut_without_gap_or_repetition(app: Starlette, db: Database, workspace: UUID) -> None:
    key = await key_for(db, workspace, *scopes())
    async with hooks(db, workspace) as at, asking(app, key) as client, on_a_port(app) as port:
        async def make(*names: str) -> None:
            for name in names:
                await done(client, "CreateLead", input={"name": name, "email": f"{name}@navy.example", "companyName": "Navy Yard"})
            await at.carry()
            await app.state.house.kit.live.publish([workspace])

        async def heard(after: str, last: str | None = None) -> list[tuple[str, str, str]]:
            """What is told behind a cursor: the first event, or all up to the creation of the lead of that name; then the line is cut."""
            found: list[tuple[str, str, str]] = []
            async with connected(port, key) as socket:
                await socket.send("subscribe", id="1", payload={"query": DOCUMENTS["Follow"], "variables": FILTER | {"after": after}})
                while not found or (last and found[-1][1:] != ("lead.created", last)):
                    one = await socket.change()
                    found.append((one["cursor"], one["kind"], one["lead"]["name"]))
                socket.raw.transport.abort()
            return found

        page = (await ask(client, DOCUMENTS["OpenLeads"], **FILTER))["data"]
        assert page["leads"]["nodes"] == []
        await make("ada")
        first = await heard(page["eventCursor"])
        await make("joan", "grace")
        rest = await heard(first[-1][0], "grace")
        assert first + rest == await heard(page["eventCursor"], "grace")
        assert len({cursor for cursor, *_ in first + rest}) == len(first + rest)
        assert [name for _, kind, name in first + rest if kind == "lead.created"] == ["ada", "joan", "grace"]
        whole = await ask(client, DOCUMENTS["OpenLeads"], **FILTER)
    assert [one["name"] for one in whole["data"]["leads"]["nodes"]] == ["ada", "joan", "grace"]
    assert whole["extensions"]["cost"]["throttleStatus"]["maximumAvailable"] == 50_000
    assert whole["extensions"]["cost"]["requestedQueryCost"] == 51
