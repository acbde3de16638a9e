"""People who leave a sequence before its end: at once, with their mail that has not been handed over yet."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from leadwell import events
from leadwell.base.refusals import NotFound, Refusal
from leadwell.base.sql import load
from leadwell.base.tx import Tx

BY_EVENT: Mapping[str, str] = {
    "lead.raised_hand": "HAND_RAISE", "contact.raised_hand": "HAND_RAISE", "lead.created": "HAND_RAISE", "lead.repeated": "HAND_RAISE",
    "lead.junked": "JUNK", "consent.withdrawn": "UNSUBSCRIBE", "mail.replied": "REPLY", "mail.bounced": "HARD_BOUNCE", "mail.complained": "COMPLAINT",
}


class EnrollmentEnded(Refusal):
    """This person has left the sequence already."""

    status = 409


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
    """The person leaves every sequence that ends for this reason, or all those of one audience; `topic_id` narrows it to a topic, `before`
    to those entered by then. Returns how many were left."""
    rows = await tx.fetch(
        "SELECT e.id FROM enrollments e JOIN sequences s ON s.workspace_id = $1 AND s.id = e.sequence_id "
        "WHERE e.workspace_id = $1 AND e.person_id = $2 AND e.state = 'ACTIVE' AND CASE WHEN $4::text IS NULL THEN s.exit_on ? $3 ELSE s.audience = $4 END "
        "AND ($5::uuid IS NULL OR s.topic_id = $5) AND ($6::timestamptz IS NULL OR e.created_at < $6)",
        tx.workspace, person_id, reason, only_audience, topic_id, before)
    return await leave(tx, [r["id"] for r in rows], reason)


async def remove(tx: Tx, enrollment_id: UUID) -> None:
    """Takes a person out by hand; they do not enter this sequence by themselves again."""
    row = await tx.row(
        "SELECT e.sequence_id, e.person_id, e.state FROM enrollments e WHERE e.workspace_id = $1 AND e.id = $2 FOR NO KEY UPDATE", tx.workspace, enrollment_id)
    if row is None:
        raise NotFound(noun="enrollment")
    if row["state"] != "ACTIVE":
        raise EnrollmentEnded()
    await leave(tx, [enrollment_id], "REMOVED")
    await tx.execute(
        "INSERT INTO sequence_blocks (workspace_id, sequence_id, person_id, at, actor) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
        tx.workspace, row["sequence_id"], row["person_id"], await tx.now(), str(tx.actor))


async def exit_by_event(tx: Tx, events: Sequence[Any]) -> int:
    """What hands raised, junk, opt-outs, replies, bounces and complaints end; returns how many enrollments. A hand raised ends what the person
    was in by then, not what they entered by raising it."""
    people = {event["person_id"] for event in events} - {None}
    sql = "SELECT DISTINCT e.person_id FROM enrollments e WHERE e.workspace_id = $1 AND e.person_id = ANY($2::uuid[]) AND e.state = 'ACTIVE'"
    inside = {row["person_id"] for row in await tx.fetch(sql, tx.workspace, sorted(people))} if people else set[UUID]()
    left = 0
    for event in events:
        if event["person_id"] not in inside or not await _ends(tx, event):
            continue
        reason, topic = BY_EVENT[event["kind"]], event["data"].get("topic_id") if event["kind"] == "consent.withdrawn" else None
        before = event["at"] if reason == "HAND_RAISE" else None
        left += await exit_person(tx, event["person_id"], reason, topic_id=UUID(topic) if topic else None, before=before)
    return left


async def _ends(tx: Tx, event: Any) -> bool:
    """A soft bounce ends nothing, nor does a new lead that raised no hand, nor a junk lead while the person has another one open or is a contact."""
    if event["kind"] in ("lead.created", "lead.repeated"):
        return event["data"].get("intent") == "HAND_RAISE" and not event["data"].get("quiet")
    if event["kind"] == "mail.bounced":
        return bool(event["data"].get("hard"))
    if event["kind"] != "lead.junked":
        return True
    return not await tx.value(
        "SELECT EXISTS (SELECT 1 FROM leads l WHERE l.workspace_id = $1 AND l.person_id = $2 AND l.state = 'OPEN') "
        "OR EXISTS (SELECT 1 FROM contacts c WHERE c.workspace_id = $1 AND c.person_id = $2 AND c.archived_at IS NULL)", tx.workspace, event["person_id"])


async def gate(tx: Tx, rows: Sequence[asyncpg.Record]) -> dict[UUID, str]:
    """The check nurture hands to the send gate: is the person still at this step, is the sequence live, is its audience still theirs?"""
    found = await tx.fetch(load(__name__, "gate"), tx.workspace, sorted(r["enrollment_id"] for r in rows if r["enrollment_id"]))
    enrollments = {r["id"]: r for r in found}
    return {r["id"]: why for r in rows if r["enrollment_id"] and (why := held(enrollments[r["enrollment_id"]], r["step"], r["visit"]))}


def held(enrollment: Mapping[str, Any] | asyncpg.Record, step: str, visit: int) -> str | None:
    """Why a mail of this enrollment may not go out any more."""
    if enrollment["state"] != "ACTIVE":
        return "EXITED_" + (enrollment["exit_reason"] or enrollment["state"])
    if (enrollment["step"], enrollment["visit"]) != (step, visit):
        return "STEP_PASSED"
    if enrollment["sequence_state"] != "LIVE":
        return "SEQUENCE_PAUSED"
    if enrollment["replied"] and "REPLY" in enrollment["exit_on"]:
        return "REPLIED"
    if enrollment["raised"]:
        return "HAND_RAISED"
    return _astray(enrollment)


def _astray(e: Mapping[str, Any] | asyncpg.Record) -> str | None:
    if e["audience"] == "LEADS" and not e["is_lead"]:
        return "CONVERTED" if e["was_converted"] else "JUNK" if e["was_junk"] else "NO_LEAD"
    if e["audience"] == "CONTACTS" and not e["is_contact"]:
        return "NO_CONTACT"
    if e["was_junk"] and not e["is_lead"] and not e["is_contact"] and "JUNK" in e["exit_on"]:
        return "JUNK"
    return None
