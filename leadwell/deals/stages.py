"""The stages of a deal pipeline, and what moving between them writes. The decision is pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from leadwell.base.identity import clean
from leadwell.base.refusals import NotFound
from leadwell.base.tx import Tx
from leadwell.deals.refusals import LossReasonRequired, NoOpenStage, StageOfAnotherPipeline

COLUMNS = "s.id, s.name, s.type, s.pipeline_id, s.probability"


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage; `type` is OPEN, WON or LOST and becomes the deal's state."""

    id: UUID
    name: str
    type: str
    pipeline_id: UUID
    probability: int


async def stage_by_id(tx: Tx, stage_id: UUID) -> Stage:
    """A stage that is not archived."""
    row = await tx.row(f"SELECT {COLUMNS} FROM deal_stages s WHERE s.workspace_id = $1 AND s.id = $2 AND s.archived_at IS NULL", tx.workspace, stage_id)
    if row is None:
        raise NotFound(field="stage_id", noun="stage")
    return Stage(**row)


async def first_stage(tx: Tx, pipeline_id: UUID | None = None) -> Stage:
    """Where a deal starts in the pipeline; None: the default one."""
    row = await tx.row(
        f"SELECT {COLUMNS} FROM deal_stages s JOIN pipelines p ON p.workspace_id = $1 AND p.id = s.pipeline_id"
        " WHERE s.workspace_id = $1 AND s.type = 'OPEN' AND s.archived_at IS NULL AND p.kind = 'DEAL' AND (p.id = $2 OR ($2::uuid IS NULL AND p.is_default))"
        " ORDER BY s.position LIMIT 1",
        tx.workspace, pipeline_id,
    )
    if row is None:
        raise NoOpenStage(field="pipeline_id")
    return Stage(**row)


def moved(deal: Mapping[str, Any], stage: Stage, reason: str | None, now: datetime) -> dict[str, Any]:
    """The columns a move writes. A lost deal has a reason; an open one has none and is not closed."""
    if stage.pipeline_id != deal["pipeline_id"]:
        raise StageOfAnotherPipeline(field="stage_id", stage=stage.name)
    said = clean(reason) or None
    if stage.type == "LOST" and said is None and deal["state"] != "LOST":
        raise LossReasonRequired(field="reason")
    values: dict[str, Any] = {"stage_id": stage.id, "state": stage.type, "probability": stage.probability, "stage_since": now}
    if stage.id == deal["stage_id"]:
        values = {}
    if stage.type == "OPEN":
        return {**values, "closed_at": None, "close_reason": None}
    closed = deal["closed_at"] if deal["state"] == stage.type else now
    return {**values, "closed_at": closed, "close_reason": said or (deal["close_reason"] if deal["state"] == stage.type else None)}
