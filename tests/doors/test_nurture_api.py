"""Nurture over GraphQL: from a template to a mail that was held and resolved."""

from typing import Any
from uuid import UUID

from starlette.applications import Starlette

from leadwell import nurture
from leadwell.base.actor import Actor
from leadwell.base.ids import encode_id
from leadwell.base.tx import Database, Tx
from leadwell.catalog import CATALOG
from tests.doors.serving import ask, asking, key_for
from tests.mailing import FROM, leads, sequence, topic

CREATE = """mutation($s: String!, $h: String!) { createTemplate(input: {name: "Welcome", subject: $s, html: $h}) {
  template { id name version } warnings userErrors { code field message fix } } }"""
DRAFT = """mutation($t: ID!, $m: ID!, $w: String!) { createSequence(input: {name: "Nurture", topicId: $t, audience: LEADS,
  steps: [{kind: EMAIL, templateId: $m}, {kind: WAIT, duration: $w}, {kind: EMAIL, templateId: $m}],
  entry: {capture: {intents: [HAND_RAISE]}, score: {atLeast: 40}}}) {
  sequence { id state audience versions(first: 5) { nodes { number state steps } } } userErrors { code field message } } }"""
PUBLISH = "mutation($id: ID!) { publishSequence(input: {id: $id}) { sequence { state } userErrors { code field message fix } } }"
ENROLL = """mutation($s: ID!, $p: [ID!], $l: [ID!]) { enroll(input: {sequenceId: $s, personIds: $p, leadIds: $l}) {
  enrollments { id state step person { id } } refused userErrors { code field } } }"""
LEDGER = "query($p: ID!) { sendLedger(personId: $p) { sendId state reason explanation subject address sequence template step } }"
HTML = '<p>Dear {{ person.name }}</p><a href="{{ unsubscribe_url }}">Unsubscribe</a>'


def opaque(noun: str, id: UUID) -> str:
    return encode_id(CATALOG[noun].tag, id)


async def people(db: Database, actor: Actor, count: int) -> list[UUID]:
    return await db.run(actor, lambda tx: leads(tx, count))


async def test_a_sequence_is_written_published_entered_and_explained(app: Starlette, db: Database, workspace: UUID, actor: Actor) -> None:
    ada, bob = await people(db, actor, 2)
    about = opaque("Topic", await db.run(actor, topic))
    async with asking(app, await key_for(db, workspace)) as client:
        made = (await ask(client, CREATE, s="Hello {{ person.first_name }}", h=HTML))["data"]["createTemplate"]
        assert (made["warnings"], made["userErrors"]) == ([], [])
        drafted = (await ask(client, DRAFT, t=about, m=made["template"]["id"], w="P2D"))["data"]["createSequence"]
        assert drafted["userErrors"] == []
        assert drafted["sequence"]["state"] == "DRAFT"
        id = drafted["sequence"]["id"]
        refused = (await ask(client, ENROLL, s=id, p=[opaque("Person", ada)]))["data"]["enroll"]
        assert refused["userErrors"] == [{"code": "SEQUENCE_NOT_LIVE", "field": None}]
        assert (await ask(client, PUBLISH, id=id))["data"]["publishSequence"] == {"sequence": {"state": "LIVE"}, "userErrors": []}
        entered = (await ask(client, ENROLL, s=id, p=[opaque("Person", ada), opaque("Person", bob)]))["data"]["enroll"]
        assert [e["person"]["id"] for e in entered["enrollments"]] == [opaque("Person", ada), opaque("Person", bob)]
        again = (await ask(client, ENROLL, s=id, p=[opaque("Person", bob)]))["data"]["enroll"]
        assert (again["enrollments"], again["refused"]) == ([], [f"{opaque('Person', bob)} ALREADY_IN"])
        await db.run(actor, lambda tx: nurture.step_due(tx, mail_from=FROM))
        (line,) = (await ask(client, LEDGER, p=opaque("Person", ada)))["data"]["sendLedger"]
        assert (line["state"], line["explanation"], line["sequence"], line["template"]) == ("PLANNED", "Planned: a worker will send it.", "Nurture", "Welcome")
        removed = await ask(
            client,
            "mutation($id: ID!) { removeEnrollment(input: {id: $id}) { enrollment { state exitReason } userErrors { code } } }",
            id=entered["enrollments"][0]["id"],
        )
        assert removed["data"]["removeEnrollment"] == {"enrollment": {"state": "EXITED", "exitReason": "REMOVED"}, "userErrors": []}
        (line,) = (await ask(client, LEDGER, p=opaque("Person", ada)))["data"]["sendLedger"]
        assert (line["state"], line["explanation"]) == ("SKIPPED", "Not sent: the person had left the sequence (removed).")


async def test_what_is_wrong_is_named_with_its_place(app: Starlette, db: Database, workspace: UUID, actor: Actor) -> None:
    about = opaque("Topic", await db.run(actor, topic))
    async with asking(app, await key_for(db, workspace)) as client:
        broken = (await ask(client, CREATE, s="{{ person.fist_name }}", h=HTML))["data"]["createTemplate"]
        assert broken["template"] is None
        assert broken["userErrors"] == [
            {
                "code": "TEMPLATE_BROKEN",
                "field": ["subject"],
                "message": "The subject of the template does not work: There is no variable person.fist_name.",
                "fix": "Did you mean person.first_name?",
            }
        ]
        bare = (await ask(client, CREATE, s="Hi", h="<p>Buy</p>"))["data"]["createTemplate"]
        assert len(bare["warnings"]) == 1
        drafted = (await ask(client, DRAFT, t=about, m=bare["template"]["id"], w="soon"))["data"]["createSequence"]["sequence"]["id"]
        error = (await ask(client, PUBLISH, id=drafted))["data"]["publishSequence"]["userErrors"][0]
        assert (error["code"], error["field"]) == ("SEQUENCE_FLAWED", ["steps", "1"])
        flaws = (await ask(client, "query($s: ID!) { sequenceFlaws(sequenceId: $s) { step message } }", s=drafted))["data"]["sequenceFlaws"]
        assert flaws == [{"step": 1, "message": "The wait has no duration that can be read."}]


async def test_leads_stand_for_the_people_behind_them(app: Starlette, db: Database, workspace: UUID, actor: Actor) -> None:
    async def begin(tx: Tx) -> tuple[UUID, UUID, UUID]:
        (ada,) = await leads(tx, 1)
        lead = await tx.value("SELECT l.id FROM leads l WHERE l.workspace_id = $1 AND l.person_id = $2", tx.workspace, ada)
        return await sequence(tx), ada, lead

    id, ada, lead = await db.run(actor, begin)
    async with asking(app, await key_for(db, workspace)) as client:
        entered = (await ask(client, ENROLL, s=opaque("Sequence", id), l=[opaque("Lead", lead)]))["data"]["enroll"]
        assert [e["person"]["id"] for e in entered["enrollments"]] == [opaque("Person", ada)]


async def test_another_workspace_sees_neither_ledger_nor_sequence(app: Starlette, db: Database, actor: Actor, other_workspace: UUID) -> None:
    async def begin(tx: Tx) -> tuple[UUID, UUID]:
        (ada,) = await leads(tx, 1)
        return await sequence(tx), ada

    id, ada = await db.run(actor, begin)
    async with asking(app, await key_for(db, other_workspace)) as client:
        answer: Any = await ask(client, LEDGER, p=opaque("Person", ada))
        assert answer["errors"][0]["extensions"]["code"] == "NOT_FOUND"
        entered = (await ask(client, ENROLL, s=opaque("Sequence", id), p=[opaque("Person", ada)]))["data"]["enroll"]
        assert entered["userErrors"][0]["code"] == "NOT_FOUND"


async def test_a_key_without_the_scope_may_not_enroll(app: Starlette, db: Database, workspace: UUID, actor: Actor) -> None:
    id = await db.run(actor, sequence)
    async with asking(app, await key_for(db, workspace, "*:read")) as client:
        refused = (await ask(client, ENROLL, s=opaque("Sequence", id), p=[]))["data"]["enroll"]
    assert refused["userErrors"] == [{"code": "FORBIDDEN", "field": None}]


async def test_a_preview_shows_the_mail_as_the_person_would_get_it(app: Starlette, db: Database, workspace: UUID, actor: Actor) -> None:
    (ada,) = await people(db, actor, 1)
    async with asking(app, await key_for(db, workspace)) as client:
        made = (await ask(client, CREATE, s="Hello {{ person.first_name }}", h=HTML))["data"]["createTemplate"]["template"]["id"]
        preview = await ask(
            client, "query($t: ID!, $p: ID!) { previewTemplate(templateId: $t, personId: $p) { subject html text } }", t=made, p=opaque("Person", ada)
        )
    assert preview["data"]["previewTemplate"]["subject"] == "Hello Ada Lovelace"
    assert "Dear Ada Lovelace 0" in preview["data"]["previewTemplate"]["text"]
