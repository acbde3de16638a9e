"""Goes on with an import whose process died after it had kept every row of its file; the file itself is not needed."""

from dataclasses import replace
from uuid import UUID

import asyncpg

from leadwell.base.actor import Actor
from leadwell.base.tx import Database, Tx
from leadwell.transfer.batches import Plan
from leadwell.transfer.extras import NONE, extras_of
from leadwell.transfer.ledger import RESCUE, ImportElsewhere, ImportHalted
from leadwell.transfer.mapping import IGNORE, map_columns
from leadwell.transfer.options import ImportOptions, prepare
from leadwell.transfer.passage import Passage
from leadwell.transfer.refusals import ImportForbidden


async def resume(db: Database, actor: Actor, id: UUID, *, asked: bool = False) -> bool:
    """Takes in what is left, at once where it was `asked` for. False while somebody else is at it; an import that has ended, or whose rows
    are not all kept, is left alone."""
    async with db.read(actor) as tx:
        row = await _standing(tx, id)
    if row is None or row["state"] != "RUNNING" or row["total_rows"] is None:
        return True
    if row["is_moving"] and not asked:
        return False
    way = Passage(db, actor, id, await db.run(actor, lambda tx: _plan(tx, row, id), replayable=True), row["done_rows"])
    try:
        await way.go(row["total_rows"], lambda done, total: None)
    except ImportElsewhere:
        return False
    except ImportHalted:
        return True
    except Exception as fault:
        await way.stopped(fault)
        if isinstance(fault, ImportForbidden):
            return True
        raise
    await way.finish()
    return True


async def _standing(tx: Tx, id: UUID) -> asyncpg.Record | None:
    return await tx.row(
        "SELECT i.state, i.run, i.noun, i.total_rows, i.done_rows, i.mapping, i.options, i.updated_at > $3 AS is_moving FROM imports i "
        "WHERE i.workspace_id = $1 AND i.id = $2",
        tx.workspace, id, await tx.now() - RESCUE)  # fmt: skip


async def _plan(tx: Tx, row: asyncpg.Record, id: UUID) -> Plan:
    """The plan the import began with, from what it kept."""
    columns: list[str] = row["options"]["columns"]
    extras = (await extras_of(tx)).get(row["noun"], NONE)
    mapped = map_columns(columns, {column: row["mapping"].get(column, IGNORE) for column in columns}, row["noun"], extras)
    return replace(await prepare(tx, mapped, ImportOptions.of(row["options"], row["noun"])), id=id, run=row["run"])
