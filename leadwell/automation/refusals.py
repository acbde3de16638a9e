"""What the verbs of automations refuse."""

from leadwell.base.refusals import Refusal


class BadAutomation(Refusal):
    """The rule cannot be used: {why}."""

    fix = "The guide to automation shows what a rule is made of."


class AutomationExists(Refusal):
    """There is already an automation called "{name}"."""

    fix = "Choose another name, or change that one."
    status = 409


class NothingDrafted(Refusal):
    """The automation has no draft that could come into use."""

    fix = "Change it first; a version that is in use stays as it is."
    status = 409


class RightGone(Refusal):
    """Whoever brought this automation into use has left, or may not do this any more."""

    fix = "Somebody who may do it brings it into use: publish it, or pause and resume it."
    status = 403


class NeverPublished(Refusal):
    """The automation has never been in use."""

    fix = "Publish it."
    status = 409
