"""Tells users and other systems that somebody has come to a step."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from leadwell import events, notifications
from leadwell.base.tx import Tx
from leadwell.nurture.records import records_of
from leadwell.nurture.shape import Decision, Flaw, Go, Setup, Stand, Step, Taken, flaw

NOTIFY_FIELDS, WEBHOOK_FIELDS = frozenset({"title", "user_id"}), frozenset({"event_name"})
LONGEST_TITLE, LONGEST_EVENT = 200, 60


def check_notify(step: Step) -> Iterator[Flaw]:
    if not 0 < len(str(step.get("title") or "").strip()) <= LONGEST_TITLE:
        yield flaw("The notification says nothing, or too much.", f"Give a title of 1 to {LONGEST_TITLE} letters.")


def check_webhook(step: Step) -> Iterator[Flaw]:
    if not 0 < len(str(step.get("event_name") or "").strip()) <= LONGEST_EVENT:
        yield flaw("The webhook has no name by which others know it.", f"Give eventName, 1 to {LONGEST_EVENT} letters.")


def done(stand: Stand, facts: Any) -> Decision:
    return Go(stand.next, "DONE")


async def notify(tx: Tx, taken: Sequence[Taken], setup: Setup) -> Mapping[UUID, Decision]:
    """The user named, or the owner of the lead or contact; nobody to tell is no reason to stop."""
    owners = await records_of(tx, (stand.person_id for stand, _ in taken if not stand.step.get("user_id")))
    told: list[notifications.Telling] = []
    nobody: dict[UUID, Decision] = {}
    for stand, _ in taken:
        user = UUID(str(stand.step["user_id"])) if stand.step.get("user_id") else owners[stand.person_id].owner_id
        if user is None:
            nobody[stand.id] = Go(stand.next, "NOBODY_THERE")
        else:
            told.append(notifications.Telling(user, "SEQUENCE", stand.step["title"], "Person", stand.person_id))
    await notifications.tell(tx, told)
    return nobody


async def webhook(tx: Tx, taken: Sequence[Taken], setup: Setup) -> Mapping[UUID, Decision]:
    """An event of the enrollment, which goes to every endpoint that wants it."""
    await events.note_all(tx, [
        events.Event("sequence.stepped", "Enrollment", stand.id, stand.person_id, data={
            "name": stand.step["event_name"], "sequence_id": str(stand.sequence_id), "step": stand.step["id"]})
        for stand, _ in taken])
    return {}
