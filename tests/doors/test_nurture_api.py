"""Nurture over GraphQL: from a template to a mail that was held and resolved."""

from typing import Any
from uuid import UUID

from starlette.applications import Starlette

from leadwell import nurture
from leadwell.base.actor import Actor
from leadwell.base.ids import encode_id, uuid7
from leadwell.base.tx import Database, Tx
from leadwell.catalog import CATALOG
from tests import builders as b
from tests.doors.serving import ask, asking, key_for
from tests.mailing import FROM, leads, sequence, template, topic

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
            "mutation($id: ID!) { unenroll(input: {ids: [$id]}) { enrollments { state exitReason } userErrors { code } } }",
            id=entered["enrollments"][0]["id"],
        )
        assert removed["data"]["unenroll"] == {"enrollments": [{"state": "EXITED", "exitReason": "REMOVED"}], "userErrors": []}
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
        assert (error["code"], error["field"]) == ("SEQUENCE_FLAWED", ["steps", "0"])
        flaws = (await ask(client, "query($s: ID!) { validateSequence(sequenceId: $s) { step stepName message } }", s=drafted))["data"]["validateSequence"]
        assert flaws == [
            {"step": 0, "stepName": "s1", "message": "There is no link to unsubscribe."},
            {"step": 1, "stepName": "s2", "message": "The wait has no duration that can be read."},
            {"step": 2, "stepName": "s3", "message": "There is no link to unsubscribe."},
        ]


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


GRAPH = """mutation($t: ID!, $m: ID!, $s: ID!) { createSequence(input: {name: "Graph", topicId: $t, audience: BOTH, exclusivity: EXCLUSIVE, sunsetDays: 90,
  goal: {event: MEETING_BOOKED}, companyReply: PAUSE, touchGapHours: 24, reentry: AFTER_EXIT, reentryDays: 30,
  entry: {events: [DEAL_WON], segmentIds: [$s]}, steps: [
    {kind: EMAIL, name: "Hello", templateId: $m, sender: {kind: OWNER}},
    {kind: WAIT, event: {kind: CLICKED, step: "s1"}, timeout: "P3D", timeoutNext: "cold"},
    {kind: BRANCH, paths: [{name: "Hot", scoreAtLeast: 50, next: "call"}, {where: {country: {eq: "DE"}}, next: "split"}]},
    {kind: WAIT, local: {time: "09:30", weekdays: [MON, TUE]}},
    {kind: SPLIT, id: "split", variants: [{weight: 50}, {weight: 50, next: "call"}]},
    {kind: FIELD, noun: "Lead", set: {need: "Warm"}}, {kind: EXIT},
    {kind: TASK, id: "call", title: "Call", taskKind: "CALL", days: 1, wait: true, next: "cold"},
    {kind: SEGMENT, id: "cold", segmentId: $s, action: ADD}, {kind: WEBHOOK, eventName: "cold"}, {kind: NOTIFY, title: "Cold"}, {kind: GOAL, goesOn: true}
  ]}) { sequence { id exclusivity companyReply sunsetDays goal entry exitOn versions(first: 2) { nodes { steps } } } userErrors { code field message } } }"""
PLAN = """mutation($id: ID!, $h: String) { previewPublish(input: {id: $id, plan: [{step: "s1", to: "new"}], rampPerHour: 60}) {
  preview { planHash released flaws { message } migration { step count action to } } userErrors { code field } }
  publishSequence(input: {id: $id, planHash: $h}) { sequence { state } userErrors { code field } } }"""


async def segment(tx: Tx) -> UUID:
    id = uuid7()
    await b.insert(tx, "segments", id=id, name="List", noun="Person", kind="STATIC", **await b.stamps(tx))
    return id


async def test_every_kind_of_step_and_setting_is_taken_and_shown(app: Starlette, db: Database, workspace: UUID, actor: Actor) -> None:
    about, of, mail = [opaque(noun, await db.run(actor, make)) for noun, make in (("Topic", topic), ("Segment", segment), ("Template", template))]
    async with asking(app, await key_for(db, workspace)) as client:
        made = (await ask(client, GRAPH, t=about, m=mail, s=of))["data"]["createSequence"]
        assert made["userErrors"] == []
        found = made["sequence"]
        assert (found["exclusivity"], found["companyReply"], found["sunsetDays"], found["goal"]) == ("EXCLUSIVE", "PAUSE", 90, {"event": "MEETING_BOOKED"})
        assert "CONVERSION" not in found["exitOn"]
        assert [step["kind"] for step in found["versions"]["nodes"][0]["steps"]] == [
            "EMAIL", "WAIT", "BRANCH", "WAIT", "SPLIT", "FIELD", "EXIT", "TASK", "SEGMENT", "WEBHOOK", "NOTIFY", "GOAL"]
        assert (await ask(client, PUBLISH, id=found["id"]))["data"]["publishSequence"] == {"sequence": {"state": "LIVE"}, "userErrors": []}


async def test_a_change_is_looked_at_then_published_and_the_sequence_paused_resumed_and_put_away(
    app: Starlette, db: Database, workspace: UUID, actor: Actor
) -> None:
    async def begin(tx: Tx) -> UUID:
        id = await sequence(tx, "P2D")
        await nurture.enroll_many(tx, id, await leads(tx, 2), "HAND")
        return id

    id, mail = opaque("Sequence", await db.run(actor, begin)), opaque("Template", await db.run(actor, template))
    update = """mutation($id: ID!, $m: ID!) { updateSequenceDraft(input: {id: $id, name: "Better", goal: null,
      steps: [{id: "new", kind: EMAIL, templateId: $m}]}) { sequence { name versions(first: 5) { nodes { state } } } userErrors { code field } } }"""
    async with asking(app, await key_for(db, workspace)) as client:
        drafted = (await ask(client, update, id=id, m=mail))["data"]["updateSequenceDraft"]
        assert (drafted["sequence"]["name"], drafted["userErrors"]) == ("Better", [])
        looked = (await ask(client, PLAN, id=id, h="other"))["data"]
        assert looked["previewPublish"]["preview"]["migration"] == [{"step": "s1", "count": 2, "action": "MOVE", "to": "new"}]
        assert looked["publishSequence"]["userErrors"] == [{"code": "PLAN_MOVED", "field": ["planHash"]}]
        go = """mutation($id: ID!, $h: String!) { publishSequence(input: {id: $id, plan: [{step: "s1", to: "new"}], rampPerHour: 60, planHash: $h}) {
          sequence { liveVersion { number } enrollments(first: 5) { nodes { step sequenceVersion { number } } } } userErrors { code } } }"""
        gone = (await ask(client, go, id=id, h=looked["previewPublish"]["preview"]["planHash"]))["data"]["publishSequence"]
        assert gone["sequence"]["enrollments"]["nodes"] == [{"step": "new", "sequenceVersion": {"number": 2}}] * 2
        turns = """mutation($id: ID!) { pauseSequence(input: {id: $id}) { sequence { state } }
          resumeSequence(input: {id: $id, catchUp: SPREAD, perHour: 10}) { sequence { state } }
          archiveSequence(input: {id: $id}) { userErrors { code } } leave: archiveSequence(input: {id: $id, leaving: true}) { sequence { state } } }"""
        turned = (await ask(client, turns, id=id))["data"]
        assert [turned["pauseSequence"]["sequence"]["state"], turned["resumeSequence"]["sequence"]["state"], turned["leave"]["sequence"]["state"]] == [
            "PAUSED", "LIVE", "ARCHIVED"]
        assert turned["archiveSequence"]["userErrors"] == [{"code": "SEQUENCE_IN_USE"}]


async def test_people_enter_by_filter_are_held_and_kept_out(app: Starlette, db: Database, workspace: UUID, actor: Actor) -> None:
    async def begin(tx: Tx) -> tuple[UUID, list[UUID]]:
        people = await leads(tx, 3)
        await tx.execute("UPDATE leads SET need = 'This' WHERE workspace_id = $1 AND person_id = ANY($2::uuid[])", tx.workspace, people[:2])
        return await sequence(tx, "P2D"), people

    id, people = await db.run(actor, begin)
    by_filter = """mutation($s: ID!) { enrollByFilter(input: {sequenceId: $s, noun: "Lead", where: {need: {eq: "This"}}, expectedCount: 2}) {
      changeSet { id action totalRows } userErrors { code message } } }"""
    async with asking(app, await key_for(db, workspace)) as client:
        asked = (await ask(client, by_filter, s=opaque("Sequence", id)))["data"]["enrollByFilter"]
        assert (asked["userErrors"], asked["changeSet"]["action"], asked["changeSet"]["totalRows"]) == ([], "ENROLL", 2)
        entries = await db.run(actor, lambda tx: nurture.enroll_many(tx, id, people[:1], "HAND"))
        held = """mutation($id: ID!) { pauseEnrollment(input: {id: $id, until: "2099-01-01T00:00:00Z"}) { enrollment { pausedUntil dueAt } userErrors { code } }
          resumeEnrollment(input: {id: $id}) { enrollment { pausedAt } userErrors { code } }
          again: resumeEnrollment(input: {id: $id}) { userErrors { code } } }"""
        assert entries[0].enrollment_id
        answer = (await ask(client, held, id=opaque("Enrollment", entries[0].enrollment_id)))["data"]
        assert answer["pauseEnrollment"]["enrollment"] == {"pausedUntil": "2099-01-01T00:00:00+00:00", "dueAt": "2099-01-01T00:00:00+00:00"}
        assert answer["resumeEnrollment"] == {"enrollment": {"pausedAt": None}, "userErrors": []}
        assert answer["again"]["userErrors"] == [{"code": "ENROLLMENT_NOT_PAUSED"}]
        out = "mutation($s: ID!, $p: [ID!]!) { removeFromSequence(input: {sequenceId: $s, personIds: $p}) { removed userErrors { code } } }"
        removed = (await ask(client, out, s=opaque("Sequence", id), p=[opaque("Person", person) for person in people]))["data"]["removeFromSequence"]
        assert removed == {"removed": 1, "userErrors": []}
    refused = await db.run(actor, lambda tx: nurture.enroll_many(tx, id, people[1:], "SEGMENT"))
    assert [entry.refusal for entry in refused] == ["REMOVED_BY_HAND"] * 2


async def test_mail_that_is_held_is_listed_with_what_it_is_of(app: Starlette, db: Database, workspace: UUID, actor: Actor) -> None:
    async def begin(tx: Tx) -> None:
        await nurture.enroll_many(tx, await sequence(tx), await leads(tx, 1), "HAND")
        await nurture.step_due(tx, mail_from=FROM)
        await tx.execute("UPDATE sends SET state = 'AMBIGUOUS', reason = 'CONNECTION_LOST', lease = id WHERE workspace_id = $1", tx.workspace)

    await db.run(actor, begin)
    async with asking(app, await key_for(db, workspace)) as client:
        held = (await ask(client, "{ ambiguousSends { state sequence broadcast template dueAt } }"))["data"]["ambiguousSends"]
    assert held == [{"state": "AMBIGUOUS", "sequence": "Nurture", "broadcast": None, "template": "Welcome", "dueAt": None}]
