"""What the verbs of broadcasts refuse."""

from leadwell.base.refusals import Refusal


class BadBroadcast(Refusal):
    """The broadcast cannot be kept: {why}."""

    fix = "The guide to broadcasts shows what one is made of."


class BroadcastNameTaken(Refusal):
    """There is a broadcast named {name} already."""

    fix = "Choose another name."
    status = 409


class BroadcastMoved(Refusal):
    """The broadcast is {state}, so it cannot be {done}."""

    fix = "Look at it again; another person may have been quicker."
    status = 409


class AudienceNotYours(Refusal):
    """You see only your own people, so you cannot write to an audience."""

    fix = "Ask somebody who sees all people, or write to people one by one."
    status = 403


class NoAddress(Refusal):
    """The person has no e-mail address that works."""

    fix = "Add one first."


class MailNotAllowed(Refusal):
    """This person may not be written to: {why}"""

    fix = "Only the person can undo an unsubscribe or a complaint."


class NotOfUs(Refusal):
    """{address} is no address of a user of this workspace."""

    fix = "A test goes to users alone; leave the address out to send it to yourself."


class BadLetter(Refusal):
    """The mail cannot be sent: {why}."""

    fix = "Name a template, or give a subject and a text or HTML."
