"""What sequences refuse."""

from leadwell.base.refusals import Refusal


class SequenceFlawed(Refusal):
    """The sequence cannot run: {problem}"""


class SequenceNameTaken(Refusal):
    """There is a sequence named {name} already."""

    fix = "Choose another name."


class UnknownChoice(Refusal):
    """"{value}" is none of the choices here."""


class BadSetting(Refusal):
    """The sequence cannot be kept so: {why}"""

    fix = "Give another value, or leave it out."


class NothingToPublish(Refusal):
    """The sequence has no draft that could be published."""

    fix = "Change its steps first; what is live is live already."


class SequenceNotLive(Refusal):
    """The sequence is not live: it is {state}."""

    fix = "Publish it or resume it first."


class SequenceInUse(Refusal):
    """{count} people are in the sequence."""

    fix = "Pause it and take them out first, or archive it with the people leaving."
    status = 409


class BadPlan(Refusal):
    """The plan for people who are under way cannot be carried out: {why}"""

    fix = "Name each step once, and steps of the draft to go to."


class PlanMoved(Refusal):
    """The sequence or the plan for people who are under way is not the one that was looked at."""

    fix = "Look at the new preview and publish with its planHash."
    status = 409


class WaitingCrowd(Refusal):
    """{count} people who are waiting would all be due at once."""

    fix = "Give rampPerHour, or let them stay."


class EnrollmentEnded(Refusal):
    """This person has left the sequence already."""

    status = 409


class EnrollmentNotPaused(Refusal):
    """This person's way through the sequence is not paused."""

    fix = "There is nothing to resume: it goes on."
    status = 409


class TooMany(Refusal):
    """{count} are too many at once."""

    fix = "Send at most 500 in one request."
