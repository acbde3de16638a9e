"""Every door in: the intent table holds, the raw submission is kept, and nothing is made twice."""

import asyncio
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import pytest

from leadwell import capture, leads, workspaces
from leadwell.base.actor import Actor
from leadwell.base.tx import Database, Tx
from leadwell.capture import ConsentGiven, Defaults, Outcome, Submission
from tests.builders import make_contact, make_lead, make_person, make_user

ANA = {"firstName": "Ana", "lastName": "Silva", "email": "ana@acme.com"}
TABLES = ("people", "leads", "activities", "submissions", "touchpoints", "person_keys", "field_provenance", "consents", "work")


def raise_hand(fields: Mapping[str, Any] = ANA, intent: Any = "HAND_RAISE", **more: Any) -> Submission:
    return Submission(more.pop("channel", "FORM"), fields, intent, **more)


async def submit(db: Database, actor: Actor, *submissions: Submission) -> list[Outcome]:
    return await capture.submit(db, actor, submissions)


async def rows(db: Database, actor: Actor, table: str, columns: str = "*", order: str = "1") -> list[dict[str, Any]]:
    async with db.read(actor) as tx:
        return [dict(r) for r in await tx.fetch(f"SELECT {columns} FROM {table} t WHERE t.workspace_id = $1 ORDER BY {order}", tx.workspace)]


async def counts(db: Database, actor: Actor) -> dict[str, int]:
    async with db.read(actor) as tx:
        return {t: await tx.value(f"SELECT count(*) FROM {t} t WHERE t.workspace_id = $1", tx.workspace) for t in TABLES}


async def kinds(db: Database, actor: Actor) -> list[str]:
    return [row["kind"] for row in await rows(db, actor, "events", "kind", "id")]


async def stand(db: Database, actor: Actor, standing: str) -> dict[str, UUID | None]:
    """Brings the person into the standing the table names."""

    async def make(tx: Tx) -> dict[str, UUID | None]:
        if standing == "unknown":
            return {"lead": None, "owner": None}
        person = await make_person(tx, "Ana Silva", "ana@acme.com")
        if standing == "contact":
            owner = await make_user(tx)
            await make_contact(tx, person, owner_id=owner)
            return {"lead": None, "owner": owner}
        lead = await make_lead(tx, person)
        if standing == "spam":
            await leads.junk(tx, lead, "SPAM")
        return {"lead": lead, "owner": None}

    return await db.run(actor, make)


@pytest.mark.parametrize(
    ("intent", "standing", "outcome", "new_leads", "event"),
    [
        ("HAND_RAISE", "unknown", "CREATED", 1, "lead.created"),
        ("HAND_RAISE", "open lead", "ATTACHED", 0, "lead.attached"),
        ("HAND_RAISE", "contact", "REPEATED", 1, "lead.created"),
        ("HAND_RAISE", "spam", "PARKED", 0, None),
        ("CONTENT", "unknown", "CREATED", 1, "lead.created"),
        ("CONTENT", "open lead", "ATTACHED", 0, "lead.attached"),
        ("CONTENT", "contact", "ACTIVITY", 0, None),
        ("CONTENT", "spam", "PARKED", 0, None),
        ("EVENT", "unknown", "CREATED", 1, "lead.created"),
        ("EVENT", "open lead", "ATTACHED", 0, "lead.attached"),
        ("EVENT", "contact", "ACTIVITY", 0, None),
        ("EVENT", "spam", "PARKED", 0, None),
        ("SUBSCRIBE", "unknown", "PERSON", 0, None),
        ("SUBSCRIBE", "open lead", "ACTIVITY", 0, None),
        ("SUBSCRIBE", "contact", "ACTIVITY", 0, None),
        ("SUBSCRIBE", "spam", "PARKED", 0, None),
    ],
)
async def test_intent_table(db: Database, actor: Actor, intent: Any, standing: str, outcome: str, new_leads: int, event: str | None) -> None:
    stood = await stand(db, actor, standing)
    before, seen = await counts(db, actor), len(await kinds(db, actor))
    (found,) = await submit(db, actor, raise_hand(intent=intent))
    after = await counts(db, actor)
    assert found.outcome == outcome
    assert after["leads"] - before["leads"] == new_leads
    assert after["activities"] - before["activities"] == (0 if outcome == "PARKED" else 1)
    assert after["people"] - before["people"] == (1 if standing == "unknown" else 0)
    noted = (await kinds(db, actor))[seen:]
    again = ["lead.raised_hand"] if intent == "HAND_RAISE" and standing in ("open lead", "contact") else []
    assert [kind for kind in noted if kind.startswith("lead.")] == ([event, *again] if event else [])
    if outcome == "ATTACHED":
        assert found.lead_id == stood["lead"]
    if outcome == "REPEATED":
        assert [row["owner_id"] for row in await rows(db, actor, "leads", "owner_id")] == [stood["owner"]]
    if outcome == "PARKED":
        assert {t: n for t, n in after.items() if t not in ("submissions", "work")} == {t: n for t, n in before.items() if t not in ("submissions", "work")}
        assert [row["state"] for row in await rows(db, actor, "submissions", "state")] == ["PARKED"]


async def test_new_lead_carries_everything_that_was_sent(db: Database, actor: Actor) -> None:
    async def topic(tx: Tx) -> UUID:
        return await tx.value("SELECT t.id FROM topics t WHERE t.workspace_id = $1 AND t.code = 'newsletter'", tx.workspace)

    topic_id = await db.run(actor, topic)
    fields = {**ANA, "title": "CTO", "company": "Acme Ltd", "need": "A demo", "budget": "5,000 EUR", "city": "Porto"}
    (found,) = await submit(db, actor, raise_hand(
        fields, consents=(ConsentGiven("newsletter", "v1", "Yes, write to me"),), touch={"utm_source": "ads", "page": "https://acme.com/demo"},
        ip="203.0.113.9", user_agent="Firefox"))  # fmt: skip
    (lead,) = await rows(db, actor, "leads", "id, title, company_name, need, budget_minor, currency, state, intent, version")
    assert lead == {
        "id": found.lead_id, "title": "CTO", "company_name": "Acme Ltd", "need": "A demo", "budget_minor": 500000, "currency": "EUR",
        "state": "OPEN", "intent": "HAND_RAISE", "version": 1,
    }  # fmt: skip
    (touch,) = await rows(db, actor, "touchpoints", "lead_id, utm_source, page, submission_id")
    assert touch == {"lead_id": found.lead_id, "utm_source": "ads", "page": "https://acme.com/demo", "submission_id": found.submission_id}
    (granted,) = await rows(db, actor, "consents", "topic_id, state, basis, wording_version, host(ip) AS ip, evidence")
    assert (granted["topic_id"], granted["state"], granted["basis"], granted["wording_version"], granted["ip"]) == (
        topic_id, "GRANTED", "CONSENT", "v1", "203.0.113.9")  # fmt: skip
    assert granted["evidence"]["text"] == "Yes, write to me"
    origins = {(row["noun"], row["field"]): row["source"] for row in await rows(db, actor, "field_provenance", "noun, field, source")}
    assert origins == dict.fromkeys(
        [*(("Person", f) for f in ("city", "email", "first_name", "last_name", "name", "title")),
         *(("Lead", f) for f in ("budget_minor", "company_name", "currency", "need", "title"))], "FORM")  # fmt: skip
    assert {(row["kind"], row["key"]) for row in await rows(db, actor, "work", "kind, key") if row["key"]} == {
        ("enrich.person", str(found.person_id)), ("score.person", str(found.person_id))}  # fmt: skip
    (activity,) = await rows(db, actor, "activities", "id, kind, body, subject")
    assert activity == {"id": found.activity_id, "kind": "FORM", "body": "A demo", "subject": "Asked to be contacted (Website form)"}
    assert await rows(db, actor, "activity_links", "noun, record_id") == [{"noun": "Lead", "record_id": found.lead_id}]
    assert await rows(db, actor, "lead_status_spans", "lead_id, left_at, actor") == [{"lead_id": found.lead_id, "left_at": None, "actor": "SYSTEM"}]
    assert sorted(await kinds(db, actor)) == ["activity.recorded", "consent.granted", "lead.created", "person.created", "submission.processed"]


async def test_attaching_fills_empties_and_suggests_the_rest(db: Database, actor: Actor) -> None:
    await submit(db, actor, raise_hand({**ANA, "company": "Acme Ltd"}))
    (found,) = await submit(db, actor, raise_hand({**ANA, "company": "Beta GmbH", "title": "CTO", "city": "Porto"}))
    assert await rows(db, actor, "leads", "company_name, title, version") == [{"company_name": "Acme Ltd", "title": "CTO", "version": 2}]
    assert await rows(db, actor, "field_suggestions", "noun, record_id, field, value, current_value") == [
        {"noun": "Lead", "record_id": found.lead_id, "field": "company_name", "value": "Beta GmbH", "current_value": "Acme Ltd"}]  # fmt: skip
    assert await rows(db, actor, "people", "city, version") == [{"city": "Porto", "version": 2}]


async def test_same_batch_meets_its_own_leads(db: Database, actor: Actor) -> None:
    found = await submit(db, actor, raise_hand({**ANA, "city": "Porto"}), raise_hand({**ANA, "title": "CTO"}), raise_hand(intent="SUBSCRIBE"))
    assert [o.outcome for o in found] == ["CREATED", "ATTACHED", "ACTIVITY"]
    assert found[0].lead_id == found[1].lead_id
    assert found[0].person_id == found[2].person_id
    assert await rows(db, actor, "leads", "title") == [{"title": "CTO"}]


async def test_twenty_at_once_make_one_person_and_one_lead(db: Database, actor: Actor) -> None:
    found = await asyncio.gather(*(submit(db, actor, raise_hand()) for _ in range(20)))
    assert sorted(o[0].outcome for o in found) == ["ATTACHED"] * 19 + ["CREATED"]
    after = await counts(db, actor)
    assert (after["people"], after["leads"], after["activities"], after["submissions"]) == (1, 1, 20, 20)


async def test_another_first_name_is_another_person_and_lead(db: Database, actor: Actor) -> None:
    one, two = await submit(db, actor, raise_hand(), raise_hand({**ANA, "firstName": "Bruno"}))
    assert one.person_id != two.person_id
    assert one.lead_id != two.lead_id


async def test_same_submission_twice_is_one(db: Database, actor: Actor) -> None:
    first = await submit(db, actor, raise_hand(dedupe_key="k1"))
    before = await counts(db, actor)
    again = await submit(db, actor, raise_hand(dedupe_key="k1"))
    after = await counts(db, actor)
    assert [(o.outcome, o.submission_id, o.lead_id) for o in again] == [(o.outcome, o.submission_id, o.lead_id) for o in first]
    assert {**after, "work": 0} == {**before, "work": 0}


async def test_same_submission_twice_at_once_is_one(db: Database, actor: Actor) -> None:
    found = await asyncio.gather(*(submit(db, actor, raise_hand(dedupe_key="k1")) for _ in range(10)))
    assert len({o[0].submission_id for o in found}) == 1
    after = await counts(db, actor)
    assert (after["submissions"], after["leads"], after["activities"]) == (1, 1, 1)


async def test_parked_spam_is_replayed_at_a_persons_word(db: Database, actor: Actor) -> None:
    spam = (await stand(db, actor, "spam"))["lead"]
    (parked,) = await submit(db, actor, raise_hand())
    assert parked.submission_id is not None
    assert await capture.process(db, actor, capture.Received([parked.submission_id])) == [Outcome("PARKED", parked.submission_id, reason=parked.reason)]
    (found,) = await capture.replay(db, actor, [parked.submission_id])
    assert found.outcome == "CREATED"
    assert [row["repeat_of_id"] for row in await rows(db, actor, "leads", "repeat_of_id", "created_at")] == [None, spam]
    assert (await kinds(db, actor))[-4:].count("lead.repeated") == 1
    again = await capture.replay(db, actor, [parked.submission_id])
    assert again == [Outcome("CREATED", parked.submission_id, found.person_id, found.lead_id, found.activity_id)]


async def test_junk_for_another_reason_comes_back_as_a_new_lead(db: Database, actor: Actor) -> None:
    async def junked(tx: Tx) -> UUID:
        lead = await make_lead(tx, await make_person(tx, "Ana Silva", "ana@acme.com"))
        await leads.junk(tx, lead, "TIMING")
        return lead

    old = await db.run(actor, junked)
    (found,) = await submit(db, actor, raise_hand())
    assert found.outcome == "CREATED"
    assert await rows(db, actor, "leads", "id, state, repeat_of_id", "created_at") == [
        {"id": old, "state": "JUNK", "repeat_of_id": None}, {"id": found.lead_id, "state": "OPEN", "repeat_of_id": old}]  # fmt: skip


async def test_what_names_nobody_is_parked_with_its_reason(db: Database, actor: Actor) -> None:
    found = await submit(db, actor, raise_hand({"city": "Porto"}), raise_hand())
    assert [o.outcome for o in found] == ["PARKED", "CREATED"]
    (parked,) = [row for row in await rows(db, actor, "submissions", "state, reason, payload") if row["state"] == "PARKED"]
    assert parked["reason"].startswith("Nothing says who this is")
    assert parked["payload"]["fields"] == {"city": "Porto"}


async def test_one_bad_submission_parks_alone(db: Database, actor: Actor) -> None:
    nowhere = Defaults(pipeline_id=UUID(int=7))
    found = await submit(db, actor, raise_hand(), raise_hand({"email": "b@acme.com"}, defaults=nowhere), raise_hand({"email": "c@acme.com"}))
    assert [o.outcome for o in found] == ["CREATED", "PARKED", "CREATED"]
    assert found[1].reason == "There is no such pipeline."
    after = await counts(db, actor)
    assert (after["people"], after["leads"], after["submissions"]) == (2, 2, 3)


async def test_what_a_dead_process_left_is_found_by_a_worker(db: Database, actor: Actor) -> None:
    from workers.transfer import KINDS

    (id,) = (await capture.receive(db, actor, [raise_hand()])).ids
    (job,) = await rows(db, actor, "work", "kind, payload, run_at > created_at AS later")
    assert job == {"kind": "transfer.capture", "payload": {"ids": [str(id)]}, "later": True}
    (kind,) = [k for k in KINDS if k.name == "transfer.capture"]

    assert kind.perform is not None

    class Hands:
        workspace, payload = actor.workspace, job["payload"]

    Hands.db = db  # type: ignore[attr-defined]
    await kind.perform(Hands, Hands)  # type: ignore[arg-type]
    await kind.perform(Hands, Hands)  # type: ignore[arg-type]
    assert [row["outcome"] for row in await rows(db, actor, "submissions", "outcome")] == ["CREATED"]


async def test_workspaces_do_not_see_each_other(db: Database, actor: Actor, other_workspace: UUID) -> None:
    there = Actor.system(other_workspace)
    (here,) = await submit(db, actor, raise_hand(dedupe_key="k1"))
    (over,) = await submit(db, there, raise_hand(dedupe_key="k1"))
    assert over.outcome == "CREATED"
    assert over.submission_id != here.submission_id
    assert here.submission_id is not None
    before = await counts(db, there)
    with pytest.raises(Exception, match="no such submission"):
        await db.run(there, lambda tx: capture.process_in(tx, capture.Received([here.submission_id])))  # type: ignore[list-item]
    assert await counts(db, there) == before


async def test_nul_characters_do_not_lose_a_submission(db: Database, actor: Actor) -> None:
    (found,) = await submit(db, actor, raise_hand({**ANA, "need": "a\0b"}))
    assert found.outcome == "CREATED"


async def test_exception_list_keeps_a_domain_out(db: Database, actor: Actor) -> None:
    await db.run(actor, lambda tx: workspaces.update_settings(tx, {"capture_exceptions": ["@ACME.com"]}))
    assert [o.outcome for o in await submit(db, actor, raise_hand(), raise_hand({"email": "x@beta.com"}))] == ["PARKED", "CREATED"]


async def test_quiet_capture_says_so_and_is_still_enriched_and_scored(db: Database, actor: Actor) -> None:
    await submit(db, actor, raise_hand(quiet=True))
    assert {row["data"].get("quiet") for row in await rows(db, actor, "events", "kind, data") if row["kind"] in ("lead.created", "person.created")} == {True}
    assert {row["kind"] for row in await rows(db, actor, "work", "kind")} == {"enrich.person", "score.person", "transfer.capture"}
