"""What follows from an event: an activity, a purchase, or the fate of a mail, each by the verb that people use."""

from collections.abc import Sequence
from typing import Any, Literal, cast
from uuid import UUID

from leadwell import consent, delivery, purchases, timeline
from leadwell.base.refusals import NotFound
from leadwell.base.tx import Tx
from leadwell.capture.feeds import Feed
from leadwell.happenings.telling import Happening

State = Literal["TAKEN", "WAITING", "IGNORED", "REFUSED"]
Fate = tuple[State, str | None, UUID | None, tuple[str, UUID] | None]
ANSWERS: dict[str, Literal["REPLY", "BOUNCE", "COMPLAINT"]] = {"mail.replied": "REPLY", "mail.bounced": "BOUNCE", "mail.complained": "COMPLAINT"}
TICKETS = {"ticket.opened": "opened", "ticket.updated": "updated", "ticket.closed": "closed"}
LIVED: dict[str, Literal["OPEN", "CLICK", "USAGE"]] = {"mail.opened": "OPEN", "mail.clicked": "CLICK", "product.used": "USAGE"}
NOBODY: Fate = ("WAITING", "NOBODY_KNOWN", None, None)


async def people_of(tx: Tx, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], UUID]:
    """Whose keys these are, as far as anybody's."""
    if not keys:
        return {}
    kinds, values = zip(*dict.fromkeys(keys), strict=True)
    rows = await tx.fetch(
        "SELECT k.kind, k.key, k.person_id FROM unnest($2::text[], $3::text[]) AS g (kind, key) JOIN person_keys k ON k.workspace_id = $1 AND k.kind = g.kind"
        " AND k.key = g.key", tx.workspace, list(kinds), list(values))
    return {(row["kind"], row["key"]): row["person_id"] for row in rows}


async def follow(tx: Tx, feed: Feed, one: Happening, person: UUID | None) -> Fate:
    """What the verbs refuse is refused."""
    if answer := ANSWERS.get(one.type):
        return await _answered(tx, feed, one, answer)
    if one.type.startswith("purchase."):
        return await _bought(tx, feed, one, person)
    if one.type == "mail.unsubscribed":
        return await _left(tx, feed, one, person)
    if person is None:
        return NOBODY
    return await _lived(tx, feed, one, person)


async def _answered(tx: Tx, feed: Feed, one: Happening, answer: Literal["REPLY", "BOUNCE", "COMPLAINT"]) -> Fate:
    send = await delivery.record_inbound(
        tx, answer, [str(one.text("messageId"))], external_id=f"{feed.id}:{one.id}", subject=one.text("subject", 500), body=one.text("text"),
        hard=one.data.get("hard") is not False)
    return ("TAKEN", None, None, ("Send", send)) if send else ("IGNORED", "NO_MAIL_OF_OURS", None, None)


async def _bought(tx: Tx, feed: Feed, one: Happening, person: UUID | None) -> Fate:
    refund = one.type == "purchase.refunded"
    if person is None and not refund and feed.strangers == "KEEP":
        return NOBODY
    who = {"email": one.person.email, "name": one.person.name, "phone": one.person.phone}
    stranger = {name: value for name, value in who.items() if value} if person is None else {}
    made = await purchases.record(tx, purchases.NewPurchase(
        source=feed.name, external_id=one.text("id", 200) or one.id, amount_minor=one.amount_minor, currency=str(one.data["currency"]),
        buyer=purchases.Buyer(person_id=person, person=stranger), at=one.at, refund_of=one.text("refundOf", 200) if refund else None,
        items=cast("list[Any]", one.data.get("items", []))))
    return "TAKEN", made.state if made.state == "PARKED" else None, person, ("Purchase", made.id)


async def _left(tx: Tx, feed: Feed, one: Happening, person: UUID | None) -> Fate:
    """Whoever does not want mail of another system wants none of ours: about its topic, or any. The address counts, also of somebody nobody knows."""
    code = one.text("topic", 100)
    topic = await tx.value("SELECT t.id FROM topics t WHERE t.workspace_id = $1 AND t.code = $2", tx.workspace, code) if code else None
    if code and topic is None:
        raise NotFound(noun="topic", field="topic")
    wish = consent.OptOut(consent.hash_of(str(one.address)), topic, person, f"feed:{feed.id}", evidence={"event": one.id})
    return ("TAKEN" if await consent.opt_out(tx, wish) else "IGNORED"), None, person, None


async def _lived(tx: Tx, feed: Feed, one: Happening, person: UUID) -> Fate:
    now = await tx.now()
    subject = one.text("subject", 500) or one.text("feature", 500) or one.text("ticket", 500)
    id = await timeline.record(tx, timeline.NewActivity(
        LIVED.get(one.type, "TICKET"), [person], at=min(one.at or now, now), subject=subject, body=one.text("text"),
        outcome=TICKETS.get(one.type), direction="INBOUND", source=f"feed:{feed.id}", external_id=one.id, data={**one.data, "type": one.type}))
    return "TAKEN", None, person, ("Activity", id)
