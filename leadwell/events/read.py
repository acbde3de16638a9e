"""Reads numbered events in order: by cursor for subscribers, by durable position for reactions and webhooks."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from leadwell.base.tx import BRIEF, Database, Tx

COLUMNS = "e.id, e.seq, e.kind, e.noun, e.record_id, e.person_id, e.version, e.actor, e.cause_id, e.hops, e.at, e.data"


NAMES = tuple(name.removeprefix("e.") for name in COLUMNS.split(", "))
GLANCE = (
    f"SELECT {BRIEF}, ARRAY(SELECT ROW({COLUMNS}::text) FROM events e WHERE e.workspace_id = $1 AND e.seq > $2 ORDER BY e.seq LIMIT $3)")


async def latest(tx: Tx) -> int:
    """The last number given in this workspace; 0 before the first."""
    return await tx.value("SELECT c.last_seq FROM event_cursors c WHERE c.workspace_id = $1", tx.workspace) or 0


async def kept(tx: Tx) -> tuple[int, int]:
    """The first number whose event is still there (the next one to be given, if none is) and the last number given."""
    last = await latest(tx)
    first = await tx.value("SELECT e.seq FROM events e WHERE e.workspace_id = $1 AND e.seq > 0 ORDER BY e.seq LIMIT 1", tx.workspace)
    return first or last + 1, last


async def newer(tx: Tx, seq: int, limit: int = 500) -> list[asyncpg.Record]:
    """Events after number `seq`, in order."""
    return await tx.fetch(f"SELECT {COLUMNS} FROM events e WHERE e.workspace_id = $1 AND e.seq > $2 ORDER BY e.seq LIMIT $3", tx.workspace, seq, limit)


async def glanced(db: Database, workspace: UUID, seq: int, limit: int = 500) -> list[dict[str, Any]]:
    """The same by one message, for whoever only follows. Unavailable."""
    _, rows = await db.glance(GLANCE, workspace, seq, limit)
    return [dict(zip(NAMES, (*values, orjson.loads(data)), strict=True)) for *values, data in rows]


async def read_on(tx: Tx, reader: str, limit: int = 500) -> list[asyncpg.Record]:
    """The next events of a durable reader, which moves on with this transaction: what it does about them commits with its position.
    A reader sees each event once; two processes take turns on its row."""
    place = "SELECT r.seq FROM event_readers r WHERE r.workspace_id = $1 AND r.reader = $2 FOR UPDATE"
    if (seq := await tx.value(place, tx.workspace, reader)) is None:
        await tx.execute("INSERT INTO event_readers (workspace_id, reader) VALUES ($1, $2) ON CONFLICT DO NOTHING", tx.workspace, reader)
        seq = await tx.value(place, tx.workspace, reader)
    events = await newer(tx, seq, limit)
    if events:
        await tx.execute("UPDATE event_readers SET seq = $3 WHERE workspace_id = $1 AND reader = $2", tx.workspace, reader, events[-1]["seq"])
    return events


async def about(tx: Tx, record_ids: Sequence[UUID], limit: int = 1000) -> list[asyncpg.Record]:
    """Everything noted about these records, oldest first, numbered or not."""
    return await tx.fetch(
        f"SELECT {COLUMNS} FROM events e WHERE e.workspace_id = $1 AND e.record_id = ANY($2::uuid[]) ORDER BY e.id LIMIT $3",
        tx.workspace, list(record_ids), limit)
