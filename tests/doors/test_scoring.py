"""Scores over GraphQL: explained exactly, models made and published."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from starlette.applications import Starlette

from leadwell import scoring
from leadwell.base.actor import Actor
from leadwell.base.ids import encode_id
from leadwell.base.tx import Database, Tx
from leadwell.scoring.defaults import DEFAULT
from models.leads import Lead
from tests.builders import make_activity, make_lead, make_person
from tests.doors.serving import ask, asking, key_for

EXPLAIN = """query($id: ID!, $at: DateTime) { scoreExplanation(id: $id, at: $at) {
  score fit engagement grade version shown contributions { rule label part points decayed counted at activity { kind } } } }"""
PUBLISH = """mutation($id: ID!) { publishScoringModel(input: {versionId: $id}) {
  scoringModel { name liveVersion { number state } } scoringVersion { state } userErrors { code message field } } }"""
CREATE = """mutation($rules: JSON!) { createScoringModel(input: {name: "Events", rules: $rules}) {
  scoringModel { id name isDefault } scoringVersion { id number state } userErrors { code message field } } }"""


async def scored_lead(tx: Tx) -> str:
    await scoring.defaults(tx)
    person = await make_person(tx, seniority="C_LEVEL")
    await make_activity(tx, person, "FORM")
    lead = await make_lead(tx, person, company_name="Acme")
    await scoring.rescore(tx, [person])
    return encode_id(Lead.tag, lead)


async def test_explanation_adds_up_to_the_score_of_the_lead(app: Starlette, db: Database, actor: Actor) -> None:
    id = await db.run(actor, scored_lead)
    async with asking(app, await key_for(db, actor.workspace)) as client:
        found = (await ask(client, EXPLAIN, id=id))["data"]["scoreExplanation"]
        lead = (await ask(client, "query($id: ID!) { lead(id: $id) { score grade } }", id=id))["data"]["lead"]
    assert (found["score"], found["shown"], found["grade"], lead) == (45, 45, "C", {"score": 45, "grade": "C"})
    assert sum(Decimal(c["counted"]) for c in found["contributions"]) == 45
    assert [(c["rule"], c["part"], c["counted"], c["activity"]) for c in found["contributions"]] == [
        ("decides", "FIT", "20.00", None), ("named", "FIT", "5.00", None), ("form", "ENGAGEMENT", "20.00", {"kind": "FORM"})]


async def test_explanation_of_another_workspace_is_not_found(app: Starlette, db: Database, actor: Actor, other_workspace: UUID) -> None:
    id = await db.run(actor, scored_lead)
    async with asking(app, await key_for(db, other_workspace)) as client:
        answer = await ask(client, EXPLAIN, id=id)
    assert answer["errors"][0]["extensions"]["code"] == "NOT_FOUND"


async def test_model_is_made_drafted_and_published(app: Starlette, db: Database, actor: Actor) -> None:
    async with asking(app, await key_for(db, actor.workspace)) as client:
        made = (await ask(client, CREATE, rules=DEFAULT))["data"]["createScoringModel"]
        assert (made["scoringVersion"]["number"], made["scoringVersion"]["state"], made["userErrors"]) == (1, "DRAFT", [])
        published: Any = (await ask(client, PUBLISH, id=made["scoringVersion"]["id"]))["data"]["publishScoringModel"]
        assert published["scoringModel"] == {"name": "Events", "liveVersion": {"number": 1, "state": "LIVE"}}
        again = (await ask(client, CREATE, rules=DEFAULT))["data"]["createScoringModel"]
        wrong = (await ask(client, CREATE, rules=DEFAULT | {"fit": [{"id": "x"}]}))["data"]["createScoringModel"]
    assert [e["code"] for e in again["userErrors"]] == ["NAME_TAKEN"]
    assert [(e["code"], e["field"], e["message"]) for e in wrong["userErrors"]] == [
        ("INVALID_RULES", ["rules"], "The scoring rules are wrong at fit[0]: object missing required field `group`.")]
