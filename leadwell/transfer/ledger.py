"""The row of `imports` that makes an import resumable: how far it has come commits with what it did."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg

from leadwell import events, work
from leadwell.base import mentions
from leadwell.base.actor import Actor
from leadwell.base.ids import uuid7
from leadwell.base.sql import load
from leadwell.base.tx import Database, Tx
from leadwell.transfer import rights, staging
from leadwell.transfer.refusals import ImportElsewhere, ImportHalted, ImportStarted

RESCUE = timedelta(seconds=60)
HALTED = ("READY", "REHEARSING", "CANCELED", "REVERTING", "REVERTED")
READ_BY = ("columns", "encoding", "delimiter")
TURN = (
    "SELECT i.done_rows, i.state, i.actor, i.noun, i.mapping, i.options FROM imports i WHERE i.workspace_id = $1 AND i.id = $2 FOR NO KEY UPDATE")
COUNTS = ("created", "attached", "unchanged", "failed", "conflict")


@dataclass(frozen=True, slots=True)
class Standing:
    """Where an import of this file stands; `done` when every row was read with this mapping before. Rows up to `kept` are kept as they
    came; `whole` when there are no more."""

    id: UUID
    rows: int
    done: bool
    failed: int
    kept: int = 0
    whole: bool = False
    run: int = 1


@dataclass(frozen=True, slots=True)
class Fault:
    """What was wrong with a row; `kept`: it was imported without the bad value."""

    row: int
    column: str
    code: str
    message: str
    kept: bool
    raw: Mapping[str, str]


def row_of(fault: Fault) -> dict[str, Any]:
    """As the table keeps it, with whom it names."""
    seen = [digest.hex() for digest in mentions.named(fault.raw)]
    return {
        "row_number": fault.row, "column_name": fault.column, "code": fault.code, "message": fault.message, "is_kept": fault.kept, "raw": dict(fault.raw),
        "named": seen}


async def mention(tx: Tx, id: UUID, preview: Mapping[str, Any]) -> None:
    """Whom what a dry run said names: as of row 0."""
    sql = "INSERT INTO import_mentions (workspace_id, digest, import_id, row_number) SELECT $1, d, $2, 0 FROM unnest($3::bytea[]) d ON CONFLICT DO NOTHING"
    await tx.execute(sql, tx.workspace, id, mentions.named(preview))


async def forget_faults(tx: Tx, id: UUID) -> None:
    """Of a file that is read anew."""
    await tx.execute("DELETE FROM import_errors e WHERE e.workspace_id = $1 AND e.import_id = $2", tx.workspace, id)
    await tx.execute("DELETE FROM import_mentions m WHERE m.workspace_id = $1 AND m.import_id = $2", tx.workspace, id)


async def begin(tx: Tx, named: tuple[str, str, str], mapping: Mapping[str, str], options: Mapping[str, Any]) -> Standing:
    """The import of a file, `named` (noun, name, digest), in this workspace. The same mapping goes on where it stopped; another one, or one that
    was reverted, reads the file again."""
    now, (noun, name, digest) = await tx.now(), named
    await tx.execute(load(__name__, "begin"), tx.workspace, uuid7(), name[:200], digest, dict(mapping), dict(options), now, noun)
    row = await tx.row(
        "SELECT i.id, i.state, i.run, i.done_rows, i.failed_count, i.total_rows, i.options, i.reverted_by IS NOT NULL AS back, "
        "i.mapping = $3::jsonb AND i.options = $4::jsonb AS same "
        "FROM imports i WHERE i.workspace_id = $1 AND i.noun = $5 AND i.file_hash = $2 FOR NO KEY UPDATE",
        tx.workspace, digest, dict(mapping), dict(options), noun)  # fmt: skip
    assert row is not None
    if row["same"] and row["state"] == "DONE":
        return Standing(row["id"], row["done_rows"], True, row["failed_count"])
    if row["state"] == "REVERTING":
        raise ImportStarted(state="being reverted")
    if not row["same"] or row["state"] == "REVERTED" or row["back"]:
        await forget_faults(tx, row["id"])
        if any(row["options"].get(name) != options.get(name) for name in READ_BY):
            await staging.drop(tx, row["id"])
        await tx.execute(load(__name__, "restart"), tx.workspace, row["id"], dict(mapping), dict(options), now)
        return Standing(row["id"], 0, False, 0, await staging.kept(tx, row["id"]), False, row["run"] + 1)
    sql = "UPDATE imports SET state = 'RUNNING', error = NULL, version = version + 1, updated_at = $3 WHERE workspace_id = $1 AND id = $2"
    await tx.execute(sql, tx.workspace, row["id"], now)
    return Standing(row["id"], row["done_rows"], False, row["failed_count"], await staging.kept(tx, row["id"]), row["total_rows"] is not None, row["run"])


async def take_up(tx: Tx, id: UUID, mapping: Mapping[str, str], options: Mapping[str, Any]) -> Standing:
    """An import asked for beforehand, whose file is read now. ImportStarted when it was canceled meanwhile."""
    sql = "SELECT i.state, i.run, i.done_rows, i.failed_count, i.total_rows FROM imports i WHERE i.workspace_id = $1 AND i.id = $2 FOR NO KEY UPDATE"
    row = await tx.row(sql, tx.workspace, id)
    if row is None or row["state"] != "RUNNING":
        raise ImportStarted(state=row["state"] if row else "gone")
    sql = "UPDATE imports SET mapping = $3, options = $4, version = version + 1, updated_at = $5 WHERE workspace_id = $1 AND id = $2"
    await tx.execute(sql, tx.workspace, id, dict(mapping), dict(options), await tx.now())
    return Standing(id, row["done_rows"], False, row["failed_count"], await staging.kept(tx, id), row["total_rows"] is not None, row["run"])


async def whole(tx: Tx, id: UUID, rows: int) -> None:
    """Every row of the file is kept: from here on a worker takes over whatever this process leaves undone."""
    sql = "UPDATE imports SET total_rows = $3, version = version + 1, updated_at = $4 WHERE workspace_id = $1 AND id = $2"
    now = await tx.now()
    await tx.execute(sql, tx.workspace, id, rows, now)
    await work.put(tx, work.NewJob("transfer", "transfer.import", {"id": str(id)}, key=str(id), run_at=now + RESCUE, priority=work.BULK))


async def turn(tx: Tx, id: UUID, first: int, last: int) -> bool:
    """Whether the rows first..last are ours to do; False when they are done (a commit whose answer was lost). Locks the import. ImportForbidden where
    whoever started it has no right to it any more."""
    row = await tx.row(TURN, tx.workspace, id)
    assert row is not None
    done: int = row["done_rows"]
    if done >= last:
        return False
    if row["state"] in HALTED:
        raise ImportHalted(state=row["state"])
    if done != first - 1:
        raise ImportElsewhere(row=done)
    await rights.still(tx, row)
    return True


async def ours(tx: Tx, id: UUID) -> None:
    """ImportForbidden where whoever asked for an import may not make it any more."""
    row = await tx.row(TURN, tx.workspace, id)
    assert row is not None
    await rights.still(tx, row)


async def advance(tx: Tx, id: UUID, last: int, counts: Mapping[str, int], faults: Sequence[Fault]) -> None:
    """Moves on, in the transaction of the rows themselves."""
    if faults:
        await tx.execute(load(__name__, "keep_faults"), tx.workspace, id, [row_of(fault) for fault in faults])
    await tx.execute(load(__name__, "advance"), tx.workspace, id, last, *(counts.get(name, 0) for name in COUNTS), await tx.now())


async def rehearsed(tx: Tx, id: UUID, rows: int) -> None:
    """How far a dry run has come. ImportHalted when it was canceled meanwhile."""
    sql = "UPDATE imports SET preview = jsonb_build_object('rows', $3::bigint) WHERE workspace_id = $1 AND id = $2 AND state = 'REHEARSING'"
    if not await tx.execute(sql, tx.workspace, id, rows):
        raise ImportHalted(state="CANCELED")


async def finish(tx: Tx, id: UUID, state: str, total: int, error: str | None = None) -> asyncpg.Record:
    """Every row was read, or something stopped it."""
    row = await tx.row(load(__name__, "finish"), tx.workspace, id, state, total if state == "DONE" else None, error, await tx.now())
    assert row is not None
    data = {name: row[f"{name}_count"] for name in COUNTS}
    await events.note(tx, "import.finished" if state == "DONE" else "import.failed", "Import", id, version=row["version"], data=data)
    return row


async def faults_of(db: Database, actor: Actor, id: UUID, page: int = 1000) -> AsyncIterator[list[asyncpg.Record]]:
    """The faults of an import in order, in pages, so that memory stays flat."""
    row, column = 0, ""
    while True:
        async with db.read(actor) as tx:
            found = await tx.fetch(load(__name__, "faults"), tx.workspace, id, row, column, page)
        if not found:
            return
        yield found
        row, column = found[-1]["row_number"], found[-1]["column_name"]
