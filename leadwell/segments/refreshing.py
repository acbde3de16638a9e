"""Keeps members up to date: as a whole in the background and on a schedule, and record by record soon after something changed."""

from collections.abc import Iterable, Sequence
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
QUIET = 20_000       # of quiet changes, which nobody waits for
FLOOD = 20_000       # from so many on that are not quiet, every segment is computed as a whole instead
ROW = "s.id, s.name, s.noun, s.kind, s.filter, s.filter_version, s.computed_version, s.uses, s.custom_fields, s.refresh_minutes, s.archived_at"
LIVE = f"SELECT {ROW} FROM segments s WHERE s.workspace_id = $1 AND s.kind = 'DYNAMIC' AND s.archived_at IS NULL ORDER BY s.id"
GONE = """SELECT f.noun || '.' || f.key AS name FROM custom_fields f
WHERE f.workspace_id = $1 AND f.noun || '.' || f.key = ANY($2::text[]) AND f.archived_at IS NOT NULL"""
WAITING = "SELECT EXISTS (SELECT 1 FROM segment_changes c WHERE c.workspace_id = $1)"
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
    if await tx.value(WAITING, tx.workspace):
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
    found = Crossed() if redefined else await _hushed(tx, row)
    bounds = await _bounds(tx, row["noun"])
    for low, high in pairwise(bounds):
        found += await cross(tx, row, row["filter"], reason, between=None if len(bounds) == 2 else (low, high), loud=not first)
    return found


async def _hushed(tx: Tx, row: Segment) -> Crossed:
    """Whoever crosses by a quiet change that nobody looked at yet does so before all others, and quietly."""
    sql = "SELECT DISTINCT c.hush FROM segment_changes c WHERE c.workspace_id = $1 AND c.noun = $2 AND c.hush IS NOT NULL"
    found = Crossed()
    for waiting in await tx.fetch(sql, tx.workspace, row["noun"]):
        found += await cross(tx, row, row["filter"], "CHANGED", hush=waiting["hush"])
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
    """Writes down whom these events concern, for the segments to look at; returns how many records. Whoever is only concerned by quiet ones crosses
    quietly."""
    segments = await tx.fetch(LIVE, tx.workspace) if told else []
    nested = any(row["uses"] for row in segments)
    heard = [e for e in told if nested or not e["kind"].startswith("segment.")]
    nouns, count = sorted({row["noun"] for row in segments}), 0
    for hush in _each(map(_hush, heard)) if nouns else ():
        some = [e for e in heard if _hush(e) == hush]
        people = sorted({e["person_id"] for e in some} - {None})
        companies = sorted({e["record_id"] for e in some if e["noun"] == "Company"})
        if people or companies:
            count += await tx.execute(load(__name__, "changed"), tx.workspace, people, companies, nouns, hush)
    if count:
        await _put_follow(tx)
    return count


def _hush(event: Any) -> dict[str, Any] | None:
    """How a quiet event is hushed."""
    return {name: event["data"][name] for name in ("quiet", "loud") if name in event["data"]} if event["data"].get("quiet") else None


def _each(hushes: Iterable[Any]) -> list[Any]:
    """Each once; what is not hushed comes first."""
    found: list[Any] = []
    for hush in hushes:
        if hush not in found:
            found.append(hush)
    return sorted(found, key=lambda hush: hush is not None)


async def _put_follow(tx: Tx) -> None:
    await work.put(tx, work.NewJob("nurture", "nurture.segments", key="segments", delay=SOON))


async def follow(tx: Tx) -> int:
    """Looks at the next changed records with the filter of every segment of their noun; returns how many records. Written down again meanwhile, they
    are looked at again. Quiet changes come when there are no others."""
    sql = "SELECT count(*) FROM (SELECT 1 FROM segment_changes c WHERE c.workspace_id = $1 AND c.hush IS NULL LIMIT $2) x"
    if await tx.value(sql, tx.workspace, FLOOD + 1) > FLOOD:
        return await _flooded(tx)
    segments, most = await tx.fetch(f"{LIVE} FOR NO KEY UPDATE", tx.workspace), BATCH
    rows = await _taken(tx, most, "IS NULL")
    if not rows:
        most = QUIET
        rows = await _taken(tx, most, "IS NOT NULL")
    for segment in segments:
        if segment["computed_version"] == segment["filter_version"]:
            await _look(tx, segment, [row for row in rows if row["noun"] == segment["noun"]])
    if len(rows) == most or (rows and most == BATCH and await tx.value(WAITING, tx.workspace)):
        await _put_follow(tx)
    return len(rows)


async def _taken(tx: Tx, most: int, hushed: str) -> list[Any]:
    return await tx.fetch(load(__name__, "take_changed").replace("{hushed}", hushed), tx.workspace, most)


async def _look(tx: Tx, segment: Segment, rows: Sequence[Any]) -> None:
    """A filter that can no longer be asked leaves its members; the next refresh says why."""
    if not rows:
        return
    await tx.execute("SAVEPOINT looking")
    try:
        for hush in _each(row["hush"] for row in rows):
            await cross(tx, segment, segment["filter"], "CHANGED", ids=[row["record_id"] for row in rows if row["hush"] == hush], hush=hush)
    except (Refusal, asyncpg.DataError):
        await tx.execute("ROLLBACK TO SAVEPOINT looking")


async def _flooded(tx: Tx) -> int:
    """An import: everything is computed once instead of record by record."""
    count = await tx.execute("DELETE FROM segment_changes c WHERE c.workspace_id = $1 AND c.hush IS NULL", tx.workspace)
    await put_refresh(tx, [row["id"] for row in await tx.fetch(LIVE, tx.workspace)])
    return count


async def follow_fields(tx: Tx, events: Sequence[Any]) -> None:
    """Segments that ask for a field that was put away or brought back are computed again, which tells."""
    rows = await tx.fetch(
        "SELECT s.id FROM segments s WHERE s.workspace_id = $1 AND s.archived_at IS NULL AND s.custom_fields && ARRAY("
        "SELECT f.noun || '.' || f.key FROM custom_fields f WHERE f.workspace_id = $1 AND f.id = ANY($2::uuid[]))",
        tx.workspace, [e["record_id"] for e in events])
    await put_refresh(tx, [row["id"] for row in rows])
