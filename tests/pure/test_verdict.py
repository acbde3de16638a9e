"""What the gate decides: each reason by itself, which one counts of several, and how pressure and time let mail go."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from leadwell import calendars
from leadwell.base.ids import uuid7
from leadwell.calendars.reading import DAYS as DAY_NAMES
from leadwell.delivery import GO, LOST_LEASE, Facts, Verdict, decide, verdict
from leadwell.delivery.verdict import PAUSED, SILENT
from leadwell.pressure import Limit, Rules, Tally, Timing, held, warnings_of
from leadwell.pressure.layout import HORIZON, Book, lay_out
from leadwell.pressure.rules import Slot

NOW = datetime(2026, 11, 23, 12, 30, tzinfo=UTC)    # a Monday
BERLIN = ZoneInfo("Europe/Berlin")
OFFICE, NIGHT = uuid7(), uuid7()
WINDOWS = {
    OFFICE: calendars.read_window({day: ["09:00-17:00"] for day in ("MON", "TUE", "WED", "THU", "FRI")}),
    NIGHT: calendars.read_window({day: ["22:00-06:00"] for day in DAY_NAMES}),
}
HOURS, DAYS = timedelta(hours=1), timedelta(days=1)
STANDS: dict[str, Any] = {
    "state": "ACTIVE", "exit_reason": None, "step": "s1", "visit": 1, "paused_at": None, "paused_until": None, "sequence_state": "LIVE", "audience": "LEADS",
    "exit_on": ["REPLY", "JUNK"], "replied": False, "raised": False, "is_lead": True, "was_converted": False, "was_junk": False, "is_contact": False,
}


def rules(**more: Any) -> Rules:
    return Rules(BERLIN, windows=WINDOWS, **more)


def timing(mail_class: str = "SEQUENCE", **more: Any) -> Timing:
    return Timing(uuid7(), mail_class, "news@acme.example", "gmail.com", BERLIN, **more)


def facts(given: Rules | None = None, about: Timing | None = None, **more: Any) -> Facts:
    return Facts(NOW, about or timing(), given or rules(), step="s1", **{"enrollment": STANDS, **more})


def stands(**more: Any) -> dict[str, Any]:
    return {"enrollment": STANDS | more}


# In order of precedence: what makes the reason, and the verdict.
REASONS: list[tuple[dict[str, Any], Verdict]] = [
    ({"leased": False}, LOST_LEASE),
    ({"epoch_matches": False}, Verdict("LATER", "OUTBOUND_HELD", NOW + SILENT)),
    ({"person": "MERGED"}, Verdict("SKIP", "MERGED")),
    ({"consent": "SUPPRESSED_UNSUBSCRIBE"}, Verdict("SKIP", "SUPPRESSED_UNSUBSCRIBE")),
    ({"address_known": False}, Verdict("SKIP", "ADDRESS_CHANGED")),
    (stands(state="EXITED", exit_reason="REPLY"), Verdict("SKIP", "EXITED_REPLY")),
    (stands(step="s2"), Verdict("SKIP", "STEP_PASSED")),
    (stands(visit=2), Verdict("SKIP", "STEP_PASSED")),
    (stands(sequence_state="PAUSED"), Verdict("SKIP", "SEQUENCE_PAUSED")),
    (stands(replied=True), Verdict("SKIP", "REPLIED")),
    (stands(raised=True), Verdict("SKIP", "HAND_RAISED")),
    (stands(ended_by="MEETING_BOOKED"), Verdict("SKIP", "MEETING_BOOKED")),
    (stands(is_lead=False, was_converted=True), Verdict("SKIP", "CONVERTED")),
    (stands(is_lead=False, was_junk=True), Verdict("SKIP", "JUNK")),
    (stands(is_lead=False), Verdict("SKIP", "NO_LEAD")),
    (stands(audience="CONTACTS"), Verdict("SKIP", "NO_CONTACT")),
    (stands(paused_at=NOW), Verdict("LATER", "ENROLLMENT_PAUSED", NOW + PAUSED)),
    (stands(paused_at=NOW, paused_until=NOW + DAYS), Verdict("LATER", "ENROLLMENT_PAUSED", NOW + DAYS)),
    (stands(paused_at=NOW - DAYS, paused_until=NOW), GO),
]


@pytest.mark.parametrize(("given", "expected"), REASONS, ids=[f"{v.reason}-{i}" for i, (_, v) in enumerate(REASONS)])
def test_each_reason_gives_its_verdict(given: dict[str, Any], expected: Verdict) -> None:
    assert verdict(facts()) == GO
    assert verdict(facts(**given)) == expected


def test_of_several_reasons_the_first_of_the_table_counts() -> None:
    once = [REASONS[i] for i in (0, 1, 2, 3, 4, 5, 16)]
    for i in range(len(once)):
        together: dict[str, Any] = {}
        for given, _ in reversed(once[i:]):
            together |= given
        assert verdict(facts(rules(window_id=NIGHT), **together)) == once[i][1]
    assert verdict(facts(rules(window_id=NIGHT), person="ARCHIVED")).reason == "ARCHIVED", "what never goes is said at once, whatever it waits for"


@pytest.mark.parametrize("mail_class", ["SECURITY", "DOUBLE_OPT_IN", "DIGEST", "TEST"])
def test_what_the_house_needs_waits_for_nothing(mail_class: str) -> None:
    full = rules(window_id=NIGHT, person=(1, DAYS), quiet=DAYS, limits={("WORKSPACE", "*"): Limit("WORKSPACE", "*", per_day=1)})
    about = timing(mail_class, person_touches=[NOW], paused_until=NOW + DAYS)
    asked = facts(full, about, person="ARCHIVED", consent="NO_CONSENT", address_known=False, tally=Tally({Slot("WORKSPACE", "DAY", NOW): 5}))
    assert verdict(asked) == GO
    assert verdict(replace(asked, leased=False)) == LOST_LEASE


@pytest.mark.parametrize(("given", "about", "reason", "until"), [
    ({"window_id": NIGHT}, {}, "WINDOW", "2026-11-23T22:00+01:00"),
    ({}, {"window_id": NIGHT}, "WINDOW", "2026-11-23T22:00+01:00"),
    ({"window_id": NIGHT}, {"window_id": OFFICE}, None, None),                                          # its own wins, and is open
    ({"person": (2, 7 * DAYS)}, {"person_touches": [NOW - DAYS, NOW - 2 * DAYS]}, "PERSON_CAP", "2026-11-28T12:30+00:00"),
    ({"person": (3, 7 * DAYS)}, {"person_touches": [NOW - DAYS, NOW - 2 * DAYS]}, None, None),
    ({"company": (1, 2 * DAYS)}, {"company_touches": [NOW - DAYS], "company_id": uuid7()}, "COMPANY_CAP", "2026-11-24T12:30+00:00"),
    ({"quiet": 48 * HOURS}, {"person_touches": [NOW - DAYS]}, "QUIET", "2026-11-24T12:30+00:00"),
    ({}, {"paused_until": NOW + 3 * DAYS}, "READER_PAUSED", "2026-11-26T12:30+00:00"),
    # The cap is the reason, the window of the day it ends on says when: Saturday noon is closed.
    ({"person": (1, 5 * DAYS), "window_id": OFFICE}, {"person_touches": [NOW]}, "PERSON_CAP", "2026-11-30T09:00+01:00"),
])  # fmt: skip
def test_time_and_caps_hold_mail_until_they_let_it_go(given: dict[str, Any], about: dict[str, Any], reason: str | None, until: str | None) -> None:
    hold = held(timing(**about), rules(**given), Tally(), NOW)
    assert (hold and hold.reason, hold and hold.until) == (reason, until and datetime.fromisoformat(until))


def test_mail_by_hand_counts_for_caps_waits_for_them_if_so_chosen_and_keeps_no_hours() -> None:
    given, about = rules(person=(1, DAYS), window_id=NIGHT), timing("ONE_TO_ONE", person_touches=[NOW - HOURS], paused_until=NOW + DAYS)
    hold = held(about, given, Tally(), NOW)
    assert (hold and hold.reason, hold and hold.until) == ("PERSON_CAP", NOW + 23 * HOURS)
    assert held(about, replace(given, capped=frozenset({"SEQUENCE"})), Tally(), NOW) is None
    touches = [NOW - 2 * DAYS]
    by_hand, sequence = timing("ONE_TO_ONE", person_touches=touches), timing(person_touches=touches)
    first, second = decide([facts(rules(person=(1, DAYS)), one, enrollment=None) for one in (by_hand, sequence)])
    assert (first, second.reason) == (GO, "PERSON_CAP"), "the one that goes counts for the other in the same gate"


def test_limits_let_as_many_go_as_have_room_and_tell_when_there_is_more() -> None:
    given = rules(limits={("SENDER", "*"): Limit("SENDER", "*", per_minute=2, per_day=3), ("DOMAIN", "gmail.com"): Limit("DOMAIN", "gmail.com", per_hour=100)})
    tally = Tally()
    verdicts = decide([facts(given, timing(), tally=tally) for _ in range(3)])
    assert [v.kind for v in verdicts] == ["GO", "GO", "LATER"]
    assert (verdicts[2].reason, verdicts[2].until) == ("SENDER_LIMIT", NOW + timedelta(minutes=1))
    assert tally.added[Slot("DOMAIN gmail.com", "HOUR", NOW - timedelta(minutes=30))] == 2
    day = Slot("SENDER news@acme.example", "DAY", datetime(2026, 11, 22, 23, tzinfo=UTC))
    full = verdict(facts(given, timing(), tally=Tally({day: 3})))
    assert (full.reason, full.until) == ("SENDER_LIMIT", datetime(2026, 11, 23, 23, tzinfo=UTC)), "a day of the workspace's clock"


@pytest.mark.parametrize(("day", "most"), [("2026-11-20", 50), ("2026-11-23", 50), ("2026-11-24", 65), ("2026-11-26", 109), ("2026-12-31", 1000)])
def test_a_sender_that_warms_up_sends_more_each_day(day: str, most: int) -> None:
    limit = Limit("SENDER", "news@acme.example", per_hour=20, per_day=1000, warm_up=(date(2026, 11, 23), 50, 30))
    assert (limit.most("DAY", date.fromisoformat(day)), limit.most("HOUR", date.fromisoformat(day))) == (most, 20)


def test_a_crowd_over_a_limit_is_laid_out_once_at_its_rate_within_its_hours() -> None:
    """3,000 mails at 200 an hour and 1,000 a day, from nine to five: three days of five hours each, and no hour over its number."""
    given = rules(window_id=OFFICE, limits={("SENDER", "*"): Limit("SENDER", "*", per_hour=200, per_day=1000)})
    crowd = [timing() for _ in range(3000)]
    holds = lay_out(crowd, given, Book(), datetime(2026, 11, 23, 8, tzinfo=UTC), Random(7))
    by_hour: dict[datetime, int] = {}
    for one in crowd:
        at = holds[one.send_id].until.astimezone(BERLIN)
        by_hour[at.replace(minute=0, second=0, microsecond=0)] = by_hour.get(at.replace(minute=0, second=0, microsecond=0), 0) + 1
    assert set(by_hour.values()) == {200}
    assert [(at.day, at.hour) for at in sorted(by_hour)] == [(day, hour) for day in (23, 24, 25) for hour in range(9, 14)]
    assert {holds[one.send_id].reason for one in crowd} == {"SENDER_LIMIT"}
    again = lay_out(crowd[:1], given, Book(), datetime(2026, 11, 23, 8, tzinfo=UTC), Random(7))
    assert again[crowd[0].send_id].until == datetime(2026, 11, 23, 8, tzinfo=UTC)


def test_what_met_a_full_minute_is_not_looked_at_again_before_the_next() -> None:
    """Minutes are not laid out: with room in the hour, its place was this very moment, again and again until the minute was over."""
    given = rules(limits={("WORKSPACE", "*"): Limit("WORKSPACE", "*", per_minute=6, per_hour=250)})
    at, book, crowd = datetime(2026, 11, 23, 12, 34, 20, tzinfo=UTC), Book(), [timing() for _ in range(3)]
    untils = [hold.until for hold in lay_out(crowd, given, book, at, Random(7)).values()]
    assert untils == sorted(untils)
    assert untils[0] == datetime(2026, 11, 23, 12, 35, tzinfo=UTC)
    assert untils[-1] < datetime(2026, 11, 23, 12, 36, tzinfo=UTC)


def test_what_is_taken_and_booked_already_is_passed_over_and_the_far_future_waits_together() -> None:
    given = rules(limits={("WORKSPACE", "*"): Limit("WORKSPACE", "*", per_hour=10)})
    hours = [Slot("WORKSPACE", "HOUR", datetime(2026, 11, 23, 12, tzinfo=UTC) + i * HOURS) for i in range(2)]
    book = Book()
    book.spoken_for.update({hours[0]: 10, hours[1]: 9})
    one, two = timing(), timing()
    holds = lay_out([one, two], given, book, NOW, Random(7))
    assert [holds[x.send_id].until.hour for x in (one, two)] == [13, 14]
    slow = rules(limits={("WORKSPACE", "*"): Limit("WORKSPACE", "*", per_day=1)})
    far = lay_out([timing() for _ in range(50)], slow, Book(), NOW, Random(7))
    assert max(hold.until for hold in far.values()) <= NOW + HORIZON + DAYS


def test_a_crowd_before_a_window_is_scattered_a_little_and_one_alone_is_not() -> None:
    closed = datetime(2026, 11, 23, 5, tzinfo=UTC)
    opens = datetime(2026, 11, 23, 8, tzinfo=UTC)
    (alone,) = lay_out([timing()], rules(window_id=OFFICE), Book(), closed, Random(7)).values()
    assert (alone.reason, alone.until) == ("WINDOW", opens)
    crowd = [hold.until for hold in lay_out([timing() for _ in range(100)], rules(window_id=OFFICE), Book(), closed, Random(7)).values()]
    assert opens <= min(crowd) < max(crowd) <= opens + 100 * timedelta(milliseconds=120)


def test_limits_that_hours_leave_no_time_for_are_warned_of() -> None:
    limits = {("SENDER", "a@b.example"): Limit("SENDER", "a@b.example", per_minute=2, per_day=5000), ("DOMAIN", "*"): Limit("DOMAIN", "*", per_day=50)}
    told = "The limit of sender a@b.example allows 5000 mails a day, but within 24 hours of sending only 2880 can leave."
    assert warnings_of(rules(limits=limits)) == [told]
    assert "within 8 hours of sending only 960" in warnings_of(rules(window_id=OFFICE, limits=limits))[0]
    assert warnings_of(rules(person=(3, 2 * DAYS), quiet=DAYS)) == ["The quiet between two mails to a person leaves no room for as many as the cap allows."]
