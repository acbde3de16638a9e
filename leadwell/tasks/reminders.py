"""Reminds whoever has a task or meeting, once, at the time set, by the workspace's clock."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from leadwell import notifications, work
from leadwell.base.sql import load
from leadwell.base.tx import Tx


async def plan(tx: Tx, task_id: UUID, at: datetime | None) -> None:
    """Puts the reminder for that time. One planned before finds another time on the task when it comes, and says nothing."""
    if at is not None:
        key = f"{task_id}:{at.timestamp():.6f}"
        await work.put(tx, work.NewJob("upkeep", "upkeep.remind", {"task_id": str(task_id), "at": at.isoformat()}, key=key, run_at=at))


async def remind(tx: Tx, planned: Sequence[Mapping[str, Any]]) -> int:
    """Tells the assignee of each task, and the users invited to each meeting, that is still to come and still to be reminded of at that time."""
    ids, times = [UUID(one["task_id"]) for one in planned], [datetime.fromisoformat(one["at"]) for one in planned]
    rows = await tx.fetch(load(__name__, "reminded"), tx.workspace, ids, times)
    return await notifications.tell(tx, [
        notifications.Telling(row["user_id"], "MEETING_REMINDER" if row["state"] == "SCHEDULED" else "TASK_REMINDER", row["title"], "Task", row["id"])
        for row in rows
    ])  # fmt: skip
