"""The rows of a file as they came: packed and committed before anything is made of them, and found again by their number."""

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from typing import Any
from uuid import UUID

import orjson

from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.transfer.rows import Row

BATCH = 1_000
KEPT = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Pack:
    """Rows first..last of a file."""

    first: int
    last: int
    packed: bytes


def packs(rows: Iterator[Row], done: int) -> Iterator[Pack]:
    """The rows after `done`, BATCH to a pack."""
    for row in rows:
        if row.number > done:
            yield pack([row, *islice(rows, BATCH - 1)])


def pack(rows: Sequence[Row]) -> Pack:
    """The weakest compression: it halves the time of the next level up and comes to a third of the size all the same."""
    plain = orjson.dumps([row[1:] for row in rows])
    return Pack(rows[0].number, rows[-1].number, zlib.compress(plain, 1))


def unpack(first: int, packed: bytes) -> list[Row]:
    kept: list[Any] = orjson.loads(zlib.decompress(packed))
    return [Row(number, line, cells, fault) for number, (line, cells, fault) in enumerate(kept, first)]


async def keep(tx: Tx, id: UUID, found: Sequence[Pack]) -> None:
    """Another process that reads the same file keeps the same packs."""
    await tx.execute(
        load(__name__, "keep_rows"), tx.workspace, id, [p.first for p in found], [p.last for p in found], [p.packed for p in found], await tx.now())


async def kept(tx: Tx, id: UUID) -> int:
    """The number of the last row that is kept; 0 before the first."""
    sql = "SELECT r.last_row FROM import_rows r WHERE r.workspace_id = $1 AND r.import_id = $2 ORDER BY r.first_row DESC LIMIT 1"
    return await tx.value(sql, tx.workspace, id) or 0


async def after(tx: Tx, id: UUID, done: int) -> list[Row]:
    """The rest of the pack that begins at row `done` + 1 or has it inside; empty at the end."""
    row = await tx.row(load(__name__, "rows_from"), tx.workspace, id, done + 1)
    return [one for one in unpack(row["first_row"], row["packed"]) if one.number > done] if row else []


async def raw(tx: Tx, id: UUID, number: int) -> Row | None:
    """One row as it came; None when it is no longer kept."""
    return next((row for row in await after(tx, id, number - 1) if row.number == number), None)


async def drop(tx: Tx, id: UUID) -> None:
    """The file is to be read again, in another way."""
    await tx.execute("DELETE FROM import_rows WHERE workspace_id = $1 AND import_id = $2", tx.workspace, id)


async def forget(tx: Tx) -> int:
    """Ends the keeping of rows whose import was finished KEPT ago; returns how many packs went."""
    from leadwell.transfer import exports

    await exports.forget(tx)
    return await tx.execute(load(__name__, "forget_rows"), tx.workspace, await tx.now() - KEPT)
