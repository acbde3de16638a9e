"""Tasks: what is planned, and what was done by hand."""

from leadwell.tasks.about import About, Concerned, Known, known, people_of
from leadwell.tasks.left import ask_where_they_went
from leadwell.tasks.logged import LOGGED, ROLES, TOLD, Logged, Told, log_activities, log_activity, record_parked, write_note
from leadwell.tasks.raised import Raised, answer_to
from leadwell.tasks.refusals import BadTaskField, TaskClosed, TaskIsMeeting, TaskIsOpen, TooManyActivities
from leadwell.tasks.reminders import plan, remind
from leadwell.tasks.tasks import FIELDS, KINDS, PRIORITIES, NewTask, cancel, complete, create, hand_over, reopen, snooze, update

__all__ = [
    "FIELDS", "KINDS", "LOGGED", "PRIORITIES", "ROLES", "TOLD", "About", "BadTaskField", "Concerned", "Known", "Logged", "NewTask", "Raised", "TaskClosed",
    "TaskIsMeeting", "TaskIsOpen", "Told", "TooManyActivities", "answer_to", "ask_where_they_went", "cancel", "complete", "create", "hand_over", "known",
    "log_activities", "log_activity", "people_of", "plan", "record_parked", "remind", "reopen", "snooze", "update", "write_note",
]  # fmt: skip
