"""What the verbs of tasks refuse."""

from leadwell.base.refusals import Refusal


class TaskClosed(Refusal):
    """This task is already {state}."""

    status = 409


class BadTaskField(Refusal):
    """{name} cannot be "{value}": {why}."""
