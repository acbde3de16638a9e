"""The gate: one transaction that locks people and addresses, asks every fact once more in set form, and commits SENDING, SKIPPED or a later time.

After it has said "go" nothing but the mail server stands between us and the reader; before it, an opt-out that is acknowledged wins."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from random import Random, random
from uuid import UUID

import asyncpg

from leadwell import consent, events, pressure, work
from leadwell.base import faults
from leadwell.base.refusals import Unavailable
from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.delivery.states import AGAIN, HOUSE, openings
from leadwell.delivery.verdict import GO, LOST_LEASE, SILENT, Enrollment, Facts, Verdict, decide
from leadwell.pressure import Hold, Standing, Tally, Timing
from leadwell.work import Job

Rows = Sequence[asyncpg.Record]
Check = Callable[[Tx, Rows], Awaitable[Mapping[UUID, Enrollment]]]
NOT_OPEN = Verdict("SKIP", "NOT_OPEN")
WIDEST = timedelta(minutes=10)  # over which mails are scattered that were turned away together


class OutboundHeld(Unavailable):
    """Nothing leaves this workspace: its database was restored, copied or put back, or its outbound epoch is not the configured one."""

    fix = (
        "A copy stays silent. If this installation shall send, run `leadwell outbound confirm`; "
        "if the epochs differ, give it that of its database in LEADWELL_OUTBOUND_EPOCH.")


@dataclass(frozen=True, slots=True)
class Request:
    """A send whose recipient the mail server has accepted, and the job that holds it."""

    send_id: UUID
    job: Job
    subject: str
    template_version: int | None


async def gate(tx: Tx, requests: Sequence[Request], *, epoch: str, checks: Sequence[Check]) -> list[Verdict]:
    """The verdict on each request in order. `checks` answer what sequences know of their mail, by send id. A mail that has to wait is put off in this very
    transaction, with its job."""
    standing, ids = await pressure.read_rules(tx), [r.send_id for r in requests]
    if standing.outbound_epoch != epoch:
        verdicts = {id: Verdict("LATER", "OUTBOUND_HELD", standing.now + SILENT) for id in ids}
        await _put_off(tx, requests, verdicts, {}, standing)
        return [verdicts[id] for id in ids]
    ours = await _held(tx, requests)
    await _lock(tx, ids)
    faults.point("gate.locked")
    asked = await facts_of(tx, ids, ours, checks, standing)
    verdicts = dict(zip(asked, decide(list(asked.values())), strict=True))
    opened = await _commit(tx, requests, asked, verdicts, standing)
    await _put_off(tx, requests, verdicts, asked, standing)
    return [verdicts[id] if verdicts[id] != GO or id in opened else NOT_OPEN for id in ids]


async def _held(tx: Tx, requests: Sequence[Request]) -> set[UUID]:
    """Sends whose jobs we still have the lease of: a worker that was stopped for too long may not send."""
    by_lease: dict[UUID, list[Job]] = defaultdict(list)
    for request in requests:
        by_lease[request.job.lease].append(request.job)
    held: set[UUID] = set()
    for lease in sorted(by_lease):
        held |= await work.hold(tx, by_lease[lease])
    return {request.send_id for request in requests if request.job.id in held}


async def _lock(tx: Tx, ids: Sequence[UUID]) -> None:
    """People first, then addresses: the order of everybody who takes both."""
    rows = await tx.fetch("SELECT s.person_id, s.address_hash FROM sends s WHERE s.workspace_id = $1 AND s.id = ANY($2::uuid[])", tx.workspace, list(ids))
    people = sorted({r["person_id"] for r in rows} - {None})
    await tx.fetch("SELECT p.id FROM people p WHERE p.workspace_id = $1 AND p.id = ANY($2::uuid[]) ORDER BY p.id FOR NO KEY UPDATE", tx.workspace, people)
    await consent.lock(tx, [r["address_hash"] for r in rows])


async def facts_of(tx: Tx, ids: Sequence[UUID], ours: set[UUID], checks: Sequence[Check], standing: Standing) -> dict[UUID, Facts]:
    """Everything that decides (a rehearsal asks it too), after the locks: consent, what sequences know, then time, whose locks come last."""
    rows = await tx.fetch(load(__name__, "gate_facts"), tx.workspace, list(ids))
    wanted = [row for row in rows if row["mail_class"] not in HOUSE]
    refusals, enrollments = await _refusals(tx, wanted), dict[UUID, Enrollment]()
    for check in checks:
        enrollments |= await check(tx, wanted) if wanted else {}
    timings, tally = await _timings(tx, rows, standing)
    known = {row["id"]: row for row in rows}
    return {
        id: Facts(
            standing.now, timings[id], standing.rules, tally, id in ours, True, "MERGED" if row["merged"] else "ARCHIVED" if row["archived"] else None,
            row["address_hash"] in {consent.hash_of_normalized(a) for a in row["addresses"]}, refusals.get(id), enrollments.get(id), row["step"], row["visit"])
        for id in ids if (row := known.get(id)) is not None}


async def _refusals(tx: Tx, rows: Rows) -> dict[UUID, str | None]:
    """Why addresses may not be written to, by send."""
    by_topic: dict[UUID, list[asyncpg.Record]] = defaultdict(list)
    for row in rows:
        by_topic[row["topic_id"]].append(row)
    found: dict[UUID, str | None] = {}
    for topic_id, about in by_topic.items():
        standing = await consent.standing(tx, [r["address_hash"] for r in about], topic_id)
        found |= {r["id"]: standing[r["address_hash"]] for r in about}
    return found


async def _timings(tx: Tx, rows: Rows, standing: Standing) -> tuple[dict[UUID, Timing], Tally]:
    """Where a workspace chose nothing, only the reader's own pause is asked."""
    if standing.rules.idle:
        return {r["id"]: Timing(r["id"], r["mail_class"], paused_until=r["paused_until"]) for r in rows}, Tally()
    ids = [row["id"] for row in rows]
    await pressure.lock_companies(tx, ids, standing.rules)
    timings = await pressure.timings(tx, ids, standing)
    return timings, await pressure.lock_slots(tx, list(timings.values()), standing)


async def _commit(
    tx: Tx, requests: Sequence[Request], asked: Mapping[UUID, Facts], verdicts: Mapping[UUID, Verdict], standing: Standing
) -> set[UUID]:
    """Writes SENDING where all is well, what it counts for, and SKIPPED where it never goes."""
    going = [r for r in requests if verdicts.get(r.send_id) == GO]
    opened = await _open(tx, going, asked) if going else set[UUID]()
    if opened:
        await pressure.keep(tx, asked[going[0].send_id].tally)
        await pressure.release(tx, [asked[r.send_id].timing for r in going], standing)
    skipped = [r for r in requests if (v := verdicts.get(r.send_id)) and v.kind == "SKIP" and v != LOST_LEASE]
    if skipped:
        await _skip(tx, skipped, verdicts)
    return opened


async def _open(tx: Tx, going: Sequence[Request], asked: Mapping[UUID, Facts]) -> set[UUID]:
    facts = asked[going[0].send_id]
    opened = await tx.fetch(
        load(__name__, "open"), tx.workspace, [r.send_id for r in going], [r.job.lease for r in going], [r.subject for r in going],
        [r.template_version for r in going], [asked[r.send_id].timing.company_id for r in going], facts.now, list(openings("SEQUENCE")),
        list(openings("SECURITY")), list(AGAIN))
    return {r["id"] for r in opened}


async def _skip(tx: Tx, skipped: Sequence[Request], verdicts: Mapping[UUID, Verdict]) -> None:
    ids = [r.send_id for r in skipped]
    rows = await tx.fetch(
        "UPDATE sends t SET state = 'SKIPPED', reason = k.reason, ended_at = $4::timestamptz, version = t.version + 1, updated_at = $4::timestamptz "
        "FROM unnest($2::uuid[], $3::text[], $6::uuid[]) AS k (id, reason, lease) WHERE t.workspace_id = $1 AND t.id = k.id "
        "AND (t.state = ANY($5::text[]) OR (t.state = 'SENDING' AND t.lease = k.lease)) RETURNING t.id, t.person_id",
        tx.workspace, ids, [verdicts[id].reason for id in ids], await tx.now(), list(openings("SEQUENCE")), [r.job.lease for r in skipped])
    await events.note_all(tx, [events.Event("mail.skipped", "Send", r["id"], r["person_id"], data={"reason": verdicts[r["id"]].reason}) for r in rows])


async def _put_off(tx: Tx, requests: Sequence[Request], verdicts: Mapping[UUID, Verdict], asked: Mapping[UUID, Facts], standing: Standing) -> None:
    """Mails that wait are ready again when they may go: those over a limit where there is room, others scattered a little if there are several."""
    later = {r.send_id: r for r in requests if (v := verdicts.get(r.send_id)) and v.kind == "LATER"}
    if not later:
        return
    holds: dict[UUID, Hold] = {}
    for id in later:
        until = verdicts[id].until or standing.now
        wide = min(WIDEST, (until - standing.now) / 10) if len(later) > 1 else timedelta(0)
        holds[id] = Hold(verdicts[id].reason, until + wide * random())
    crowded = {id for id in later if verdicts[id].reason.endswith("_LIMIT")}
    laid = await pressure.laid_out(tx, [asked[id].timing for id in crowded], standing, Random(), crowded) if crowded else {}
    await pressure.book(tx, [(asked[id].timing, hold.until) for id, hold in holds.items() if id in asked and id not in laid], standing)
    holds |= laid
    await work.postpone(tx, [(r.job.id, r.job.lease, holds[id].until, holds[id].reason) for id, r in sorted(later.items())])
    await pressure.note(tx, holds)
