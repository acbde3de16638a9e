"""Predictors in the database: learnt from closed leads as they were before they closed, told of open ones, watched."""

import random
import sys
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from leadwell import custom, events, prediction
from leadwell.base.ids import uuid7
from leadwell.base.refusals import NotFound
from leadwell.base.tx import Tx
from leadwell.prediction.examples import Moment, examples
from leadwell.prediction.refusals import NotTrained
from leadwell.prediction.verbs import watch
from tests.builders import counts, insert, make_activity, make_contact, make_lead, make_person
from tests.verbs.scorings import START, Clock, clock, engaged, job_of, live
from workers import scoring as worker

__all__ = ["clock"]


async def seed(tx: Tx, count: int = 240) -> None:
    """Leads closed over a year: those with a form and from Germany are converted more often, and become contacts thereby."""
    r, now = random.Random(3), await tx.now()
    await tx.execute("INSERT INTO people (workspace_id, id, country, created_at, updated_at) SELECT $1, gen_random_uuid(), NULL, $2, $2"
                     " FROM generate_series(1, $3::int)", tx.workspace, now - timedelta(days=500), count)
    status = await tx.row("SELECT s.id, s.pipeline_id FROM lead_statuses s WHERE s.workspace_id = $1 AND s.type = 'NEW' LIMIT 1", tx.workspace)
    assert status is not None
    for i, p in enumerate(await tx.fetch("SELECT p.id FROM people p WHERE p.workspace_id = $1 ORDER BY p.id", tx.workspace)):
        closed = now - timedelta(days=365 - i * 365 / count)
        german, formed = r.random() < 0.5, r.random() < 0.5
        won = r.random() < 0.1 + 0.3 * german + 0.4 * formed
        await tx.execute("UPDATE people SET country = $3 WHERE workspace_id = $1 AND id = $2", tx.workspace, p["id"], "DE" if german else "US")
        await insert(tx, "leads", id=uuid7(), person_id=p["id"], pipeline_id=status["pipeline_id"], status_id=status["id"], status_since=now,
                     state="CONVERTED" if won else "JUNK", closed_at=closed, created_at=closed - timedelta(days=30), updated_at=now)
        if formed:
            await make_activity(tx, p["id"], "FORM", at=closed - timedelta(days=3))
        if won:
            await make_activity(tx, p["id"], "MEETING", at=closed - timedelta(minutes=5))


async def trained(clock: Clock) -> UUID:
    id = await clock(prediction.ask)
    found = await prediction.learn(clock.db, clock.actor, id)
    await clock(lambda tx: prediction.settle(tx, id, found))
    await clock(lambda tx: prediction.settle(tx, id, found))
    return id


async def row_of(tx: Tx, id: UUID) -> Any:
    return await tx.row("SELECT p.* FROM predictors p WHERE p.workspace_id = $1 AND p.id = $2", tx.workspace, id)


async def test_a_predictor_is_trained_adopted_told_and_watched(clock: Clock) -> None:
    pytest.importorskip("sklearn", reason="the extra predict is not installed")
    await clock(seed)
    id = await trained(clock)
    row = await clock(lambda tx: row_of(tx, id))
    assert (row["state"], row["version"], row["card"]["leads"], row["card"]["heldOut"]) == ("READY", 2, 240, 72)
    assert row["card"]["auc"] > 0.65
    # the meeting came after the look, so nothing of it was learnt
    assert [f["out"] for f in row["card"]["features"] if f["name"].startswith("meeting")] == ["SAME"] * 3

    async def adopt(tx: Tx) -> Any:
        ana, bob = await make_person(tx, country="DE"), await make_person(tx, country="US")
        for person in (ana, bob):
            await make_lead(tx, person)
        await make_activity(tx, ana, "FORM")
        likely = {"id": "likely", "label": "Likely", "group": "fit", "points": 25, "when": [{"field": "chance", "op": "gte", "value": 50}]}
        model = await live(tx, engaged(fit=[likely], grades={"by": "SCORE", "steps": [{"grade": "A", "at": 25}], "lowest": "B"}))
        await prediction.adopt(tx, id)
        await prediction.adopt(tx, id)
        await worker.chances(tx, [job_of(tx, "score.predict", {"predictor_id": str(id), "after": None}, str(id))], [None])
        grades = await tx.fetch("SELECT s.person_id, s.grade FROM scores s WHERE s.workspace_id = $1 AND s.model_id = $2", tx.workspace, model)
        found = {r["person_id"]: r["grade"] for r in grades}
        again = await prediction.predict(tx, [ana, bob])
        return ana, await prediction.chance_of(tx, ana), await prediction.chance_of(tx, bob), found[ana], found[bob], again

    ana, likely, unlikely, best, rest, again = await clock(adopt)
    assert likely.percent > 60 > 40 > unlikely.percent
    assert (best, rest, again) == ("A", "B", 0)
    assert likely.base + sum(r.weight for r in likely.reasons) == likely.log_odds
    assert {r.feature for r in likely.reasons} >= {"person.country", "form.30_days"}

    async def close(tx: Tx) -> Any:
        await tx.execute("UPDATE leads SET state = 'JUNK', closed_at = $3 WHERE workspace_id = $1 AND person_id = $2", tx.workspace, ana, await tx.now())
        await prediction.predict(tx, [ana])
        history = await tx.fetch("SELECT h.percent FROM prediction_history h WHERE h.workspace_id = $1 AND h.person_id = $2 ORDER BY h.id", tx.workspace, ana)
        return [h["percent"] for h in history]

    assert await clock(close) == [likely.percent, None]
    with pytest.raises(NotFound):
        await clock(lambda tx: prediction.chance_of(tx, ana))
    await clock.at(START + timedelta(days=30))

    async def slump(tx: Tx) -> Any:
        await tx.execute("UPDATE leads SET closed_at = $2 WHERE workspace_id = $1 AND state = 'JUNK'", tx.workspace, await tx.now())
        alarms = [await watch(tx, id, START) for _ in range(2)]
        return alarms, await tx.value("SELECT count(*) FROM events e WHERE e.workspace_id = $1 AND e.kind = 'predictor.drifted'", tx.workspace)

    assert await clock(slump) == ([True, True], 1)


async def test_what_cannot_be_learnt_is_refused_with_its_reason_and_cannot_be_adopted(clock: Clock) -> None:
    id = await trained(clock)
    row = await clock(lambda tx: row_of(tx, id))
    assert row["state"] == "REFUSED"
    assert row["refusal"].startswith("There are 0 closed leads, 0 of them converted: it takes 200 leads")
    before = await clock(counts)
    for refusal, unknown in ((NotTrained, id), (NotFound, uuid7())):
        with pytest.raises(refusal):
            await clock(lambda tx, unknown=unknown: prediction.adopt(tx, unknown))
    assert await clock(counts) == before
    assert await prediction.learn(clock.db, clock.actor, id) is None


async def test_without_the_extra_the_refusal_says_how_to_install_it(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "threadpoolctl", None)   # as the interpreter finds it where it is not installed
    await clock(seed)
    id = await trained(clock)
    row = await clock(lambda tx: row_of(tx, id))
    assert (row["state"], "predict" in row["refusal"], "scikit-learn" in row["refusal"]) == ("REFUSED", True, True)


async def test_features_are_those_of_the_time_and_not_of_what_came_after(clock: Clock) -> None:
    async def begin(tx: Tx) -> Any:
        person = await make_person(tx, country="DE", phone=f"+4930{uuid7().int % 10**9}")
        lead = await make_lead(tx, person, employees=50)
        await custom.define(tx, custom.NewField(noun="Lead", key="budget", label="Budget", type="INT"))
        await custom.define(tx, custom.NewField(noun="Person", key="vip", label="VIP", type="FLAG"))
        await custom.write(tx, "Person", person, {"vip": True})
        for kind, days in (("FORM", 2), ("FORM", 40), ("CALL", 400), ("CLICK", -1)):
            await make_activity(tx, person, kind, at=START - timedelta(days=days))
        return person, lead

    person, lead = await clock(begin)
    await clock.at(START + timedelta(days=2))

    async def later(tx: Tx) -> Any:
        changes = await custom.write(tx, "Lead", lead, {"budget": 7})
        await events.note(tx, "lead.updated", "Lead", lead, person_id=person, data={"changes": changes})
        await tx.execute("UPDATE people SET country = 'US' WHERE workspace_id = $1 AND id = $2", tx.workspace, person)
        await events.note(tx, "person.updated", "Person", person, person_id=person, data={"changes": {"country": ["DE", "US"]}})
        await make_contact(tx, person, type="CUSTOMER")
        return [(await examples(tx, [Moment(person, lead, at)], past=past))[0] for at, past in ((START, True), (await tx.now(), False))]

    then, now = await clock(later)
    names = ("person.country", "contact.type", "custom.Lead.budget", "custom.Person.vip", "company.employees", "person.phone", "form.30_days",
             "form.180_days", "form.days_ago", "call.180_days", "click.30_days", "click.days_ago")
    assert [then[n] for n in names] == ["DE", None, None, "True", 50, "yes", 1.0, 2.0, 2.0, 0.0, 0.0, None]
    assert [now[n] for n in names] == ["US", "CUSTOMER", 7, "True", 50, "yes", 1.0, 2.0, 4.0, 0.0, 1.0, 1.0]
    assert then.keys() == now.keys()

