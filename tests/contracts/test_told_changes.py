"""The audit tells values: whatever an `update*` mutation changes stands in its event before and after, and no secret does."""

import base64
import hashlib
import json
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx
import pytest_asyncio
from starlette.applications import Starlette

from leadwell.access import keys
from leadwell.base.actor import Actor
from leadwell.base.ids import encode_id, uuid7
from leadwell.base.tx import Database, Tx
from leadwell.catalog import CATALOG
from leadwell.events import HIDDEN
from leadwell.events.kinds import KINDS
from leadwell.privacy.ours import naming
from leadwell.scoring.defaults import DEFAULT
from leadwell.scoring.rules import parse, plain
from tests import bearing, sweep
from tests import builders as make
from tests.doors.serving import PASSWORD, asking, session_for
from tests.filling import SHAPE, fill

EXCUSED = {"updateLeadsWhere": "a change set, whose worker says updateLeads: tests/verbs/test_changes.py"}
LINK, LONG = '<a href="{{ unsubscribe_url }}">x</a>', "x" * 5_000
SOUND = {   # what the made up rows need before they can be changed
    "feeds": "signature = 'NONE', signature_header = NULL, items = NULL, external_id = NULL, country = NULL",
    "forms": """fields = '[{"name": "email"}]', allowed_origins = '{}', redirect_url = NULL, locale = 'en', country = NULL, words = '{}'""",
    "templates": f"html = '{LINK}'", "broadcasts": "variants = $2, audience = $3", "segments": "kind = 'DYNAMIC'",
    "senders": "channel = 'EMAIL', address = 'own@own.example', reply_to = NULL, bounce_address = NULL, host = NULL, url = NULL, login = NULL, port = NULL,"
               " security = NULL, last_error = NULL",
    "inboxes": "host = NULL, port = NULL, login = NULL, security = NULL, folder = NULL, last_error = NULL", "lead_queue_members": "capacity = NULL",
    "send_limits": "scope = 'WORKSPACE', key = '*', warm_up_first = NULL, warm_up_percent = NULL",
    "send_windows": """hours = '{"MON": ["08:00-12:00"]}'""", "views": "credential = $2", "webhook_endpoints": "document = NULL, filter = NULL",
}  # fmt: skip


def shown(value: Any) -> Any:
    """How a value is told, written down a second time."""
    raw = value.encode() if isinstance(value, str) else json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    return {"bytes": len(raw), "sha256": hashlib.sha256(raw).hexdigest()} if len(raw) > 4096 else value


RULE = {"noun": "Lead", "when": {"kind": "CREATED"}, "do": [{"kind": "TASK", "title": "Told"}]}
RULES = {**DEFAULT, "groups": [{**DEFAULT["groups"][0], "label": "Told"}, *DEFAULT["groups"][1:]]}
GIVEN: Mapping[str, tuple[str, Any]] = {   # a field and another value; of all others the name
    "updateResponsePolicy": ("firstMinutes", 17), "updateTerritory": ("skills", "PT"), "updateCustomField": ("label", "Told"),
    "updateMatchModel": ("reviewFrom", 0.25), "updateFeed": ("mapping", {"email": "/told"}), "updateForm": ("intro", "Told"),
    "updateEnrichmentProvider": ("perMinute", 17), "updateLead": ("need", "Told"), "updateLeads": ("need", "Told again"),
    "updateCompany": ("industry", "Told"), "updateContact": ("title", "Told"), "updateMeeting": ("title", "Told"), "updateTask": ("title", "Told"),
    "updatePerson": ("city", "Told"), "updateUser": ("timeZone", "Europe/Lisbon"), "updateSequenceDraft": ("sunsetDays", 17),
    "updateSendWindow": ("hours", {"TUE": ["09:00-17:00"]}), "updateSendLimit": ("perDay", 17), "updateSendingRules": ("quietHours", 17),
    "updateSegment": ("where", {"name": {"eq": "Told"}}), "updateTemplate": ("html", LINK + LONG), "updateSnippet": ("html", "<b>Told</b>"),
    "updateLayout": ("html", "<i>{{ content }}</i>"), "updateSender": ("replyTo", "told@own.example"), "updateWebhookEndpoint": ("isPaused", True),
    "updateWorkspaceSettings": ("captureExceptions", "told.example"),
    "putQueueMember": ("weight", 17), "shareView": ("sharing", "EVERYBODY"), "setEnrichmentPolicy": ("rules", {"floor": 0.25}), "setRetention": ("months", 17),
    "setDigest": ("hour", 17), "setExchangeRate": ("rate", 1.25), "draftAutomation": ("rule", RULE),
    "draftScoringModel": ("rules", RULES),
}
NOTHING: Mapping[str, Any] = {}
MORE: Mapping[str, Mapping[str, Any]] = {"setExchangeRate": {"currency": "USD"}}
TABLES = {"updateLeads": "leads", "updateMeeting": "tasks", "updateSequenceDraft": "sequences", "updateView": "views", "shareView": "views",
          "putQueueMember": "lead_queue_members"}  # fmt: skip
WHOLE: Mapping[str, Mapping[str, list[Any]]] = {   # of what is no row of its own
    "updateApiKey": {"name": ["Other", "Told"]}, "updateWorkspace": {"name": ["Test", "Told"]}, "updateSendingRules": {"quiet_hours": [1, 17]},
    "updateWorkspaceSettings": {"capture_exceptions": [[], ["told.example"]]}, "setEnrichmentPolicy": {"rules": [{}, {"floor": 0.25}]},
    "setRetention": {"months": [1, 17]}, "setDigest": {"digest_hour": [None, 17]}, "setExchangeRate": {"rate": [None, 1.25]},
    "draftAutomation": {"rule": [{}, RULE]}, "draftScoringModel": {"rules": [shown(plain(parse(rules))) for rules in (DEFAULT, RULES)]},
}
UNTOLD = {"version", "updated_at", "filter_version", "uses", "custom_fields", "problem", "search_open", "search_all"}   # these follow from others
RECORDS = {"Company", "Deal", "Task", "ApiKey"}   # of companies, of no person, of staff: of any other setting an erasure reaches every event
SECRET = re.compile(r"password|secret|token", re.IGNORECASE)
PUSH = {"by": "email", "fields": {"person.title": "/title"}, "identity": "/email"}
MARK, ID = "hush-hush-0123456789-hush", object()    # a secret wherever one can be given; the record made before
SECRETS: tuple[tuple[str, dict[str, Any], str], ...] = (
    ("createSender", {"address": "s@own.example", "host": "smtp.own.example", "login": "me", "password": MARK}, "Sender"),
    ("updateSender", {"id": ID, "password": MARK + "2"}, "Sender"), ("createSenderKey", {"id": ID}, "Sender"), ("removeSenderKey", {"id": ID}, "Sender"),
    ("createInbox", {"kind": "IMAP", "host": "imap.own.example", "login": "me", "password": MARK}, "Inbox"),
    ("updateInbox", {"id": ID, "password": MARK + "2"}, "Inbox"),
    ("createFeed", {"kind": "META", "secret": MARK, "accessToken": MARK}, "Feed"),
    ("updateFeed", {"id": ID, "secret": MARK + "2", "accessToken": MARK + "2"}, "Feed"),
    ("createEnrichmentProvider", {"code": "told", "kind": "PUSH", "mapping": PUSH, "secrets": {"SIGNING": MARK}}, "EnrichmentProvider"),
    ("updateEnrichmentProvider", {"id": ID, "secrets": {"SIGNING": MARK + "2"}}, "EnrichmentProvider"),
    ("putIdentityProvider", {"issuer": "https://idp.example", "name": "Ours", "clientId": "us", "clientSecret": MARK}, "IdentityProvider"),
    ("putIdentityProvider", {"issuer": "https://idp.example", "name": "Ours", "clientId": "us", "clientSecret": MARK + "2"}, "IdentityProvider"),
    ("createWebhookEndpoint", {"eventKinds": ["lead.*"]}, "WebhookEndpoint"), ("rotateWebhookSecret", {"id": ID}, "WebhookEndpoint"),
    ("createApiKey", {}, "ApiKey"), ("rotateApiKey", {"id": ID}, "ApiKey"), ("changePassword", {"current": PASSWORD, "password": MARK}, "User"),
)


@dataclass(slots=True)
class Desk:
    """A filled workspace, and its owner's requests."""

    db: Database
    workspace: UUID
    client: httpx.AsyncClient
    rows: dict[str, dict[str, Any]]
    records: dict[str, str]

    async def say(self, name: str, path: tuple[str, ...] = (), value: Any = None, more: Mapping[str, Any] = NOTHING) -> tuple[Any, list[dict[str, Any]]]:
        """What a mutation answers, and the events it left."""
        field = sweep.mutation_fields()[name]
        arguments = sweep.Inputs(self.records, uuid7().hex).arguments(name, field, path, value)
        arguments["input"] |= dict(more)
        answer = await self.client.post("/graphql", json={"query": sweep.document("mutation", name, field, arguments, 2), "variables": arguments})
        said = "SELECT e.kind, e.data FROM events e WHERE e.workspace_id = $1 AND e.request_id = $2 ORDER BY e.id"
        return answer.json(), await self.read(said, answer.headers["x-request-id"])

    async def read(self, sql: str, *args: Any) -> list[dict[str, Any]]:
        async with self.db.read(Actor.system(self.workspace)) as tx:
            return [dict(row) for row in await tx.fetch(sql, tx.workspace, *args)]

    async def row(self, name: str) -> dict[str, Any]:
        """The row that a mutation changes, as JSON."""
        table = TABLES.get(name) or CATALOG[name.removeprefix("update")].table
        id = self.rows["meetings" if name == "updateMeeting" else table]["id"]
        (found,) = await self.read(f"SELECT to_jsonb(x) AS row FROM {table} x WHERE x.workspace_id = $1 AND x.id = $2", id)
        return found["row"]

    async def sealed(self) -> set[str]:
        """Whatever the rows keep as bytes, in each form in which bytes become text."""
        columns = [(table, c["name"]) for table, of in SHAPE[0].columns.items() if table != "events" for c in of if c["type"] == "bytea"]
        each = " UNION ".join(f"SELECT t{i}.{name} AS kept FROM {table} t{i} WHERE t{i}.workspace_id = $1" for i, (table, name) in enumerate(columns))
        kept = [row["kept"] for row in await self.read(each) if row["kept"]]
        return {form for raw in kept for form in (raw.hex(), base64.b64encode(raw).decode(), repr(raw)[2:-1].replace("\\", "\\\\"), repr(raw)[2:-1])}


@pytest_asyncio.fixture
async def desk(app: Starlette, db: Database, workspace: UUID) -> AsyncIterator[Desk]:
    user, token = await session_for(db, workspace)
    rows = await db.run(Actor.system(workspace), lambda tx: furnished(tx, user))
    key = await keys.create_key(db, workspace, "Other")
    records = {noun.name: encode_id(noun.tag, rows[noun.table]["id"]) for noun in CATALOG} | sweep.comers(rows)
    async with asking(app, token) as client:
        yield Desk(db, workspace, client, rows, records | {"ApiKey": encode_id(201, key.record.id)})


async def furnished(tx: Tx, user: UUID) -> dict[str, dict[str, Any]]:
    rows = await fill(tx, "OWN")
    variants = [{"name": "A", "template_id": str(rows["templates"]["id"]), "weight": 1}]
    audience = {"noun": "Person", "segments": [str(rows["segments"]["id"])], "without": [], "people": [], "where": None}
    given: dict[str, tuple[Any, ...]] = {"broadcasts": (variants, audience), "views": (f"USER:{user}",)}
    rows["meetings"] = {"id": uuid7()}
    await make.insert(tx, "tasks", **rows["meetings"], title="Talk", kind="MEETING", state="SCHEDULED", start_at=await tx.now(), **await make.stamps(tx))
    for table, sets in SOUND.items():
        await tx.execute(f"UPDATE {table} SET {sets} WHERE workspace_id = $1", tx.workspace, *given.get(table, ()))
    return rows


async def test_whatever_an_update_changes_is_told_before_and_after(desk: Desk) -> None:
    """One event, whose `changes` are the columns that differ; and there is no kind of such events that none of them leaves."""
    wrong, kinds = dict[str, Any](), set[str]()
    for name in [n for n in sweep.mutation_fields() if (n.startswith("update") or n in GIVEN) and n not in EXCUSED]:
        at, value = GIVEN.get(name, ("name", "Told"))
        before = {} if name in WHOLE else await desk.row(name)
        more = {"id": encode_id(CATALOG["Task"].tag, desk.rows["meetings"]["id"])} if name == "updateMeeting" else MORE.get(name, {})
        body, noted = await desk.say(name, ("input", "leads", at) if name == "updateLeads" else ("input", at), value, more)
        after = {} if name in WHOLE else await desk.row(name)
        expected = WHOLE.get(name) or {c: [shown(before[c]), shown(new)] for c, new in after.items() if before[c] != new and c not in UNTOLD}
        if not expected or [one["data"].get("changes") for one in noted] != [expected]:
            wrong[name] = expected, noted or body
        kinds |= {one["kind"] for one in noted}
    assert not wrong
    assert {kind for kind in KINDS if kind.endswith((".updated", ".set", ".drafted"))} - kinds == {"identityProvider.updated"}   # which is below
    beyond = naming().replace("$4", "$2")
    missed = f"SELECT DISTINCT e.noun FROM events e WHERE e.workspace_id = $1 AND e.person_id IS NULL AND e.data ? 'changes' AND e.id NOT IN ({beyond})"
    assert {row["noun"] for row in await desk.read(missed, ["%"])} == RECORDS


async def test_steps_and_versions_are_told_too(desk: Desk) -> None:
    _, (stepped,) = await desk.say("updateSequenceDraft", ("input", "steps", "name"), "Told")
    body, _ = await desk.say("draftScoringModel", ("input", "rules"), RULES)
    _, (published,) = await desk.say("publishScoringModel", ("input", "versionId"), body["data"]["draftScoringModel"]["scoringVersion"]["id"])
    (changes,) = stepped["data"]["changes"].items()
    assert (changes[0], changes[1][0], [step["name"] for step in changes[1][1]]) == ("steps", [], ["Told"])
    assert published["data"]["changes"] == {"number": [1, 2]}


def secret_places() -> set[tuple[str, str]]:
    """Every mutation's input in which a secret can be given, and its name there."""
    return {(leaf.root, leaf.path[-1]) for leaf in bearing.LEAVES
            if leaf.operation == "mutation" and SECRET.search(leaf.path[-1]) and leaf.kind in ("String", "JSON")}


async def test_no_secret_stands_in_an_event(desk: Desk) -> None:
    """Neither as it was given or made, nor sealed or hashed as any column keeps it."""
    given, made, sealed = set[tuple[str, str]](), set[str](), set[str]()
    changes: dict[str, Any] = {}
    for name, input, of in SECRETS:
        body, noted = await desk.say(name, more={n: desk.records[of] if v is ID else v for n, v in input.items()})
        payload = body["data"][name]
        assert payload["userErrors"] == [], (name, body)
        given |= {(name, field) for field in input}
        made |= {payload[field] for field in ("secret", "text") if payload.get(field)}
        made_of: list[Any] = [one["id"] for one in payload.values() if isinstance(one, dict) and "id" in one]
        desk.records[of] = made_of[0] if made_of else ""
        changes[name] = noted[0]["data"].get("changes") if noted else None
        sealed |= await desk.sealed()
    assert secret_places() <= given
    (events,) = await desk.read("SELECT string_agg(e.data::text, ' ') AS told FROM events e WHERE e.workspace_id = $1")
    assert [text for text in {*made, MARK, *sealed} if text in events["told"]] == []
    assert len(made) == 4
    both = {"secret": [HIDDEN, HIDDEN]}
    assert [changes[name] for name in ("updateSender", "updateInbox", "updateEnrichmentProvider", "updateFeed", "putIdentityProvider")] == [
        both, both, both, {**both, "token": [HIDDEN, HIDDEN]}, both]
