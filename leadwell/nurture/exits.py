"""People who leave a sequence before its end: at once, with their mail that has not been handed over yet."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from leadwell import events, people
from leadwell.base.refusals import NotFound
from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.nurture.goals import reached
from leadwell.nurture.happening import people_of
from leadwell.nurture.refusals import EnrollmentEnded
from leadwell.nurture.shape import Stand

BY_EVENT: Mapping[str, str] = {
    "lead.raised_hand": "HAND_RAISE", "contact.raised_hand": "HAND_RAISE", "lead.created": "HAND_RAISE", "lead.repeated": "HAND_RAISE",
    "lead.junked": "JUNK", "consent.withdrawn": "UNSUBSCRIBE", "mail.replied": "REPLY", "mail.bounced": "HARD_BOUNCE", "mail.complained": "COMPLAINT",
    "meeting.scheduled": "MEETING_BOOKED", "deal.created": "DEAL_OPENED", "lead.accepted": "OWNER_TOOK_OVER", "activity.recorded": "OWNER_TOOK_OVER",
}
SINCE = frozenset({"HAND_RAISE", "MEETING_BOOKED", "DEAL_OPENED", "OWNER_TOOK_OVER"})   # ends what people were in by then, not what they entered by it
ATTEMPTS = ("CALL", "EMAIL", "MEETING")


async def leave(tx: Tx, enrollment_ids: Sequence[UUID], reason: str) -> int:
    """Ends these enrollments and withholds their planned mail; returns how many ended now."""
    if not enrollment_ids:
        return 0
    now = await tx.now()
    rows = await tx.fetch(load(__name__, "leave"), tx.workspace, sorted(enrollment_ids), reason, now)
    await tx.execute(
        "UPDATE sends SET state = 'SKIPPED', reason = $3, ended_at = $4, version = version + 1, updated_at = $4 "
        "WHERE workspace_id = $1 AND enrollment_id = ANY($2::uuid[]) AND state IN ('PLANNED', 'DEFERRED')",
        tx.workspace, [r["id"] for r in rows], f"EXITED_{reason}", now)
    await events.note_all(tx, [
        events.Event("enrollment.exited", "Enrollment", r["id"], r["person_id"], r["version"], {"reason": reason, "sequence_id": str(r["sequence_id"])})
        for r in rows])
    return len(rows)


async def exit_person(
    tx: Tx, person_id: UUID, reason: str, only_audience: str | None = None, topic_id: UUID | None = None, before: datetime | None = None
) -> int:
    """The person leaves every sequence that ends for this reason, and all those of one audience; `topic_id` narrows it to a topic, `before`
    to those entered by then. Returns how many were left."""
    rows = await tx.fetch(
        "SELECT e.id FROM enrollments e JOIN sequences s ON s.workspace_id = $1 AND s.id = e.sequence_id "
        "WHERE e.workspace_id = $1 AND e.person_id = $2 AND e.state = 'ACTIVE' AND (s.exit_on ? $3 OR s.audience = $4::text) "
        "AND ($5::uuid IS NULL OR s.topic_id = $5) AND ($6::timestamptz IS NULL OR e.created_at < $6)",
        tx.workspace, person_id, reason, only_audience, topic_id, before)
    return await leave(tx, [r["id"] for r in rows], reason)


async def remove(tx: Tx, enrollment_id: UUID, *, for_good: bool = True) -> None:
    """Takes a person out by hand; `for_good`: they do not enter this sequence by themselves again."""
    row = await tx.row(
        "SELECT e.sequence_id, e.person_id, e.state FROM enrollments e WHERE e.workspace_id = $1 AND e.id = $2 FOR NO KEY UPDATE", tx.workspace, enrollment_id)
    if row is None:
        raise NotFound(noun="enrollment")
    if row["state"] != "ACTIVE":
        raise EnrollmentEnded()
    await leave(tx, [enrollment_id], "REMOVED")
    if for_good:
        await _block(tx, row["sequence_id"], [row["person_id"]])


async def remove_people(tx: Tx, sequence_id: UUID, person_ids: Sequence[UUID]) -> int:
    """Takes people out of a sequence by hand, and keeps them out: they do not enter it by themselves, whether they were in it or not. Returns how many
    were in it. NotFound for a sequence or a person that is not there."""
    if not await tx.value("SELECT 1 FROM sequences s WHERE s.workspace_id = $1 AND s.id = $2", tx.workspace, sequence_id):
        raise NotFound(noun="sequence", field="sequence_id")
    found = await people.lock(tx, person_ids)
    if missing := [i for i, id in enumerate(person_ids) if id not in found]:
        raise NotFound(noun="person", field=f"person_ids.{missing[0]}")
    current = sorted({row["id"] for row in found.values()})
    sql = "SELECT e.id FROM enrollments e WHERE e.workspace_id = $1 AND e.sequence_id = $2 AND e.person_id = ANY($3::uuid[]) AND e.state = 'ACTIVE'"
    left = await leave(tx, [row["id"] for row in await tx.fetch(sql, tx.workspace, sequence_id, current)], "REMOVED")
    await _block(tx, sequence_id, current)
    return left


async def _block(tx: Tx, sequence_id: UUID, person_ids: Sequence[UUID]) -> None:
    await tx.execute(
        "INSERT INTO sequence_blocks (workspace_id, sequence_id, person_id, at, actor) SELECT $1, $2, p.id, $4, $5 FROM unnest($3::uuid[]) AS p (id) "
        "ON CONFLICT DO NOTHING", tx.workspace, sequence_id, list(person_ids), await tx.now(), str(tx.actor))


async def exit_by_event(tx: Tx, told: Sequence[Any]) -> int:
    """What hands raised, meetings, deals, owners, junk, opt-outs, replies, bounces and complaints end; returns how many enrollments. What happens ends what
    the person was in by then, not what they entered by it."""
    pairs = await people_of(tx, told)
    sql = "SELECT DISTINCT e.person_id FROM enrollments e WHERE e.workspace_id = $1 AND e.person_id = ANY($2::uuid[]) AND e.state = 'ACTIVE'"
    about = sorted({person for _, person in pairs})
    inside = {row["person_id"] for row in await tx.fetch(sql, tx.workspace, about)} if about else set[UUID]()
    left = 0
    for event, person in pairs:
        if person not in inside or not await _ends(tx, event):
            continue
        reason, topic = BY_EVENT[event["kind"]], event["data"].get("topic_id") if event["kind"] == "consent.withdrawn" else None
        before = event["at"] if reason in SINCE else None
        left += await exit_person(tx, person, reason, topic_id=UUID(topic) if topic else None, before=before)
    return left


async def _ends(tx: Tx, event: Any) -> bool:
    """A soft bounce ends nothing, nor does a new lead that raised no hand, what was imported, the deal of a conversion (which ends what it ends), an attempt
    that nobody made by hand, nor a junk lead while the person has another one open or is a contact."""
    if event["kind"] in ("lead.created", "lead.repeated"):
        return event["data"].get("intent") == "HAND_RAISE" and not event["data"].get("quiet")
    if event["kind"] == "mail.bounced":
        return bool(event["data"].get("hard"))
    if event["kind"] == "deal.created":
        return not event["data"].get("lead_id") and not event["data"].get("quiet")
    if event["kind"] == "activity.recorded":
        return event["data"].get("kind") in ATTEMPTS and not event["data"].get("quiet") and await _by_hand(tx, event["record_id"])
    if event["kind"] != "lead.junked":
        return True
    return not await tx.value(
        "SELECT EXISTS (SELECT 1 FROM leads l WHERE l.workspace_id = $1 AND l.person_id = $2 AND l.state = 'OPEN') "
        "OR EXISTS (SELECT 1 FROM contacts c WHERE c.workspace_id = $1 AND c.person_id = $2 AND c.archived_at IS NULL)", tx.workspace, event["person_id"])


async def _by_hand(tx: Tx, activity_id: UUID) -> bool:
    """Whether somebody of ours did it, towards the person."""
    return bool(await tx.value(
        "SELECT EXISTS (SELECT 1 FROM activities a WHERE a.workspace_id = $1 AND a.id = $2 AND a.user_id IS NOT NULL AND NOT a.automated "
        "AND (a.direction = 'OUTBOUND' OR a.kind = 'MEETING'))", tx.workspace, activity_id))


async def gate(tx: Tx, rows: Sequence[asyncpg.Record]) -> dict[UUID, dict[str, Any]]:
    """What nurture knows of mail at the send gate, by send, its enrollments locked: is the person still at this step, is the sequence live, is its audience
    still theirs, has anything happened that ends it? The gate's verdict decides."""
    found = await tx.fetch(load(__name__, "gate"), tx.workspace, sorted(r["enrollment_id"] for r in rows if r["enrollment_id"]))
    enrollments = {r["id"]: dict(r) for r in found}
    for id in await reached(tx, [(_stand(r, await tx.now()), r["goal"]) for r in found if r["goal"]]):
        enrollments[id]["ended_by"] = "GOAL"
    return {r["id"]: enrollments[r["enrollment_id"]] for r in rows if r["enrollment_id"]}


def _stand(row: asyncpg.Record, now: datetime) -> Stand:
    return Stand(row["id"], row["person_id"], row["sequence_id"], row["version_id"], {}, None, row["visit"], row["arrived_at"], now)
