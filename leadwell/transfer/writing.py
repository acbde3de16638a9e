"""Records to bytes: CSV that no spreadsheet runs, or JSON lines; keyset by keyset, so that memory stays flat."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from uuid import UUID

import orjson

from leadwell.base.tx import Tx
from leadwell.catalog import Noun, Sees, check
from leadwell.catalog.predicate import parse
from leadwell.catalog.statement import Given, Statement
from leadwell.catalog.where import Where
from leadwell.transfer.columns import Cell, heading, selected, shown
from leadwell.transfer.faults_file import safe

BATCH = 2_000


@dataclass(frozen=True, slots=True)
class Page:
    """Some records as bytes, how many, and the last one's id."""

    bytes: bytes
    count: int
    last: UUID | None


@dataclass(frozen=True, slots=True)
class Export:
    """What is written: which records (`filter`, the grammar of lists), which columns, how. `format` is CSV or JSONL."""

    noun: Noun
    cells: Sequence[Cell]
    filter: Mapping[str, Any]
    format: str

    def head(self) -> bytes:
        """A byte order mark tells spreadsheets that it is UTF-8."""
        if self.format == "JSONL":
            return b""
        return b"\xef\xbb\xbf" + _line([safe(heading(self.noun, cell)) for cell in self.cells])

    async def page(self, tx: Tx, viewer: Sees, after: UUID | None) -> Page:
        """The next records behind `after`, with the rights of `viewer`."""
        await check(tx, self.noun, self.filter, viewer)
        sql, params = self.statement(viewer, await tx.now(), after)
        rows = await tx.fetch(sql, *params)
        written = b"".join(self.line(row) for row in rows)
        return Page(written, len(rows), rows[-1]["id_"] if rows else None)

    def statement(self, viewer: Sees, now: datetime, after: UUID | None) -> tuple[str, list[Any]]:
        s = Statement(viewer)
        read = {self._read(i): cell for i, cell in enumerate(self.cells)}   # all custom fields of a record are one value
        columns = ", ".join(f"{selected(s, cell, 't')} AS {name}" for name, cell in read.items())
        where = Where(s).rows(self.noun, "t", parse(self.noun, self.filter))
        behind = f" AND t.id > {s.value('after', 'uuid')}" if after else ""
        sql = f"SELECT t.id AS id_, {columns} FROM {self.noun.table} t WHERE {where}{behind} ORDER BY t.id LIMIT {BATCH}"
        return sql, s.params(Given({"where": self.filter, "after": after}, now))

    def _read(self, i: int) -> str:
        return "custom_" if self.cells[i].key else f"c{i}"

    def line(self, row: Any) -> bytes:
        values = [shown(cell, row[self._read(i)]) for i, cell in enumerate(self.cells)]
        if self.format == "JSONL":
            return orjson.dumps({heading(self.noun, cell): value for cell, value in zip(self.cells, values, strict=True)}, default=str) + b"\n"
        return _line([_cell(value) for value in values])


def _cell(value: Any) -> str:
    """Numbers and moments are ours and run nothing; text is anybody's."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return str(value)
    if isinstance(value, list):
        return safe("; ".join(map(str, cast("list[Any]", value))))
    return safe(value if isinstance(value, str) else orjson.dumps(value, default=str).decode())


def _line(cells: Sequence[str]) -> bytes:
    out = io.StringIO()
    csv.writer(out, quoting=csv.QUOTE_MINIMAL).writerow(cells)
    return out.getvalue().encode("utf-8", "replace")
