"""Reads for watches: those of one kind that ask in the same moment are answered by one statement."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence
from functools import cache, reduce
from typing import Any, NamedTuple
from uuid import UUID

from api.subscriptions.watches import Found, Watch
from leadwell.base.actor import Actor
from leadwell.base.tx import BRIEF, Database

AT_ONCE = 3         # statements, so that they never take all connections; who has to wait is read for together with others
MOST = 200          # watches a statement


class Wanted(NamedTuple):
    """What a watch has to know: of these records, and of the records of these people."""

    ids: frozenset[UUID]
    people: frozenset[UUID] = frozenset()


class Waiting(NamedTuple):
    """A watch that waits to be read for. What it wants is asked when its turn has come: by then more may have happened."""

    watch: Watch
    wants: Callable[[], Awaitable[Wanted]]
    answer: "asyncio.Future[list[Found]]"


class Reader:
    """One per process."""

    def __init__(self, db: Database) -> None:
        self._db, self._gate = db, asyncio.Semaphore(AT_ONCE)
        self._waiting: dict[Any, list[Waiting]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def read(self, watch: Watch, wants: Callable[[], Awaitable[Wanted]]) -> list[Found]:
        """The records that match now, by id. Unavailable."""
        waiting = Waiting(watch, wants, asyncio.get_running_loop().create_future())
        if watch.kind not in self._waiting:
            self._waiting[watch.kind] = []
            self._tasks.add(task := asyncio.create_task(self._next(watch.kind)))
            task.add_done_callback(self._tasks.discard)
        self._waiting[watch.kind].append(waiting)
        return await waiting.answer

    async def _next(self, kind: Any) -> None:
        """Reads for all of a kind that came until there was a turn for them."""
        async with self._gate:
            waiting = self._waiting.pop(kind)
            for i in range(0, len(waiting), MOST):
                await self._answer([one for one in waiting[i : i + MOST] if not one.answer.done()])

    async def _answer(self, waiting: Sequence[Waiting]) -> None:
        try:
            wanted = [await one.wants() for one in waiting]
            found = await read(self._db, [one.watch for one in waiting], wanted) if waiting else []
        except Exception as error:
            for one in waiting:
                if not one.answer.done():
                    one.answer.set_exception(error)
            return
        for one, rows in zip(waiting, found, strict=True):
            if not one.answer.done():
                one.answer.set_result(rows)


async def read(db: Database, watches: Sequence[Watch], wanted: Sequence[Wanted]) -> list[list[Found]]:
    """For each of the watches, which are of one kind, those of the records it wants that match now, by id. Unavailable."""
    first = watches[0]
    sql, params = together(watches)
    params[first.ids] = list(frozenset[UUID]().union(*(one.ids for one in wanted)))
    if first.people is not None:
        params[first.people] = list(frozenset[UUID]().union(*(one.people for one in wanted)))
    if db.brief:
        _, rows = await db.glance(f"SELECT {BRIEF}, ({sql})", *params)
    else:
        async with db.read(Actor.system(first.viewer.workspace)) as tx:
            rows = await tx.value(f"SELECT ({sql})", *params)
    found: list[list[Found]] = [[] for _ in watches]
    for n, id, person, *texts in rows or ():
        row = Found(UUID(id), UUID(person) if person else None, [_whole(text) for text in texts])
        for i in [int(n) - 1] if n else range(len(watches)):
            if row.id in wanted[i].ids or row.person in wanted[i].people:
                found[i].append(row)
    return [sorted(one, key=lambda row: row.id.bytes) for one in found]


def together(watches: Sequence[Watch]) -> tuple[str, list[Any]]:
    """One statement that says of each row for which of the watches it is. Values in which they differ become columns."""
    first, params = watches[0], list(watches[0].params)
    row, source, condition = first.statement
    differ = [i for i, value in enumerate(params) if i not in (0, first.ids, first.people) and any(w.params[i] != value for w in watches[1:])]
    if not differ:
        return f"SELECT array_agg(ARRAY[NULL, {row}]) FROM {source} WHERE {condition}", params
    columns = list[str]()
    for i in differ:
        cast = parameter(i + 1).search(f"{row} {source} {condition}")
        assert cast is not None
        columns.append(cast[0] + "[]")
        params[i] = [w.params[i] for w in watches]
    row, source, condition = (reduce(lambda sql, i: parameter(i + 1).sub(f"w_.p{i}", sql), differ, sql) for sql in first.statement)
    each = f"unnest({', '.join(columns)}) WITH ORDINALITY w_({', '.join(f'p{i}' for i in differ)}, n)"
    return f"SELECT array_agg(ARRAY[w_.n::text, {row}]) FROM {each} CROSS JOIN {source} WHERE {condition}", params


@cache
def parameter(number: int) -> re.Pattern[str]:
    """A parameter of a statement, with its type."""
    return re.compile(rf"\${number}::\w+(\[\])?")


def _whole(text: str | None) -> str | None:
    """Not a text with the mark of a null where none may be."""
    return None if text is None or "\x01" in text else text
