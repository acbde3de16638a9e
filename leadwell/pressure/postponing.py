"""Puts mail off that may not leave yet: what a worker has in hand, and with it all that is due and would only be turned away as well."""

from collections import Counter
from collections.abc import Container, Mapping, Sequence
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

from leadwell import work
from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.pressure.facts import look_at_slots, slots_of, timings
from leadwell.pressure.holding import Hold, Timing, held
from leadwell.pressure.layout import Book, lay_out, slots
from leadwell.pressure.rules import Slot, Standing, end_of, read_rules
from leadwell.work import Job

CROWD = 10          # as many turned away at once: others are waiting behind them
SWEEP = 5000
KEPT = timedelta(days=3)
SOON = timedelta(seconds=5)
InHand = Mapping[UUID, tuple[Job, Hold]]   # by send: its job, and why it was turned away


async def look(tx: Tx, ids: Sequence[UUID]) -> dict[UUID, Hold]:
    """Which of these sends would be turned away at the gate for now. Asked before a mail server is: the gate alone decides."""
    standing = await read_rules(tx)
    if standing.rules.idle or not ids:
        return {}
    asked = await timings(tx, ids, standing)
    tally = await look_at_slots(tx, list(asked.values()), standing)
    found: dict[UUID, Hold] = {}
    for id in ids:
        if id in asked and (hold := held(asked[id], standing.rules, tally, standing.now)):
            found[id] = hold
        elif id in asked:
            tally.take(asked[id], standing.rules, standing.now)
    return found


async def put_off(tx: Tx, in_hand: InHand) -> int:
    """Lays these mails out for when they may leave, and where they are a crowd the next thousands that are due, if nobody else is at it. One that was turned
    away for others who are on their way looks again soon. Returns how many were put off."""
    standing = await read_rules(tx)
    alone = await tx.value("SELECT pg_try_advisory_xact_lock(hashtextextended('waiting mail' || $1::uuid::text, 0))", tx.workspace)
    ready = await _ready(tx, standing) if alone and len(in_hand) >= CROWD else {}
    asked = await timings(tx, [*in_hand, *ready], standing)
    crowded = {id for id, (_, hold) in in_hand.items() if hold.reason.endswith("_LIMIT")}
    holds = {id: Hold(hold.reason, standing.now + SOON) for id, (_, hold) in in_hand.items()}
    laid = await laid_out(tx, [asked[id] for id in (*in_hand, *ready) if id in asked], standing, Random(), crowded)
    await book(tx, [(asked[id], hold.until) for id, hold in holds.items() if id in asked and id not in laid], standing)
    holds |= laid
    jobs: dict[UUID, tuple[UUID, UUID | None]] = {send: (job.id, job.lease) for send, (job, _) in in_hand.items()}
    jobs |= {send: (job, None) for send, job in ready.items()}
    puts = sorted(((jobs[id], hold) for id, hold in holds.items()), key=lambda put: put[0][0])
    await work.postpone(tx, [(job, lease, hold.until, hold.reason) for (job, lease), hold in puts])
    await note(tx, holds)
    return len(holds)


async def note(tx: Tx, holds: Mapping[UUID, Hold]) -> None:
    """Says in the ledger why they wait and until when."""
    if holds:
        ids = sorted(holds)
        await tx.execute(load(__name__, "postponed"), tx.workspace, ids, [holds[i].reason for i in ids], [holds[i].until for i in ids], await tx.now())


async def _ready(tx: Tx, standing: Standing) -> dict[UUID, UUID]:
    """Jobs by send."""
    found: dict[UUID, UUID] = {}
    for priority in (work.PROMPT, work.BULK):
        if len(found) < SWEEP:
            rows = await tx.fetch(load(__name__, "waiting"), tx.workspace, standing.now, priority, SWEEP - len(found))
            found |= {row["send_id"]: row["id"] for row in rows}
    return found


async def laid_out(tx: Tx, asked: Sequence[Timing], standing: Standing, chance: Random, crowded: Container[UUID] = ()) -> dict[UUID, Hold]:
    """Those that may not leave now, each with its place; `crowded` ones met a limit that others, on their way by now, will have filled."""
    rules, now = standing.rules, standing.now
    tally, waiting = await look_at_slots(tx, asked, standing), list[Timing]()
    for t in asked:
        if t.send_id in crowded or held(t, rules, tally, now):
            waiting.append(t)
        else:
            tally.take(t, rules, now)
    if not rules.limits or not waiting:
        return lay_out(waiting, rules, Book(), now, chance)
    await tx.value("SELECT pg_advisory_xact_lock(hashtextextended('bookings' || $1::uuid::text, 0))", tx.workspace)
    spoken, before = await _book(tx, waiting, standing), _laid(waiting, standing)
    spoken.spoken_for.subtract(before)
    holds = lay_out(waiting, rules, spoken, now, chance)
    spoken.added.subtract(before)
    await keep_bookings(tx, spoken.added)
    return holds


async def _book(tx: Tx, waiting: Sequence[Timing], standing: Standing) -> Book:
    """What is spoken for of the buckets of these mails, from the present day on. A limit that is full for this minute, hour or day is full."""
    buckets = sorted({slot.bucket for slot in slots_of(waiting, standing)})
    rows = await tx.fetch(
        "SELECT b.bucket, b.unit, b.starts_at, b.booked FROM send_bookings b WHERE b.workspace_id = $1 AND b.bucket = ANY($2::text[]) AND b.starts_at > $3 "
        "UNION ALL SELECT s.bucket, s.unit, s.starts_at, s.taken FROM send_slots s WHERE s.workspace_id = $1 AND s.bucket = ANY($2::text[]) "
        "AND s.unit <> 'MINUTE' AND s.starts_at > $3", tx.workspace, buckets, standing.now - timedelta(days=2))
    spoken_for = Counter[Slot]()
    for row in rows:
        spoken_for[Slot(row["bucket"], row["unit"], row["starts_at"])] += row["booked"]
    return Book(spoken_for)


async def keep_bookings(tx: Tx, added: Mapping[Slot, int]) -> None:
    """More, or less, laid out for each."""
    if ordered := sorted(slot for slot in added if added[slot]):
        await tx.execute(load(__name__, "book"), tx.workspace, *map(list, zip(*ordered, strict=True)), [added[slot] for slot in ordered])


async def book(tx: Tx, put: Sequence[tuple[Timing, datetime]], standing: Standing) -> None:
    """These are put off until then, however much is laid out for that hour and day already."""
    rules, added = standing.rules, Counter[Slot]()
    if rules.limits:
        for t, until in put:
            added.update(slot for slot, _ in slots(rules.limits_of(t.sender, t.domain), rules, until))
        added.subtract(_laid([t for t, _ in put], standing))
        await keep_bookings(tx, added)


async def release(tx: Tx, gone: Sequence[Timing], standing: Standing) -> None:
    """The time of these mails has come: what was laid out for them is free again."""
    await keep_bookings(tx, {slot: -count for slot, count in _laid(gone, standing).items()})


def _laid(asked: Sequence[Timing], standing: Standing) -> Counter[Slot]:
    """The hours and days, not over yet, for which these were laid out before."""
    rules, found = standing.rules, Counter[Slot]()
    for t in asked:
        if rules.limits and t.due_at and t.due_at > standing.now - timedelta(days=2):
            laid = slots(rules.limits_of(t.sender, t.domain), rules, t.due_at)
            found.update(slot for slot, _ in laid if end_of(slot, rules.zone) > standing.now)
    return found


async def tidy(tx: Tx) -> int:
    """Slots and bookings of days gone by go; returns how many."""
    before = await tx.now() - KEPT
    slots = await tx.execute("DELETE FROM send_slots WHERE workspace_id = $1 AND starts_at < $2", tx.workspace, before)
    return slots + await tx.execute("DELETE FROM send_bookings WHERE workspace_id = $1 AND starts_at < $2", tx.workspace, before)
