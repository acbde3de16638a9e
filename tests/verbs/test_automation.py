"""Automations: what they hear, on which records they act, what they do, and what stops them."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from leadwell import automation, capture, deals, events, leads
from leadwell.access.sees import Everything
from leadwell.assignment import Seat
from leadwell.automation.refusals import AutomationExists, BadAutomation, NeverPublished, NothingDrafted
from leadwell.automation.rules import parse
from leadwell.base.actor import Actor
from leadwell.base.ids import BadId, encode_id
from leadwell.base.refusals import NotFound, Refusal
from leadwell.base.tx import Database, Tx
from leadwell.capture import Submission
from leadwell.catalog import CATALOG, BadFilter
from models.segments import Segment
from tests import builders as make
from tests.mailing import sequence
from tests.verbs.assigning import MONDAY, carried, policy, queue, row, rows, sandbox, wait
from workers import automation as worker
from workers.assignment import KINDS

DAY = timedelta(days=1)
ALL = (*KINDS, *worker.KINDS)


def rule(noun: str = "Lead", kind: str = "CREATED", *do: dict[str, Any], where: Any = None, **when: Any) -> dict[str, Any]:
    return {"noun": noun, "when": {"kind": kind, **when}, "where": where or {}, "do": list(do) or [{"kind": "WEBHOOK", "name": "x"}]}


def opaque(noun: str, id: UUID) -> str:
    return encode_id(CATALOG[noun].tag, id)


def opaque_segment(id: UUID) -> str:
    return encode_id(Segment.tag, id)


async def published(tx: Tx, given: dict[str, Any], name: str = "Rule") -> UUID:
    id = await automation.create(tx, name, given, Everything(tx.workspace))
    await automation.publish(tx, id, Everything(tx.workspace))
    return id


async def done(db: Database, actor: Actor, order: str = "at, t.id") -> list[list[tuple[Any, ...]]]:
    """What each run came to."""
    return [[(one["action"], one["done"]) for one in run["results"]] for run in await rows(db, actor, "automation_runs", order)]


async def test_new_lead_that_matches_has_every_action_once(db: Database) -> None:
    actor = await sandbox(db)

    async def set_up(tx: Tx) -> tuple[UUID, UUID, UUID]:
        boss, place = await make.make_user(tx), await queue(tx, Seat(await make.make_user(tx)))
        nurture = await sequence(tx, "P1D", topic_code="product")
        await published(tx, rule(
            "Lead", "CREATED", {"kind": "ASSIGN", "queueId": opaque("LeadQueue", place)}, {"kind": "TASK", "title": "Call them", "days": 2},
            {"kind": "NOTIFY", "title": "A big one", "userId": opaque("User", boss)}, {"kind": "SET", "set": {"interest": "Gold"}},
            {"kind": "ENROLL", "sequenceId": opaque("Sequence", nurture)}, {"kind": "WEBHOOK", "name": "big"},
            where={"email": {"startsWith": "big"}}))  # fmt: skip
        return boss, place, nurture

    boss, place, _ = await db.run(actor, set_up)
    small, big = await capture.submit(db, actor, [Submission("FORM", {"email": f"{name}@{name}.example"}) for name in ("small", "big")])
    for _ in range(2):
        await carried(db, actor, ALL)
    assert await done(db, actor) == [[(kind, True) for kind in ("ASSIGN", "TASK", "NOTIFY", "SET", "ENROLL", "WEBHOOK")]]
    assert big.lead_id is not None
    assert small.lead_id is not None
    lead = await row(db, actor, "leads", big.lead_id)
    assert (lead["queue_id"], lead["interest"], lead["owner_id"] is not None) == (place, "Gold", True)
    assert (await row(db, actor, "leads", small.lead_id))["owner_id"] is None
    (task,) = await rows(db, actor, "tasks")
    assert (task["title"], task["due_at"], task["assignee_id"], task["lead_id"]) == ("Call them", MONDAY + 2 * DAY, lead["owner_id"], big.lead_id)
    assert [one["title"] for one in await rows(db, actor, "notifications", user_id=boss)] == ["A big one"]
    (fired,) = await rows(db, actor, "events", kind="automation.fired")
    assert (fired["record_id"], fired["data"]["name"], fired["hops"]) == (big.lead_id, "big", 1)
    assert [one["entered_by"] for one in await rows(db, actor, "enrollments")] == ["AUTOMATION"]


async def test_action_that_is_refused_leaves_the_others_and_says_why(db: Database, actor: Actor) -> None:
    async def set_up(tx: Tx) -> None:
        await published(tx, rule("Lead", "CREATED", {"kind": "NOTIFY", "title": "Yours"}, {"kind": "SET", "set": {"name": "", "grade": "A"}},
                                 {"kind": "SET", "set": {"interest": "Gold"}}))  # fmt: skip

    await db.run(actor, set_up)
    (lead,) = await capture.submit(db, actor, [Submission("FORM", {"email": "a@x.example"})])
    await carried(db, actor, ALL)
    (run,) = await rows(db, actor, "automation_runs")
    assert [(one["action"], one["done"], one.get("message")) for one in run["results"]] == [
        ("NOTIFY", False, "Nobody owns the record, and the action names no user."), ("SET", False, 'grade cannot be "": leads have no such field.'),
        ("SET", True, None)]  # fmt: skip
    assert lead.lead_id is not None
    assert (await row(db, actor, "leads", lead.lead_id))["interest"] == "Gold"


async def test_changes_statuses_scores_and_breaches_are_heard(db: Database) -> None:
    actor = await sandbox(db)

    async def set_up(tx: Tx) -> tuple[UUID, UUID, UUID]:
        for i, (noun, kind, when) in enumerate((
            ("Lead", "CHANGED", {"field": "interest"}), ("Lead", "STATUS_CHANGED", {}), ("Lead", "SCORE_CROSSED", {"threshold": "mql"}),
            ("Lead", "RESPONSE_BREACHED", {}), ("Deal", "STATUS_CHANGED", {}),
        )):  # fmt: skip
            await published(tx, rule(noun, kind, **when), f"{i}")
        await policy(tx, 60)
        person = await make.make_person(tx, email="a@x.example")
        return person, await make.make_lead(tx, person), await make.make_deal(tx)

    person, lead, deal = await db.run(actor, set_up)

    async def happens(tx: Tx) -> None:
        await leads.update(tx, lead, {"title": "CEO"})
        await leads.update(tx, lead, {"interest": "Gold"})
        await leads.set_status(tx, lead, await make.status_of(tx, "WORKING"))
        await deals.lose(tx, deal, "PRICE")
        for threshold in ("mql", "hot"):
            await events.note(tx, "score.crossed", "Person", person, person_id=person, data={"threshold": threshold, "score": 60})

    await db.run(actor, happens)
    await capture.submit(db, actor, [Submission("FORM", {"email": "a@x.example"})])
    await carried(db, actor, ALL)
    await wait(db, actor, timedelta(hours=1), ALL)
    names = {one["id"]: one["name"] for one in await rows(db, actor, "automations")}
    assert sorted((names[one["automation_id"]], one["record_id"]) for one in await rows(db, actor, "automation_runs")) == [
        ("0", lead), ("1", lead), ("2", lead), ("3", lead), ("4", deal)]


async def test_entering_and_leaving_a_segment_sets_off_rules_about_it_for_the_leads_and_contact_of_whoever_does(db: Database, actor: Actor) -> None:
    async def set_up(tx: Tx) -> tuple[UUID, UUID, UUID, UUID]:
        hot, cold = make.uuid7(), make.uuid7()
        for id, name in ((hot, "Hot"), (cold, "Cold")):
            await make.insert(tx, "segments", id=id, name=name, noun="Person", filter={}, created_at=await tx.now(), updated_at=await tx.now())
        person = await make.make_person(tx, email="a@x.example")
        for name, given in (
            ("hot", rule("Lead", "SEGMENT_ENTERED", segmentId=opaque_segment(hot))), ("cold", rule("Lead", "SEGMENT_ENTERED", segmentId=opaque_segment(cold))),
            ("any", rule("Contact", "SEGMENT_ENTERED")), ("left", rule("Lead", "SEGMENT_LEFT")),
        ):  # fmt: skip
            await published(tx, given, name)
        return hot, person, await make.make_lead(tx, person), await make.make_contact(tx, person)

    hot, person, lead, contact = await db.run(actor, set_up)

    async def enters(tx: Tx) -> None:
        said = {"segment_id": hot, "person_id": person}
        await events.note(tx, "segment.entered", "Segment", hot, data=said)
        await events.note(tx, "segment.entered", "Segment", hot, data={"segment_id": hot, "company_id": person})

    await db.run(actor, enters)
    await carried(db, actor, ALL)
    names = {one["id"]: one["name"] for one in await rows(db, actor, "automations")}

    async def ran() -> list[tuple[str, UUID]]:
        return sorted((names[one["automation_id"]], one["record_id"]) for one in await rows(db, actor, "automation_runs"))

    assert await ran() == [("any", contact), ("hot", lead)]
    await db.run(actor, lambda tx: events.note(tx, "segment.left", "Segment", hot, person_id=person, data={"segment_id": hot}))
    await carried(db, actor, ALL)
    assert await ran() == [("any", contact), ("hot", lead), ("left", lead)]
    async with db.read(actor) as tx:
        seen = await automation.preview(tx, parse(rule("Lead", "SEGMENT_ENTERED", segmentId=opaque_segment(hot))))
    assert (seen.matching, seen.acting) == (1, 1)


async def test_date_that_is_reached_is_acted_on_once_and_not_before_the_rule_was_in_use(db: Database) -> None:
    actor = await sandbox(db)

    async def set_up(tx: Tx) -> dict[str, UUID]:
        made = {name: await make.make_deal(tx, name=name, close_on=(MONDAY + days * DAY).date()) for name, days in (("past", 2), ("soon", 5), ("late", 30))}
        await published(tx, rule("Deal", "DATE_REACHED", field="closeOn", offset="-P3D", where={"state": {"eq": "OPEN"}}))
        return made

    made = await db.run(actor, set_up)
    for _ in range(4):
        await db.run(actor, automation.reach)
        await wait(db, actor, DAY, ALL)
    assert [one["record_id"] for one in await rows(db, actor, "automation_runs")] == [made["soon"]]


async def test_automations_that_set_one_another_off_come_to_an_end(db: Database, actor: Actor) -> None:
    async def set_up(tx: Tx) -> UUID:
        for here, there in (("Gold", "Silver"), ("Silver", "Gold")):
            await published(tx, rule("Lead", "CHANGED", {"kind": "SET", "set": {"interest": there}}, where={"interest": {"eq": here}}, field="interest"), here)
        return await make.make_lead(tx)

    lead = await db.run(actor, set_up)
    await db.run(actor, lambda tx: leads.update(tx, lead, {"interest": "Gold"}))
    for _ in range(4):
        await carried(db, actor, ALL)
    assert sorted(one["hops"] for one in await rows(db, actor, "automation_runs")) == [hop for hop in range(1, 6) for _ in range(2)]


async def test_rule_whose_field_is_gone_acts_on_nothing_and_leaves_the_others(db: Database, actor: Actor) -> None:
    gone = {"custom": [{"key": "tier", "text": {"eq": "Gold"}}]}

    async def set_up(tx: Tx) -> None:
        broken = await published(tx, rule("Lead", "CREATED"), "broken")
        dated = await published(tx, rule("Lead", "DATE_REACHED", field="createdAt"), "dated")
        await published(tx, rule("Lead", "CREATED"), "whole")
        for id in (broken, dated):
            version = await tx.row("SELECT v.rule FROM automation_versions v WHERE v.workspace_id = $1 AND v.automation_id = $2", tx.workspace, id)
            assert version is not None
            await tx.execute("UPDATE automation_versions SET rule = $3 WHERE workspace_id = $1 AND automation_id = $2",
                             tx.workspace, id, {**version["rule"], "where": gone})

    await db.run(actor, set_up)
    await capture.submit(db, actor, [Submission("FORM", {"email": "a@x.example"})])
    await carried(db, actor, ALL)
    assert await db.run(actor, automation.reach) == 0
    names = {one["id"]: one["name"] for one in await rows(db, actor, "automations")}
    assert [names[one["automation_id"]] for one in await rows(db, actor, "automation_runs")] == ["whole"]


async def test_paused_does_nothing_and_a_draft_changes_nothing_until_it_is_published(db: Database, actor: Actor) -> None:
    everything = Everything(actor.workspace)
    id = await db.run(actor, lambda tx: published(tx, rule("Lead", "CREATED", {"kind": "WEBHOOK", "name": "one"})))
    await db.run(actor, lambda tx: automation.draft(tx, id, rule("Lead", "CREATED", {"kind": "WEBHOOK", "name": "two"}), everything))

    async def comes() -> list[str]:
        await capture.submit(db, actor, [Submission("FORM", {"email": f"{make.uuid7().hex}@x.example"})])
        await carried(db, actor, ALL)
        return [one["data"]["name"] for one in await rows(db, actor, "events", "id", kind="automation.fired")]

    assert await comes() == ["one"]
    await db.run(actor, lambda tx: automation.pause(tx, id))
    assert await comes() == ["one"]
    await db.run(actor, lambda tx: automation.resume(tx, id, everything))
    await db.run(actor, lambda tx: automation.publish(tx, id, everything))
    assert await comes() == ["one", "two"]
    states = [(one["number"], one["state"]) for one in await rows(db, actor, "automation_versions", "number")]
    assert states == [(1, "RETIRED"), (2, "LIVE")]
    await capture.submit(db, actor, [Submission("IMPORT", {"email": "quiet@x.example"}, quiet=True)])
    await carried(db, actor, ALL)
    assert len(await rows(db, actor, "automation_runs")) == 2, "what is quiet sets nothing off"


async def test_preview_counts_what_would_have_been_done(db: Database, actor: Actor) -> None:
    await capture.submit(db, actor, [Submission("FORM", {"email": f"p{i}@x{i}.example"}) for i in range(3)])
    given = parse(rule("Lead", "CREATED", {"kind": "TASK", "title": "Call"}, where={"email": {"in": ["p0@x0.example", "p1@x1.example"]}}))
    async with db.read(actor) as tx:
        before = await make.counts(tx)
        seen = await automation.preview(tx, given)
        assert await make.counts(tx) == before
    assert (seen.matching, seen.acting, dict(seen.actions)) == (2, 2, {"TASK": 2})


BAD = [
    (None, "rule"), ({"noun": "Lead"}, "rule.when"), (rule("Lead", "NEVER"), "rule.when.kind"), (rule("Person", "CREATED"), "rule.noun"),
    (rule("Contact", "STATUS_CHANGED"), "rule.noun"), (rule("Lead", "CREATED", field="title"), "rule.when.field"),
    (rule("Lead", "DATE_REACHED", field="title"), "rule.when.field"), (rule("Lead", "DATE_REACHED", field="createdAt", offset="soon"), "rule.when.offset"),
    (rule("Lead", "DATE_REACHED", field="createdAt", offset="P99Y"), "rule.when.offset"), ({**rule(), "do": []}, "rule.do"), ({**rule(), "do": "x"}, "rule.do"),
    (rule("Lead", "CREATED", {"kind": "EXPLODE"}), "rule.do.0.kind"), (rule("Lead", "CREATED", {"kind": "TASK"}), "rule.do.0.title"),
    (rule("Lead", "CREATED", {"kind": "TASK", "title": " "}), "rule.do.0.title"),
    (rule("Lead", "CREATED", {"kind": "TASK", "title": "x", "days": -1}), "rule.do.0.days"),
    (rule("Deal", "CREATED", {"kind": "ASSIGN"}), "rule.do.0"), (rule("Company", "CREATED", {"kind": "ENROLL", "sequenceId": "x"}), "rule.do.0"),
    (rule("Lead", "CREATED", {"kind": "SET", "set": {"ownerId": "x"}}), "rule.do.0.set.ownerId"),
    (rule("Lead", "CREATED", {"kind": "SET", "set": 1}), "rule.do.0.set"),
    ({**rule(), "if": 1}, "rule.if"), (rule("Company", "SEGMENT_LEFT"), "rule.noun"), (rule("Lead", "CREATED", segmentId="x"), "rule.when.segmentId"),
]  # fmt: skip


@pytest.mark.parametrize(("given", "field"), BAD)
def test_rule_that_is_none_is_refused(given: Any, field: str) -> None:
    with pytest.raises(BadAutomation) as refused:
        parse(given)
    assert refused.value.field == field


async def test_what_a_rule_names_must_be_there(db: Database, actor: Actor) -> None:
    everything = Everything(actor.workspace)
    user = await db.run(actor, make.make_user)
    id = await db.run(actor, lambda tx: automation.create(tx, "Rule", rule(), everything))
    for kind, verb in (
        (AutomationExists, lambda tx: automation.create(tx, "rule", rule(), everything)),
        (BadAutomation, lambda tx: automation.create(tx, " ", rule(), everything)),
        (BadFilter, lambda tx: automation.create(tx, "B", rule(where={"nothing": {}}), everything)),
        (NotFound, lambda tx: automation.create(tx, "C", rule("Lead", "CREATED", {"kind": "ENROLL", "sequenceId": opaque("Sequence", user)}), everything)),
        (NotFound, lambda tx: automation.create(tx, "E", rule("Lead", "SEGMENT_LEFT", segmentId=opaque_segment(user)), everything)),
        (BadId, lambda tx: automation.create(tx, "F", rule("Lead", "SEGMENT_LEFT", segmentId=opaque("User", user)), everything)),
        (BadId, lambda tx: automation.create(tx, "D", rule("Lead", "CREATED", {"kind": "ENROLL", "sequenceId": opaque("User", user)}), everything)),
        (NeverPublished, lambda tx: automation.resume(tx, id, everything)), (NotFound, lambda tx: automation.pause(tx, user)),
    ):  # fmt: skip
        await refused(db, actor, kind, verb)
    await db.run(actor, lambda tx: automation.publish(tx, id, everything))
    await refused(db, actor, NothingDrafted, lambda tx: automation.publish(tx, id, everything))


async def refused(db: Database, actor: Actor, kind: type[Refusal], verb: Any) -> None:
    async with db.read(actor) as tx:
        before = await make.counts(tx)
    with pytest.raises(kind):
        await db.run(actor, verb)
    async with db.read(actor) as tx:
        assert await make.counts(tx) == before
