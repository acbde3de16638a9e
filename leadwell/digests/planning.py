"""Who wants a digest, when one is due, and what became of it."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg

from leadwell import events, work
from leadwell.base import secrets
from leadwell.base.ids import uuid7
from leadwell.base.refusals import Refusal
from leadwell.base.rows import Revision, locked, revise
from leadwell.base.sql import load
from leadwell.base.tx import Tx

PURPOSE = "digest"
MOST = 50        # notifications that one mail tells; it says how many more there are
ATTEMPTS = 20
OLDEST = timedelta(days=7)
NEW = """INSERT INTO digests (workspace_id, id, user_id, day, at, message_id, mail_state)
VALUES ($1, $2, $3, $4, $5, $6, 'EMPTY') ON CONFLICT (workspace_id, user_id, day) DO NOTHING RETURNING id"""
TAKEN = """UPDATE notifications SET digest_id = $3
WHERE workspace_id = $1 AND user_id = $2 AND read_at IS NULL AND digest_id IS NULL AND created_at > $4"""
PLANNED = "UPDATE digests SET mail_state = 'PLANNED' WHERE workspace_id = $1 AND id = $2"
UNREAD = """SELECT n.title, n.created_at, count(*) OVER () AS all FROM notifications n
WHERE n.workspace_id = $1 AND n.user_id = $2 AND n.digest_id = $3 AND n.read_at IS NULL ORDER BY n.created_at DESC, n.id DESC LIMIT $4"""


class BadHour(Refusal):
    """{hour} is no hour of the day."""

    fix = "Give one from 0 to 23, or null for no digest."


@dataclass(frozen=True, slots=True)
class Digest:
    """What the link in a digest names: whose it is."""

    workspace: UUID
    user_id: UUID

    def token(self) -> str:
        return secrets.sign(PURPOSE, self.workspace.bytes + self.user_id.bytes)


def read_digest(token: str) -> Digest:
    """What the token names; BadToken when it was not made by us."""
    raw = secrets.verify(PURPOSE, token[:300])
    if len(raw) != 32:
        raise secrets.BadToken()
    return Digest(UUID(bytes=raw[:16]), UUID(bytes=raw[16:]))


async def wish(tx: Tx, user_id: UUID, hour: int | None) -> Revision:
    """From when on a user gets a digest each day, in their zone; None: none. BadHour, NotFound."""
    if hour is not None and not 0 <= hour <= 23:
        raise BadHour(field="hour", hour=hour)
    revision = await revise(tx, "user", "users", await locked(tx, "user", "users", user_id), {"digest_hour": hour})
    await events.revised(tx, "user.updated", "User", user_id, revision)
    return revision


async def stop(tx: Tx, user_id: UUID) -> None:
    """The user wants no more of them; said again it stays so."""
    await wish(tx, user_id, None)


async def plan(tx: Tx) -> int:
    """Plans the digests whose hour has come, each user's once a day of theirs, with what is unread and was told in none before; returns how many have
    something to tell."""
    now, planned = await tx.now(), 0
    for row in await tx.fetch(load(__name__, "due"), tx.workspace, now):
        id = uuid7()
        made = await tx.value(NEW, tx.workspace, id, row["user_id"], row["day"], now, f"<{id.hex}@digest.leadwell>")
        if made and await tx.execute(TAKEN, tx.workspace, row["user_id"], id, now - OLDEST):
            planned += 1
            await tx.execute(PLANNED, tx.workspace, id)
            await work.put(tx, work.NewJob("deliver", "deliver.digest", {"id": str(id)}, key=str(id), max_attempts=ATTEMPTS))
    return planned


async def shown(tx: Tx, id: UUID) -> tuple[asyncpg.Record, list[Any]] | None:
    """A digest, and what of it is still unread; None: it is gone."""
    row = await tx.row(load(__name__, "shown"), tx.workspace, id)
    if row is None:
        return None
    return row, list(await tx.fetch(UNREAD, tx.workspace, row["user_id"], id, MOST))


async def settled(tx: Tx, id: UUID, state: str, reply: str | None) -> None:
    """What became of a planned one."""
    await tx.execute(
        "UPDATE digests SET mail_state = $3, reply = $4 WHERE workspace_id = $1 AND id = $2 AND mail_state = 'PLANNED'",
        tx.workspace, id, state, reply and reply[:1000])
