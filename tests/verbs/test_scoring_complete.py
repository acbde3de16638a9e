"""Scores beyond the default model: own fields, clicks read again, companies, several models, any past time, drafts tried out."""

import os
import random
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from leadwell import custom, events, scoring
from leadwell.base.ids import uuid7
from leadwell.base.refusals import NotFound
from leadwell.base.tx import Tx
from leadwell.merging import Wish, merge
from leadwell.scoring.refusals import InvalidRules, NoSubjectModel, NotOpenOrClick, NotScored
from tests.builders import counts, insert, make_activity, make_company, make_contact, make_lead, make_person
from tests.verbs.scorings import START, Clock, clock, director, engaged, events_of, job_of, live
from workers import scoring as worker

__all__ = ["clock"]
EXAMPLES = int(os.environ.get("LW_EXAMPLES", "4"))
BUDGET = [{"id": "budget", "label": "Has a budget", "group": "fit", "points": 30, "when": [{"field": "custom.Lead.budget", "op": "gte", "value": 10}]}]


async def field_of(tx: Tx, noun: str, key: str, type: str) -> UUID:
    id = uuid7()
    await custom.define(tx, custom.NewField(id=id, noun=noun, key=key, label=key, type=type))
    return id


async def score_of(tx: Tx, person: UUID, model: UUID | None = None) -> Any:
    sql = "SELECT s.score FROM scores s WHERE s.workspace_id = $1 AND s.person_id = $2 AND (s.model_id = $3 OR $3::uuid IS NULL AND s.is_default)"
    return await tx.value(sql, tx.workspace, person, model)


async def jobs(tx: Tx, kind: str) -> list[Any]:
    rows = await tx.fetch("SELECT w.kind, w.payload, w.key FROM work w WHERE w.workspace_id = $1 AND w.kind = $2 AND w.state = 'READY'", tx.workspace, kind)
    return [job_of(tx, r["kind"], r["payload"], r["key"]) for r in rows]


async def test_rules_ask_for_fields_of_the_workspaces_own_until_they_are_put_away(clock: Clock) -> None:
    async def begin(tx: Tx) -> Any:
        ids = [await field_of(tx, "Lead", "budget", "INT"), await field_of(tx, "Lead", "plan", "TEXT"), await field_of(tx, "Person", "vip", "FLAG")]
        rules = engaged(fit=[
            *BUDGET, {"id": "plan", "label": "Plan", "group": "fit", "points": 5, "when": [{"field": "custom.Lead.plan", "op": "in", "value": ["PRO"]}]},
            {"id": "vip", "label": "VIP", "group": "fit", "points": 3, "when": [{"field": "custom.Person.vip", "op": "eq", "value": True}]},
            {"id": "bare", "label": "No plan", "group": "fit", "points": 1, "when": [{"field": "custom.Lead.plan", "op": "present", "value": False}]}])
        model = await live(tx, rules)
        person, bare = await make_person(tx), await make_person(tx)
        lead = await make_lead(tx, person)
        await custom.write(tx, "Lead", lead, {"budget": 10, "plan": "pro"})
        await custom.write(tx, "Person", person, {"vip": True})
        await scoring.rescore(tx, [person, bare], model_id=model)
        return ids[0], model, person, [await score_of(tx, p, model) for p in (person, bare)], await scoring.explain(tx, person, model_id=model)

    budget, model, person, scores, told = await clock(begin)
    assert scores == [38, 1]
    assert [(c.rule_id, c.counted) for c in told.contributions] == [("budget", 3000), ("plan", 500), ("vip", 300)]
    await clock.at(START + timedelta(days=1))

    async def put_away(tx: Tx) -> Any:
        await custom.archive(tx, budget)
        event = await tx.row("SELECT e.* FROM events e WHERE e.workspace_id = $1 AND e.kind = 'customField.updated'", tx.workspace)
        asking = await scoring.follow_field(tx, [event])
        await worker.everybody(tx, [job for job in await jobs(tx, "score.all") if job.payload["model_id"] == str(model)], [None] * 2)
        before = await scoring.explain(tx, person, START, model_id=model)
        now = await scoring.explain(tx, person, model_id=model)
        return asking, await score_of(tx, person, model), before.score, now.score

    assert await clock(put_away) == (1, 8, 38, 8)
    before = await clock(counts)
    for wrong, problem in (
        (BUDGET, 'there is no field "custom.Lead.budget" in use; those of the workspace are custom.Lead.plan, custom.Person.vip'),
        ([BUDGET[0] | {"when": [{"field": "custom.Lead.plan", "op": "gte", "value": 3}]}], "custom.Lead.plan holds TEXT, so gte 3 can never be met"),
    ):
        with pytest.raises(InvalidRules) as refused:
            await clock(lambda tx, wrong=wrong: scoring.draft(tx, model, engaged(fit=wrong)))
        assert (refused.value.params["path"], refused.value.params["problem"]) == ("fit[0].when[0]", problem)
    assert await clock(counts) == before


async def test_clicks_read_again_change_the_score_and_leave_past_ones_as_they_were(clock: Clock) -> None:
    async def begin(tx: Tx) -> Any:
        person = await director(tx)
        clicks = [await make_activity(tx, person, "CLICK", data={"url": f"https://acme.example/{n}"}, at=START - timedelta(days=n)) for n in (0, 1)]
        await scoring.rescore(tx, [person])
        return person, clicks, await score_of(tx, person)

    person, clicks, score = await clock(begin)
    assert score == 45
    await clock.at(START + timedelta(hours=1))

    async def reread(tx: Tx) -> Any:
        moved = await scoring.reread(tx, clicks[:1], "MACHINE")
        again = await scoring.reread(tx, clicks[:1], "MACHINE")
        await worker.people(tx, await jobs(tx, "score.person"), [None])
        row = await tx.row("SELECT a.reading, r.reading AS now, r.reason FROM activities a JOIN activity_readings r ON r.workspace_id = $1"
                           " AND r.activity_id = a.id WHERE a.workspace_id = $1 AND a.id = $2", tx.workspace, clicks[0])
        return moved, again, await score_of(tx, person), dict(row or {}), await events_of(tx, person, "activity.reread")

    assert await clock(reread) == (
        clicks[:1], [], 40, {"reading": "HUMAN", "now": "MACHINE", "reason": "HAND"}, [{"changes": {"reading": ["HUMAN", "MACHINE"]}, "reason": "HAND"}])
    await clock.at(START + timedelta(hours=2))

    async def told(tx: Tx) -> Any:
        return [(await scoring.explain(tx, person, at)).score for at in (START, None)]

    assert await clock(told) == [45, 40]

    async def burst(tx: Tx) -> Any:
        more = [await make_activity(tx, person, "CLICK", data={"userAgent": "curl/8.1", "url": "https://acme.example/x"}) for _ in range(2)]
        recorded = [{"record_id": id, "data": {"kind": "CLICK"}} for id in (*more, clicks[0])]
        return await scoring.follow_clicks(tx, recorded), await scoring.follow_clicks(tx, recorded), await tx.value(
            "SELECT count(*) FROM activity_participants p WHERE p.workspace_id = $1 AND p.person_id = $2 AND p.reading = 'MACHINE'", tx.workspace, person)

    assert await clock(burst) == (2, 0, 3)      # what somebody said of the first one stays
    before = await clock(counts)
    note = await clock(lambda tx: make_activity(tx, person, "FORM"))
    for refusal, ids in ((NotOpenOrClick, [note]), (NotFound, [uuid7()])):
        with pytest.raises(refusal):
            await clock(lambda tx, ids=ids: scoring.reread(tx, ids, "MACHINE"))
    after = await clock(counts)
    assert {table for table in after if after[table] != before[table]} == {"activities", "activity_participants"}


COMPANY = {
    "groups": [{"id": "what", "label": "What it is", "part": "FIT"}, {"id": "who", "label": "Its people", "part": "ENGAGEMENT", "max": 60}],
    "fit": [{"id": "large", "label": "Large", "group": "what", "points": 20, "when": [{"field": "employees", "op": "gte", "value": 100}]}],
    "people": [
        {"id": "reach", "label": "Engaged people", "group": "who", "points": 10, "engagedFrom": 10, "most": 2},
        {"id": "depth", "label": "What they did", "group": "who", "percent": 50, "most": 1}],
    "grades": {"by": "SCORE", "steps": [{"grade": "HOT", "at": 50}], "lowest": "COLD"},
}


async def test_companies_are_scored_by_their_distinct_engaged_people(clock: Clock) -> None:
    async def begin(tx: Tx) -> Any:
        company = await make_company(tx, employees=500)
        ana, bob, eve = [await make_person(tx) for _ in range(3)]
        await make_contact(tx, ana, company)
        await make_lead(tx, ana, company_id=company)      # the same person twice counts once
        for person in (bob, eve):
            await make_lead(tx, person, company_id=company)
        for person, kind in ((ana, "MEETING"), (bob, "FORM"), (eve, "OPEN")):
            await make_activity(tx, person, kind)
        model, version = await scoring.create_model(tx, "Accounts", COMPANY, subject="COMPANY")
        await scoring.publish(tx, version)
        await worker.people(tx, [job_of(tx, "score.person", {"person_id": str(p)}) for p in (eve, bob, ana, ana)], [None] * 4)
        companies = await jobs(tx, "score.company")
        await worker.companies(tx, companies * 2, [None] * 2)
        return company, ana, bob, model, [job.payload for job in companies]

    company, ana, bob, model, waiting = await clock(begin)
    assert waiting == [{"company_id": str(company)}]

    async def told(tx: Tx) -> Any:
        row = await tx.row("SELECT s.* FROM company_scores s WHERE s.workspace_id = $1 AND s.company_id = $2", tx.workspace, company)
        return row, await scoring.explain_company(tx, company)

    row, found = await clock(told)
    assert (row["score"], row["grade"], row["people"], row["is_default"]) == (53, "HOT", 3, True)
    assert [(c.rule_id, c.person_id, c.counted) for c in found.contributions] == [
        ("large", None, 2000), ("reach", ana, 1000), ("reach", bob, 1000), ("depth", ana, 1250), ("rounding", None, 50)]
    assert (found.score, found.shown, sum(c.counted for c in found.contributions)) == (53, 53, 5300)

    async def afterwards(tx: Tx) -> Any:
        await worker.every_company(tx, await jobs(tx, "score.companies"), [None])
        changed = await tx.fetch("SELECT e.data FROM events e WHERE e.workspace_id = $1 AND e.kind = 'score.changed' AND e.noun = 'Company'", tx.workspace)
        return [e["data"]["changes"] for e in changed]

    assert await clock(afterwards) == [{"score": [None, 53], "grade": [None, "HOT"]}]
    before = await clock(counts)
    for wrong, path in (
        (COMPANY | {"engagement": engaged({"kind": "FORM", "points": 1})["engagement"]}, "engagement"), (COMPANY | {"fit": BUDGET}, "fit[0].when[0]"),
        (COMPANY | {"thresholds": [{"name": "hot", "at": 10, "until": 11}]}, "thresholds[0].until"),
    ):
        with pytest.raises(InvalidRules) as refused:
            await clock(lambda tx, wrong=wrong: scoring.draft(tx, model, wrong))
        assert refused.value.params["path"] == path
    with pytest.raises(InvalidRules):
        await clock(lambda tx: scoring.create_model(tx, "People", COMPANY))
    with pytest.raises(NoSubjectModel):
        await clock(lambda tx: scoring.explain_company(tx, company, model_id=uuid7()))
    assert await clock(counts) == before


async def test_thresholds_of_companies_fire_once_and_their_scores_of_any_past_time_are_explained(clock: Clock) -> None:
    rules = COMPANY | {"thresholds": [{"name": "hot", "at": 50, "until": 30}]}

    async def begin(tx: Tx) -> Any:
        company, ana, bob = await make_company(tx, employees=500), await make_person(tx), await make_person(tx)
        for person in (ana, bob):
            await make_lead(tx, person, company_id=company)
            await make_activity(tx, person, "MEETING")
        _, version = await scoring.create_model(tx, "Accounts", rules, subject="COMPANY")
        await scoring.publish(tx, version)
        return company, ana, bob

    company, ana, bob = await clock(begin)

    async def scored(tx: Tx) -> None:
        await scoring.rescore(tx, [ana, bob])
        await scoring.score_companies(tx, [company])
        await scoring.score_companies(tx, [company])

    async def told(tx: Tx) -> Any:
        said = await tx.fetch(
            "SELECT e.kind, e.data FROM events e WHERE e.workspace_id = $1 AND e.record_id = $2 AND e.kind IN ('score.crossed', 'score.fell') ORDER BY e.id",
            tx.workspace, company)  # fmt: skip
        return [(e["kind"], e["data"]["threshold"], e["data"]["score"]) for e in said]

    async def smaller(tx: Tx, employees: int) -> None:
        before = await tx.value("SELECT c.employees FROM companies c WHERE c.workspace_id = $1 AND c.id = $2", tx.workspace, company)
        await tx.execute("UPDATE companies SET employees = $3 WHERE workspace_id = $1 AND id = $2", tx.workspace, company, employees)
        await events.note(tx, "company.updated", "Company", company, data={"changes": {"employees": [before, employees]}})

    await clock(scored)
    assert await clock(told) == [("score.crossed", "hot", 53)]
    moment = START
    for employees in (10, 500, 10):
        await clock.at(moment := moment + timedelta(hours=1))
        await clock(lambda tx, employees=employees: smaller(tx, employees))
        await clock(scored)
    assert await clock(told) == [("score.crossed", "hot", 53)], "between the threshold and where it ends nothing is told"
    await clock.at(moment := moment + timedelta(days=60))
    await clock(scored)
    assert await clock(told) == [("score.crossed", "hot", 53), ("score.fell", "hot", (await clock(lambda tx: scoring.explain_company(tx, company))).score)]
    await clock.at(moment := moment + timedelta(hours=1))
    await clock(lambda tx: smaller(tx, 500))
    for person in (ana, bob):
        await clock(lambda tx, person=person: make_activity(tx, person, "MEETING"))
    await clock(scored)
    assert [kind for kind, _, _ in await clock(told)] == ["score.crossed", "score.fell", "score.crossed"]

    async def past(tx: Tx) -> Any:
        history = await tx.fetch("SELECT h.at, h.score, h.grade FROM company_score_history h WHERE h.workspace_id = $1 ORDER BY h.at", tx.workspace)
        return [(h["score"], h["grade"]) for h in history], [await scoring.explain_company(tx, company, h["at"] + timedelta(minutes=5)) for h in history]

    history, explained = await clock(past)
    assert history[:4] == [(53, "HOT"), (33, "COLD"), (53, "HOT"), (33, "COLD")]
    assert [(e.score, e.grade, e.shown) for e in explained] == [(score, grade, score) for score, grade in history]
    assert all(sum(c.counted for c in e.contributions) == e.score * 100 for e in explained)
    assert {c.person_id for c in explained[0].contributions} == {None, ana, bob}
    first = await clock(lambda tx: scoring.explain_company(tx, company, START - timedelta(days=1)))
    assert (first.score, first.shown, first.shown_since) == (20, None, None)
    now = await clock(lambda tx: scoring.explain_company(tx, company))
    assert (now.crossed, now.shown, now.shown_since) == (["hot"], now.score, moment)


async def test_several_models_score_at_once_and_lists_show_the_one_chosen(clock: Clock) -> None:
    async def begin(tx: Tx) -> Any:
        person = await director(tx)
        contact = await make_contact(tx, person)
        await make_activity(tx, person, "FORM")
        model = await live(tx, engaged({"kind": "FORM", "points": 60}))
        await scoring.rescore(tx, [person])
        return person, contact, model, await scoring.standings(tx, contact)

    person, contact, model, before = await clock(begin)
    assert [(s.is_default, s.score, s.grade, list(s.crossed)) for s in before] == [(True, 55, "B", ["mql"]), (False, 60, "B", ["mql"])]

    async def choose(tx: Tx) -> Any:
        await scoring.make_default(tx, model)
        await scoring.make_default(tx, model)
        (job,) = await jobs(tx, "score.default")
        await worker.shown(tx, [job], [None])
        await worker.shown(tx, [job], [None])
        rows = await tx.fetch("SELECT s.model_id FROM scores s WHERE s.workspace_id = $1 AND s.is_default", tx.workspace)
        told = await scoring.explain(tx, contact)
        return [r["model_id"] for r in rows], told.model_id, (await scoring.standings(tx, person))[0].model_id

    assert await clock(choose) == ([model], model, model)

    async def unpublished(tx: Tx) -> UUID:
        draft, _ = await scoring.create_model(tx, "Draft", engaged())
        return draft

    draft = await clock(unpublished)
    with pytest.raises(NotScored):
        await clock(lambda tx: scoring.make_default(tx, draft))


@pytest.mark.parametrize("seed", range(EXAMPLES))
async def test_explanation_of_any_past_time_is_the_score_that_was_written_then(clock: Clock, seed: int) -> None:
    r = random.Random(seed)
    person = await clock(director)
    moment = START
    for _ in range(12):
        await clock(lambda tx: live_a_little(tx, person, r))
        moment += timedelta(hours=r.randint(1, 400))
        await clock.at(moment)

    async def told(tx: Tx) -> Any:
        history = await tx.fetch("SELECT h.at, h.score, h.grade FROM score_history h WHERE h.workspace_id = $1 AND h.person_id = $2", tx.workspace, person)
        past = [await scoring.explain(tx, person, h["at"]) for h in history]
        return [(h["score"], h["grade"]) for h in history], past

    history, past = await clock(told)
    assert [(p.score, p.grade) for p in past] == history
    assert all(sum(c.counted for c in p.contributions) == p.score * 100 for p in past)
    assert all(p.shown and (p.shown.score, p.shown.grade) == h for p, h in zip(past, history, strict=True))
    assert len(history) > 1


async def live_a_little(tx: Tx, person: UUID, r: random.Random) -> None:
    """Something happens, in whatever order it is told: now, twice, long ago, or in time to come; a field changes; a click turns out to be a machine's."""
    now = await tx.now()
    what = r.choice(["lived", "lived", "lived", "edited", "read"])
    if what == "lived":
        at = now + r.choice([timedelta(0), timedelta(days=-3), timedelta(days=-3650), timedelta(hours=5)])
        await make_activity(tx, person, r.choice(["FORM", "CLICK", "OPEN", "CALL", "COMPLAINT"]), at=at, direction="INBOUND")
    elif what == "edited":
        before = await tx.value("SELECT p.seniority FROM people p WHERE p.workspace_id = $1 AND p.id = $2", tx.workspace, person)
        after = r.choice(["OWNER", "INTERN", "SENIOR", None])
        await tx.execute("UPDATE people SET seniority = $3 WHERE workspace_id = $1 AND id = $2", tx.workspace, person, after)
        await events.note(tx, "person.updated", "Person", person, person_id=person, data={"changes": {"seniority": [before, after]}})
    else:
        clicks = await tx.fetch(
            "SELECT p.activity_id FROM activity_participants p WHERE p.workspace_id = $1 AND p.person_id = $2 AND p.kind = 'CLICK'", tx.workspace, person)
        await scoring.reread(tx, [row["activity_id"] for row in clicks[:1]], r.choice(["MACHINE", "HUMAN"]))
    await scoring.rescore(tx, [person])


async def test_what_came_over_by_a_merge_was_not_yet_theirs_before_it(clock: Clock) -> None:
    async def begin(tx: Tx) -> Any:
        ana, twin = await director(tx), await make_person(tx)
        await make_activity(tx, twin, "MEETING")
        await scoring.rescore(tx, [ana, twin])
        return ana, twin

    ana, twin = await clock(begin)
    await clock.at(START + timedelta(days=1))

    async def merged(tx: Tx) -> None:
        await merge(tx, "Person", Wish(ana, (twin,)))
        await scoring.rescore(tx, [ana])

    await clock(merged)

    async def told(tx: Tx) -> Any:
        return [(await scoring.explain(tx, ana, at)).engagement for at in (START, START + timedelta(days=1))]

    assert await clock(told) == [0, 24]


async def test_caps_of_zero_count_nothing_and_impossible_numbers_are_refused(clock: Clock) -> None:
    rules = engaged({"kind": "FORM", "points": 20})
    rules["groups"][1]["max"] = 0

    async def verb(tx: Tx) -> Any:
        person = await director(tx)
        await make_activity(tx, person, "FORM")
        model = await live(tx, rules)
        await scoring.rescore(tx, [person], model_id=model)
        told = await scoring.explain(tx, person, model_id=model)
        return await score_of(tx, person, model), [(c.points, c.counted) for c in told.contributions]

    assert await clock(verb) == (0, [(2000, 0)])
    before = await clock(counts)
    for more, path in (({"cap": 0}, "engagement[0].cap"), ({"halfLifeDays": 0}, "engagement[0].halfLifeDays"), ({"windowDays": 0}, "engagement[0].windowDays"),
                       ({"perDay": 0}, "engagement[0].perDay")):
        with pytest.raises(InvalidRules) as refused:
            await clock(lambda tx, more=more: scoring.create_model(tx, uuid7().hex, engaged({"kind": "FORM", "points": 1, **more})))
        assert refused.value.params["path"] == path
    assert await clock(counts) == before


async def closed_lead(tx: Tx, state: str, *kinds: tuple[str, float]) -> UUID:
    """A lead closed a day ago that lived through this, so many days before now."""
    person, now = await make_person(tx), await tx.now()
    for kind, days in kinds:
        await make_activity(tx, person, kind, at=now - timedelta(days=days))
    await insert_closed(tx, person, state, now - timedelta(days=1))
    return person


async def insert_closed(tx: Tx, person: UUID, state: str, at: datetime) -> None:
    lead = await make_lead(tx, person)
    await tx.execute("UPDATE leads SET state = $3, closed_at = $4, created_at = $5 WHERE workspace_id = $1 AND id = $2",
                     tx.workspace, lead, state, at, at - timedelta(days=60))


async def test_a_draft_is_tried_on_everybody_and_on_past_conversions_and_nothing_is_written(clock: Clock) -> None:
    now = engaged({"kind": "FORM", "points": 20, "subjectContains": "webinar"}, {"kind": "CALL", "points": 30})
    draft = engaged({"kind": "FORM", "points": 40, "subjectContains": "webinar"}, {"kind": "CALL", "points": 30}, grades={
        "by": "SCORE", "steps": [{"grade": "A", "at": 40}, {"grade": "B", "at": 20}], "lowest": "C"})

    async def begin(tx: Tx) -> Any:
        model = await live(tx, now)
        ana, bob = await make_person(tx), await make_person(tx)
        await make_activity(tx, ana, "FORM", subject="Webinar: pipelines")
        await make_activity(tx, bob, "CALL")
        won = [await closed_lead(tx, "CONVERTED", ("CALL", 3), ("FORM", 1.01)) for _ in range(2)]   # the form came after the look
        lost = [await closed_lead(tx, "JUNK", ("FORM", 5)) for _ in range(3)]
        for person in (*won[:1], *lost[:1]):
            await make_activity(tx, person, "FORM", subject="webinar", at=await tx.now() - timedelta(days=4))
        people = [ana, bob, *won, *lost]
        await scoring.rescore(tx, people, model_id=model)
        return model, ana

    model, ana = await clock(begin)
    before = await clock(counts)
    found = await clock(lambda tx: scoring.simulate(tx, model, draft, scoring.Wish(movers=2, of=(ana,))))
    assert await clock(counts) == before
    assert (found.people, found.moved) == (7, 3)
    assert [(m.before, m.after, m.people, m.moved) for m in found.migrations] == [
        ("B", "A", 1, 1), ("C", "B", 2, 0), ("D", "A", 2, 2), ("D", "C", 2, 0)]
    assert len(found.movers) == 2
    (told,) = found.asked
    assert (told.person_id, told.score_before, told.grade_before, told.score, told.grade) == (ana, 20, "D", 40, "A")
    assert [(r.rule_id, r.before, r.after) for r in told.reasons] == [("r0", 2000, 4000)]
    assert (found.draft.leads, found.draft.converted, found.draft.graded, found.draft.hits) == (5, 2, 2, 1)
    assert (found.draft.precision, found.draft.recall, found.draft.lift) == (0.5, 0.5, 1.25)
    assert found.live is not None
    assert (found.live.grade, found.live.graded, found.live.precision, found.live.recall, found.live.lift) == ("A", 0, None, 0.0, None)
    for refusal, tried in ((InvalidRules, lambda tx: scoring.simulate(tx, model, {})), (NotFound, lambda tx: scoring.simulate(tx, uuid7(), draft))):
        with pytest.raises(refusal):
            await clock(tried)


async def test_order_repetition_and_partition_of_what_is_told_change_no_score(clock: Clock) -> None:
    """Two people live through the same: one in order and at once, the other backwards, in parts, each part scored twice."""
    r = random.Random(7)
    lived = [(r.choice(["FORM", "CLICK", "OPEN", "CALL"]), START + timedelta(days=r.choice([-3650, -30, -1, 0, 2]), seconds=-n)) for n in range(20)]

    async def verb(tx: Tx) -> Any:
        ana, bob = await director(tx), await director(tx)
        for kind, at in lived:
            await make_activity(tx, ana, kind, at=at, direction="INBOUND")
        await scoring.rescore(tx, [ana])
        for i, (kind, at) in enumerate(reversed(lived)):
            await make_activity(tx, bob, kind, at=at, direction="INBOUND")
            if i % 5 == 4:
                await scoring.rescore(tx, [bob, bob])
                await scoring.rescore(tx, [bob])
        return [await tx.row("SELECT s.score, s.fit, s.engagement, s.grade FROM scores s WHERE s.workspace_id = $1 AND s.person_id = $2",
                             tx.workspace, p) for p in (ana, bob)]

    ana, bob = await clock(verb)
    assert tuple(ana) == tuple(bob)


async def test_predictions_are_a_fact_that_rules_may_ask_for(clock: Clock) -> None:
    likely = [{"id": "likely", "label": "Likely", "group": "fit", "points": 25, "when": [{"field": "chance", "op": "gte", "value": 60}]}]

    async def verb(tx: Tx) -> Any:
        model, person, predictor, now = await live(tx, engaged(fit=likely)), await make_person(tx), uuid7(), await tx.now()
        await insert(tx, "predictors", id=predictor, created_at=now, updated_at=now)
        await insert(tx, "predictions", person_id=person, predictor_id=predictor, percent=60, reasons={}, as_of=now)
        await insert(tx, "prediction_history", id=uuid7(), person_id=person, predictor_id=predictor, percent=60, at=now)
        await scoring.rescore(tx, [person], model_id=model)
        return [(await scoring.explain(tx, person, at, model_id=model)).score for at in (None, now - timedelta(seconds=1))], await score_of(tx, person, model)

    assert await clock(verb) == ([25, 0], 25)
