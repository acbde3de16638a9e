"""Nurture: sequences of mail and waits, who enters them, who leaves them, and why somebody got a mail or not."""

from leadwell.nurture.consequences import DEAD_ADDRESS, sentence
from leadwell.nurture.due import tend, wake
from leadwell.nurture.enroll import Entry, TooMany, enroll_any, enroll_many
from leadwell.nurture.entry import enter_by_capture, enter_by_score
from leadwell.nurture.exits import EnrollmentEnded, exit_by_event, exit_person, gate, leave, remove
from leadwell.nurture.interpret import BATCH, advance, step_due
from leadwell.nurture.ledger import Line, resolve_send, resubscribe, send_ledger, subscription, unsubscribe
from leadwell.nurture.sequences import (
    NewSequence,
    NothingToPublish,
    SequenceFlawed,
    SequenceNameTaken,
    SequenceNotLive,
    UnknownChoice,
    change_steps,
    create_sequence,
    pause,
    publish,
    resume,
    validate,
)
from leadwell.nurture.steps import Flaw

__all__ = [
    "BATCH",
    "DEAD_ADDRESS",
    "EnrollmentEnded",
    "Entry",
    "Flaw",
    "Line",
    "NewSequence",
    "NothingToPublish",
    "SequenceFlawed",
    "SequenceNameTaken",
    "SequenceNotLive",
    "TooMany",
    "UnknownChoice",
    "advance",
    "change_steps",
    "create_sequence",
    "enroll_any",
    "enroll_many",
    "enter_by_capture",
    "enter_by_score",
    "exit_by_event",
    "exit_person",
    "gate",
    "leave",
    "pause",
    "publish",
    "remove",
    "resolve_send",
    "resubscribe",
    "resume",
    "send_ledger",
    "sentence",
    "step_due",
    "subscription",
    "tend",
    "unsubscribe",
    "validate",
    "wake",
]
