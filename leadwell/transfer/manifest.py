"""What an import made and changed, packed batch by batch beside its progress: what its revert works from."""

import zlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from leadwell.base.actor import Actor
from leadwell.base.tx import Database, Tx

PACKS = (
    "SELECT c.run, c.first_row, c.packed, c.created_at FROM import_changes c WHERE c.workspace_id = $1 AND c.import_id = $2 "
    "ORDER BY c.run DESC, c.first_row DESC LIMIT 1"
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One record that a row made (CREATED), joined (ATTACHED) or changed; `changes` are {field: [before, after]} as JSON."""

    row: int
    action: str
    noun: str
    id: UUID
    changes: dict[str, list[Any]]
    more: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Sheet:
    """The entries of a batch, the last one first, and when it was committed."""

    run: int
    first: int
    at: datetime
    entries: list[Entry]


async def keep(tx: Tx, id: UUID, run: int, first: int, entries: Sequence[Entry]) -> None:
    """In the transaction of the rows themselves."""
    if entries:
        plain = orjson.dumps([(e.row, e.action, e.noun, e.id, e.changes, e.more) for e in entries], default=str)
        sql = "INSERT INTO import_changes (workspace_id, import_id, run, first_row, packed, created_at) VALUES ($1, $2, $3, $4, $5, $6)"
        await tx.execute(sql, tx.workspace, id, run, first, zlib.compress(plain, 1), await tx.now())


async def sheets(db: Database, actor: Actor, id: UUID) -> AsyncIterator[Sheet]:
    """From the last to the first; whoever takes one back drops it in the same transaction, so that the next one comes."""
    while True:
        async with db.read(actor) as tx:
            row = await tx.row(PACKS, tx.workspace, id)
        if row is None:
            return
        kept: list[Any] = orjson.loads(zlib.decompress(row["packed"]))
        entries = [Entry(number, action, noun, UUID(id), changes, more) for number, action, noun, id, changes, more in reversed(kept)]
        yield Sheet(row["run"], row["first_row"], row["created_at"], entries)


async def drop(tx: Tx, id: UUID, sheet: Sheet) -> bool:
    """False when somebody else has taken it back meanwhile."""
    sql = "DELETE FROM import_changes WHERE workspace_id = $1 AND import_id = $2 AND run = $3 AND first_row = $4"
    return bool(await tx.execute(sql, tx.workspace, id, sheet.run, sheet.first))
