"""Posts webhooks: the network outside any transaction, each attempt logged before the job is settled or put off."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from leadwell import webhooks
from leadwell.base.actor import Actor
from leadwell.base.tx import Tx
from leadwell.delivery import OutboundHeld
from leadwell.wiring import Kit
from leadwell.work import Dead, Job, Kind, Retry

HELD = timedelta(minutes=10)   # it looks again this often, and loses nothing by it


async def deliver(kit: Kit, job: Job) -> None:
    actor, id = Actor.system(job.workspace), UUID(job.payload["delivery_id"])
    async with kit.db.read(actor) as tx:
        post = await webhooks.load(tx, id)
        epoch = await tx.value("SELECT w.outbound_epoch FROM lw_workspace($1) w", tx.workspace)
    if post is None:
        return
    if epoch != kit.settings.outbound_epoch:    # a restored or copied database tells nobody anything
        held = OutboundHeld()
        raise Retry(f"{held.code}: {held.message}", HELD, free=True)
    answer = await kit.webhooks.post(post)
    again = await kit.db.run(actor, lambda tx: webhooks.attempt(tx, id, answer, job.attempts), replayable=True)
    if not answer.delivered:
        reason = answer.error or f"HTTP {answer.status}"
        raise Retry(reason, again) if again else Dead(reason)


async def settled(tx: Tx, jobs: list[Job], results: list[Any]) -> None:
    """The attempt is in the log already."""


KINDS = [Kind("hook.deliver", record=settled, perform=deliver, batch=50, concurrency=20)]
