"""Writes events in the transaction of the verb that made them true."""

from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Any
from uuid import UUID

from leadwell.base.actor import Actor
from leadwell.base.fixed import fixed
from leadwell.base.ids import uuid7
from leadwell.base.sql import load
from leadwell.base.tx import Tx


@fixed
class Event:
    """`kind` is "noun.happened" ("lead.converted"); `data` is small and holds what changed, never a whole record."""

    kind: str
    noun: str
    record_id: UUID
    person_id: UUID | None = None
    version: int | None = None
    data: Mapping[str, Any] = field(default_factory=dict[str, Any])


def hushed(data: Mapping[str, Any], effect: str) -> bool:
    """Whether a quiet event is to have no such effect."""
    return bool(data.get("quiet")) and effect not in data.get("loud", ())


async def note(tx: Tx, kind: str, noun: str, record_id: UUID, **more: Any) -> UUID:
    """One event; returns its id."""
    (id,) = await note_all(tx, [Event(kind, noun, record_id, **more)])
    return id


async def note_all(tx: Tx, events: Sequence[Event], ids: list[UUID] | None = None) -> list[UUID]:
    """All events of a verb in one statement, under ids of their own where none are given. Rings the sequencer, so that readers see them as soon as the
    transaction commits."""
    ids = ids or [uuid7() for _ in events]
    if events:
        await tx.batched(_write, list(zip(ids, events, strict=True)))
        tx.ring("upkeep")
    return ids


def hush(who: Actor) -> dict[str, Any]:
    """What the events of a quiet actor carry beside their own data."""
    return {"quiet": True, **({"loud": sorted(who.loud)} if who.loud else {})} if who.quiet else {}


async def _write(tx: Tx, noted: Sequence[tuple[UUID, Event]]) -> None:
    who, more = tx.actor, hush(tx.actor)
    rows = [
        {"id": id, "kind": e.kind, "noun": e.noun, "record_id": e.record_id, "person_id": e.person_id, "version": e.version, "data": {**e.data, **more}}
        for id, e in noted
    ]
    await tx.execute(
        load(__name__, "note"), tx.workspace, rows, str(who), who.credential, who.request_id, who.cause_id, who.hops, await tx.now())
