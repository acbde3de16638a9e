"""Several writes sent as one statement: the verbs of the rooms are called as ever, and what they execute is gathered.

All of them see the database as it was before the first; none may touch a row that another one writes, and none may read. What depends on a
write before it asks for `send` in between."""

import re
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from functools import cache
from typing import Any, NoReturn, TypeVar

import asyncpg

from leadwell.base.tx import BRIEF, Tx, Write
from leadwell.base.unrolled import unrolled

T = TypeVar("T")

ENTERING = f"SELECT {BRIEF}"    # what is answered is made before what is only written

PLACEHOLDER = re.compile(r"\$(\d+)")
WITH = re.compile(r"WITH\s+", re.IGNORECASE)
CTE = re.compile(r"\s*(\w+)\s+AS\s+(MATERIALIZED\s+)?\(", re.IGNORECASE)
TOKEN = re.compile(r"'(?:[^']|'')*'|[()]")


class Together(Tx):
    """A transaction whose writes wait for each other. Rings and hooks are those of the transaction itself."""

    def __init__(self, tx: Tx) -> None:
        super().__init__(tx._connection, tx.actor, tx._client)
        self._tx, self.rings, self.hooks = tx, tx.rings, tx.hooks
        self.statements: list[str] = []
        self.arguments: list[Any] = [tx.workspace]
        self.rows: dict[Write[Any], list[Any]] = {}

    async def execute(self, sql: str, *args: Any) -> int:
        """Gathers a statement; how many rows it touches is not known yet, so 0."""
        assert args[0] == self.workspace, "$1 is the workspace"
        text, given = unrolled(sql, args)
        self.statements.append(text)
        self.arguments += given[1:]
        return 0

    async def batched(self, write: Write[T], items: Sequence[T]) -> None:
        """Rows of one kind, such as events, go into one insert, whoever brings them."""
        self.rows.setdefault(write, []).extend(items)

    async def send(self, *, last: bool = False) -> None:
        """Sends what was gathered so far; what comes after sees it, if it is not the last of the transaction."""
        statements, arguments = await self._taken()
        if statements and last:
            await self._tx.last(combined(statements, ENTERING), *arguments)
        elif statements:
            await self._tx.execute(combined(statements), *arguments)

    async def answer(self, sql: str, *args: Any) -> list[asyncpg.Record]:
        """Sends what was gathered with a statement whose rows are wanted, which sees the database as it was before all of it, and which is the last
        of the transaction (`Tx.last`)."""
        statements, arguments = await self._taken(sql, *args)
        return await self._tx.last(combined(statements, None), *arguments)

    async def _taken(self, *last: Any) -> tuple[tuple[str, ...], list[Any]]:
        """Statements and arguments gathered so far, which are then no longer here."""
        rows, self.rows = self.rows, {}
        for write, items in rows.items():
            await write(self, items)
        if last:
            await self.execute(*last)
        statements, arguments = tuple(self.statements), self.arguments
        self.statements, self.arguments = [], [self.workspace]
        return statements, arguments

    async def now(self) -> datetime:
        return await self._tx.now()

    @property
    def clock(self) -> datetime | None:
        return self._tx.clock

    async def fetch(self, sql: str, *args: Any) -> NoReturn:
        raise AssertionError(f"a read would not see what is gathered: {sql[:60]}")

    row = value = many = copy = fetch  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]


@asynccontextmanager
async def together(tx: Tx, *, last: bool = False) -> AsyncGenerator[Together]:
    """Sends what was gathered when the block ends without an error; as the last of the transaction where the caller says so."""
    gathered = Together(tx)
    yield gathered
    await gathered.send(last=last)


@cache
def combined(statements: Sequence[str], tail: str | None = "SELECT 1") -> str:
    """One statement of several: $1 is shared, the other placeholders are counted on, each becomes a part of one WITH. What is answered is `tail`,
    or where that is None the rows of the last one."""
    parts: list[str] = []
    taken: set[str] = set()
    offset = 0
    for i, statement in enumerate(statements):
        names, last = _taken_apart(statement)
        text = dict(names) | {f"done_{i}": last}
        for name in sorted(taken & {name for name, _ in names}):
            text = {f"{name}_{i}" if key == name else key: re.sub(rf"(?<!\$)\b{name}\b", f"{name}_{i}", body) for key, body in text.items()}
        taken |= text.keys()
        parts += [f"{key} AS ({_shifted(body, offset)})" for key, body in text.items()]
        offset += max((int(n) for n in PLACEHOLDER.findall(statement)), default=1) - 1
    answer = parts.pop().removeprefix(f"done_{len(statements) - 1} AS (")[:-1] if tail is None else tail
    return "WITH " + ",\n".join(parts) + "\n" + answer


def _shifted(body: str, offset: int) -> str:
    return PLACEHOLDER.sub(lambda found: found[0] if found[1] == "1" else f"${int(found[1]) + offset}", body)


def _taken_apart(statement: str) -> tuple[list[tuple[str, str]], str]:
    """The named parts of a WITH and what follows them."""
    begun = WITH.match(statement)
    if not begun:
        return [], statement
    parts: list[tuple[str, str]] = []
    at = begun.end()
    while found := CTE.match(statement, at):
        end = _closing(statement, found.end())
        parts.append((found[1], statement[found.end() : end]))
        at = end + 1
        comma = re.match(r"\s*,", statement[at:])
        if not comma:
            break
        at += comma.end()
    return parts, statement[at:].strip()


def _closing(statement: str, at: int) -> int:
    """Where the parenthesis opened just before `at` closes; quoted ones do not count."""
    depth = 1
    for token in TOKEN.finditer(statement, at):
        depth += {"(": 1, ")": -1}.get(token[0], 0)
        if depth == 0:
            return token.start()
    raise ValueError("unbalanced parentheses")
