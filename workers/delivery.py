"""Delivers mail: render, connect, MAIL, RCPT, then the gate, then DATA; each outcome is recorded before anything else happens."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

from leadwell import broadcasts, delivery, nurture, pressure
from leadwell.base import faults
from leadwell.base.actor import Actor
from leadwell.base.tx import Database, Tx
from leadwell.delivery import Outcome, Refused, Request, Together, Verdict
from leadwell.wiring import Kit
from leadwell.work import Dead, Job, Kind, Retry
from workers import tally

CHECKS = (nurture.gate, broadcasts.gate)


@dataclass(frozen=True, slots=True)
class Desk:
    """The short transactions of a delivery, each shared by the mails that are at the same point at the same time."""

    read: Together[UUID, Any]
    gate: Together[Request, Verdict]
    record: Together[Outcome, bool]
    put_off: Together[tuple[UUID, tuple[Job, pressure.Hold]], None]


_desks: WeakKeyDictionary[Database, Desk] = WeakKeyDictionary()


def desk(kit: Kit) -> Desk:
    if kit.db not in _desks:
        _desks[kit.db] = _open_desk(kit)
    return _desks[kit.db]


def _open_desk(kit: Kit) -> Desk:
    async def read(workspace: UUID, ids: Sequence[UUID]) -> list[Any]:
        async with kit.db.read(Actor.system(workspace)) as tx:
            holds = await pressure.look(tx, ids)
            at = await tx.now()
            return [letter and (letter, at, holds.get(letter["id"])) for letter in await delivery.letters(tx, ids)]

    async def gate(workspace: UUID, requests: Sequence[Request]) -> list[Verdict]:
        epoch = kit.settings.outbound_epoch
        return await kit.db.run(Actor.system(workspace), lambda tx: delivery.gate(tx, requests, epoch=epoch, checks=CHECKS), replayable=True)

    async def record(workspace: UUID, outcomes: Sequence[Outcome]) -> list[bool]:
        recorded = await kit.db.run(Actor.system(workspace), lambda tx: delivery.record_outcomes(tx, outcomes), replayable=True)
        return [o.send_id in recorded for o in outcomes]

    async def put_off(workspace: UUID, held: Sequence[tuple[UUID, tuple[Job, pressure.Hold]]]) -> list[None]:
        await kit.db.run(Actor.system(workspace), lambda tx: pressure.put_off(tx, dict(held)), replayable=True)
        return [None] * len(held)

    return Desk(Together(read), Together(gate), Together(record), Together(put_off))


async def send(kit: Kit, job: Job) -> UUID:
    """Takes one send as far as it goes. What happened is in the ledger when this returns; what is to be tried again is raised."""
    return await carry(kit, job, UUID(job.payload["send_id"]))


async def carry(kit: Kit, job: Job, send_id: UUID) -> UUID:
    """The same for a send that a job of another kind put into the ledger."""
    at = desk(kit)
    found = await at.read(job.workspace, send_id)
    if found is None:
        raise Dead("the send is gone")
    letter, now, held = found
    match delivery.on_claim(letter["state"], letter["mail_class"]):
        case "HOLD":
            await at.record(job.workspace, Outcome(send_id, "AMBIGUOUS", job.lease, reason="WORKER_LOST"))
        case "SEND":
            if letter["outbound_epoch"] != kit.settings.outbound_epoch:
                silent = delivery.OutboundHeld()
                raise Retry(f"{silent.code}: {silent.message}", HELD, free=True)
            if held:    # the gate would turn it away: no mail server is asked for that
                await at.put_off(job.workspace, (send_id, (job, held)))
                return send_id
            if letter["rests"]:   # the breaker of its sender is open
                raise Retry(f"The sender's server failed: {letter['last_error']}", letter["rests"], free=True)
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
        async with kit.mailer.open(delivery.route_of(letter)) as session:
            await session.mail(delivery.return_path(letter, job.workspace))
            await session.rcpt(letter["address"])
            request = Request(letter["id"], job, mail.subject, letter["template_version"])
            if await desk(kit).gate(job.workspace, request) != delivery.GO:
                return
            faults.point("deliver.sending")
            reply = await session.data(mail.content)
    except Refused as refusal:
        await _refused(kit, job, letter, refusal)
        return
    except delivery.Lost as loss:
        await _record(kit, job, Outcome(letter["id"], "AMBIGUOUS", job.lease, reply=str(loss), reason="CONNECTION_LOST"))
        if letter["mail_class"] in delivery.AGAIN:
            raise Retry(str(loss)) from loss
        return
    except delivery.Unreachable as gone:
        await _failed(kit, job, letter, str(gone))
        raise Retry(str(gone)) from gone
    await _record(kit, job, Outcome(letter["id"], "SENT", job.lease, reply=reply))
    if letter["failures"]:
        await kit.db.run(Actor.system(job.workspace), lambda tx: delivery.breaker.worked(tx, letter["sender_id"]))
    faults.point("deliver.recorded")


async def _failed(kit: Kit, job: Job, letter: Any, error: str) -> None:
    """The sender's breaker hears of it, so that its other mail need not find out."""
    if letter["sender_id"]:
        await kit.db.run(Actor.system(job.workspace), lambda tx: delivery.breaker.failed(tx, letter["sender_id"], error))


async def _refused(kit: Kit, job: Job, letter: Any, refusal: Refused) -> None:
    """5xx ends it; 4xx is tried again, and given up with the last attempt. A server that does not want us says nothing about the reader."""
    last, send_id = job.attempts >= job.max_attempts, letter["id"]
    if refusal.policy:
        await _failed(kit, job, letter, refusal.reply)
    if refusal.permanent or last:
        reason = nurture.DEAD_ADDRESS if refusal.dead_address else "GAVE_UP" if not refusal.permanent else "REFUSED"
        await _record(kit, job, Outcome(send_id, "REJECTED", job.lease, refusal.reply, reason, refusal.dead_address))
        return
    await _record(kit, job, Outcome(send_id, "DEFERRED", job.lease, refusal.reply))
    raise Retry(refusal.reply)


async def _record(kit: Kit, job: Job, outcome: Outcome) -> None:
    if await desk(kit).record(job.workspace, outcome):
        tally.mail(outcome.state)


async def settled(tx: Tx, jobs: list[Job], results: list[Any]) -> None:
    """The outcomes are in the ledger; the cursors follow."""
    await nurture.advance(tx, results)


async def ask_again(tx: Tx, jobs: list[Job], results: list[Any]) -> None:
    """Rules have changed: mail that waits is laid out anew, thousands at a time."""
    for job in jobs:
        await pressure.go_on_asking(tx, job.payload["since"])


HELD = timedelta(minutes=10)   # a silent copy looks again this often, and loses nothing by it
KINDS = [
    Kind("deliver.send", record=settled, perform=send, batch=50, concurrency=20), Kind("deliver.ask_again", record=ask_again, batch=1),
]
