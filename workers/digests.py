"""Sends digests of notifications. One that may have left is sent again under the same Message-ID: it says nothing that must not be said twice."""

from datetime import timedelta
from email.utils import parseaddr
from typing import Any
from uuid import UUID

from leadwell import delivery, digests
from leadwell.base.actor import Actor
from leadwell.base.tx import Tx
from leadwell.delivery import Lost, Refused, Unreachable
from leadwell.wiring import Kit
from leadwell.work import Dead, Job, Kind, Retry

HELD = timedelta(minutes=10)


async def send(kit: Kit, job: Job) -> tuple[UUID, str, str | None]:
    """The id, where the mail stands now, and the server's last words."""
    id = UUID(job.payload["id"])
    async with kit.db.read(Actor.system(job.workspace)) as tx:
        found, at = await digests.shown(tx, id), await tx.now()
    if found is None:
        raise Dead("the digest is gone")
    row, unread = found
    if row["mail_state"] != "PLANNED" or not row["wanted"] or not unread:
        return id, "SKIPPED", "The user wants none." if not row["wanted"] else "All of it has been read."
    if row["outbound_epoch"] != kit.settings.outbound_epoch:
        held = delivery.OutboundHeld()
        raise Retry(f"{held.code}: {held.message}", HELD, free=True)
    name, address = parseaddr(kit.settings.mail_from)
    sender = (row["sender_name"], row["sender_address"]) if row["sender_address"] else (name, address)
    stop = f"{kit.settings.public_url}/digest/{digests.Digest(job.workspace, row['user_id']).token()}"
    content = digests.letter(dict(row), [dict(one) for one in unread], stop, sender, at)
    return id, *await _hand_over(kit, job, sender[1], row["email"], content)


async def _hand_over(kit: Kit, job: Job, sender: str, address: str, content: bytes) -> tuple[str, str]:
    try:
        async with kit.mailer.open() as session:
            await session.mail(sender)
            await session.rcpt(address)
            return "SENT", await session.data(content)
    except Refused as refusal:
        if refusal.permanent or job.attempts >= job.max_attempts:
            return "REJECTED", refusal.reply
        raise Retry(refusal.reply) from refusal
    except (Lost, Unreachable) as gone:
        raise Retry(str(gone)) from gone


async def settled(tx: Tx, jobs: list[Job], results: list[Any]) -> None:
    for id, state, reply in results:
        await digests.settled(tx, id, state, reply)


KINDS = [Kind("deliver.digest", record=settled, perform=send, batch=50, concurrency=10)]
