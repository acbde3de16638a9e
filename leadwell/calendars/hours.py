"""Business time: which instants a calendar counts, how many lie between two, and when so many have passed. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

Window = tuple[int, int]            # minutes since midnight; an end beyond 1440 lies in the next day
Windows = tuple[Window, ...]
Span = tuple[datetime, datetime]    # UTC, without its end
DAY = 24 * 60
MOST_DAYS = 10_000                  # looked at before a calendar counts as closed for good
NONE = timedelta(0)


@dataclass(frozen=True, slots=True, eq=False)
class Calendar:
    """Open windows by weekday (Monday first) in a zone, and `special` days that have other ones, or none. A window belongs to the day it begins on:
    one over midnight goes on into a holiday, and none begins on it. Made by `read`, which refuses a calendar that never opens."""

    zone: ZoneInfo
    weekly: tuple[Windows, ...]
    special: Mapping[date, Windows]

    def windows(self, day: date) -> Windows:
        return self.special[day] if day in self.special else self.weekly[day.weekday()]


def spans(calendar: Calendar, since: datetime) -> Iterator[Span]:
    """The open spans from an instant on, in order, none overlapping another."""
    day, last = since.astimezone(calendar.zone).date() - timedelta(days=1), since.astimezone(UTC)
    for _ in range(MOST_DAYS):
        if windows := calendar.windows(day):
            for begin, end in _day(calendar.zone, windows, day):
                if end > last:
                    yield max(begin, last), end
                    last = end
        day += timedelta(days=1)


def between(calendar: Calendar | None, since: datetime, until: datetime) -> timedelta:
    """How much business time lies between two instants; nothing when the second is not later. Without calendar every hour counts."""
    if until <= since:
        return NONE
    if calendar is None:
        return until - since
    found = NONE
    for begin, end in spans(calendar, since):
        if begin >= until:
            break
        found += min(end, until) - begin
    return found


def after(calendar: Calendar | None, since: datetime, span: timedelta) -> datetime:
    """The first instant by which so much business time has passed; for none of it, the first open instant."""
    if calendar is None:
        return since + span
    left = span
    for begin, end in spans(calendar, since):
        if left <= end - begin:
            return begin + left
        left -= end - begin
    return since.astimezone(UTC) + timedelta(days=MOST_DAYS)


def is_open(calendar: Calendar | None, at: datetime) -> bool:
    return calendar is None or next(spans(calendar, at), (None, None))[0] == at.astimezone(UTC)


@lru_cache(maxsize=4096)
def _day(zone: ZoneInfo, windows: Windows, day: date) -> tuple[Span, ...]:
    """The windows that begin on a day, as instants."""
    found = ((instant(zone, day, begin), instant(zone, day, end)) for begin, end in windows)
    return tuple((begin, end) for begin, end in found if begin < end)


def instant(zone: ZoneInfo, day: date, minute: int) -> datetime:
    """When a clock on the wall shows that minute: the first time where it is shown twice, the jump where it is passed over."""
    wall = datetime.combine(day, time()) + timedelta(minutes=minute)   # what the clock shows, in no zone yet
    found = wall.replace(tzinfo=zone).astimezone(UTC)
    if found.astimezone(zone).replace(tzinfo=None) == wall:
        return found
    return jump(zone, wall.replace(tzinfo=zone, fold=1).astimezone(UTC), found)


def jump(zone: ZoneInfo, low: datetime, high: datetime) -> datetime:
    """The second between two in which the clock is put forward."""
    before = low.astimezone(zone).utcoffset()
    while high - low > timedelta(seconds=1):
        middle = low + timedelta(seconds=int((high - low).total_seconds()) // 2)
        if middle.astimezone(zone).utcoffset() == before:
            low = middle
        else:
            high = middle
    return high
