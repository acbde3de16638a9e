"""What editing the lists of a workspace refuses."""

from leadwell.base.refusals import Refusal


class EntryExists(Refusal):
    """There is already a {noun} with the {name} "{value}"{hint}."""

    fix = "Use that one, bring it back if it was archived, or choose another word."
    status = 409


class BadEntryField(Refusal):
    """{name} cannot be "{value}": {why}."""


class EntryInUse(Refusal):
    """{count} {users} still use this {noun}."""

    fix = "Name a replacement, which they then get."
    status = 409


class NotAReplacement(Refusal):
    """"{replacement}" cannot take the place of this {noun}: {why}."""

    fix = "Name another one of the same list that is not archived."


class LastEntry(Refusal):
    """This {noun} has to stay: {why}."""

    fix = "Make another one first."
    status = 409
