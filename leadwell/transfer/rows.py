"""Lines to rows of cells: quotes, limits, and faults that name their line."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from leadwell.transfer.refusals import EmptyFile, NoHeader, QuoteNeverClosed, TooManyColumns

MOST_COLUMNS = 1_000
LONGEST_CELL = 200_000
DELIMITERS = ",;\t|"
BAD_QUOTES = ("BAD_QUOTES", "A quote stands in the middle of a cell. Double the quotes inside a cell.")
NAMED = {"tab": "\t", "comma": ",", "semicolon": ";", "pipe": "|", "\\t": "\t"}


class Row(NamedTuple):
    """`number` counts rows under the header from 1; `fault` says why the cells cannot be used. Of a row that cannot be taken apart the
    whole text is its one cell."""

    number: int
    line: int
    cells: list[str]
    fault: tuple[str, str] | None = None


@dataclass(slots=True)
class Table:
    """A header and the rows under it, read as they are asked for."""

    columns: list[str]
    delimiter: str
    rows: Iterator[Row]


def table(lines: Iterator[str], delimiter: str | None = None, name: str = "The file") -> Table:
    """Reads the header at once; a line of blanks before it is passed over."""
    first = next((line for line in lines if line.strip("\ufeff \t\r\n,;|\0")), None)
    if first is None:
        raise EmptyFile(name=name)
    chosen = NAMED.get(delimiter.lower(), delimiter)[:1] if delimiter else sniffed(first)
    csv.field_size_limit(LONGEST_CELL)
    taken: list[str] = []
    reader = csv.reader(_chain(first.lstrip("\ufeff"), lines, taken), delimiter=chosen, strict=True)
    try:
        columns = [cell.replace("\0", "").strip() for cell in next(reader)]
    except csv.Error:
        raise QuoteNeverClosed(line=1) from None
    if len(columns) > MOST_COLUMNS:
        raise TooManyColumns(line=1, count=len(columns), limit=MOST_COLUMNS)
    while columns and not columns[-1]:
        columns.pop()
    if any("@" in column for column in columns):
        raise NoHeader(cells=", ".join(columns[:3]))
    return Table(columns, chosen, _rows(reader, len(columns), taken))


def sniffed(line: str) -> str:
    """The delimiter that is there most often outside quotes; a comma when none is."""
    bare = "".join(line.split('"')[::2])
    return max(DELIMITERS, key=bare.count)


def _chain(first: str, rest: Iterator[str], taken: list[str]) -> Iterator[str]:
    """The lines, the ones of the row under way kept in `taken`."""
    yield first
    for line in rest:
        taken.append(line)
        yield line


def _rows(reader: Any, width: int, taken: list[str]) -> Iterator[Row]:
    number, before = 0, int(reader.line_num)
    while True:
        taken.clear()
        try:
            cells: list[str] = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            if "expected after" not in str(error):
                raise QuoteNeverClosed(line=before + 1) from None
            number += 1
            yield Row(number, before + 1, ["".join(taken).rstrip("\r\n")], BAD_QUOTES)
            before = int(reader.line_num)
            continue
        line, before = before + 1, int(reader.line_num)
        if not any(cells):
            continue
        number += 1
        yield Row(number, line, cells, _fault(cells, width))


def _fault(cells: list[str], width: int) -> tuple[str, str] | None:
    if len(cells) > width and any(cells[width:]):
        return "EXTRA_CELLS", f"The row has {len(cells)} cells and the header {width}: a cell with the delimiter in it needs quotes."
    return None
