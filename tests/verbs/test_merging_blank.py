"""What merges keep of a person goes with the person, chains and merges taken back included; that there was a merge stays."""

from uuid import UUID

import pytest

from leadwell import dedupe, merging
from leadwell.base.actor import Actor
from leadwell.base.tx import Database, Tx
from tests import builders as make
from tests.verbs.merges import merge, rows, two
from tests.verbs.twins import ANA, ANN, checked, made, pairs


async def four(db: Database, actor: Actor) -> tuple[UUID, ...]:
    async def work(tx: Tx) -> tuple[UUID, ...]:
        return tuple([await make.make_person(tx, "Ana Silva", title=title) for title in ("CTO", "CFO", "CEO", "COO")])

    return await db.run(actor, work)


async def test_manifests_of_a_chain_are_emptied_and_nothing_is_taken_back_any_more(db: Database, actor: Actor) -> None:
    one, other, last, stranger = await four(db, actor)
    first, second = await merge(db, actor, other, one), await merge(db, actor, last, other)
    ana, twin = await two(db, actor)
    apart = await merge(db, actor, ana, twin)
    kept = await rows(db, actor, "merge_rows", "*", "merge_id = $2", apart.id)
    assert await db.run(actor, lambda tx: merging.blank(tx, last)) == 2
    assert await rows(db, actor, "merge_rows") == kept
    found = await rows(db, actor, "merges", "id, survivor_id, loser_ids, conflicts, blanked_at IS NOT NULL AS blanked")
    assert {row["id"]: (row["survivor_id"], row["loser_ids"], row["conflicts"], row["blanked"]) for row in found if row["id"] != apart.id} == {
        first.id: (other, [one], [], True), second.id: (last, [other], [], True)}
    for id in (second.id, first.id):
        assert id
        with pytest.raises(merging.MergeBlanked):
            await db.run(actor, lambda tx, id=id: merging.unmerge(tx, id))
    assert await db.run(actor, lambda tx: merging.blank(tx, last)) == 0
    assert await db.run(actor, lambda tx: merging.blank(tx, stranger)) == 0
    assert apart.id
    assert (await db.run(actor, lambda tx: merging.unmerge(tx, apart.id))).remains == []  # type: ignore[arg-type]


async def test_a_merge_taken_back_is_emptied_whoever_of_its_people_goes(db: Database, actor: Actor) -> None:
    ana, twin = await two(db, actor, title="CTO")
    done = await merge(db, actor, ana, twin)
    assert done.id
    id = done.id
    await db.run(actor, lambda tx: merging.unmerge(tx, id))
    assert await db.run(actor, lambda tx: merging.blank(tx, twin)) == 1
    assert await rows(db, actor, "merge_rows") == []
    assert await rows(db, actor, "merges", "conflicts, remains") == [{"conflicts": [], "remains": []}]
    with pytest.raises(merging.AlreadyUnmerged):
        await db.run(actor, lambda tx: merging.unmerge(tx, id))


async def test_what_comes_late_after_it_leaves_no_values_behind(db: Database, actor: Actor) -> None:
    ana, twin = await two(db, actor)
    done = await merge(db, actor, ana, twin)
    await db.run(actor, lambda tx: merging.blank(tx, ana))
    await db.run(actor, lambda tx: make.make_activity(tx, twin, "CLICK"))
    assert done.id
    assert await db.run(actor, lambda tx: merging.follow(tx, done.id)) == 1  # type: ignore[arg-type]
    assert await rows(db, actor, "activity_participants", "person_id") == [{"person_id": ana}]
    assert await rows(db, actor, "merge_rows") == []


async def test_manifests_are_emptied_by_the_keeper_alone(db: Database, actor: Actor) -> None:
    ana, twin = await two(db, actor)
    await merge(db, actor, ana, twin)
    for statement in ("DELETE FROM merge_rows WHERE workspace_id = $1", "UPDATE merges SET conflicts = '[]' WHERE workspace_id = $1"):
        with pytest.raises(Exception, match="permission denied"):
            await db.run(actor, lambda tx, statement=statement: tx.execute(statement, tx.workspace))
    assert await rows(db, actor, "merge_rows") != []


async def test_what_people_were_compared_by_is_forgotten(db: Database, actor: Actor) -> None:
    ids = await made(db, actor, ANA, ANN)
    (pair,) = await checked(db, actor, *ids)
    await db.run(actor, lambda tx: dedupe.dismiss(tx, pair, "sisters of Ana"))
    await db.run(actor, lambda tx: dedupe.forget(tx, [ids[0]]))
    assert [row["record_id"] for row in await rows(db, actor, "match_records", "record_id")] == [ids[1]]
    assert {row["record_id"] for row in await rows(db, actor, "match_keys", "record_id")} == {ids[1]}
    assert [(row["state"], row["note"]) for row in await pairs(db, actor)] == [("NOT_DUPLICATE", None)]
