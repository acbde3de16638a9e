"""What the verbs of contacts refuse."""

from leadwell.base.refusals import Refusal


class ContactExists(Refusal):
    """This person is already a contact."""

    fix = "Work with the existing contact."
    status = 409


class CompanyRequired(Refusal):
    """A contact needs a company."""

    fix = "Name a company, or let the workspace have individuals without one."


class HiddenCompany(Refusal):
    """This company stands for a single person and cannot be linked."""

    fix = "Link a real company."


class BadContactField(Refusal):
    """{name} cannot be "{value}": {why}."""
