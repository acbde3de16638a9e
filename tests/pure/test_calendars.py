"""Business time: windows, nights, holidays, and clocks that are put forward and back."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadwell import calendars
from leadwell.calendars import BadCalendar, Calendar

OFFICE: dict[str, list[str]] = {day: ["09:00-12:00", "13:00-17:00"] for day in ("MON", "TUE", "WED", "THU", "FRI")}
HOURS = timedelta(hours=1)


def of(weekly: Any = OFFICE, holidays: Any = (), zone: str = "Europe/Berlin") -> Calendar:
    return calendars.read(zone, weekly, list(holidays))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(("since", "until", "hours"), [
    ("2026-03-02T09:00+01:00", "2026-03-02T17:00+01:00", 7.0),      # the lunch does not count
    ("2026-03-02T12:15+01:00", "2026-03-02T12:45+01:00", 0.0),
    ("2026-03-06T16:00+01:00", "2026-03-09T10:00+01:00", 2.0),      # over a week-end
    ("2026-03-02T10:00+01:00", "2026-03-02T10:00+01:00", 0.0),
    ("2026-03-02T11:00+01:00", "2026-03-02T10:00+01:00", 0.0),      # back in time is no time
    ("2026-03-02T00:00+01:00", "2026-03-09T00:00+01:00", 35.0),
])
def test_time_between_two_instants_counts_open_hours_alone(since: str, until: str, hours: float) -> None:
    assert calendars.between(of(), at(since), at(until)) == hours * HOURS


def test_without_a_calendar_every_hour_counts() -> None:
    friday = at("2026-03-06T23:00+00:00")
    assert calendars.after(None, friday, 3 * HOURS) == friday + 3 * HOURS
    assert calendars.between(None, friday, friday + 3 * HOURS) == 3 * HOURS
    assert calendars.is_open(None, friday)


@pytest.mark.parametrize(("since", "hours", "until"), [
    ("2026-03-02T09:30+01:00", 1.0, "2026-03-02T10:30+01:00"),
    ("2026-03-02T11:30+01:00", 1.0, "2026-03-02T13:30+01:00"),      # over lunch
    ("2026-03-06T16:30+01:00", 1.0, "2026-03-09T09:30+01:00"),      # over a week-end
    ("2026-03-07T03:00+01:00", 0.0, "2026-03-09T09:00+01:00"),      # nothing: when it opens
    ("2026-03-02T09:00+01:00", 3.0, "2026-03-02T12:00+01:00"),      # to the end of a window, not to the next
])
def test_so_much_business_time_has_passed_at(since: str, hours: float, until: str) -> None:
    assert calendars.after(of(), at(since), hours * HOURS) == at(until)


def test_holiday_is_closed_or_has_hours_of_its_own() -> None:
    calendar = of(holidays=["2026-12-25", {"on": "2026-12-24", "name": "Christmas Eve", "hours": ["09:00-12:00"]}])
    assert calendars.between(calendar, at("2026-12-24T00:00+01:00"), at("2026-12-26T00:00+01:00")) == 3 * HOURS
    assert calendars.after(calendar, at("2026-12-24T11:00+01:00"), 2 * HOURS) == at("2026-12-28T10:00+01:00")
    assert not calendars.is_open(calendar, at("2026-12-25T10:00+01:00"))


def test_night_shift_belongs_to_the_day_it_begins_on() -> None:
    calendar = of({"MON": ["22:00-06:00"], "TUE": ["05:00-07:00"]}, ["2026-03-10"], "UTC")
    assert calendars.between(calendar, at("2026-03-02T00:00+00:00"), at("2026-03-04T00:00+00:00")) == 9 * HOURS, "05:00 to 06:00 counts once"
    assert calendars.between(calendar, at("2026-03-09T00:00+00:00"), at("2026-03-11T00:00+00:00")) == 8 * HOURS, "it goes on into the holiday"


@pytest.mark.parametrize(("day", "window", "hours"), [
    ("2026-03-29", "00:00-06:00", 5.0),     # 02:00 to 03:00 does not exist
    ("2026-03-29", "02:30-05:00", 2.0),     # what the clock jumps over begins where it lands
    ("2026-03-29", "02:10-02:50", 0.0),
    ("2026-10-25", "00:00-06:00", 7.0),     # 02:00 to 03:00 exists twice
    ("2026-10-25", "02:30-03:00", 1.5),     # from the first time the clock shows it
    ("2026-10-25", "00:00-02:30", 2.5),
])
def test_hours_of_days_on_which_the_clock_is_put(day: str, window: str, hours: float) -> None:
    calendar = of({"SUN": [window]})
    noon = at(f"{day}T12:00+00:00")
    assert calendars.between(calendar, noon - timedelta(days=1), noon) == hours * HOURS


def test_a_day_that_a_country_skipped_has_no_hours() -> None:
    calendar = of({"FRI": ["09:00-17:00"], "SAT": ["09:00-10:00"]}, zone="Pacific/Apia")
    assert calendars.between(calendar, at("2011-12-29T00:00+00:00"), at("2011-12-31T12:00+00:00")) == HOURS


@pytest.mark.parametrize(("field", "zone", "weekly", "holidays"), [
    ("time_zone", "Europe/Atlantis", OFFICE, []), ("weekly", "UTC", {}, []), ("weekly", "UTC", {"MON": []}, []), ("weekly", "UTC", ["MON"], []),
    ("weekly.MONDAY", "UTC", {"MONDAY": ["09:00-10:00"]}, []), *(("weekly.MON", "UTC", {"MON": windows}, []) for windows in (
        "09:00-10:00", ["9-5"], ["09:00-09:00"], ["24:00-25:00"], ["10:70-11:00"], ["09:00-10:00"] * 9)),
    ("holidays", "UTC", OFFICE, "2026-12-25"), ("holidays.0", "UTC", OFFICE, ["Christmas"]),
    ("holidays.0", "UTC", OFFICE, [{"on": "2026-02-30"}]), ("holidays.0", "UTC", OFFICE, [{"on": "2026-12-25", "open": True}]),
    ("holidays.0.hours", "UTC", OFFICE, [{"on": "2026-12-25", "hours": ["x"]}]), ("holidays", "UTC", OFFICE, ["2026-12-25"] * 1001),
])
def test_calendar_that_is_none_is_refused(field: str, zone: str, weekly: Any, holidays: Any) -> None:
    with pytest.raises(BadCalendar) as refused:
        calendars.read(zone, weekly, holidays)
    assert refused.value.field == field


def test_calendar_is_kept_in_one_form() -> None:
    assert calendars.read_weekly("weekly", {"TUE": ["13:00 - 17:00", "09:00-12:00"], "SAT": ["22:00-06:00", "00:00-24:00"]}) == {
        "TUE": ["09:00-12:00", "13:00-17:00"], "SAT": ["00:00-24:00", "22:00-06:00"]}
    assert calendars.read_holidays("holidays", ["2026-12-25", {"on": "2026-01-01", "name": "New Year"}, {"on": "2026-12-25", "name": "Christmas"}]) == [
        {"on": "2026-01-01", "name": "New Year"}, {"on": "2026-12-25", "name": "Christmas"}]


def test_one_that_opens_again_only_after_nineteen_years_of_holidays_still_answers() -> None:
    start = at("2026-01-05T00:00+00:00").date()
    calendar = of({"MON": ["09:00-10:00"]}, [(start + timedelta(weeks=i)).isoformat() for i in range(1000)], "UTC")
    opens = at("2026-01-05T09:00+00:00") + timedelta(weeks=1000)
    assert calendars.after(calendar, at("2026-01-05T00:00+00:00"), HOURS) == opens + HOURS


ZONES = st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "America/Santiago"])
MOMENTS = st.integers(0, 3 * 366 * 24 * 3600).map(lambda second: datetime(2025, 1, 1, tzinfo=UTC) + timedelta(seconds=second))
WINDOWS = st.tuples(st.integers(0, 1439), st.integers(1, 1440)).filter(lambda w: w[0] != w[1]).map(
    lambda w: f"{w[0] // 60:02}:{w[0] % 60:02}-{w[1] // 60:02}:{w[1] % 60:02}")
WEEKS = st.dictionaries(st.sampled_from(["MON", "WED", "SUN"]), st.lists(WINDOWS, min_size=1, max_size=3), min_size=1)


@settings(max_examples=30, deadline=None)
@given(ZONES, WEEKS, MOMENTS, st.integers(1, 400), st.integers(0, 20 * 24 * 60))
def test_time_after_and_time_between_agree(zone: str, weekly: dict[str, list[str]], since: datetime, minutes: int, further: int) -> None:
    calendar, span = of(weekly, (), zone), timedelta(minutes=minutes)
    due = calendars.after(calendar, since, span)
    assert calendars.between(calendar, since, due) == span
    middle, end = since + timedelta(minutes=further // 2), since + timedelta(minutes=further)
    assert calendars.between(calendar, since, middle) + calendars.between(calendar, middle, end) == calendars.between(calendar, since, end)
    assert calendars.between(calendar, since, end) <= end - since
    assert calendars.after(calendar, since, span + timedelta(minutes=1)) > due
