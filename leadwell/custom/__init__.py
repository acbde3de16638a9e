"""Custom fields: a workspace's own fields of people, leads, contacts, companies and deals, and their values."""

from leadwell.custom.fields import NOUNS, NewField, archive, define, unarchive, update
from leadwell.custom.reading import Unfit, fitting
from leadwell.custom.refusals import BadCustomField, BadCustomValue, ChoiceInUse, CustomFieldExists, TooManyCustomFields, UnknownCustomField
from leadwell.custom.values import standing, write

__all__ = [
    "NOUNS", "BadCustomField", "BadCustomValue", "ChoiceInUse", "CustomFieldExists", "NewField", "TooManyCustomFields", "Unfit", "UnknownCustomField",
    "archive", "define", "fitting", "standing", "unarchive", "update", "write",
]
