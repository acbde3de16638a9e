"""Activities are recorded once, touch what they concern, and are read newest first."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from asyncpg.exceptions import ForeignKeyViolationError

from leadwell import timeline
from leadwell.base.actor import Actor
from leadwell.base.ids import uuid7
from leadwell.base.tx import Database, Tx
from leadwell.timeline import NewActivity
from tests.builders import make_company, make_contact, make_lead, make_person

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)


async def count(db: Database, actor: Actor, table: str) -> int:
    async with db.read(actor) as tx:
        return await tx.value(f"SELECT count(*) FROM {table} t WHERE t.workspace_id = $1", tx.workspace)


async def test_activity_touches_person_lead_contact_and_company_and_has_them_scored(db: Database, actor: Actor) -> None:
    async def work(tx: Tx) -> list[UUID]:
        person = await make_person(tx)
        lead, company = await make_lead(tx, person), await make_company(tx)
        contact = await make_contact(tx, person, company)
        await timeline.record(tx, NewActivity("CALL", [(person, "TO")], [("Lead", lead), ("Company", company)], at=AT, duration_seconds=60))
        return [person, lead, contact, company]

    ids = await db.run(actor, work)
    async with db.read(actor) as tx:
        for table, id in zip(("people", "leads", "contacts", "companies"), ids, strict=True):
            row = await tx.row(f"SELECT t.last_activity_at, t.version FROM {table} t WHERE t.workspace_id = $1 AND t.id = $2", tx.workspace, id)
            assert tuple(row) == (AT, 1), table  # type: ignore[arg-type]
        keys = await tx.fetch("SELECT w.kind, w.key FROM work w WHERE w.workspace_id = $1", tx.workspace)
    assert [tuple(k) for k in keys] == [("score.person", str(ids[0]))]


async def test_late_activity_does_not_turn_the_clock_back(db: Database, actor: Actor) -> None:
    async def work(tx: Tx) -> datetime:
        person = await make_person(tx)
        await timeline.record_many(tx, [NewActivity("NOTE", [person], at=AT), NewActivity("NOTE", [person], at=AT - timedelta(days=9))])
        return await tx.value("SELECT p.last_activity_at FROM people p WHERE p.workspace_id = $1 AND p.id = $2", tx.workspace, person)

    assert await db.run(actor, work) == AT


async def test_same_external_id_is_recorded_once(db: Database, actor: Actor) -> None:
    person = await db.run(actor, make_person)
    mail = NewActivity("EMAIL", [person], source="gmail", external_id="m1")
    twice = await db.run(actor, lambda tx: timeline.record_many(tx, [mail, NewActivity("NOTE", [person]), mail]))
    assert twice[0] == twice[2] != twice[1]
    assert await db.run(actor, lambda tx: timeline.record(tx, mail)) == twice[0]
    assert (await count(db, actor, "activities"), await count(db, actor, "activity_participants")) == (2, 2)


async def test_twenty_at_once_record_one(db: Database, actor: Actor) -> None:
    person = await db.run(actor, make_person)
    mail = NewActivity("EMAIL", [person], source="gmail", external_id="m1")
    ids = await asyncio.gather(*(db.run(actor, lambda tx: timeline.record(tx, mail)) for _ in range(20)))
    assert len(set(ids)) == 1
    assert await count(db, actor, "activities") == 1


async def test_activity_about_nothing_is_refused(db: Database, actor: Actor) -> None:
    with pytest.raises(timeline.ActivityAboutNothing):
        await db.run(actor, lambda tx: timeline.record(tx, NewActivity("NOTE")))
    assert await count(db, actor, "activities") == 0


async def test_timeline_pages_newest_first(db: Database, actor: Actor) -> None:
    async def work(tx: Tx) -> tuple[UUID, UUID]:
        person = await make_person(tx)
        lead = await make_lead(tx, person)
        await timeline.record_many(
            tx, [NewActivity("NOTE", [person], [("Lead", lead)], at=AT + timedelta(hours=i // 2), subject=str(i)) for i in range(7)])
        return person, lead

    person, lead = await db.run(actor, work)
    async with db.read(actor) as tx:
        first = await timeline.of_person(tx, person, limit=4)
        rest = await timeline.of_person(tx, person, before=(first[-1]["at"], first[-1]["id"]), limit=4)
    assert [r["at"].hour for r in (*first, *rest)] == [15, 14, 14, 13, 13, 12, 12]
    assert len({r["subject"] for r in (*first, *rest)}) == 7
    assert first[0]["links"] == [{"noun": "Lead", "id": str(lead)}]


async def test_no_statement_gives_an_activity_to_a_person_who_is_not_there(db: Database, actor: Actor) -> None:
    """What a foreign key would refuse, refused for a whole statement."""
    person = await db.run(actor, make_person)
    id = await db.run(actor, lambda tx: timeline.record(tx, NewActivity("NOTE", [person])))
    columns = "(workspace_id, activity_id, person_id, kind, at)"
    for sql in (
        f"INSERT INTO activity_participants {columns} SELECT $1, $2, u.id, 'NOTE', now() FROM unnest($3::uuid[]) u (id)",
        "UPDATE activity_participants SET person_id = ($3::uuid[])[2] WHERE workspace_id = $1 AND activity_id = $2",
    ):
        with pytest.raises(ForeignKeyViolationError):
            await db.run(actor, lambda tx, sql=sql: tx.execute(sql, tx.workspace, uuid7() if "INSERT" in sql else id, [person, uuid7()]))
    assert await count(db, actor, "activity_participants") == 1
