"""When a window opens by a reader's clock: over both changes of the clock in twelve zones, over nights, holidays and days that a country skipped."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadwell import calendars
from leadwell.calendars import BadCalendar, days_later, next_opening, next_time, zone_of
from leadwell.calendars.hours import DAY, Windows

MINUTE = timedelta(minutes=1)
# Zone, a day on which its clock is put forward, one on which it is put back (by its own calendar), and by how many minutes.
CHANGES = [
    ("Europe/Berlin", "2026-03-29", "2026-10-25", 60),
    ("America/New_York", "2026-03-08", "2026-11-01", 60),
    ("America/St_Johns", "2026-03-08", "2026-11-01", 60),
    ("Australia/Lord_Howe", "2026-10-04", "2026-04-05", 30),
    ("Pacific/Auckland", "2026-09-27", "2026-04-05", 60),
    ("Pacific/Apia", "2020-09-27", "2020-04-05", 60),
    ("Africa/Casablanca", "2026-03-22", "2026-02-15", 60),
    ("Antarctica/Troll", "2026-03-29", "2026-10-25", 120),
    ("America/Santiago", "2026-09-06", "2026-04-04", 60),
    ("Asia/Beirut", "2026-03-29", "2026-10-24", 60),
    ("Africa/Cairo", "2026-04-24", "2026-10-29", 60),
    ("Atlantic/Azores", "2026-03-29", "2026-10-25", 60),
]


def put(zone: ZoneInfo, day: date) -> datetime:
    """The minute in which the clock is put on or right after that day."""
    at = datetime.combine(day, time(), zone).astimezone(UTC) - timedelta(hours=3)
    before = at.astimezone(zone).utcoffset()
    while at.astimezone(zone).utcoffset() == before:
        at += MINUTE
    return at


def shown(windows: Windows, minutes: list[int]) -> list[int]:
    """For each minute from 200 before the change on, the next one in which a clock on the wall shows a time in the windows of every day: the oracle, which
    knows nothing of instants."""
    found, after = [0] * len(minutes), len(minutes)
    for i in range(len(minutes) - 1, -1, -1):
        if any(begin <= minutes[i] < end or begin <= minutes[i] + DAY < end for begin, end in windows):
            after = i
        found[i] = after - 200
    return found


@pytest.mark.parametrize(("name", "forward", "back", "minutes"), CHANGES, ids=[c[0] for c in CHANGES])
def test_windows_around_both_changes_open_as_the_wall_clock_says(name: str, forward: str, back: str, minutes: int) -> None:
    """Each window that touches the change (ends at it, begins at it, lies inside, straddles it, spans the night) against a look at the clock each minute."""
    zone = ZoneInfo(name)
    for day, by in ((forward, minutes), (back, -minutes)):
        change = put(zone, date.fromisoformat(day))
        before, after = (change - MINUTE).astimezone(zone).replace(tzinfo=None) + MINUTE, change.astimezone(zone).replace(tzinfo=None)
        assert after - before == timedelta(minutes=by)
        first, last = sorted((before, after))
        a, b = first.hour * 60 + first.minute, last.hour * 60 + last.minute
        b += DAY if b < a else 0
        walls = [(change + i * MINUTE).astimezone(zone) for i in range(-200, 2 * DAY)]
        minutes_of = [wall.hour * 60 + wall.minute for wall in walls]
        edges = [(a - 60, a), (a, a + 15), (b - 10, b), (b, b + 60), (a - 30, b + 30), (a + 10, b - 5), (a - 10, a + 10), (22 * 60, 30 * 60)]
        for begin, end in [((x + DAY) % DAY, (x + DAY) % DAY + y - x) for x, y in edges]:
            week, first_shown = (((begin, end),),) * 7, shown(((begin, end),), minutes_of)
            for since in range(-200, 200, 11):
                at = change + since * MINUTE
                opens, expected = next_opening(week, zone, at), change + first_shown[since + 200] * MINUTE
                swallowed = by > 0 and a <= begin and end <= b     # passed over: open from the change on, as long as it would have been
                if swallowed and at < change + (end - begin) * MINUTE:
                    expected = min(expected, max(at, change))
                assert opens == expected, (day, begin, end, since)


@pytest.mark.parametrize(("zone", "at", "wall", "expected"), [
    ("Europe/Berlin", "2026-03-28T12:00+00:00", "02:30", "2026-03-29T01:00+00:00"),       # does not exist: as the clock is put
    ("Europe/Berlin", "2026-10-24T12:00+00:00", "02:30", "2026-10-25T00:30+00:00"),       # exists twice: the first time
    ("Europe/Berlin", "2026-10-25T00:31+00:00", "02:30", "2026-10-26T01:30+00:00"),       # and not the second
    ("Australia/Lord_Howe", "2026-10-03T12:00+00:00", "02:15", "2026-10-03T15:30+00:00"),
    ("Asia/Beirut", "2026-03-28T12:00+00:00", "00:30", "2026-03-28T22:00+00:00"),         # midnight itself does not exist
    ("America/Santiago", "2026-09-05T12:00+00:00", "00:00", "2026-09-06T04:00+00:00"),
    ("Pacific/Apia", "2011-12-29T20:00+00:00", "09:00", "2011-12-30T19:00+00:00"),        # the 30th was skipped: 09:00 of the 31st
    ("Africa/Casablanca", "2026-02-15T00:30+00:00", "09:00", "2026-02-15T09:00+00:00"),
    ("Antarctica/Troll", "2026-03-29T00:00+00:00", "02:00", "2026-03-29T01:00+00:00"),    # two hours at once
])
def test_a_time_of_day_comes_once_a_day(zone: str, at: str, wall: str, expected: str) -> None:
    assert next_time(time.fromisoformat(wall), ZoneInfo(zone), datetime.fromisoformat(at)) == datetime.fromisoformat(expected)


def test_a_day_that_a_country_skipped_has_no_window_and_takes_no_business_day() -> None:
    apia = ZoneInfo("Pacific/Apia")
    office = calendars.read_window({day: ["09:00-17:00"] for day in ("THU", "FRI", "SAT")})
    evening = datetime(2011, 12, 29, 20, tzinfo=apia)
    assert next_opening(office.week, apia, evening) == datetime(2011, 12, 31, 9, tzinfo=apia)
    assert days_later(1, apia, evening) == datetime(2011, 12, 31, 20, tzinfo=apia)


BERLIN = ZoneInfo("Europe/Berlin")
WORKING = {day: ["09:00-17:00"] for day in ("MON", "TUE", "WED", "THU", "FRI")}


@pytest.mark.parametrize(("at", "opens"), [
    ("2026-12-23T16:59", "2026-12-23T16:59"), ("2026-12-23T17:00", "2026-12-24T10:00"),   # half a day: what both allow
    ("2026-12-24T12:00", "2026-12-28T09:00"),                                             # the 25th is closed, then a week-end
    ("2026-12-24T11:59", "2026-12-24T11:59"),
])
def test_holidays_narrow_or_close_a_day(at: str, opens: str) -> None:
    window = calendars.read_window(WORKING, ["2026-12-25", {"on": "2026-12-24", "hours": ["10:00-12:00"]}])
    assert next_opening(window.week, BERLIN, datetime.fromisoformat(at).replace(tzinfo=BERLIN), window.holidays) == (
        datetime.fromisoformat(opens).replace(tzinfo=BERLIN))


def test_business_days_are_those_of_the_calendar() -> None:
    every = {day: ["08:00-20:00"] for day in ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")}
    window = calendars.read_window(every, (), WORKING)
    assert next_opening(window.week, BERLIN, datetime(2026, 11, 21, 10, tzinfo=BERLIN)) == datetime(2026, 11, 23, 8, tzinfo=BERLIN)
    with pytest.raises(BadCalendar, match="business day"):
        calendars.read_window({"SUN": ["09:00-10:00"]}, (), WORKING)


@pytest.mark.parametrize(("days", "at", "due"), [
    (0, "2026-11-21T10:00", "2026-11-21T10:00"),
    (1, "2026-11-20T10:30", "2026-11-23T10:30"),    # Friday to Monday
    (1, "2026-11-21T10:00", "2026-11-23T10:00"),    # from a Saturday too
    (3, "2026-12-23T09:00", "2026-12-30T09:00"),    # over two holidays and a week-end
    (1, "2026-03-27T02:30", "2026-03-30T02:30"),    # over the night in which the clock is put
])
def test_business_days_keep_the_time_of_day(days: int, at: str, due: str) -> None:
    week, closed = calendars.read_window(WORKING).week, {date(2026, 12, 24): (), date(2026, 12, 25): ()}
    expected = datetime.fromisoformat(due).replace(tzinfo=BERLIN)
    assert days_later(days, BERLIN, datetime.fromisoformat(at).replace(tzinfo=BERLIN), week, closed) == expected


def test_the_zone_is_the_first_that_is_one() -> None:
    assert zone_of(None, "", "Asia/Tokyo", "UTC").key == "Asia/Tokyo"
    assert zone_of("Mars/Olympus", None, None, "Europe/Berlin").key == "Europe/Berlin"
    assert zone_of(None, "../etc/passwd").key == "UTC"


SPANS = st.tuples(st.integers(0, DAY - 1), st.integers(1, DAY)).map(lambda w: (w[0], w[0] + w[1]))
WEEKS = st.lists(st.lists(SPANS, max_size=2).map(lambda d: tuple(sorted(d))), min_size=7, max_size=7).filter(any).map(tuple)
SECONDS = st.integers(0, 2 * 366 * 24 * 3600).map(lambda s: datetime(2025, 12, 1, tzinfo=UTC) + timedelta(seconds=s))


@settings(max_examples=30, deadline=None)
@given(st.sampled_from([c[0] for c in CHANGES]), WEEKS, SECONDS, st.integers(0, 9 * 24 * 3600), st.sets(st.integers(0, 760), max_size=5))
def test_the_opening_is_never_before_is_in_the_window_and_keeps_the_order(
    name: str, week: tuple[Windows, ...], at: datetime, later: int, off: set[int]
) -> None:
    zone, holidays = ZoneInfo(name), {date(2025, 12, 1) + timedelta(days=day): () for day in off}
    opens, then = next_opening(week, zone, at, holidays), next_opening(week, zone, at + timedelta(seconds=later), holidays)
    assert at <= opens <= then
    assert next_opening(week, zone, opens, holidays) == opens
    here = opens.astimezone(zone)
    minute, today, before = here.hour * 60 + here.minute, here.date(), here.date() - timedelta(days=1)
    changes = [put(zone, date.fromisoformat(c[1])) for c in CHANGES if c[0] == name]
    passed_over = [change for change in changes if change <= opens < change + timedelta(hours=2)]
    inside = [a <= minute < b for a, b in week[today.weekday()] if today not in holidays]
    inside += [a <= minute + DAY < b for a, b in week[before.weekday()] if before not in holidays]
    assert any(inside) or passed_over
