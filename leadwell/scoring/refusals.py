"""What scoring refuses, in the words the user reads."""

from leadwell.base.refusals import Refusal


class InvalidRules(Refusal):
    """The scoring rules are wrong at {path}: {problem}."""

    fix = "Correct the rules at that path and send them again; nothing was saved."


class VersionFrozen(Refusal):
    """Version {number} of this scoring model is {state} and cannot be changed or published again."""

    fix = "Make a new draft from it."
    status = 409


class NameTaken(Refusal):
    """There is already a scoring model called "{name}"."""

    fix = "Choose another name."
    status = 409


class NotScored(Refusal):
    """The workspace has no published scoring model, so nobody has a score."""

    fix = "Publish a version of a scoring model."
    status = 404


class NotOpenOrClick(Refusal):
    """Only opens and clicks are read as human or machine; these are {kinds}."""

    fix = "Leave out what is neither an open nor a click; nothing was changed."


class NoSubjectModel(Refusal):
    """The workspace has no published scoring model of {subject}."""

    fix = "Publish a version of such a model."
    status = 404
