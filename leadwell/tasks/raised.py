"""What a contact who asks to be spoken to leaves with their owner, where the workspace wants a task instead of a lead."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from leadwell import events
from leadwell.base.ids import uuid7
from leadwell.base.sql import load
from leadwell.base.tx import Tx


@dataclass(frozen=True, slots=True)
class Raised:
    """A hand raised: who asked when, what they wrote, and who shall answer."""

    contact_id: UUID
    person_id: UUID
    assignee_id: UUID | None
    body: str | None
    raised_at: datetime
    id: UUID = field(default_factory=uuid7)


async def answer_to(tx: Tx, asked: Sequence[Raised], writes: Tx) -> dict[UUID, UUID]:
    """The open task of each contact: the one they had from asking before, or a new one, due now. The caller holds the locks of the people."""
    if not asked:
        return {}
    first = {one.contact_id: asdict(one) for one in reversed(asked)}
    for one in asked:
        first[one.contact_id]["raised_at"] = max(first[one.contact_id]["raised_at"], one.raised_at)
    found = await tx.fetch(load(__name__, "raised"), tx.workspace, [first[id] for id in sorted(first)], await tx.now())
    people = {one.contact_id: one.person_id for one in asked}
    await events.note_all(writes, [_event(row, people[row["contact_id"]]) for row in found])
    return {row["contact_id"]: row["id"] for row in found}


def _event(row: Any, person_id: UUID) -> events.Event:
    if row["before"] is None:
        return events.Event("task.created", "Task", row["id"], person_id, row["version"], {"title": row["title"], "assignee_id": row["assignee_id"]})
    changes = {"raised_at": [row["before"].isoformat(), row["after"].isoformat()]}
    return events.Event("task.updated", "Task", row["id"], person_id, row["version"], {"changes": changes})
