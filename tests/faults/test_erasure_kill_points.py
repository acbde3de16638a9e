"""An erasure whose worker is killed until its job is quarantined is taken up again by upkeep, and ends where one that nobody disturbed does."""

import signal
from typing import Any
from uuid import UUID

import asyncpg

from leadwell import capture, events, privacy, work
from leadwell.base.actor import Actor
from leadwell.base.tx import Database, Tx
from leadwell.embedded.servers import Servers
from tests import builders as make
from tests.faults.nursery import nursery

ANA = {"firstName": "Ana", "lastName": "Silva", "email": "ana@acme.com", "phone": "+49 30 1234567", "message": "Call me"}
REQUEST = "SELECT q.state, q.error, q.counts, q.people_count, q.sealed_ciphertext IS NULL AS forgot FROM privacy_requests q WHERE q.workspace_id = $1"
JOB = "SELECT w.state, w.crashes FROM work w WHERE w.workspace_id = $1 AND w.kind = 'transfer.erase'"


async def dies(cluster: Servers, workspace: UUID, last: int) -> int:
    return await nursery.run("tests.faults.one_erasure", "", cluster.database_url, str(workspace), str(last))


async def rows(db: Database, actor: Actor, sql: str) -> list[dict[str, Any]]:
    async with db.read(actor) as tx:
        return [dict(row) for row in await tx.fetch(sql, tx.workspace)]


async def asked(db: Database, actor: Actor) -> UUID:
    """The erasure of somebody who sent a form, has a note and a task, with everything read by its readers."""
    (outcome,) = await capture.submit(db, actor, [capture.Submission("FORM", ANA, ip="192.0.2.7")])
    person = outcome.person_id
    assert person

    async def more(tx: Tx) -> UUID:
        await make.make_activity(tx, person, subject="Alone", body="ana@acme.com called")
        await make.make_task(tx, "Call Ana", lead_id=outcome.lead_id)
        return await privacy.ask(tx, person)

    id = await db.run(actor, more)
    await db.run(actor, events.sequence)
    await db.run(actor, lambda tx: events.read_on(tx, "reactions", 10_000))
    await db.run(actor, lambda tx: tx.execute("UPDATE event_readers SET seq = 1000000 WHERE workspace_id = $1 AND reader <> 'reactions'", tx.workspace))
    return id


async def test_an_erasure_whose_worker_dies_three_times_is_taken_up_again(migrated: Servers, db: Database, workspace: UUID, actor: Actor) -> None:
    await asked(db, actor)
    owner = await asyncpg.connect(migrated.owner_database_url)
    reached: list[int] = []
    for last in (3, 20, 30):
        assert await dies(migrated, workspace, last) == -signal.SIGKILL
        reached.append(await owner.fetchval("SELECT step FROM privacy_requests WHERE workspace_id = $1", workspace))
        await owner.execute("UPDATE work SET lease_until = now() - interval '1 s' WHERE workspace_id = $1 AND state = 'RUNNING'", workspace)
    await owner.close()
    assert reached == sorted(reached)
    assert len(set(reached)) == 3
    await db.run(actor, lambda tx: work.rescue(tx, "transfer"))
    assert await rows(db, actor, JOB) == [{"state": "DEAD", "crashes": 3}]
    assert [(row["state"], row["error"], row["forgot"]) for row in await rows(db, actor, REQUEST)] == [("RUNNING", None, False)]
    await db.run(actor, privacy.retention.plan)
    assert await rows(db, actor, JOB) == [{"state": "READY", "crashes": 0}]
    assert [row["error"] for row in await rows(db, actor, REQUEST)] == ["quarantined: its worker died 3 times"]
    assert await dies(migrated, workspace, -1) == 0
    assert await rows(db, actor, JOB) == []
    (done,) = await rows(db, actor, REQUEST)
    counts = done.pop("counts")
    assert done == {"state": "DONE", "error": None, "people_count": 1, "forgot": True}
    assert {table: counts[table] for table in ("people", "leads", "submissions", "tasks", "activities")} == {
        "people": 1, "leads": 1, "submissions": 1, "tasks": 1, "activities": 2}  # fmt: skip
    assert await rows(db, actor, "SELECT 1 FROM events e WHERE e.workspace_id = $1 AND e.data::text ILIKE '%ana%'") == []
