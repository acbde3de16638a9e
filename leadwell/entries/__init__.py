"""Entries: the short lists a workspace words for itself (sources, reasons, statuses, stages, topics, tags), edited by one set of verbs."""

from leadwell.entries.checks import Check, count_of, email, flag, line, one_of, optional
from leadwell.entries.editing import archive, create, reorder, turn, unarchive, update
from leadwell.entries.lists import ALL, Entry, Use, entry_of
from leadwell.entries.refusals import BadEntryField, EntryExists, EntryInUse, LastEntry, NotAReplacement

__all__ = [
    "ALL", "BadEntryField", "Check", "Entry", "EntryExists", "EntryInUse", "LastEntry", "NotAReplacement", "Use",
    "archive", "count_of", "create", "email", "entry_of", "flag", "line", "one_of", "optional", "reorder", "turn", "unarchive", "update",
]
