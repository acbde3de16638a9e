"""Tells what waits and why, and how much mail somebody has had."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from leadwell.base.refusals import NotFound
from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.calendars import zone_of
from leadwell.pressure.holding import REASONS, Timing, rested
from leadwell.pressure.rules import TOUCHES, read_rules

MOST = 100_000      # mails looked at for a queue
By = Literal["SENDER", "DOMAIN", "SEQUENCE"]
OTHERS = {"RETRY": "Waiting: the mail server said to come again later.", "OUTBOUND_HELD": "Waiting: this copy of the database is silent."}


@dataclass(frozen=True, slots=True)
class Waiting:
    """Mails of one sender, domain or sequence that wait for one `reason`, or (None) are due. Times are of the first and the last of them."""

    key: str
    sequence_id: UUID | None
    reason: str | None
    waiting: int
    next_at: datetime | None
    last_at: datetime | None

    @property
    def explanation(self) -> str:
        if self.reason is None:
            return "Due: a worker will send it."
        return REASONS.get(self.reason) or OTHERS.get(self.reason, "Waiting.")


@dataclass(frozen=True, slots=True)
class Cap:
    """How much of a cap is used, and since when it counts."""

    most: int
    days: int
    used: int
    free_at: datetime | None


@dataclass(frozen=True, slots=True)
class Pressure:
    """Mail somebody has had: the latest first, what is left of the caps, and when the next may come: `reason` None means now."""

    touches: Sequence[datetime]
    time_zone: str
    person_cap: Cap | None
    company_cap: Cap | None
    quiet_until: datetime | None
    waiting: int
    next_at: datetime
    reason: str | None


async def queue(tx: Tx, by: By) -> list[Waiting]:
    """Largest crowd first."""
    rows = await tx.fetch(load(__name__, "queue"), tx.workspace, by, MOST, await tx.now())
    return [Waiting(**dict(row)) for row in rows]


async def pressure_of(tx: Tx, person_id: UUID) -> Pressure:
    """NotFound for nobody. The next mail is one of a sequence with the workspace's own window."""
    standing = await read_rules(tx)
    rules, now = standing.rules, standing.now
    back = max(rules.looks_back, timedelta(days=7))
    company = rules.company or (0, timedelta(0))
    row = await tx.row(load(__name__, "person"), tx.workspace, person_id, now - back, now - company[1], list(TOUCHES), now)
    if row is None:
        raise NotFound(noun="person", field="personId")
    zone = zone_of(row["person_zone"], row["company_zone"], rules.zone.key)
    touches = list(row["person_touches"])
    counted = [at for at in touches if rules.person and at > now - rules.person[1]]
    timing = Timing(person_id, "SEQUENCE", zone=zone, company_id=row["company_id"], person_touches=counted or touches[:1],
                    company_touches=list(row["company_touches"]))
    rest = rested(timing, rules, now)
    quiet = touches[0] + rules.quiet if touches and rules.quiet else None
    return Pressure(
        touches, zone.key, _cap(counted, rules.person, now), _cap(row["company_touches"], rules.company, now) if row["company_id"] else None,
        quiet if quiet and quiet > now else None, row["waiting"], rest.until if rest else now, rest.reason if rest else None)


def _cap(touches: Sequence[datetime], cap: tuple[int, timedelta] | None, now: datetime) -> Cap | None:
    if cap is None:
        return None
    most, span = cap
    return Cap(most, span.days, len(touches), touches[most - 1] + span if len(touches) >= most else now)
