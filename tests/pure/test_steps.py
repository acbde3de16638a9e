"""Steps of a sequence: durations, arrivals, and everything that keeps them from running."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadwell.base.ids import uuid7
from leadwell.nurture.entry import captured, scored
from leadwell.nurture.exits import held
from leadwell.nurture.steps import Place, after, arrive, duration, flaws, moves, with_ids

NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)
TEMPLATE = str(uuid7())
MAIL, TWO_DAYS, END = {"kind": "EMAIL", "template_id": TEMPLATE}, {"kind": "WAIT", "duration": "P2D"}, {"kind": "EXIT"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("P2D", timedelta(days=2)),
        ("PT4H", timedelta(hours=4)),
        ("P1W", timedelta(weeks=1)),
        ("P1DT12H30M", timedelta(days=1, hours=12, minutes=30)),
        ("PT90S", timedelta(seconds=90)),
        ("P", None),
        ("PT", None),
        ("P1M", None),
        ("P1Y", None),
        ("2 days", None),
        ("", None),
        ("P-1D", None),
        ("P1DT", None),
    ],
)
def test_durations_are_iso_8601(text: str, expected: timedelta | None) -> None:
    assert duration(text) == expected


@given(st.from_regex(r"P[0-9]{1,30}[WD]", fullmatch=True))
def test_no_number_is_too_large_to_be_read(text: str) -> None:
    assert duration(text) is not None


def test_arriving_at_a_wait_is_due_when_it_is_over_and_at_an_e_mail_at_once() -> None:
    steps = with_ids([MAIL, TWO_DAYS, MAIL, END])
    assert arrive(steps, 0, NOW) == Place("s1", NOW)
    assert after(steps, "s1", NOW) == Place("s2", NOW + timedelta(days=2))
    assert after(steps, "s2", NOW) == Place("s3", NOW)
    assert after(steps, "s3", NOW) == Place(None, None)


def test_the_table_of_moves_says_the_same_as_the_steps() -> None:
    steps = with_ids([TWO_DAYS, MAIL, {"kind": "WAIT", "duration": "PT1H"}, TWO_DAYS])
    for move in moves(steps):
        place = after(steps, move.step, NOW)
        assert (move.next, place.due_at) == (place.step, NOW + timedelta(seconds=move.seconds) if place.step else None)
    assert [m.step for m in moves(with_ids([MAIL, END]))] == ["s1"]


@pytest.mark.parametrize(
    ("steps", "message"),
    [
        ([], "The sequence sends nothing."),
        ([TWO_DAYS], "The sequence sends nothing."),
        ([{"kind": "EMAIL"}], "The e-mail has no template."),
        ([{"kind": "EMAIL", "template_id": "no-id"}], "The e-mail has no template."),
        ([MAIL, {"kind": "WAIT", "duration": "soon"}], "The wait has no duration that can be read."),
        ([MAIL, {"kind": "WAIT", "duration": "PT0S"}], "The wait has no duration that can be read."),
        ([MAIL, {"kind": "WAIT", "duration": "P3000D"}], "The wait has no duration that can be read."),
        ([MAIL, {"kind": "SMS"}], "There is no kind of step called SMS."),
        ([{**MAIL, "id": "a"}, {**MAIL, "id": "a"}], "Two steps have the same id."),
        ([{**MAIL, "id": "A b"}], "The id of the step has other letters than a-z, 0-9, _ and -."),
        ([MAIL, END, MAIL], "This step comes after an EXIT and is never reached."),
        ([MAIL] * 101, "There are more than 100 steps."),
    ],
)
def test_what_cannot_run_is_named(steps: list[dict[str, str]], message: str) -> None:
    assert [flaw.message for flaw in flaws(with_ids(steps))] == [message]


def test_good_steps_have_no_flaws() -> None:
    assert flaws(with_ids([MAIL, TWO_DAYS, MAIL, END])) == []


@pytest.mark.parametrize(
    ("rule", "data", "enters"),
    [
        ({}, {"intent": "CONTENT"}, True),
        (None, {"intent": "CONTENT"}, False),
        ({}, {"intent": "CONTENT", "quiet": True}, False),
        ({"intents": ["EVENT"]}, {"intent": "CONTENT"}, False),
        ({"intents": ["EVENT", "CONTENT"], "source_ids": ["a"]}, {"intent": "CONTENT", "source_id": "a"}, True),
        ({"intents": ["CONTENT"], "source_ids": ["a"]}, {"intent": "CONTENT", "source_id": "b"}, False),
    ],
)
def test_a_submission_enters_where_every_list_names_it(rule: dict[str, list[str]] | None, data: dict[str, object], enters: bool) -> None:
    assert captured(rule, data) is enters


@pytest.mark.parametrize(
    ("rule", "score", "enters"), [({"at_least": 40}, 40, True), ({"at_least": 40}, 39, False), (None, 99, False), ({"threshold": "hot"}, 99, False)]
)
def test_a_score_enters_from_its_bound_on(rule: dict[str, object] | None, score: int, enters: bool) -> None:
    assert scored(rule, {"score": score, "threshold": "warm"}) is enters


STANDING = {
    "state": "ACTIVE",
    "exit_reason": None,
    "step": "s1",
    "visit": 1,
    "sequence_state": "LIVE",
    "replied": False,
    "raised": False,
    "exit_on": ["REPLY", "JUNK"],
    "audience": "LEADS",
    "is_lead": True,
    "was_converted": False,
    "was_junk": False,
    "is_contact": False,
}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({}, None),
        ({"state": "EXITED", "exit_reason": "JUNK"}, "EXITED_JUNK"),
        ({"state": "COMPLETED"}, "EXITED_COMPLETED"),
        ({"step": "s2"}, "STEP_PASSED"),
        ({"visit": 2}, "STEP_PASSED"),
        ({"sequence_state": "PAUSED"}, "SEQUENCE_PAUSED"),
        ({"replied": True}, "REPLIED"),
        ({"raised": True}, "HAND_RAISED"),
        ({"replied": True, "exit_on": []}, None),
        ({"is_lead": False, "was_converted": True}, "CONVERTED"),
        ({"is_lead": False, "was_junk": True}, "JUNK"),
        ({"is_lead": False}, "NO_LEAD"),
        ({"audience": "CONTACTS"}, "NO_CONTACT"),
        ({"audience": "CONTACTS", "is_contact": True}, None),
        ({"audience": "BOTH", "is_lead": False, "was_junk": True}, "JUNK"),
        ({"audience": "BOTH", "is_lead": False, "was_junk": True, "is_contact": True}, None),
        ({"audience": "BOTH", "is_lead": False}, None),
        ({"audience": "BOTH", "is_lead": False, "was_converted": True}, None),
    ],
)
def test_the_gate_holds_a_mail_whose_reason_is_gone(changes: dict[str, object], reason: str | None) -> None:
    assert held(STANDING | changes, "s1", 1) == reason
