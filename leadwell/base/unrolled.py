"""One row of a set as plain parameters: a set of one row is most of what a verb writes, and reading it out of JSON costs more than inserting it."""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

SET = re.compile(r"jsonb_to_recordset\(\$(\d+)::jsonb\)\s+AS\s+(\w+)\s+\(([^()]*)\)")
PLACEHOLDER = re.compile(r"\$(\d+)")


def unrolled(sql: str, args: Sequence[Any]) -> tuple[str, Sequence[Any]]:
    """The statement and its arguments ($1 is the first), each set that has one row as VALUES of parameters. Values have the types of the columns then,
    as rows of a batch have them in JSON."""
    single = tuple([at for at in _sets(sql) if type(args[at - 1]) is list and len(args[at - 1]) == 1])
    if not single:
        return sql, args
    text, columns = _as_values(sql, single)
    given = list(args)
    for at, first, others in columns:
        row: Mapping[str, Any] = args[at - 1][0]
        given[at - 1] = row.get(first)
        given += map(row.get, others)
    return text, given


@cache
def _sets(sql: str) -> tuple[int, ...]:
    """The parameters that are sets, and nothing else besides."""
    numbers = PLACEHOLDER.findall(sql)
    return tuple(int(found[1]) for found in SET.finditer(sql) if numbers.count(found[1]) == 1)


@cache
def _as_values(sql: str, single: tuple[int, ...]) -> tuple[str, list[tuple[int, str, list[str]]]]:
    """The text for those sets, and their columns. The first column takes the number of the set, the others are counted on."""
    columns: list[tuple[int, str, list[str]]] = []
    last = max(map(int, PLACEHOLDER.findall(sql)))

    def values(found: re.Match[str]) -> str:
        nonlocal last
        at = int(found[1])
        if at not in single:
            return found[0]
        pairs = [column.split() for column in found[3].split(",")]
        numbers = [at, *range(last + 1, last + len(pairs))]
        last += len(pairs) - 1
        columns.append((at, pairs[0][0], [name for name, _ in pairs[1:]]))
        given = ", ".join(f"${number}::{kind}" for number, (_, kind) in zip(numbers, pairs, strict=True))
        return f"(VALUES ({given})) AS {found[2]} ({', '.join(name for name, _ in pairs)})"

    return SET.sub(values, sql), columns
