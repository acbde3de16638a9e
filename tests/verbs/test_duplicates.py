"""Duplicates are found on write and by sweeps, decided once and remembered, and nothing is linked by a name alone."""

import asyncio
from datetime import datetime
from uuid import UUID

import pytest

from leadwell import dedupe, people, work
from leadwell.base.actor import Actor
from leadwell.base.ids import uuid7
from leadwell.base.refusals import NotFound, StaleVersion
from leadwell.base.tx import Database, Tx
from tests import builders as make
from tests.mailing import OneWorkspace, Post, expire, open_post_kit
from tests.verbs.conversions import refused
from tests.verbs.twins import ANA, ANN, checked, given, made, pairs, rows, sweep
from workers import matching
from workers.drain import Drain


async def test_a_person_just_written_is_found_beside_one_with_the_same_number(db: Database, actor: Actor) -> None:
    (one,) = await made(db, actor, ANA)
    assert await checked(db, actor, one) == []
    (other,) = await made(db, actor, ANN)
    (found,) = await checked(db, actor, other)
    (pair,) = await pairs(db, actor)
    assert (pair["id"], pair["low_id"], pair["high_id"], pair["state"], pair["decision"]) == (found, one, other, "OPEN", "LINK")
    assert {e["field"] for e in pair["evidence"] if e["bits"] > 0} == {"given", "family", "phone"}
    assert await checked(db, actor, one, other) == []
    assert await pairs(db, actor) == [pair]
    told = await rows(db, actor, "SELECT e.data FROM events e WHERE e.workspace_id = $1 AND e.kind = 'duplicate.found'")
    assert [t["data"]["records"] for t in told] == [[str(one), str(other)]]


async def test_in_one_transaction_the_check_sees_what_was_just_written(db: Database, actor: Actor) -> None:
    await checked(db, actor, *await made(db, actor, ANA))

    async def both(tx: Tx) -> list[UUID]:
        (found,) = await people.identify_many(tx, [ANN])
        return await dedupe.check(tx, people=[found.person_id])

    assert len(await db.run(actor, both)) == 1


async def test_two_at_once_find_each_other_once(db: Database, actor: Actor) -> None:
    ids = await made(db, actor, ANA, ANN)
    found = await asyncio.gather(*(checked(db, actor, *ids) for _ in range(8)))
    assert sorted(map(len, found)) == [0] * 7 + [1]
    assert len(await pairs(db, actor)) == 1


async def test_a_name_alone_is_asked_about_and_never_linked(db: Database, actor: Actor) -> None:
    ids = await made(db, actor, given("Ana Silveira", "x1@gmail.com"), given("Ana Silveira", "y2@yahoo.com"))
    await checked(db, actor, *ids)
    (pair,) = await pairs(db, actor)
    assert (pair["decision"], "proof" in pair["held"]) == ("REVIEW", True)
    assert {e["field"] for e in pair["evidence"]} == {"given", "family", "email"}      # a free-mail domain is no company


async def test_two_people_of_a_household_are_two(db: Database, actor: Actor) -> None:
    home = {"street": "Hauptstraße 5", "postal_code": "10115", "city": "Berlin", "country": "DE"}
    ids = await made(db, actor, given("Ana Silveira", None, "+4930123456", **home), given("Bruno Silveira", None, "+4930123456", **home))
    await checked(db, actor, *ids)
    assert await pairs(db, actor) == []
    async with db.read(actor) as tx:
        (match,) = (await dedupe.of_person(tx, ids[0])).found
    against = {e.field: e.level for e in match.verdict.evidence if e.bits < 0}
    assert (match.id, match.decision, match.verdict.held, against) == (ids[1], "IGNORE", ("given",), {"given": "different"})


async def test_the_same_address_with_another_first_name_speaks_against(db: Database, actor: Actor) -> None:
    ids = await made(db, actor, given("Ana Silveira", "family@silveira.example"), given("Bruno Weber", "family@silveira.example"))
    await checked(db, actor, ids[1])
    assert await pairs(db, actor) == []
    async with db.read(actor) as tx:
        (match,) = (await dedupe.of_person(tx, ids[0])).found
    assert (match.id, match.verdict.held) == (ids[1], ("given", "proof"))
    assert {e.field for e in match.verdict.evidence if e.bits < 0} == {"given", "family"}


async def test_the_line_of_an_office_is_no_evidence_for(db: Database, actor: Actor) -> None:
    names = ("Ana Silveira", "Bruno Weber", "Carla Neumann", "Dora Fuchs")
    ids = await made(db, actor, *(given(name, None, "+4930555555") for name in names))
    await checked(db, actor, *ids)
    assert await pairs(db, actor) == []
    async with db.read(actor) as tx:
        found = (await dedupe.of_person(tx, ids[0])).found
    assert {(e.level, e.bits < 0) for match in found for e in match.verdict.evidence if e.field == "line"} == {("shared", True)}
    assert all("phone" not in {e.field for e in match.verdict.evidence} for match in found)


async def test_two_verified_addresses_are_asked_about_and_never_linked(db: Database, actor: Actor) -> None:
    ids = await made(db, actor, ANA, ANN)
    await db.run(actor, lambda tx: tx.execute("UPDATE person_emails SET verified_at = created_at WHERE workspace_id = $1", tx.workspace))
    await checked(db, actor, *ids)
    (pair,) = await pairs(db, actor)
    assert (pair["decision"], pair["held"]) == ("REVIEW", ["verified"])


async def test_what_a_reviewer_dismissed_is_never_asked_again(db: Database, actor: Actor) -> None:
    ids = await made(db, actor, ANA, ANN)
    (pair,) = await checked(db, actor, *ids)
    assert await db.run(actor, lambda tx: dedupe.dismiss(tx, pair, "sisters", 1)) == pair
    assert await db.run(actor, lambda tx: dedupe.dismiss(tx, pair, "again", 1)) == pair
    await checked(db, actor, *ids)
    await sweep(db, actor)
    (kept,) = await pairs(db, actor)
    assert (kept["state"], kept["note"], kept["version"]) == ("NOT_DUPLICATE", "sisters", 2)
    await db.run(actor, lambda tx: dedupe.reopen(tx, pair, 2))
    assert [p["state"] for p in await pairs(db, actor)] == ["OPEN"]


async def test_deciding_is_refused_with_nothing_changed(db: Database, actor: Actor) -> None:
    ids = await made(db, actor, ANA, ANN)
    (pair,) = await checked(db, actor, *ids)
    await refused(db, actor, StaleVersion, lambda tx: dedupe.dismiss(tx, pair, None, 7))
    await refused(db, actor, NotFound, lambda tx: dedupe.dismiss(tx, uuid7()))
    await refused(db, actor, dedupe.SameRecord, lambda tx: dedupe.dismiss_records(tx, "PERSON", ids[0], ids[0]))
    assert (await refused(db, actor, NotFound, lambda tx: dedupe.dismiss_records(tx, "PERSON", ids[0], uuid7()))).field == "other_id"
    await db.run(actor, lambda tx: dedupe.merged(tx, ids[0], [ids[1]]))
    await refused(db, actor, dedupe.AlreadyMerged, lambda tx: dedupe.dismiss(tx, pair))
    await refused(db, actor, dedupe.AlreadyMerged, lambda tx: dedupe.reopen(tx, pair))


async def test_two_that_nobody_put_up_can_be_said_to_be_two(db: Database, actor: Actor) -> None:
    one, other = await made(db, actor, given("Ana Silveira", "a@one.example"), given("Bruno Weber", "b@two.example"))
    pair = await db.run(actor, lambda tx: dedupe.dismiss_records(tx, "PERSON", other, one, "I know both"))
    (kept,) = await pairs(db, actor)
    assert (kept["id"], kept["low_id"], kept["state"], kept["found_by"], kept["note"]) == (pair, one, "NOT_DUPLICATE", "USER", "I know both")


async def test_a_pair_that_no_longer_looks_like_one_fades_and_comes_back(db: Database, actor: Actor) -> None:
    ids = await made(db, actor, ANA, ANN)
    (pair,) = await checked(db, actor, *ids)
    await db.run(actor, lambda tx: people.edit(tx, ids[1], {"first_name": "Ludmilla", "last_name": "Okafor"}))
    assert await checked(db, actor, ids[1]) == []
    assert [(p["id"], p["state"]) for p in await pairs(db, actor)] == [(pair, "FADED")]
    await db.run(actor, lambda tx: people.edit(tx, ids[1], {"first_name": "Ana", "last_name": "Silveira"}))
    assert await checked(db, actor, ids[1]) == [pair]
    assert [p["state"] for p in await pairs(db, actor)] == ["OPEN"]


async def test_a_merge_closes_its_pairs_and_hands_decisions_to_the_survivor(db: Database, actor: Actor) -> None:
    third = given("Ana Silveira", "third@silveira.example", "+4930777777")
    one, other, twin = await made(db, actor, ANA, ANN, third)
    await checked(db, actor, one, other, twin)
    await db.run(actor, lambda tx: dedupe.dismiss_records(tx, "PERSON", other, twin))

    async def merge(tx: Tx) -> None:
        await tx.execute("UPDATE people SET merged_into = $2 WHERE workspace_id = $1 AND id = $3", tx.workspace, one, other)
        await dedupe.merged(tx, one, [other])

    await db.run(actor, merge)
    states = {(p["low_id"], p["high_id"]): p["state"] for p in await pairs(db, actor)}
    assert states == {(one, other): "MERGED", (other, twin): "NOT_DUPLICATE", (one, twin): "NOT_DUPLICATE"}
    kept = await rows(db, actor, "SELECT r.record_id FROM match_records r WHERE r.workspace_id = $1")
    assert {r["record_id"] for r in kept} == {one, twin}
    assert await checked(db, actor, one, other, twin) == []
    await db.run(actor, lambda tx: dedupe.unmerged(tx, [one, other]))
    assert {p["state"] for p in await pairs(db, actor)} == {"NOT_DUPLICATE"}
    woken = await rows(db, actor, "SELECT w.key FROM work w WHERE w.workspace_id = $1 AND w.kind = 'match.record'")
    assert {w["key"] for w in woken} == {str(one), str(other)}


async def test_too_many_candidates_are_said_to_be_too_many(db: Database, actor: Actor) -> None:
    ids = await made(db, actor, *(given("John Smith", f"someone{chr(97 + i // 26)}{chr(97 + i % 26)}@gmail.com") for i in range(60)))
    await checked(db, actor, *ids)
    async with db.read(actor) as tx:
        found = await dedupe.of_person(tx, ids[0])
    assert "NAME" in found.crowded


async def test_description_finds_whom_it_may_mean(db: Database, actor: Actor) -> None:
    ids = await made(db, actor, given("Robert Müller", "bob@mueller-gmbh.example", "+4930123456"), given("Yuliya Petrova", "yu@petrova.example"))
    await checked(db, actor, *ids)
    async with db.read(actor) as tx:
        by_nickname = await dedupe.described(tx, dedupe.Described(first_name="Bob", last_name="Mueller", phones=("030 123456",), country="DE"))
        by_script = await dedupe.described(tx, dedupe.Described(name="Юлия Петрова"))
        nobody = await dedupe.described(tx, dedupe.Described(name="Nobody Knownhere"))
        with pytest.raises(dedupe.NothingToMatch):
            await dedupe.described(tx, dedupe.Described(first_name="Ana"))
    assert [(m.id, m.decision) for m in by_nickname.people.found] == [(ids[0], "LINK")]
    assert [m.id for m in by_script.people.found] == [ids[1]]
    assert nobody == dedupe.Found()


async def test_anonymous_archived_and_merged_people_are_no_candidates(db: Database, actor: Actor) -> None:
    ids = await made(db, actor, ANA, ANN)
    for change in ("kind = 'ANONYMOUS'", "kind = 'INDIVIDUAL', archived_at = updated_at"):
        await db.run(actor, lambda tx, change=change: tx.execute(f"UPDATE people SET {change} WHERE workspace_id = $1 AND id = $2", tx.workspace, ids[0]))
        await checked(db, actor, *ids)
        assert await pairs(db, actor) == []


async def test_companies_are_found_by_domain_name_and_country(db: Database, actor: Actor) -> None:
    wanted = [
        {"name": "Acme Robotics GmbH", "country": "DE", "phone": "+4930123456"}, {"name": "ACME Robotics Ltd.", "country": "DE", "phone": "+4930123456"},
        {"name": "Acme Robotics", "country": "FR"}, {"name": "Acme Robotics", "kind": "INDIVIDUAL"},
    ]  # fmt: skip

    async def one(tx: Tx, values: dict[str, str]) -> UUID:
        id = await make.make_company(tx, **values)
        await tx.execute("DELETE FROM company_keys WHERE workspace_id = $1", tx.workspace)     # as if made allowing duplicates
        return id

    ids = [await db.run(actor, lambda tx, values=values: one(tx, values)) for values in wanted]
    await db.run(actor, lambda tx: dedupe.check(tx, companies=ids))
    found = {(p["low_id"], p["high_id"]): (p["decision"], p["held"]) for p in await pairs(db, actor)}
    assert found == {(ids[0], ids[1]): ("LINK", [])}


async def test_lead_is_matched_to_its_company_with_evidence(db: Database, actor: Actor) -> None:
    async def some(tx: Tx) -> tuple[UUID, UUID, UUID]:
        company = await make.make_company(tx, "Acme Robotics GmbH", "acme-robotics.example", country="DE")
        person = await make.make_person(tx, "Ana Silveira", "ana@acme-robotics.example", country="DE")
        lead = await make.make_lead(tx, person, company_name="Acme Robotics")
        await dedupe.check(tx, people=[person], companies=[company])
        return lead, company, await make.make_lead(tx, await make.make_person(tx, "Bo Free", "bo@gmail.com"), company_name=None)

    lead, company, free = await db.run(actor, some)
    async with db.read(actor) as tx:
        found = await dedupe.of_lead(tx, lead)
        assert (await dedupe.of_lead(tx, free)).companies == dedupe.Matches()
    (match,) = found.companies.found
    assert (match.id, match.decision) == (company, "LINK")
    assert {e.field for e in match.verdict.evidence if e.bits > 0} == {"domain", "name", "country"}


async def test_sweep_finds_what_no_check_has_seen_and_tells_how_far_it_is(db: Database, actor: Actor) -> None:
    ids = await made(db, actor, ANA, ANN, given("Bruno Weber", "b@weber.example"))
    first = await db.run(actor, dedupe.start)
    assert await db.run(actor, dedupe.start) == first
    done = await sweep(db, actor)
    assert (done["id"], done["state"], done["phase"], done["total"], done["records"], done["compared"], done["found"]) == (first, "DONE", "DONE", 3, 3, 1, 1)
    (pair,) = await pairs(db, actor)
    assert ((pair["low_id"], pair["high_id"]), pair["found_by"]) == ((ids[0], ids[1]), "SWEEP")
    again = await sweep(db, actor)
    assert (again["id"] != first, again["found"]) == (True, 0)
    assert await pairs(db, actor) == [pair]
    assert await db.run(actor, dedupe.step) is False


async def test_thresholds_are_the_workspaces_own(db: Database, actor: Actor) -> None:
    ids = await made(db, actor, ANA, ANN)
    model, done = await db.run(actor, lambda tx: dedupe.set_thresholds(tx, "PERSON", link_from=1.0))
    assert (done.version, done.changes) == (2, {"link_from": [0.99, 1.0]})
    await refused(db, actor, dedupe.BadThreshold, lambda tx: dedupe.set_thresholds(tx, "PERSON", review_from=1.1))
    await refused(db, actor, dedupe.BadThreshold, lambda tx: dedupe.set_thresholds(tx, "PERSON", link_from=0.5))
    await refused(db, actor, StaleVersion, lambda tx: dedupe.set_thresholds(tx, "PERSON", review_from=0.5, expected_version=1))
    await checked(db, actor, *ids)
    assert [p["decision"] for p in await pairs(db, actor)] == ["REVIEW"]
    assert (await rows(db, actor, "SELECT m.id FROM match_models m WHERE m.workspace_id = $1"))[0]["id"] == model


async def test_weights_are_learnt_from_the_workspaces_own_records(db: Database, actor: Actor) -> None:
    assert await db.run(actor, lambda tx: dedupe.teach(tx, dedupe.PERSON)) == 0
    names = [f"{chr(97 + i % 26) * 2}na{chr(97 + i // 26)} {chr(97 + i // 26)}ilv{chr(97 + i % 26)}ra" for i in range(80)]
    wanted = [given(name, f"{mail}{i:03}x@{mail}.example", f"+49301{i:06}") for i, name in enumerate(names) for mail in ("one", "two")]
    await db.run(actor, lambda tx: people.identify_many(tx, wanted))
    await sweep(db, actor)
    assert await db.run(actor, lambda tx: dedupe.teach(tx, dedupe.PERSON)) >= 80
    (row,) = await rows(db, actor, "SELECT m.odds, m.prior, m.learnt_at FROM match_models m WHERE m.workspace_id = $1 AND m.noun = 'PERSON'")
    phone, email = row["odds"]["phone"], row["odds"]["email"]
    assert phone[0][0] > 0.9        # here twins share their number
    assert email[0][0] < 0.1        # and never their address
    assert row["learnt_at"] is not None


async def test_a_change_wakes_the_check(db: Database, actor: Actor) -> None:
    (one,) = await made(db, actor, ANA)

    async def react(tx: Tx) -> None:
        found = await tx.fetch("SELECT e.kind, e.noun, e.record_id, e.person_id FROM events e WHERE e.workspace_id = $1", tx.workspace)
        await dedupe.check_changed(tx, found)

    await db.run(actor, react)
    assert [w["key"] for w in await rows(db, actor, "SELECT w.key FROM work w WHERE w.workspace_id = $1 AND w.kind = 'match.record'")] == [str(one)]


async def test_workers_check_what_changed_and_sweep_to_the_end_whoever_dies(db: Database, actor: Actor) -> None:
    ids = await made(db, actor, ANA, ANN)
    await db.run(actor, lambda tx: dedupe.wake(tx, ids))
    kit = open_post_kit(OneWorkspace(db, actor.workspace), "smtp://127.0.0.1:1")
    worker = Post(kit, None, Drain(kit, matching.KINDS))  # type: ignore[arg-type]
    await worker.run("match")
    (pair,) = await pairs(db, actor)
    assert (pair["found_by"], pair["state"]) == ("WRITE", "OPEN")
    await db.run(actor, lambda tx: work.put(tx, work.NewJob("match", "match.sweep", {"begin": True}, key="night")))
    claimed = await db.run(actor, lambda tx: work.claim(tx, "match", matching.KINDS, 1))
    assert len(claimed) == 1
    await expire(db, actor.workspace)       # its worker died
    await worker.run("match")
    (sweep,) = await rows(db, actor, "SELECT s.state, s.records, s.compared FROM duplicate_sweeps s WHERE s.workspace_id = $1")
    assert sweep == {"state": "DONE", "records": 2, "compared": 1}
    assert await pairs(db, actor) == [pair]


async def test_a_batch_that_falls_leaves_the_sweep_where_it_was(db: Database, actor: Actor) -> None:
    await made(db, actor, ANA, ANN)
    await db.run(actor, dedupe.start)
    before = await rows(db, actor, "SELECT s.* FROM duplicate_sweeps s WHERE s.workspace_id = $1")

    async def fallen(tx: Tx) -> None:
        await dedupe.step(tx)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await db.run(actor, fallen)
    assert await rows(db, actor, "SELECT s.* FROM duplicate_sweeps s WHERE s.workspace_id = $1") == before
    assert (await sweep(db, actor))["found"] == 1


@pytest.mark.parametrize(("now", "zone", "expected"), [
    ("2026-11-22T00:30:00+00:00", "UTC", "2026-11-22T02:00:00+00:00"), ("2026-11-22T02:00:00+00:00", "UTC", "2026-11-23T02:00:00+00:00"),
    ("2026-11-22T05:00:00+00:00", "America/New_York", "2026-11-22T07:00:00+00:00"),
])  # fmt: skip
def test_night_is_at_two_where_the_workspace_is(now: str, zone: str, expected: str) -> None:
    assert dedupe.next_night(datetime.fromisoformat(now), zone) == datetime.fromisoformat(expected)


async def test_one_night_is_planned_however_often_it_is_asked(db: Database, actor: Actor) -> None:
    for _ in range(3):
        await db.run(actor, dedupe.plan_night)
    planned = await rows(db, actor, "SELECT w.key, w.payload FROM work w WHERE w.workspace_id = $1 AND w.kind = 'match.sweep'")
    assert planned == [{"key": "night", "payload": {"begin": True}}]


async def test_a_sweep_makes_comparable_what_has_changed_and_passes_over_the_rest(db: Database, actor: Actor) -> None:
    ids = await made(db, actor, ANA, given("Bruno Weber", "b@weber.example"))
    await sweep(db, actor)
    await db.run(actor, lambda tx: tx.execute("UPDATE match_records SET facts = '{}' WHERE workspace_id = $1", tx.workspace))
    await db.run(actor, lambda tx: people.edit(tx, ids[1], {"city": "Bonn"}))
    assert (await sweep(db, actor))["records"] == 2
    kept = {r["record_id"]: r["facts"] for r in await rows(db, actor, "SELECT r.record_id, r.facts FROM match_records r WHERE r.workspace_id = $1")}
    assert (kept[ids[0]], kept[ids[1]]["city"]) == ({}, ["bonn"])
    await db.run(actor, lambda tx: tx.execute("UPDATE match_records SET source = NULL WHERE workspace_id = $1", tx.workspace))    # made by older rules
    await sweep(db, actor)
    again = await rows(db, actor, "SELECT r.facts -> 'given' AS given FROM match_records r WHERE r.workspace_id = $1 ORDER BY r.record_id")
    assert [r["given"] for r in again] == [["ana"], ["bruno"]]
