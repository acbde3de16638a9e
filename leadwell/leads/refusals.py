"""What the verbs of leads refuse."""

from leadwell.base.refusals import Refusal


class LeadSealed(Refusal):
    """This lead was {state} and can no longer change."""

    fix = "Work with the contact it became, or with the lead it was merged into."
    status = 409


class AlreadyJunk(Refusal):
    """This lead is already closed as junk."""

    fix = "Reopen it first."
    status = 409


class NotJunk(Refusal):
    """Only a lead that was closed as junk can be reopened; this one is {state}."""


class TransitionRefused(Refusal):
    """A lead cannot go from {before} to {after}: {why}."""


class OpenLeadExists(Refusal):
    """This person already has an open lead in the pipeline."""

    fix = "Work with the open lead."
    status = 409


class UnknownReason(Refusal):
    """"{code}" is not a reason of this workspace."""

    def __init__(self, *, code: str, known: list[str]) -> None:
        super().__init__(field="reason", fix=f"Use one of: {', '.join(known)}.", code=code, known=known)


class ReasonRequired(Refusal):
    """Say why."""

    fix = "Give a reason of at least one word."


class BadField(Refusal):
    """{name} cannot be "{value}": {why}."""


class NothingLeft(Refusal):
    """A lead needs a name, an e-mail address, a phone number or a company name."""

    fix = "Leave at least one of them."
