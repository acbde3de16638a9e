"""When something may happen by a reader's clock: in a window of the day, at a time of day, after business days. Pure, and exact where clocks are put."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from leadwell.calendars.hours import DAY, MOST_DAYS, Span, Windows, instant, jump

Week = tuple[Windows, ...]              # by weekday, Monday first
Holidays = Mapping[date, Windows]       # hours on days that are otherwise; none: closed
EVERY_DAY: Week = (((0, DAY),),) * 7
ONE_DAY = timedelta(days=1)
LOOK = timedelta(hours=6)               # no zone changes its clock twice within so long


@dataclass(frozen=True, slots=True, eq=False)
class SendWindow:
    """Hours by weekday, on a clock that is named when it is asked. `holidays` narrow the hours of their day, or close it. Made by `read_window`."""

    week: Week
    holidays: Holidays = field(default_factory=dict[date, Windows])


def next_opening(window: Week, zone: ZoneInfo, at: datetime, holidays: Holidays | None = None) -> datetime:
    """The first instant (UTC) from `at` on at which a clock in the zone shows a time in the window; `at` itself where it is open.

    A window belongs to the day it begins on, and one over midnight goes on into the next. Where the clock is put back, both passes of an hour count, the
    first of them first. Where it is put forward over a whole window, the window opens as the clock is put; a day that a country skips has none."""
    since, special = at.astimezone(UTC), holidays or {}
    day = since.astimezone(zone).date() - ONE_DAY
    for _ in range(MOST_DAYS):
        if windows := _windows(window, special, day):
            for begin, end in _spans(zone, windows, day):
                if end > since:
                    return max(begin, since)
        day += ONE_DAY
    return since + MOST_DAYS * ONE_DAY


def next_time(wall: time, zone: ZoneInfo, at: datetime, week: Week = EVERY_DAY, holidays: Holidays | None = None) -> datetime:
    """The next instant (UTC) from `at` on at which a clock in the zone shows `wall`, on a weekday that `week` has hours on and no closed holiday.
    A time that is passed over is the moment at which the clock is put; one that is shown twice counts the first time alone."""
    since, special = at.astimezone(UTC), holidays or {}
    day = since.astimezone(zone).date() - ONE_DAY
    for _ in range(MOST_DAYS):
        if _windows(week, special, day) and (found := _on(zone, day, wall)) is not None and found >= since:
            return found
        day += ONE_DAY
    return since + MOST_DAYS * ONE_DAY


def days_later(days: int, zone: ZoneInfo, at: datetime, week: Week = EVERY_DAY, holidays: Holidays | None = None) -> datetime:
    """The same time of day so many days later by the zone's clock, counting only days that `week` has hours on and that are no closed holidays."""
    here, special = at.astimezone(zone), holidays or {}
    day, left = here.date(), days
    for _ in range(MOST_DAYS):
        if left <= 0:
            break
        day += ONE_DAY
        if _windows(week, special, day) and _on(zone, day, here.time()) is not None:
            left -= 1
    return max(_on(zone, day, here.time()) or at.astimezone(UTC), at.astimezone(UTC))


def narrowed(windows: Windows, by: Windows) -> Windows:
    """What both allow of a day."""
    return tuple(sorted((max(a, c), min(b, d)) for a, b in windows for c, d in by if max(a, c) < min(b, d)))


def _windows(week: Week, holidays: Holidays, day: date) -> Windows:
    windows = week[day.weekday()]
    return narrowed(windows, holidays[day]) if day in holidays else windows


def _on(zone: ZoneInfo, day: date, wall: time) -> datetime | None:
    """When the clock shows that time of that day; None on a day that is skipped."""
    found = instant(zone, day, wall.hour * 60 + wall.minute) + timedelta(seconds=wall.second, microseconds=wall.microsecond)
    return found if found.astimezone(zone).date() == day else None


@lru_cache(maxsize=8192)
def _spans(zone: ZoneInfo, windows: Windows, day: date) -> tuple[Span, ...]:
    """The spans of the windows that begin on a day, in order."""
    midnight = datetime.combine(day, time(), UTC)
    pieces = _steady(zone, midnight - ONE_DAY, midnight + 3 * ONE_DAY)
    return tuple(sorted(span for window in windows for span in _span(zone, pieces, window, day)))


def _span(zone: ZoneInfo, pieces: list[tuple[datetime, datetime, timedelta]], window: tuple[int, int], day: date) -> list[Span]:
    wall = datetime.combine(day, time(), UTC)   # as if the zone were UTC; each piece puts it right
    begin, end = (wall + timedelta(minutes=minute) for minute in window)
    found = [(max(begin - offset, low), min(end - offset, high)) for low, high, offset in pieces]
    if spans := [(a, b) for a, b in found if a < b]:
        return spans
    put = instant(zone, day, window[0])
    return [(put, put + (end - begin))] if put.astimezone(zone).date() == day else []


def _steady(zone: ZoneInfo, low: datetime, high: datetime) -> list[tuple[datetime, datetime, timedelta]]:
    """The time between two instants in pieces in which the zone's offset stays."""
    pieces: list[tuple[datetime, datetime, timedelta]] = []
    begin, at = low, low
    while at < high:
        after = min(at + LOOK, high)
        if _offset(zone, at) != _offset(zone, after):
            put = jump(zone, at, after)
            pieces.append((begin, put, _offset(zone, at)))
            begin = put
        at = after
    return [*pieces, (begin, high, _offset(zone, begin))]


def _offset(zone: ZoneInfo, at: datetime) -> timedelta:
    return at.astimezone(zone).utcoffset() or timedelta(0)
