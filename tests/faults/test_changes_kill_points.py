"""A change set killed by SIGKILL in any batch leaves whole batches with their results; whoever goes on does each record once. So does its revert."""

import signal
from collections import Counter
from pathlib import Path
from uuid import UUID

import pytest

from leadwell import changes
from leadwell.access import Viewer
from leadwell.base.actor import Actor
from leadwell.base.tx import Database, Tx
from leadwell.changes import Wanted, performing
from leadwell.embedded.servers import Servers
from tests.builders import make_lead, make_user
from tests.faults.nursery import nursery
from tests.installation import installed, until
from tests.processes import short_directory

KILLED = -signal.SIGKILL
EVERYTHING = {"*": {"verbs": ["*"], "rows": "all"}}
COUNT = 250


async def asked(db: Database, workspace: UUID, count: int = COUNT) -> tuple[UUID, Viewer]:
    """A change set that junks so many leads, and who asked for it."""
    actor = Actor.system(workspace)

    async def furnish(tx: Tx) -> UUID:
        for _ in range(count):
            await make_lead(tx)
        return await make_user(tx, role="OWNER")

    viewer = Viewer.of_user(workspace, await db.run(actor, furnish), "Mo", "OWNER", EVERYTHING)
    wanted = Wanted("Lead", "JUNK", {}, options={"reason": "SPAM"})
    return await db.run(actor, lambda tx: changes.ask(tx, wanted, viewer, count)), viewer


async def die(cluster: Servers, workspace: UUID, state: str, id: UUID, batch: int) -> int:
    return await nursery.run("tests.faults.one_change", "", cluster.database_url, str(workspace), state, str(id), str(batch))


async def stand(db: Database, workspace: UUID, id: UUID) -> tuple[dict[str, int], dict[str, int], tuple[int, int, int]]:
    """Leads by state, records by state, and what the change set counts: done, changed, reverted."""
    async with db.read(Actor.system(workspace)) as tx:
        leads = await tx.fetch("SELECT l.state FROM leads l WHERE l.workspace_id = $1", tx.workspace)
        rows = await tx.fetch("SELECT r.state FROM change_rows r WHERE r.workspace_id = $1 AND r.change_set_id = $2", tx.workspace, id)
        row = await tx.row("SELECT c.done_rows, c.changed_count, c.reverted_count FROM change_sets c WHERE c.workspace_id = $1 AND c.id = $2", tx.workspace, id)
    assert row is not None
    return dict(Counter(r["state"] for r in leads)), dict(Counter(r["state"] for r in rows)), (row[0], row[1], row[2])


async def events_of(db: Database, workspace: UUID, kind: str) -> Counter[int]:
    """How many leads have how many such events."""
    async with db.read(Actor.system(workspace)) as tx:
        rows = await tx.fetch("SELECT e.record_id FROM events e WHERE e.workspace_id = $1 AND e.kind = $2", tx.workspace, kind)
    return Counter(Counter(r["record_id"] for r in rows).values())


@pytest.mark.parametrize("batch", [1, 2, 3, 4])
async def test_a_change_set_and_its_revert_killed_in_a_batch_go_on_where_they_stood(migrated: Servers, db: Database, workspace: UUID, batch: int) -> None:
    id, viewer = await asked(db, workspace)
    whole = min((batch - 1) * performing.BATCH, COUNT)
    assert await die(migrated, workspace, "RUNNING", id, batch) == KILLED
    leads, rows, counts = await stand(db, workspace, id)
    assert (leads.get("JUNK", 0), rows.get("CHANGED", 0), counts) == (whole, whole, (whole, whole, 0))
    await changes.perform(db, workspace, id)
    assert await stand(db, workspace, id) == ({"JUNK": COUNT}, {"CHANGED": COUNT}, (COUNT, COUNT, 0))
    assert await events_of(db, workspace, "lead.junked") == {1: COUNT}
    await db.run(Actor.system(workspace), lambda tx: changes.ask_revert(tx, id, viewer))
    assert await die(migrated, workspace, "REVERTING", id, batch) == KILLED
    leads, rows, counts = await stand(db, workspace, id)
    assert (leads.get("OPEN", 0), rows.get("REVERTED", 0), counts) == (whole, whole, (COUNT, COUNT - whole, whole))
    await changes.revert(db, workspace, id)
    assert await stand(db, workspace, id) == ({"OPEN": COUNT}, {"REVERTED": COUNT}, (COUNT, 0, COUNT))
    assert await events_of(db, workspace, "lead.reopened") == {1: COUNT}


async def test_a_worker_killed_in_a_running_change_set_is_followed_by_another() -> None:
    with short_directory() as home:
        await killed_and_followed(home)


async def killed_and_followed(home: Path) -> None:
    async with installed(home) as house:
        workspace = await house.workspace()
        id, _ = await asked(house.db, workspace, 1_500)

        async def begun() -> bool:
            return (await stand(house.db, workspace, id))[2][0] > 0

        async with house.worker() as first:
            await until(begun, 30)
            first.send(signal.SIGKILL)
            await first.ended()
        _, rows, counts = await stand(house.db, workspace, id)
        assert 0 < counts[0] < 1_500
        assert rows == {"CHANGED": counts[0], "PENDING": 1_500 - counts[0]}
        sql = "UPDATE work SET lease_until = clock_timestamp() - interval '1 second' WHERE workspace_id = $1 AND state = 'RUNNING'"
        await house.db.run(Actor.system(workspace), lambda tx: tx.execute(sql, tx.workspace))

        async def ended() -> bool:
            return bool(await house.rows(workspace, "SELECT 1 FROM change_sets c WHERE c.workspace_id = $1 AND c.state = 'DONE'"))

        async with house.worker():
            await until(ended, 60)
        assert (await stand(house.db, workspace, id))[2] == (1_500, 1_500, 0)
        assert await events_of(house.db, workspace, "lead.junked") == {1: 1_500}

