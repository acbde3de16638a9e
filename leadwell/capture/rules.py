"""The intent table: what a submission does, by how much it asks for and who it is from. Pure."""

from typing import Literal

from leadwell.base.fixed import fixed

Intent = Literal["HAND_RAISE", "CONTENT", "EVENT", "SUBSCRIBE"]
Standing = Literal["UNKNOWN", "OPEN_LEAD", "CONTACT", "EXCLUDED"]
Repeat = Literal["LEAD", "TASK"]
INTENTS: tuple[Intent, ...] = ("HAND_RAISE", "CONTENT", "EVENT", "SUBSCRIBE")


@fixed
class Action:
    """`outcome` as kept on the submission. `lead`: opens a lead or attaches to the open one. `urgent`: somebody waits for an answer, so the
    response clock starts again. PARKED does nothing at all."""

    outcome: Literal["CREATED", "ATTACHED", "REPEATED", "TASK", "ACTIVITY", "PERSON", "PARKED"]
    lead: bool = False
    urgent: bool = False


def decide(intent: Intent, standing: Standing, repeat: Repeat = "LEAD", *, quiet: bool = False) -> Action:
    """A person whose lead was junk for SPAM, or who is on the exception list, stays parked. Everybody else who asks gets or keeps a lead;
    a contact only when raising a hand, and then as the workspace chose: a lead, or a task, of which a quiet one is told to nobody. A subscription
    alone makes no lead."""
    if standing == "EXCLUDED":
        return Action("PARKED")
    if intent == "SUBSCRIBE":
        return Action("PERSON" if standing == "UNKNOWN" else "ACTIVITY")
    urgent = intent == "HAND_RAISE"
    if standing == "UNKNOWN":
        return Action("CREATED", lead=True, urgent=urgent)
    if standing == "OPEN_LEAD":
        return Action("ATTACHED", lead=True, urgent=urgent)
    if not urgent or (repeat == "TASK" and quiet):
        return Action("ACTIVITY")
    return Action("TASK", urgent=True) if repeat == "TASK" else Action("REPEATED", lead=True, urgent=True)
