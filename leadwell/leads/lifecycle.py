"""The life of a lead: which status may follow which, decided without I/O."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from leadwell.base.fixed import fixed
from leadwell.leads.refusals import AlreadyJunk, LeadSealed, NotJunk, TransitionRefused

STATE_OF = {
    "NEW": "OPEN", "WORKING": "OPEN", "NURTURING": "OPEN", "QUALIFIED": "OPEN",
    "CONVERTED": "CONVERTED", "JUNK": "JUNK", "MERGED": "MERGED",
}
SEALED = frozenset({"CONVERTED", "MERGED"})
_OWN_VERB = {"CONVERTED": "convert it instead", "JUNK": "close it as junk instead", "MERGED": "merge it instead"}


@fixed
class Status:
    """A status of a lead pipeline. `next_ids` restricts moves between open statuses; None allows any."""

    id: UUID
    name: str
    type: str
    pipeline_id: UUID
    next_ids: Collection[UUID] | None = None

    @property
    def state(self) -> str:
        return STATE_OF[self.type]


def may_change(state: str) -> None:
    """Nothing changes a converted or merged lead."""
    if state in SEALED:
        raise LeadSealed(state=state.lower())


def may_move(before: Status, after: Status) -> None:
    """A move between two open statuses of one pipeline."""
    may_change(before.state)
    names = {"before": before.name, "after": after.name}
    if before.state == "JUNK":
        raise TransitionRefused(field="status_id", fix="Reopen it first.", why="it is closed", **names)
    if after.state != "OPEN":
        raise TransitionRefused(field="status_id", why=_OWN_VERB[after.type], **names)
    if after.pipeline_id != before.pipeline_id:
        raise TransitionRefused(field="status_id", why="the statuses belong to different pipelines", **names)
    if before.id != after.id and before.next_ids is not None and after.id not in before.next_ids:
        raise TransitionRefused(field="status_id", why="the pipeline does not allow it", **names)


def may_junk(state: str) -> None:
    """Any open lead may be closed as junk, whatever its pipeline allows."""
    may_change(state)
    if state == "JUNK":
        raise AlreadyJunk()


def may_reopen(state: str) -> None:
    """Only junk comes back."""
    may_change(state)
    if state != "JUNK":
        raise NotJunk(state=state.lower())


def moved(before: Status, after: Status, now: datetime) -> dict[str, Any]:
    """The columns a move writes."""
    values: dict[str, Any] = {"status_id": after.id, "state": after.state, "status_since": now}
    if before.state == "OPEN" and after.state != "OPEN":
        values["closed_at"] = now
    if before.state != "OPEN" and after.state == "OPEN":
        values["closed_at"] = None
    return values


def milestones(lead: dict[str, Any], after: Status, now: datetime) -> dict[str, Any]:
    """Dates a lead earns once, by the type of the status it comes into."""
    if after.type == "QUALIFIED" and lead["sales_qualified_at"] is None:
        return {"sales_qualified_at": now}
    return {}
