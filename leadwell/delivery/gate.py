"""The gate: one transaction that locks people and addresses, asks every check once more, and commits SENDING or SKIPPED.

After it has said "go" nothing but the mail server stands between us and the reader; before it, an opt-out that is acknowledged wins."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

import asyncpg

from leadwell import consent, events, work
from leadwell.base import faults
from leadwell.base.refusals import Unavailable
from leadwell.base.tx import Tx
from leadwell.delivery.states import openings
from leadwell.work import Job

GO = ""
LOST_LEASE = "LEASE_LOST"
Check = Callable[[Tx, Sequence[asyncpg.Record]], Awaitable[dict[UUID, str]]]


class OutboundHeld(Unavailable):
    """Nothing leaves this workspace: its outbound epoch is not the configured one, as after a restore or a copy of the database."""

    fix = "A copy stays silent. If this installation shall send, give it the epoch of its database in LEADWELL_OUTBOUND_EPOCH."


@dataclass(frozen=True, slots=True)
class Request:
    """A send whose recipient the mail server has accepted, and the job that holds it."""

    send_id: UUID
    job: Job
    subject: str
    template_version: int | None


async def gate(tx: Tx, requests: Sequence[Request], *, epoch: str, checks: Sequence[Check]) -> list[str]:
    """GO, or the reason why not, for each request in order. `checks` answer reasons by send id; the first reason counts."""
    if await tx.value("SELECT w.outbound_epoch FROM lw_workspace($1) w", tx.workspace) != epoch:
        raise OutboundHeld()
    ours = await _held(tx, requests)
    rows = await tx.fetch(
        "SELECT s.id, s.state, s.lease, s.mail_class, s.person_id, s.address_hash, s.topic_id, s.enrollment_id, s.step, s.visit FROM sends s "
        "WHERE s.workspace_id = $1 AND s.id = ANY($2::uuid[])", tx.workspace, [r.send_id for r in requests])
    await _lock(tx, rows)
    faults.point("gate.locked")
    verdicts = {r.send_id: GO if r.job.id in ours else LOST_LEASE for r in requests}
    for check in checks:
        left = [row for row in rows if verdicts[row["id"]] == GO]
        verdicts |= await check(tx, left) if left else {}
    opened = await _commit(tx, requests, {row["id"]: row for row in rows}, verdicts)
    return [verdicts[r.send_id] if verdicts[r.send_id] != GO or r.send_id in opened else "NOT_OPEN" for r in requests]


async def _held(tx: Tx, requests: Sequence[Request]) -> set[UUID]:
    """Jobs whose lease we still have: a worker that was stopped for too long may not send."""
    by_lease: dict[UUID, list[Job]] = defaultdict(list)
    for request in requests:
        by_lease[request.job.lease].append(request.job)
    held: set[UUID] = set()
    for lease in sorted(by_lease):
        held |= await work.hold(tx, by_lease[lease])
    return held


async def _lock(tx: Tx, rows: Sequence[asyncpg.Record]) -> None:
    """People first, then addresses: the order of everybody who takes both."""
    people = sorted({r["person_id"] for r in rows})
    await tx.fetch("SELECT p.id FROM people p WHERE p.workspace_id = $1 AND p.id = ANY($2::uuid[]) ORDER BY p.id FOR NO KEY UPDATE", tx.workspace, people)
    await consent.lock(tx, [r["address_hash"] for r in rows])


async def _commit(tx: Tx, requests: Sequence[Request], rows: dict[UUID, asyncpg.Record], verdicts: dict[UUID, str]) -> set[UUID]:
    """Writes SENDING where all is well and SKIPPED where a check said no. A row that another worker moved meanwhile stays as it is."""
    now, leases = await tx.now(), {r.send_id: r.job.lease for r in requests}
    going = [r for r in requests if verdicts[r.send_id] == GO]
    opened = await tx.fetch(
        "UPDATE sends t SET state = 'SENDING', lease = g.lease, subject = g.subject, template_version = g.template_version, sending_at = $6::timestamptz, "
        "reason = NULL, version = t.version + 1, updated_at = $6::timestamptz "
        "FROM unnest($2::uuid[], $3::uuid[], $4::text[], $5::int[]) AS g (id, lease, subject, template_version) "
        "WHERE t.workspace_id = $1 AND t.id = g.id AND (t.state = ANY($7::text[]) OR (t.state = 'SENDING' AND t.lease = g.lease) "
        "OR (t.mail_class = 'SERVICE' AND t.state = ANY($8::text[]))) RETURNING t.id",
        tx.workspace, [r.send_id for r in going], [r.job.lease for r in going], [r.subject for r in going], [r.template_version for r in going], now,
        list(openings("NURTURE")), list(openings("SERVICE")))
    skipped = [id for id, reason in verdicts.items() if reason not in (GO, LOST_LEASE)]
    await tx.execute(
        "UPDATE sends t SET state = 'SKIPPED', reason = k.reason, ended_at = $4::timestamptz, version = t.version + 1, updated_at = $4::timestamptz "
        "FROM unnest($2::uuid[], $3::text[], $6::uuid[]) AS k (id, reason, lease) WHERE t.workspace_id = $1 AND t.id = k.id "
        "AND (t.state = ANY($5::text[]) OR (t.state = 'SENDING' AND t.lease = k.lease))",
        tx.workspace, skipped, [verdicts[id] for id in skipped], now, list(openings("NURTURE")), [leases[id] for id in skipped])
    await events.note_all(tx, [events.Event("mail.skipped", "Send", id, rows[id]["person_id"], data={"reason": verdicts[id]}) for id in skipped])
    return {r["id"] for r in opened}


async def still_wanted(tx: Tx, rows: Sequence[asyncpg.Record]) -> dict[UUID, str]:
    """The checks of every class of mail: the person is there, the address is theirs, and consent allows the topic."""
    reasons = await _reachable(tx, rows)
    by_topic: dict[UUID, list[asyncpg.Record]] = defaultdict(list)
    for row in rows:
        by_topic[row["topic_id"]].append(row)
    for topic_id, about in by_topic.items():
        standing = await consent.standing(tx, [r["address_hash"] for r in about], topic_id)
        reasons |= {r["id"]: why for r in about if (why := standing[r["address_hash"]])}
    return reasons


async def _reachable(tx: Tx, rows: Sequence[asyncpg.Record]) -> dict[UUID, str]:
    people = {r["id"]: r for r in await tx.fetch(
        "SELECT p.id, p.archived_at, p.merged_into, (SELECT array_agg(e.normalized) FROM person_emails e "
        "WHERE e.workspace_id = $1 AND e.person_id = p.id AND e.is_valid) AS addresses "
        "FROM people p WHERE p.workspace_id = $1 AND p.id = ANY($2::uuid[])", tx.workspace, list({r["person_id"] for r in rows}))}
    reasons: dict[UUID, str] = {}
    for row in rows:
        person = people[row["person_id"]]
        if person["merged_into"] or person["archived_at"]:
            reasons[row["id"]] = "MERGED" if person["merged_into"] else "ARCHIVED"
        elif row["address_hash"] not in {consent.hash_of_normalized(a) for a in person["addresses"] or ()}:
            reasons[row["id"]] = "ADDRESS_CHANGED"
    return reasons
