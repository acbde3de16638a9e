"""What became of sends: recorded once, shown on the timeline, resolved by a person where nobody knows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

import asyncpg

from leadwell import consent, events, pressure, timeline
from leadwell.base.refusals import NotFound, Refusal
from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.delivery import evidence

State = Literal["SENT", "REJECTED", "DEFERRED", "AMBIGUOUS", "SKIPPED"]


class SendNotAmbiguous(Refusal):
    """The fate of this mail is known: it is {state}."""

    fix = "Only a mail that was handed over without an answer can be resolved."
    status = 409


@dataclass(frozen=True, slots=True)
class Outcome:
    """`lease` is of the job that saw it; `dead_address` when the server said that the recipient does not exist."""

    send_id: UUID
    state: State
    lease: UUID
    reply: str | None = None
    reason: str | None = None
    dead_address: bool = False


async def record_outcomes(tx: Tx, outcomes: Sequence[Outcome]) -> set[UUID]:
    """Writes the outcomes that may still be written and returns their ids. A send that is SENDING under another lease hears nothing from
    us, except that it is lost; one held as AMBIGUOUS is set right by the worker that held its lease."""
    ordered = sorted(outcomes, key=lambda o: o.send_id)
    rows = await tx.fetch(
        load(__name__, "record"), tx.workspace, [o.send_id for o in ordered], [o.state for o in ordered], [o.lease for o in ordered],
        [o.reply and o.reply[:1000] for o in ordered], [o.reason for o in ordered], await tx.now())
    recorded = {r["id"]: r for r in rows}
    await pressure.give_back(tx, [r["id"] for r in rows if r["state"] in ("REJECTED", "DEFERRED")])
    await _sent(tx, [r for r in rows if r["state"] == "SENT"])
    await _bounced(tx, [recorded[o.send_id] for o in ordered if o.dead_address and o.send_id in recorded])
    await events.note_all(tx, [_event(r) for r in rows if r["state"] != "DEFERRED"] + [_late(r) for r in rows if r["reason"] == "LATE_ANSWER"])
    await evidence.settle(tx, [r["id"] for r in rows if r["state"] == "AMBIGUOUS"])
    return set(recorded)


def _event(row: asyncpg.Record) -> events.Event:
    data = {"reason": row["reason"], "enrollment_id": row["enrollment_id"] and str(row["enrollment_id"])}
    return events.Event(f"mail.{row['state'].lower()}", "Send", row["id"], row["person_id"], data=data)


def _late(row: asyncpg.Record) -> events.Event:
    """A mail was held and its server's answer came all the same; its job is long settled, so the sequence goes on by this event."""
    return events.Event("mail.resolved", "Send", row["id"], row["person_id"], data={"fate": "SENT", "evidence": "ANSWER"})


async def _sent(tx: Tx, rows: Sequence[asyncpg.Record]) -> None:
    await evidence.left(tx, rows)


async def _bounced(tx: Tx, rows: Sequence[asyncpg.Record]) -> None:
    """The address does not exist: nothing is sent to it any more until it is verified again."""
    for row in rows:
        await consent.suppress(tx, row["address_hash"], "HARD_BOUNCE", source="SMTP", reason=row["reply"], send_id=row["id"])
    rows = [row for row in rows if row["person_id"]]
    await events.note_all(tx, [events.Event("mail.bounced", "Send", r["id"], r["person_id"], data={"hard": True, "reply": r["reply"]}) for r in rows])
    await timeline.record_many(tx, [
        timeline.NewActivity("BOUNCE", participants=[r["person_id"]], outcome=r["reply"], direction="INBOUND", automated=True, reading="MACHINE",
                             source="leadwell", external_id=f"bounce:{r['id']}", send_id=r["id"])
        for r in rows])


async def hold_lost(tx: Tx) -> list[UUID]:
    """Sends that a dead worker was handing over and whose job is gone become AMBIGUOUS: held, shown, never sent again."""
    rows = await tx.fetch(load(__name__, "hold_lost"), tx.workspace, await tx.now())
    await events.note_all(tx, [_event(r) for r in rows])
    return [r["id"] for r in rows]


async def hold_planned(tx: Tx) -> list[UUID]:
    """Mail on its way in a database that was put back may have left already: it becomes AMBIGUOUS, and whatever comes back of it settles it."""
    rows = await tx.fetch(load(__name__, "hold_planned"), tx.workspace, await tx.now())
    await events.note_all(tx, [_event(r) for r in rows])
    return [r["id"] for r in rows]


async def resolve(tx: Tx, send_id: UUID, fate: Literal["SENT", "NOT_SENT"]) -> None:
    """A person says what became of a held mail; NOT_SENT ends it as SKIPPED, because nurture never sends twice by itself."""
    row = await tx.row(
        "SELECT s.id, s.state, s.person_id, s.subject, s.mail_class, s.sending_at, s.address_hash, s.user_id FROM sends s "
        "WHERE s.workspace_id = $1 AND s.id = $2 FOR NO KEY UPDATE", tx.workspace, send_id)
    if row is None:
        raise NotFound(noun="send")
    if row["state"] != "AMBIGUOUS":
        raise SendNotAmbiguous(state=row["state"])
    state, reason = ("SENT", "RESOLVED") if fate == "SENT" else ("SKIPPED", "NOT_SENT")
    await tx.execute(
        "UPDATE sends SET state = $3, reason = $4, ended_at = $5, version = version + 1, updated_at = $5 WHERE workspace_id = $1 AND id = $2",
        tx.workspace, send_id, state, reason, await tx.now())
    if state == "SENT":
        await _sent(tx, [row])
    else:
        await pressure.give_back(tx, [send_id])
    await events.note(tx, "mail.resolved", "Send", send_id, person_id=row["person_id"], data={"fate": fate})
