"""A worker that is killed while a provider is asked: the credits it had reserved come free, are spent once, and nobody is left waiting."""

import asyncio
import os
import signal
import sys
from uuid import UUID

import asyncpg

from leadwell import enrichment
from leadwell.base.actor import Actor
from leadwell.base.tx import Database
from leadwell.embedded.servers import Servers
from tests.enriching import Desk
from tests.internet import Internet
from tests.processes import ROOT
from tests.verbs.test_enrichment import add_person


async def worker(cluster: Servers, workspace: UUID, fault: str = "") -> int:
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join([str(ROOT), *filter(None, sys.path)]), "LW_FAULT": fault}
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "tests.faults.one_enrichment", cluster.database_url, str(workspace), env=env)
    return await asyncio.wait_for(process.wait(), 60)


async def test_credits_that_a_killed_worker_had_reserved_are_released_and_spent_once(migrated: Servers, db: Database, actor: Actor) -> None:
    desk = Desk(db, actor, Internet())
    await desk.provider("acme", cost=3, monthly_budget=3)
    ana = await desk.run(lambda tx: add_person(tx, email="ana@firma.de"))
    await desk.run(lambda tx: enrichment.enqueue(tx, [ana]))
    assert await worker(migrated, actor.workspace, "provider.asked") == -signal.SIGKILL
    holds = "SELECT h.key, h.credits FROM enrichment_holds h WHERE h.workspace_id = $1"
    assert await desk.rows(holds) == [{"key": "ana@firma.de", "credits": 3}], "they stay reserved, so that nobody else spends them"
    assert await worker(migrated, actor.workspace) == 0
    assert await desk.rows(holds) == [{"key": "ana@firma.de", "credits": 3}], "while the dead one's lease lasts nobody takes its work"

    owner = await asyncpg.connect(migrated.owner_database_url)   # the lease of the work runs out, and with it the hold
    await owner.execute("UPDATE work SET lease_until = now() - interval '1 s' WHERE workspace_id = $1 AND state = 'RUNNING'", actor.workspace)
    await owner.execute("UPDATE enrichment_holds SET expires_at = now() - interval '1 s' WHERE workspace_id = $1", actor.workspace)
    await owner.close()
    assert await worker(migrated, actor.workspace) == 0
    assert await desk.rows(holds) == []
    assert await desk.rows("SELECT g.spent FROM enrichment_gates g WHERE g.workspace_id = $1") == [{"spent": 3}]
    assert await desk.rows("SELECT a.key, a.state, a.credits FROM enrichment_answers a WHERE a.workspace_id = $1") == [
        {"key": "ana@firma.de", "state": "FOUND", "credits": 3}]  # fmt: skip
    assert await desk.rows("SELECT p.title FROM people p WHERE p.workspace_id = $1") == [{"title": "CEO"}]
    assert await desk.rows("SELECT 1 FROM work w WHERE w.workspace_id = $1 AND w.queue = 'enrich' AND w.state <> 'DONE'") == []
