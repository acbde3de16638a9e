"""Delivers mail: render, connect, MAIL, RCPT, then the gate, then DATA; each outcome is recorded before anything else happens."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

from leadwell import delivery, nurture
from leadwell.base import faults
from leadwell.base.actor import Actor
from leadwell.base.tx import Database, Tx
from leadwell.delivery import Outcome, Refused, Request, Together
from leadwell.wiring import Kit
from leadwell.work import Dead, Job, Kind, Retry

CHECKS = (delivery.still_wanted, nurture.gate)


@dataclass(frozen=True, slots=True)
class Desk:
    """The three short transactions of a delivery, each shared by the mails that are at the same point at the same time."""

    read: Together[UUID, Any]
    gate: Together[Request, str]
    record: Together[Outcome, bool]


_desks: WeakKeyDictionary[Database, Desk] = WeakKeyDictionary()


def desk(kit: Kit) -> Desk:
    if kit.db not in _desks:
        _desks[kit.db] = _open_desk(kit)
    return _desks[kit.db]


def _open_desk(kit: Kit) -> Desk:
    async def read(workspace: UUID, ids: Sequence[UUID]) -> list[Any]:
        async with kit.db.read(Actor.system(workspace)) as tx:
            at = await tx.now()
            return [letter and (letter, at) for letter in await delivery.letters(tx, ids)]

    async def gate(workspace: UUID, requests: Sequence[Request]) -> list[str]:
        epoch = kit.settings.outbound_epoch
        return await kit.db.run(Actor.system(workspace), lambda tx: delivery.gate(tx, requests, epoch=epoch, checks=CHECKS), replayable=True)

    async def record(workspace: UUID, outcomes: Sequence[Outcome]) -> list[bool]:
        recorded = await kit.db.run(Actor.system(workspace), lambda tx: delivery.record_outcomes(tx, outcomes), replayable=True)
        return [o.send_id in recorded for o in outcomes]

    return Desk(Together(read), Together(gate), Together(record))


async def send(kit: Kit, job: Job) -> UUID:
    """Takes one send as far as it goes. What happened is in the ledger when this returns; what is to be tried again is raised."""
    send_id, at = UUID(job.payload["send_id"]), desk(kit)
    found = await at.read(job.workspace, send_id)
    if found is None:
        raise Dead("the send is gone")
    letter, now = found
    match delivery.on_claim(letter["state"], letter["mail_class"]):
        case "HOLD":
            await at.record(job.workspace, Outcome(send_id, "AMBIGUOUS", job.lease, reason="WORKER_LOST"))
        case "SEND":
            if letter["outbound_epoch"] != kit.settings.outbound_epoch:
                held = delivery.OutboundHeld()
                raise Retry(f"{held.code}: {held.message}", HELD, free=True)
            await _deliver(kit, job, letter, _composed(kit, job, letter, now))
        case "DONE":
            pass
    return send_id


def _composed(kit: Kit, job: Job, letter: Any, now: Any) -> delivery.Mail:
    """A mail that cannot be made waits as a dead job, to be replayed when the template is right again."""
    try:
        return delivery.compose(letter, job.workspace, kit.settings.public_url, now)
    except delivery.CannotRender as error:
        raise Dead(error.message) from error


async def _deliver(kit: Kit, job: Job, letter: Any, mail: delivery.Mail) -> None:
    faults.point("deliver.claimed")
    try:
        async with kit.mailer.open() as session:
            await session.mail(letter["sender_address"])
            await session.rcpt(letter["address"])
            request = Request(letter["id"], job, mail.subject, letter["template_version"])
            if await desk(kit).gate(job.workspace, request) != delivery.GO:
                return
            faults.point("deliver.sending")
            reply = await session.data(mail.content)
    except Refused as refusal:
        await _refused(kit, job, letter["id"], refusal)
        return
    except delivery.Lost as loss:
        await _record(kit, job, Outcome(letter["id"], "AMBIGUOUS", job.lease, reply=str(loss), reason="CONNECTION_LOST"))
        return
    except delivery.Unreachable as gone:
        raise Retry(str(gone)) from gone
    await _record(kit, job, Outcome(letter["id"], "SENT", job.lease, reply=reply))
    faults.point("deliver.recorded")


async def _refused(kit: Kit, job: Job, send_id: UUID, refusal: Refused) -> None:
    """5xx ends it; 4xx is tried again, and given up with the last attempt."""
    last = job.attempts >= job.max_attempts
    if refusal.permanent or last:
        reason = nurture.DEAD_ADDRESS if refusal.dead_address else "GAVE_UP" if not refusal.permanent else "REFUSED"
        await _record(kit, job, Outcome(send_id, "REJECTED", job.lease, refusal.reply, reason, refusal.dead_address))
        return
    await _record(kit, job, Outcome(send_id, "DEFERRED", job.lease, refusal.reply))
    raise Retry(refusal.reply)


async def _record(kit: Kit, job: Job, outcome: Outcome) -> None:
    await desk(kit).record(job.workspace, outcome)


async def settled(tx: Tx, jobs: list[Job], results: list[Any]) -> None:
    """The outcomes are in the ledger; the cursors follow."""
    await nurture.advance(tx, results)


HELD = timedelta(minutes=10)   # a silent copy looks again this often, and loses nothing by it
KINDS = [Kind("deliver.send", record=settled, perform=send, batch=50, concurrency=20)]
