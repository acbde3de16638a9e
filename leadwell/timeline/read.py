"""Reads a person's timeline, newest first."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from leadwell.base.sql import load
from leadwell.base.tx import Tx


async def of_person(tx: Tx, person_id: UUID, before: tuple[datetime, UUID] | None = None, limit: int = 50) -> list[asyncpg.Record]:
    """Activities the person took part in, each with `role` and `links` ([{"noun", "id"}]). `before` is (at, id) of the last one seen."""
    at, id = before or (None, None)
    return await tx.fetch(load(__name__, "of_person"), tx.workspace, person_id, at, id, limit)


async def recorded(tx: Tx, source: str, external_ids: Sequence[str]) -> set[str]:
    """Which of these a system's activities were recorded before."""
    sql = "SELECT k.external_id FROM activity_keys k WHERE k.workspace_id = $1 AND k.source = $2 AND k.external_id = ANY($3::text[])"
    return {row["external_id"] for row in await tx.fetch(sql, tx.workspace, source, list(external_ids))} if external_ids else set()
