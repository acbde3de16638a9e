"""Speed to lead: how long people who ask to be spoken to wait for the first answer, by source, owner and hour."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from leadwell.assignment.refusals import BadPeriod
from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.base.workspace import workspace_facts

LONGEST = timedelta(days=732)
# What a group is called by, in SQL: the source of the lead, who answered or else has it, the hour of the day in the workspace's zone.
GROUPS: Mapping[str, str] = {
    "NONE": "NULL::text", "SOURCE": "l.source_id::text", "OWNER": "coalesce(c.met_by_id, l.owner_id, k.owner_id)::text",
    "HOUR": "extract(hour FROM c.raised_at AT TIME ZONE $5)::int::text",
}


@dataclass(frozen=True, slots=True)
class Speed:
    """A group: how many asked, were answered, wait, and were not answered in time; percentiles in seconds over those answered."""

    key: str | None
    asked: int
    answered: int
    waiting: int
    overdue: int
    p50_s: float | None
    p90_s: float | None
    business_p50_s: float | None
    business_p90_s: float | None

    @property
    def record_id(self) -> UUID | None:
        """The source or user it is about."""
        return UUID(self.key) if self.key and len(self.key) == 36 else None


async def speed_to_lead(tx: Tx, since: datetime, until: datetime, by: str = "NONE", owners: Sequence[UUID] | None = None) -> list[Speed]:
    """First answers to people who asked in that time, of leads of these `owners` (None: all), the largest group first. What was given on counts once, from
    when they asked. BadPeriod."""
    if not timedelta(0) < until - since <= LONGEST:
        raise BadPeriod(field="until", why="it ends before it begins" if until <= since else "it is longer than two years")
    args: list[Any] = [since, until, owners]
    if by == "HOUR":
        args.append((await workspace_facts(tx)).time_zone)
    rows = await tx.fetch(load(__name__, "speed").replace("{group}", GROUPS[by]), tx.workspace, *args)
    return [Speed(**row) for row in rows]
