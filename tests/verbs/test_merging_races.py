"""Merges and unmerges that meet: each happens whole, one after the other, and nobody waits who is not concerned."""

import asyncio
from uuid import UUID

from leadwell import capture, companies, merging
from leadwell.base.actor import Actor
from leadwell.base.tx import Database, Tx
from tests import builders as make
from tests.verbs.merges import merge, rows, state, two


async def three(db: Database, actor: Actor, noun: str = "Person") -> list[UUID]:
    async def work(tx: Tx) -> list[UUID]:
        if noun == "Company":
            return [await make.make_company(tx, f"Acme {i}", f"acme{i}.example") for i in range(3)]
        return [await make.make_person(tx, f"Ana Silva {i}") for i in range(3)]

    return await db.run(actor, work)


async def test_companies_merged_across_each_other_and_in_a_circle_make_one(db: Database, actor: Actor) -> None:
    a, b, c = await three(db, actor, "Company")
    await db.run(actor, lambda tx: companies.update(tx, b, {"parent_id": a}))
    pairs = ((a, b), (b, a), (b, c), (c, a))
    done = await asyncio.gather(*(merge(db, actor, one, other, noun="Company") for one, other in pairs))
    (left,) = await rows(db, actor, "companies", "id, parent_id", "archived_at IS NULL")
    assert left["parent_id"] is None
    assert sorted(m.replayed for m in done) == [False, False, True, True]
    assert {r["new_id"] for r in await rows(db, actor, "redirects", "new_id")} == {left["id"]}
    assert {r["company_id"] for r in await rows(db, actor, "company_domains", "company_id")} == {left["id"]}


async def test_of_two_unmerges_at_once_one_is_told_that_it_is_done(db: Database, actor: Actor) -> None:
    ana, twin = await two(db, actor)
    apart = await state(db, actor)
    done = await merge(db, actor, ana, twin)
    tries = [db.run(actor, lambda tx: merging.unmerge(tx, done.id)) for _ in range(4)]  # type: ignore[arg-type]
    said = await asyncio.gather(*tries, return_exceptions=True)
    assert sorted(type(one).__name__ for one in said) == ["AlreadyUnmerged"] * 3 + ["Unmerged"]
    assert await state(db, actor) == apart


async def test_an_unmerge_that_meets_another_merge_of_its_survivor_leaves_both_whole(db: Database, actor: Actor) -> None:
    a, b, c = await three(db, actor)
    done = await merge(db, actor, a, b)
    undone, more = await asyncio.gather(db.run(actor, lambda tx: merging.unmerge(tx, done.id)), merge(db, actor, a, c))  # type: ignore[arg-type]
    assert (undone.restored_ids, more.survivor_id) == ([b], a)
    assert {r["id"] for r in await rows(db, actor, "people", "id", "archived_at IS NULL")} == {a, b}
    assert {(r["old_id"], r["new_id"]) for r in await rows(db, actor, "redirects", "old_id, new_id")} == {(c, a)}
    owners = {r["normalized"]: r["person_id"] for r in await rows(db, actor, "person_emails", "normalized, person_id")}
    assert sorted(map(str, owners.values())) == sorted(map(str, (a, b, a)))


async def test_a_merge_under_way_holds_up_nobody_else(db: Database, actor: Actor) -> None:
    ana, twin = await two(db, actor)
    merged, go = asyncio.Event(), asyncio.Event()

    async def slow(tx: Tx) -> None:
        await merging.merge(tx, "Person", merging.Wish(ana, (twin,)))
        merged.set()
        await go.wait()

    running = asyncio.create_task(db.run(actor, slow))
    await merged.wait()
    given = [capture.Submission("API", {"email": f"other{i}@acme.com", "name": "Bruno Weber", "company": "Acme"}) for i in range(3)]
    outcomes = await asyncio.wait_for(capture.submit(db, actor, given), 10)
    assert all(isinstance(one, capture.Outcome) for one in outcomes)
    assert not running.done()
    go.set()
    await running
