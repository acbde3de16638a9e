"""Who stood behind opens and clicks, from what is known of one mail."""

import os
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadwell.scoring.readings import SURE, Seen, read

EXAMPLES = int(os.environ.get("LW_EXAMPLES", "30"))
SENT = datetime(2026, 6, 15, 12, tzinfo=UTC)
BROWSER = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36"


def click(n: int, seconds: float, url: str = "https://acme.example/a", **more: Any) -> Seen:
    return Seen(UUID(int=n), "CLICK", SENT + timedelta(seconds=seconds), url=url, agent=BROWSER, delivered_at=SENT, **more)


def opened(n: int, seconds: float, agent: str = BROWSER) -> Seen:
    return Seen(UUID(int=n), "OPEN", SENT + timedelta(seconds=seconds), agent=agent, delivered_at=SENT)


@pytest.mark.parametrize(("mail", "verdicts"), [
    ([click(1, 600)], [("HUMAN", "RECORDED")]),
    ([click(1, 1)], [("MACHINE", "TOO_SOON")]),
    ([click(1, 2)], [("UNCERTAIN", "TOO_SOON")]),
    ([click(1, 10)], [("HUMAN", "RECORDED")]),
    ([opened(1, 5)], [("HUMAN", "RECORDED")]),
    ([opened(1, 600, "Mozilla/5.0")], [("UNCERTAIN", "PROXY")]),
    ([opened(1, 600, "Mimecast-URL-Scanner")], [("MACHINE", "AGENT")]),
    ([click(1, 600, "https://a.example/1"), click(2, 602, "https://a.example/2"), click(3, 605, "https://a.example/3")], [("MACHINE", "BURST")] * 3),
    ([click(1, 600, "https://a.example/1"), click(2, 603, "https://a.example/2"), click(3, 606, "https://a.example/3")], [("HUMAN", "RECORDED")] * 3),
    ([click(1, 600, "https://a.example/1"), click(2, 601, "https://a.example/2")], [("UNCERTAIN", "BURST")] * 2),
    ([click(1, 600), click(2, 600.5), click(3, 601)], [("HUMAN", "RECORDED")] * 3),   # the same link again and again is an impatient human
    ([click(1, 600), click(2, 640, honey=True), click(3, 701)], [("MACHINE", "HONEY_LINK")] * 2 + [("HUMAN", "RECORDED")]),
    ([click(1, 600, recorded="MACHINE")], [("MACHINE", "RECORDED")]),
    ([Seen(UUID(int=1), "CLICK", SENT)], [("HUMAN", "RECORDED")]),
    ([], []),
])
def test_opens_and_clicks_are_read_by_program_links_and_seconds(mail: Sequence[Seen], verdicts: list[Any]) -> None:
    assert [verdict for _, verdict in sorted(read(mail).items())] == verdicts


mails = st.lists(st.builds(
    lambda n, kind, seconds, recorded, agent, link, honey: Seen(
        UUID(int=n), kind, SENT + timedelta(seconds=seconds), recorded, agent, f"https://a.example/{link}", honey, SENT),
    st.integers(0, 2**32), st.sampled_from(["OPEN", "CLICK"]), st.integers(-5, 90), st.sampled_from(SURE),
    st.sampled_from([None, BROWSER, "curl/8", "GoogleImageProxy"]), st.integers(0, 3), st.booleans()), max_size=12, unique_by=lambda one: one.id)


@settings(max_examples=EXAMPLES)
@given(mails, st.randoms())
def test_order_and_repetition_change_no_reading_and_none_becomes_more_human(mail: list[Seen], chance: Any) -> None:
    again = [*mail, *mail]
    chance.shuffle(again)
    assert read(again) == read(mail)
    assert all(SURE.index(read(mail)[one.id][0]) >= SURE.index(one.recorded) for one in mail)
