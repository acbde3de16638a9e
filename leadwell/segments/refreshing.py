"""Keeps members up to date: as a whole in the background and on a schedule, and record by record soon after something changed."""

from collections.abc import Sequence
from datetime import timedelta
from itertools import pairwise
from time import perf_counter
from typing import Any
from uuid import UUID

import asyncpg

from leadwell import work
from leadwell.base.refusals import Refusal
from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.catalog import CATALOG
from leadwell.segments.crossing import Crossed, cross

SLICE = 1_000_000    # records that one statement looks at
BATCH = 2_000        # changed records that are looked at in one transaction
FLOOD = 20_000       # from so many on, every segment is computed as a whole instead
ROW = "s.id, s.name, s.noun, s.kind, s.filter, s.filter_version, s.computed_version, s.uses, s.custom_fields, s.refresh_minutes, s.archived_at"
LIVE = f"SELECT {ROW} FROM segments s WHERE s.workspace_id = $1 AND s.kind = 'DYNAMIC' AND s.archived_at IS NULL ORDER BY s.id"
GONE = """SELECT f.noun || '.' || f.key AS name FROM custom_fields f
WHERE f.workspace_id = $1 AND f.noun || '.' || f.key = ANY($2::text[]) AND f.archived_at IS NOT NULL"""
SOON = timedelta(seconds=1)   # changes that come in a burst are looked at together
Segment = Any   # a row


async def put_refresh(tx: Tx, ids: Sequence[UUID]) -> None:
    """The segments are computed as a whole, soon; asked twice it is done once."""
    await work.put(tx, *(work.NewJob("transfer", "transfer.segment", {"id": str(id)}, key=str(id), priority=work.BULK) for id in ids))


async def plan_due(tx: Tx) -> int:
    """Puts the work of segments whose time has come, and of changes that wait; returns how many segments."""
    rows = await tx.fetch(
        "SELECT s.id FROM segments s WHERE s.workspace_id = $1 AND s.kind <> 'STATIC' AND s.archived_at IS NULL AND s.due_at <= $2 ORDER BY s.id",
        tx.workspace, await tx.now())
    await put_refresh(tx, [row["id"] for row in rows])
    if await tx.value("SELECT EXISTS (SELECT 1 FROM segment_changes c WHERE c.workspace_id = $1)", tx.workspace):
        await _put_follow(tx)
    return len(rows)


async def refresh(tx: Tx, id: UUID) -> Crossed:
    """Computes a segment as a whole; of a SNAPSHOT once. What its filter refuses is kept as its `problem`, and its members stay."""
    row = await tx.row(f"SELECT {ROW} FROM segments s WHERE s.workspace_id = $1 AND s.id = $2 FOR NO KEY UPDATE", tx.workspace, id)
    if row is None or row["archived_at"] or row["kind"] == "STATIC" or (row["kind"] == "SNAPSHOT" and row["computed_version"] is not None):
        return Crossed()
    began, found, problem = perf_counter(), Crossed(), await _put_away(tx, row)
    await tx.execute("SAVEPOINT computing")
    try:
        found = await _compute(tx, row)
    except (Refusal, asyncpg.DataError) as error:
        await tx.execute("ROLLBACK TO SAVEPOINT computing")
        problem = error.message if isinstance(error, Refusal) else f"Its filter cannot be asked: {error}"[:500]
    await _computed(tx, row, problem, int((perf_counter() - began) * 1000))
    if (found.came or found.gone) and not found.told:
        await _follow_users(tx, id)
    return found


async def _compute(tx: Tx, row: Segment) -> Crossed:
    first, redefined = row["computed_version"] is None, row["computed_version"] != row["filter_version"]
    reason = "REDEFINED" if redefined else "CHANGED"
    bounds = await _bounds(tx, row["noun"])
    found = Crossed()
    for low, high in pairwise(bounds):
        found += await cross(tx, row, row["filter"], reason, between=None if len(bounds) == 2 else (low, high), loud=not first)
    return found


async def _bounds(tx: Tx, noun: str) -> list[UUID]:
    """Where to cut a noun's ids, so that no statement looks at more than a million records."""
    rows = await tx.fetch(load(__name__, "bounds").replace("{table}", CATALOG[noun].table), tx.workspace, SLICE)
    return [UUID(int=0), *(row["id"] for row in rows), UUID(int=2**128 - 1)]


async def _put_away(tx: Tx, row: Segment) -> str | None:
    """Fields that the filter names and that are put away: their values still count, and somebody should know."""
    gone = [r["name"] for r in await tx.fetch(GONE, tx.workspace, row["custom_fields"])] if row["custom_fields"] else []
    return f"Its filter asks for {', '.join(sorted(gone))}, which is put away; the values of then still count." if gone else None


async def _computed(tx: Tx, row: Segment, problem: str | None, took_ms: int) -> None:
    """A segment that takes long is computed less often, so that it never takes more than a twentieth of the time."""
    now = await tx.now()
    pause = max(timedelta(minutes=row["refresh_minutes"]), timedelta(milliseconds=20 * took_ms))
    await tx.execute(
        "UPDATE segments SET computed_version = $3, refreshed_at = $4, took_ms = $5, due_at = $6, problem = $7 WHERE workspace_id = $1 AND id = $2",
        tx.workspace, row["id"], row["filter_version"], now, took_ms, None if row["kind"] == "SNAPSHOT" else now + pause, problem)


async def _follow_users(tx: Tx, id: UUID) -> None:
    """Segments made of this one look again where nobody was told of the crossings."""
    rows = await tx.fetch("SELECT s.id FROM segments s WHERE s.workspace_id = $1 AND s.archived_at IS NULL AND $2 = ANY(s.uses)", tx.workspace, id)
    await put_refresh(tx, [row["id"] for row in rows])


async def hear(tx: Tx, told: Sequence[Any]) -> int:
    """Writes down whom these events concern, for the segments to look at; returns how many records."""
    segments = await tx.fetch(LIVE, tx.workspace) if told else []
    nested = any(row["uses"] for row in segments)
    heard = [e for e in told if nested or not e["kind"].startswith("segment.")]
    people = sorted({e["person_id"] for e in heard} - {None})
    companies = sorted({e["record_id"] for e in heard if e["noun"] == "Company"})
    nouns = sorted({row["noun"] for row in segments})
    if not nouns or not (people or companies):
        return 0
    count = await tx.execute(load(__name__, "changed"), tx.workspace, people, companies, nouns)
    if count:
        await _put_follow(tx)
    return count


async def _put_follow(tx: Tx) -> None:
    await work.put(tx, work.NewJob("nurture", "nurture.segments", key="segments", delay=SOON))


async def follow(tx: Tx) -> int:
    """Looks at the next changed records with the filter of every segment of their noun; returns how many records. Written down again meanwhile, they
    are looked at again."""
    if await tx.value("SELECT count(*) FROM (SELECT 1 FROM segment_changes c WHERE c.workspace_id = $1 LIMIT $2) x", tx.workspace, FLOOD + 1) > FLOOD:
        return await _flooded(tx)
    segments = await tx.fetch(f"{LIVE} FOR NO KEY UPDATE", tx.workspace)
    rows = await tx.fetch(load(__name__, "take_changed"), tx.workspace, BATCH)
    by_noun: dict[str, list[UUID]] = {}
    for row in rows:
        by_noun.setdefault(row["noun"], []).append(row["record_id"])
    for segment in segments:
        if segment["noun"] in by_noun and segment["computed_version"] == segment["filter_version"]:
            await _look(tx, segment, by_noun[segment["noun"]])
    if len(rows) == BATCH:
        await _put_follow(tx)
    return len(rows)


async def _look(tx: Tx, segment: Segment, ids: Sequence[UUID]) -> None:
    """A filter that can no longer be asked leaves its members; the next refresh says why."""
    await tx.execute("SAVEPOINT looking")
    try:
        await cross(tx, segment, segment["filter"], "CHANGED", ids=ids)
    except (Refusal, asyncpg.DataError):
        await tx.execute("ROLLBACK TO SAVEPOINT looking")


async def _flooded(tx: Tx) -> int:
    """An import: everything is computed once instead of record by record."""
    count = await tx.execute("DELETE FROM segment_changes c WHERE c.workspace_id = $1", tx.workspace)
    await put_refresh(tx, [row["id"] for row in await tx.fetch(LIVE, tx.workspace)])
    return count


async def follow_fields(tx: Tx, events: Sequence[Any]) -> None:
    """Segments that ask for a field that was put away or brought back are computed again, which tells."""
    rows = await tx.fetch(
        "SELECT s.id FROM segments s WHERE s.workspace_id = $1 AND s.archived_at IS NULL AND s.custom_fields && ARRAY("
        "SELECT f.noun || '.' || f.key FROM custom_fields f WHERE f.workspace_id = $1 AND f.id = ANY($2::uuid[]))",
        tx.workspace, [e["record_id"] for e in events])
    await put_refresh(tx, [row["id"] for row in rows])
