"""Converts many leads in one transaction: locked in one order, each by itself where one may fail without the others."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from leadwell import people
from leadwell.base.identity import company_key
from leadwell.base.refusals import Refusal
from leadwell.base.tx import Tx
from leadwell.conversion.refusals import TooManyLeads
from leadwell.conversion.verbs import FREE, Conversion, Terms, convert
from leadwell.conversion.wish import DEFAULT, ConversionWish

BATCH = 500


@dataclass(frozen=True, slots=True)
class Item:
    """A lead and what it is to become; or the refusal that reading the wish ended in."""

    lead_id: UUID | None
    wish: ConversionWish = DEFAULT
    terms: Terms = FREE
    refusal: Refusal | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one item: `done`, or why not."""

    done: Conversion | None = None
    refusal: Refusal | None = None


async def convert_many(tx: Tx, items: Sequence[Item], on_error: Literal["ABORT", "SKIP"] = "ABORT") -> list[Outcome]:
    """An outcome for each, in order. ABORT raises the first refusal, with its place in the field, and nothing is done. TooManyLeads."""
    leads = {id for one in items for id in (one.lead_id, *one.wish.related) if id}
    if len(items) > BATCH or len(leads) > BATCH:
        raise TooManyLeads(field="leads", count=max(len(items), len(leads)), most=BATCH)
    names = await _locked(tx, sorted(leads))
    outcomes: dict[int, Outcome] = {}
    for i in sorted(range(len(items)), key=lambda i: (items[i].refusal is None, names.get(items[i].lead_id or UUID(int=0), ""), i)):
        outcomes[i] = await (_alone(tx, items[i]) if on_error == "SKIP" else _placed(tx, items[i], i))
    return [outcomes[i] for i in range(len(items))]


async def _locked(tx: Tx, leads: Sequence[UUID]) -> dict[UUID, str]:
    """Locks the people behind the leads in one order, and answers the leads' companies: whose keys are taken in one order too."""
    if not leads:
        return {}
    rows = await tx.fetch("SELECT l.id, l.person_id, l.company_name FROM leads l WHERE l.workspace_id = $1 AND l.id = ANY($2::uuid[])", tx.workspace, leads)
    await people.lock(tx, sorted({row["person_id"] for row in rows}))
    return {row["id"]: company_key(row["company_name"]) or "" for row in rows}


async def _placed(tx: Tx, item: Item, index: int) -> Outcome:
    try:
        return Outcome(await _converted(tx, item))
    except Refusal as refusal:
        refusal.field = f"leads.{index}.{refusal.field}" if refusal.field else f"leads.{index}"
        raise


async def _alone(tx: Tx, item: Item) -> Outcome:
    """One that is refused leaves no trace, and the others go on."""
    if item.refusal:
        return Outcome(refusal=item.refusal)
    await tx.execute("SAVEPOINT item")
    try:
        done = await _converted(tx, item)
    except Refusal as refusal:
        await tx.execute("ROLLBACK TO SAVEPOINT item")
        return Outcome(refusal=refusal)
    await tx.execute("RELEASE SAVEPOINT item")
    return Outcome(done)


async def _converted(tx: Tx, item: Item) -> Conversion:
    if item.refusal or item.lead_id is None:
        raise item.refusal or TooManyLeads(count=0, most=BATCH)
    return await convert(tx, item.lead_id, item.wish, terms=item.terms)
