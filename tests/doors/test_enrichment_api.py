"""Enrichment over GraphQL and HTTP: providers, policy, dry run, suggestions, undo, pushes."""

import hashlib
import hmac
import json
import time
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from standardwebhooks.webhooks import Webhook
from starlette.applications import Starlette

from leadwell import enrichment
from leadwell.base.actor import Actor
from leadwell.base.ids import encode_id
from leadwell.base.tx import Database
from leadwell.catalog import CATALOG
from tests.doors.serving import ask, asking, key_for, session_for
from tests.enriching import API, Desk
from tests.internet import Internet
from tests.verbs.test_enrichment import add_person
from tests.verbs.test_waterfall import ACME, says

MAPPING = {"url": API, "headers": {"Authorization": "Bearer {secret:KEY}"}, "identity": "/email", "fields": {"person.title": "/title"}}
ERRORS = "userErrors { code field message }"
CREATE = f"""mutation($input: CreateEnrichmentProviderInput!) {{ createEnrichmentProvider(input: $input) {{ secret {ERRORS}
  enrichmentProvider {{ id code kind pushKey secretNames mapping isActive breaker spentCredits heldCredits version }} }} }}"""
UPDATE = f"""mutation($input: UpdateEnrichmentProviderInput!) {{ updateEnrichmentProvider(input: $input) {{ {ERRORS}
  enrichmentProvider {{ secretNames monthlyBudget isActive }} }} }}"""
POLICY = f"""mutation($rules: JSON!, $n: Int) {{ setEnrichmentPolicy(input: {{rules: $rules, expectedNumber: $n}}) {{ {ERRORS}
  enrichmentPolicy {{ number rules }} }} }}"""
PREVIEW = """query($id: ID!) { previewEnrichment(id: $id) { decisions { field action before value provider } questions { provider key credits } steps } }"""
DECIDE = "mutation($ids: [ID!]!) { %s(input: {ids: $ids}) { suggestions { state field value } left userErrors { code } } }"
UNDO = "mutation($id: ID!) { undoEnrichmentRun(input: {id: $id}) { enrichmentRun { undoneAt } restored left userErrors { code } } }"


@pytest.fixture
def desk(db: Database, actor: Actor) -> Desk:
    return Desk(db, actor, Internet())


def opaque(noun: str, id: UUID) -> str:
    return encode_id(CATALOG[noun].tag, id)


async def test_provider_is_set_up_asked_and_its_secret_never_shown(app: Starlette, desk: Desk, actor: Actor) -> None:
    async with asking(app, await key_for(desk.db, actor.workspace)) as client:
        body = {"code": "acme", "kind": "HTTP", "mapping": MAPPING, "secrets": {"KEY": "s3cret"}, "cost": 2, "monthlyBudget": 10}
        made = (await ask(client, CREATE, input=body))["data"]["createEnrichmentProvider"]
        assert made["userErrors"] == []
        assert made["enrichmentProvider"] | {"id": ""} == {
            "id": "", "code": "acme", "kind": "HTTP", "pushKey": None, "secretNames": ["KEY"], "mapping": MAPPING, "isActive": True, "breaker": None,
            "spentCredits": 0, "heldCredits": 0, "version": 1}  # fmt: skip
        id = await desk.run(lambda tx: add_person(tx, email="ana@firma.de", name="Ana Silva"))
        preview = (await ask(client, PREVIEW, id=opaque("Person", id)))["data"]["previewEnrichment"]
        assert preview["questions"] == [{"provider": "acme", "key": "ana@firma.de", "credits": 2}]
        assert {"field": "person.firstName", "action": "FILL", "before": None, "value": "Ana", "provider": "names"} in preview["decisions"]
        desk.internet.pages[ACME + "ana%40firma.de"] = says("ana@firma.de", title="CEO")
        await desk.look(id)
        assert desk.internet.requests[0].headers["authorization"] == "Bearer s3cret"
        shown = (await ask(client, "{ enrichmentProviders { nodes { code breaker spentCredits answers { nodes { key state facts credits } } } } }"))["data"]
        assert shown["enrichmentProviders"]["nodes"] == [{"code": "acme", "breaker": "CLOSED", "spentCredits": 2, "answers": {"nodes": [
            {"key": "ana@firma.de", "state": "FOUND", "facts": {"person.title": "CEO"}, "credits": 2}]}}]  # fmt: skip
        changed = {"id": made["enrichmentProvider"]["id"], "secrets": {"KEY": None, "NEW": "x"}, "isActive": False, "mapping": {**MAPPING, "headers": {}}}
        update = (await ask(client, UPDATE, input=changed))["data"]["updateEnrichmentProvider"]
        assert update == {"userErrors": [], "enrichmentProvider": {"secretNames": ["NEW"], "monthlyBudget": 10, "isActive": False}}
        twice = (await ask(client, CREATE, input=body))["data"]["createEnrichmentProvider"]
        assert [e["code"] for e in twice["userErrors"]] == ["PROVIDER_EXISTS"]
    stored = await desk.rows("SELECT e.*, (SELECT string_agg(v.data::text, '') FROM events v WHERE v.workspace_id = $1) AS said FROM enrichment_providers e "
                             "WHERE e.workspace_id = $1")  # fmt: skip
    assert "s3cret" not in repr(stored)


@pytest.mark.parametrize(("more", "field"), [
    ({"code": "Acme"}, "code"), ({"code": "names"}, "code"), ({"mapping": {**MAPPING, "url": "ftp://x/{email}"}}, "mapping.url"),
    ({"mapping": {**MAPPING, "url": "https://u@x.example/{email}"}}, "mapping.url"),
    ({"mapping": {**MAPPING, "url": "https://{domain}.example/{email}"}}, "mapping.url"),
    ({"mapping": {**MAPPING, "url": "https://x.example/?k={secret:KEY}&e={email}"}}, "mapping.url"),
    ({"mapping": {**MAPPING, "url": "https://x.example/"}}, "mapping.url"),
    ({"mapping": {**MAPPING, "headers": {"A": "{secret:NO}"}}}, "mapping.headers"), ({"mapping": {**MAPPING, "headers": {"A\r\nB": "x"}}}, "mapping.headers"),
    ({"mapping": {**MAPPING, "identity": ""}}, "mapping.identity"), ({"mapping": {**MAPPING, "fields": {}}}, "mapping.fields"),
    ({"mapping": {**MAPPING, "fields": {"email.class": "/x"}}}, "mapping.fields.email.class"),
    ({"mapping": {**MAPPING, "fields": {"person.title": "x"}}}, "mapping.fields.person.title"),
    ({"mapping": {**MAPPING, "confidence": 2}}, "mapping.confidence"), ({"mapping": {**MAPPING, "by": "phone"}}, "mapping.by"), ({"mapping": []}, "mapping"),
    ({"secrets": {"KEY": 5}}, "secrets"), ({"secrets": {"K Y": "x"}}, "secrets"), ({"perMinute": 0}, "perMinute"), ({"cost": -1}, "cost"),
])  # fmt: skip
async def test_wrong_provider_is_refused_with_its_place(app: Starlette, desk: Desk, actor: Actor, more: dict[str, Any], field: str) -> None:
    async with asking(app, await key_for(desk.db, actor.workspace)) as client:
        body = {"code": "acme", "kind": "HTTP", "mapping": MAPPING, "secrets": {"KEY": "x"}, **more}
        made = (await ask(client, CREATE, input=body))["data"]["createEnrichmentProvider"]
    assert ([".".join(e["field"]) for e in made["userErrors"]], made["enrichmentProvider"]) == ([field], None)
    assert await desk.rows("SELECT 1 FROM enrichment_providers e WHERE e.workspace_id = $1") == []


async def test_policy_is_versioned_and_readable(app: Starlette, desk: Desk, actor: Actor) -> None:
    rules = {"waterfall": {"person.seniority": [{"provider": "titles", "when": {"country": {"eq": "DE"}}}]}, "refreshDays": 90}
    async with asking(app, await key_for(desk.db, actor.workspace)) as client:
        for number in (1, 2):
            made = (await ask(client, POLICY, rules=rules, n=number - 1))["data"]["setEnrichmentPolicy"]
            assert made == {"userErrors": [], "enrichmentPolicy": {"number": number, "rules": rules}}
        stale = (await ask(client, POLICY, rules=rules, n=1))["data"]["setEnrichmentPolicy"]
        wrong = (await ask(client, POLICY, rules={"waterfall": {"person.x": []}}))["data"]["setEnrichmentPolicy"]
        assert [(e["code"], e["field"]) for e in stale["userErrors"] + wrong["userErrors"]] == [
            ("STALE_VERSION", None), ("BAD_POLICY", ["rules", "waterfall", "person", "x"])]
        listed = (await ask(client, "{ enrichmentPolicies(orderBy: [{number: DESC}]) { nodes { number createdBy } } enrichmentFields }"))["data"]
    assert [node["number"] for node in listed["enrichmentPolicies"]["nodes"]] == [2, 1]
    assert "company.postalCode" in listed["enrichmentFields"]


async def suggested(desk: Desk) -> tuple[UUID, str]:
    """A person whose title somebody typed, and the open suggestion of another."""
    id = await desk.run(lambda tx: add_person(tx, email="ana@firma.de", title="VP Sales", department="LEGAL"))
    await desk.run(lambda tx: enrichment.enrich_people(tx, [id]))
    (row,) = await desk.rows("SELECT s.id FROM field_suggestions s WHERE s.workspace_id = $1 AND s.field = 'department'")
    return id, opaque("FieldSuggestion", row["id"])


async def test_suggestions_are_decided_in_bulk_by_whoever_may_change_the_record(app: Starlette, desk: Desk, actor: Actor, other_workspace: UUID) -> None:
    id, suggestion = await suggested(desk)
    async with asking(app, await key_for(desk.db, other_workspace)) as client:
        other = (await ask(client, DECIDE % "dismissSuggestions", ids=[suggestion]))["data"]["dismissSuggestions"]
        assert ([one["code"] for one in other["userErrors"]], other["left"], other["suggestions"]) == (["NOT_FOUND"], None, [])
    own = """UPDATE roles r SET grants = '{"*": {"verbs": ["read", "update"], "rows": "own"}}' WHERE r.workspace_id = $1 AND r.code = 'SALES'"""
    await desk.run(lambda tx: tx.execute(own, actor.workspace))
    _, seller = await session_for(desk.db, actor.workspace, "SALES")
    async with asking(app, seller) as client:   # owns no lead of hers
        mine = (await ask(client, DECIDE % "acceptSuggestions", ids=[suggestion]))["data"]["acceptSuggestions"]
        assert [one["code"] for one in mine["userErrors"]] == ["NOT_FOUND"]
        hidden = (await ask(client, "{ fieldSuggestions { nodes { value } } }"))["data"]
        assert hidden["fieldSuggestions"]["nodes"] == []
    async with asking(app, await key_for(desk.db, actor.workspace)) as client:
        done = (await ask(client, DECIDE % "acceptSuggestions", ids=[suggestion, suggestion]))["data"]["acceptSuggestions"]
        assert done == {"suggestions": [{"state": "ACCEPTED", "field": "department", "value": "SALES"}], "left": [], "userErrors": []}
        late = (await ask(client, DECIDE % "dismissSuggestions", ids=[suggestion]))["data"]["dismissSuggestions"]
        assert [one["code"] for one in late["left"]] == ["SUGGESTION_DECIDED"]
    assert await desk.rows("SELECT p.department FROM people p WHERE p.workspace_id = $1 AND p.id = $2", id) == [{"department": "SALES"}]


async def test_run_is_read_and_undone(app: Starlette, desk: Desk, actor: Actor) -> None:
    id, _ = await suggested(desk)
    (run,) = await desk.rows("SELECT e.id FROM enrichment_runs e WHERE e.workspace_id = $1")
    async with asking(app, await key_for(desk.db, actor.workspace)) as client:
        listed = (await ask(client, "{ enrichmentRuns { nodes { changes policy steps } } }"))["data"]["enrichmentRuns"]["nodes"]
        assert (listed[0]["policy"], listed[0]["steps"], "seniority" in {c["field"] for c in listed[0]["changes"]}) == (0, [], True)
        undone = (await ask(client, UNDO, id=opaque("EnrichmentRun", run["id"])))["data"]["undoEnrichmentRun"]
        assert (undone["userErrors"], undone["left"], undone["enrichmentRun"]["undoneAt"] is not None) == ([], [], True)
        assert {"recordId": opaque("Person", id), "noun": "Person", "field": "seniority", "before": None, "after": "VP"} in undone["restored"]
        again = (await ask(client, UNDO, id=opaque("EnrichmentRun", run["id"])))["data"]["undoEnrichmentRun"]
        assert [e["code"] for e in again["userErrors"]] == ["RUN_UNDONE"]
        enrich = "mutation($ids: [ID!]!) { enrich(input: {ids: $ids}) { people userErrors { code } } }"
        assert (await ask(client, enrich, ids=[opaque("Person", id)]))["data"]["enrich"] == {"people": 1, "userErrors": []}


PUSHED = {"items": "/people", "identity": "/mail", "fields": {"person.title": "/job", "person.city": "/city"}}


async def pusher(app: Starlette, desk: Desk, actor: Actor, **more: Any) -> tuple[str, str]:
    async with asking(app, await key_for(desk.db, actor.workspace)) as client:
        made = (await ask(client, CREATE, input={"code": "partner", "kind": "PUSH", "mapping": PUSHED, **more}))["data"]["createEnrichmentProvider"]
    assert made["userErrors"] == []
    return made["enrichmentProvider"]["pushKey"], made["secret"]


async def test_push_is_taken_once_and_only_for_whom_it_says(app: Starlette, desk: Desk, actor: Actor) -> None:
    key, secret = await pusher(app, desk, actor)
    id = await desk.run(lambda tx: add_person(tx, email="Ana@Firma.de"))
    body = json.dumps({"people": [{"mail": "ana@firma.de", "job": "CEO"}, {"job": "CFO"}, {"mail": "bob@firma.de"}, 7]}).encode()
    signed = {"x-signature": hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}
    async with asking(app) as client:
        first = await client.post(f"/enrich/{key}", content=body, headers=signed)
        again = await client.post(f"/enrich/{key}", content=body, headers=signed)
        assert (first.status_code, again.json()) == (200, first.json())
        assert [(r["key"], r["state"], r["people"]) for r in first.json()["results"]] == [
            ("ana@firma.de", "FOUND", 1), (None, "REJECTED", 0), ("bob@firma.de", "MISS", 0), (None, "REJECTED", 0)]
        await desk.work_off()
        assert await desk.rows("SELECT p.title FROM people p WHERE p.workspace_id = $1 AND p.id = $2", id) == [{"title": "CEO"}]
        (count,) = await desk.rows("SELECT count(*) AS n FROM enrichment_pushes p WHERE p.workspace_id = $1")
        refused = [
            await client.post(f"/enrich/{key}", content=body), await client.post(f"/enrich/{key}", content=body + b" ", headers=signed),
            await client.post("/enrich/0000", content=body, headers=signed), await client.post(f"/enrich/{key}", content=b"{", headers={
                "x-signature": hmac.new(secret.encode(), b"{", hashlib.sha256).hexdigest()}),
        ]  # fmt: skip
        assert (count, [r.status_code for r in refused]) == ({"n": 1}, [401, 401, 404, 400])
    await desk.run(lambda tx: tx.execute("UPDATE enrichment_providers SET archived_at = now() WHERE workspace_id = $1", tx.workspace))
    async with asking(app) as client:
        assert (await client.post(f"/enrich/{key}", content=body, headers=signed)).status_code == 410


async def test_push_by_standard_webhooks_is_one_event_by_its_id(app: Starlette, desk: Desk, actor: Actor) -> None:
    key, _ = await pusher(app, desk, actor, signature="STANDARD", secrets={"SIGNING": "whsec_" + "c2VjcmV0c2VjcmV0c2VjcmV0"})
    now, body = int(time.time()), json.dumps({"people": [{"mail": "ana@firma.de", "city": "Bonn"}]})
    sign = Webhook("whsec_" + "c2VjcmV0c2VjcmV0c2VjcmV0").sign("m1", datetime.fromtimestamp(now, UTC), body)
    headers = {"webhook-id": "m1", "webhook-timestamp": str(now), "webhook-signature": sign}
    async with asking(app) as client:
        answers = [await client.post(f"/enrich/{key}", content=body, headers=headers) for _ in range(2)]
        old = await client.post(f"/enrich/{key}", content=body, headers={**headers, "webhook-timestamp": str(now - 3600)})
    assert [a.status_code for a in (*answers, old)] == [200, 200, 401]
    assert await desk.rows("SELECT p.event FROM enrichment_pushes p WHERE p.workspace_id = $1") == [{"event": "m1"}]
    assert await desk.rows("SELECT a.state FROM enrichment_answers a WHERE a.workspace_id = $1") == [{"state": "FOUND"}]
