"""Calendars: business hours in a time zone, as pure functions over instants."""

from leadwell.calendars.hours import Calendar, after, between, is_open, spans
from leadwell.calendars.reading import BadCalendar, read, read_holidays, read_weekly, read_zone

__all__ = ["BadCalendar", "Calendar", "after", "between", "is_open", "read", "read_holidays", "read_weekly", "read_zone", "spans"]
