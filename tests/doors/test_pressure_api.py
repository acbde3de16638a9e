"""The guide's documents about sending, as a marketer and an administrator send them: hours, caps, limits, and what waits."""

import re
from typing import Any
from uuid import UUID

import pytest
from starlette.applications import Starlette

from leadwell import nurture
from leadwell.base.actor import Actor
from leadwell.base.ids import encode_id
from leadwell.base.tx import Database, Tx
from models.people import Person
from tests.doors.serving import ask, asking, session_for
from tests.mailing import FROM, leads, sequence
from tests.processes import ROOT

GUIDE = (ROOT / "docs/guide/sending.md").read_text()
DOCUMENTS = {m[1]: m[0] for m in re.finditer(r"(?:query|mutation) (\w+).*?(?=\n```)", GUIDE, re.DOTALL)}
RULES = """mutation($input: UpdateSendingRulesInput!) { updateSendingRules(input: $input) {
  sendingRules { personMost personDays quietHours capped version warnings window { name } } replayed userErrors { code field } } }"""
LIMIT = "mutation($input: CreateSendLimitInput!) { createSendLimit(input: $input) { sendLimit { id key perDay } userErrors { code field } } }"
TOUCHES = ["SEQUENCE", "BROADCAST", "ONE_TO_ONE"]
NOTHING = {"personMost": None, "personDays": None, "quietHours": None, "capped": TOUCHES, "version": 0, "warnings": [], "window": None}
SEEN = "{ sendingRules { personMost personDays quietHours capped version warnings window { name } } }"


async def asked(app: Starlette, token: str, text: str, **variables: Any) -> Any:
    async with asking(app, token) as client:
        body = await ask(client, text, **variables)
    assert "errors" not in body, body
    return body["data"]


async def test_the_guide_sets_hours_caps_and_limits_and_reads_what_waits(app: Starlette, db: Database, workspace: UUID, actor: Actor) -> None:
    _, admin = await session_for(db, workspace, "ADMIN")
    _, marketer = await session_for(db, workspace, "MARKETER")

    async def planned(tx: Tx) -> UUID:
        (ada,) = await leads(tx, 1)
        await nurture.enroll_many(tx, await sequence(tx), [ada], "HAND")
        await nurture.step_due(tx, mail_from=FROM)
        return ada

    ada = encode_id(Person.tag, await db.run(actor, planned))
    window = (await asked(app, admin, DOCUMENTS["Hours"]))["createSendWindow"]
    assert (window["sendWindow"]["name"], window["userErrors"]) == ("Office hours", [])
    rules = (await asked(app, admin, DOCUMENTS["Rules"], window=window["sendWindow"]["id"]))["updateSendingRules"]
    assert rules == {"sendingRules": {
        "personMost": 3, "personDays": 7, "companyMost": 20, "companyDays": 7, "quietHours": 24, "capped": ["SEQUENCE", "BROADCAST", "ONE_TO_ONE"],
        "window": {"name": "Office hours"}, "warnings": [], "version": 1}, "userErrors": []}
    limits = await asked(app, admin, DOCUMENTS["Limits"])
    assert [limits[one]["userErrors"] for one in ("sender", "domains")] == [[], []]
    much = (await asked(app, marketer, DOCUMENTS["HowMuch"], person=ada))["pressure"]
    assert (much["touches"], much["timeZone"], much["waiting"], much["quietUntil"]) == ([], "UTC", 1, None)
    assert (much["personCap"]["most"], much["personCap"]["used"], much["companyCap"]) == (3, 0, None)
    waiting = (await asked(app, marketer, DOCUMENTS["Waiting"]))["sendQueue"]
    assert [(line["key"], line["reason"], line["waiting"]) for line in waiting] == [("mail@leadwell.localhost", None, 1)]
    by_sequence = (await asked(app, marketer, "{ sendQueue(by: SEQUENCE) { key sequenceId waiting explanation } }"))["sendQueue"]
    assert [(line["key"], line["sequenceId"] is None, line["explanation"]) for line in by_sequence] == [("Nurture", False, "Due: a worker will send it.")]


@pytest.mark.parametrize(("input", "code", "field"), [
    ({"personMost": 3}, "BAD_SENDING_RULE", "personDays"), ({"personMost": 0, "personDays": 7}, "BAD_SENDING_RULE", "personMost"),
    ({"quietHours": 9000}, "BAD_SENDING_RULE", "quietHours"), ({"capped": ["SECURITY"]}, "BAD_SENDING_RULE", "capped"),
    ({"quietHours": 5, "expectedVersion": 4}, "STALE_VERSION", None),
])  # fmt: skip
async def test_rules_that_cannot_be_are_refused_and_change_nothing(
    app: Starlette, db: Database, workspace: UUID, input: dict[str, Any], code: str, field: str | None
) -> None:
    _, admin = await session_for(db, workspace, "ADMIN")
    answer = (await asked(app, admin, RULES, input=input))["updateSendingRules"]
    assert answer == {"sendingRules": None, "replayed": False, "userErrors": [{"code": code, "field": field and [field]}]}
    assert (await asked(app, admin, SEEN))["sendingRules"] == NOTHING


async def test_rules_are_lifted_by_null_changed_once_by_a_key_and_only_by_administrators(app: Starlette, db: Database, workspace: UUID) -> None:
    _, admin = await session_for(db, workspace, "ADMIN")
    _, marketer = await session_for(db, workspace, "MARKETER")
    given = {"personMost": 4, "personDays": 2, "quietHours": 24, "capped": ["SEQUENCE"]}
    first = (await asked(app, admin, RULES, input=given | {"idempotencyKey": "a"}))["updateSendingRules"]
    assert (first["sendingRules"]["version"], first["sendingRules"]["capped"], len(first["sendingRules"]["warnings"])) == (1, ["SEQUENCE"], 1)
    lifted = (await asked(app, admin, RULES, input={"personMost": None, "personDays": None}))["updateSendingRules"]["sendingRules"]
    assert (lifted["personMost"], lifted["quietHours"], lifted["version"]) == (None, 24, 2)
    again = (await asked(app, admin, RULES, input=given | {"idempotencyKey": "a"}))["updateSendingRules"]
    assert (again["replayed"], again["sendingRules"]["version"]) == (True, 2)
    refused = (await asked(app, marketer, RULES, input={"quietHours": 1}))["updateSendingRules"]
    assert refused["userErrors"] == [{"code": "FORBIDDEN", "field": None}]
    assert (await asked(app, marketer, SEEN))["sendingRules"]["quietHours"] == 24


@pytest.mark.parametrize(("input", "field"), [
    ({"scope": "SENDER", "key": "gmail.com", "perDay": 5}, "key"), ({"scope": "DOMAIN", "key": "a b", "perDay": 5}, "key"),
    ({"scope": "WORKSPACE", "key": "gmail.com", "perDay": 5}, "key"), ({"scope": "DOMAIN", "key": "gmail.com"}, "perDay"),
    ({"scope": "DOMAIN", "key": "gmail.com", "perHour": 0}, "perHour"), ({"scope": "SENDER", "key": "*", "perHour": 5, "warmUpOn": "2026-12-01"}, "warmUpOn"),
    ({"scope": "SENDER", "key": "*", "perDay": 5, "warmUpOn": "2026-12-01", "warmUpFirst": 9, "warmUpPercent": 10}, "warmUpFirst"),
])  # fmt: skip
async def test_limits_that_cannot_be_are_refused(app: Starlette, db: Database, workspace: UUID, input: dict[str, Any], field: str) -> None:
    _, admin = await session_for(db, workspace, "ADMIN")
    answer = (await asked(app, admin, LIMIT, input=input))["createSendLimit"]
    assert answer == {"sendLimit": None, "userErrors": [{"code": "BAD_ENTRY_FIELD", "field": [field]}]}
    assert (await asked(app, admin, "{ sendLimits { nodes { id } } }"))["sendLimits"]["nodes"] == []
