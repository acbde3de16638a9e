"""The intent table: what a submission does, by how much it asks for and who it is from. Pure."""

from dataclasses import dataclass
from typing import Literal

Intent = Literal["HAND_RAISE", "CONTENT", "EVENT", "SUBSCRIBE"]
Standing = Literal["UNKNOWN", "OPEN_LEAD", "CONTACT", "EXCLUDED"]
INTENTS: tuple[Intent, ...] = ("HAND_RAISE", "CONTENT", "EVENT", "SUBSCRIBE")


@dataclass(frozen=True, slots=True)
class Action:
    """`outcome` as kept on the submission. `lead`: opens a lead or attaches to the open one. `urgent`: somebody waits for an answer, so the
    response clock starts again. PARKED does nothing at all."""

    outcome: Literal["CREATED", "ATTACHED", "REPEATED", "ACTIVITY", "PERSON", "PARKED"]
    lead: bool = False
    urgent: bool = False


def decide(intent: Intent, standing: Standing) -> Action:
    """A person whose lead was junk for SPAM, or who is on the exception list, stays parked. Everybody else who asks gets or keeps a lead;
    a contact only when raising a hand; a subscription alone makes no lead."""
    if standing == "EXCLUDED":
        return Action("PARKED")
    if intent == "SUBSCRIBE":
        return Action("PERSON" if standing == "UNKNOWN" else "ACTIVITY")
    urgent = intent == "HAND_RAISE"
    if standing == "UNKNOWN":
        return Action("CREATED", lead=True, urgent=urgent)
    if standing == "OPEN_LEAD":
        return Action("ATTACHED", lead=True, urgent=urgent)
    return Action("REPEATED", lead=True, urgent=True) if urgent else Action("ACTIVITY")
