"""Pipelines with the statuses of leads and the stages of deals: edited as entries, with what stands in them moved along."""

from leadwell.pipelines.editing import MOST_MOVED, archive_step, create_step, update_step
from leadwell.pipelines.refusals import NotAStepOfThePipeline, TooManyToMove

__all__ = ["MOST_MOVED", "NotAStepOfThePipeline", "TooManyToMove", "archive_step", "create_step", "update_step"]
