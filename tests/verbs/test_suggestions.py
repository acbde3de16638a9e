"""Suggestions are decided one by one and in bulk, and a run of enrichment can be taken back."""

from uuid import UUID

import pytest

from leadwell import companies, enrichment, people
from leadwell.base.actor import Actor
from leadwell.base.ids import uuid7
from leadwell.base.refusals import NotFound
from leadwell.base.tx import Database
from leadwell.enrichment import RunUndone
from leadwell.enrichment.suggestions import TooManySuggestions
from tests.enriching import PERSON, Desk
from tests.internet import Internet
from tests.verbs.test_enrichment import add_company, add_person
from tests.verbs.test_waterfall import SITE


@pytest.fixture
def desk(db: Database, actor: Actor) -> Desk:
    return Desk(db, actor, Internet())


async def suggested(desk: Desk) -> dict[str, UUID]:
    """A person and a lead with typed values and a provider that knows better: open suggestions by field."""
    lead = {**PERSON["fields"], "lead.industry": "/industry"}
    await desk.provider(mapping={**PERSON, "fields": lead})
    id = await desk.run(lambda tx: add_person(tx, email="ana@firma.de", title="CFO", city="Wien", lead={"industry": "Tin", "company_name": "Firma"}))
    await answer(desk, "ana@firma.de")
    await desk.look(id)
    rows = await desk.rows("SELECT s.id, s.field FROM field_suggestions s WHERE s.workspace_id = $1 AND s.state = 'OPEN'")
    return {row["field"]: row["id"] for row in rows} | {"person": id}


async def answer(desk: Desk, key: str) -> None:
    """Nobody is asked for what a person has typed; what the provider says comes to be known because of somebody else."""
    (provider,) = await desk.rows("SELECT e.* FROM enrichment_providers e WHERE e.workspace_id = $1")
    said = {"person.title": "CEO", "person.city": "Bonn", "lead.industry": "Steel"}
    await desk.run(lambda tx: enrichment.answered(tx, provider["id"], key, None, enrichment.Answer("FOUND", values=said)))


async def states(desk: Desk) -> dict[str, str]:
    return {row["field"]: row["state"] for row in await desk.rows("SELECT s.field, s.state FROM field_suggestions s WHERE s.workspace_id = $1")}


async def test_accepted_suggestions_become_a_persons_word(desk: Desk) -> None:
    made = await suggested(desk)
    ids = [made["title"], made["industry"], made["title"]]
    decided = await desk.run(lambda tx: enrichment.accept_suggestions(tx, ids))
    assert (decided.done, decided.left) == ((made["title"], made["industry"]), {})
    assert await states(desk) == {"title": "ACCEPTED", "industry": "ACCEPTED", "city": "OPEN"}
    assert await desk.rows("SELECT p.title, p.city, l.industry FROM people p JOIN leads l ON l.workspace_id = $1 AND l.person_id = p.id "
                           "WHERE p.workspace_id = $1") == [{"title": "CEO", "city": "Wien", "industry": "Steel"}]  # fmt: skip
    origins = await desk.rows("SELECT f.field, f.source, f.provider FROM field_provenance f WHERE f.workspace_id = $1 AND f.field IN ('title', 'industry') "
                              "ORDER BY f.field")  # fmt: skip
    assert origins == [{"field": name, "source": "HUMAN", "provider": "acme"} for name in ("industry", "title")]
    again = await desk.run(lambda tx: enrichment.accept_suggestions(tx, ids))
    assert again.done == decided.done
    (count,) = await desk.rows("SELECT count(*) AS n FROM events e WHERE e.workspace_id = $1 AND e.kind = 'suggestion.accepted'")
    assert count == {"n": 2}


async def test_what_cannot_be_accepted_is_left_and_says_why(desk: Desk) -> None:
    made = await suggested(desk)
    await desk.run(lambda tx: people.edit(tx, made["person"], {"title": "COO"}))
    await desk.run(lambda tx: enrichment.dismiss_suggestions(tx, [made["city"]]))
    strange = uuid7()
    decided = await desk.run(lambda tx: enrichment.accept_suggestions(tx, [made["title"], made["city"], strange, made["industry"]]))
    assert (decided.done, {id: code for id, (code, _) in decided.left.items()}) == (
        (made["industry"],), {made["title"]: "SUGGESTION_STALE", made["city"]: "SUGGESTION_DECIDED", strange: "NOT_FOUND"})
    assert await desk.rows("SELECT p.title, p.city FROM people p WHERE p.workspace_id = $1") == [{"title": "COO", "city": "Wien"}]
    with pytest.raises(TooManySuggestions):
        await desk.run(lambda tx: enrichment.dismiss_suggestions(tx, [uuid7() for _ in range(501)]))


async def test_dismissed_value_is_neither_suggested_nor_filled_again(desk: Desk) -> None:
    made = await suggested(desk)
    await desk.run(lambda tx: enrichment.dismiss_suggestions(tx, [made["title"], made["city"], made["industry"]]))
    await desk.run(lambda tx: tx.execute("UPDATE people SET city = NULL WHERE workspace_id = $1", tx.workspace))
    await desk.look(made["person"])
    assert set((await states(desk)).values()) == {"DISMISSED"}
    assert await desk.rows("SELECT p.city FROM people p WHERE p.workspace_id = $1") == [{"city": None}]


async def filled(desk: Desk) -> tuple[UUID, UUID, UUID]:
    """A person, lead and company filled by one look; the person, the company and the run that changed most."""
    company = await desk.run(lambda tx: add_company(tx, "Acme", "acme.de"))
    await desk.provider("website", "WEBSITE")
    desk.internet.pages["acme.de/"] = SITE
    id = await desk.run(lambda tx: add_person(tx, name="Ana Maria Silva", email="ana@acme.de", title="CFO", lead={}))
    await desk.look(id)
    runs = await desk.rows("SELECT e.id FROM enrichment_runs e WHERE e.workspace_id = $1 ORDER BY e.at, e.id")
    return id, company, runs[0]["id"]


async def test_undo_restores_what_the_run_changed_and_nobody_touched_since(desk: Desk) -> None:
    id, company, run = await filled(desk)
    (lead,) = await desk.rows("SELECT l.id, l.company_id, l.company_name FROM leads l WHERE l.workspace_id = $1")
    assert (lead["company_id"], lead["company_name"]) == (company, "Acme")
    await desk.run(lambda tx: people.edit(tx, id, {"seniority": "VP"}))
    undone = await desk.run(lambda tx: enrichment.undo_run(tx, run))
    assert [(c["field"], c["why"]) for c in undone.left] == [("company_website", "CHANGED"), ("seniority", "CHANGED")]   # the site knew better
    (person,) = await desk.rows("SELECT p.* FROM people p WHERE p.workspace_id = $1")
    assert [person[name] for name in ("name", "first_name", "last_name", "department", "seniority", "title")] == [
        "Ana Maria Silva", None, None, None, "VP", "CFO"]  # fmt: skip
    (lead,) = await desk.rows("SELECT l.company_id, l.company_match, l.company_name FROM leads l WHERE l.workspace_id = $1")
    assert lead == {"company_id": None, "company_match": None, "company_name": None}
    with pytest.raises(RunUndone):
        await desk.run(lambda tx: enrichment.undo_run(tx, run))


async def test_undone_values_stay_away_and_what_was_said_before_counts_again(desk: Desk) -> None:
    id, company, _ = await filled(desk)
    runs = await desk.rows("SELECT e.id FROM enrichment_runs e WHERE e.workspace_id = $1 AND e.changes @> '[{\"noun\": \"Company\"}]'")
    await desk.run(lambda tx: companies.update(tx, company, {"city": "Potsdam"}))
    undone = await desk.run(lambda tx: enrichment.undo_run(tx, runs[0]["id"]))
    assert {c["field"] for c in undone.restored} == {"country", "phone", "website", "company_website"}
    assert await desk.rows("SELECT f.provider, f.value FROM field_provenance f WHERE f.workspace_id = $1 AND f.field = 'company_website'") == [
        {"provider": "company", "value": "acme.de"}]  # fmt: skip
    (found,) = await desk.rows("SELECT c.city, c.country, c.phone FROM companies c WHERE c.workspace_id = $1")
    assert found == {"city": "Potsdam", "country": None, "phone": None}
    await desk.look(id)
    assert await desk.rows("SELECT c.city, c.country FROM companies c WHERE c.workspace_id = $1") == [{"city": "Potsdam", "country": None}]
    assert await desk.rows("SELECT f.field FROM field_provenance f WHERE f.workspace_id = $1 AND f.record_id = $2", company) == [{"field": "city"}]


async def test_run_of_a_sealed_lead_leaves_the_lead(desk: Desk) -> None:
    _, _, run = await filled(desk)
    await desk.run(lambda tx: tx.execute("UPDATE leads SET state = 'CONVERTED' WHERE workspace_id = $1", tx.workspace))
    undone = await desk.run(lambda tx: enrichment.undo_run(tx, run))
    assert {(c["noun"], c["why"]) for c in undone.left} == {("Lead", "SEALED")}


async def test_run_of_another_workspace_is_not_found(desk: Desk, other_workspace: UUID) -> None:
    _, _, run = await filled(desk)
    with pytest.raises(NotFound):
        await desk.db.run(Actor.system(other_workspace), lambda tx: enrichment.undo_run(tx, run))
    assert await desk.rows("SELECT e.undone_at FROM enrichment_runs e WHERE e.workspace_id = $1 AND e.id = $2", run) == [{"undone_at": None}]
