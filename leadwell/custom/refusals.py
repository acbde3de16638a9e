"""What the verbs of custom fields refuse."""

from leadwell.base.refusals import Refusal


class CustomFieldExists(Refusal):
    """There is already a custom field "{key}" of {noun}{hint}."""

    fix = "Use that one, bring it back if it was put away, or choose another key."
    status = 409


class BadCustomField(Refusal):
    """{name} cannot be "{value}": {why}."""


class TooManyCustomFields(Refusal):
    """{noun} has {most} custom fields already."""

    fix = "Put away one that is not needed."


class ChoiceInUse(Refusal):
    """{count} records still hold "{value}"."""

    fix = "Rename the choice to another one with `renames`, or change those records first."
    status = 409


class UnknownCustomField(Refusal):
    """{noun} has no custom field "{key}"."""

    def __init__(self, *, field: str, noun: str, key: str, known: list[str]) -> None:
        listed = f"Use one of: {', '.join(known)}." if known else "Define it first, with defineCustomField."
        super().__init__(field=field, fix=listed, noun=noun, key=key, known=known)


class CustomValueTaken(Refusal):
    """Another record has "{value}" in {key} already, and no two may hold the same."""

    fix = "Look at that record, or give another value."
    status = 409


class CustomValueRequired(Refusal):
    """A {noun} needs a value in {labels}."""

    fix = "Give it in `custom`."


class BadCustomValue(Refusal):
    """"{key}" cannot hold "{value}": {why}."""

    fix = "Give a value of the field's type, or null to clear it."
