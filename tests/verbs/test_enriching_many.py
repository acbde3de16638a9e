"""Enrichment of all who match a filter is one change: seen before, told for each, and taken back as one, with what answers brought later."""

from typing import Any
from uuid import UUID

from leadwell import changes, people
from leadwell.access import Viewer
from leadwell.base.actor import Actor
from leadwell.base.tx import Database
from leadwell.changes import Wanted
from tests import builders as make
from tests.enriching import Desk
from tests.internet import Internet
from tests.verbs.test_changes import EVERYTHING
from tests.verbs.test_enrichment import add_person
from tests.verbs.test_waterfall import ACME, says

SHOWN = "SELECT p.name, p.first_name, p.department, p.city FROM people p WHERE p.workspace_id = $1 ORDER BY p.name"


async def test_enrichment_by_filter_is_one_change_and_taken_back_as_one(db: Database, actor: Actor) -> None:
    desk = Desk(db, actor, Internet())
    boss = await desk.run(lambda tx: make.make_user(tx, "Boss", "OWNER"))
    viewer = Viewer.of_user(actor.workspace, boss, "Boss", "OWNER", EVERYTHING)
    await desk.provider("acme")
    ana = await desk.run(lambda tx: add_person(tx, name="Ana Silva", email="ana@firma.de", title="VP Sales"))
    bob = await desk.run(lambda tx: add_person(tx, name="Bob Jones", email="bob@firma.de", title="VP Sales"))
    await desk.run(lambda tx: add_person(tx, name="Cem Kaya", email="cem@firma.de", title="Welder"))
    desk.internet.pages |= {ACME + "ana%40firma.de": says("ana@firma.de", city="Berlin")}
    before = await desk.rows(SHOWN)
    wanted = Wanted("Person", "ENRICH", {"title": {"eq": "VP Sales"}})

    seen = await desk.run(lambda tx: changes.preview(tx, wanted, viewer))
    assert (seen.count, dict(seen.counts)) == (2, {"CHANGED": 2})
    assert seen.examples[0][1].changes["person.department"] == [None, "SALES"]
    assert (await desk.rows(SHOWN), desk.internet.asked) == (before, [])

    id: UUID = await desk.run(lambda tx: changes.ask(tx, wanted, viewer, 2))
    await changes.perform(db, actor.workspace, id)
    await desk.work_off()
    assert [(row["first_name"], row["department"], row["city"]) for row in await desk.rows(SHOWN)] == [
        ("Ana", "SALES", "Berlin"), ("Bob", "SALES", None), (None, None, None)]  # fmt: skip
    causes = await desk.rows("SELECT DISTINCT e.person_id, e.cause_id FROM enrichment_runs e WHERE e.workspace_id = $1 ORDER BY 1")
    assert [(row["person_id"], row["cause_id"]) for row in causes] == [(ana, id), (bob, id)]

    await desk.run(lambda tx: people.edit(tx, bob, {"department": "MARKETING"}))
    await desk.run(lambda tx: changes.ask_revert(tx, id, viewer))
    await changes.revert(db, actor.workspace, id)
    after = await desk.rows(SHOWN)
    assert after == [before[0], {**before[1], "department": "MARKETING"}, before[2]]
    lines = await desk.rows("SELECT r.record_id, r.state, r.message FROM change_rows r WHERE r.workspace_id = $1 ORDER BY r.record_id")
    assert [(row["record_id"], row["state"], row["message"]) for row in lines] == [
        (ana, "REVERTED", None), (bob, "LEFT", "person.department: It has another value by now.")]  # fmt: skip
    await desk.look(ana)
    assert await desk.rows(SHOWN) == after, "what was taken back does not come back by itself"


async def test_an_answer_that_comes_after_the_change_was_taken_back_fills_nothing(db: Database, actor: Actor) -> None:
    desk = Desk(db, actor, Internet())
    boss = await desk.run(lambda tx: make.make_user(tx, "Boss", "OWNER"))
    viewer = Viewer.of_user(actor.workspace, boss, "Boss", "OWNER", EVERYTHING)
    await desk.provider("acme")
    person = await desk.run(lambda tx: add_person(tx, email="ana@firma.de"))
    lead = await desk.run(lambda tx: make.make_lead(tx, person))
    desk.internet.pages |= {ACME + "ana%40firma.de": says("ana@firma.de", city="Berlin")}
    id: UUID = await desk.run(lambda tx: changes.ask(tx, Wanted("Lead", "ENRICH", ids=[lead]), viewer, 1))
    await changes.perform(db, actor.workspace, id)
    waits: Any = "SELECT w.person_id, w.cause_id FROM enrichment_waits w WHERE w.workspace_id = $1"
    assert await desk.rows(waits) == [{"person_id": person, "cause_id": id}]
    await desk.run(lambda tx: changes.ask_revert(tx, id, viewer))
    await changes.revert(db, actor.workspace, id)
    assert await desk.rows(waits) == []
    await desk.work_off()
    assert len(desk.internet.asked) == 1
    assert [row["city"] for row in await desk.rows(SHOWN)] == [None]
