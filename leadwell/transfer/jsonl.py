"""JSON lines to rows of cells: a key that is absent, an empty text and null are three things; objects are flattened with dots."""

from collections.abc import Iterator
from itertools import islice
from typing import Any, cast

import orjson

from leadwell.transfer.nouns.words import NULL
from leadwell.transfer.refusals import BadJsonLines, EmptyFile, TooManyColumns
from leadwell.transfer.rows import MOST_COLUMNS, Row, Table

BAD_JSON = ("BAD_JSON", "The line is not a JSON object.")
DEEPEST = 4


def is_jsonl(head: str) -> bool:
    """A header of CSV never begins with a brace."""
    return head.lstrip("\ufeff \t\r\n").startswith("{")


def columns_of(lines: Iterator[str], name: str = "The file") -> list[str]:
    """Every key there is, in order of appearance; reads the file once."""
    found: dict[str, None] = {}
    for number, line in enumerate(lines, 1):
        if line.strip("\ufeff \t\r\n\0"):
            told = _object(line)
            if told is None and not found:
                raise BadJsonLines(name=name, line=number, why="is not an object")
            found |= dict.fromkeys(told or ())
        if len(found) > MOST_COLUMNS:
            raise TooManyColumns(line=number, count=len(found), limit=MOST_COLUMNS)
    if not found:
        raise EmptyFile(name=name)
    return list(found)


def table(lines: Iterator[str], columns: list[str]) -> Table:
    """Rows in the order of `columns`; a cell is None where the key is absent and NULL where it is null."""
    return Table(columns, "jsonl", _rows(lines, columns))


def _rows(lines: Iterator[str], columns: list[str]) -> Iterator[Row]:
    number = 0
    for place, line in enumerate(lines, 1):
        if not line.strip("\ufeff \t\r\n\0"):
            continue
        number += 1
        told = _object(line)
        if told is None:
            yield Row(number, place, [line.rstrip("\r\n")[:10_000]], BAD_JSON)
        else:
            yield Row(number, place, cast("list[str]", [told.get(column) for column in columns]))


def _object(line: str) -> dict[str, str] | None:
    try:
        found = orjson.loads(line.lstrip("\ufeff").encode("utf-8", "surrogatepass"))
    except (orjson.JSONDecodeError, UnicodeEncodeError, RecursionError):
        return None
    return dict(_flat("", cast("dict[str, Any]", found), 0)) if isinstance(found, dict) else None


def _flat(prefix: str, told: dict[str, Any], depth: int) -> Iterator[tuple[str, str]]:
    for name, value in told.items():
        if isinstance(value, dict) and depth < DEEPEST:
            yield from _flat(f"{prefix}{name}.", cast("dict[str, Any]", value), depth + 1)
        elif isinstance(value, list):
            yield prefix + name, "; ".join(_text(one) for one in islice(cast("list[Any]", value), 100))
        else:
            yield prefix + name, _text(value)


def _text(value: Any) -> str:
    if value is None:
        return NULL
    if isinstance(value, (dict, list)):
        return orjson.dumps(value).decode()
    return value if isinstance(value, str) else orjson.dumps(value).decode()
