"""Tasks: what is planned, and what was done by hand."""

from leadwell.tasks.about import About, people_of
from leadwell.tasks.raised import Raised, answer_to
from leadwell.tasks.refusals import BadTaskField, TaskClosed
from leadwell.tasks.tasks import KINDS, LOGGED, PRIORITIES, NewTask, complete, create, hand_over, log_activity

__all__ = [
    "KINDS", "LOGGED", "PRIORITIES", "About", "BadTaskField", "NewTask", "Raised", "TaskClosed", "answer_to", "complete", "create", "hand_over",
    "log_activity", "people_of",
]  # fmt: skip
