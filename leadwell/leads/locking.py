"""Locks a lead through its person, and finds the statuses of its pipeline."""

from typing import Any
from uuid import UUID

import asyncpg.exceptions as pg

from leadwell.base.refusals import NotFound
from leadwell.base.rows import checked_version
from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.leads.lifecycle import SEALED, Status
from leadwell.leads.refusals import LeadSealed

STATUS = "s.id, s.name, s.type, s.pipeline_id, s.next_ids"


async def lock(tx: Tx, lead_id: UUID, expected_version: int | None = None) -> dict[str, Any]:
    """The lead, open or junk, locked behind its person; NotFound, LeadSealed or StaleVersion."""
    row = await tx.row(load(__name__, "lock"), tx.workspace, lead_id)
    if row is None:
        raise await _missing(tx, lead_id)
    found = dict(row)
    checked_version(found, "lead", expected_version)
    return found


async def _missing(tx: Tx, lead_id: UUID) -> Exception:
    state = await tx.value("SELECT l.state FROM leads l WHERE l.workspace_id = $1 AND l.id = $2", tx.workspace, lead_id)
    if state is None:
        return NotFound(noun="lead")
    if state in SEALED:
        return LeadSealed(state=state.lower())
    return pg.SerializationError("the lead was given to another person meanwhile")


async def status(tx: Tx, status_id: UUID, field: str | None = None) -> Status:
    """A status by id; one that a caller names in `field` is not archived, and is not while the transaction lasts."""
    live = " AND s.archived_at IS NULL FOR SHARE" if field else ""
    row = await tx.row(f"SELECT {STATUS} FROM lead_statuses s WHERE s.workspace_id = $1 AND s.id = $2{live}", tx.workspace, status_id)
    if row is None:
        raise NotFound(noun="lead status", field=field)
    return Status(**row)


async def default_status(tx: Tx, pipeline_id: UUID, type: str) -> Status:
    """Where a lead of that type lands when no status is named."""
    row = await tx.row(
        f"SELECT {STATUS} FROM lead_statuses s WHERE s.workspace_id = $1 AND s.pipeline_id = $2 AND s.type = $3 AND s.archived_at IS NULL"
        " ORDER BY s.is_default DESC, s.position LIMIT 1",
        tx.workspace, pipeline_id, type,
    )
    if row is None:
        raise NotFound(noun=f"{type.lower()} status", fix="Add a status of that type to the pipeline.")
    return Status(**row)
