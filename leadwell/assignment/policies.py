"""Response policies as clocks use them: minutes, the calendar they count in, and what follows when nobody answers."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from leadwell import calendars
from leadwell.base.refusals import Refusal
from leadwell.base.tx import Tx

ALL = """SELECT p.id, p.first_minutes, p.next_minutes, p.escalate_to_id, p.notify_owner, p.make_task, p.reassign,
p.is_default AND p.archived_at IS NULL AS chief,
p.archived_at IS NULL AS live, c.time_zone, c.weekly, c.holidays
FROM response_policies p LEFT JOIN calendars c ON c.workspace_id = $1 AND c.id = p.calendar_id WHERE p.workspace_id = $1"""


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy with its calendar read; without one every hour counts."""

    id: UUID
    first_minutes: int
    next_minutes: int | None
    calendar: calendars.Calendar | None = None
    escalate_to_id: UUID | None = None
    notify_owner: bool = True
    make_task: bool = False
    reassign: bool = False

    def minutes(self, kind: str) -> int:
        """To the first answer, or to the next where the policy says so."""
        return (self.next_minutes or self.first_minutes) if kind == "NEXT" else self.first_minutes

    def due(self, kind: str, since: datetime) -> datetime:
        return calendars.after(self.calendar, since, timedelta(minutes=self.minutes(kind)))


@dataclass(frozen=True, slots=True)
class Policies:
    """Every policy of a workspace, those put away too: clocks that run keep theirs."""

    by_id: Mapping[UUID, Policy]
    live: frozenset[UUID]
    chief: Policy | None

    def of_queue(self, policy_id: UUID | None) -> Policy | None:
        """The one a queue names, else the default one."""
        return self.by_id[policy_id] if policy_id is not None and policy_id in self.live else self.chief


async def policies(tx: Tx) -> Policies:
    rows = await tx.fetch(ALL, tx.workspace)
    found = {row["id"]: _policy(row) for row in rows}
    chief = next((found[row["id"]] for row in rows if row["chief"]), None)
    return Policies(found, frozenset(row["id"] for row in rows if row["live"]), chief)


def _policy(row: Any) -> Policy:
    calendar: calendars.Calendar | None = None
    if row["time_zone"] is not None:
        try:
            calendar = calendars.read(str(row["time_zone"]), row["weekly"], row["holidays"])
        except Refusal:   # its zone has left the world's list: every hour counts rather than none
            calendar = None
    return Policy(
        row["id"], row["first_minutes"], row["next_minutes"], calendar, row["escalate_to_id"], row["notify_owner"], row["make_task"], row["reassign"])
