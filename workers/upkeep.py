"""Upkeep: numbers events, carries them up to reactions, keeps partitions ahead and tables small."""

from typing import Any
from uuid import UUID

from leadwell import automation, capture, dedupe, digests, enrichment, events, files, leads, merging, nurture, reactions, transfer, work
from leadwell.access import sessions
from leadwell.base.actor import Actor
from leadwell.base.tx import Tx
from leadwell.wiring import Kit
from leadwell.work import Job, Kind

BATCH = 500


async def sequence(kit: Kit) -> None:
    """Numbers every workspace's committed events and says so; reacting to them is put as work in the same transaction."""
    for row in await kit.db.control("SELECT w AS workspace FROM lw_unsequenced(1000) w"):
        while await kit.db.run(Actor.system(row["workspace"]), _number, replayable=True) == events.BATCH:
            pass
        await kit.live.publish(row["workspace"])


async def _number(tx: Tx) -> int:
    given = await events.sequence(tx)
    if given:
        await work.put(tx, work.NewJob("upkeep", "upkeep.react", key="react"))
    return given


async def react(tx: Tx, jobs: list[Job], results: list[Any]) -> None:
    """One batch of events into the table of reactions; more is another job."""
    if await reactions.react(tx, BATCH) == BATCH:
        await work.put(tx, work.NewJob("upkeep", "upkeep.react", key="react"))


async def tend(kit: Kit) -> None:
    """What waits for nobody: sends whose job is gone are held, a lost wake-up of a sequence is put again. Digests are planned,
    and automations on dates are set off."""
    for row in await kit.db.control("SELECT w AS workspace FROM lw_workspaces() w"):
        await kit.db.run(Actor.system(row["workspace"]), nurture.tend, replayable=True)
        await kit.db.run(Actor.system(row["workspace"]), digests.plan, replayable=True)
        await kit.db.run(Actor.system(row["workspace"]), automation.reach, replayable=True)


async def fetch_mail(kit: Kit) -> None:
    """Leads that came by mail, until the mailbox is read; several workers at once take each letter once."""
    while kit.mailbox is not None and await capture.poll(kit.db, kit.mailbox, kit.files) == capture.MOST_LETTERS:
        pass


async def hourly(kit: Kit) -> None:
    """Partitions for the months ahead; sessions and links that have ended go; replays of idempotency keys end after a day, raw rows of imports
    after a year; the next nightly look for duplicates is planned; leads whose day has come are tried again,
    people whose last look is too old are looked at again."""
    await kit.db.control("SELECT lw_make_partitions(2)")
    await sessions.sweep(kit.db)
    for row in await kit.db.control("SELECT w AS workspace FROM lw_workspaces() w"):
        await kit.db.run(Actor.system(row["workspace"]), lambda tx: tx.execute(
            "DELETE FROM idempotency WHERE workspace_id = $1 AND at < clock_timestamp() - interval '24 hours'", tx.workspace))
        await kit.db.run(Actor.system(row["workspace"]), transfer.forget, replayable=True)
        await kit.db.run(Actor.system(row["workspace"]), capture.forget_proofs, replayable=True)
        await kit.db.run(Actor.system(row["workspace"]), capture.forget_visitors, replayable=True)
        while await kit.db.run(Actor.system(row["workspace"]), files.sweep, replayable=True) == files.BATCH:
            pass
        await kit.db.run(Actor.system(row["workspace"]), dedupe.plan_night, replayable=True)
        await kit.db.run(Actor.system(row["workspace"]), enrichment.forget, replayable=True)
        while await kit.db.run(Actor.system(row["workspace"]), enrichment.refresh_due, replayable=True):
            pass
        while await kit.db.run(Actor.system(row["workspace"]), leads.recycle_due, replayable=True) == leads.DUE:
            pass


async def merged(tx: Tx, jobs: list[Job], results: list[Any]) -> None:
    """Rows that were on their way to somebody who was merged meanwhile."""
    for job in jobs:
        await merging.follow(tx, UUID(job.payload["merge_id"]))


KINDS = [Kind("upkeep.react", record=react, batch=1), Kind("upkeep.merged", record=merged, batch=1)]
