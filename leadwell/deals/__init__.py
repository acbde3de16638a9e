"""Deals: opportunities in a pipeline, won or lost with a reason."""

from leadwell.deals.editing import ROLES, NewDeal, create, created, insert, move_stage, update
from leadwell.deals.refusals import BadDealField, LossReasonRequired, NoOpenStage, StageOfAnotherPipeline
from leadwell.deals.stages import Stage, first_stage, moved, stage_by_id

__all__ = [
    "ROLES", "BadDealField", "LossReasonRequired", "NewDeal", "NoOpenStage", "Stage", "StageOfAnotherPipeline",
    "create", "created", "first_stage", "insert", "move_stage", "moved", "stage_by_id", "update",
]
