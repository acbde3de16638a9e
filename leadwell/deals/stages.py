"""The stages of a deal pipeline, and what moving between them writes. The decision is pure."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from leadwell.base.fixed import fixed
from leadwell.base.identity import clean
from leadwell.base.refusals import NotFound
from leadwell.base.tx import Tx
from leadwell.deals.refusals import LossReasonRequired, NoOpenStage, StageOfAnotherPipeline, StageTransitionRefused

COLUMNS = "s.id, s.name, s.type, s.pipeline_id, s.probability, s.next_ids"


@fixed
class Stage:
    """A stage; `type` is OPEN, WON or LOST and becomes the deal's state. `next_ids` restricts moves between open stages; None allows any."""

    id: UUID
    name: str
    type: str
    pipeline_id: UUID
    probability: int
    next_ids: Collection[UUID] | None = None


async def stage_by_id(tx: Tx, stage_id: UUID) -> Stage:
    """A stage that is not archived, and is not while the transaction lasts."""
    row = await tx.row(
        f"SELECT {COLUMNS} FROM deal_stages s WHERE s.workspace_id = $1 AND s.id = $2 AND s.archived_at IS NULL FOR SHARE", tx.workspace, stage_id
    )
    if row is None:
        raise NotFound(field="stage_id", noun="stage")
    return Stage(**row)


async def first_stage(tx: Tx, pipeline_id: UUID | None = None, type: str = "OPEN") -> Stage:
    """The first stage of a type in the pipeline; None: the default one."""
    row = await tx.row(
        f"SELECT {COLUMNS} FROM deal_stages s JOIN pipelines p ON p.workspace_id = $1 AND p.id = s.pipeline_id"
        " WHERE s.workspace_id = $1 AND s.type = $3 AND s.archived_at IS NULL AND p.kind = 'DEAL' AND (p.id = $2 OR ($2::uuid IS NULL AND p.is_default))"
        " ORDER BY s.position LIMIT 1",
        tx.workspace, pipeline_id, type,
    )
    if row is None:
        raise NoOpenStage(field="pipeline_id", type=type.lower())
    return Stage(**row)


def may_move(before: Stage, after: Stage) -> None:
    """Between open stages a pipeline may restrict what follows; closing and opening again it does not."""
    both_open = before.type == after.type == "OPEN"
    if both_open and before.id != after.id and before.next_ids is not None and after.id not in before.next_ids:
        raise StageTransitionRefused(field="stage_id", before=before.name, after=after.name)


@fixed
class Because:
    """Why a deal is won or lost: a reason of the workspace, words, or both."""

    words: str | None = None
    reason_id: UUID | None = None


def moved(deal: Mapping[str, Any], stage: Stage, because: Because, now: datetime) -> dict[str, Any]:
    """The columns a move writes. A lost deal has a reason; an open one has none and is not closed."""
    if stage.pipeline_id != deal["pipeline_id"]:
        raise StageOfAnotherPipeline(field="stage_id", stage=stage.name)
    said = clean(because.words) or None
    if stage.type == "LOST" and said is None and because.reason_id is None and deal["state"] != "LOST":
        raise LossReasonRequired(field="reason")
    values: dict[str, Any] = {"stage_id": stage.id, "state": stage.type, "probability": stage.probability, "stage_since": now}
    if stage.id == deal["stage_id"]:
        values = {}
    if stage.type == "OPEN":
        return {**values, "closed_at": None, "close_reason": None, "close_reason_id": None}
    again = deal["state"] == stage.type
    kept = {
        "closed_at": deal["closed_at"] if again else now,
        "close_reason": said or (deal["close_reason"] if again else None),
        "close_reason_id": because.reason_id or (deal["close_reason_id"] if again else None),
    }
    return {**values, **kept}
