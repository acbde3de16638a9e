"""What other currencies are worth, from a day on, and what amounts then come to in the workspace's."""

from datetime import date
from uuid import UUID

from leadwell import events
from leadwell.base.identity.currencies import CODES
from leadwell.base.identity.money import minor_digits
from leadwell.base.ids import uuid7
from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.base.workspace import workspace_facts
from leadwell.deals.refusals import BadDealField

MOST = 1e9
SAID = (
    "SELECT r.rate FROM exchange_rates r WHERE r.workspace_id = $1 AND r.base = $2 AND r.currency = $3 AND r.from_on = $4 AND r.archived_at IS NULL")


async def set_rate(tx: Tx, currency: str, rate: float, from_on: date | None = None) -> UUID:
    """What one unit of a currency is worth in the workspace's from a day on (None: today); said again for the same day, it is corrected. Open deals and
    what was closed or bought while the rate holds get new base amounts. BadDealField."""
    code, facts = currency.strip().upper(), await workspace_facts(tx)
    if code not in CODES or code == facts.currency:
        why = "it is the workspace's own" if code == facts.currency else "it is no currency of ISO 4217"
        raise BadDealField(field="currency", name="currency", value=currency[:20], why=why)
    if not 1 / MOST < rate < MOST:
        raise BadDealField(field="rate", name="rate", value=str(rate), why="it is not a number above zero")
    on, now = from_on or facts.today(await tx.now()), await tx.now()
    factor = rate * 10.0 ** (minor_digits(facts.currency) - minor_digits(code))
    await tx.execute("SELECT pg_advisory_xact_lock(hashtextextended('exchange_rates' || $1::uuid::text, 0))", tx.workspace)
    before = await tx.value(SAID, tx.workspace, facts.currency, code, on)
    row = await tx.row(load(__name__, "set_rate"), tx.workspace, uuid7(), code, facts.currency, on, rate, factor, now)
    assert row is not None, "an upsert returns its row"
    await rebase(tx, code)
    data = {"currency": code, "base": facts.currency, "from_on": on.isoformat(), "rate": rate, "changes": {"rate": [before, rate]}}
    await events.note(tx, "exchangeRate.set", "ExchangeRate", row["id"], version=row["version"], data=data)
    return row["id"]


async def rebase(tx: Tx, currency: str | None = None) -> None:
    """Reckons base amounts anew, of one currency or (None) of all; no version changes, as they are derived."""
    facts = await workspace_facts(tx)
    today = facts.today(await tx.now())
    await tx.execute(load(__name__, "rebase_deals"), tx.workspace, facts.currency, currency, today, facts.time_zone)
    await tx.execute(load(__name__, "rebase_purchases"), tx.workspace, facts.currency, currency, facts.time_zone)
