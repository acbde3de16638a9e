"""Calendars: business hours in a time zone, and windows on a reader's clock, as pure functions over instants."""

from leadwell.calendars.hours import Calendar, after, between, is_open, spans
from leadwell.calendars.openings import EVERY_DAY, Holidays, SendWindow, Week, days_later, next_opening, next_time
from leadwell.calendars.reading import BadCalendar, read, read_holidays, read_weekly, read_window, read_zone
from leadwell.calendars.zones import ZONE_CHAIN, zone_of

__all__ = [
    "EVERY_DAY", "ZONE_CHAIN", "BadCalendar", "Calendar", "Holidays", "SendWindow", "Week", "after", "between", "days_later", "is_open", "next_opening",
    "next_time", "read", "read_holidays", "read_weekly", "read_window", "read_zone", "spans", "zone_of",
]
