"""The timeline: what people lived through, recorded once and read through participants and links."""

from leadwell.timeline.activities import Link, NewActivity, Participant
from leadwell.timeline.read import of_person, recorded
from leadwell.timeline.record import ActivityAboutNothing, record, record_many, take

__all__ = ["ActivityAboutNothing", "Link", "NewActivity", "Participant", "of_person", "record", "record_many", "recorded", "take"]
