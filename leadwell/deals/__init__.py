"""Deals: opportunities in a pipeline, won or lost with a reason."""

from leadwell.deals.editing import ROLES, NewDeal, base_day, create, created, insert, update
from leadwell.deals.many import archive_many, update_many
from leadwell.deals.moving import archive, lose, move_stage, reopen, unarchive, win
from leadwell.deals.parties import put_contact, remove_contact, set_products
from leadwell.deals.rates import rebase, set_rate
from leadwell.deals.refusals import (
    BadDealField,
    DealNotClosed,
    LossReasonRequired,
    NoOpenStage,
    PrimaryContact,
    StageOfAnotherPipeline,
    StageTransitionRefused,
    UnknownCloseReason,
)
from leadwell.deals.stages import Because, Stage, first_stage, moved, stage_by_id

__all__ = [
    "ROLES", "BadDealField", "Because", "DealNotClosed", "LossReasonRequired", "NewDeal", "NoOpenStage", "PrimaryContact", "Stage",
    "StageOfAnotherPipeline", "StageTransitionRefused", "UnknownCloseReason",
    "archive", "archive_many", "base_day", "create", "created", "first_stage", "insert", "lose", "move_stage", "moved", "put_contact", "rebase",
    "remove_contact", "reopen", "set_products", "set_rate", "stage_by_id", "unarchive", "update", "update_many", "win",
]
