"""What the verbs of meetings refuse."""

from leadwell.base.refusals import Refusal


class NotAMeeting(Refusal):
    """This is a task, not a meeting."""

    fix = "Use the mutations of tasks."
    status = 409


class MeetingOver(Refusal):
    """This meeting was already {state}."""

    fix = "Schedule another one."
    status = 409


class BadMeetingField(Refusal):
    """{name} cannot be "{value}": {why}."""

    fix = "Correct the value and send it again."
