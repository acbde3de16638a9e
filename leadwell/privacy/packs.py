"""The packed rows of imports: lines that name a person and what was made of them, taken out without unpacking a file as a whole."""

import zlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson

from leadwell.base.tx import Tx
from leadwell.privacy.scope import Scope

PAGE = 20   # packs of a thousand rows in one transaction
START = (UUID(int=0), 0)
ROWS = (
    "SELECT r.import_id, r.first_row AS a, 0 AS run, r.packed FROM import_rows r "
    "WHERE r.workspace_id = $1 AND (r.import_id, r.first_row) > ($2::uuid, $3::bigint) ORDER BY r.import_id, r.first_row LIMIT $4 FOR NO KEY UPDATE")
CHANGES = (
    "SELECT r.import_id, r.first_row AS a, r.run, r.packed FROM import_changes r "
    "WHERE r.workspace_id = $1 AND (r.import_id, r.first_row) > ($2::uuid, $3::bigint) ORDER BY r.import_id, r.first_row LIMIT $4 FOR NO KEY UPDATE")
WRITE = {
    "import_rows": "UPDATE import_rows SET packed = $4 WHERE workspace_id = $1 AND import_id = $2 AND first_row = $3 AND $5::int = 0",
    "import_changes": "UPDATE import_changes SET packed = $4 WHERE workspace_id = $1 AND import_id = $2 AND first_row = $3 AND run = $5",
}


@dataclass(slots=True)
class Walk:
    """How far a walk through the packs of a table has come; a new one begins anew, and finds nothing where the last one has been."""

    table: str
    after: tuple[UUID, int] = START
    done: bool = False

    async def step(self, tx: Tx, scope: Scope) -> int:
        """The next packs; how many rows were taken out."""
        sql = ROWS if self.table == "import_rows" else CHANGES
        found, taken = await tx.fetch(sql, tx.workspace, *self.after, PAGE), 0
        for row in found:
            kept = orjson.loads(zlib.decompress(row["packed"]))
            out = without(kept, scope.words) if self.table == "import_rows" else unchanged(kept, scope.records)
            if out:
                taken += out
                await tx.execute(WRITE[self.table], tx.workspace, row["import_id"], row["a"], zlib.compress(orjson.dumps(kept), 1), row["run"])
        self.done = len(found) < PAGE
        if found:
            # the last import may have several runs of the same row: it is looked at again
            last = (found[-1]["import_id"], found[-1]["a"])
            self.after = last if self.table == "import_rows" or self.done or last == self.after else (last[0], last[1] - 1)
        return taken


def without(rows: list[Any], words: Sequence[str]) -> int:
    """Empties the cells of rows ([line, cells, fault]) that hold one of the words; how many."""
    taken = 0
    for row in rows:
        cells = [str(cell).lower() for cell in row[1] or () if cell]
        if cells and any(word in cell for cell in cells for word in words):
            row[1], taken = ["" for _ in row[1]], taken + 1
    return taken


def unchanged(entries: list[Any], records: Collection[UUID]) -> int:
    """Takes the values out of entries ([row, action, noun, id, changes, more]) about records; how many."""
    ids, taken = {str(id) for id in records}, 0
    for entry in entries:
        if entry[3] in ids and (entry[4] or entry[5]):
            entry[4], entry[5], taken = {}, {}, taken + 1
    return taken
