"""Upkeep: carries events up to reactions, keeps partitions ahead and tables small."""

import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from leadwell import (
    audit,
    automation,
    broadcasts,
    capture,
    dedupe,
    delivery,
    digests,
    enrichment,
    events,
    files,
    happenings,
    leads,
    merging,
    nurture,
    pressure,
    privacy,
    reactions,
    segments,
    transfer,
    webhooks,
    work,
)
from leadwell.access import sessions
from leadwell.base.actor import Actor
from leadwell.base.tx import LOST, Tx
from leadwell.wiring import Kit
from leadwell.work import Job, Kind

log = logging.getLogger(__name__)
BATCH = 500
Duty = Callable[[Tx], Awaitable[Any]]


async def number(tx: Tx) -> int:
    """What `workers.numbering` does for all, for one workspace that nobody follows; returns how many events there were."""
    given = await events.sequence(tx)
    if given:
        await work.put(tx, work.NewJob("upkeep", "upkeep.react", key="react"))
    return given


async def react(tx: Tx, jobs: list[Job], results: list[Any]) -> None:
    """One batch of events into the table of reactions; more is another job."""
    if await reactions.react(tx, BATCH) == BATCH:
        await work.put(tx, work.NewJob("upkeep", "upkeep.react", key="react"))


async def tend(kit: Kit) -> int:
    """What waits for nobody: sends whose job is gone are held, those are settled of which something came back, inboxes are read, a lost wake-up of a
    sequence is put again. Digests are planned, automations on dates are set off, segments and broadcasts whose time has come are planned. Events are sealed.
    Returns how many duties failed."""
    return await each(kit, (
        nurture.tend, delivery.settle_proven, delivery.plan_reading, digests.plan, automation.reach, segments.plan_due, broadcasts.plan_due,
        webhooks.tend, happenings.look_again, audit.tend))


async def each(kit: Kit, duties: Sequence[Duty]) -> int:
    """Every duty in every workspace, a transaction of its own each, again for as long as it answers True; one that fails is logged and
    keeps neither the duties after it nor the other workspaces waiting. Returns how many failed. Unavailable."""
    failed = 0
    for row in await kit.db.control("SELECT w AS workspace FROM lw_workspaces() w"):
        for duty in duties:
            try:
                while await kit.db.run(Actor.system(row["workspace"]), duty, replayable=True) is True:
                    pass
            except Exception as error:
                if isinstance(error.__cause__, LOST):   # no database, so no other workspace either
                    raise
                failed += 1
                log.exception("workspace %s: %s failed and is tried again in the next round", row["workspace"], duty.__name__)
    return failed


async def fetch_mail(kit: Kit) -> None:
    """Leads that came by mail, until the mailbox is read; several workers at once take each letter once."""
    while kit.mailbox is not None and await capture.poll(kit.db, kit.mailbox, kit.files) == capture.MOST_LETTERS:
        pass


async def hourly(kit: Kit) -> int:
    """Partitions for the months ahead; sessions and links that have ended go; replays of idempotency keys end after a day, raw rows of imports
    after a year; the next nightly look for duplicates and the next run of retention are planned; leads whose day has come are tried again,
    people whose last look is too old are looked at again. Returns how many duties failed."""
    await kit.db.control("SELECT lw_make_partitions(2)")
    await sessions.sweep(kit.db)

    async def forget_webhooks(tx: Tx) -> bool:
        return await webhooks.forget(tx, timedelta(days=kit.settings.webhook_log_days))

    return await each(kit, (
        forget_replays, transfer.forget, capture.forget_proofs, capture.forget_visitors, sweep_files, delivery.forget_letters, dedupe.plan_night,
        pressure.tidy, enrichment.forget, privacy.retention.plan, forget_webhooks, happenings.forget, refresh, recycle))


async def forget_replays(tx: Tx) -> None:
    """Idempotency keys of yesterday."""
    await tx.execute("DELETE FROM idempotency WHERE workspace_id = $1 AND at < clock_timestamp() - interval '24 hours'", tx.workspace)


async def sweep_files(tx: Tx) -> bool:
    """Files that nobody needs; whether there may be more."""
    return await files.sweep(tx) == files.BATCH


async def refresh(tx: Tx) -> bool:
    """People whose last look is too old; whether there were any."""
    return await enrichment.refresh_due(tx) > 0


async def recycle(tx: Tx) -> bool:
    """Leads whose day has come; whether there may be more."""
    return await leads.recycle_due(tx) == leads.DUE


async def merged(tx: Tx, jobs: list[Job], results: list[Any]) -> None:
    """Rows that were on their way to somebody who was merged meanwhile."""
    for job in jobs:
        await merging.follow(tx, UUID(job.payload["merge_id"]))


KINDS = [Kind("upkeep.react", record=react, batch=1), Kind("upkeep.merged", record=merged, batch=1)]
