"""The life of a send: which state may follow which, and what a worker does with a send it has claimed."""

from collections.abc import Mapping
from typing import Literal

OPEN = frozenset({"PLANNED", "DEFERRED"})
FINAL = frozenset({"SENT", "REJECTED", "SKIPPED"})
HELD = frozenset({"AMBIGUOUS"})
AGAIN = frozenset({"SECURITY", "DOUBLE_OPT_IN", "DIGEST"})   # classes that rather arrive twice (with one Message-ID) than never
HOUSE = frozenset({"SECURITY", "DOUBLE_OPT_IN", "DIGEST", "TEST"})   # what the house needs: no topic, no consent, and never on a timeline

MOVES: Mapping[str, frozenset[str]] = {
    "PLANNED": frozenset({"SENDING", "SKIPPED", "REJECTED", "DEFERRED", "AMBIGUOUS"}),    # AMBIGUOUS: the database was put back
    "DEFERRED": frozenset({"SENDING", "SKIPPED", "REJECTED", "DEFERRED", "AMBIGUOUS"}),
    "SENDING": frozenset({"SENT", "REJECTED", "DEFERRED", "AMBIGUOUS"}),
    "AMBIGUOUS": frozenset({"SENT", "SKIPPED"}),
    "SENT": frozenset(),
    "REJECTED": frozenset(),
    "SKIPPED": frozenset(),
}
Claim = Literal["SEND", "HOLD", "DONE"]


def may_move(before: str, after: str, mail_class: str) -> bool:
    """What AGAIN names may be handed over again from where its fate is unknown; nothing else ever is."""
    if after == "SENDING" and mail_class in AGAIN and before in ("SENDING", "AMBIGUOUS"):
        return True
    return after in MOVES[before]


def openings(mail_class: str) -> frozenset[str]:
    """The states from which the gate may commit SENDING."""
    return frozenset(state for state in MOVES if may_move(state, "SENDING", mail_class))


def on_claim(state: str, mail_class: str) -> Claim:
    """What to do with a send whose job was just claimed. SENDING here was committed by a worker that died: its mail may have left."""
    if state in openings(mail_class):
        return "SEND"
    return "HOLD" if state == "SENDING" else "DONE"
