"""The timeline: what people lived through, recorded once and read through participants and links."""

from leadwell.timeline.activities import Link, NewActivity, Participant
from leadwell.timeline.heads import SAID, ActivityIsHistory, pin, revise
from leadwell.timeline.page import MOST, OF, Asked, Entry, Page, page
from leadwell.timeline.parking import SKEW, park, parked, settled, unpark
from leadwell.timeline.read import of_person, recorded
from leadwell.timeline.record import ActivityAboutNothing, record, record_many, take

__all__ = [
    "MOST", "OF", "SAID", "SKEW", "ActivityAboutNothing", "ActivityIsHistory", "Asked", "Entry", "Link", "NewActivity", "Page", "Participant", "of_person",
    "page", "park", "parked", "pin", "record", "record_many", "recorded", "revise", "settled", "take", "unpark",
]  # fmt: skip
