"""Sends digests of notifications. One that may have left is sent again under the same Message-ID: it says nothing that must not be said twice."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from leadwell import consent, delivery, digests
from leadwell.base.actor import Actor
from leadwell.base.tx import Tx
from leadwell.wiring import Kit
from leadwell.work import Dead, Job, Kind, Retry
from workers.opt_ins import delivered

HELD = timedelta(minutes=10)


async def send(kit: Kit, job: Job) -> tuple[UUID, str, str | None]:
    """The id, where the mail stands now, and the server's last words."""
    id = UUID(job.payload["id"])
    async with kit.db.read(Actor.system(job.workspace)) as tx:
        found = await digests.shown(tx, id)
    if found is None:
        raise Dead("the digest is gone")
    row, unread = found
    if row["mail_state"] != "PLANNED" or not row["wanted"] or not unread:
        return id, "SKIPPED", "The user wants none." if not row["wanted"] else "All of it has been read."
    if row["outbound_epoch"] != kit.settings.outbound_epoch:
        held = delivery.OutboundHeld()
        raise Retry(f"{held.code}: {held.message}", HELD, free=True)
    stop = f"{kit.settings.public_url}/digest/{digests.Digest(job.workspace, row['user_id']).token()}"
    words = digests.letter(dict(row), [dict(one) for one in unread], stop)
    return id, *await delivered(kit, job, delivery.NewSend(
        None, row["email"], consent.normalized(row["email"]), mail_class="DIGEST", user_id=row["user_id"], words=words, id=id))


async def settled(tx: Tx, jobs: list[Job], results: list[Any]) -> None:
    for id, state, reply in results:
        await digests.settled(tx, id, state, reply)


KINDS = [Kind("deliver.digest", record=settled, perform=send, batch=50, concurrency=10)]
