"""What the verbs of assignment refuse."""

from leadwell.base.refusals import Refusal


class BadMember(Refusal):
    """{name} of a queue's member cannot be {value}: {why}."""

    fix = "Give a weight from 1 to 100, and a capacity of 0 or more, or none."


class BadAbsence(Refusal):
    """An absence cannot be kept: {why}."""

    fix = "Give the time it begins and a later one at which it ends."


class LeadTaken(Refusal):
    """{owner} has this lead already."""

    fix = "Take another one, or ask for this one to be given to you."
    status = 409


class NotYourQueue(Refusal):
    """The lead waits in the queue "{queue}", of which you are no member."""

    fix = "Ask to become a member of the queue."
    status = 403


class NotOpen(Refusal):
    """The lead is {state}: nobody has to get it."""

    fix = "Reopen it first, if it is to be worked on again."
    status = 409


class ClaimByUsersOnly(Refusal):
    """Only a user can claim something; this is an API key."""

    fix = "Assign it to a user instead."
    status = 403


class NoQueues(Refusal):
    """The workspace has no queue that could take the lead."""

    fix = "Make a queue with members first."


class BadPeriod(Refusal):
    """The period cannot be asked for: {why}."""

    fix = "Give a time and a later one, at most two years apart."


class StillWaiting(Refusal):
    """Somebody waits for an answer: this {noun} is done only when it was given."""

    fix = "Say in `kind` whether you called, wrote or met them, or put it off."
    status = 409


class BadSnooze(Refusal):
    """It cannot be put off until then: {why}."""

    fix = "Give a time in the future, a year ahead at most."
