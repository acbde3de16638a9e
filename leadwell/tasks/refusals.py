"""What the verbs of tasks refuse."""

from leadwell.base.refusals import Refusal


class TaskClosed(Refusal):
    """This task is already {state}."""

    status = 409


class TaskIsOpen(Refusal):
    """This task is open; there is nothing to reopen."""

    fix = "Complete or cancel it instead."
    status = 409


class TaskIsMeeting(Refusal):
    """This is a meeting, and meetings are not {done} like tasks."""

    fix = "Use the mutations of meetings."
    status = 409


class BadTaskField(Refusal):
    """{name} cannot be "{value}": {why}."""


class TooManyActivities(Refusal):
    """More than {most} activities were sent at once."""

    fix = "Send them in several calls."
