"""Activities told with a time that has not come: kept, and recorded when it has."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg

from leadwell import work
from leadwell.base import mentions
from leadwell.base.tx import Tx
from leadwell.timeline.activities import NewActivity
from leadwell.timeline.record import claim

SKEW = timedelta(minutes=5)


def settled(activity: NewActivity, now: datetime) -> NewActivity | None:
    """The activity with a time that is not after now: clocks of other systems may run up to SKEW ahead. None: its time has not come."""
    if activity.at is None or activity.at <= now:
        return activity
    return replace(activity, at=now) if activity.at <= now + SKEW else None


async def park(tx: Tx, activities: Sequence[NewActivity], told: Sequence[Mapping[str, Any]]) -> list[UUID]:
    """Keeps each with what is needed to record it, once for each key; returns the ids they will have."""
    ids, fresh = await claim(tx, activities)
    first = {id for id, _ in fresh}
    rows = {id: (one, what) for id, one, what in zip(ids, activities, told, strict=True) if id in first}
    if rows:
        now = await tx.now()
        await tx.many(
            "INSERT INTO parked_activities (workspace_id, id, at, told, created_at) VALUES ($1, $2, $3, $4, $5)",
            [(tx.workspace, id, one.at, dict(what), now) for id, (one, what) in rows.items()],
        )
        named = [(tx.workspace, digest, id) for id, (_, what) in rows.items() for digest in mentions.named(what)]
        await tx.many("INSERT INTO parked_mentions (workspace_id, digest, activity_id) VALUES ($1, $2, $3)", named)
        await work.put(tx, *(
            work.NewJob("upkeep", "upkeep.record_activity", {"activity_id": str(id)}, key=str(id), run_at=one.at) for id, (one, _) in rows.items()
        ))  # fmt: skip
    return ids


async def parked(tx: Tx, ids: Sequence[UUID]) -> set[UUID]:
    """Which of these wait."""
    sql = "SELECT p.id FROM parked_activities p WHERE p.workspace_id = $1 AND p.id = ANY($2::uuid[])"
    return {row["id"] for row in await tx.fetch(sql, tx.workspace, list(ids))} if ids else set()


async def unpark(tx: Tx, ids: Sequence[UUID]) -> list[asyncpg.Record]:
    """Takes those whose time has come: `id` and what was `told`."""
    sql = "DELETE FROM parked_activities WHERE workspace_id = $1 AND id = ANY($2::uuid[]) AND at <= $3 RETURNING id, told"
    return await tx.fetch(sql, tx.workspace, list(ids), await tx.now())
