"""A sweep killed by SIGKILL goes on with the batch it was at, and a merge that nobody asked for happens whole or not at all."""

import signal

import pytest

from leadwell import workspaces
from leadwell.base.actor import Actor
from leadwell.base.tx import Database
from leadwell.embedded.servers import Servers
from tests import builders as make
from tests.faults.nursery import nursery
from tests.filling import fingerprint
from tests.verbs.twins import ANA, ANN, checked, given, made, pairs, rows

KILLED = -signal.SIGKILL
SWEEP = "SELECT s.state, s.phase, s.records, s.compared, s.found FROM duplicate_sweeps s WHERE s.workspace_id = $1"


async def run(cluster: Servers, fault: str, *arguments: str) -> int:
    return await nursery.run("tests.faults.one_sweep", fault, cluster.database_url, *arguments)


@pytest.mark.parametrize(("point", "left"), [
    ("sweeping.people", {"phase": "PEOPLE", "records": 0, "compared": 0, "found": 0}),
    ("sweeping.companies", {"phase": "COMPANIES", "records": 3, "compared": 0, "found": 0}),
    ("sweeping.pairs", {"phase": "PAIRS", "records": 4, "compared": 0, "found": 0}),
])  # fmt: skip
async def test_a_sweep_killed_on_the_way_goes_on_where_it_was(migrated: Servers, db: Database, actor: Actor, point: str, left: dict[str, object]) -> None:
    ids = await made(db, actor, ANA, ANN, given("Bruno Weber", "b@weber.example"))
    await db.run(actor, make.make_company)
    assert await run(migrated, point, str(actor.workspace)) == KILLED
    assert await rows(db, actor, SWEEP) == [{"state": "RUNNING", **left}]
    assert await run(migrated, "", str(actor.workspace)) == 0
    assert await rows(db, actor, SWEEP) == [{"state": "DONE", "phase": "DONE", "records": 4, "compared": 1, "found": 1}]
    assert [(p["low_id"], p["high_id"], p["state"]) for p in await pairs(db, actor)] == [(ids[0], ids[1], "OPEN")]
    assert len(await rows(db, actor, "SELECT e.id FROM events e WHERE e.workspace_id = $1 AND e.kind = 'duplicate.found'")) == 1


@pytest.mark.parametrize("point", ["merging.locked", "merging.person", "merging.done"])
async def test_a_merge_that_nobody_asked_for_happens_whole_or_not_at_all(migrated: Servers, db: Database, actor: Actor, point: str) -> None:
    await db.run(actor, lambda tx: workspaces.update_settings(tx, {"link_duplicates": True}))
    (pair,) = await checked(db, actor, *await made(db, actor, ANA, ANN))
    before = await fingerprint(db, actor.workspace)
    assert await run(migrated, point, str(actor.workspace), str(pair)) == KILLED
    assert await fingerprint(db, actor.workspace) == before
    assert await run(migrated, "", str(actor.workspace), str(pair)) == 0
    assert [(p["state"], p["automatic"]) for p in await pairs(db, actor)] == [("MERGED", True)]
    assert await run(migrated, "", str(actor.workspace), str(pair)) == 0
    assert len(await rows(db, actor, "SELECT m.id FROM merges m WHERE m.workspace_id = $1")) == 1
