"""The way in for doors: the raw submission is committed first, then processed; what cannot be processed is parked, never lost."""

import logging
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg

from leadwell import work
from leadwell.base.actor import Actor
from leadwell.base.ids import uuid7
from leadwell.base.refusals import NotFound, Refusal, Unavailable
from leadwell.base.sql import load
from leadwell.base.tx import Database, Tx
from leadwell.capture.capture import capture
from leadwell.capture.submissions import Outcome, Submission

log = logging.getLogger(__name__)
# When nobody has processed a submission by then, its process died: a worker does it.
RESCUE = timedelta(seconds=60)
MOST = 500


class TooManySubmissions(Refusal):
    """{count} submissions are too many for one request; {most} are allowed."""

    fix = "Send them in several requests."


class SubmissionParked(Refusal):
    """{reason}"""

    fix = "It is kept with your submissions; somebody with the right to may replay it."

    def __init__(self, reason: str | None, index: int | None = None) -> None:
        super().__init__(field=None if index is None else f"leads.{index}", reason=reason or "It could not be processed.")


async def submit(db: Database, actor: Actor, submissions: Sequence[Submission]) -> list[Outcome]:
    """Receives and processes; what it answers is committed and visible."""
    return await process(db, actor, await receive(db, actor, submissions))


async def receive(db: Database, actor: Actor, submissions: Sequence[Submission]) -> list[UUID]:
    """Commits the raw submissions and returns their ids in order; the known id where the dedupe key was seen before. From here on a worker
    takes over whatever this process leaves undone."""
    if len(submissions) > MOST:
        raise TooManySubmissions(count=len(submissions), most=MOST)
    ids = [one.id or uuid7() for one in submissions]

    async def put(tx: Tx) -> list[UUID]:
        now = await tx.now()
        rows = [
            {
                "id": id, "channel": one.channel, "form_id": one.form_id, "intent": one.intent, "payload": _storable(one.payload()),
                "dedupe_key": one.dedupe_key, "ip": one.ip, "user_agent": (_storable(one.user_agent) or "")[:500] or None,
                "state": "PARKED" if one.park else "RECEIVED", "reason": one.park,
            }
            for id, one in zip(ids, submissions, strict=True)
        ]  # fmt: skip
        kept = await tx.fetch(load(__name__, "receive"), tx.workspace, rows, now)
        known = {row["asked"]: row["id"] for row in kept}
        if None in known.values():
            # A twin that committed while we waited for it is visible to the next statement only.
            known |= await _twins(tx, {one.dedupe_key: id for id, one in zip(ids, submissions, strict=True) if known[id] is None})
        await work.put(tx, work.NewJob("transfer", "transfer.capture", {"ids": [str(known[id]) for id in ids]}, run_at=now + RESCUE))
        return [known[id] for id in ids]

    return await db.run(actor, put, replayable=True)


async def _twins(tx: Tx, asked: dict[str | None, UUID]) -> dict[UUID, UUID]:
    sql = "SELECT s.id, s.dedupe_key FROM submissions s WHERE s.workspace_id = $1 AND s.dedupe_key = ANY($2::text[])"
    return {asked[row["dedupe_key"]]: row["id"] for row in await tx.fetch(sql, tx.workspace, list(asked))}


async def process(db: Database, actor: Actor, ids: Sequence[UUID], *, trust: bool = False) -> list[Outcome]:
    """Processes received submissions in one transaction; when that fails, one by one, so that a bad one parks alone."""
    try:
        return await db.run(actor, lambda tx: process_in(tx, ids, trust=trust), replayable=True)
    except Unavailable:
        raise
    except Exception as fault:
        if len(ids) == 1:
            return [await _park(db, actor, ids[0], fault)]
        log.warning("a batch of %s submissions failed and is processed one by one: %s", len(ids), fault)
        return [(await process(db, actor, [id], trust=trust))[0] for id in ids]


async def replay(db: Database, actor: Actor, ids: Sequence[UUID], *, trust: bool = True) -> list[Outcome]:
    """Processes parked submissions again, at the word of a person; those processed before answer what they became."""
    return await process(db, actor, ids, trust=trust)


async def process_in(tx: Tx, ids: Sequence[UUID], *, trust: bool = False) -> list[Outcome]:
    """The verb: locks the submissions, captures those not processed yet, keeps what became of them. Parked ones stay so unless `trust`."""
    rows = {row["id"]: row for row in await tx.fetch(load(__name__, "pending"), tx.workspace, list(ids))}
    missing = next((id for id in ids if id not in rows), None)
    if missing:
        raise NotFound(noun="submission")
    open_states = ("RECEIVED", "PARKED") if trust else ("RECEIVED",)
    waiting = [id for id in dict.fromkeys(ids) if rows[id]["state"] in open_states]
    given = {id: Submission.of(rows[id]) for id in waiting}
    done: dict[UUID, Outcome] = {}
    for quiet in (False, True):
        part = {id: one for id, one in given.items() if one.quiet is quiet}
        with tx.quietly() if quiet else nullcontext():
            found = await capture(tx, list(part.values()), trust=trust) if part else []
        done |= {id: replace(outcome, submission_id=id) for id, outcome in zip(part, found, strict=True)}
    await _keep(tx, list(done.values()))
    return [done.get(id) or _past(rows[id]) for id in ids]


async def park(db: Database, actor: Actor, ids: Sequence[UUID], reason: str) -> None:
    """Keeps received submissions aside with a reason; those processed meanwhile stay as they are."""
    outcomes = [Outcome("PARKED", id, reason=reason) for id in ids]
    await db.run(actor, lambda tx: _keep(tx, outcomes), replayable=True)


async def _keep(tx: Tx, outcomes: Sequence[Outcome]) -> None:
    rows = [
        {
            "id": one.submission_id, "state": "PARKED" if one.parked else "PROCESSED", "reason": one.reason, "outcome": None if one.parked else one.outcome,
            "person_id": one.person_id, "lead_id": one.lead_id, "activity_id": one.activity_id,
        }
        for one in outcomes
    ]  # fmt: skip
    if rows:
        await tx.execute(load(__name__, "keep"), tx.workspace, rows, await tx.now())


async def _park(db: Database, actor: Actor, id: UUID, fault: Exception) -> Outcome:
    """What failed is kept with the reason, for a person to see and replay."""
    if not isinstance(fault, Refusal):
        log.error("submission %s could not be processed", id, exc_info=fault)
    reason = fault.message if isinstance(fault, Refusal) else f"A fault of ours: {type(fault).__name__}. It is logged under request {actor.request_id}."
    outcome = Outcome("PARKED", id, reason=reason)
    await db.run(actor, lambda tx: _keep(tx, [outcome]), replayable=True)
    return outcome


def _past(row: asyncpg.Record) -> Outcome:
    return Outcome(row["outcome"] or "PARKED", row["id"], row["person_id"], row["lead_id"], row["activity_id"], row["reason"])


def _storable(value: Any) -> Any:
    """PostgreSQL keeps no NUL in text."""
    if isinstance(value, str):
        return value.replace("\0", "\ufffd") if "\0" in value else value
    if isinstance(value, dict):
        return {_storable(name): _storable(inner) for name, inner in value.items()}  # pyright: ignore[reportUnknownVariableType]
    if isinstance(value, list):
        return [_storable(inner) for inner in value]  # pyright: ignore[reportUnknownVariableType]
    return value
