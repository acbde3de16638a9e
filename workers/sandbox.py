"""Moves sandbox clocks: stop after stop, everything due at each is done before the next, as workers do it elsewhere by the hour."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from leadwell import sandbox, work
from leadwell.base.actor import Actor
from leadwell.base.refusals import Refusal
from leadwell.base.tx import Database, Tx
from leadwell.wiring import Kit
from leadwell.work import Job, Kind
from workers import upkeep
from workers.drain import Drain

SOON, FAR = timedelta(hours=1), timedelta(days=1)     # between two looks of the duties that go by the clock alone
NEAR = timedelta(days=31)
PATIENCE_S, RESCUE = 0.02, 50       # what a worker left that died is looked for now and then while others are waited for
EVERYTHING: list[sandbox.Turn] = [(queue, priority) for queue in work.QUEUES for priority in (work.PROMPT, work.BULK)]
ROUNDS = 100_000


class ClockStuck(Refusal):
    """Work that is due now makes more work that is due now, without end."""

    fix = "Look at the work of this sandbox for what sets itself off, and end it."


class OneWorkspace(Database):
    """The same pool, as upkeep sees it that serves one workspace and nothing else of the installation."""

    def __init__(self, db: Database, workspace: UUID) -> None:
        super().__init__(db.pool, db.client, db.ring)
        self._workspace = workspace

    async def control(self, sql: str, *args: Any) -> list[Any]:
        return [{"workspace": self._workspace}] if "lw_workspaces" in sql else await super().control(sql, *args)


async def advance(kit: Kit, job: Job) -> None:
    """Takes the clock to where it was sent, or as far as it may go; the row says how far that is, so that a repeat goes on from there."""
    from workers.kinds import KINDS

    id, actor = UUID(job.payload["id"]), Actor.system(job.workspace)
    drain = Drain(kit, KINDS)
    async with kit.db.read(actor) as tx:
        wanted = await sandbox.standing(tx, id)
    if wanted is None or wanted.state != "RUNNING":
        return
    try:
        await _go(kit, job, drain, wanted)
        await kit.db.run(actor, lambda tx: sandbox.finish(tx, id, "DONE"), replayable=True)
    except Refusal as refusal:
        if refusal.retryable:
            raise
        await kit.db.run(actor, lambda tx, why=refusal.message: sandbox.finish(tx, id, "FAILED", why), replayable=True)
    finally:
        await drain.stop(5)


async def _go(kit: Kit, job: Job, drain: Drain, wanted: sandbox.Advance) -> None:
    actor, alone = Actor.system(job.workspace), replace(kit, db=OneWorkspace(kit.db, job.workspace))
    now, looked = await _now(kit, actor), None
    every = SOON if wanted.to_at - now <= NEAR else FAR
    while True:
        if looked is None or now - looked >= every or now >= wanted.to_at:
            await upkeep.tend(alone)
            await upkeep.hourly(alone)
            looked = now
        later = await _settle(kit, drain, job)
        if now >= wanted.to_at:
            return
        stop = min(at for at in (later, looked + every, wanted.to_at) if at is not None)
        if not await kit.db.run(actor, lambda tx, stop=stop: sandbox.step(tx, wanted.id, stop, job)):
            return
        now = stop


async def _now(kit: Kit, actor: Actor) -> datetime:
    async with kit.db.read(actor) as tx:
        return await tx.now()


async def _settle(kit: Kit, drain: Drain, job: Job) -> datetime | None:
    """Does what is due until nothing is, with whoever else works here; returns when the next work is due."""
    actor, waited = Actor.system(job.workspace), 0
    for _ in range(ROUNDS):
        while await kit.db.run(actor, upkeep.number, replayable=True):
            pass
        async with kit.db.read(actor) as tx:
            resting, (due, later) = await sandbox.at_rest(tx, job.id), await sandbox.next_due(tx)
        claimed = await drain.one(job.workspace, due or (EVERYTHING if waited % RESCUE == RESCUE - 1 else ()))
        if resting and not claimed:
            return later
        if not claimed:
            waited += 1
            await asyncio.sleep(PATIENCE_S)
    raise ClockStuck()


async def done(tx: Tx, jobs: list[Job], results: list[Any]) -> None:
    """The advance says itself how it ended."""


KINDS = [Kind(sandbox.JOB, record=done, perform=advance, batch=1, concurrency=1)]
