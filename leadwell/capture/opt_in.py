"""Double opt-in: a submission waits, unconfirmed, until the owner of the address says on a page that it was they."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg

from leadwell import consent, events, work
from leadwell.base import secrets
from leadwell.base.actor import Actor
from leadwell.base.identity import Email, parse_email
from leadwell.base.ids import uuid7
from leadwell.base.refusals import Refusal
from leadwell.base.sql import load
from leadwell.base.tx import Database, Tx
from leadwell.capture import visitors
from leadwell.capture.intake import RESCUE, Received, process
from leadwell.capture.submissions import Outcome, Submission

PURPOSE = "opt-in"
WAITS = "It waits until the person confirms the address."
MOST_MAILS = 3   # a day to one address, so that nobody's mailbox is filled through our forms
ATTEMPTS = 40    # about a day of the job plane's backoff


class OptInExpired(Refusal):
    """This link was good until {until}."""

    fix = "Fill in the form again; you will get a new link."
    status = 410


@dataclass(frozen=True, slots=True)
class OptIn:
    """What a link in a confirmation mail names."""

    workspace: UUID
    id: UUID

    def token(self) -> str:
        return secrets.sign(PURPOSE, self.workspace.bytes + self.id.bytes)


def read_opt_in(token: str) -> OptIn:
    """What the token names; BadToken when it was not made by us."""
    raw = secrets.verify(PURPOSE, token[:300])
    if len(raw) != 32:
        raise secrets.BadToken()
    return OptIn(UUID(bytes=raw[:16]), UUID(bytes=raw[16:]))


def waiting_for_word(submission: Submission) -> Submission:
    """Kept aside until `ask` has asked."""
    return replace(submission, park=WAITS)


async def ask(tx: Tx, ids: Sequence[UUID]) -> int:
    """Asks whoever filled in these parked submissions by mail whether it was they, once each; returns how many are asked now.
    One that was asked, edited into something else, or has no address left stays as it is."""
    rows = await tx.fetch(load(__name__, "opt_in_asked"), tx.workspace, list(ids), WAITS)
    asked = 0
    for row in rows:
        address = parse_email(str(row["payload"].get("fields", {}).get("email", "")))
        if isinstance(address, Email):
            asked += await _ask(tx, row, address)
    return asked


async def _ask(tx: Tx, row: asyncpg.Record, address: Email) -> int:
    id, now, hashed = uuid7(), await tx.now(), consent.hash_of_normalized(address.normalized)
    await consent.ensure_locked(tx, [hashed])
    sent = await tx.value(
        "SELECT count(*) FROM opt_ins o WHERE o.workspace_id = $1 AND o.address_hash = $2 AND o.asked_at > $3 AND o.mail_state <> 'SKIPPED'",
        tx.workspace, hashed, now - timedelta(days=1))
    skipped = f"{MOST_MAILS} mails of this kind went to the address within a day." if sent >= MOST_MAILS else None
    await tx.execute(
        "INSERT INTO opt_ins (workspace_id, id, submission_id, form_id, address, address_hash, message_id, mail_state, reply, asked_at, expires_at) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        tx.workspace, id, row["id"], row["form_id"], address.display, hashed, f"<{id.hex}@opt-in.leadwell>", "SKIPPED" if skipped else "PLANNED", skipped,
        now, now + timedelta(hours=row["opt_in_hours"]))  # fmt: skip
    await tx.execute(
        "UPDATE submissions SET state = 'UNCONFIRMED', version = version + 1, updated_at = $3 WHERE workspace_id = $1 AND id = $2",
        tx.workspace, row["id"], now)
    if not skipped:
        await work.put(tx, work.NewJob("deliver", "deliver.opt_in", {"id": str(id)}, key=str(id), max_attempts=ATTEMPTS))
    await events.note(tx, "submission.unconfirmed", "Submission", row["id"], version=2)
    return 1


async def finish_asking(db: Database, actor: Actor, ids: Sequence[UUID]) -> None:
    """Asks for those whose process died between keeping them and asking."""
    await db.run(actor, lambda tx: ask(tx, ids), replayable=True)


async def shown(tx: Tx, id: UUID) -> asyncpg.Record | None:
    """What the page says: the form's name, thanks and address to go to, whom it is about, and whether it is confirmed or over."""
    return await tx.row(load(__name__, "opt_in_shown"), tx.workspace, id, await tx.now())


async def confirm(db: Database, link: OptIn, proof: Mapping[str, Any]) -> Outcome:
    """The person says it was they: the submission is processed, its consents count, and an opt-out from the same topics ends. Said again it answers
    the same. `proof` has "ip" and "user_agent". OptInExpired, BadToken for one that was erased."""
    actor = Actor(link.workspace, "PERSON")
    submission = await db.run(actor, lambda tx: _confirm(tx, link.id, proof), replayable=True)
    (outcome,) = await process(db, actor, Received([submission]))
    await visitors.stitch_submissions(db, actor, [submission])
    return outcome


async def _confirm(tx: Tx, id: UUID, proof: Mapping[str, Any]) -> UUID:
    """The word is kept first, with the work that goes on if this process dies."""
    row = await tx.row(load(__name__, "opt_in_locked"), tx.workspace, id)
    if row is None:
        raise secrets.BadToken()
    if row["confirmed_at"]:
        return row["submission_id"]
    now = await tx.now()
    if now > row["expires_at"]:
        raise OptInExpired(until=f"{row['expires_at']:%Y-%m-%d %H:%M} UTC")
    await tx.execute(
        "UPDATE opt_ins SET confirmed_at = $3, ip = $4::text::inet, user_agent = $5 WHERE workspace_id = $1 AND id = $2",
        tx.workspace, id, now, proof.get("ip"), (proof.get("user_agent") or "")[:500] or None)
    await tx.execute(
        "UPDATE submissions SET state = 'RECEIVED', reason = NULL, version = version + 1, updated_at = $3 "
        "WHERE workspace_id = $1 AND id = $2 AND state = 'UNCONFIRMED'", tx.workspace, row["submission_id"], now)
    for given in row["payload"].get("consents", ()):
        topic = await tx.value(
            "SELECT t.id FROM topics t WHERE t.workspace_id = $1 AND (t.id::text = $2 OR t.code = $2)", tx.workspace, given["topic"])
        if topic:
            await consent.resubscribe(tx, consent.OptOut(row["address_hash"], topic, None, "FORM", ip=proof.get("ip")))
    await work.put(tx, work.NewJob("transfer", "transfer.capture", {"ids": [str(row["submission_id"])]}, delay=RESCUE))
    await events.note(tx, "submission.confirmed", "Submission", row["submission_id"], version=row["version"] + 1)
    return row["submission_id"]
