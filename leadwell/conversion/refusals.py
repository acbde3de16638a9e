"""What a conversion refuses."""

from leadwell.base.refusals import Refusal


class AlreadyConverted(Refusal):
    """This lead was already converted, with other wishes than these."""

    fix = "Work with the contact, company and deal it became."
    status = 409


class LeadIsJunk(Refusal):
    """This lead was closed as junk, so it cannot be converted."""

    fix = "Reopen it first."
    status = 409


class OwnerRequired(Refusal):
    """Somebody has to own what the conversion makes: the lead has no owner, and you are not a user."""

    fix = "Give ownerId, or assign the lead first."


class CompanyNameRequired(Refusal):
    """A contact needs a company, and the lead names none."""

    fix = "Give the company's name or choose an existing company, or let the workspace have individuals without one."


class PossibleDuplicate(Refusal):
    """There may already be a {noun} for this lead: {name}."""

    fix = "Look at it, then say onDuplicate: LINK takes it, CREATE makes another one."
    status = 409


class StalePlan(Refusal):
    """What this conversion would do has changed since you looked at it."""

    fix = "Look at the new plan, in params or with previewConversion, and send its planHash."
    status = 409


class TooManyLeads(Refusal):
    """{count} leads are more than the {most} that one call converts."""

    fix = "Send several calls."


class NotConverted(Refusal):
    """This lead is {state}, so there is no conversion to add to."""

    fix = "Convert it, with all it is to become."
    status = 409


class AlreadyAttached(Refusal):
    """This conversion already has a {noun}."""

    fix = "Work with that one; to replace it, change contact and deal themselves."
    status = 409


class NothingToAttach(Refusal):
    """Nothing is said that this conversion left out."""

    fix = "Say what was forgotten: a company, a deal, or both."


class BadMapping(Refusal):
    """The custom field {key} cannot be taken over as {noun} {target}: {why}."""

    fix = "Name a field of leads, and one of companies, contacts or deals that can hold what it holds."


class PersonIsContact(Refusal):
    """This person is already a contact and never gets a second one."""

    fix = "Leave the choice of the contact to us (AUTO)."


class ContactOfAnotherPerson(Refusal):
    """That contact is another person than the lead."""

    fix = "Merge the two people first, if they are one."


class DealClosed(Refusal):
    """The deal "{name}" is already {state}, so the lead cannot join it."""

    fix = "Choose an open deal, or let the conversion make one."


class NotAConvertedStatus(Refusal):
    """The status "{status}" does not stand for converted leads of this pipeline."""

    fix = "Choose a status of type CONVERTED from the lead's own pipeline."


class BadWish(Refusal):
    """{name} cannot be "{value}": {why}."""


class NobodyNamed(Refusal):
    """A contact needs a name, an e-mail address or a phone number."""

    fix = "Give one of them, or a person who is known."
