"""What the verbs of companies refuse."""

from leadwell.base.refusals import Refusal


class CompanyExists(Refusal):
    """There is already a company with this {what}: {name}."""

    fix = "Use the existing company, or ask for a second one with allowDuplicate."
    status = 409


class NameRequired(Refusal):
    """A company needs a name with at least one letter or digit."""

    fix = "Give the name as its people write it."


class BadWebsite(Refusal):
    """"{value}" is not a web address or domain."""

    fix = "Give it like \"www.example.com\"."


class HierarchyCycle(Refusal):
    """A company cannot be above itself: {parent} already stands below {company}."""

    fix = "Choose a parent outside its own subsidiaries."


class HierarchyTooDeep(Refusal):
    """There would be {levels} companies above each other; {most} are allowed."""

    fix = "Choose a parent higher up."


class CompanyHasOpenDeals(Refusal):
    """{count} open deals are with this company."""

    fix = "Close or move them first."
    status = 409


class DomainNotKnown(Refusal):
    """{domain} is not a domain of this company."""

    fix = "Add it first."


class BadCompanyField(Refusal):
    """{name} cannot be "{value}": {why}."""
