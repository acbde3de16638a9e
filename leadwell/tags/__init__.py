"""Tags: words of the workspace on people, leads, contacts, companies and deals."""

from leadwell.tags.tagging import MOST_RECORDS, NOUNS, TooManyRecords, UnknownTag, merge, tag, untag

__all__ = ["MOST_RECORDS", "NOUNS", "TooManyRecords", "UnknownTag", "merge", "tag", "untag"]
