"""People beyond doubt one are merged by themselves where the workspace wants that, and nobody else ever is."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from leadwell import dedupe, merging, people, reactions, workspaces
from leadwell.base.actor import Actor
from leadwell.base.ids import uuid7
from leadwell.base.tx import Database, Tx
from leadwell.people import PersonGiven
from tests import builders as make
from tests.mailing import OneWorkspace, Post, open_post_kit
from tests.verbs.twins import ANA, ANN, checked, given, made, pairs, rows, sweep
from workers import matching
from workers.drain import Drain

HOME = {"street": "Hauptstraße 5", "postal_code": "10115", "city": "Berlin", "country": "DE"}


async def wanted(db: Database, actor: Actor, on: bool = True) -> None:
    await db.run(actor, lambda tx: workspaces.update_settings(tx, {"link_duplicates": on}))


async def reacted(db: Database, actor: Actor) -> None:
    """What follows from the events so far, and the work of the match queue."""
    kit = open_post_kit(OneWorkspace(db, actor.workspace), "smtp://127.0.0.1:1")
    await db.run(actor, lambda tx: _react(tx))
    await Post(kit, None, Drain(kit, matching.KINDS)).run("match")  # type: ignore[arg-type]


async def _react(tx: Tx) -> None:
    found = [dict(row) for row in await tx.fetch(
        "SELECT e.id, e.kind, e.noun, e.record_id, e.person_id, e.data FROM events e WHERE e.workspace_id = $1 ORDER BY e.id", tx.workspace)]
    for kind in ("duplicate.found", "sweep.finished", "workspace.updated"):
        for reaction in reactions.ON[kind]:
            await reaction(tx, [event for event in found if event["kind"] == kind])


async def living(db: Database, actor: Actor) -> list[UUID]:
    return [row["id"] for row in await rows(db, actor, "SELECT p.id FROM people p WHERE p.workspace_id = $1 AND p.archived_at IS NULL ORDER BY p.id")]


async def test_where_it_is_not_wanted_a_pair_stays_a_recommendation(db: Database, actor: Actor) -> None:
    ids = await made(db, actor, ANA, ANN)
    (pair,) = await checked(db, actor, *ids)
    await reacted(db, actor)
    assert await db.run(actor, lambda tx: merging.link(tx, pair)) is None
    assert await living(db, actor) == ids
    assert [(p["state"], p["decision"], p["automatic"], p["merge_id"]) for p in await pairs(db, actor)] == [("OPEN", "LINK", False, None)]


async def test_what_a_check_finds_is_merged_shown_as_done_and_can_be_taken_back_for_good(db: Database, actor: Actor) -> None:
    await wanted(db, actor)
    ids = await made(db, actor, ANA, ANN)
    await db.run(actor, lambda tx: make.make_contact(tx, ids[1]))
    (pair,) = await checked(db, actor, *ids)
    await reacted(db, actor)
    assert await living(db, actor) == [ids[1]]      # the contact survives
    (done,) = await rows(db, actor, "SELECT m.id, m.actor FROM merges m WHERE m.workspace_id = $1")
    (shown,) = await pairs(db, actor)
    assert (shown["id"], shown["state"], shown["automatic"], shown["merge_id"], shown["decided_by_id"]) == (pair, "MERGED", True, done["id"], None)
    assert done["actor"] == "SYSTEM"
    told = await rows(db, actor, "SELECT e.data FROM events e WHERE e.workspace_id = $1 AND e.kind = 'duplicate.linked'")
    assert [t["data"] for t in told] == [{"noun": "PERSON", "records": [str(ids[1]), str(ids[0])], "merge_id": str(done["id"])}]
    await db.run(actor, lambda tx: merging.unmerge(tx, done["id"]))
    await checked(db, actor, *ids)
    await sweep(db, actor)
    await reacted(db, actor)
    assert await living(db, actor) == ids
    assert [(p["state"], p["automatic"]) for p in await pairs(db, actor)] == [("NOT_DUPLICATE", False)]


async def test_pairs_that_were_up_before_are_merged_once_it_is_wanted(db: Database, actor: Actor) -> None:
    others = [given("Bruno Weber", "bw@weber.example", "+4930777777"), given("Bruno Weber", "bruno@else.example", "+4930777777")]
    ids = await made(db, actor, ANA, ANN, *others)
    await sweep(db, actor)
    await wanted(db, actor)
    await reacted(db, actor)
    assert await living(db, actor) == [ids[0], ids[2]]      # who was there first survives
    assert [(p["state"], p["automatic"]) for p in await pairs(db, actor)] == [("MERGED", True)] * 2


async def test_a_pair_that_is_no_longer_beyond_doubt_is_not_merged(db: Database, actor: Actor) -> None:
    await wanted(db, actor)
    ids = await made(db, actor, ANA, ANN)
    (pair,) = await checked(db, actor, *ids)
    await db.run(actor, lambda tx: people.edit(tx, ids[1], {"first_name": "Bruno"}))
    assert await db.run(actor, lambda tx: merging.link(tx, pair)) is None
    assert await living(db, actor) == ids
    assert [p["state"] for p in await pairs(db, actor)] == ["FADED"]
    assert await db.run(actor, lambda tx: merging.link(tx, uuid7())) is None


def apart(*wanted: PersonGiven, then: Callable[[Tx], Any] | None = None) -> tuple[tuple[PersonGiven, ...], Callable[[Tx], Any] | None]:
    return wanted, then


async def _verified(tx: Tx) -> None:
    await tx.execute("UPDATE person_emails SET verified_at = created_at WHERE workspace_id = $1", tx.workspace)


async def _function(tx: Tx) -> None:
    await tx.execute("UPDATE people SET kind = 'FUNCTION' WHERE workspace_id = $1 AND email LIKE 'ana@%'", tx.workspace)


NEVER = {
    "two of a household": apart(given("Ana Silveira", None, "+4930123456", **HOME), given("Bruno Silveira", None, "+4930123456", **HOME)),
    "two of a household with names alike": apart(given("Maria Silveira", None, "+4930123456", **HOME), given("Mario Silveira", None, "+4930123456", **HOME)),
    "an initial in a household": apart(given("Ana Silveira", None, "+4930123456", **HOME), given("A Silveira", None, "+4930123456", **HOME)),
    "a father and a son at one address": apart(given("John Silveira", "john@one.example", **HOME), given("John Silveira", "j2@two.example", **HOME)),
    "a junior and a senior": apart(given("John Silveira", None, "+4930123456", suffix="Sr"), given("John Silveira", None, "+4930123456", suffix="Jr")),
    "a line of three": apart(*(given("Ana Silveira", f"ana{i}@x{i}.example", "+4930123456") for i in range(3))),
    "a name alone": apart(given("Ana Silveira", "x1@gmail.com"), given("Ana Silveira", "y2@yahoo.com")),
    "one address under two names": apart(given("Ana Silveira", "family@silveira.example"), given("Bruno Weber", "family@silveira.example")),
    "two verified addresses": apart(ANA, ANN, then=_verified),
    "a function and a person": apart(ANA, ANN, then=_function),
}


@pytest.mark.parametrize("case", NEVER)
async def test_these_are_never_merged_by_themselves(db: Database, actor: Actor, case: str) -> None:
    await wanted(db, actor)
    people_, then = NEVER[case]
    ids = await made(db, actor, *people_)
    if then:
        await db.run(actor, then)
    await checked(db, actor, *ids)
    assert "LINK" not in {p["decision"] for p in await pairs(db, actor)}
    await sweep(db, actor)
    await reacted(db, actor)
    assert await living(db, actor) == ids


@pytest.mark.parametrize("address", ["info@silveira.example", "team@silveira.example"])
async def test_a_function_mailbox_proves_nothing(db: Database, actor: Actor, address: str) -> None:
    await wanted(db, actor)

    async def twins(tx: Tx) -> list[UUID]:
        ids = [await make.make_person(tx, "Ana Silveira", "", **HOME) for _ in range(2)]
        for id in ids:
            row = {"address": address, "normalized": address, "match_key": address, "domain": "silveira.example", "is_primary": True}
            await make.insert(tx, "person_emails", id=uuid7(), person_id=id, created_at=await tx.now(), **row)
        await dedupe.check(tx, people=ids)
        return ids

    ids = await db.run(actor, twins)
    (pair,) = await pairs(db, actor)
    assert (pair["decision"], pair["held"]) == ("REVIEW", ["proof"])
    await reacted(db, actor)
    assert await living(db, actor) == ids


async def test_what_was_dismissed_about_one_holds_for_who_it_became(db: Database, actor: Actor) -> None:
    await wanted(db, actor)
    third = given("Ana Silveira", "a.silveira@other.example", "+4930888888")
    ids = await made(db, actor, ANA, ANN)
    (stranger,) = await db.run(actor, lambda tx: _with_address(tx, third))
    await db.run(actor, lambda tx: dedupe.dismiss_records(tx, "PERSON", ids[0], stranger))
    await checked(db, actor, *ids, stranger)
    await reacted(db, actor)
    await sweep(db, actor)
    await reacted(db, actor)
    left = await living(db, actor)
    assert (ids[0] in left, len(left)) == (True, 2)


async def _with_address(tx: Tx, who: PersonGiven) -> list[UUID]:
    """A second person under an address that another has."""
    assert who.email is not None
    id = await make.make_person(tx, "Ana Silveira", "", phone=who.phones[0].e164)
    row = {"address": who.email.display, "normalized": who.email.normalized, "match_key": who.email.match_key, "domain": who.email.domain}
    await make.insert(tx, "person_emails", id=uuid7(), person_id=id, is_primary=True, created_at=await tx.now(), **row)
    return [id]
