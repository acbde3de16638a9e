"""Records a purchase or a refund, once for each id its source gives it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from leadwell import events, timeline
from leadwell.base.identity import clean
from leadwell.base.ids import uuid7
from leadwell.base.rates import in_base
from leadwell.base.rows import revise
from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.base.workspace import workspace_facts
from leadwell.purchases.buyers import Buyer, Found, find
from leadwell.purchases.refusals import BadPurchase, PurchaseExists, RefundTooLarge

SKEW = timedelta(minutes=5)
MOST_ITEMS = 200


@dataclass(frozen=True, slots=True)
class NewPurchase:
    """A purchase as its source tells it. A refund is negative and names what it refunds by `refund_of` (the id that purchase has at the source); its buyer
    is that of the purchase. `at` None: now."""

    source: str
    external_id: str
    amount_minor: int
    currency: str
    buyer: Buyer = field(default_factory=Buyer)
    at: datetime | None = None
    refund_of: str | None = None
    items: Sequence[Mapping[str, Any]] = ()
    id: UUID = field(default_factory=uuid7)


@dataclass(frozen=True, slots=True)
class Recorded:
    """`known`: it had been told before, and nothing changed."""

    id: UUID
    contact_id: UUID | None
    company_id: UUID | None
    state: str
    known: bool = False


async def record(tx: Tx, purchase: NewPurchase) -> Recorded:
    """Keeps a purchase. A stranger becomes a contact, an open lead is converted without a deal, or the purchase waits (PARKED), as the workspace chose.
    BadPurchase, PurchaseExists, RefundTooLarge, BuyerRequired, NotFound."""
    source, external = clean(purchase.source), clean(purchase.external_id)
    if not source or not external:
        name = "external_id" if source else "source"
        raise BadPurchase(field=name, name=name, value="", why="it is empty")
    at = await _checked(tx, purchase)
    await tx.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended('purchase ' || $2 || chr(31) || $3 || $1::uuid::text, 0))", tx.workspace, source, external
    )
    if known := await _known(tx, source, external, purchase):
        return known
    refunded = await _refunded(tx, source, purchase) if purchase.refund_of is not None else None
    found = Found(refunded["person_id"], refunded["contact_id"], refunded["company_id"], refunded["parked_reason"]) if refunded else None
    found = found or await find(tx, purchase.buyer)
    state = "PARKED" if found.waits else "RECORDED"
    base = await in_base(tx, purchase.amount_minor, purchase.currency, (await workspace_facts(tx)).today(at))
    await tx.execute(
        load(__name__, "insert"), tx.workspace, purchase.id, state, found.waits, found.person_id, found.contact_id, found.company_id, purchase.amount_minor,
        purchase.currency, at, source, external, refunded and refunded["id"], base["base_minor"], base["base_currency"], list(purchase.items), await tx.now(),
    )
    if state == "RECORDED":
        await lived(tx, purchase.id, found, purchase.amount_minor, purchase.currency, at, source, external)
    data = {"source": source, "external_id": external, "amount_minor": purchase.amount_minor, "currency": purchase.currency, "reason": found.waits}
    kind = "purchase.parked" if found.waits else "purchase.refunded" if refunded else "purchase.recorded"
    await events.note(tx, kind, "Purchase", purchase.id, person_id=found.person_id, version=1, data=data)
    return Recorded(purchase.id, found.contact_id, found.company_id, state)


async def _checked(tx: Tx, purchase: NewPurchase) -> datetime:
    now = await tx.now()
    at, refund = purchase.at or now, purchase.refund_of is not None
    if purchase.amount_minor == 0 or (purchase.amount_minor < 0) != refund:
        why = "a refund is negative" if refund else "it is zero" if purchase.amount_minor == 0 else "only a refund is negative, and names what it refunds"
        raise BadPurchase(field="amount", name="amount", value=str(purchase.amount_minor), why=why)
    if at > now + SKEW:
        raise BadPurchase(field="at", name="at", value=at.isoformat(), why="it lies in the future")
    if len(purchase.items) > MOST_ITEMS:
        raise BadPurchase(field="items", name="items", value=str(len(purchase.items)), why=f"there are more than {MOST_ITEMS}")
    return at


async def _known(tx: Tx, source: str, external: str, purchase: NewPurchase) -> Recorded | None:
    row = await tx.row(
        "SELECT p.id, p.contact_id, p.company_id, p.state, p.amount_minor, p.currency FROM purchases p"
        " WHERE p.workspace_id = $1 AND p.source = $2 AND p.external_id = $3", tx.workspace, source, external,
    )
    if row is None:
        return None
    for name in ("amount_minor", "currency"):
        if row[name] != getattr(purchase, name):
            raise PurchaseExists(field="external_id", source=source, external_id=external, differs=name.partition("_")[0])
    return Recorded(row["id"], row["contact_id"], row["company_id"], row["state"], known=True)


async def _refunded(tx: Tx, source: str, purchase: NewPurchase) -> dict[str, Any]:
    """The purchase that is refunded, locked: two refunds at once together refund no more than there was."""
    row = await tx.row(
        "SELECT p.* FROM purchases p WHERE p.workspace_id = $1 AND p.source = $2 AND p.external_id = $3 AND p.refund_of_id IS NULL FOR NO KEY UPDATE",
        tx.workspace, source, clean(purchase.refund_of),
    )
    if row is None or row["currency"] != purchase.currency:
        why = "the source has told of no such purchase" if row is None else f"that purchase was in {row['currency']}"
        raise BadPurchase(field="refund_of", name="refund_of", value=str(purchase.refund_of)[:60], why=why)
    back = await tx.value(
        "SELECT coalesce(sum(r.amount_minor), 0)::bigint FROM purchases r WHERE r.workspace_id = $1 AND r.refund_of_id = $2", tx.workspace, row["id"]
    )
    left = row["amount_minor"] + back
    if left + purchase.amount_minor < 0:
        raise RefundTooLarge(field="amount", refund=-purchase.amount_minor, left=left)
    return dict(row)


async def lived(tx: Tx, id: UUID, found: Found, minor: int, currency: str, at: datetime, source: str, external: str) -> None:
    """The purchase stands on the timeline of who bought, and makes a customer of a prospect."""
    named = (("Contact", found.contact_id), ("Company", found.company_id))
    data = {"purchase_id": id, "amount_minor": minor, "currency": currency}
    await timeline.record(tx, timeline.NewActivity(
        "PURCHASE", [found.person_id] if found.person_id else [], [(noun, record) for noun, record in named if record], at=at,
        subject="Purchase" if minor > 0 else "Refund", automated=True, source=f"purchase:{source}", external_id=external, data=data,
    ))  # fmt: skip
    if minor < 0 or found.contact_id is None:
        return
    contact = await tx.row("SELECT c.* FROM contacts c WHERE c.workspace_id = $1 AND c.id = $2", tx.workspace, found.contact_id)
    if contact and contact["type"] in ("PROSPECT", "FORMER_CUSTOMER"):
        revision = await revise(tx, "contact", "contacts", dict(contact), {"type": "CUSTOMER"})
        told = {"changes": revision.changes}
        await events.note(tx, "contact.updated", "Contact", contact["id"], person_id=found.person_id, version=revision.version, data=told)
