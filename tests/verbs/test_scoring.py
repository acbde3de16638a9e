"""Scores in the database: the compiled statement equals plain Python, writes only what changed, and tells each crossing once."""

import asyncio
import os
import random
from datetime import datetime, timedelta
from math import log2
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from leadwell import events, scoring
from leadwell.base.actor import Actor
from leadwell.base.ids import uuid7
from leadwell.base.refusals import NotFound
from leadwell.base.tx import Database, Tx
from leadwell.embedded.servers import Servers
from leadwell.scoring.compile import compiled
from leadwell.scoring.defaults import DEFAULT
from leadwell.scoring.evaluate import Activity, evaluate
from leadwell.scoring.refusals import InvalidRules, NameTaken, VersionFrozen
from leadwell.scoring.rescoring import live_models
from tests.builders import counts, make_activity, make_company, make_contact, make_lead, make_person
from tests.verbs.scorings import GRADES, START, Clock, clock, director, engaged, events_of, job_of, live
from workers import scoring as worker

__all__ = ["clock"]


async def test_default_model_scores_a_director_with_a_form(clock: Clock) -> None:
    async def verb(tx: Tx) -> Any:
        person = await director(tx)
        await make_activity(tx, person, "FORM")
        (change,) = await scoring.rescore(tx, [person, person])
        return change, await tx.row("SELECT s.* FROM scores s WHERE s.workspace_id = $1 AND s.person_id = $2", tx.workspace, person)

    change, row = await clock(verb)
    assert (change.score, change.grade, change.was_score, list(change.crossed)) == (55, "B", None, ["mql"])
    assert (row["score"], row["fit"], row["engagement"], row["grade"], row["as_of"], row["is_default"]) == (55, 35, 20, "B", START, True)
    # 35 + E stays at or above 50 while E rounds to 15 or more: 20 × 0.5^(t/30 d) = 14.5
    assert abs(row["next_at"] - START - timedelta(days=30 * log2(20 / 14.495))) < timedelta(seconds=5)


async def test_only_changed_rows_are_written_and_history_keeps_each_change(clock: Clock) -> None:
    async def first(tx: Tx) -> tuple[UUID, UUID]:
        people = await director(tx), await director(tx)
        await scoring.rescore(tx, people)
        return people

    a, b = await clock(first)

    async def second(tx: Tx) -> Any:
        place = "SELECT s.person_id, s.ctid::text AS place FROM scores s WHERE s.workspace_id = $1"
        before = {r["person_id"]: r["place"] for r in await tx.fetch(place, tx.workspace)}
        await make_activity(tx, a, "CLICK")
        changes = await scoring.rescore(tx, [a, b])
        after = {r["person_id"]: r["place"] for r in await tx.fetch(place, tx.workspace)}
        history = await tx.fetch("SELECT h.score, h.grade FROM score_history h WHERE h.workspace_id = $1 AND h.person_id = $2 ORDER BY h.id", tx.workspace, a)
        return changes, [p for p in after if after[p] != before[p]], [tuple(h) for h in history]

    changes, moved, history = await clock(second)
    assert [(c.person_id, c.was_score, c.score) for c in changes] == [(a, 35, 40)]
    assert moved == [a]
    assert history == [(35, "C"), (40, "C")]


async def test_threshold_fires_once_until_the_score_has_fallen_below_its_hysteresis(clock: Clock) -> None:
    async def begin(tx: Tx) -> UUID:
        person = await director(tx)
        await make_activity(tx, person, "FORM")
        await scoring.rescore(tx, [person])
        return person

    async def again(tx: Tx) -> tuple[int, int, int]:
        await scoring.rescore(tx, [person])
        row = await tx.value("SELECT s.score FROM scores s WHERE s.workspace_id = $1 AND s.person_id = $2", tx.workspace, person)
        return row, len(await events_of(tx, person, "score.crossed")), len(await events_of(tx, person, "score.fell"))

    async def form(tx: Tx) -> Any:
        await make_activity(tx, person, "FORM")
        return await again(tx)

    person = await clock(begin)
    assert await clock(again) == (55, 1, 0)
    await clock.at(START + timedelta(days=30))
    assert await clock(again) == (45, 1, 0)
    assert await clock(form) == (65, 1, 0)
    await clock.at(START + timedelta(days=120))
    assert await clock(again) == (39, 1, 1)
    assert await clock(form) == (59, 2, 1)


async def test_decay_alone_is_acted_on_at_its_time(clock: Clock) -> None:
    async def begin(tx: Tx) -> UUID:
        person = await director(tx)
        await make_activity(tx, person, "FORM")
        await scoring.rescore(tx, [person])
        return person

    async def planned(tx: Tx) -> datetime:
        return await tx.value("SELECT w.run_at FROM work w WHERE w.workspace_id = $1 AND w.kind = 'score.due' AND w.state = 'READY'", tx.workspace)

    async def come(tx: Tx) -> Any:
        changes = await scoring.due(tx)
        return [(c.was_grade, c.grade, list(c.fallen)) for c in changes]

    await clock(begin)
    looked, at = [], await clock(planned)
    while at < START + timedelta(days=65):
        await clock.at(at)
        looked += await clock(come)
        before, at = at, await clock(planned)
        if before == at:  # one job is ready at a time: the plane would have taken this one
            await clock(lambda tx: tx.execute("DELETE FROM work WHERE workspace_id = $1 AND kind = 'score.due'", tx.workspace))
            await clock(scoring.due)
            at = await clock(planned) or START + timedelta(days=999)
    grades = [step for step in looked if step[0] != step[1] or step[2]]
    assert grades == [("B", "C", []), ("C", "C", ["mql"])]
    assert len(looked) <= 8


async def test_rescoring_after_publication_tells_no_crossing_unless_asked(clock: Clock) -> None:
    async def begin(tx: Tx) -> tuple[UUID, UUID]:
        person = await director(tx)
        model = await live(tx, engaged({"kind": "FORM", "points": 20}))
        await make_activity(tx, person, "FORM")
        await scoring.rescore(tx, [person], model_id=model)
        return person, model

    person, model = await clock(begin)

    async def publish(tx: Tx) -> Any:
        version = await scoring.draft(tx, model, engaged({"kind": "FORM", "points": 60}))
        await scoring.publish(tx, version)
        return await tx.row("SELECT w.payload, w.key FROM work w WHERE w.workspace_id = $1 AND w.kind = 'score.all' AND w.key = $2", tx.workspace, str(version))

    job = await clock(publish)

    async def everybody(tx: Tx) -> Any:
        await worker.everybody(tx, [job_of(tx, "score.all", job["payload"], job["key"])], [None])
        row = await tx.row("SELECT s.score, s.version_id FROM scores s WHERE s.workspace_id = $1 AND s.model_id = $2", tx.workspace, model)
        crossed = await tx.value("SELECT count(*) FROM score_crossings x WHERE x.workspace_id = $1 AND x.model_id = $2", tx.workspace, model)
        quiet = (await events_of(tx, person, "score.changed"))[-1]["quiet"]
        return row["score"], str(row["version_id"]), crossed, await events_of(tx, person, "score.crossed"), quiet

    assert await clock(everybody) == (60, job["payload"]["version_id"], 1, [], True)


async def test_work_of_a_batch_scores_each_person_once_and_quiet_ones_quietly(clock: Clock) -> None:
    async def verb(tx: Tx) -> Any:
        loud, quiet = await director(tx), await director(tx)
        for person in (loud, quiet):
            await make_activity(tx, person, "FORM")
        await worker.people(tx, [job_of(tx, "score.person", {"person_id": str(loud)}) for _ in range(2)], [None] * 2)
        with tx.quietly():
            await worker.people(tx, [job_of(tx, "score.person", {"person_id": str(quiet)})], [None])
        return [[e["threshold"] for e in await events_of(tx, p, "score.crossed")] for p in (loud, quiet)]

    assert await clock(verb) == [["mql"], []]


async def test_everybody_is_rescored_in_turns(clock: Clock) -> None:
    async def verb(tx: Tx) -> Any:
        people = [await make_person(tx) for _ in range(5)]
        model = await tx.value("SELECT m.id FROM scoring_models m WHERE m.workspace_id = $1", tx.workspace)
        after, turns = None, 0
        while True:
            after, turns = await scoring.rescore_after(tx, model, after, 2, quiet=True), turns + 1
            if after is None:
                break
        return len(people), turns, await tx.value("SELECT count(*) FROM scores s WHERE s.workspace_id = $1", tx.workspace)

    assert await clock(verb) == (5, 3, 5)


async def test_job_of_a_version_that_is_no_longer_live_does_nothing(clock: Clock) -> None:
    async def verb(tx: Tx) -> Any:
        await director(tx)
        model = await tx.value("SELECT m.id FROM scoring_models m WHERE m.workspace_id = $1", tx.workspace)
        payload = {"model_id": str(model), "version_id": str(uuid7()), "after": None, "quiet": True}
        await worker.everybody(tx, [job_of(tx, "score.all", payload, str(model))], [None])
        return await tx.value("SELECT count(*) FROM scores s WHERE s.workspace_id = $1", tx.workspace)

    assert await clock(verb) == 0


async def test_score_written_meanwhile_by_another_transaction_is_not_overwritten_from_older_knowledge(clock: Clock) -> None:
    person = await clock(director)
    await clock(lambda tx: scoring.rescore(tx, [person]))

    async def slow(tx: Tx) -> Any:
        await make_activity(tx, person, "CLICK")

        async def other(twin: Tx) -> None:
            await make_activity(twin, person, "FORM")
            await scoring.rescore(twin, [person])

        await clock(other)
        return await scoring.rescore(tx, [person])

    (change,) = await clock(slow)
    assert (change.was_score, change.score) == (55, 60)


async def test_explanation_adds_up_to_the_score_shown_now_and_in_the_past(clock: Clock) -> None:
    async def begin(tx: Tx) -> UUID:
        person = await director(tx)
        await make_activity(tx, person, "FORM")
        await make_activity(tx, person, "CLICK", at=START - timedelta(days=14))
        await scoring.rescore(tx, [person])
        return person

    person = await clock(begin)
    await clock.at(START + timedelta(days=10))

    async def later(tx: Tx) -> Any:
        await tx.execute("UPDATE people SET seniority = 'INTERN', version = version + 1 WHERE workspace_id = $1 AND id = $2", tx.workspace, person)
        await events.note(tx, "person.updated", "Person", person, person_id=person, data={"changes": {"seniority": ["DIRECTOR", "INTERN"]}})
        await make_activity(tx, person, "CLICK")
        await scoring.rescore(tx, [person])

    await clock(later)

    async def told(tx: Tx) -> Any:
        return await scoring.explain(tx, person), await scoring.explain(tx, person, START)

    now, then = await clock(told)
    assert (then.score, then.fit, then.engagement, then.grade) == (58, 35, 23, "B")
    assert [(c.rule_id, c.counted) for c in then.contributions] == [
        ("leads", 1200), ("buys", 500), ("medium", 800), ("named", 500), ("phone", 500), ("form", 2000), ("click", 250), ("rounding", 50)]
    assert (now.fit, now.shown.score if now.shown else None) == (13, now.score)
    for found in (now, then):
        assert sum(c.counted for c in found.contributions) == found.score * 100


async def test_explanation_of_a_score_that_has_only_decayed_explains_the_score_shown(clock: Clock) -> None:
    async def begin(tx: Tx) -> tuple[UUID, UUID]:
        person = await director(tx)
        await make_activity(tx, person, "FORM")
        await scoring.rescore(tx, [person])
        lead = await tx.value("SELECT l.id FROM leads l WHERE l.workspace_id = $1 AND l.person_id = $2", tx.workspace, person)
        return person, lead

    person, lead = await clock(begin)
    await clock.at(START + timedelta(days=8))
    shown = await clock(lambda tx: scoring.explain(tx, lead))
    fresh = await clock(lambda tx: scoring.explain(tx, person, START + timedelta(days=8)))
    assert (shown.person_id, shown.score, shown.at) == (person, 55, START)
    assert (fresh.score, fresh.shown and fresh.shown.score) == (52, 55)
    lines = list(shown)
    assert (lines[-1].what, lines[-2].what) == ("55 points, grade B", "+20.00 Sent a form")


async def test_machine_openings_and_other_workspaces_add_nothing(clock: Clock, db: Database, other_workspace: UUID) -> None:
    async def verb(tx: Tx) -> Any:
        person = await make_person(tx)
        await make_activity(tx, person, "FORM", reading="MACHINE")
        return person, [c.score for c in await scoring.rescore(tx, [person])]

    person, scores = await clock(verb)
    assert scores == [0]

    async def stranger(tx: Tx) -> Any:
        await scoring.defaults(tx)
        return await scoring.rescore(tx, [person])

    assert await db.run(Actor.system(other_workspace), stranger) == []
    with pytest.raises(NotFound):
        await db.run(Actor.system(other_workspace), lambda tx: scoring.explain(tx, person))


async def test_merged_people_are_left_alone_and_never_due_for_ever(clock: Clock) -> None:
    async def verb(tx: Tx) -> Any:
        person, survivor = await director(tx), await make_person(tx)
        await make_activity(tx, person, "FORM")
        await scoring.rescore(tx, [person])
        await tx.execute("UPDATE people SET merged_into = $3 WHERE workspace_id = $1 AND id = $2", tx.workspace, person, survivor)
        return survivor, person

    survivor, person = await clock(verb)
    await clock.at(START + timedelta(days=100))
    assert await clock(scoring.due) == []
    late = "SELECT count(*) FROM scores s WHERE s.workspace_id = $1 AND s.next_at <= $2"
    assert await clock(lambda tx: tx.value(late, tx.workspace, START + timedelta(days=100))) == 0
    assert (await clock(lambda tx: scoring.explain(tx, person))).person_id == survivor


async def test_models_are_drafted_and_published_once(clock: Clock) -> None:
    async def verb(tx: Tx) -> Any:
        model, _ = await scoring.create_model(tx, "Events", engaged({"kind": "FORM", "points": 20}))
        first = await scoring.draft(tx, model, engaged({"kind": "FORM", "points": 30}))
        again = await scoring.draft(tx, model, engaged({"kind": "FORM", "points": 40}))
        await scoring.publish(tx, first)
        await scoring.publish(tx, first)
        second = await scoring.draft(tx, model, engaged({"kind": "FORM", "points": 50}))
        await scoring.publish(tx, second)
        rows = await tx.fetch(
            "SELECT v.id, v.number, v.state, v.rules FROM scoring_versions v WHERE v.workspace_id = $1 AND v.model_id = $2 ORDER BY v.number",
            tx.workspace, model)
        return first == again, first, second, [(r["id"], r["number"], r["state"], r["rules"]["engagement"][0]["points"]) for r in rows]

    same, first, second, versions = await clock(verb)
    assert same
    assert versions == [(first, 1, "RETIRED", 40), (second, 2, "LIVE", 50)]

    before = await clock(counts)
    for refusal, refused in (
        (VersionFrozen, lambda tx: scoring.publish(tx, first)), (NameTaken, lambda tx: scoring.create_model(tx, "Events", engaged())),
        (InvalidRules, lambda tx: scoring.create_model(tx, "Other", {"groups": []})), (NotFound, lambda tx: scoring.publish(tx, uuid7())),
        (NotFound, lambda tx: scoring.draft(tx, uuid7(), engaged())),
    ):
        with pytest.raises(refusal):
            await clock(refused)
    assert await clock(counts) == before


RANDOM_FACTS: dict[str, list[Any]] = {
    "seniority": ["OWNER", "VP", "INTERN", None], "department": ["SALES", "IT", None], "country": ["DE", "US", None], "title": ["Head of SALES", "Büro", None],
    "industry": ["Software", "finance", None], "employees": [5, 20, 500, None], "phone": ["+4930", None],
}
CONDITIONS = [{"field": field, "op": op, "value": value} for field, op, value in (
    ("seniority", "in", ["OWNER", "vp"]), ("department", "eq", "sales"), ("title", "contains", "sales"), ("employees", "gte", 20), ("employees", "lte", 20),
    ("phone", "present", True), ("country", "present", False), ("industry", "in", ["software"]), ("employees", "in", [5, 500]),
)]
RANDOM_KINDS = ["FORM", "CLICK", "OPEN", "EMAIL", "COMPLAINT"]


def random_rules(r: random.Random) -> dict[str, Any]:
    def cap(high: int) -> int | None:
        return r.choice([None, r.randint(1, high)])

    matrix = {"by": "MATRIX", "fit": [-5, 10], "engagement": [5, 20], "grades": [["E", "D", "C"], ["D", "C", "B"], ["C", "B", "A"]]}
    groups = [
        {"id": f"{part[0].lower()}{i}", "label": "G", "part": part, "max": cap(60), "min": r.choice([None, -r.randint(0, 15)])}
        for part in ("FIT", "ENGAGEMENT") for i in range(2)]
    fit = [
        {"id": f"f{i}", "label": "F", "group": f"f{i % 2}", "points": r.randint(-15, 25), "when": r.sample(CONDITIONS, r.randint(1, 2))}
        for i in range(r.randint(0, 5))]
    felt = [
        {
            "id": f"e{i}", "label": "E", "group": f"e{i % 2}", "kind": r.choice(RANDOM_KINDS), "points": r.randint(-10, 25), "cap": cap(40),
            "halfLifeDays": r.choice([None, 1, 7, 30]), "windowDays": r.choice([10, 60, 365]), "perDay": r.choice([None, 1, 2]),
            "direction": r.choice([None, None, "INBOUND"]), "subjectContains": r.choice([None, None, "price"]),
        } for i in range(r.randint(0, 6))]
    return {
        "groups": groups, "fit": fit, "engagement": felt, "grades": r.choice([GRADES, matrix]),
        "thresholds": [{"name": "hot", "at": 30, "until": 20}, {"name": "mql", "at": 50, "until": 50}][: r.randint(0, 2)],
    }


@pytest.mark.parametrize("seed", range(int(os.environ.get("LW_EXAMPLES", "12"))))
async def test_compiled_statement_equals_plain_python_and_no_change_comes_before_its_time(clock: Clock, seed: int) -> None:
    r = random.Random(seed)
    rules = scoring.parse(random_rules(r))
    lived: dict[UUID, list[Activity]] = {}
    facts: dict[UUID, dict[str, Any]] = {}

    async def verb(tx: Tx) -> Any:
        model = await live(tx, random_rules(random.Random(seed)))
        for _ in range(12):
            known = {name: r.choice(values) for name, values in RANDOM_FACTS.items()}
            known["phone"] = known["phone"] and f"+4930{uuid7().int % 10**9}"
            person = await make_person(tx, **{k: known[k] for k in ("seniority", "department", "country", "title", "phone")})
            if r.random() < 0.5:
                await make_contact(tx, person, await make_company(tx, uuid7().hex, industry=known["industry"], employees=known["employees"]))
            else:
                await make_lead(tx, person, industry=known["industry"], employees=known["employees"])
            facts[person], lived[person] = known, []
            for _ in range(r.randint(0, 25)):
                ago = r.choice([0, 86400, 30 * 86400, r.randint(-7200, 86400 * 3), r.randint(0, 400 * 86400)])
                more = {
                    "direction": r.choice(["INBOUND", "OUTBOUND", None]), "subject": r.choice(["The PRICE", "Hello", None]),
                    "reading": r.choice(["HUMAN", "HUMAN", "HUMAN", "MACHINE", "UNCERTAIN"]),
                    "at": START - timedelta(seconds=ago, microseconds=r.randint(0, 10**6)),
                }
                kind = r.choice(RANDOM_KINDS)
                id = await make_activity(tx, person, kind, **more)
                lived[person].append(Activity(id, kind, more["at"], more["direction"], more["subject"], more["reading"]))
        await scoring.rescore(tx, list(facts), model_id=model)
        rows = await tx.fetch("SELECT s.* FROM scores s WHERE s.workspace_id = $1 AND s.model_id = $2", tx.workspace, model)
        await tx.execute("DELETE FROM scores WHERE workspace_id = $1 AND model_id = $2", tx.workspace, model)
        assert await scoring.rescore_after(tx, model, None, 20, quiet=True) is None      # by range instead of by ids
        columns = "s.person_id, s.score, s.fit, s.engagement, s.grade, s.next_at"
        ranged = await tx.fetch(f"SELECT {columns} FROM scores s WHERE s.workspace_id = $1 AND s.model_id = $2", tx.workspace, model)
        assert {tuple(r) for r in ranged} == {tuple(r[c.split(".")[1]] for c in columns.split(", ")) for r in rows}
        told = {person: await scoring.explain(tx, person, model_id=model) for person in facts}
        return {row["person_id"]: row for row in rows}, told

    rows, told = await clock(verb)
    assert set(rows) == set(facts)
    for person, row in rows.items():
        expected = evaluate(rules, facts[person], lived[person], START)
        assert (row["score"], row["fit"], row["engagement"], row["grade"]) == (expected.score, expected.fit, expected.engagement, expected.grade)
        assert list(told[person].contributions) == list(expected.contributions)
        assert nothing_changes_before(rules, facts[person], lived[person], row["next_at"])


def nothing_changes_before(rules: scoring.Rules, facts: dict[str, Any], lived: list[Activity], next_at: datetime | None) -> bool:
    """Grade and side of every threshold stay as they are until shortly before `next_at` (contributions are rounded, the prediction is not);
    what would be due within five minutes is due in five."""
    def state(at: datetime) -> tuple[Any, ...]:
        found = evaluate(rules, facts, lived, at)
        return (found.grade, *(found.score >= level for t in rules.thresholds for level in (t.at, t.until)))

    end = (next_at or START + timedelta(days=800)) - START
    if end <= timedelta(minutes=5):
        return True
    slack = min(end * 0.02, timedelta(hours=3))
    return all(state(START + (end - slack) * part / 40) == state(START) for part in range(41))


async def test_statement_reads_people_and_what_they_did_by_index(clock: Clock, migrated: Servers) -> None:
    """As lw_app, with the plan made for batches, among people whom the planner knows to be many: no scan of a tenant table that grows."""
    some = "SELECT $1, gen_random_uuid(), now(), now() FROM generate_series(1, 2000)"
    await clock(lambda tx: tx.execute(f"INSERT INTO people (workspace_id, id, created_at, updated_at) {some}", tx.workspace))
    owner = await asyncpg.connect(migrated.owner_database_url)
    await owner.execute("ANALYZE people")
    await owner.close()

    async def verb(tx: Tx) -> list[str]:
        made = compiled(scoring.parse(DEFAULT))
        await tx.execute("SET LOCAL enable_seqscan = off")
        rows = await tx.fetch("EXPLAIN " + made.sql, tx.workspace, [uuid7()], START, uuid7(), uuid7(), True, str(uuid7())[:15], *made.values)
        return [r[0] for r in rows]

    plan = "\n".join(await clock(verb))
    for index in ("people_pkey", "person_emails_primary", "leads_person", "activity_participants_person", "scores_pkey"):
        assert index in plan


async def test_how_a_few_of_many_people_are_scored_does_not_hang_on_where_they_lie(clock: Clock) -> None:
    """Statistics know a large table by a hundred stretches: what lies within one would be taken for a single row, and all compared with all."""
    made = compiled(scoring.parse(DEFAULT), "FEW_OF_MANY")
    narrow, wide = [UUID(int=5), UUID(int=6)], [UUID(int=0), UUID(int=2**128 - 1)]

    async def plan(tx: Tx, ids: list[UUID]) -> list[str]:
        await tx.execute("SET LOCAL plan_cache_mode = force_custom_plan")
        rows = await tx.fetch("EXPLAIN " + made.sql, tx.workspace, ids, START, uuid7(), uuid7(), True, str(uuid7())[:15], *made.values)
        return [r[0].partition("  (cost")[0] for r in rows if "(cost" in r[0]]

    assert await clock(lambda tx: plan(tx, narrow)) == await clock(lambda tx: plan(tx, wide))
    person = await clock(director)
    now = await clock(lambda tx: tx.now())

    async def scored(tx: Tx) -> list[tuple[UUID, int]]:
        (live,) = await live_models(tx)
        rows = await tx.fetch(made.sql, tx.workspace, wide, now, live.id, live.version_id, True, str(uuid7())[:15], *made.values)
        return [(r["person_id"], r["score"]) for r in rows if r["what"] == "WRITTEN"]

    assert await clock(scored) == [(person, 35)]


async def test_concurrent_rescores_end_with_the_score_of_all_that_is_committed(clock: Clock) -> None:
    people = [await clock(director) for _ in range(3)]

    async def live_a_little(person: UUID) -> None:
        async def verb(tx: Tx) -> None:
            await make_activity(tx, person, "FORM")

        async def rescore(tx: Tx) -> None:
            await scoring.rescore(tx, people)

        await clock(verb)
        await clock(rescore)

    await asyncio.gather(*(live_a_little(person) for person in people for _ in range(4)))
    rows = await clock(lambda tx: tx.fetch("SELECT s.score FROM scores s WHERE s.workspace_id = $1", tx.workspace))
    assert [row["score"] for row in rows] == [35 + 40] * 3
