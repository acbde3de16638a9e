"""Automations over GraphQL: tried, written, published by a manager, and nobody else's to change."""

from typing import Any
from uuid import UUID

from starlette.applications import Starlette

from leadwell import capture
from leadwell.base.actor import Actor
from leadwell.base.tx import Database
from leadwell.capture import Submission
from tests.doors.serving import ask, asking, session_for
from tests.verbs.assigning import carried
from tests.verbs.test_automation import ALL, rule

CREATE = "mutation($rule: JSON!) { createAutomation(input: {name: \"Hello\", rule: $rule}) { automation { id state } userErrors { code field } } }"
PUBLISH = "mutation($id: ID!) { publishAutomation(input: {id: $id}) { automation { state liveVersion { number rule } } userErrors { code } } }"
PREVIEW = "query($rule: JSON!) { automationPreview(rule: $rule) { matching acting actions { kind count } } }"
RUNS = "query($id: ID!) { automation(id: $id) { runs { nodes { noun hops results } } } }"


async def test_manager_tries_publishes_and_sees_what_it_did(app: Starlette, db: Database, workspace: UUID, actor: Actor) -> None:
    given: Any = rule("Lead", "CREATED", {"kind": "SET", "set": {"interest": "Gold"}})
    _, manager = await session_for(db, workspace, "MANAGER")
    _, marketer = await session_for(db, workspace, "MARKETER")
    await capture.submit(db, actor, [Submission("FORM", {"email": "a@x.example"})])
    async with asking(app, marketer) as client:
        assert (await ask(client, PREVIEW, rule=given))["data"]["automationPreview"] == {"matching": 1, "acting": 1, "actions": [{"kind": "SET", "count": 1}]}
        assert (await ask(client, CREATE, rule=given))["data"]["createAutomation"]["userErrors"] == [{"code": "FORBIDDEN", "field": None}]
    async with asking(app, manager) as client:
        wrong = (await ask(client, CREATE, rule={**given, "do": []}))["data"]["createAutomation"]
        assert wrong == {"automation": None, "userErrors": [{"code": "BAD_AUTOMATION", "field": ["rule", "do"]}]}
        made = (await ask(client, CREATE, rule=given))["data"]["createAutomation"]["automation"]
        assert made["state"] == "DRAFT"
        done = (await ask(client, PUBLISH, id=made["id"]))["data"]["publishAutomation"]
        assert done == {"automation": {"state": "LIVE", "liveVersion": {"number": 1, "rule": given}}, "userErrors": []}
        await capture.submit(db, actor, [Submission("FORM", {"email": "b@x.example"})])
        await carried(db, actor, ALL)
        runs = (await ask(client, RUNS, id=made["id"]))["data"]["automation"]["runs"]["nodes"]
        assert {one["noun"] for one in runs} == {"Lead"}
        assert runs[0] == {"noun": "Lead", "hops": 1, "results": [{"action": "SET", "done": True}]}
