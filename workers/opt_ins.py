"""Sends the mails of double opt-ins. One that may have left is sent again under the same Message-ID: asking twice is better than never."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from leadwell import capture, consent, delivery
from leadwell.base.actor import Actor
from leadwell.base.tx import Tx
from leadwell.wiring import Kit
from leadwell.work import Dead, Job, Kind, Retry
from workers import delivery as delivering

HELD = timedelta(minutes=10)


async def send(kit: Kit, job: Job) -> tuple[UUID, str, str | None]:
    """The id, where the mail stands now, and the server's last words."""
    id, actor = UUID(job.payload["id"]), Actor.system(job.workspace)
    async with kit.db.read(actor) as tx:
        row = await capture.opt_in_shown(tx, id)
    if row is None:
        raise Dead("the double opt-in is gone")
    if row["mail_state"] != "PLANNED" or row["confirmed_at"]:
        return id, row["mail_state"], None
    if row["is_over"] or {"HARD_BOUNCE", "COMPLAINT"} & set(row["suppressions"]):
        return id, "SKIPPED", "The link is over." if row["is_over"] else "Nothing is sent to this address."
    if row["outbound_epoch"] != kit.settings.outbound_epoch:
        held = delivery.OutboundHeld()
        raise Retry(f"{held.code}: {held.message}", HELD, free=True)
    words = capture.opt_in_mail(dict(row), capture.OptIn(job.workspace, id), kit.settings.public_url)
    send = delivery.NewSend(None, row["address"], consent.normalized(row["address"]), mail_class="DOUBLE_OPT_IN", words=words, id=id)
    return id, *await delivered(kit, job, send)


async def delivered(kit: Kit, job: Job, send: delivery.NewSend) -> tuple[str, str | None]:
    """Puts mail of the house into the ledger, once, and takes it as far as it goes: its state and the server's last words."""
    actor = Actor.system(job.workspace)
    await kit.db.run(actor, lambda tx: delivery.enter(tx, [send], mail_from=kit.settings.mail_from), replayable=True)
    assert send.id is not None
    await delivering.carry(kit, job, send.id)
    async with kit.db.read(actor) as tx:
        row = await tx.row("SELECT s.state, coalesce(s.reply, s.reason) AS said FROM sends s WHERE s.workspace_id = $1 AND s.id = $2", tx.workspace, send.id)
    assert row is not None
    if row["state"] not in delivery.FINAL:
        raise Retry(row["said"] or row["state"])
    return row["state"], row["said"]


async def settled(tx: Tx, jobs: list[Job], results: list[Any]) -> None:
    for id, state, reply in results:
        await tx.execute(
            "UPDATE opt_ins SET mail_state = $3, reply = coalesce($4, reply) WHERE workspace_id = $1 AND id = $2 AND mail_state = 'PLANNED'",
            tx.workspace, id, state, reply and reply[:1000])


KINDS = [Kind("deliver.opt_in", record=settled, perform=send, batch=50, concurrency=10)]
