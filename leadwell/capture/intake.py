"""The way in for doors: the raw submission is committed first, then processed; what cannot be processed is parked, never lost."""

import logging
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import field, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from leadwell import people, work
from leadwell.base.actor import Actor
from leadwell.base.fixed import fixed
from leadwell.base.ids import uuid7
from leadwell.base.refusals import NotFound, Refusal, Unavailable
from leadwell.base.sql import load
from leadwell.base.together import together
from leadwell.base.tx import Database, Tx
from leadwell.capture.capture import capture
from leadwell.capture.lookups import CHANNELS
from leadwell.capture.meeting import Foreseen, foreseeable
from leadwell.capture.reading import Read, read
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


@fixed
class Received:
    """Ids in order, the known one where the dedupe key was seen before. `fresh` are those that wait and that nobody else knows of yet, as kept;
    `foreseen`: what a single fresh one will meet."""

    ids: Sequence[UUID]
    fresh: Mapping[UUID, Submission] = field(default_factory=dict[UUID, Submission])
    foreseen: Foreseen | None = None


async def submit(db: Database, actor: Actor, submissions: Sequence[Submission]) -> list[Outcome]:
    """Receives and processes; what it answers is committed and visible."""
    return await process(db, actor, await receive(db, actor, submissions))


async def receive(db: Database, actor: Actor, submissions: Sequence[Submission]) -> Received:
    """Commits the raw submissions. From here on a worker takes over whatever this process leaves undone."""
    if len(submissions) > MOST:
        raise TooManySubmissions(count=len(submissions), most=MOST)
    rows = [_row(one, one.id or uuid7()) for one in submissions]
    given = {row["id"]: _kept(row) for row in rows if not row["reason"]}
    prospect = _prospect(given)
    sought = _sought(given, prospect)
    rescue = work.NewJob("transfer", "transfer.capture", {"ids": [str(row["id"]) for row in rows]}, delay=RESCUE)

    async def put(tx: Tx) -> list[asyncpg.Record]:
        async with together(tx) as writes:
            await work.put(writes, rescue)
            return await writes.answer(load(__name__, "receive"), writes.workspace, rows, *sought)

    kept = await db.run(actor, put, replayable=True, brief=True)
    known = {row["asked"]: row["id"] for row in kept}
    if None in known.values():
        # A twin that committed while we waited for it is visible to the next statement only.
        known |= await _twins(db, actor, {row["dedupe_key"]: row["id"] for row in rows if known[row["id"]] is None})
    ids = [known[row["id"]] for row in rows]
    if prospect and ids == list(given) and not kept[0]["known"]:
        # What is foreseen is captured as of the moment in which it was received.
        return Received(ids, given, Foreseen(prospect, kept[0]["now"], kept[0]["named"]))
    return Received(ids, {id: replace(one, received_at=kept[0]["now"]) for id, one in given.items() if known[id] == id})


def _prospect(given: Mapping[UUID, Submission]) -> Read | None:
    """A single submission taken apart, where what is seen beside keeping it is all that its capture asks for. Nothing may keep it from being kept."""
    try:
        return next((found for one in given.values() if foreseeable(found := read(one), one)), None) if len(given) == 1 else None
    except Exception:
        return None


def _sought(given: Mapping[UUID, Submission], prospect: Read | None) -> list[Any]:
    """Outside ids, match key and numbers of a prospect, the words that would keep its address out, its channel, and whether it names a source."""
    if prospect is None:
        return [[], None, [], [], None, False]
    (one,) = given.values()
    email, system = prospect.email, one.defaults.system
    claims = people.Claims.of([(None, ((system, prospect.external_id),) if prospect.external_id else ())])
    words = [email.normalized, email.match_key, email.domain, f"@{email.domain}"] if email else []
    numbers = [phone.e164 for phone in prospect.phones if phone.e164]
    source = prospect.names.get("source") or one.defaults.source or one.defaults.source_id
    return [[key for _, key in claims.keys], email and email.match_key, numbers, words, CHANNELS[one.channel], source is not None]


def _row(one: Submission, id: UUID) -> dict[str, Any]:
    return {
        "id": id, "channel": one.channel, "form_id": one.form_id, "intent": one.intent, "payload": _storable(one.payload()),
        "dedupe_key": one.dedupe_key, "ip": one.ip, "user_agent": (_storable(one.user_agent) or "")[:500] or None,
        "state": "PARKED" if one.park else "RECEIVED", "reason": one.park,
    }  # fmt: skip


def _kept(row: Mapping[str, Any]) -> Submission:
    """As it would be read from the table: a value may have become another one on its way through JSON."""
    return Submission.of({**row, "payload": orjson.loads(orjson.dumps(row["payload"], default=str)), "received_at": None})


async def _twins(db: Database, actor: Actor, asked: dict[str | None, UUID]) -> dict[UUID, UUID]:
    sql = "SELECT s.id, s.dedupe_key FROM submissions s WHERE s.workspace_id = $1 AND s.dedupe_key = ANY($2::text[])"
    async with db.read(actor) as tx:
        return {asked[row["dedupe_key"]]: row["id"] for row in await tx.fetch(sql, tx.workspace, list(asked))}


async def rescue(db: Database, actor: Actor, ids: Sequence[UUID]) -> None:
    """Processes those that still wait, one by one where that fails. The others were processed or parked meanwhile, or repeated an earlier one."""
    sql = "SELECT s.id FROM submissions s WHERE s.workspace_id = $1 AND s.id = ANY($2::uuid[]) AND s.state = 'RECEIVED' ORDER BY s.id"
    async with db.read(actor) as tx:
        waiting = [row["id"] for row in await tx.fetch(sql, tx.workspace, list(ids))]
    if waiting:
        await process(db, actor, Received(waiting))


async def process(db: Database, actor: Actor, received: Received, *, trust: bool = False) -> list[Outcome]:
    """Processes received submissions in one transaction; when that fails, one by one, so that a bad one parks alone."""
    ids, first = received.ids, [received]
    try:
        return await db.run(actor, lambda tx: process_in(tx, first.pop() if first else Received(ids), trust=trust, last=True), replayable=True, brief=True)
    except Unavailable:
        raise
    except Exception as fault:
        if len(ids) == 1:
            return [await _park(db, actor, ids[0], fault)]
        log.warning("a batch of %s submissions failed and is processed one by one: %s", len(ids), fault)
        return [(await process(db, actor, Received([id]), trust=trust))[0] for id in ids]


async def replay(db: Database, actor: Actor, ids: Sequence[UUID], *, trust: bool = True) -> list[Outcome]:
    """Processes parked submissions again, at the word of a person; those processed before answer what they became."""
    return await process(db, actor, Received(ids), trust=trust)


async def process_in(tx: Tx, received: Received, *, trust: bool = False, last: bool = False) -> list[Outcome]:
    """The verb: locks the submissions, captures those not processed yet, keeps what became of them. Parked ones stay so unless `trust`. Of fresh
    ones nothing is read; when somebody else had one of them all the same, the transaction starts again (SerializationError): then pass no fresh.
    `last`: the caller does nothing more in this transaction."""
    ids = list(dict.fromkeys(received.ids))
    if all(id in received.fresh for id in ids):
        fresh = {id: received.fresh[id] for id in ids}
        done = await _captured(tx, fresh, trust, fresh=True, foreseen=received.foreseen, last=last and len(ids) == 1)
        return [done[id] for id in received.ids]
    rows = {row["id"]: row for row in await tx.fetch(load(__name__, "pending"), tx.workspace, ids)}
    if any(id not in rows for id in ids):
        raise NotFound(noun="submission")
    open_states = ("RECEIVED", "PARKED") if trust else ("RECEIVED",)
    done = await _captured(tx, {id: Submission.of(rows[id]) for id in ids if rows[id]["state"] in open_states}, trust)
    return [done.get(id) or _past(rows[id]) for id in received.ids]


async def _captured(
    tx: Tx, given: Mapping[UUID, Submission], trust: bool, *, fresh: bool = False, foreseen: Foreseen | None = None, last: bool = False,
) -> dict[UUID, Outcome]:
    done: dict[UUID, Outcome] = {}
    for quiet in sorted({one.quiet for one in given.values()}):
        part = {id: one for id, one in given.items() if one.quiet is quiet}
        with tx.quietly() if quiet else nullcontext():
            reads = [foreseen.read] if foreseen else None
            waiting = part.keys() if fresh else ()
            found = await capture(
                tx, list(part.values()), trust=trust, reads=reads, keep=_keep, waiting=waiting, foreseen=foreseen, last=last)
        done |= {id: one if one.submission_id == id else replace(one, submission_id=id) for id, one in zip(part, found, strict=True)}
    return done


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
        await tx.execute(load(__name__, "keep"), tx.workspace, rows, await tx.now(), [one.submission_id for one in outcomes])


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
    try:
        if b"\\u0000" not in orjson.dumps(value, default=str):
            return value
    except TypeError:
        pass
    return _without_nul(value)


def _without_nul(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\0", "\ufffd") if "\0" in value else value
    if isinstance(value, dict):
        return {_without_nul(name): _without_nul(inner) for name, inner in value.items()}  # pyright: ignore[reportUnknownVariableType]
    if isinstance(value, list):
        return [_without_nul(inner) for inner in value]  # pyright: ignore[reportUnknownVariableType]
    return value
