"""Sends a mail: plans a row of the ledger, and waits for its outcome."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast
from uuid import UUID

import asyncpg

from leadwell import delivery
from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.nurture.goals import reached
from leadwell.nurture.kinds import split
from leadwell.nurture.kinds.split import chance
from leadwell.nurture.shape import Decision, Facts, Flaw, Go, Leave, Setup, Stand, Stay, Step, Taken, flaw
from leadwell.nurture.steps import is_id
from leadwell.templates import variant_of

FIELDS = frozenset({"template_id", "sender", "thread", "window_id", "variants"})
SENDERS, THREADS = ("OWNER", "FIXED", "ROTATING"), ("NEW", "REPLY")
MOST_SENDERS = 20
Sender = Mapping[str, Any]
Row = Mapping[str, Any] | asyncpg.Record


def sender_of(step: Step) -> Sender:
    found = step.get("sender")
    return cast("Sender", found) if isinstance(found, Mapping) else {}


def ids_of(sender: Sender) -> list[UUID]:
    return [UUID(str(id)) for id in sender.get("ids") or () if is_id(id)]


def templates_of(step: Step) -> dict[str, UUID]:
    """The templates that the mail may be made of, by the place that names them."""
    places = [("template_id", step), *((f"variants.{i}.template_id", one) for i, one in enumerate(split.variants_of(step)))]
    return {place: UUID(str(one["template_id"])) for place, one in places if is_id(one.get("template_id"))}


def template_of(stand: Stand) -> UUID:
    """Of several variants a person has the same in every version and however often they come."""
    variants = split.variants_of(stand.step)
    if not variants:
        return UUID(str(stand.step["template_id"]))
    weights = [int(one.get("weight", 1)) for one in variants]
    return UUID(str(variants[variant_of(f"{stand.sequence_id}:{stand.step['id']}", stand.person_id, weights)]["template_id"]))


def check(step: Step) -> Iterator[Flaw]:
    if not templates_of(step):
        yield flaw("The e-mail has no template.", "Name one with templateId.")
    if step.get("variants") is not None:
        yield from split.check(step)
        if not all(is_id(one.get("template_id")) for one in split.variants_of(step)):
            yield flaw("A variant of the e-mail has no template.", "Name one with templateId in each.")
        elif len({str(one["template_id"]) for one in split.variants_of(step)}) < len(split.variants_of(step)):
            yield flaw("Two variants of the e-mail have the same template.", "Give each its own, so that their figures can be told apart.")
    sender = sender_of(step)
    if sender and sender.get("kind") not in SENDERS:
        yield flaw("The e-mail says in no known way who it is from.", "Take one of " + ", ".join(SENDERS) + ".")
    few = {"FIXED": 1, "ROTATING": 2}.get(str(sender.get("kind")), 0)
    if len(ids_of(sender)) < few or len(ids_of(sender)) > MOST_SENDERS or (few == 1 and len(ids_of(sender)) > 1):
        yield flaw("The e-mail does not name its senders.", f"Name one sender for FIXED, and 2 to {MOST_SENDERS} for ROTATING.")
    if step.get("thread") not in (None, *THREADS):
        yield flaw("The e-mail says in no known way whether it goes on with a thread.", "Take NEW or REPLY.")


def decide(stand: Stand, facts: Any) -> Decision:
    """`facts`: where the mail would go, and what speaks against it."""
    if stand.missed:
        return Go(stand.next, "MISSED")
    if facts is None or facts["normalized"] is None:
        return Leave("NO_ADDRESS")
    if facts["reached"]:
        return Leave("GOAL")
    return Leave("SUNSET") if facts["sunset"] else Stay(None)


async def learn(tx: Tx, stood: Sequence[Stand]) -> Facts:
    rows = {row["id"]: dict(row) for row in await tx.fetch(load(__name__, "mail"), tx.workspace, [stand.id for stand in stood], await tx.now())}
    goals = [(stand, rows[stand.id]["goal"]) for stand in stood if stand.id in rows]
    there = await reached(tx, goals) if any(goal for _, goal in goals) else set[UUID]()
    return {id: row | {"reached": id in there} for id, row in rows.items()}


def sender_id(step: Step, row: Row, sequence: UUID) -> UUID | None:
    """Who it is from; None is the default sender. One of several writes to a person in all mails of a sequence."""
    sender = sender_of(step)
    match sender.get("kind"):
        case "OWNER":
            return row["owner_sender_id"] or row["sender_id"]
        case "FIXED" | "ROTATING":
            ids = ids_of(sender)
            return ids[int(chance(sequence, "sender", row["person_id"]) * len(ids))]
        case _:
            return row["sender_id"]


async def effect(tx: Tx, taken: Sequence[Taken], setup: Setup) -> Mapping[UUID, Decision]:
    """A visit of a step that has its row in the ledger plans no second one."""
    going = {stand.id: stand for stand, decision in taken if isinstance(decision, Stay)}
    rows = await tx.fetch(load(__name__, "mail"), tx.workspace, list(going), await tx.now()) if going else []
    await delivery.plan(tx, [_planned(going[row["id"]], row) for row in rows], mail_from=setup.mail_from)
    return {}


def _planned(stand: Stand, row: Row) -> delivery.NewSend:
    thread = {"answers_id": row["latest_id"]} if stand.step.get("thread") == "REPLY" and row["latest_id"] else {}
    return delivery.NewSend(
        stand.person_id, row["address"], row["normalized"], row["topic_id"], template_of(stand), enrollment_id=stand.id,
        step=stand.step["id"], visit=stand.visit, sender_id=sender_id(stand.step, row, stand.sequence_id),
        window_id=UUID(str(stand.step["window_id"])) if is_id(stand.step.get("window_id")) else None, **thread)
