"""What people do with broadcasts: schedule, pause, resume, cancel, choose the winner."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg

from leadwell import events, work
from leadwell.base.rows import locked
from leadwell.base.tx import Tx
from leadwell.broadcasts.refusals import BadBroadcast
from leadwell.broadcasts.running import decide, put_run
from leadwell.broadcasts.shape import Hour, checked_move

FURTHEST = timedelta(days=366)
EARLIEST = timedelta(hours=14)   # how far clocks go ahead of UTC
PAUSED, CANCELED = "BROADCAST_PAUSED", "BROADCAST_CANCELED"
OURS = "s.id IN (SELECT r.send_id FROM broadcast_recipients r WHERE r.workspace_id = $1 AND r.broadcast_id = $2 AND r.send_id IS NOT NULL)"


async def schedule(tx: Tx, id: UUID, hour: Hour, expected_version: int | None = None) -> None:
    """It begins at that hour, or at once; whom it goes to is looked up then. NotFound, StaleVersion, BroadcastMoved, BadBroadcast."""
    row = await locked(tx, "broadcast", "broadcasts", id, expected_version)
    checked_move(row["state"], "scheduled")
    now = await tx.now()
    local = hour.local.isoformat(timespec="minutes") if hour.local else None
    at = hour.local.replace(tzinfo=UTC) - EARLIEST if hour.local else hour.at or now
    last = hour.local.replace(tzinfo=UTC) + EARLIEST if hour.local else at
    if last < now - timedelta(minutes=1):
        raise BadBroadcast(field="localTime" if hour.local else "at", why="the hour is past", fix="Leave it out to begin at once.")
    if at > now + FURTHEST:
        raise BadBroadcast(field="localTime" if hour.local else "at", why="the hour is more than a year away")
    await _write(tx, row, "broadcast.scheduled", {"state": "SCHEDULED", "send_at": at, "local_time": local}, {"at": at.isoformat()})
    await put_run(tx, id, at)


async def pause(tx: Tx, id: UUID, expected_version: int | None = None) -> None:
    """Nothing of it leaves until it is resumed. NotFound, StaleVersion, BroadcastMoved."""
    row = await locked(tx, "broadcast", "broadcasts", id, expected_version)
    if row["state"] == "PAUSED":
        return
    checked_move(row["state"], "paused")
    await _write(tx, row, "broadcast.paused", {"state": "PAUSED", "paused_from": row["state"]})


async def resume(tx: Tx, id: UUID, expected_version: int | None = None) -> None:
    """It goes on where it was; mail that waited is free again. NotFound, StaleVersion, BroadcastMoved."""
    row = await locked(tx, "broadcast", "broadcasts", id, expected_version)
    checked_move(row["state"], "resumed")
    await _write(tx, row, "broadcast.resumed", {"state": row["paused_from"], "paused_from": None})
    freed = await tx.fetch(
        f"UPDATE sends s SET due_at = NULL, reason = NULL WHERE s.workspace_id = $1 AND s.reason = $3 AND s.state IN ('PLANNED', 'DEFERRED') AND {OURS} "
        "RETURNING s.id",
        tx.workspace, id, PAUSED)
    await work.put(tx, *(work.NewJob("deliver", "deliver.send", {"send_id": str(r["id"])}, key=str(r["id"]), max_attempts=60) for r in freed))
    await put_run(tx, id)


async def cancel(tx: Tx, id: UUID, expected_version: int | None = None) -> None:
    """It is over: mail that has not been handed over never leaves. NotFound, StaleVersion, BroadcastMoved."""
    row = await locked(tx, "broadcast", "broadcasts", id, expected_version)
    if row["state"] == "CANCELED":
        return
    checked_move(row["state"], "canceled")
    now = await tx.now()
    await _write(tx, row, "broadcast.canceled", {"state": "CANCELED", "ended_at": now, "paused_from": None})
    await tx.execute(
        f"UPDATE sends s SET state = 'SKIPPED', reason = $3, ended_at = $4, version = version + 1, updated_at = $4 "
        f"WHERE s.workspace_id = $1 AND s.state IN ('PLANNED', 'DEFERRED') AND {OURS}", tx.workspace, id, CANCELED, now)
    await tx.execute(
        "UPDATE broadcast_recipients SET state = 'HELD', reason = $3, due_at = NULL WHERE workspace_id = $1 AND broadcast_id = $2 AND state = 'WAITING'",
        tx.workspace, id, CANCELED)


async def choose(tx: Tx, id: UUID, variant: str, expected_version: int | None = None) -> None:
    """Ends the test: the rest gets this variant. NotFound, StaleVersion, BroadcastMoved, BadBroadcast."""
    row = await locked(tx, "broadcast", "broadcasts", id, expected_version)
    checked_move(row["state"], "decided")
    names = [one["name"] for one in row["variants"]]
    if variant not in names:
        raise BadBroadcast(field="variant", why=f"it has no variant {variant[:60]}", fix="Take one of " + ", ".join(names) + ".")
    await decide(tx, row, names.index(variant))


async def _write(tx: Tx, row: Mapping[str, Any], kind: str, values: Mapping[str, Any], data: Mapping[str, Any] | None = None) -> None:
    sets = "".join(f", {name} = ${i}" for i, name in enumerate(values, start=4))
    await tx.execute(
        f"UPDATE broadcasts SET version = version + 1, updated_at = $3{sets} WHERE workspace_id = $1 AND id = $2",
        tx.workspace, row["id"], await tx.now(), *values.values())
    await events.note(tx, kind, "Broadcast", row["id"], version=row["version"] + 1, data=dict(data or {}))


async def gate(tx: Tx, rows: Sequence[asyncpg.Record]) -> dict[UUID, Mapping[str, Any]]:
    """What broadcasts know of their mail, by send, as the send gate asks of sequences. Whoever pauses or cancels waits for the gate, and it for them."""
    ids = [row["id"] for row in rows if row["mail_class"] == "BROADCAST"]
    if not ids:
        return {}
    found = await tx.fetch(
        "SELECT r.send_id, b.state, b.paused_from FROM broadcast_recipients r JOIN broadcasts b ON b.workspace_id = $1 AND b.id = r.broadcast_id "
        "WHERE r.workspace_id = $1 AND r.send_id = ANY($2::uuid[]) ORDER BY b.id FOR SHARE OF b", tx.workspace, ids)
    now, steps = await tx.now(), {row["id"]: (row["step"], row["visit"]) for row in rows}
    return {row["send_id"]: _standing(row["state"], *steps[row["send_id"]], now) for row in found}


def _standing(state: str, step: str, visit: int, now: datetime) -> dict[str, Any]:
    return {
        "state": "ACTIVE", "exit_reason": None, "step": step, "visit": visit, "sequence_state": "LIVE", "exit_on": (), "replied": False, "raised": False,
        "audience": "BOTH", "is_lead": True, "is_contact": True, "was_junk": False, "was_converted": False,
        "ended_by": CANCELED if state == "CANCELED" else None, "paused_at": now if state == "PAUSED" else None, "paused_until": None, "paused_as": PAUSED}
