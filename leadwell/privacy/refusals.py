"""Why something is not done with a person's data."""

from leadwell.base.refusals import Refusal


class AlreadyErased(Refusal):
    """This person was erased."""

    fix = "Nothing is left to do; the receipt is among privacyRequests."
    status = 409


class ExportNotReady(Refusal):
    """This access export is {state}."""

    fix = "Wait until its state is DONE; a file is kept for seven days."
    status = 409


class BadRetention(Refusal):
    """"{value}" is not how long {kind} can be kept."""

    fix = "Give from 1 to 240 months, or none to keep them for good."
    status = 422
