"""The life of a send: nothing is handed over twice, whatever happens in whatever order."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadwell.delivery.port import Refused
from leadwell.delivery.states import FINAL, MOVES, may_move, on_claim, openings
from leadwell.nurture.consequences import AGAIN, EXITS, STATES, consequence, sentence

STATE = st.sampled_from(sorted(MOVES))


@given(st.lists(STATE, max_size=20))
def test_nurture_mail_is_handed_over_again_only_after_the_server_refused_it(wishes: list[str]) -> None:
    state, accepted = "PLANNED", 0
    for wish in wishes:
        if may_move(state, wish, "SEQUENCE"):
            if wish == "SENDING":
                assert state in ("PLANNED", "DEFERRED")
            accepted += wish in ("SENT", "AMBIGUOUS")
            state = wish
    assert accepted <= 2, "AMBIGUOUS, then resolved as SENT, is the same mail"


@pytest.mark.parametrize("state", sorted(FINAL))
@pytest.mark.parametrize("mail_class", ["SEQUENCE", "SECURITY"])
def test_final_is_final(state: str, mail_class: str) -> None:
    assert [after for after in MOVES if may_move(state, after, mail_class)] == []
    assert on_claim(state, mail_class) == "DONE"


@pytest.mark.parametrize(("state", "nurture", "service"), [
    ("PLANNED", "SEND", "SEND"), ("DEFERRED", "SEND", "SEND"), ("SENDING", "HOLD", "SEND"), ("AMBIGUOUS", "DONE", "SEND"), ("SENT", "DONE", "DONE"),
])
def test_what_a_worker_does_with_a_send_it_claims(state: str, nurture: str, service: str) -> None:
    assert (on_claim(state, "SEQUENCE"), on_claim(state, "SECURITY")) == (nurture, service)


def test_only_mail_of_the_house_may_pass_the_gate_again() -> None:
    assert openings("SEQUENCE") == openings("BROADCAST") == openings("ONE_TO_ONE") == {"PLANNED", "DEFERRED"}
    assert openings("SECURITY") == {"PLANNED", "DEFERRED", "SENDING", "AMBIGUOUS"}


@pytest.mark.parametrize(("phase", "code", "reply", "permanent", "dead"), [
    ("RCPT", 550, "5.1.1 no such user", True, True), ("RCPT", 550, "no such user", True, False), ("RCPT", 554, "5.7.1 blocked by policy", True, False),
    ("RCPT", 450, "4.2.0 greylisted", False, False), ("MAIL", 550, "5.1.1 sender unknown", True, False), ("DATA", 554, "5.1.1 unknown", True, True),
    ("RCPT", 552, "5.2.2 mailbox full", True, False), ("DATA", 451, "5.1.1 try later", False, False),
])
def test_only_words_about_the_address_make_it_dead(phase: str, code: int, reply: str, permanent: bool, dead: bool) -> None:
    refused = Refused(phase, code, reply)  # type: ignore[arg-type]
    assert (refused.permanent, refused.dead_address) == (permanent, dead)


@pytest.mark.parametrize(("state", "reason", "way"), [
    ("SENT", None, ("NEXT", None)), ("REJECTED", "REFUSED", ("NEXT", None)), ("REJECTED", "DEAD_ADDRESS", ("EXIT", "HARD_BOUNCE")),
    ("SKIPPED", "SUPPRESSED_UNSUBSCRIBE", ("EXIT", "UNSUBSCRIBE")), ("SKIPPED", "CONVERTED", ("EXIT", "CONVERSION")),
    ("SKIPPED", "SEQUENCE_PAUSED", ("AGAIN", None)), ("SKIPPED", "NOT_SENT", ("NEXT", None)), ("SENT", "JUNK", ("NEXT", None)),
])
def test_the_way_on_follows_from_the_outcome(state: str, reason: str | None, way: tuple[str, str | None]) -> None:
    assert consequence(state, reason) == way


def test_every_reason_has_a_sentence() -> None:
    for reason in (*EXITS, *AGAIN, "EXITED_JUNK", "DEAD_ADDRESS", "WORKER_LOST", "CONNECTION_LOST", "STEP_PASSED", "NOT_SENT"):
        assert sentence("SKIPPED", reason) != STATES["SKIPPED"], reason
    assert sentence("SKIPPED", "EXITED_HARD_BOUNCE") == "Not sent: the person had left the sequence (hard bounce)."
