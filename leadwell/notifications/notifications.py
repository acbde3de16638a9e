"""Tells users what concerns them, once per event, and keeps what they have seen."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from leadwell.base.ids import uuid7
from leadwell.base.sql import load
from leadwell.base.tx import Tx

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
    loud = [event for event in events if not event["data"].get("quiet")]
    leads = [event["record_id"] if event["noun"] == "Lead" else None for event in loud]
    tasks = [event["data"].get("task_id") for event in loud]
    actors = [event["actor"] for event in loud]
    return await tx.execute(load(__name__, "tell_owners"), tx.workspace, [uuid7() for _ in loud], leads, tasks, actors, await tx.now())


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
    return await tx.execute(load(__name__, "mark_read"), tx.workspace, user, None if ids is None else list(ids), await tx.now())
