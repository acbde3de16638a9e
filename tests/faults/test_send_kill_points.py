"""Workers killed by SIGKILL at every point of a delivery: before the gate another takes over, after it nothing leaves twice."""

import asyncio
import os
import random
import signal
import sys
from collections import Counter
from pathlib import Path
from uuid import UUID

import pytest

from leadwell import delivery, nurture, work
from leadwell.base.actor import Actor
from leadwell.base.tx import Database, Tx
from leadwell.embedded.servers import Servers
from tests.history import check_mail
from tests.mailing import FROM, Post, enrollments, expire, leads, post, sequence
from tests.processes import ROOT

PEOPLE = 5
KILLED = -signal.SIGKILL


async def worker(cluster: Servers, office: Post, workspace: UUID, fault: str = "") -> asyncio.subprocess.Process:
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join([str(ROOT), *filter(None, sys.path)]), "LW_FAULT": fault}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.faults.one_worker", cluster.database_url, office.server.url, str(workspace), env=env, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    assert await process.stdout.readline() == b"ready\n"
    return process


async def begin(db: Database, actor: Actor, count: int) -> None:
    async def enroll(tx: Tx) -> None:
        await nurture.enroll_many(tx, await sequence(tx), await leads(tx, count), "HAND")
        await nurture.step_due(tx, mail_from=FROM)

    await db.run(actor, enroll)


async def history(db: Database, actor: Actor, office: Post) -> Counter[str]:
    async with db.read(actor) as tx:
        return await check_mail(tx, office.server)


async def killed_at(point: str, cluster: Servers, db: Database, actor: Actor, office: Post) -> None:
    await begin(db, actor, PEOPLE)
    process = await worker(cluster, office, actor.workspace, point)
    assert await asyncio.wait_for(process.wait(), 30) == KILLED
    await expire(db, actor.workspace)
    await office.run()


async def replay_quarantined(tx: Tx) -> None:
    """What upkeep and then a person do about jobs whose worker died three times."""
    await delivery.hold_lost(tx)
    dead = await tx.fetch("SELECT w.id FROM work w WHERE w.workspace_id = $1 AND w.state = 'DEAD'", tx.workspace)
    await work.replay(tx, [d["id"] for d in dead])


@pytest.mark.parametrize("point", ["deliver.claimed", "smtp.rcpt", "gate.locked"])
async def test_before_the_gate_another_worker_delivers_each_mail_once(
    migrated: Servers, db: Database, actor: Actor, tmp_path: Path, point: str
) -> None:
    async with post(db, actor.workspace, tmp_path) as office:
        await killed_at(point, migrated, db, actor, office)
        assert await history(db, actor, office) == {"SENT": PEOPLE}
        assert office.server.mailbox.count() == PEOPLE
    async with db.read(actor) as tx:
        assert await enrollments(tx, "state") == [("COMPLETED",)] * PEOPLE


@pytest.mark.parametrize(("point", "left"), [("deliver.sending", False), ("smtp.data", False), ("smtp.accepted", True)])
async def test_after_the_gate_a_mail_of_unknown_fate_is_held_and_never_sent_twice(
    migrated: Servers, db: Database, actor: Actor, tmp_path: Path, point: str, left: bool
) -> None:
    async with post(db, actor.workspace, tmp_path) as office:
        await killed_at(point, migrated, db, actor, office)
        states = await history(db, actor, office)
        held = states["AMBIGUOUS"]
        assert held >= 1
        assert states == {"SENT": PEOPLE - held, "AMBIGUOUS": held} or states == {"AMBIGUOUS": held}
        assert office.server.mailbox.count() > states["SENT"] if left else office.server.mailbox.count() == states["SENT"]
    async with db.read(actor) as tx:
        waiting = await enrollments(tx, "state", "step", "due_at")
        reasons = await tx.fetch("SELECT DISTINCT s.reason FROM sends s WHERE s.workspace_id = $1 AND s.state = 'AMBIGUOUS'", tx.workspace)
    assert waiting.count(("ACTIVE", "s1", None)) == held
    assert [r["reason"] for r in reasons] == ["WORKER_LOST"]


async def test_after_the_record_the_cursor_follows_without_a_second_mail(migrated: Servers, db: Database, actor: Actor, tmp_path: Path) -> None:
    async with post(db, actor.workspace, tmp_path) as office:
        await begin(db, actor, 1)
        process = await worker(migrated, office, actor.workspace, "deliver.recorded")
        assert await asyncio.wait_for(process.wait(), 30) == KILLED
        async with db.read(actor) as tx:
            assert await enrollments(tx, "state", "step") == [("ACTIVE", "s1")]
        await expire(db, actor.workspace)
        await office.run()
        assert await history(db, actor, office) == {"SENT": 1}
        assert office.server.mailbox.count() == 1
    async with db.read(actor) as tx:
        assert await enrollments(tx, "state") == [("COMPLETED",)]


async def test_workers_killed_at_random_instants_leave_a_true_ledger(migrated: Servers, db: Database, actor: Actor, tmp_path: Path) -> None:
    chance = random.Random(7)
    async with post(db, actor.workspace, tmp_path) as office:
        await begin(db, actor, 300)
        for _ in range(4):
            process = await worker(migrated, office, actor.workspace)
            await asyncio.sleep(chance.uniform(0.02, 0.25))
            if process.returncode is None:
                process.kill()
            await process.wait()
            await expire(db, actor.workspace)
        await office.run()
        await db.run(actor, replay_quarantined)
        await office.run()
        states = await history(db, actor, office)
        assert states["SENT"] + states["AMBIGUOUS"] == 300
    async with db.read(actor) as tx:
        assert len(await tx.fetch("SELECT e.id FROM enrollments e WHERE e.workspace_id = $1 AND e.state = 'ACTIVE'", tx.workspace)) == states["AMBIGUOUS"]
