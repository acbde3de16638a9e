"""Reads a calendar as it is written and kept: days with windows such as "09:00-17:30", and days that are otherwise."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Any, cast
from zoneinfo import ZoneInfo

import orjson

from leadwell.base.refusals import Refusal
from leadwell.calendars.hours import DAY, Calendar, Windows
from leadwell.calendars.openings import SendWindow

DAYS = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")
WINDOW = re.compile(r"(\d\d):(\d\d)\s*-\s*(\d\d):(\d\d)")
MOST_WINDOWS, MOST_HOLIDAYS, LONGEST_NAME = 8, 1000, 200


class BadCalendar(Refusal):
    """The calendar cannot be kept: {why}."""

    fix = 'Give hours such as {"MON": ["09:00-12:30", "13:30-18:00"]} and holidays such as [{"on": "2026-12-25", "name": "Christmas"}].'


def read(time_zone: str, weekly: object, holidays: object) -> Calendar:
    """A calendar of what is kept. BadCalendar."""
    return _read(time_zone, orjson.dumps(weekly, default=str), orjson.dumps(holidays, default=str))


@lru_cache(maxsize=256)
def _read(time_zone: str, weekly: bytes, holidays: bytes) -> Calendar:
    week, special = read_weekly("weekly", orjson.loads(weekly)), read_holidays("holidays", orjson.loads(holidays))
    days = {date.fromisoformat(one["on"]): _windows("holidays", one.get("hours", [])) for one in special}
    return Calendar(ZoneInfo(read_zone("time_zone", time_zone)), tuple(_windows("weekly", week.get(day, [])) for day in DAYS), days)


def read_window(weekly: object, holidays: object = (), office: object = None) -> SendWindow:
    """A send window of what is kept: hours by day, the holidays of its calendar, and (`office`) that calendar's own hours where only its business days
    count. BadCalendar."""
    return _read_window(orjson.dumps(weekly, default=str), orjson.dumps(holidays, default=str), orjson.dumps(office, default=str))


@lru_cache(maxsize=1024)
def _read_window(weekly: bytes, holidays: bytes, office: bytes) -> SendWindow:
    week, special = read_weekly("hours", orjson.loads(weekly)), read_holidays("holidays", orjson.loads(holidays))
    open_days = orjson.loads(office)
    business = set(DAYS) if open_days is None else {day for day, hours in read_weekly("weekly", open_days).items() if hours}
    days = tuple(_windows(f"hours.{day}", week.get(day, [])) if day in business else () for day in DAYS)
    if not any(days):
        raise BadCalendar(field="hours", why="none of its days is a business day of its calendar", fix="Choose other days, or another calendar.")
    return SendWindow(days, {date.fromisoformat(one["on"]): _windows("holidays", one.get("hours", [])) for one in special})


def read_zone(name: str, value: Any) -> str:
    """The IANA name of a zone."""
    try:
        return ZoneInfo(str(value)).key
    except (KeyError, ValueError, OSError):
        raise BadCalendar(field=name, why=f'"{str(value)[:60]}" is no time zone', fix="Give an IANA name such as Europe/Berlin.") from None


def read_weekly(name: str, value: Any) -> dict[str, list[str]]:
    """Hours by day, as they are kept; at least one day opens."""
    if not isinstance(value, Mapping):
        raise BadCalendar(field=name, why="its hours are no object of days")
    given = cast("Mapping[Any, Any]", value)
    if strange := [str(day) for day in given if day not in DAYS]:
        raise BadCalendar(field=f"{name}.{strange[0][:20]}", why=f'"{strange[0][:20]}" is not one of {", ".join(DAYS)}')
    week = {day: _shown(f"{name}.{day}", given[day]) for day in DAYS if day in given}
    if not any(week.values()):
        raise BadCalendar(field=name, why="it never opens")
    return week


def read_holidays(name: str, value: Any) -> list[dict[str, Any]]:
    """Days that are closed or open otherwise, as they are kept: in order, the last word for each."""
    if not isinstance(value, Sequence) or isinstance(value, str):
        raise BadCalendar(field=name, why="its holidays are no list")
    items = cast("Sequence[Any]", value)
    if len(items) > MOST_HOLIDAYS:
        raise BadCalendar(field=name, why=f"it has more than {MOST_HOLIDAYS} holidays")
    found = {one["on"]: one for i, item in enumerate(items) for one in [_holiday(f"{name}.{i}", item)]}
    return [found[on] for on in sorted(found)]


def _holiday(at: str, value: Any) -> dict[str, Any]:
    given = cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else {"on": value}
    try:
        day = date.fromisoformat(str(given.get("on"))).isoformat()
    except ValueError:
        raise BadCalendar(field=at, why=f'"{str(given.get("on"))[:40]}" is no day such as 2026-12-25') from None
    if strange := set(given) - {"on", "name", "hours"}:
        raise BadCalendar(field=at, why=f'a holiday has no "{str(sorted(map(str, strange))[0])[:40]}"')
    named = {"name": str(given["name"])[:LONGEST_NAME]} if given.get("name") else {}
    hours = _shown(f"{at}.hours", given["hours"]) if given.get("hours") else []
    return {"on": day, **named, **({"hours": hours} if hours else {})}


def _shown(at: str, value: Any) -> list[str]:
    """Windows in order, each as "09:00-17:30"."""
    found = _windows(at, value)
    return [f"{a // 60:02}:{a % 60:02}-{_hour(a, b) // 60:02}:{b % 60:02}" for a, b in found]


def _hour(begin: int, end: int) -> int:
    """The end as it is written: a window over midnight ends early the next day."""
    return end - DAY if end > DAY else end


def _windows(at: str, value: Any) -> Windows:
    if not isinstance(value, Sequence) or isinstance(value, str):
        raise BadCalendar(field=at, why="the hours of a day are a list")
    items = cast("Sequence[Any]", value)
    if len(items) > MOST_WINDOWS:
        raise BadCalendar(field=at, why=f"a day has more than {MOST_WINDOWS} windows")
    return tuple(sorted(_window(at, str(item)) for item in items))


def _window(at: str, text: str) -> tuple[int, int]:
    match = WINDOW.fullmatch(text.strip())
    if match is None:
        raise BadCalendar(field=at, why=f'"{text[:40]}" is no window such as 09:00-17:30')
    a, b, c, d = map(int, match.groups())
    begin, end = a * 60 + b, c * 60 + d
    if b > 59 or d > 59 or begin >= DAY or end > DAY:
        raise BadCalendar(field=at, why=f'"{text[:40]}" names a time that no day has')
    if begin == end:
        raise BadCalendar(field=at, why=f'"{text[:40]}" is empty; a whole day is 00:00-24:00')
    return begin, end if end > begin else end + DAY
