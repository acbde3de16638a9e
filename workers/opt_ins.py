"""Sends the mails of double opt-ins. One that may have left is sent again under the same Message-ID: asking twice is better than never."""

from datetime import timedelta
from email.utils import parseaddr
from typing import Any
from uuid import UUID

from leadwell import capture, delivery
from leadwell.base.actor import Actor
from leadwell.base.tx import Tx
from leadwell.delivery import Lost, Refused, Unreachable
from leadwell.wiring import Kit
from leadwell.work import Dead, Job, Kind, Retry

HELD = timedelta(minutes=10)


async def send(kit: Kit, job: Job) -> tuple[UUID, str, str | None]:
    """The id, where the mail stands now, and the server's last words."""
    id, actor = UUID(job.payload["id"]), Actor.system(job.workspace)
    async with kit.db.read(actor) as tx:
        row, at = await capture.opt_in_shown(tx, id), await tx.now()
    if row is None:
        raise Dead("the double opt-in is gone")
    if row["mail_state"] != "PLANNED" or row["confirmed_at"]:
        return id, row["mail_state"], None
    if row["is_over"] or {"HARD_BOUNCE", "COMPLAINT"} & set(row["suppressions"]):
        return id, "SKIPPED", "The link is over." if row["is_over"] else "Nothing is sent to this address."
    if row["outbound_epoch"] != kit.settings.outbound_epoch:
        held = delivery.OutboundHeld()
        raise Retry(f"{held.code}: {held.message}", HELD, free=True)
    name, address = parseaddr(kit.settings.mail_from)
    sender = (row["sender_name"], row["sender_address"]) if row["sender_address"] else (name, address)
    content = capture.opt_in_mail(dict(row), capture.OptIn(job.workspace, id), kit.settings.public_url, sender, at)
    return id, *await _hand_over(kit, job, sender[1], row["address"], content)


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
        await tx.execute(
            "UPDATE opt_ins SET mail_state = $3, reply = coalesce($4, reply) WHERE workspace_id = $1 AND id = $2 AND mail_state = 'PLANNED'",
            tx.workspace, id, state, reply and reply[:1000])


KINDS = [Kind("deliver.opt_in", record=settled, perform=send, batch=50, concurrency=10)]
