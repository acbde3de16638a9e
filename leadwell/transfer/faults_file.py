"""The file of rows with faults: every fault with its row as it came, safe to open in a spreadsheet."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

# Spreadsheets run cells that begin like this; full-width forms count too.
_DANGEROUS = tuple("=+-@\t\r\n＝＋－＠")
COLUMNS = ("row", "column", "code", "message", "kept")


def write_faults(path: Path, columns: Sequence[str], faults: Iterable[Mapping[str, Any]]) -> int:
    """One line per fault; returns how many. `kept` tells whether the row was imported without the bad value."""
    written = 0
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_ALL)
        writer.writerow([*COLUMNS, *map(safe, columns)])
        for fault in faults:
            written += 1
            own = (fault["row_number"], fault["column_name"], fault["code"], fault["message"], "yes" if fault["is_kept"] else "no")
            writer.writerow([safe(str(value)) for value in (*own, *(fault["raw"].get(column, "") for column in columns))])
    return written


def unsafe(cell: str) -> str:
    """The cell as it was before `safe`."""
    return cell[1:] if cell.startswith("'") and safe(cell[1:]) != cell[1:] else cell


def safe(cell: str) -> str:
    """The cell with an apostrophe before it when a spreadsheet would take it for a formula."""
    return f"'{cell}" if cell.lstrip(" ").startswith(_DANGEROUS) or cell.startswith(_DANGEROUS) else cell
