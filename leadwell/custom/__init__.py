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
from leadwell.custom.values import missing, standing, standing_many, told, unfit, write, write_many
from leadwell.custom.wording import worded

__all__ = [
    "NOUNS", "BadCustomField", "BadCustomValue", "ChoiceInUse", "CustomFieldExists", "CustomValueRequired", "CustomValueTaken", "NewField",
    "TooManyCustomFields", "Unfit", "UnknownCustomField", "archive", "define", "fitting", "missing", "nothing_required", "require", "shown", "standing",
    "standing_many", "told", "unarchive", "unfit", "update", "worded", "write", "write_many",
]
