"""Twenty-four workers that give leads, twenty of them killed by SIGKILL, at every point: nobody is two leads ahead, nothing is given twice or lost."""

import asyncio
import os
import signal
import sys
from collections import Counter
from uuid import UUID

from leadwell.assignment import Seat
from leadwell.base.actor import Actor
from leadwell.base.tx import Database, Tx
from leadwell.embedded.servers import Servers
from tests import builders as make
from tests.processes import ROOT
from tests.verbs.assigning import queue, rows, sellers, territory

POINTS = ("assignment.locked", "assignment.seated", "assignment.decided", "assignment.kept", "assignment.done")


async def worker(cluster: Servers, workspace: UUID, fault: str = "") -> int:
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join([str(ROOT), *filter(None, sys.path)]), "LW_FAULT": fault}
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "tests.faults.one_assignment", cluster.database_url, str(workspace), env=env)
    return await asyncio.wait_for(process.wait(), 60)


async def test_leads_are_shared_out_fairly_whoever_dies_on_the_way(migrated: Servers, db: Database, actor: Actor) -> None:
    async def set_up(tx: Tx) -> None:
        await territory(tx, await queue(tx, *(Seat(user) for user in await sellers(tx, 3))))
        for _ in range(90):
            await make.make_lead(tx)

    await db.run(actor, set_up)
    ended = await asyncio.gather(*(worker(migrated, actor.workspace, point) for point in POINTS))
    assert set(ended) == {-signal.SIGKILL}
    assert await worker(migrated, actor.workspace) == 0
    owners = Counter(one["owner_id"] for one in await rows(db, actor, "leads"))
    assert sorted(owners.values()) == [30, 30, 30]
    assert Counter(one["owner_id"] for one in await rows(db, actor, "assignment_decisions")) == owners
    assert {one["user_id"]: one["given"] for one in await rows(db, actor, "lead_queue_members")} == owners
    assert len(await rows(db, actor, "events", kind="lead.assigned")) == 90
