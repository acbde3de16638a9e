"""Charts of rehearsals: well-formed, escaped, told in words, and silent about the network."""

import re
from typing import Any
from xml.etree import ElementTree

from leadwell.simulation import charts, picture
from leadwell.simulation.answering import answers, bounces, chances
from leadwell.simulation.wish import NEVER, Rates

RESULT: dict[str, Any] = {
    "from": "2027-01-04T09:00:00+00:00", "until": "2027-12-31T00:00:00+00:00", "seed": 7, "people": 10, "entered": 9, "sends": 12, "waits": {"WINDOW": 2},
    "firstSendAt": "2027-01-04T09:00:00+00:00", "lastSendAt": "2027-09-06T08:00:00+00:00", "peakHour": {"at": "2027-01-04T09:00:00+00:00", "sends": 9},
    "perHour": [{"at": "2027-01-04T09:00:00+00:00", "sends": 9}, {"at": "2027-09-06T08:00:00+00:00", "sends": 3}],
    "exits": [{"reason": "COMPLETED", "people": 8}, {"reason": "REPLY", "people": 1}],
    "collisions": {"people": 2, "pairs": [{"sequences": ["<b>A & B</b>", "C"], "people": 2, "times": 3}]},
}


def test_the_picture_is_well_formed_and_asks_for_nothing() -> None:
    image = picture('Q&A <script>"x"', RESULT, "Europe/Berlin")
    root = ElementTree.fromstring(image)    # raises what is not well-formed
    words = [element.text for element in root.iter() if element.text]
    assert ("Rehearsal of Q&A <script>\"x\"" in words, "<b>A & B</b> + C" in words) == (True, True)
    assert not re.search(r"<script|href|style=|url\(|https?://(?!www\.w3\.org/2000/svg)", image)
    assert "12 mails leave between 2027-01-04 and 2027-09-06; the busiest hour, 2027-01-04 10:00, has 9." in words
    assert "9 of 10 people enter. Most of them: completed (8)." in words
    cells = [element for element in root.iter() if element.tag.endswith("rect") and (element.get("class") or "").startswith("s")]
    assert [title.text for cell in cells for title in cell] == ["2027-01-04 10:00: 9", "2027-09-06 10:00: 3"]     # by the clock of Berlin, in weeks


def test_a_rehearsal_without_mail_has_charts_that_say_so() -> None:
    nothing = RESULT | dict.fromkeys(("peakHour", "firstSendAt", "lastSendAt")) | {"sends": 0, "perHour": [], "exits": []}
    nothing["collisions"] = {"people": 0, "pairs": []}
    assert "No mail is sent." in charts.hours(nothing, "UTC")
    assert "Nobody gets mail of two sequences within 24 hours." in charts.collisions(nothing)
    assert charts.exits(nothing).count("None.") == 1


def test_chances_are_the_mail_s_own_and_answers_come_within_two_weeks() -> None:
    from datetime import UTC, datetime, timedelta
    from uuid import UUID

    at, id = datetime(2027, 1, 4, tzinfo=UTC), UUID(int=1)
    drawn = [chances(7, n, "s", "first", 1) for n in range(2000)]
    assert drawn[3] == chances(7, 3, "s", "first", 1) != chances(8, 3, "s", "first", 1)
    rates = Rates(open=40, click=5, reply=2, bounce=1, unsubscribe=0.3)
    found = [answer for n, one in enumerate(drawn) for answer in answers(rates, one, at, (n, "first", 1), id)]
    count = {kind: sum(answer.kind == kind for answer in found) for kind in ("OPENED", "CLICKED", "REPLIED")}
    assert (700 < count["OPENED"] < 900, 60 < count["CLICKED"] < 140, 20 < count["REPLIED"] < 65) == (True, True, True)
    assert all(at < answer.at <= at + timedelta(days=14) for answer in found)
    assert {a.ordinal for a in found if a.kind == "CLICKED"} <= {a.ordinal for a in found if a.kind == "OPENED"}
    assert not any(list(answers(NEVER, one, at, (0, "first", 1), id)) or bounces(NEVER, one) for one in drawn)
