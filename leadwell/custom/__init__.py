"""Custom fields: a workspace's own fields of people, leads, contacts, companies and deals, and their values."""

from leadwell.custom.fields import NOUNS, NewField, archive, define, unarchive, update
from leadwell.custom.reading import Unfit, fitting, shown
from leadwell.custom.refusals import (
    BadCustomField,
    BadCustomValue,
    ChoiceInUse,
    CustomFieldExists,
    CustomValueRequired,
    CustomValueTaken,
    TooManyCustomFields,
    UnknownCustomField,
)
from leadwell.custom.required import nothing_required, require
from leadwell.custom.values import standing, standing_many, unfit, write, write_many

__all__ = [
    "NOUNS", "BadCustomField", "BadCustomValue", "ChoiceInUse", "CustomFieldExists", "CustomValueRequired", "CustomValueTaken", "NewField",
    "TooManyCustomFields", "Unfit", "UnknownCustomField", "archive", "define", "fitting", "nothing_required", "require", "shown", "standing",
    "standing_many", "unarchive", "unfit", "update", "write", "write_many",
]
