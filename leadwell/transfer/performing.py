"""What a worker does for an import of an upload: unpacks it to disk, and takes it in or rehearses it as the command line does."""

import asyncio
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg

from leadwell.base.actor import Actor
from leadwell.base.refusals import Refusal
from leadwell.base.tx import Database, Tx
from leadwell.transfer import decoding, ledger, uploads
from leadwell.transfer.extras import NONE, extras_of
from leadwell.transfer.imports import ImportResult, Run, rows_of
from leadwell.transfer.mapping import IGNORE, map_columns
from leadwell.transfer.options import ImportOptions
from leadwell.transfer.refusals import NoSuchUpload

ROW = "SELECT i.noun, i.name, i.mapping, i.options, i.state, i.upload_id, i.actor, i.total_rows FROM imports i WHERE i.workspace_id = $1 AND i.id = $2"


async def perform(db: Database, workspace: UUID, id: UUID) -> bool:
    """Takes in an upload; False when there is nothing to read because its rows are kept already (`resume` goes on then)."""
    row = await _row(db, workspace, id)
    if row is None or row["state"] != "RUNNING":
        return True
    if row["total_rows"] is not None or row["upload_id"] is None:
        return False
    actor = acting(workspace, row["actor"])
    try:
        await _through(db, actor, id, row, dry=False)
    except Refusal as refusal:
        if not refusal.retryable:
            await db.run(actor, lambda tx, why=refusal.message: _failed(tx, id, why), replayable=True)
            return True
        raise
    await db.run(actor, lambda tx: uploads.drop(tx, row["upload_id"]), replayable=True)
    return True


async def rehearse(db: Database, workspace: UUID, id: UUID) -> None:
    """A dry run; its counts, conflicts and effects go to `preview`."""
    row = await _row(db, workspace, id)
    if row is None or row["state"] != "REHEARSING":
        return
    actor = acting(workspace, row["actor"])
    try:
        preview = _told(await _through(db, actor, id, row, dry=True))
    except Refusal as refusal:
        if refusal.retryable:
            raise
        preview = {"error": refusal.as_dict()}
    sql = "UPDATE imports SET state = 'READY', preview = $3, version = version + 1, updated_at = $4 WHERE workspace_id = $1 AND id = $2 AND state = $5"

    async def write(tx: Tx) -> None:
        await tx.execute(sql, tx.workspace, id, preview, await tx.now(), "REHEARSING")
        await ledger.mention(tx, id, preview)

    await db.run(actor, write, replayable=True)


def acting(workspace: UUID, text: str) -> Actor:
    """Whoever asked for it."""
    kind, _, id = text.partition(":")
    known: Any = kind if kind in ("USER", "KEY") and id else "SYSTEM"
    return Actor(workspace, known, UUID(id) if known != "SYSTEM" else None, credential=text if known != "SYSTEM" else None)


async def _row(db: Database, workspace: UUID, id: UUID) -> asyncpg.Record | None:
    async with db.read(Actor.system(workspace)) as tx:
        return await tx.row(ROW, tx.workspace, id)


async def _through(db: Database, actor: Actor, id: UUID, row: asyncpg.Record, *, dry: bool) -> ImportResult:
    with _folder() as folder:
        path = await uploads.to_disk(db, actor, row["upload_id"], folder, row["name"])
        if not path.stat().st_size:
            raise NoSuchUpload(field="upload")
        options = ImportOptions.of(row["options"], row["noun"])
        source = await asyncio.to_thread(decoding.inspect, path, options.encoding)
        with decoding.lines(source) as lines:
            rows = await asyncio.to_thread(rows_of, source, lines, options.delimiter)
            told = {column: row["mapping"].get(column, IGNORE) for column in rows.columns}
            async with db.read(actor) as tx:
                extras = (await extras_of(tx)).get(row["noun"], NONE)
            run = Run(db, actor, source, map_columns(rows.columns, told, row["noun"], extras), options, lambda done, total: None, asked=id)
            return await run.dry(rows) if dry else await run.real(rows)


@contextmanager
def _folder() -> Generator[str]:
    with tempfile.TemporaryDirectory(prefix="leadwell-import-") as folder:
        yield str(Path(folder))


async def _failed(tx: Tx, id: UUID, message: str) -> None:
    state = await tx.value("SELECT i.state FROM imports i WHERE i.workspace_id = $1 AND i.id = $2", tx.workspace, id)
    if state == "RUNNING":
        await ledger.finish(tx, id, "FAILED", 0, message[:1000])


def _told(result: ImportResult) -> dict[str, Any]:
    names = ("rows", "created", "attached", "unchanged", "failed", "flawed", "conflict", "hints", "effects", "encoding", "doubt", "ignored")
    facts = asdict(result)
    return {name: facts[name] for name in names}
