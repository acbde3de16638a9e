"""The file of rows with faults: every fault with its row as it came, safe to open in a spreadsheet."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

# Spreadsheets run cells that begin like this; full-width forms count too.
_DANGEROUS = tuple("=+-@\t\r\n＝＋－＠")
COLUMNS = ("row", "column", "code", "message", "kept")


class FaultsFile:
    """Written as faults come, so that memory stays flat however many there are; no file where there are none, or no `path`. One line per fault: `kept`
    tells whether the row was imported without the bad value; `flawed` counts those."""

    def __init__(self, path: Path | None = None, columns: Sequence[str] = ()) -> None:
        self.path, self.columns, self.flawed, self.written = path, columns, 0, 0
        self._file: IO[str] | None = None
        self._writer: Any = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._file:
            self._file.close()

    def add(self, faults: Iterable[Mapping[str, Any]]) -> None:
        for fault in faults:
            self.flawed += bool(fault["is_kept"])
            if self.path:
                self._write(self.path, fault)

    def _write(self, path: Path, fault: Mapping[str, Any]) -> None:
        if self._file is None:
            self._file = path.open("w", encoding="utf-8-sig", newline="")
            self._writer = csv.writer(self._file, quoting=csv.QUOTE_ALL)
            self._writer.writerow([*COLUMNS, *map(safe, self.columns)])
        own = (fault["row_number"], fault["column_name"], fault["code"], fault["message"], "yes" if fault["is_kept"] else "no")
        self._writer.writerow([safe(str(value)) for value in (*own, *(fault["raw"].get(column, "") for column in self.columns))])
        self.written += 1


def unsafe(cell: str) -> str:
    """The cell as it was before `safe`."""
    return cell[1:] if cell.startswith("'") and safe(cell[1:]) != cell[1:] else cell


def safe(cell: str) -> str:
    """The cell with an apostrophe before it when a spreadsheet would take it for a formula."""
    return f"'{cell}" if cell.lstrip(" ").startswith(_DANGEROUS) or cell.startswith(_DANGEROUS) else cell
