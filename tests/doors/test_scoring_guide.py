"""The guide's questions, asked with the guide's own documents: why is this lead an A, since when, and what would change."""

import copy
import json
import re
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from starlette.applications import Starlette

from leadwell import scoring
from leadwell.base.actor import Actor
from leadwell.base.ids import decode_id, encode_id
from leadwell.base.tx import Database, Tx
from leadwell.scoring.defaults import DEFAULT
from models.activities import Activity
from models.leads import Lead
from tests.builders import make_activity, make_company, make_lead, make_person
from tests.doors.serving import ask, asking, key_for
from tests.processes import ROOT

GUIDE = (ROOT / "docs/guide/scoring.md").read_text()
DOCUMENTS = {m[1]: m[0] for m in re.finditer(r"(?:query|mutation) (\w+).*?(?=\n```)", GUIDE, re.DOTALL)}
JSON_BLOCKS = re.findall(r"```json\n(.*?)```", GUIDE, re.DOTALL)
CREATE = """mutation($rules: JSON!) { createScoringModel(input: {name: "Accounts", subject: COMPANY, rules: $rules}) {
  scoringModel { isDefault subject } scoringVersion { id } userErrors { code message } } }"""
WEBINAR = {"id": "webinar", "label": "Came to a webinar", "group": "interest", "kind": "FORM", "subjectContains": "webinar", "points": 15}


def with_webinar(points: int) -> dict[str, Any]:
    rules = copy.deepcopy(DEFAULT)
    rules["engagement"].append(WEBINAR | {"points": points})
    return rules


@pytest.fixture
async def lead(db: Database, actor: Actor) -> str:
    """A vice president who came to a webinar."""
    async def verb(tx: Tx) -> str:
        await scoring.defaults(tx)
        model = await tx.value("SELECT m.id FROM scoring_models m WHERE m.workspace_id = $1", tx.workspace)
        await scoring.publish(tx, await scoring.draft(tx, model, with_webinar(15)))
        person = await make_person(tx, "Vera President", seniority="VP")
        await make_activity(tx, person, "FORM", subject="Webinar: pipelines")
        lead = await make_lead(tx, person, company_name="Acme", company_id=await make_company(tx, employees=500))
        await scoring.rescore(tx, [person])
        return encode_id(Lead.tag, lead)

    return await db.run(actor, verb)


async def test_a_marketer_learns_why_since_when_and_what_would_change(app: Starlette, db: Database, workspace: UUID, lead: str) -> None:
    async with asking(app, await key_for(db, workspace)) as client:
        why = (await ask(client, DOCUMENTS["Why"], id=lead))["data"]["scoreExplanation"]
        history = (await ask(client, DOCUMENTS["History"], id=lead))["data"]["lead"]
        (model,) = [m for m in (await ask(client, DOCUMENTS["Rules"]))["data"]["scoringModels"]["nodes"] if m["isDefault"]]
        rules = model["liveVersion"]["rules"]
        next(rule for rule in rules["engagement"] if rule["id"] == "webinar")["points"] *= 2
        tried = (await ask(client, DOCUMENTS["Try"], modelId=model["id"], rules=rules, of=[lead]))["data"]["simulateScoring"]
        drafted = (await ask(client, DOCUMENTS["Draft"], id=model["id"], rules=rules))["data"]["draftScoringModel"]
        published = (await ask(client, DOCUMENTS["Publish"], versionId=drafted["scoringVersion"]["id"]))["data"]["publishScoringModel"]
        standing = (await ask(client, DOCUMENTS["Standings"], id=lead))["data"]["personScores"]
        shown = (await ask(client, DOCUMENTS["Show"], id=model["id"]))["data"]["makeScoringModelDefault"]
    assert (why["score"], why["shown"], why["grade"]) == (75, 75, "A")
    assert why["shownSince"] == history["person"]["scoreHistory"]["nodes"][0]["at"]
    assert sum(Decimal(c["counted"]) for c in why["contributions"]) == 75
    assert ("Came to a webinar", "15.00") in [(c["label"], c["counted"]) for c in why["contributions"]]
    assert [(n["score"], n["grade"]) for n in history["person"]["scoreHistory"]["nodes"]] == [(75, "A")]
    (asked,) = tried["asked"]
    assert (asked["person"]["name"], asked["scoreBefore"], asked["gradeBefore"], asked["score"], asked["grade"]) == ("Vera President", 75, "A", 90, "A")
    assert asked["reasons"] == [{"label": "Came to a webinar", "before": "15.00", "after": "30.00"}]
    assert (tried["people"], tried["moved"], tried["migrations"]) == (1, 1, [{"before": "A", "after": "A", "people": 1, "moved": 1}])
    assert tried["draftOutcome"] == {"grade": "A", "leads": 0, "converted": 0, "graded": 0, "hits": 0, "precision": None, "recall": None, "lift": None}
    assert (published["scoringModel"], published["userErrors"]) == ({"liveVersion": {"number": 3}}, [])
    assert [(s["isDefault"], s["score"], s["grade"], s["crossed"]) for s in standing] == [(True, 75, "A", ["mql"])]
    assert shown == {"scoringModel": {"isDefault": True}, "userErrors": []}


async def test_a_draft_is_tried_by_whoever_may_change_the_model_alone(app: Starlette, db: Database, workspace: UUID, other_workspace: UUID, lead: str) -> None:
    async with asking(app, await key_for(db, workspace)) as client:
        (model,) = (await ask(client, DOCUMENTS["Rules"]))["data"]["scoringModels"]["nodes"]
        wrong = await ask(client, DOCUMENTS["Try"], modelId=model["id"], rules={"groups": []}, of=[])
    async with asking(app, await key_for(db, workspace, "leads:read", "scoringModels:read")) as client:
        forbidden = await ask(client, DOCUMENTS["Try"], modelId=model["id"], rules=DEFAULT)
    async with asking(app, await key_for(db, other_workspace)) as client:
        strange = [await ask(client, DOCUMENTS["Try"], modelId=model["id"], rules=DEFAULT), await ask(client, DOCUMENTS["Standings"], id=lead)]
    assert [a["errors"][0]["extensions"]["code"] for a in (wrong, forbidden, *strange)] == ["INVALID_RULES", "FORBIDDEN", "NOT_FOUND", "NOT_FOUND"]


async def test_a_click_is_said_to_be_a_machines(app: Starlette, db: Database, actor: Actor, lead: str) -> None:
    async def verb(tx: Tx) -> str:
        person = await tx.value("SELECT l.person_id FROM leads l WHERE l.workspace_id = $1", tx.workspace)
        return encode_id(Activity.tag, await make_activity(tx, person, "CLICK"))

    click = await db.run(actor, verb)
    async with asking(app, await key_for(db, actor.workspace)) as client:
        done = (await ask(client, DOCUMENTS["Reread"], ids=[click]))["data"]["rereadActivities"]
    assert done == {"activities": [{"readingNow": "MACHINE", "readingReason": "HAND"}], "userErrors": []}


async def test_a_company_is_scored_by_its_people(app: Starlette, db: Database, actor: Actor, lead: str) -> None:
    rules = json.loads(next(block for block in JSON_BLOCKS if '"people"' in block))
    async with asking(app, await key_for(db, actor.workspace)) as client:
        made = (await ask(client, CREATE, rules=rules))["data"]["createScoringModel"]
        published = (await ask(client, DOCUMENTS["Publish"], versionId=made["scoringVersion"]["id"]))["data"]["publishScoringModel"]
        company = (await ask(client, "query($id: ID!) { lead(id: $id) { company { id } } }", id=lead))["data"]["lead"]["company"]["id"]
        await db.run(actor, lambda tx: scoring.score_companies(tx, [decode_id(company)[1]]))
        why = (await ask(client, DOCUMENTS["WhyCompany"], id=company))["data"]["companyScoreExplanation"]
        shown = (await ask(client, "query($id: ID!) { company(id: $id) { score grade engagedPeople } }", id=company))["data"]["company"]
    assert (made["userErrors"], published["userErrors"]) == ([], [])
    assert shown == {"score": 48, "grade": "WARM", "engagedPeople": 1}
    assert (why["score"], why["grade"], why["people"]) == (48, "WARM", 1)
    assert [(c["label"], c["counted"], c["person"] and c["person"]["name"]) for c in why["contributions"]] == [
        ("100 people or more", "20.00", None), ("Engaged people", "10.00", "Vera President"), ("What they did", "17.50", "Vera President"),
        ("Rounded to whole points", "0.50", None)]
