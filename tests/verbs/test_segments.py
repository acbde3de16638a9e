"""Segments: who crosses is told once, lists by hand, circles and fields that are gone, and what uses them."""

import asyncio
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from leadwell import custom, leads, reactions, segments
from leadwell.access.sees import Everything
from leadwell.base.actor import Actor
from leadwell.base.ids import encode_id
from leadwell.base.tx import Database, Tx
from leadwell.catalog import CATALOG, BadFilter
from leadwell.segments import NewSegment
from tests import builders as b
from workers.upkeep import number


async def make(tx: Tx, name: str = "Fair", noun: str = "Lead", **more: Any) -> UUID:
    more = {"where": {"industry": {"eq": "Fairs"}}} | more
    return await segments.create(tx, NewSegment(name, noun, **more), Everything(tx.workspace))


async def crossings(tx: Tx, segment: UUID) -> list[tuple[str, UUID, str]]:
    rows = await tx.fetch(
        "SELECT e.kind, e.person_id, e.data->>'reason' AS reason FROM events e WHERE e.workspace_id = $1 AND e.kind IN ('segment.entered', 'segment.left') "
        "AND e.data->>'segment_id' = $2::uuid::text ORDER BY e.at, e.id", tx.workspace, segment)
    return [(r["kind"].removeprefix("segment."), r["person_id"], r["reason"]) for r in rows]


async def members(tx: Tx, segment: UUID) -> set[UUID]:
    rows = await tx.fetch("SELECT m.record_id FROM segment_members m WHERE m.workspace_id = $1 AND m.segment_id = $2", tx.workspace, segment)
    return {r["record_id"] for r in rows}


async def settle(db: Database, actor: Actor) -> None:
    """What workers do after a change: number the events, carry them up, look at the records they concern."""
    async def all(tx: Tx) -> None:
        while await number(tx) or await reactions.react(tx, 500) or await segments.follow(tx):
            pass

    await db.run(actor, all)


async def test_who_crosses_is_told_once_and_who_was_there_from_the_beginning_is_not(db: Database, actor: Actor) -> None:
    async def begin(tx: Tx) -> tuple[UUID, UUID, UUID, UUID]:
        early, late = await b.make_person(tx), await b.make_person(tx)
        await b.make_lead(tx, early, industry="Fairs")
        lead = await b.make_lead(tx, late, industry="Steel")
        id = await make(tx)
        assert await segments.refresh(tx, id) == segments.Crossed(1, 0, 0)
        return id, early, late, lead

    id, early, late, lead = await db.run(actor, begin)
    await settle(db, actor)
    await db.run(actor, lambda tx: leads.update(tx, lead, {"industry": "Fairs"}))
    await settle(db, actor)

    async def look(tx: Tx) -> None:
        assert await crossings(tx, id) == [("entered", late, "CHANGED")]
        assert await segments.refresh(tx, id) == segments.Crossed()
        assert await segments.holds(tx, id, [early, late]) == {early, late}
        assert await segments.people_of(tx, id) == sorted([early, late])
        assert await tx.value("SELECT s.member_count FROM segments s WHERE s.workspace_id = $1 AND s.id = $2", tx.workspace, id) == 2

    await db.run(actor, look)
    await db.run(actor, lambda tx: leads.update(tx, lead, {"industry": "Steel"}))
    await settle(db, actor)
    assert await db.run(actor, lambda tx: crossings(tx, id)) == [("entered", late, "CHANGED"), ("left", late, "CHANGED")]


async def test_a_person_with_two_records_crosses_with_the_first_and_with_the_last(db: Database, actor: Actor) -> None:
    async def story(tx: Tx) -> None:
        ada = await b.make_person(tx)
        id = await make(tx, kind="STATIC", where=None)
        one = await b.make_lead(tx, ada)
        two = await b.make_lead(tx, ada, state="JUNK", closed_at=await tx.now(), status_id=await b.status_of(tx, "JUNK"))
        viewer = Everything(tx.workspace)
        assert await segments.put(tx, id, viewer, [one], None) == segments.Crossed(1, 0, 1)
        assert await segments.put(tx, id, viewer, [one, two], None) == segments.Crossed(1, 0, 0)
        assert await segments.take(tx, id, viewer, [one], None) == segments.Crossed(0, 1, 0)
        assert await segments.take(tx, id, viewer, None, {}) == segments.Crossed(0, 1, 1)
        assert await crossings(tx, id) == [("entered", ada, "BY_HAND"), ("left", ada, "BY_HAND")]

    await db.run(actor, story)


async def test_another_filter_lets_people_cross_in_the_background(db: Database, actor: Actor) -> None:
    async def story(tx: Tx) -> None:
        ada, bob = await b.make_person(tx), await b.make_person(tx)
        one, two = await b.make_lead(tx, ada, industry="Fairs"), await b.make_lead(tx, bob, industry="Steel")
        id = await make(tx)
        await segments.refresh(tx, id)
        await segments.update(tx, id, {"where": {"industry": {"eq": "Steel"}}}, Everything(tx.workspace))
        assert await members(tx, id) == {one}
        assert await segments.refresh(tx, id) == segments.Crossed(1, 1, 2)
        assert await members(tx, id) == {two}
        assert set(await crossings(tx, id)) == {("entered", bob, "REDEFINED"), ("left", ada, "REDEFINED")}

    await db.run(actor, story)


async def test_segments_are_made_of_others_but_never_of_themselves(db: Database, actor: Actor) -> None:
    def within(id: UUID, relation: str = "segments") -> dict[str, Any]:
        return {relation: {"some": {"id": {"eq": encode_id(CATALOG["Segment"].tag, id)}}}}

    async def story(tx: Tx) -> None:
        viewer, ada = Everything(tx.workspace), await b.make_person(tx)
        lead = await b.make_lead(tx, ada)
        hand = await make(tx, "By hand", kind="STATIC", where=None)
        outer = await make(tx, "Outer", where=within(hand))
        await segments.refresh(tx, outer)
        await segments.put(tx, hand, viewer, [lead], None)
        assert await segments.refresh(tx, outer) == segments.Crossed(1, 0, 1)
        third = await make(tx, "Third", noun="Person", where={"leads": {"some": within(outer)}})
        with pytest.raises(segments.SegmentLoops) as loop:
            await segments.update(tx, outer, {"where": {"person": {"is": within(third)}}}, viewer)
        assert loop.value.message == "The segment would be made of itself: Third → Outer."
        with pytest.raises(segments.SegmentLoops):
            await segments.update(tx, third, {"where": {"segments": {"none": {"id": {"in": [third]}}}}}, viewer)
        with pytest.raises(segments.BadSegment):
            await make(tx, "By name", where={"segments": {"some": {"name": {"eq": "Outer"}}}})
        with pytest.raises(segments.SegmentInUse) as used:
            await segments.archive(tx, hand)
        assert used.value.message == "The segment is in use: segment “Outer”."
        await segments.archive(tx, third)

    await db.run(actor, story)


@pytest.mark.parametrize(
    ("more", "error"),
    [
        ({"noun": "Deal"}, segments.BadSegment), ({"kind": "STATIC"}, segments.BadSegment), ({"where": None}, segments.BadSegment),
        ({"where": {"shoe": {"eq": 1}}}, BadFilter), ({"where": {"custom": [{"key": "shoe", "text": {"eq": "x"}}]}}, BadFilter),
        ({"name": "  "}, segments.BadSegment), ({"refresh_minutes": 0}, segments.BadSegment), ({"where": {"score": {"gte": "many"}}}, BadFilter),
    ],
)  # fmt: skip
async def test_what_cannot_be_kept_is_refused(db: Database, actor: Actor, more: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        await db.run(actor, lambda tx: make(tx, **more))
    assert await db.run(actor, lambda tx: tx.value("SELECT count(*) FROM segments s WHERE s.workspace_id = $1", tx.workspace)) == 0


async def test_a_field_that_is_put_away_is_told(db: Database, actor: Actor) -> None:
    where = {"custom": [{"key": "shoe", "text": {"eq": "boot"}}]}

    async def begin(tx: Tx) -> tuple[UUID, UUID]:
        field = await custom.define(tx, custom.NewField("Lead", "Shoe", "TEXT"))
        return field, await make(tx, where=where)

    field, id = await db.run(actor, begin)
    await db.run(actor, lambda tx: custom.archive(tx, field))

    async def look(tx: Tx) -> str | None:
        await segments.refresh(tx, id)
        return await tx.value("SELECT s.problem FROM segments s WHERE s.workspace_id = $1 AND s.id = $2", tx.workspace, id)

    assert await db.run(actor, look) == "Its filter asks for Lead.shoe, which is put away; the values of then still count."
    with pytest.raises(segments.BadSegment):
        await db.run(actor, lambda tx: make(tx, "Again", where=where))
    await db.run(actor, lambda tx: custom.unarchive(tx, field))
    assert await db.run(actor, look) is None


async def test_a_snapshot_stays_as_it_was(db: Database, actor: Actor) -> None:
    async def story(tx: Tx) -> None:
        one = await b.make_lead(tx, await b.make_person(tx), industry="Fairs")
        id = await make(tx, kind="SNAPSHOT")
        await segments.refresh(tx, id)
        await b.make_lead(tx, await b.make_person(tx), industry="Fairs")
        assert await segments.refresh(tx, id) == segments.Crossed()
        assert await members(tx, id) == {one}
        with pytest.raises(segments.SegmentNotByHand):
            await segments.put(tx, id, Everything(tx.workspace), [one], None)

    await db.run(actor, story)


async def test_refreshes_at_the_same_time_tell_of_a_crossing_once(db: Database, actor: Actor) -> None:
    async def begin(tx: Tx) -> tuple[UUID, UUID, UUID]:
        ada = await b.make_person(tx)
        id = await make(tx)
        await segments.refresh(tx, id)
        return id, ada, await b.make_lead(tx, ada, industry="Fairs")

    id, ada, lead = await db.run(actor, begin)
    await db.run(actor, lambda tx: tx.execute("INSERT INTO segment_changes (workspace_id, noun, record_id) VALUES ($1, 'Lead', $2)", tx.workspace, lead))
    looks = [db.run(actor, lambda tx: segments.refresh(tx, id)) for _ in range(3)] + [db.run(actor, segments.follow) for _ in range(2)]
    await asyncio.gather(*looks)
    assert await db.run(actor, lambda tx: crossings(tx, id)) == [("entered", ada, "CHANGED")]


async def test_a_preview_counts_and_shows_the_newest(db: Database, actor: Actor) -> None:
    async def story(tx: Tx) -> None:
        made = [await b.make_lead(tx, await b.make_person(tx), industry="Fairs") for _ in range(3)]
        seen = await segments.preview(tx, "Lead", {"industry": {"eq": "Fairs"}}, Everything(tx.workspace))
        assert (seen.count, seen.capped, set(seen.sample)) == (3, False, set(made))

    await db.run(actor, story)


async def test_who_crosses_by_a_quiet_change_is_told_of_quietly_unless_somebody_changed_them_aloud(db: Database, actor: Actor) -> None:
    async def begin(tx: Tx) -> tuple[UUID, list[UUID], list[UUID]]:
        people = [await b.make_person(tx) for _ in range(4)]
        id = await make(tx)
        await segments.refresh(tx, id)
        return id, people, [await b.make_lead(tx, person, industry="Steel") for person in people]

    id, people, made = await db.run(actor, begin)
    await settle(db, actor)
    quiet = replace(actor, quiet=True, loud=frozenset({"SEQUENCES"}))
    for lead in made[:2]:
        await db.run(quiet, lambda tx, lead=lead: leads.update(tx, lead, {"industry": "Fairs"}))
    for lead in made[1:3]:
        await db.run(actor, lambda tx, lead=lead: leads.update(tx, lead, {"industry": "Fairs", "title": "Buyer"}))
    await settle(db, actor)

    async def told(tx: Tx) -> dict[UUID, tuple[Any, Any]]:
        rows = await tx.fetch(
            "SELECT e.person_id, e.data FROM events e WHERE e.workspace_id = $1 AND e.kind = 'segment.entered' AND e.data->>'segment_id' = $2::uuid::text",
            tx.workspace, id)
        return {r["person_id"]: (r["data"].get("quiet"), r["data"].get("loud")) for r in rows}

    aloud = (None, None)
    assert await db.run(actor, told) == {people[0]: (True, ["SEQUENCES"]), people[1]: aloud, people[2]: aloud}

    async def waiting(tx: Tx) -> None:
        """A quiet change that waits is looked at before the segment as a whole, and quietly."""
        await tx.execute("UPDATE leads SET industry = 'Fairs' WHERE workspace_id = $1 AND id = $2", tx.workspace, made[3])
        sql = "INSERT INTO segment_changes (workspace_id, noun, record_id, hush) VALUES ($1, 'Lead', $2, $3)"
        await tx.execute(sql, tx.workspace, made[3], {"quiet": True})
        assert await segments.refresh(tx, id) == segments.Crossed(1, 0, 1)

    await db.run(actor, waiting)
    assert (await db.run(actor, told))[people[3]] == (True, None)
