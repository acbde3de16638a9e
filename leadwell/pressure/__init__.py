"""Pressure: when mail may leave, and how much of it to whom, from whom and in all."""

from leadwell.pressure.editing import BadSendingRule, update_rules, warnings, warnings_of
from leadwell.pressure.facts import give_back, keep, lock_companies, lock_slots, timings
from leadwell.pressure.holding import REASONS, Hold, Tally, Timing, held
from leadwell.pressure.postponing import book, laid_out, look, note, put_off, release, tidy
from leadwell.pressure.reasking import ask_again, follow_calendars, follow_zones, go_on_asking
from leadwell.pressure.rules import TOUCHES, Limit, Rules, Standing, read_rules
from leadwell.pressure.telling import Cap, Pressure, Waiting, pressure_of, queue

__all__ = [
    "REASONS", "TOUCHES", "BadSendingRule", "Cap", "Hold", "Limit", "Pressure", "Rules", "Standing", "Tally", "Timing", "Waiting", "ask_again",
    "book", "follow_calendars", "follow_zones", "give_back", "go_on_asking", "held", "keep", "laid_out", "lock_companies", "lock_slots", "look",
    "note", "pressure_of", "put_off", "queue", "read_rules", "release", "tidy", "timings", "update_rules", "warnings", "warnings_of",
]
