"""Puts work into the transaction that makes it necessary."""

from collections.abc import Sequence
from dataclasses import replace

from leadwell.base import tracing
from leadwell.base.ids import uuid7
from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.work.jobs import BULK, NewJob


async def put(tx: Tx, *jobs: NewJob) -> None:
    """Inserts all jobs in one statement and rings their queues after commit. A ready twin (same kind and key) is brought forward
    instead of doubled; a running one is not touched, because it may already have read what this transaction changes."""
    if not jobs:
        return
    if tracing.markers:
        jobs = _marked(jobs)
    behind = [replace(job, priority=BULK) for job in jobs] if tx.actor.bulk else jobs
    await tx.batched(_write, [_quiet(job) for job in jobs] if tx.actor.quiet else behind)


async def _write(tx: Tx, jobs: Sequence[NewJob]) -> None:
    distinct = {(j.kind, j.key) if j.key else i: j for i, j in enumerate(jobs)}
    ordered = sorted(distinct.values(), key=lambda j: (j.kind, j.key or ""))
    rows = [
        {"id": uuid7(), "queue": j.queue, "kind": j.kind, "key": j.key, "payload": j.payload, "payload_version": j.version, "priority": j.priority,
         "run_at": j.run_at, "delay_s": j.delay.total_seconds(), "max_attempts": j.max_attempts} for j in ordered
    ]  # fmt: skip
    await tx.execute(load(__name__, "put"), tx.workspace, rows, tx.clock)
    now = await tx.now() if any(j.run_at for j in ordered) else None
    for queue in {j.queue for j in ordered if not j.delay and (not j.run_at or not now or j.run_at <= now)}:
        tx.ring(queue)


def _marked(jobs: Sequence[NewJob]) -> tuple[NewJob, ...]:
    """With the mark of the trace they are put under."""
    mark = tracing.markers[0]()
    return tuple(replace(job, payload={**job.payload, tracing.TRACE: mark}) for job in jobs) if mark else tuple(jobs)


def _quiet(job: NewJob) -> NewJob:
    """A key of its own: a quiet twin must not take the words from a loud one. (`replace` takes four times as long, and an import puts many.)"""
    payload, key = {**job.payload, "quiet": True}, job.key and f"{job.key}:quiet"
    return NewJob(job.queue, job.kind, payload, key, job.run_at, job.delay, BULK, job.max_attempts, job.version)
