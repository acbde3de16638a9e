"""Takes people into sequences: set-based, each with their enrollment or the reason why not."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg

from leadwell import consent, events
from leadwell.base.ids import uuid7
from leadwell.base.refusals import NotFound, Refusal
from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.nurture.due import wake
from leadwell.nurture.sequences import SequenceNotLive
from leadwell.nurture.steps import arrive

Row = Mapping[str, Any] | asyncpg.Record
AUTOMATIC = frozenset({"CAPTURE", "SCORE", "SEGMENT", "AUTOMATION"})


@dataclass(frozen=True, slots=True)
class Entry:
    """One person's answer: the enrollment, or a code that says why there is none."""

    person_id: UUID
    enrollment_id: UUID | None
    refusal: str | None = None


def refusal(sequence: Row, person: Row, entered_by: str) -> str | None:
    """Why a person may not enter, from what is known before consent is asked."""
    if person["id"] is None or person["archived"] or person["merged_into"]:
        return "NO_SUCH_PERSON"
    if person["is_in"]:
        return "ALREADY_IN"
    if person["was_in"] and sequence["reentry"] == "NEVER":
        return "WAS_IN_BEFORE"
    if person["blocked"] and entered_by in AUTOMATIC:
        return "REMOVED_BY_HAND"
    if person["normalized"] is None:
        return "NO_ADDRESS"
    return _audience(sequence["audience"], person)


def _audience(audience: str, person: Row) -> str | None:
    if audience == "LEADS":
        return None if person["is_lead"] else "NO_OPEN_LEAD"
    if audience == "CONTACTS":
        return None if person["is_contact"] else "NO_CONTACT"
    return "JUNK" if person["was_junk"] and not person["is_lead"] and not person["is_contact"] else None


async def enroll_many(tx: Tx, sequence_id: UUID, person_ids: Sequence[UUID], entered_by: str) -> list[Entry]:
    """Enrolls everybody who may enter the live version; answers in the order of `person_ids`."""
    sequence = await _live(tx, sequence_id)
    people = await tx.fetch(load(__name__, "candidates"), tx.workspace, list(dict.fromkeys(person_ids)), sequence_id)
    refused = {p["wanted"]: why for p in people if (why := refusal(sequence, p, entered_by))}
    able = [p for p in people if p["wanted"] not in refused]
    hashes = {p["wanted"]: consent.hash_of_normalized(p["normalized"]) for p in able}
    standing = await consent.standing(tx, list(hashes.values()), sequence["topic_id"]) if able else {}
    refused |= {p["wanted"]: why for p in able if (why := standing[hashes[p["wanted"]]])}
    entering = {p["id"]: hashes[p["wanted"]] for p in able if p["wanted"] not in refused}
    entered = await _insert(tx, sequence, entering, entered_by)
    current = {p["wanted"]: p["id"] for p in people}
    return [_entry(id, entered.get(current[id]), refused.get(id)) for id in person_ids]


MOST = 500
BEHIND = {"Lead": "leads", "Contact": "contacts"}


class TooMany(Refusal):
    """{count} are too many at once."""

    fix = "Send at most 500 in one request."


async def enroll_any(tx: Tx, sequence_id: UUID, person_ids: Sequence[UUID], behind: Mapping[str, Sequence[UUID]]) -> list[Entry]:
    """Enrolls people by hand or by another system: named, or standing `behind` leads and contacts (by noun)."""
    count = len(person_ids) + sum(map(len, behind.values()))
    if count > MOST:
        raise TooMany(count=count)
    people = list(person_ids)
    for noun, ids in behind.items():
        rows = await tx.fetch(f"SELECT x.id, x.person_id FROM {BEHIND[noun]} x WHERE x.workspace_id = $1 AND x.id = ANY($2::uuid[])", tx.workspace, list(ids))
        found = {r["id"]: r["person_id"] for r in rows}
        if missing := [id for id in ids if id not in found]:
            raise NotFound(noun=noun.lower(), field=f"{noun.lower()}_ids.{list(ids).index(missing[0])}")
        people += [found[id] for id in ids]
    return await enroll_many(tx, sequence_id, list(dict.fromkeys(people)), "HAND" if tx.actor.kind == "USER" else "API")


def _entry(person_id: UUID, enrollment_id: UUID | None, refused: str | None) -> Entry:
    return Entry(person_id, enrollment_id, None if enrollment_id else refused or "ALREADY_IN")


async def _live(tx: Tx, sequence_id: UUID) -> asyncpg.Record:
    row = await tx.row(
        "SELECT s.id, s.state, s.audience, s.topic_id, s.reentry, v.id AS version_id, v.steps FROM sequences s LEFT JOIN sequence_versions v "
        "ON v.workspace_id = $1 AND v.id = s.live_version_id WHERE s.workspace_id = $1 AND s.id = $2 FOR SHARE OF s", tx.workspace, sequence_id)
    if row is None:
        raise NotFound(noun="sequence", field="sequenceId")
    if row["state"] != "LIVE":
        raise SequenceNotLive(state=row["state"])
    return row


async def _insert(tx: Tx, sequence: asyncpg.Record, entering: Mapping[UUID, bytes], entered_by: str) -> dict[UUID, UUID]:
    if not entering:
        return {}
    now = await tx.now()
    place = arrive(sequence["steps"], 0, now)
    people = sorted(entering)
    rows = await tx.fetch(
        load(__name__, "enter"), tx.workspace, [uuid7() for _ in people], people, [entering[p] for p in people], sequence["id"], sequence["version_id"],
        place.step, place.due_at, entered_by, now)
    data = {"sequence_id": str(sequence["id"]), "entered_by": entered_by}
    await events.note_all(tx, [events.Event("enrollment.entered", "Enrollment", r["id"], r["person_id"], data=data) for r in rows])
    if rows and place.due_at:
        await wake(tx, place.due_at)
    return {r["person_id"]: r["id"] for r in rows}
