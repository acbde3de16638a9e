"""What follows from a recorded outcome, pure: on to the next step, the same step again, or out."""

from collections.abc import Mapping
from typing import Literal

from leadwell.pressure import REASONS

EXITS: Mapping[str, str] = {   # why the gate held a mail → why the person leaves the sequence
    "CONSENT_WITHDRAWN": "UNSUBSCRIBE", "SUPPRESSED_UNSUBSCRIBE": "UNSUBSCRIBE", "SUPPRESSED_COMPLAINT": "COMPLAINT", "SUPPRESSED_HARD_BOUNCE": "HARD_BOUNCE",
    "SUPPRESSED_MANUAL": "SUPPRESSED", "SUPPRESSED_IMPORT": "SUPPRESSED", "NO_CONSENT": "NO_CONSENT", "CONSENT_EXPIRED": "NO_CONSENT",
    "MERGED": "MERGED", "ARCHIVED": "ARCHIVED", "REPLIED": "REPLY", "HAND_RAISED": "HAND_RAISE",
    "CONVERTED": "CONVERSION", "JUNK": "JUNK", "NO_LEAD": "NO_LEAD", "NO_CONTACT": "NO_CONTACT",
    "GOAL": "GOAL", "MEETING_BOOKED": "MEETING_BOOKED", "DEAL_OPENED": "DEAL_OPENED", "OWNER_TOOK_OVER": "OWNER_TOOK_OVER",
}
AGAIN = frozenset({"SEQUENCE_PAUSED", "ADDRESS_CHANGED"})
DEAD_ADDRESS = "DEAD_ADDRESS"
Way = tuple[Literal["NEXT", "AGAIN", "EXIT"], str | None]


def consequence(state: str, reason: str | None) -> Way:
    """The way on from a send in a final state, and the reason of an exit."""
    if state == "REJECTED" and reason == DEAD_ADDRESS:
        return "EXIT", "HARD_BOUNCE"
    if state == "SKIPPED" and reason is not None and reason in EXITS:
        return "EXIT", EXITS[reason]
    if state == "SKIPPED" and reason in AGAIN:
        return "AGAIN", None
    return "NEXT", None


SENTENCES: Mapping[str, str] = {
    **REASONS,
    "OUTBOUND_HELD": "Waiting: this copy of the database is silent.",
    "ENROLLMENT_PAUSED": "Waiting: the person is paused in the sequence.",
    "NO_CONSENT": "Not sent: the topic needs consent, and there is none for this address.",
    "CONSENT_EXPIRED": "Not sent: the consent of this address has expired.",
    "CONSENT_WITHDRAWN": "Not sent: the person took their consent back.",
    "SUPPRESSED_UNSUBSCRIBE": "Not sent: the person unsubscribed.",
    "SUPPRESSED_COMPLAINT": "Not sent: the person complained about mail.",
    "SUPPRESSED_HARD_BOUNCE": "Not sent: the address does not exist.",
    "SUPPRESSED_MANUAL": "Not sent: somebody put the address on the suppression list.",
    "SUPPRESSED_IMPORT": "Not sent: an import put the address on the suppression list.",
    "MERGED": "Not sent: the person was merged into another.",
    "ARCHIVED": "Not sent: the person is archived.",
    "ADDRESS_CHANGED": "Not sent: the address is no longer the person's.",
    "REPLIED": "Not sent: the person had replied.",
    "HAND_RAISED": "Not sent: the person had asked to be spoken to.",
    "CONVERTED": "Not sent: the lead was converted, and the sequence is for leads.",
    "JUNK": "Not sent: the lead is junk.",
    "NO_LEAD": "Not sent: the sequence is for leads, and the person has no open one.",
    "NO_CONTACT": "Not sent: the sequence is for contacts, and the person is none.",
    "GOAL": "Not sent: the sequence had reached its goal with the person.",
    "MEETING_BOOKED": "Not sent: a meeting with the person was scheduled.",
    "DEAL_OPENED": "Not sent: a deal with the person was opened.",
    "OWNER_TOOK_OVER": "Not sent: somebody of yours had taken over the conversation.",
    "SEQUENCE_PAUSED": "Not sent: the sequence was paused.",
    "STEP_PASSED": "Not sent: the enrollment had moved on.",
    "BROADCAST_PAUSED": "Waiting: the broadcast is paused.",
    "BROADCAST_CANCELED": "Not sent: the broadcast was canceled.",
    "NOT_SENT": "Not sent: somebody looked and found that it had not left.",
    "DEAD_ADDRESS": "Refused: the mail server says that the address does not exist.",
    "WORKER_LOST": "Held: the worker was lost while it handed the mail over. Look in the mailbox or the server's log and resolve it.",
    "CONNECTION_LOST": "Held: the connection broke before the mail server answered. Look in the mailbox or the server's log and resolve it.",
    "RESTORED": "Held: the database was put back to an earlier day, and the mail may have left since. Look in the mailbox or the server's log and resolve it.",
    **{f"PROVEN_BY_{what}": f"Sent: nobody knew, but {how}, so it had left." for what, how in (
        ("DELIVERED", "the reader's server has it"), ("BOUNCE", "it came back"), ("COMPLAINT", "its reader complained"), ("OPEN", "it was opened"),
        ("CLICK", "a link in it was followed"), ("REPLY", "it was answered"))},
}
STATES: Mapping[str, str] = {
    "PLANNED": "Planned: a worker will send it.", "SENDING": "Being handed over to the mail server right now.", "SENT": "Sent: the mail server took it.",
    "REJECTED": "Refused by the mail server.", "DEFERRED": "Waiting: the mail server said to come again later.",
    "AMBIGUOUS": "Held: nobody knows whether it left; it is not sent again.", "SKIPPED": "Not sent.",
}


def sentence(state: str, reason: str | None) -> str:
    """Why a mail is where it is, in words."""
    if reason and reason.startswith("EXITED"):
        return f"Not sent: the person had left the sequence ({reason.removeprefix('EXITED_').replace('_', ' ').lower()})."
    return SENTENCES.get(reason or "", STATES[state])
