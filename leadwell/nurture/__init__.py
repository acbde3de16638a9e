"""Nurture: sequences of mail, waits and much else, who enters them, who leaves them, and why somebody got a mail or not."""

from leadwell.nurture.checking import validate
from leadwell.nurture.consequences import DEAD_ADDRESS, sentence
from leadwell.nurture.due import tend, wake
from leadwell.nurture.enroll import enroll_any, enroll_many
from leadwell.nurture.entry import enter_by_capture, enter_by_score
from leadwell.nurture.exits import exit_by_event, exit_person, gate, leave, remove, remove_people
from leadwell.nurture.funnel import MEASURES, Part, Stage, funnel
from leadwell.nurture.happening import HAPPENINGS
from leadwell.nurture.interpret import BATCH
from leadwell.nurture.interpret import advance as step_due
from leadwell.nurture.ledger import Line, advance_resolved, ambiguous_sends, resolve_send, resubscribe, send_ledger, subscription, unsubscribe
from leadwell.nurture.listening import hear
from leadwell.nurture.migrating import Course, Standing, carry_on
from leadwell.nurture.outcomes import advance
from leadwell.nurture.pausing import archive, hold, pause, pause_enrollment, resume, resume_enrollment
from leadwell.nurture.publishing import Preview, Wish, preview_publish, publish
from leadwell.nurture.refusals import (
    BadPlan,
    BadSetting,
    EnrollmentEnded,
    EnrollmentNotPaused,
    NothingToPublish,
    PlanMoved,
    SequenceFlawed,
    SequenceInUse,
    SequenceNameTaken,
    SequenceNotLive,
    TooMany,
    UnknownChoice,
    WaitingCrowd,
)
from leadwell.nurture.sequences import change_steps, create_sequence, update_draft
from leadwell.nurture.settings import NewSequence
from leadwell.nurture.shape import Entry, Flaw

__all__ = [
    "BATCH", "DEAD_ADDRESS", "HAPPENINGS", "MEASURES", "BadPlan", "BadSetting", "Course", "EnrollmentEnded", "EnrollmentNotPaused", "Entry", "Flaw",
    "Line", "NewSequence", "NothingToPublish", "Part", "PlanMoved", "Preview", "SequenceFlawed", "SequenceInUse", "SequenceNameTaken",
    "SequenceNotLive", "Stage", "Standing", "TooMany", "UnknownChoice", "WaitingCrowd", "Wish", "advance", "advance_resolved",
    "ambiguous_sends", "archive", "carry_on", "change_steps", "create_sequence", "enroll_any", "enroll_many", "enter_by_capture", "enter_by_score",
    "exit_by_event", "exit_person", "funnel", "gate", "hear", "hold", "leave", "pause", "pause_enrollment", "preview_publish", "publish", "remove",
    "remove_people", "resolve_send", "resubscribe", "resume", "resume_enrollment", "send_ledger", "sentence", "step_due", "subscription", "tend",
    "unsubscribe", "update_draft", "validate", "wake",
]  # fmt: skip
