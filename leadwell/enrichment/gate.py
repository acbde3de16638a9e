"""Whether a provider may be asked now: rate, circuit breaker, credits of the month. Pure; times are the database's."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Literal

from leadwell.enrichment.asking import Answer

FAILURES, PAUSE, LONGEST_PAUSE, TRIAL = 5, timedelta(minutes=1), timedelta(hours=1), timedelta(seconds=90)
REFUSED = ("Its credits of the month are spent.", "It failed too often and is left alone for a while.")
Breaker = Literal["CLOSED", "OPEN", "HALF_OPEN"]


@dataclass(frozen=True, slots=True)
class Price:
    """What a provider may be asked, by its settings."""

    per_minute: int
    cost: int
    charges_misses: bool
    monthly_budget: int | None

    def of(self, answer: Answer) -> int:
        """The credits an answer costs."""
        charged = answer.state in ("FOUND", "REJECTED") or (answer.state == "MISS" and self.charges_misses)
        return self.cost if charged else 0


@dataclass(frozen=True, slots=True)
class Gate:
    """Where a provider stands."""

    tokens: float
    refilled_at: datetime
    month: date
    breaker: Breaker = "CLOSED"
    failures: int = 0
    until: datetime | None = None
    reason: str | None = None
    spent: int = 0


@dataclass(frozen=True, slots=True)
class Verdict:
    """Asked, or not: `wait` for a free moment, or `skip` with a reason until a time."""

    asked: bool = False
    wait: timedelta | None = None
    skip: str | None = None
    until: datetime | None = None


def admit(gate: Gate, price: Price, held: int, now: datetime, month: date) -> tuple[Gate, Verdict]:
    """One question, if it may be: takes a token, and lets one through a breaker whose pause is over."""
    gate = replace(gate, month=month, spent=gate.spent if gate.month == month else 0)
    if gate.breaker != "CLOSED" and gate.until and now < gate.until:
        if gate.breaker == "HALF_OPEN":
            return gate, Verdict(wait=gate.until - now)
        return gate, Verdict(skip=REFUSED[1], until=gate.until)
    if price.monthly_budget is not None and gate.spent + held + price.cost > price.monthly_budget:
        return gate, Verdict(skip=REFUSED[0], until=_next_month(now))
    passed = max(0.0, (now - gate.refilled_at).total_seconds())
    tokens = min(float(price.per_minute), gate.tokens + passed * price.per_minute / 60)
    gate = replace(gate, tokens=tokens, refilled_at=max(now, gate.refilled_at))
    if tokens < 1:
        return gate, Verdict(wait=timedelta(seconds=(1 - tokens) * 60 / price.per_minute))
    gate = replace(gate, tokens=tokens - 1)
    return (replace(gate, breaker="HALF_OPEN", until=now + TRIAL) if gate.breaker != "CLOSED" else gate), Verdict(asked=True)


def after(gate: Gate, answer: Answer, credits: int, now: datetime) -> Gate:
    """The gate once an answer is there: credits spent; failures of the provider count up, anything else closes the breaker."""
    gate = replace(gate, spent=gate.spent + credits)
    if answer.state != "FAILED":
        return replace(gate, breaker="CLOSED", failures=0, until=None, reason=None)
    if not answer.ours:
        return replace(gate, breaker="CLOSED", until=None) if gate.breaker == "HALF_OPEN" else gate
    failures, asked = gate.failures + 1, timedelta(seconds=min(answer.after_s or 0, 86_400))
    if failures < FAILURES and gate.breaker == "CLOSED" and not answer.final and not asked:
        return replace(gate, failures=failures, reason=answer.reason)
    pause = min(LONGEST_PAUSE, PAUSE * 2 ** min(max(failures - FAILURES, 0), 10))
    return replace(gate, breaker="OPEN", failures=failures, until=now + max(pause, asked), reason=answer.reason)


def _next_month(now: datetime) -> datetime:
    return (now.replace(day=1, hour=0, minute=0, second=0, microsecond=0) + timedelta(days=32)).replace(day=1)
