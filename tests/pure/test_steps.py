"""Steps of a sequence: durations, arrivals, and everything that keeps them from running."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadwell.base.ids import uuid7
from leadwell.delivery.verdict import astray
from leadwell.nurture.entry import captured, scored
from leadwell.nurture.flaws import flaws
from leadwell.nurture.graph import Graph, Place
from leadwell.nurture.steps import duration, with_ids

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
    graph = Graph(with_ids([MAIL, TWO_DAYS, MAIL, END]))
    assert graph.begin(NOW) == Place("s1", NOW)
    assert [graph.onward(i) for i in range(4)] == ["s2", "s3", "s4", None]
    assert graph.arrive("s2", NOW) == Place("s2", NOW + timedelta(days=2))
    assert graph.arrive("s4", NOW) == Place(None, None)


def test_the_table_of_moves_says_the_same_as_the_steps() -> None:
    until = {"kind": "WAIT", "until": "2026-12-24T09:00:00+01:00"}
    graph = Graph(with_ids([TWO_DAYS, MAIL, {"kind": "WAIT", "duration": "PT1H"}, until, {**TWO_DAYS, "next": "s1"}, END]))
    for move in graph.moves:
        assert move.plain is (move.step != "s2")
        place = graph.arrive(move.next, NOW)
        if move.plain:
            assert (move.next, move.until or NOW + timedelta(seconds=move.seconds)) == (place.step, place.due_at)
    assert [(m.step, m.back) for m in graph.moves] == [("s1", False), ("s2", False), ("s3", False), ("s4", False), ("s5", True)]


@pytest.mark.parametrize(
    ("steps", "message"),
    [
        ([], "The sequence does nothing."),
        ([TWO_DAYS], "The sequence does nothing."),
        ([{"kind": "EMAIL"}], "The e-mail has no template."),
        ([{"kind": "EMAIL", "template_id": "no-id"}], "The e-mail has no template."),
        ([MAIL, {"kind": "WAIT", "duration": "soon"}], "The wait has no duration that can be read."),
        ([MAIL, {"kind": "WAIT", "duration": "PT0S"}], "The wait has no duration that can be read."),
        ([MAIL, {"kind": "WAIT", "duration": "P3000D"}], "The wait has no duration that can be read."),
        ([MAIL, {"kind": "SMS"}], "There is no kind of step called SMS."),
        ([{**MAIL, "id": "a"}, {**MAIL, "id": "a"}], "Two steps have the same id."),
        ([{**MAIL, "id": "A b"}], "The id of the step has other letters than a-z, 0-9, _ and -."),
        ([MAIL, END, MAIL], "This step is never reached."),
        ([MAIL] * 101, "There are more than 100 steps."),
        ([MAIL, {**TWO_DAYS, "until": "2027-01-01T00:00:00Z"}], "The wait says more than one thing to wait for."),
        ([MAIL, {"kind": "WAIT", "until": "tomorrow"}], "The wait has no instant that can be read."),
        ([MAIL, {"kind": "WAIT", "until": "2027-01-01"}], "The wait has no instant that can be read."),
        ([MAIL, {"kind": "WAIT", "local": {"time": "25:00"}}], "The wait has no time of day that can be read."),
        ([MAIL, {"kind": "WAIT", "local": {"time": "09:00", "weekdays": ["FUN"]}}], "The wait has no time of day that can be read."),
        ([MAIL, {"kind": "WAIT", "business_days": 0}], "The wait has no number of business days that can be read."),
        ([MAIL, {"kind": "WAIT", "event": {"kind": "CLICKED"}}], "The wait for an event has no timeout that can be read."),
        ([MAIL, {"kind": "WAIT", "event": {"kind": "SNEEZED"}, "timeout": "P1D"}], "There is nothing called SNEEZED that could happen."),
        ([{**MAIL, "sender": {"kind": "ROTATING", "ids": [TEMPLATE]}}], "The e-mail does not name its senders."),
        ([{**MAIL, "sender": {"kind": "ANYBODY"}}], "The e-mail says in no known way who it is from."),
        ([{"kind": "EMAIL", "variants": [{"template_id": TEMPLATE}, {"template_id": TEMPLATE}]}], "Two variants of the e-mail have the same template."),
        ([{**MAIL, "thread": "LOUD"}], "The e-mail says in no known way whether it goes on with a thread."),
        ([{**MAIL, "body": "Hello"}], "A step of kind EMAIL says nothing about body."),
        ([MAIL, {"kind": "WAIT", "event": {"kind": "CLICKED", "step": "s9"}, "timeout": "P1D"}],
         "There is no mail of a step s9 that something could become of."),
        ([MAIL, {"kind": "BRANCH", "paths": [{"event": {"kind": "OPENED", "step": "s2"}, "next": "s3"}]}, END],
         "There is no mail of a step s2 that something could become of."),
        ([MAIL, {"kind": "BRANCH", "paths": [{"event": {"kind": "OPENED", "within": "a week"}, "next": "s3"}]}, END],
         "The event counts within no span of time that can be read."),
        ([MAIL, {"kind": "BRANCH", "paths": []}], "The branch has no paths, or too many."),
        ([MAIL, {"kind": "BRANCH", "paths": [{"next": "s3"}]}, END], "A path of the branch does not say one thing about who takes it."),
        ([MAIL, {"kind": "BRANCH", "paths": [{"where": {}, "score": {"at_least": 1}, "next": "s3"}]}, END],
         "A path of the branch does not say one thing about who takes it."),
        ([MAIL, {"kind": "BRANCH", "paths": [{"where": {}}]}], "A path of the branch leads nowhere."),
        ([MAIL, {"kind": "BRANCH", "paths": [{"where": {}, "noun": "Deal", "next": "s3"}]}, END],
         "A path of the branch asks about records that no person has."),
        ([MAIL, {"kind": "SPLIT", "variants": [{"weight": 1}]}], "The split has not two variants, or too many."),
        ([MAIL, {"kind": "SPLIT", "variants": [{"weight": 0}, {}]}], "A variant of the split has a weight that is no whole number from 1 to 1000."),
        ([MAIL, {"kind": "SPLIT", "variants": [{"name": "B"}, {}]}], "Two variants of the split have the same name."),
        ([{"kind": "TASK", "title": " "}], "The task has no title, or too long a one."),
        ([{"kind": "TASK", "title": "Call", "task_kind": "FAX"}], "There is no such kind of task."),
        ([{"kind": "TASK", "title": "Call", "days": -1}], "The task is due after no number of days that can be read."),
        ([{"kind": "FIELD", "noun": "Deal", "set": {"name": "x"}}], "The step writes to no record that a person has."),
        ([{"kind": "FIELD", "set": {}}], "The step sets nothing, or too much."),
        ([{"kind": "FIELD", "noun": "Lead", "set": {"shoeSize": 43}}], "Lead has no text, number or custom field shoeSize that could be set so."),
        ([{"kind": "SEGMENT"}], "The step names no segment."),
        ([{"kind": "SEGMENT", "segment_id": TEMPLATE, "action": "FLIP"}], "The step neither adds nor removes."),
        ([{"kind": "START", "sequence_id": "x"}], "The step names no sequence to start."),
        ([{"kind": "WEBHOOK"}], "The webhook has no name by which others know it."),
        ([{"kind": "NOTIFY", "title": "x" * 201}], "The notification says nothing, or too much."),
        ([MAIL, {**TWO_DAYS, "next": "s9"}], "There is no step s9 to go on with."),
        ([{**MAIL, "name": "x" * 201}], "The name of the step is too long."),
        ([MAIL, {**TWO_DAYS, "next": "s1"}], "From this step on nobody ever comes to an end."),
    ],
)
def test_what_cannot_run_is_named(steps: list[dict[str, str]], message: str) -> None:
    assert [flaw.message for flaw in flaws(with_ids(steps))] == [message]


def test_a_loop_needs_a_wait_and_an_instant_that_is_past_is_none() -> None:
    out = {"kind": "BRANCH", "paths": [{"where": {"country": {"eq": "DE"}}, "next": "end"}], "next": "s1"}
    until, end = {"kind": "WAIT", "until": "2027-01-01T00:00:00Z"}, {**END, "id": "end"}
    assert flaws(with_ids([MAIL, TWO_DAYS, out, end])) == []
    for steps in ([MAIL, out, end], [MAIL, until, out, end]):
        assert {flaw.message for flaw in flaws(with_ids(steps))} == {"This step comes back to itself without any wait."}
    assert [(f.step, f.message) for f in flaws(with_ids([MAIL, {**until, "name": "New Year"}]), datetime(2027, 1, 1, tzinfo=UTC))] == [
        ("New Year", "The wait is until an instant that is past.")]


@given(st.integers(2, 7), st.lists(st.tuples(st.sampled_from(["WAIT", "EMAIL", "SPLIT"]), st.integers(0, 8)), min_size=1, max_size=7), st.data())
@settings(max_examples=30)
def test_whoever_walks_a_sound_graph_comes_to_its_end_or_waits(length: int, shape: list[tuple[str, int]], data: st.DataObject) -> None:
    steps = with_ids([_made(kind, f"s{to % length + 1}") for kind, to in shape[:length]] + [MAIL])
    if flaws(steps):
        return
    graph, at, instant, seen = Graph(steps), "s1", 0, set[tuple[str, int]]()
    round_ = 1
    for _ in range(200):
        assert (at, round_) not in seen, "a step comes once a round"
        seen.add((at, round_))
        instant = 0 if graph.step(at)["kind"] == "WAIT" else instant + 1
        assert instant <= len(steps), "nobody runs in circles without a wait"
        to = data.draw(st.sampled_from(graph.ways(graph.index[at])))
        if to is None:
            return
        round_, at = round_ + graph.back(at, to), to


def _made(kind: str, to: str) -> dict[str, object]:
    return {"WAIT": {**TWO_DAYS, "next": to}, "EMAIL": dict(MAIL), "SPLIT": {"kind": "SPLIT", "variants": [{}, {"next": to}]}}[kind]


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
    assert astray(STANDING | changes, "s1", 1) == reason
