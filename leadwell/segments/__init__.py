"""Segments: saved filters and lists by hand, whose members cross once in and once out."""

from leadwell.segments.asking import ids_of, run
from leadwell.segments.crossing import Crossed
from leadwell.segments.editing import NewSegment, archive, create, unarchive, update
from leadwell.segments.members import holds, members, noun_of, people_of, put, take
from leadwell.segments.previewing import Preview, preview
from leadwell.segments.refreshing import follow, follow_fields, hear, plan_due, put_refresh, refresh
from leadwell.segments.refusals import BadSegment, SegmentInUse, SegmentLoops, SegmentNameTaken, SegmentNotByHand, TooManyMembers
from leadwell.segments.snapshots import snapshot
from leadwell.segments.uses import Use, uses

__all__ = [
    "BadSegment", "Crossed", "NewSegment", "Preview", "SegmentInUse", "SegmentLoops", "SegmentNameTaken", "SegmentNotByHand", "TooManyMembers", "Use",
    "archive", "create", "follow", "follow_fields", "hear", "holds", "ids_of", "members", "noun_of", "people_of", "plan_due", "preview", "put", "put_refresh",
    "refresh", "run", "snapshot", "take", "unarchive", "update", "uses",
]  # fmt: skip
