"""Records activities, each once, and wakes what depends on them."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from leadwell import events, work
from leadwell.base.ids import uuid7
from leadwell.base.refusals import Refusal
from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.timeline.activities import NewActivity

Fresh = list[tuple[UUID, NewActivity]]


class ActivityAboutNothing(Refusal):
    """An activity needs at least one participant or one link."""


async def record(tx: Tx, activity: NewActivity, *, at_rest: Collection[UUID] = (), alone: bool = False) -> UUID:
    """One activity; the id of the known one when it was told before."""
    (id,) = await record_many(tx, [activity], at_rest=at_rest, alone=alone)
    return id


async def record_many(
    tx: Tx, activities: Sequence[NewActivity], *, writes: Tx | None = None, at_rest: Collection[UUID] = (), alone: bool = False,
) -> list[UUID]:
    """Ids in the same order, the known id where (source, external_id) was recorded before. Touches the last activity of everybody and
    everything concerned, and has the participants scored. What is written goes to `writes`; people, leads, companies and deals `at_rest` are not
    touched, because they are written there with what they are to say. `alone`: the caller holds the people, and knows that every open lead and contact
    of theirs is at rest."""
    if any(not activity.participants and not activity.links for activity in activities):
        raise ActivityAboutNothing()
    ids, fresh = await claim(tx, activities)
    if fresh:
        now, writes = await tx.now(), writes or tx
        await _insert(writes, fresh, now)
        await _touch(writes, fresh, now, at_rest, alone)
        await events.note_all(writes, [_event(id, one) for id, one in fresh])
        people = sorted({person for _, one in fresh for person in one.people})
        await work.put(writes, *(work.NewJob("score", "score.person", {"person_id": str(id)}, key=str(id)) for id in people))
    return ids


async def claim(tx: Tx, activities: Sequence[NewActivity]) -> tuple[list[UUID], Fresh]:
    """Keys are inserted first, in one order; their conflict is the lock, and the loser answers the winner's id."""
    mine = [one.id or uuid7() for one in activities]
    keyed: dict[tuple[str, str], UUID] = {}
    for id, one in zip(mine, activities, strict=True):
        if one.key and not one.id:
            keyed.setdefault(one.key, id)
    if keyed:
        keyed |= await _known(tx, keyed)
    ids = [keyed[one.key] if one.key and not one.id else id for id, one in zip(mine, activities, strict=True)]
    return ids, [(id, one) for id, given, one in zip(mine, ids, activities, strict=True) if id == given]


async def _known(tx: Tx, keyed: dict[tuple[str, str], UUID]) -> dict[tuple[str, str], UUID]:
    sources, external = [key[0] for key in keyed], [key[1] for key in keyed]
    won = await tx.fetch(load(__name__, "claim"), tx.workspace, sources, external, list(keyed.values()))
    lost = set(keyed) - {(row["source"], row["external_id"]) for row in won}
    if not lost:
        return {}
    rows = await tx.fetch(load(__name__, "known"), tx.workspace, [key[0] for key in lost], [key[1] for key in lost])
    return {(row["source"], row["external_id"]): row["activity_id"] for row in rows}


async def take(writes: Tx, claims: Sequence[tuple[str, str, UUID]]) -> None:
    """Claims keys (source, external id, activity) that nobody can have claimed yet; else it fails (UniqueViolationError)."""
    if claims:
        rows = [{"source": source, "external_id": external, "id": id} for source, external, id in claims]
        await writes.execute(load(__name__, "take"), writes.workspace, rows)


async def _insert(tx: Tx, fresh: Fresh, now: datetime) -> None:
    rows: list[dict[str, Any]] = []
    people: list[dict[str, Any]] = []
    links: list[dict[str, Any]] = []
    for id, one in fresh:
        at = one.at or now
        row = {
            "direction": one.direction, "subject": one.subject, "body": one.body, "outcome": one.outcome, "duration_seconds": one.duration_seconds,
            "source": one.source, "external_id": one.external_id, "user_id": one.user_id, "send_id": one.send_id,
        }  # fmt: skip
        own = {"id": id, "kind": one.kind, "at": at, "automated": one.automated, "reading": one.reading, "data": one.data}
        rows.append(own | {name: value for name, value in row.items() if value is not None})   # reading what is not there costs as much as a value
        people += [
            {"activity_id": id, "person_id": person, "role": role, "kind": one.kind, "at": at, "reading": one.reading, "subject": one.subject}
            for person, role in one.people.items()
        ]
        links += [{"activity_id": id, "noun": noun, "record_id": record, "kind": one.kind, "at": at} for noun, record in dict.fromkeys(one.links)]
    await tx.execute(load(__name__, "insert"), tx.workspace, rows, people, links, now)


async def _touch(tx: Tx, fresh: Fresh, now: datetime, at_rest: Collection[UUID], alone: bool) -> None:
    """Brings last_activity_at forward; no version, as it is derived."""
    people: dict[UUID, datetime] = {}
    records: dict[UUID, datetime] = {}
    for _, one in fresh:
        at = one.at or now
        for found, ids in ((people, list(one.people)), (records, [id for noun, id in one.links if noun in ("Company", "Deal")])):
            for id in (id for id in ids if id not in at_rest):
                found[id] = max(at, found.get(id, at))
    if people and alone:
        await tx.execute(load(__name__, "touch_alone"), tx.workspace, [{"id": id, "at": people[id]} for id in sorted(people)])
    elif people:
        await tx.execute(load(__name__, "touch_people"), tx.workspace, sorted(people), [people[id] for id in sorted(people)], list(at_rest))
    if records:
        await tx.execute(load(__name__, "touch_records"), tx.workspace, sorted(records), [records[id] for id in sorted(records)])


def _event(id: UUID, one: NewActivity) -> events.Event:
    return events.Event("activity.recorded", "Activity", id, next(iter(one.people), None), 1, {"kind": one.kind})
