"""Which records an event concerns, which fields it says have changed, and when a listener is too slow."""

import re
import time
from pathlib import Path
from uuid import UUID

import pytest

from api.subscriptions.concerned import NOBODY, Concern, concern, followed
from api.subscriptions.following import SLOW_S, Pace, SlowConsumer
from api.subscriptions.places import CursorTooOld, Place
from leadwell.access.sees import Everything
from leadwell.catalog import CATALOG, BadCursor
from leadwell.webhooks.changed import changed

RECORD, PERSON = UUID(int=1), UUID(int=2)
NOTED = re.compile(r"""(?:note\(\s*tx,\s*|Event\(\s*)"\w+\.\w+",\s*"(\w+)\"""")


def event(kind: str, noun: str, **data: object) -> dict[str, object]:
    return {"kind": kind, "noun": noun, "record_id": RECORD, "person_id": PERSON, "data": data}


@pytest.mark.parametrize(
    ("noun", "kind", "of", "expected"),
    [
        ("Lead", "lead.created", "Lead", Concern(record=RECORD)),
        ("Lead", "person.updated", "Person", Concern(person=PERSON)),
        ("Contact", "score.changed", "Person", Concern(person=PERSON)),
        ("Person", "score.crossed", "Score", Concern(record=PERSON)),
        ("Task", "meeting.moved", "Task", Concern(record=RECORD)),
        ("Lead", "activity.recorded", "Activity", NOBODY),
        ("Deal", "person.updated", "Person", NOBODY),
    ],
)
def test_an_event_concerns_its_record_and_what_shows_its_person(noun: str, kind: str, of: str, expected: Concern) -> None:
    assert concern(CATALOG[noun], event(kind, of)) == expected


def test_every_noun_that_something_is_noted_of_can_be_followed() -> None:
    noted = {noun for file in Path("leadwell").rglob("*.py") for noun in NOTED.findall(file.read_text())}
    assert noted & {n.name for n in CATALOG} - {n.name for n in followed()} == set()
    assert len(noted) > 40


def test_changed_fields_bear_their_api_names_without_hidden_ones() -> None:
    all_seen = Everything(UUID(int=9))
    updated = event("lead.updated", "Lead", changes={"owner_id": [None, "x"], "title": ["a", "b"], "state": ["a", "b"]})
    assert changed(updated, all_seen) == ["owner", "title", "state"]
    assert changed(updated, Everything(UUID(int=9), denied=frozenset({"Lead.title"}))) == ["owner", "state"]
    assert changed(updated, Everything(UUID(int=9), blind=frozenset({"Lead"}))) == []
    assert changed(event("form.updated", "Form", fields=["name"]), all_seen) == ["name"]
    assert changed(event("lead.created", "Lead"), all_seen) == []


def test_a_place_is_refused_where_events_are_gone_or_never_were() -> None:
    Place(4).check(5, 9)
    Place(9).check(5, 9)
    with pytest.raises(CursorTooOld):
        Place(3).check(5, 9)
    with pytest.raises(BadCursor):
        Place(10).check(5, 9)


def test_only_who_was_up_to_date_and_is_held_up_by_the_own_connection_is_too_slow() -> None:
    pace = Pace()
    pace.began = time.monotonic() - SLOW_S - 1
    pace.took("catching up")
    pace.reached(end=True)
    pace.began = time.monotonic()
    pace.took("quick")
    pace.began = time.monotonic() - SLOW_S - 1
    with pytest.raises(SlowConsumer) as refused:
        pace.took("here")
    assert refused.value.params["cursor"] == "here"
