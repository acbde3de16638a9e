"""Broadcasts: one mail to everybody who was in an audience at one moment, and mail that people write one by one."""

from leadwell.broadcasts.editing import archive, create, update
from leadwell.broadcasts.looking import Outlook, Reached, Results, outlook, results
from leadwell.broadcasts.refusals import BadBroadcast, BadLetter, BroadcastMoved, BroadcastNameTaken, MailNotAllowed, NoAddress, NotOfUs
from leadwell.broadcasts.running import plan_due, put_run, run
from leadwell.broadcasts.shape import Audience, Hour, NewBroadcast, Test, Variant
from leadwell.broadcasts.single import NewLetter, NewTest, send_email, send_test
from leadwell.broadcasts.steering import cancel, choose, gate, pause, resume, schedule

__all__ = [
    "Audience", "BadBroadcast", "BadLetter", "BroadcastMoved", "BroadcastNameTaken", "Hour", "MailNotAllowed", "NewBroadcast", "NewLetter", "NewTest",
    "NoAddress", "NotOfUs", "Outlook", "Reached", "Results", "Test", "Variant", "archive", "cancel", "choose", "create", "gate", "outlook", "pause",
    "plan_due", "put_run", "results", "resume", "run", "schedule", "send_email", "send_test", "update",
]  # fmt: skip
