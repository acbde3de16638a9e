"""Takes people into sequences: set-based, each with their enrollment or the reason why not."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg

from leadwell import consent, events, people
from leadwell.base.ids import uuid7
from leadwell.base.refusals import NotFound
from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.nurture.due import wake
from leadwell.nurture.graph import Graph
from leadwell.nurture.refusals import SequenceNotLive, TooMany
from leadwell.nurture.shape import Entry

Row = Mapping[str, Any] | asyncpg.Record
AUTOMATIC = frozenset({"CAPTURE", "SCORE", "SEGMENT", "AUTOMATION", "EVENT", "SEQUENCE"})


def refusal(sequence: Row, person: Row, entered_by: str, now: datetime) -> str | None:
    """Why a person may not enter, from what is known before consent is asked."""
    if person["id"] is None or person["archived"] or person["merged_into"]:
        return "NO_SUCH_PERSON"
    if person["is_in"]:
        return "ALREADY_IN"
    if why := _again(sequence, person["left_at"], now):
        return why
    if person["blocked"] and entered_by in AUTOMATIC:
        return "REMOVED_BY_HAND"
    if person["normalized"] is None:
        return "NO_ADDRESS"
    gap, touched = sequence["touch_gap_hours"], person["touched_at"]
    if gap and touched and touched > now - timedelta(hours=gap):
        return "TOUCHED_RECENTLY"
    return _audience(sequence["audience"], person)


def _again(sequence: Row, left_at: datetime | None, now: datetime) -> str | None:
    if left_at is None:
        return None
    if sequence["reentry"] == "NEVER":
        return "WAS_IN_BEFORE"
    days = sequence["reentry_days"]
    return "LEFT_RECENTLY" if days and left_at > now - timedelta(days=days) else None


def _audience(audience: str, person: Row) -> str | None:
    if audience == "LEADS":
        return None if person["is_lead"] else "NO_OPEN_LEAD"
    if audience == "CONTACTS":
        return None if person["is_contact"] else "NO_CONTACT"
    return "JUNK" if person["was_junk"] and not person["is_lead"] and not person["is_contact"] else None


async def enroll_many(tx: Tx, sequence_id: UUID, person_ids: Sequence[UUID], entered_by: str, hops: int = 0) -> list[Entry]:
    """Enrolls everybody who may enter the live version; answers in the order of `person_ids`. `hops`: how many sequences started one another before."""
    sequence = await _live(tx, sequence_id)
    await people.lock(tx, person_ids)
    found = await tx.fetch(load(__name__, "candidates"), tx.workspace, list(dict.fromkeys(person_ids)), sequence_id, await tx.now())
    now = await tx.now()
    refused = {p["wanted"]: why for p in found if (why := refusal(sequence, p, entered_by, now))}
    hashes = {p["wanted"]: consent.hash_of_normalized(p["normalized"]) for p in found if p["wanted"] not in refused}
    refused |= await _unwilling(tx, sequence, hashes)
    current = {p["wanted"]: p["id"] for p in found}
    refused |= await _elsewhere(tx, sequence, current, {id: hash for id, hash in hashes.items() if id not in refused})
    entering = {current[id]: hash for id, hash in hashes.items() if id not in refused}
    entered = await _insert(tx, sequence, entering, entered_by, hops)
    return [_entry(id, entered.get(current[id]), refused.get(id)) for id in person_ids]


async def _unwilling(tx: Tx, sequence: Row, hashes: Mapping[UUID, bytes]) -> dict[UUID, str]:
    """Those whose address may not be written to about the topic."""
    standing = await consent.standing(tx, list(hashes.values()), sequence["topic_id"]) if hashes else {}
    return {id: why for id, hash in hashes.items() if (why := standing[hash])}


async def _elsewhere(tx: Tx, sequence: Row, current: Mapping[UUID, UUID], hashes: Mapping[UUID, bytes]) -> dict[UUID, str]:
    """Those who are in a sequence that does not stand beside this one. Addresses are locked, so that of two sequences one takes them."""
    if not hashes or (sequence["exclusivity"] == "NONE" and not sequence["others_alone"]):
        return {}
    await consent.ensure_locked(tx, hashes.values())
    ids = list(hashes)
    rows = await tx.fetch(
        load(__name__, "elsewhere"), tx.workspace, [current[id] for id in ids], list(hashes.values()), sequence["id"], sequence["exclusivity"])
    busy = {row["id"] for row in rows}
    return {id: "IN_ANOTHER_SEQUENCE" for id in ids if current[id] in busy}


MOST = 500
BEHIND = {"Lead": "leads", "Contact": "contacts"}


async def enroll_any(tx: Tx, sequence_id: UUID, person_ids: Sequence[UUID], behind: Mapping[str, Sequence[UUID]]) -> list[Entry]:
    """Enrolls people by hand or by another system: named, or standing `behind` leads and contacts (by noun)."""
    count = len(person_ids) + sum(map(len, behind.values()))
    if count > MOST:
        raise TooMany(count=count)
    wanted = list(person_ids)
    for noun, ids in behind.items():
        rows = await tx.fetch(f"SELECT x.id, x.person_id FROM {BEHIND[noun]} x WHERE x.workspace_id = $1 AND x.id = ANY($2::uuid[])", tx.workspace, list(ids))
        found = {r["id"]: r["person_id"] for r in rows}
        if missing := [id for id in ids if id not in found]:
            raise NotFound(noun=noun.lower(), field=f"{noun.lower()}_ids.{list(ids).index(missing[0])}")
        wanted += [found[id] for id in ids]
    return await enroll_many(tx, sequence_id, list(dict.fromkeys(wanted)), "HAND" if tx.actor.kind == "USER" else "API")


def _entry(person_id: UUID, enrollment_id: UUID | None, refused: str | None) -> Entry:
    return Entry(person_id, enrollment_id, None if enrollment_id else refused or "ALREADY_IN")


async def _live(tx: Tx, sequence_id: UUID) -> asyncpg.Record:
    row = await tx.row(
        "SELECT s.id, s.state, s.audience, s.topic_id, s.reentry, s.reentry_days, s.exclusivity, s.touch_gap_hours, v.id AS version_id, v.steps, "
        "EXISTS (SELECT 1 FROM sequences o WHERE o.workspace_id = $1 AND o.exclusivity = 'ALONE' AND o.state IN ('LIVE', 'PAUSED')) AS others_alone "
        "FROM sequences s LEFT JOIN sequence_versions v ON v.workspace_id = $1 AND v.id = s.live_version_id "
        "WHERE s.workspace_id = $1 AND s.id = $2 FOR SHARE OF s", tx.workspace, sequence_id)
    if row is None:
        raise NotFound(noun="sequence", field="sequenceId")
    if row["state"] != "LIVE":
        raise SequenceNotLive(state=row["state"])
    return row


async def _insert(tx: Tx, sequence: asyncpg.Record, entering: Mapping[UUID, bytes], entered_by: str, hops: int) -> dict[UUID, UUID]:
    if not entering:
        return {}
    now = await tx.now()
    place, ids = Graph(sequence["steps"]).begin(now), sorted(entering)
    rows = await tx.fetch(
        load(__name__, "enter"), tx.workspace, [uuid7() for _ in ids], ids, [entering[p] for p in ids], sequence["id"], sequence["version_id"],
        place.step, place.due_at, entered_by, now, hops)
    data = {"sequence_id": str(sequence["id"]), "entered_by": entered_by}
    await events.note_all(tx, [events.Event("enrollment.entered", "Enrollment", r["id"], r["person_id"], data=data) for r in rows])
    if rows and place.due_at:
        await wake(tx, place.due_at)
    return {r["person_id"]: r["id"] for r in rows}
