"""Reads a person's timeline, newest first."""

from datetime import datetime
from uuid import UUID

import asyncpg

from leadwell.base.sql import load
from leadwell.base.tx import Tx


async def of_person(tx: Tx, person_id: UUID, before: tuple[datetime, UUID] | None = None, limit: int = 50) -> list[asyncpg.Record]:
    """Activities the person took part in, each with `role` and `links` ([{"noun", "id"}]). `before` is (at, id) of the last one seen."""
    at, id = before or (None, None)
    return await tx.fetch(load(__name__, "of_person"), tx.workspace, person_id, at, id, limit)
