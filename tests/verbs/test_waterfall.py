"""Providers outside are asked in order, once, within budget, and only for what is missing."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from leadwell import enrichment
from leadwell.base.actor import Actor
from leadwell.base.ids import uuid7
from leadwell.base.tx import Database
from leadwell.catalog import BadFilter
from leadwell.enrichment import Answer, BadPolicy, Question
from tests.enriching import PERSON, Desk
from tests.internet import Internet
from tests.mailing import OneWorkspace
from tests.verbs.test_enrichment import add_company, add_person
from workers.drain import Drain
from workers.enrichment import AT_ONCE, KINDS

ACME, BETA = "api.example/people?email=", "beta.example/people?email="
BETA_MAP = {**PERSON, "url": "https://beta.example/people?email={email}"}
SITE = ('<script type="application/ld+json">{"@type": "Organization", "name": "Acme GmbH", "telephone": "+49 30 20930", "address": '
        '{"addressLocality": "Berlin", "addressCountry": "DE"}}</script>')  # fmt: skip


@pytest.fixture
def desk(db: Database, actor: Actor) -> Desk:
    return Desk(db, actor, Internet())


async def person(desk: Desk, email: str = "ana@firma.de", **more: Any) -> UUID:
    return await desk.run(lambda tx: add_person(tx, email=email, **more))


async def shown(desk: Desk, id: UUID) -> tuple[Any, ...]:
    (row,) = await desk.rows("SELECT p.title, p.city FROM people p WHERE p.workspace_id = $1 AND p.id = $2", id)
    return row["title"], row["city"]


def says(email: str, **fields: Any) -> httpx.Response:
    return httpx.Response(200, json={"email": email, **fields})


async def test_company_is_filled_from_its_site_which_is_read_once_for_everybody(desk: Desk) -> None:
    company = await desk.run(lambda tx: add_company(tx, "Acme", "acme.de"))
    desk.internet.pages |= {"acme.de/": SITE}
    await desk.provider("website", "WEBSITE")
    people = [await person(desk, f"{name}@acme.de", lead={}) for name in ("ana", "bob")]
    await desk.look(*people)
    (found,) = await desk.rows("SELECT c.city, c.country, c.phone, c.website, c.version FROM companies c WHERE c.workspace_id = $1 AND c.id = $2", company)
    assert found == {"city": "Berlin", "country": "DE", "phone": "+493020930", "website": "https://acme.de", "version": 2}
    assert await desk.rows("SELECT l.company_name AS name FROM leads l WHERE l.workspace_id = $1") == [{"name": "Acme"}] * 2
    origins = await desk.rows("SELECT f.source, f.provider, f.evidence FROM field_provenance f WHERE f.workspace_id = $1 AND f.record_id = $2", company)
    assert origins == [{"source": "PROVIDER", "provider": "website", "evidence": {"asked": "acme.de"}}] * 4
    assert desk.internet.asked == ["acme.de/robots.txt", "acme.de/"]
    (answer,) = await desk.rows("SELECT a.state, a.found -> 'name' AS name FROM enrichment_answers a WHERE a.workspace_id = $1")
    assert answer == {"state": "FOUND", "name": "Acme GmbH"}
    steps = await desk.rows("SELECT e.steps FROM enrichment_runs e WHERE e.workspace_id = $1 AND e.person_id = $2 ORDER BY e.at, e.id", people[0])
    assert [row["steps"][0]["state"] for row in steps] == ["ASKED", "FOUND"]
    await desk.look(*people)
    assert len(desk.internet.asked) == 2


async def test_waterfall_stops_at_the_first_valid_value(desk: Desk) -> None:
    await desk.provider("acme")
    await desk.provider("beta", mapping=BETA_MAP)
    await desk.policy({"person.title": [{"provider": "acme"}, {"provider": "beta"}], "person.city": [{"provider": "beta"}]})
    first, second, third = [await person(desk, f"{name}@firma.de") for name in ("ana", "bob", "cem")]
    desk.internet.pages |= {
        ACME + "ana%40firma.de": says("ana@firma.de", title="CFO", city="Wien"), BETA + "ana%40firma.de": says("ana@firma.de", title="CEO", city="Bonn"),
        BETA + "bob%40firma.de": says("bob@firma.de", title="CEO"),
        ACME + "cem%40firma.de": says("cem@firma.de", title=" "), BETA + "cem%40firma.de": says("x@firma.de"),
    }  # fmt: skip
    await desk.look(first, second, third)
    assert [await shown(desk, id) for id in (first, second, third)] == [("CFO", "Bonn"), ("CEO", None), (None, None)]
    states = await desk.rows("SELECT a.key, a.state FROM enrichment_answers a JOIN enrichment_providers p ON p.workspace_id = $1 AND p.id = a.provider_id "
                             "WHERE a.workspace_id = $1 ORDER BY p.code, a.key")  # fmt: skip
    assert [row["state"] for row in states] == ["FOUND", "MISS", "MISS", "FOUND", "FOUND", "REJECTED"]


async def test_nobody_is_asked_for_what_is_known_locked_or_found_by_ourselves(desk: Desk) -> None:
    await desk.provider("acme")
    await desk.policy({"person.title": [{"provider": "acme"}], "person.city": []})
    known = await person(desk, title="Boss")
    assert (await desk.run(lambda tx: enrichment.preview(tx, known))).asks == []
    blank = await person(desk, "bob@firma.de")
    await desk.run(lambda tx: tx.execute(
        "INSERT INTO field_provenance (workspace_id, noun, record_id, field, source, locked, at) VALUES ($1, 'Person', $2, 'title', 'PROVIDER', true, now())",
        tx.workspace, blank))  # fmt: skip
    await desk.look(known, blank)
    assert (desk.internet.asked, await shown(desk, known), await shown(desk, blank)) == ([], ("Boss", None), (None, None))


async def test_condition_decides_who_is_asked_about(desk: Desk) -> None:
    await desk.provider("acme")
    await desk.policy({"person.title": [{"provider": "acme", "when": {"country": {"in": ["DE", "AT"]}}}], "person.city": []})
    await desk.look(await person(desk, "ana@firma.io", country="DE"), await person(desk, "bob@firma.io", country="US"))
    assert desk.internet.asked == [ACME + "ana%40firma.io"]


async def test_dry_run_shows_exactly_what_enriching_changes_and_changes_nothing(desk: Desk) -> None:
    await desk.provider("acme", cost=3)
    id = await person(desk, name="Ana Maria Silva")
    before = await desk.run(lambda tx: enrichment.preview(tx, id))
    assert ([(a.provider, a.key, a.credits) for a in before.asks], desk.internet.asked) == ([("acme", "ana@firma.de", 3)], [])
    assert await desk.rows("SELECT 1 FROM enrichment_runs e WHERE e.workspace_id = $1") == []
    would = {(d.proposal.noun, d.proposal.field): d.proposal.value for d in before.decisions if d.action == "FILL"}
    await desk.run(lambda tx: enrichment.enrich_people(tx, [id]))
    (run,) = await desk.rows("SELECT e.changes FROM enrichment_runs e WHERE e.workspace_id = $1")
    assert {(c["noun"], c["field"]): c["after"] for c in run["changes"]} == would
    assert ("Person", "first_name") in would


async def test_credits_are_reserved_settled_and_never_more_than_the_budget(desk: Desk) -> None:
    id = await desk.provider("acme", cost=2, monthly_budget=4, charges_misses=False)
    desk.internet.pages |= {ACME + f"{name}%40firma.de": says(f"{name}@firma.de", title="CEO") for name in ("ana", "cem")}
    for name in ("ana", "bob", "cem", "dan"):   # bob is a miss, which costs nothing
        await desk.look(await person(desk, f"{name}@firma.de"))
    (gate,) = await desk.rows("SELECT g.spent, g.breaker FROM enrichment_gates g WHERE g.workspace_id = $1 AND g.provider_id = $2", id)
    assert (gate, len(desk.internet.asked)) == ({"spent": 4, "breaker": "CLOSED"}, 3)
    answers = await desk.rows("SELECT a.state, a.credits, a.reason FROM enrichment_answers a WHERE a.workspace_id = $1 ORDER BY a.key")
    assert [(a["state"], a["credits"]) for a in answers] == [("FOUND", 2), ("MISS", 0), ("FOUND", 2), ("SKIPPED", 0)]
    assert answers[3]["reason"] == "Its credits of the month are spent."
    assert await desk.rows("SELECT 1 FROM enrichment_holds h WHERE h.workspace_id = $1") == []


async def test_reservation_of_a_killed_worker_is_released(desk: Desk) -> None:
    id = await desk.provider("acme", cost=1, monthly_budget=1)

    async def turn(key: str) -> Any:
        return await desk.run(lambda tx: enrichment.take_turn(tx, id, key, uuid7()))

    assert isinstance(await turn("ana@firma.de"), Question)    # and the worker is killed
    assert isinstance(await turn("bob@firma.de"), Answer)      # its credit is still held
    assert isinstance(await turn("ana@firma.de"), Question)    # the job, claimed again, takes its own hold over
    await desk.run(lambda tx: tx.execute("UPDATE enrichment_holds SET expires_at = now() - interval '1 s' WHERE workspace_id = $1", tx.workspace))
    assert isinstance(await turn("bob@firma.de"), Question)
    assert [row["key"] for row in await desk.rows("SELECT h.key FROM enrichment_holds h WHERE h.workspace_id = $1")] == ["bob@firma.de"]


class Crowd(Internet):
    """Lets nobody go before as many as are allowed ask at once; `most` says how many ever did."""

    def __init__(self) -> None:
        super().__init__()
        self.busy, self.most, self.full = 0, 0, asyncio.Event()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.busy += 1
        self.most = max(self.most, self.busy)
        if self.busy == AT_ONCE:
            self.full.set()
        await self.full.wait()
        self.busy -= 1
        return await super().handle_async_request(request)


async def test_several_are_asked_about_at_once_within_what_is_allowed_and_the_budget_holds(db: Database, actor: Actor) -> None:
    desk = Desk(db, actor, crowd := Crowd())
    id = await desk.provider("acme", cost=1, monthly_budget=12, per_minute=100_000)
    names = [f"p{i}@firma{i}.de" for i in range(20)]
    crowd.pages |= {ACME + name.replace("@", "%40"): says(name, title="CEO") for name in names}
    people = [await person(desk, name) for name in names]
    await desk.run(lambda tx: enrichment.enqueue(tx, people))
    drain = Drain(replace(desk.kit, db=OneWorkspace(db, actor.workspace)), KINDS)
    for _ in range(4):
        await drain.queue("enrich")
        await drain.idle()
    assert (crowd.most, len(crowd.asked)) == (AT_ONCE, 12)
    (gate,) = await desk.rows("SELECT g.spent, g.breaker FROM enrichment_gates g WHERE g.workspace_id = $1 AND g.provider_id = $2", id)
    assert gate == {"spent": 12, "breaker": "CLOSED"}
    states = await desk.rows("SELECT a.state, count(*) AS n FROM enrichment_answers a WHERE a.workspace_id = $1 GROUP BY a.state ORDER BY a.state")
    assert states == [{"state": "FOUND", "n": 12}, {"state": "SKIPPED", "n": 8}]
    assert await desk.rows("SELECT 1 FROM enrichment_holds h WHERE h.workspace_id = $1") == []
    assert [(await shown(desk, one))[0] for one in people].count("CEO") == 12


async def test_rate_is_kept(desk: Desk) -> None:
    id = await desk.provider("acme", per_minute=1)
    turns = [await desk.run(lambda tx, key=key: enrichment.take_turn(tx, id, key, uuid7())) for key in ("a@firma.de", "b@firma.de")]
    assert isinstance(turns[0], Question)
    assert isinstance(turns[1], timedelta)
    assert timedelta(seconds=30) < turns[1] < timedelta(seconds=61)


async def test_provider_that_fails_is_tried_again_then_left_alone_and_the_next_one_is_asked(desk: Desk) -> None:
    await desk.provider("acme", cost=1)
    await desk.provider("beta", mapping=BETA_MAP)
    desk.internet.pages |= {ACME + f"{n}%40firma.de": httpx.Response(500) for n in ("ana", "bob", "cem")}
    desk.internet.pages |= {BETA + f"{n}%40firma.de": says(f"{n}@firma.de", title="CEO") for n in ("ana", "bob", "cem")}
    ids = [await person(desk, f"{name}@firma.de") for name in ("ana", "bob", "cem")]
    await desk.look(ids[0])
    assert (desk.internet.asked.count(ACME + "ana%40firma.de"), await shown(desk, ids[0])) == (3, ("CEO", None))
    await desk.look(ids[1])
    (gate,) = await desk.rows("SELECT g.breaker, g.failures, g.spent, g.reason FROM enrichment_gates g JOIN enrichment_providers p ON p.workspace_id = $1 "
                              "AND p.id = g.provider_id WHERE g.workspace_id = $1 AND p.code = 'acme'")  # fmt: skip
    assert gate == {"breaker": "OPEN", "failures": 5, "spent": 0, "reason": "It answered 500."}
    asked = len(desk.internet.asked)
    await desk.look(ids[2])
    (left,) = await desk.rows("SELECT a.expires_at - a.at < interval '20 minutes' AS soon FROM enrichment_answers a WHERE a.workspace_id = $1 "
                              "AND a.key = 'cem@firma.de' AND a.state = 'SKIPPED'")  # fmt: skip
    assert left == {"soon": True}
    assert (desk.internet.asked[asked:], await shown(desk, ids[2])) == ([BETA + "cem%40firma.de"], ("CEO", None))
    (again,) = await desk.rows("SELECT e.refresh_at IS NOT NULL AS soon FROM enrichment_runs e WHERE e.workspace_id = $1 AND e.person_id = $2 "
                               "ORDER BY e.at DESC, e.id DESC LIMIT 1", ids[2])  # fmt: skip
    assert again == {"soon": True}


async def test_person_whose_last_look_is_too_old_is_looked_at_again_and_expired_answers_are_asked_for_again(desk: Desk) -> None:
    await desk.provider("acme")
    await desk.policy({}, refreshDays=30)
    id = await person(desk)
    desk.internet.pages[ACME + "ana%40firma.de"] = says("ana@firma.de", title="CEO")
    await desk.look(id)
    assert await desk.run(enrichment.refresh_due) == 0
    due = "UPDATE enrichment_runs SET refresh_at = lw_clock($1) WHERE workspace_id = $1 AND refresh_at IS NOT NULL"
    await desk.run(lambda tx: tx.execute(due, tx.workspace))
    await desk.run(lambda tx: tx.execute("UPDATE enrichment_answers SET expires_at = lw_clock($1) WHERE workspace_id = $1", tx.workspace))
    desk.internet.pages[ACME + "ana%40firma.de"] = says("ana@firma.de", title="CFO")
    assert await desk.run(enrichment.refresh_due) == 1
    await desk.work_off()
    assert (await shown(desk, id), len(desk.internet.asked), await desk.run(enrichment.refresh_due)) == (("CFO", None), 2, 0)
    assert await desk.rows("SELECT count(*) AS n FROM enrichment_runs e WHERE e.workspace_id = $1 AND e.refresh_at IS NOT NULL") == [{"n": 1}]


async def test_phone_from_outside_becomes_a_number_and_a_domain_without_mail_makes_the_address_invalid(desk: Desk) -> None:
    await desk.provider("acme", mapping={**PERSON, "fields": {"person.phone": "/phone"}})
    desk.internet.pages[ACME + "ana%40firma.de"] = says("ana@firma.de", phone="+49 30 20930")
    desk.internet.mail["firma.de"] = []
    await desk.provider("mx", "MX")
    await desk.look(await person(desk))
    assert await desk.rows("SELECT h.e164, h.is_primary FROM person_phones h WHERE h.workspace_id = $1") == [{"e164": "+493020930", "is_primary": True}]
    assert await desk.rows("SELECT p.phone FROM people p WHERE p.workspace_id = $1") == [{"phone": "+493020930"}]
    assert await desk.rows("SELECT e.is_valid FROM person_emails e WHERE e.workspace_id = $1") == [{"is_valid": False}]


async def test_answers_are_forgotten_a_month_after_they_stopped_counting(desk: Desk) -> None:
    id = await desk.provider("acme")
    for key in ("old@firma.de", "new@firma.de"):
        await desk.run(lambda tx, key=key: enrichment.answered(tx, id, key, None, Answer("MISS")))
    old = "UPDATE enrichment_answers SET expires_at = lw_clock($1) - interval '31 days' WHERE workspace_id = $1 AND key = 'old@firma.de'"
    await desk.run(lambda tx: tx.execute(old, tx.workspace))
    assert await desk.run(enrichment.forget) == 1
    assert await desk.rows("SELECT a.key FROM enrichment_answers a WHERE a.workspace_id = $1") == [{"key": "new@firma.de"}]


@pytest.mark.parametrize(("rules", "field"), [
    ({"waterfall": {"person.tilte": []}}, "rules.waterfall.person.tilte"),
    ({"waterfall": {"person.title": [{"provider": "nobody"}]}}, "rules.waterfall.person.title.0.provider"),
    ({"waterfall": {"person.title": [{"provider": "titles"}] * 21}}, "rules.waterfall.person.title"),
    ({"waterfall": 5}, "rules.waterfall"), ({"watrefall": {}}, "rules"), ({"floor": 2}, "rules.floor"), ({"refreshDays": 0}, "rules.refreshDays"),
    ([], "rules"),
])  # fmt: skip
async def test_wrong_policy_is_refused_with_its_place(desk: Desk, rules: Any, field: str) -> None:
    with pytest.raises(BadPolicy) as refused:
        await desk.run(lambda tx: enrichment.set_policy(tx, rules))
    assert refused.value.field == field
    assert await desk.rows("SELECT 1 FROM enrichment_policies e WHERE e.workspace_id = $1") == []


async def test_policy_with_a_condition_on_nothing_is_refused(desk: Desk) -> None:
    with pytest.raises(BadFilter):
        await desk.policy({"person.title": [{"provider": "titles", "when": {"colour": {"eq": "red"}}}]})
