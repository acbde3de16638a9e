"""Dates and moments as exports write them; an order that cannot be told is refused instead of guessed."""

import re
from datetime import UTC, date, datetime, tzinfo
from typing import Literal

from leadwell.base.identity.flaws import BLANK, Flaw
from leadwell.base.identity.text import clean, fold

DayOrder = Literal["DMY", "MDY", "YMD"]

_MONTHS = {
    name: number
    for number, names in enumerate(
        """
        jan january januar janvier janv enero ene januari gennaio gen
        feb february februar fevrier fevr febrero februari febbraio
        mar march marz mars marzo maart mrz mrt
        apr april avril avr abril abr aprile
        may mai mayo mei maggio mag
        jun june juni juin junio giugno giu
        jul july juli juillet juil julio luglio lug
        aug august aout agosto ago augustus
        sep sept september septembre septiembre settembre set
        oct october oktober okt octobre octubre ottobre ott
        nov november novembre noviembre
        dec december dezember dez decembre diciembre dic dicembre
        """.strip().splitlines(),
        start=1,
    )
    for name in names.split()
}
_TIME = r"(?:[T ,]+(?:at )?(?P<h>\d{1,2}):(?P<mi>\d{2})(?::(?P<s>\d{2})(?:[.,]\d+)?)?\s*(?P<half>[ap]\.?m\.?)?)?"
_ZONE = r"\s*(?P<zone>z|utc|gmt|[+-]\d{2}:?\d{2})?"
_NUMBERS = re.compile(r"(?P<a>\d{1,4})(?P<sep>[-/.])(?P<b>\d{1,2})(?P=sep)(?P<c>\d{1,4})" + _TIME + _ZONE, re.IGNORECASE)
_WORDS = re.compile(
    r"(?:[a-z]{2,9},? )?(?:(?P<d1>\d{1,2})(?:st|nd|rd|th|er|\.)?[ -](?:de )?(?P<m1>[a-z]+)\.?|(?P<m2>[a-z]+)\.? (?P<d2>\d{1,2})"
    r"(?:st|nd|rd|th)?),?[ -](?:de )?(?P<y>\d{4}|\d{2})" + _TIME + _ZONE,
    re.IGNORECASE,
)
_COMPACT = re.compile(r"(?P<y>(?:19|20)\d{2})(?P<m>\d{2})(?P<d>\d{2})")


def parse_date(text: str | None, order: DayOrder | None = None) -> date | Flaw:
    """The day alone; `order` says how "04/05/2021" is meant."""
    moment = parse_moment(text, UTC, order)
    return moment if isinstance(moment, Flaw) else moment.date()


def parse_moment(text: str | None, zone: tzinfo, order: DayOrder | None = None) -> datetime | Flaw:
    """An aware moment; `zone` is where the clock hung when the text names none, midnight when it has no time."""
    cleaned = clean(text, limit=80)
    if not cleaned:
        return BLANK
    found = _COMPACT.fullmatch(cleaned)
    day = (int(found["y"]), int(found["m"]), int(found["d"])) if found else None
    if found is None and (found := _NUMBERS.fullmatch(cleaned)):
        day = _ordered((found["a"], found["b"], found["c"]), order, found["sep"])
        if day is None:
            return _ambiguous(cleaned)
    elif found is None and (found := _WORDS.fullmatch(fold(cleaned))):
        day = _worded(found)
    return _built(cleaned, day, found, zone)


def _ordered(parts: tuple[str, str, str], order: DayOrder | None, separator: str) -> tuple[int, int, int] | None:
    """Year, month, day; None when day and month could be exchanged and nothing says how."""
    first, second, third = (int(part) for part in parts)
    if len(parts[0]) == 4:
        return first, second, third
    if order == "YMD":
        return _year(parts[0]), second, third
    if order is None and (first > 12) != (second > 12):
        order = "DMY" if first > 12 else "MDY"
    if order is None:
        order = "DMY" if separator == "." or first == second else None
    if order is None:
        return None
    return (_year(parts[2]), second, first) if order == "DMY" else (_year(parts[2]), first, second)


def _worded(found: re.Match[str]) -> tuple[int, int, int] | None:
    month = _MONTHS.get(found["m1"] or found["m2"])
    return (_year(found["y"]), month, int(found["d1"] or found["d2"])) if month else None


def _year(text: str) -> int:
    number = int(text)
    return number if len(text) > 2 else number + (1900 if number >= 70 else 2000)


def _built(text: str, day: tuple[int, int, int] | None, found: re.Match[str] | None, zone: tzinfo) -> datetime | Flaw:
    if day is None or found is None or not 1800 <= day[0] <= 9000:
        return _bad(text)
    parts = found.groupdict()
    hour, minute, second = (int(parts.get(part) or 0) for part in ("h", "mi", "s"))
    half = (parts.get("half") or "").lower()[:1]
    if half and not 1 <= hour <= 12:
        return _bad(text)
    hour = hour % 12 + (12 if half == "p" else 0) if half else hour
    try:
        return datetime(*day, hour, minute, second, tzinfo=_zone(parts.get("zone"), zone))
    except ValueError:
        return _bad(text)


def _zone(named: str | None, zone: tzinfo) -> tzinfo:
    if not named:
        return zone
    if named.lower() in ("z", "utc", "gmt"):
        return UTC
    return datetime.strptime(named, "%z").tzinfo or zone


def _bad(text: str) -> Flaw:
    return Flaw("BAD_DATE", f'"{text[:40]}" is not a date. Write it like 2026-04-15.')


def _ambiguous(text: str) -> Flaw:
    return Flaw("AMBIGUOUS_DATE", f'"{text[:40]}" may be read two ways. Say in the mapping whether day or month is first.')
