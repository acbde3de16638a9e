"""Tells users what concerns them, once per event, and keeps what they have seen."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from leadwell.base.ids import uuid7
from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.events import Event, hushed, note, note_all

MOST = 100


@dataclass(frozen=True, slots=True)
class Notification:
    """One thing a user should see; `noun` and `record_id` say what to open."""

    id: UUID
    kind: str
    title: str
    noun: str | None
    record_id: UUID | None
    read_at: datetime | None
    created_at: datetime


async def tell_owners(tx: Tx, events: Sequence[Any]) -> int:
    """One notification per hand raised, for the owner of the lead or whose task it is, unless it was they who wrote it down; returns how many."""
    loud = [event for event in events if not hushed(event["data"], "NOTIFICATIONS")]
    leads = [event["record_id"] if event["noun"] == "Lead" else None for event in loud]
    tasks = [event["data"].get("task_id") for event in loud]
    actors = [event["actor"] for event in loud]
    rows = await tx.fetch(load(__name__, "tell_owners"), tx.workspace, [uuid7() for _ in loud], leads, tasks, actors, await tx.now())
    await note_all(tx, [Event("notification.created", "Notification", row["id"], data={"user_id": row["user_id"], "kind": "HAND_RAISED"}) for row in rows])
    return len(rows)


@dataclass(frozen=True, slots=True)
class Telling:
    """What a user is to see: one line, and the record to open."""

    user_id: UUID
    kind: str
    title: str
    noun: str
    record_id: UUID


async def tell(tx: Tx, told: Sequence[Telling]) -> int:
    """One notification each; returns how many."""
    rows = [{"id": uuid7(), **asdict(one)} for one in told]
    if rows:
        await tx.execute(load(__name__, "tell"), tx.workspace, rows, await tx.now())
        await note_all(tx, [Event("notification.created", "Notification", row["id"], data={"user_id": row["user_id"], "kind": row["kind"]}) for row in rows])
    return len(rows)


async def of_user(tx: Tx, user: UUID, first: int, *, only_unread: bool = False) -> list[Notification]:
    """The user's newest, at most MOST."""
    rows = await tx.fetch(load(__name__, "of_user"), tx.workspace, user, only_unread, min(first, MOST))
    return [Notification(**row) for row in rows]


async def unread(tx: Tx, user: UUID) -> int:
    """How many the user has not read."""
    sql = "SELECT count(*) FROM notifications n WHERE n.workspace_id = $1 AND n.user_id = $2 AND n.read_at IS NULL"
    return await tx.value(sql, tx.workspace, user)


async def mark_read(tx: Tx, user: UUID, ids: Sequence[UUID] | None = None) -> int:
    """Notes that the user has seen these, or all; returns how many they had not seen before. Those of others stay as they are."""
    marked = await tx.execute(load(__name__, "mark_read"), tx.workspace, user, None if ids is None else list(ids), await tx.now())
    if marked:
        await note(tx, "notification.read", "User", user, data={"user_id": user, "count": marked})
    return marked
