"""Several writes go to the database as one statement, and none of them goes alone."""

from uuid import UUID

import pytest

from leadwell import capture, conversion, events, leads, tasks, timeline
from leadwell.base.actor import Actor
from leadwell.base.ids import uuid7
from leadwell.base.pool import open_pool, watchers
from leadwell.base.together import combined, together
from leadwell.base.tx import Database, Tx
from leadwell.base.unrolled import unrolled
from leadwell.embedded.servers import Servers
from tests import builders as make


def test_placeholders_are_counted_on_and_the_workspace_is_shared() -> None:
    one = "INSERT INTO a (workspace_id, x, y) VALUES ($1, $2, $3)"
    two = "UPDATE b SET z = $2 WHERE workspace_id = $1"
    assert combined((one, two)) == (
        "WITH done_0 AS (INSERT INTO a (workspace_id, x, y) VALUES ($1, $2, $3)),\ndone_1 AS (UPDATE b SET z = $4 WHERE workspace_id = $1)\nSELECT 1"
    )


def test_parts_of_the_same_name_are_kept_apart() -> None:
    one = "WITH x AS (SELECT ')' AS a, $2::int AS n) INSERT INTO a SELECT x.n FROM x"
    joined = combined((one, one))
    assert "x AS (SELECT ')' AS a, $2::int AS n),\ndone_0 AS (INSERT INTO a SELECT x.n FROM x)" in joined
    assert "x_1 AS (SELECT ')' AS a, $3::int AS n),\ndone_1 AS (INSERT INTO a SELECT x_1.n FROM x_1)" in joined


async def test_gathered_writes_commit_together_and_ring(db: Database, actor: Actor) -> None:
    ids = [uuid7() for _ in range(3)]

    async def write(tx: Tx) -> set[str]:
        async with together(tx) as writes:
            for id in ids:
                await events.note(writes, "lead.updated", "Lead", id)
            assert await tx.value("SELECT count(*) FROM events e WHERE e.workspace_id = $1", tx.workspace) == 0
        assert await tx.value("SELECT count(*) FROM events e WHERE e.workspace_id = $1", tx.workspace) == 3
        return tx.rings

    assert await db.run(actor, write) == {"upkeep"}


async def test_nothing_is_sent_when_the_block_fails_and_reads_are_refused(db: Database, actor: Actor) -> None:
    async def read(tx: Tx) -> None:
        async with together(tx) as writes:
            await events.note(writes, "lead.updated", "Lead", uuid7())
            await writes.value("SELECT 1")

    async def write(tx: Tx) -> None:
        with pytest.raises(AssertionError, match="would not see"):
            await read(tx)
        assert await tx.value("SELECT count(*) FROM events e WHERE e.workspace_id = $1", tx.workspace) == 0

    await db.run(actor, write)


async def test_what_depends_on_a_write_is_sent_after_it(db: Database, actor: Actor) -> None:
    noted = "SELECT count(*) FROM events e WHERE e.workspace_id = $1"

    async def write(tx: Tx) -> list[int]:
        async with together(tx) as writes:
            await events.note(writes, "lead.updated", "Lead", uuid7())
            await events.note(writes, "lead.updated", "Lead", uuid7())
            await writes.send()
            between = await tx.value(noted, tx.workspace)
            await events.note(writes, "lead.updated", "Lead", uuid7())
        return [between, await tx.value(noted, tx.workspace)]

    assert await db.run(actor, write) == [2, 3]


async def test_the_last_statement_answers_its_rows_and_sees_nothing_of_the_others(db: Database, actor: Actor) -> None:
    async def write(tx: Tx) -> list[int]:
        async with together(tx) as writes:
            await events.note(writes, "lead.updated", "Lead", uuid7())
            (row,) = await writes.answer("SELECT count(*) AS n FROM events e WHERE e.workspace_id = $1", writes.workspace)
        return [row["n"], await tx.value("SELECT count(*) FROM events e WHERE e.workspace_id = $1", tx.workspace)]

    assert await db.run(actor, write) == [0, 1]


async def test_a_capture_of_somebody_new_is_two_messages_and_a_conversion_five(db: Database, actor: Actor, migrated: Servers) -> None:
    sent = list[str]()
    watch = lambda record: sent.append(record.query.split(maxsplit=1)[0].split(";")[0])  # noqa: E731
    watchers.append(watch)
    own = Database(await open_pool(migrated.database_url, size=1))
    watchers.remove(watch)
    await own.be_brief()
    owner = await db.run(actor, make.make_user)
    for _ in range(2):  # asyncpg asks about types it meets for the first time
        await capture.submit(own, actor, [capture.Submission("API", {"email": "bo@acme.com"})])
    sent.clear()
    (made,) = await capture.submit(own, actor, [capture.Submission("API", {"email": "ana@acme.com", "company": "Acme"})])
    captured, lead = list(sent), made.lead_id
    assert lead is not None
    await db.run(actor, lambda tx: leads.assign(tx, lead, owner))
    sent.clear()
    await own.run(actor, lambda tx: conversion.convert(tx, lead))
    converted = list(sent)
    sent.clear()
    call = timeline.NewActivity("CALL", subject="Hello")
    await own.run(actor, lambda tx: tasks.log_activity(tx, call, tasks.About(lead_id=lead)))
    logged = list(sent)
    sent.clear()
    await capture.submit(own, actor, [capture.Submission("API", {"email": "ana@acme.com", "title": "CTO"})])
    own.brief = False
    again = list(sent)
    sent.clear()
    await capture.submit(own, actor, [capture.Submission("API", {"email": "cy@acme.com", "company": "Acme"})])
    await own.close()
    assert captured == ["WITH", "WITH"]
    assert sent == ["BEGIN", "WITH", "COMMIT", "BEGIN", "WITH", "COMMIT"]
    assert again[:3] == ["WITH", "BEGIN", "WITH"]
    assert converted == ["BEGIN", "SELECT", "WITH", "WITH", "COMMIT"]
    assert logged == ["BEGIN", "SELECT", "WITH", "COMMIT"]


async def test_where_a_write_does_not_enter_its_workspace_first_it_is_done_again_in_a_transaction(actor: Actor, migrated: Servers) -> None:
    own = Database(await open_pool(migrated.database_url, size=1))
    await own.be_brief()
    assert own.brief
    insert = "INSERT INTO tags (workspace_id, id, name, created_at, updated_at) SELECT $1, $2, 'Late', clock_timestamp(), clock_timestamp() RETURNING name"
    rows = await own.run(actor, lambda tx: tx.last(insert, tx.workspace, uuid7()), replayable=True, brief=True)
    assert ([row["name"] for row in rows], own.brief) == (["Late"], False)
    async with own.read(actor) as tx:
        assert await tx.value("SELECT count(*) FROM tags t WHERE t.workspace_id = $1 AND t.name = 'Late'", tx.workspace) == 1
    await own.close()


def test_a_set_of_one_row_becomes_parameters_and_a_larger_one_stays() -> None:
    sql = "INSERT INTO a (x, y, at) SELECT s.x, s.y, $3 FROM jsonb_to_recordset($2::jsonb) AS s (x uuid, y text)"
    text, given = unrolled(sql, ["w", [{"x": 1}], "now"])
    assert text == "INSERT INTO a (x, y, at) SELECT s.x, s.y, $3 FROM (VALUES ($2::uuid, $4::text)) AS s (x, y)"
    assert given == ["w", 1, "now", None]
    many = ["w", [{"x": 1}, {"x": 2}], "now"]
    assert unrolled(sql, many) == (sql, many)


def test_a_set_that_is_asked_for_twice_stays() -> None:
    sql = "UPDATE a SET x = s.x FROM jsonb_to_recordset($2::jsonb) AS s (x int) WHERE a.n = jsonb_array_length($2::jsonb)"
    assert unrolled(sql, ["w", [{"x": 1}]]) == (sql, ["w", [{"x": 1}]])


async def test_a_conversion_brings_another_open_lead_of_the_person_forward_as_well(db: Database, actor: Actor) -> None:
    async def given(tx: Tx) -> tuple[UUID, UUID, UUID]:
        owner, person = await make.make_user(tx), await make.make_person(tx)
        pipeline, status = uuid7(), uuid7()
        await make.insert(tx, "pipelines", id=pipeline, name="Partners", kind="LEAD", **await make.stamps(tx))
        await make.insert(tx, "lead_statuses", id=status, pipeline_id=pipeline, name="New", type="NEW", position=1, **await make.stamps(tx))
        other = await make.make_lead(tx, person, pipeline_id=pipeline, status_id=status)
        return await make.make_lead(tx, person, owner_id=owner, company_name="Acme Ltd"), other, person

    lead, other, person = await db.run(actor, given)
    await db.run(actor, lambda tx: conversion.convert(tx, lead))
    async with db.read(actor) as tx:
        times = [await tx.value(f"SELECT x.last_activity_at FROM {t} x WHERE x.workspace_id = $1 AND x.id = $2", tx.workspace, id)
                 for t, id in (("people", person), ("leads", other))]
    assert times[0] is not None
    assert times[0] == times[1]


async def test_a_conversion_brings_a_person_with_no_other_lead_forward(db: Database, actor: Actor) -> None:
    async def given(tx: Tx) -> tuple[UUID, UUID]:
        person = await make.make_person(tx)
        return await make.make_lead(tx, person, owner_id=await make.make_user(tx), company_name="Acme Ltd"), person

    lead, person = await db.run(actor, given)
    await db.run(actor, lambda tx: conversion.convert(tx, lead))
    async with db.read(actor) as tx:
        sealed = await tx.value("SELECT c.at FROM conversions c WHERE c.workspace_id = $1 AND c.lead_id = $2", tx.workspace, lead)
        assert await tx.value("SELECT p.last_activity_at FROM people p WHERE p.workspace_id = $1 AND p.id = $2", tx.workspace, person) == sealed
