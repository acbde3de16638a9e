"""How far imports, exports and changes of many records have come, as whoever asks may see them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg

from leadwell.access import Viewer
from leadwell.base.ids import BadId, decode_id
from leadwell.base.tx import Tx
from leadwell.catalog import CATALOG, rows_by
from leadwell.transfer.ledger import COUNTS


@dataclass(frozen=True, slots=True)
class Progress:
    """`counts`: what became of the rows so far."""

    state: str
    done: int
    total: int | None
    error: str | None
    counts: Mapping[str, int]


async def of(tx: Tx, viewer: Viewer, text: str) -> Progress | None:
    """BadId for what is no import, export, change set or rehearsal (told in days); None when it is not there, or hidden."""
    tag, id = decode_id(text)
    noun = CATALOG.by_tag(tag)
    if noun is None or noun.name not in ("Import", "Export", "ChangeSet", "Simulation"):
        raise BadId(field="id", id=text[:60])
    row = (await rows_by(tx, viewer, noun, "id", [id])).get(id)
    if row is None:
        return None
    if noun.name == "Simulation":
        return Progress(str(row["state"]), row["done_days"], row["total_days"], row["error"], {})
    named = {"Import": (*COUNTS, "reverted", "left"), "ChangeSet": ("changed", "unchanged", "refused", "reverted", "left")}.get(noun.name)
    counts = {name: row[f"{name}_count"] for name in named} if named else {"bytes": row["size"]}
    preview: dict[str, Any] = (row["preview"] or {}) if row["state"] == "REHEARSING" else {"rows": row["done_rows"]}
    return Progress(str(row["state"]), preview.get("rows", 0), row["total_rows"], row["error"], counts)


async def left(tx: Tx, id: UUID) -> list[asyncpg.Record]:
    """What a revert left alone."""
    sql = (
        "SELECT k.noun, k.record_id, k.field, k.reason FROM import_left k WHERE k.workspace_id = $1 AND k.import_id = $2 "
        "ORDER BY k.noun, k.record_id, k.field LIMIT 1000"
    )
    return await tx.fetch(sql, tx.workspace, id)
