"""Activities told late, early, twice and in batches; notes that are corrected and pinned. What was recorded never changes."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from leadwell import tasks, timeline
from leadwell.base.actor import Actor
from leadwell.base.ids import uuid7
from leadwell.base.refusals import NotFound, StaleVersion
from leadwell.base.tx import Database, Tx
from leadwell.catalog import Everything
from leadwell.tasks import About, Told
from leadwell.timeline import Asked, Entry, NewActivity
from tests import builders as make


def told(person: UUID, external_id: str, at: Any = None, kind: Any = "TICKET", **more: Any) -> Told:
    return Told(NewActivity(kind, source="desk", external_id=external_id, at=at, subject=external_id, **more), About(person_ids=[person]))


async def entries(db: Database, actor: Actor, noun: str, id: UUID, *kinds: str) -> list[Entry]:
    async with db.read(actor) as tx:
        return list((await timeline.page(tx, Everything(actor.workspace), Asked(noun, id, kinds or None))).entries)


async def now(db: Database, actor: Actor) -> Any:
    async with db.read(actor) as tx:
        return await tx.now()


async def counted(db: Database, actor: Actor) -> dict[str, int]:
    async with db.read(actor) as tx:
        return await make.counts(tx)


async def test_late_event_of_a_converted_lead_lands_on_the_contact_and_leaves_the_lead_alone(db: Database, actor: Actor) -> None:
    async def given(tx: Tx) -> tuple[UUID, UUID, UUID]:
        person = await make.make_person(tx)
        lead, contact = await make.make_lead(tx, person), await make.make_contact(tx, person)
        await tx.execute("UPDATE leads SET state = 'CONVERTED' WHERE workspace_id = $1 AND id = $2", tx.workspace, lead)
        return person, lead, contact

    _, lead, contact = await db.run(actor, given)
    at = await now(db, actor) - timedelta(days=3)
    click = Told(NewActivity("CLICK", at=at, source="mail", external_id="c1"), About(lead_id=lead))
    (done,) = await db.run(actor, lambda tx: tasks.log_activities(tx, [click]))
    assert [(e.id, e.kind, e.at) for e in await entries(db, actor, "Contact", contact, "CLICK")] == [(done.id, "CLICK", at)]
    async with db.read(actor) as tx:
        rows = [await tx.row(f"SELECT x.last_activity_at, x.version FROM {t} x WHERE x.workspace_id = $1 AND x.id = $2", tx.workspace, id)
                for t, id in (("leads", lead), ("contacts", contact))]
    assert [tuple(r) for r in rows if r] == [(None, 1), (at, 1)]


async def test_same_event_told_twice_late_or_at_once_is_recorded_once(db: Database, actor: Actor) -> None:
    person = await db.run(actor, make.make_person)
    batch = [told(person, "1"), told(person, "2"), told(person, "1")]
    first = await db.run(actor, lambda tx: tasks.log_activities(tx, batch))
    again = await asyncio.gather(*(db.run(actor, lambda tx: tasks.log_activities(tx, batch)) for _ in range(8)))
    assert first[0].id == first[2].id != first[1].id
    assert all([one.id for one in result] == [one.id for one in first] for result in again)
    assert len(await entries(db, actor, "Person", person)) == 2


async def test_clock_ahead_is_bounded_and_the_future_is_parked_until_it_comes(db: Database, actor: Actor) -> None:
    person, at = await db.run(actor, make.make_person), await now(db, actor)
    batch = [told(person, "soon", at + timedelta(minutes=4)), told(person, "later", at + timedelta(days=2))]
    soon, later = await db.run(actor, lambda tx: tasks.log_activities(tx, batch))
    assert (soon.parked, later.parked) == (False, True)
    (seen,) = await entries(db, actor, "Person", person)
    assert seen.title == "soon"
    assert at <= seen.at < at + timedelta(minutes=4)
    assert (await db.run(actor, lambda tx: tasks.log_activities(tx, batch)))[1] == later
    async with db.read(actor) as tx:
        job = await tx.row("SELECT w.kind, w.run_at, w.payload FROM work w WHERE w.workspace_id = $1 AND w.queue = 'upkeep'", tx.workspace)
    assert job is not None
    assert (job["kind"], job["run_at"], job["payload"]) == ("upkeep.record_activity", at + timedelta(days=2), {"activity_id": str(later.id)})
    assert later.id is not None
    assert await db.run(actor, lambda tx: tasks.record_parked(tx, [later.id])) == []  # type: ignore[list-item]
    async def time_comes(tx: Tx) -> list[UUID]:
        await tx.execute("UPDATE parked_activities SET at = $2 WHERE workspace_id = $1", tx.workspace, at)
        return await tasks.record_parked(tx, [later.id])  # type: ignore[list-item]

    assert await db.run(actor, time_comes) == [later.id]
    assert [e.title for e in await entries(db, actor, "Person", person)] == ["later", "soon"]
    assert await db.run(actor, lambda tx: tasks.record_parked(tx, [later.id])) == []  # type: ignore[list-item]


async def test_one_bad_activity_refuses_all_or_is_left_out(db: Database, actor: Actor) -> None:
    person, before = await db.run(actor, make.make_person), await counted(db, actor)
    bad = [told(uuid7(), "nobody"), told(person, "kind", kind="CONVERSION"), Told(NewActivity("NOTE"), About()), told(person, "long", duration_seconds=-1)]
    with pytest.raises(NotFound) as refused:
        await db.run(actor, lambda tx: tasks.log_activities(tx, [told(person, "ok"), *bad]))
    assert refused.value.field == "activities.1.person_ids"
    assert (await counted(db, actor))["activities"] == before["activities"]
    done = await db.run(actor, lambda tx: tasks.log_activities(tx, [told(person, "ok"), *bad], skip=True))
    assert [one.refusal and (one.refusal.code, one.refusal.field) for one in done] == [
        None, ("NOT_FOUND", "activities.1.person_ids"), ("BAD_TASK_FIELD", "activities.2.kind"), ("ACTIVITY_ABOUT_NOTHING", "activities.3"),
        ("BAD_TASK_FIELD", "activities.4.duration_seconds"),
    ]  # fmt: skip
    assert (await counted(db, actor))["activities"] == before["activities"] + 1
    with pytest.raises(tasks.TooManyActivities):
        await db.run(actor, lambda tx: tasks.log_activities(tx, [told(person, str(i)) for i in range(501)]))


async def test_id_of_a_merged_person_means_the_survivor(db: Database, actor: Actor) -> None:
    async def given(tx: Tx) -> tuple[UUID, UUID]:
        old, new = await make.make_person(tx), await make.make_person(tx)
        await make.insert(tx, "redirects", noun="Person", old_id=old, new_id=new, created_at=await tx.now())
        return old, new

    old, new = await db.run(actor, given)
    await db.run(actor, lambda tx: tasks.log_activities(tx, [told(old, "x")]))
    assert [e.title for e in await entries(db, actor, "Person", new)] == ["x"]
    assert [e.title for e in await entries(db, actor, "Person", old)] == ["x"]


async def test_note_shows_its_latest_revision_once_and_keeps_every_wording(db: Database, actor: Actor) -> None:
    person = await db.run(actor, make.make_person)
    id = await db.run(actor, lambda tx: tasks.write_note(tx, "Likes tee", About(person_ids=[person]), pinned=True))
    with pytest.raises(StaleVersion):
        await db.run(actor, lambda tx: timeline.revise(tx, id, {"body": "x"}, expected_version=1))
    done = await db.run(actor, lambda tx: timeline.revise(tx, id, {"body": "Likes tea"}, expected_version=2))
    assert (done.version, done.changes) == (3, {"body": ["Likes tee", "Likes tea"]})
    assert (await db.run(actor, lambda tx: timeline.revise(tx, id, {"body": "Likes tea"}))).changes == {}
    (seen,) = await entries(db, actor, "Person", person)
    assert (seen.id, seen.body, seen.pinned_at is not None, seen.revised_at is not None) == (id, "Likes tea", True, True)
    async with db.read(actor) as tx:
        rows = await tx.fetch("SELECT a.id, a.body, a.revises_id FROM activities a WHERE a.workspace_id = $1 ORDER BY a.id", tx.workspace)
        parts = await tx.value("SELECT count(*) FROM activity_participants p WHERE p.workspace_id = $1", tx.workspace)
    assert [(r["body"], r["revises_id"]) for r in rows] == [("Likes tee", None), ("Likes tea", id)]
    assert parts == 1
    await db.run(actor, lambda tx: timeline.revise(tx, rows[1]["id"], {"body": "Likes green tea"}))
    await db.run(actor, lambda tx: timeline.pin(tx, id, False))
    (seen,) = await entries(db, actor, "Person", person)
    assert (seen.body, seen.pinned_at) == ("Likes green tea", None)


async def test_twenty_corrections_at_once_all_stand_in_the_history(db: Database, actor: Actor) -> None:
    person = await db.run(actor, make.make_person)
    id = await db.run(actor, lambda tx: tasks.write_note(tx, "0", About(person_ids=[person])))
    await asyncio.gather(*(db.run(actor, lambda tx, i=i: timeline.revise(tx, id, {"body": str(i)})) for i in range(1, 21)))
    async with db.read(actor) as tx:
        head = await tx.row("SELECT h.version, h.body, h.latest_id FROM activity_heads h WHERE h.workspace_id = $1", tx.workspace)
        last = await tx.value("SELECT a.body FROM activities a WHERE a.workspace_id = $1 AND a.id = $2", tx.workspace, head and head["latest_id"])
        kept = await tx.value("SELECT count(*) FROM activities a WHERE a.workspace_id = $1 AND a.revises_id = $2", tx.workspace, id)
    assert head is not None
    assert (head["version"], head["body"], kept) == (21, last, 20)


async def test_what_others_recorded_cannot_be_corrected(db: Database, actor: Actor) -> None:
    person = await db.run(actor, make.make_person)
    (one,) = await db.run(actor, lambda tx: tasks.log_activities(tx, [told(person, "1", kind="NOTE")]))
    before = await counted(db, actor)
    for id, kind in ((one.id, timeline.ActivityIsHistory), (uuid7(), NotFound)):
        with pytest.raises(kind):
            await db.run(actor, lambda tx, id=id: timeline.revise(tx, id, {"body": "other"}))  # type: ignore[arg-type]
    with pytest.raises(tasks.BadTaskField):
        await db.run(actor, lambda tx: tasks.write_note(tx, "  ", About(person_ids=[person])))
    assert await counted(db, actor) == before


async def test_rows_of_activities_cannot_be_changed_by_the_application(db: Database, actor: Actor) -> None:
    import asyncpg

    person = await db.run(actor, make.make_person)
    id = await db.run(actor, lambda tx: tasks.write_note(tx, "as it was", About(person_ids=[person])))
    for sql in ("UPDATE activities SET body = 'x' WHERE workspace_id = $1 AND id = $2", "DELETE FROM activities WHERE workspace_id = $1 AND id = $2"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await db.run(actor, lambda tx, sql=sql: tx.execute(sql, tx.workspace, id))
