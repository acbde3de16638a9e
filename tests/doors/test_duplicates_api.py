"""Duplicates over GraphQL: matches with evidence, the review queue, decisions, thresholds, sweeps; and who may not learn what."""

from typing import Any
from uuid import UUID

from starlette.applications import Starlette

from leadwell import dedupe
from leadwell.base.actor import Actor
from leadwell.base.ids import encode_id
from leadwell.base.tx import Database, Tx
from models.companies import Company
from models.duplicates import DuplicatePair
from models.leads import Lead
from models.people import Person
from tests import builders as make
from tests.doors.serving import ask, asking, key_for
from tests.verbs.twins import ANA, ANN, checked, made

FIND = """query($input: MatchInput, $person: ID, $lead: ID, $company: ID) { findMatches(input: $input, personId: $person, leadId: $lead, companyId: $company) {
  tooMany people { probability decision held evidence { field level bits } person { id } }
  companies { decision company { id leads(where: {state: {eq: OPEN}}) { nodes { id } } deals { nodes { name } } } } } }"""
QUEUE = """{ duplicatePairs(where: {state: {eq: OPEN}}, orderBy: [{probability: DESC}]) { totalCount nodes {
  id noun probability decision state evidence held foundBy person { id } otherPerson { id } company { id } } } }"""
DISMISS = """mutation($input: DismissDuplicateInput!) { dismissDuplicate(input: $input) {
  duplicatePair { id state note } userErrors { code field } } }"""
REOPEN = "mutation($id: ID!) { reopenDuplicate(input: {id: $id}) { duplicatePair { state } userErrors { code } } }"
TUNE = """mutation($input: UpdateMatchModelInput!) { updateMatchModel(input: $input) { matchModel { noun linkFrom reviewFrom version }
  userErrors { code field } } }"""
SWEEP = "mutation { startDuplicateSweep(input: {}) { duplicateSweep { state phase total records } userErrors { code } } }"
LEARN = "mutation { learnMatchWeights(input: {}) { userErrors { code } } }"


def of(noun: type[Any], id: UUID) -> str:
    return encode_id(noun.tag, id)


async def test_matches_of_a_person_come_with_their_evidence(app: Starlette, db: Database, actor: Actor) -> None:
    one, other = await made(db, actor, ANA, ANN)
    await checked(db, actor, one, other)
    async with asking(app, await key_for(db, actor.workspace)) as client:
        found = (await ask(client, FIND, person=of(Person, one)))["data"]["findMatches"]
        asked = (await ask(client, FIND, input={"name": "Ana Silveira", "phones": ["030 123456"], "country": "Germany"}))["data"]["findMatches"]
    (match,) = found["people"]
    assert (match["person"]["id"], match["decision"], match["held"], found["tooMany"]) == (of(Person, other), "LINK", [], [])
    assert {e["field"]: e["level"] for e in match["evidence"] if e["bits"] > 0} == {"given": "same", "family": "same", "phone": "same"}
    assert {m["person"]["id"] for m in asked["people"]} == {of(Person, one), of(Person, other)}


async def test_a_lead_is_shown_its_company_with_the_leads_and_deals_there(app: Starlette, db: Database, actor: Actor) -> None:
    async def some(tx: Tx) -> tuple[UUID, UUID, UUID]:
        company = await make.make_company(tx, "Acme Robotics GmbH", "acme-robotics.example")
        there = await make.make_lead(tx, company_id=company)
        await make.make_deal(tx, company, name="Robots")
        person = await make.make_person(tx, "Ana Silveira", "ana@acme-robotics.example")
        await dedupe.check(tx, people=[person], companies=[company])
        return await make.make_lead(tx, person), company, there

    lead, company, there = await db.run(actor, some)
    async with asking(app, await key_for(db, actor.workspace)) as client:
        found = (await ask(client, FIND, lead=of(Lead, lead)))["data"]["findMatches"]
    (match,) = found["companies"]
    assert match["company"] == {"id": of(Company, company), "leads": {"nodes": [{"id": of(Lead, there)}]}, "deals": {"nodes": [{"name": "Robots"}]}}


async def test_the_review_queue_is_decided_and_remembers(app: Starlette, db: Database, actor: Actor) -> None:
    one, other = await made(db, actor, ANA, ANN)
    (pair,) = await checked(db, actor, one, other)
    async with asking(app, await key_for(db, actor.workspace)) as client:
        (row,) = (await ask(client, QUEUE))["data"]["duplicatePairs"]["nodes"]
        assert (row["id"], row["person"]["id"], row["otherPerson"]["id"]) == (of(DuplicatePair, pair), of(Person, one), of(Person, other))
        assert (row["noun"], row["company"], row["foundBy"], row["decision"]) == ("PERSON", None, "WRITE", "LINK")
        done = (await ask(client, DISMISS, input={"id": row["id"], "note": "sisters"}))["data"]["dismissDuplicate"]
        assert done == {"duplicatePair": {"id": row["id"], "state": "NOT_DUPLICATE", "note": "sisters"}, "userErrors": []}
        assert (await ask(client, QUEUE))["data"]["duplicatePairs"]["totalCount"] == 0
        again = (await ask(client, DISMISS, input={"recordIds": [of(Person, other), of(Person, one)]}))["data"]["dismissDuplicate"]
        assert again["duplicatePair"]["id"] == row["id"]
        assert (await ask(client, REOPEN, id=row["id"]))["data"]["reopenDuplicate"]["duplicatePair"] == {"state": "OPEN"}


async def test_what_cannot_be_asked_or_decided_is_refused(app: Starlette, db: Database, actor: Actor) -> None:
    one, other = await made(db, actor, ANA, ANN)
    async with asking(app, await key_for(db, actor.workspace)) as client:
        assert (await ask(client, FIND))["errors"][0]["extensions"]["code"] == "ONE_QUESTION"
        assert (await ask(client, FIND, person=of(Person, one), input={"name": "x"}))["errors"][0]["extensions"]["code"] == "ONE_QUESTION"
        assert (await ask(client, FIND, input={"firstName": "Ana"}))["errors"][0]["extensions"]["code"] == "NOTHING_TO_MATCH"
        assert (await ask(client, FIND, person=of(Company, one)))["errors"][0]["extensions"]["code"] == "BAD_ID"
        for given, code in (
            ({}, "ONE_PAIR"), ({"recordIds": [of(Person, one)]}, "ONE_PAIR"), ({"recordIds": [of(Person, one), of(Company, other)]}, "BAD_ID"),
            ({"recordIds": [of(Person, one), of(Person, one)]}, "SAME_RECORD"), ({"id": of(DuplicatePair, one)}, "NOT_FOUND"),
        ):
            refused = (await ask(client, DISMISS, input=given))["data"]["dismissDuplicate"]
            assert [e["code"] for e in refused["userErrors"]] == [code], given
        assert (await ask(client, QUEUE))["data"]["duplicatePairs"]["totalCount"] == 0


async def test_thresholds_sweeps_and_learning_over_the_api(app: Starlette, db: Database, actor: Actor) -> None:
    await made(db, actor, ANA, ANN)
    async with asking(app, await key_for(db, actor.workspace)) as client:
        tuned = (await ask(client, TUNE, input={"noun": "PERSON", "linkFrom": 1.0, "reviewFrom": 0.5}))["data"]["updateMatchModel"]
        wrong = (await ask(client, TUNE, input={"noun": "PERSON", "reviewFrom": 1.5}))["data"]["updateMatchModel"]
        begun = (await ask(client, SWEEP))["data"]["startDuplicateSweep"]
        learning = (await ask(client, LEARN))["data"]["learnMatchWeights"]
    assert tuned == {"matchModel": {"noun": "PERSON", "linkFrom": 1.0, "reviewFrom": 0.5, "version": 2}, "userErrors": []}
    assert [(e["code"], e["field"]) for e in wrong["userErrors"]] == [("BAD_THRESHOLD", ["reviewFrom"])]
    assert begun["duplicateSweep"] == {"state": "RUNNING", "phase": "PEOPLE", "total": 2, "records": 0}
    assert learning["userErrors"] == []
    async with db.read(actor) as tx:
        jobs = await tx.fetch("SELECT w.kind FROM work w WHERE w.workspace_id = $1 AND w.queue = 'match' ORDER BY w.kind", tx.workspace)
    assert [j["kind"] for j in jobs] == ["match.learn", "match.sweep"]
