"""What the verbs of segments refuse."""

from leadwell.base.refusals import Refusal


class BadSegment(Refusal):
    """The segment cannot be kept: {why}."""

    fix = "The guide to segments shows what one is made of."


class SegmentNameTaken(Refusal):
    """There is a segment named {name} already."""

    fix = "Choose another name, or change that one."
    status = 409


class SegmentLoops(Refusal):
    """The segment would be made of itself: {way}."""

    fix = "Take one of these segments out of the filter."


class SegmentInUse(Refusal):
    """The segment is in use: {users}."""

    fix = "Take it out of these first."
    status = 409


class SegmentNotByHand(Refusal):
    """The members of a {kind} segment are not chosen by hand."""

    fix = "Change its filter, or make a STATIC segment."


class TooManyMembers(Refusal):
    """{count} are too many at once."""

    fix = "Send at most {most} ids in one request, or name them by a filter."
