"""Meetings: when and with whom, and what became of them."""

from leadwell.meetings.attendees import Attendees
from leadwell.meetings.meetings import NewMeeting, cancel, hold, miss, reschedule, schedule, update
from leadwell.meetings.refusals import BadMeetingField, MeetingOver, NotAMeeting

__all__ = ["Attendees", "BadMeetingField", "MeetingOver", "NewMeeting", "NotAMeeting", "cancel", "hold", "miss", "reschedule", "schedule", "update"]
