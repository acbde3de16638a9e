"""Reads for watches: those of a workspace and noun that ask in the same moment are answered by one statement, each kind of them by a part of it."""

import asyncio
import re
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from functools import cache, reduce
from typing import Any, NamedTuple
from uuid import UUID

from api.subscriptions.watches import Found, Watch
from leadwell.base.actor import Actor
from leadwell.base.tx import BRIEF, Database

AT_ONCE = 6         # statements, so that they never take all connections; who has to wait is read for together with others
MOST, KINDS = 200, 8    # watches of a part, and parts of a statement
PARAMETER = re.compile(r"\$(\d+)(?=::)")


class Wanted(NamedTuple):
    """What a watch has to know: of these records, and of the records of these people."""

    ids: frozenset[UUID]
    people: frozenset[UUID] = frozenset()


class Part(NamedTuple):
    """Watches of one kind, and what each wants."""

    watches: Sequence[Watch]
    wanted: Sequence[Wanted]

    def statement(self) -> tuple[str, list[Any]]:
        """For all that is wanted at once."""
        first, (sql, params) = self.watches[0], together(self.watches)
        params[first.ids] = list(frozenset[UUID]().union(*(one.ids for one in self.wanted)))
        if first.people is not None:
            params[first.people] = list(frozenset[UUID]().union(*(one.people for one in self.wanted)))
        return sql, params

    def found(self, rows: Any) -> list[list[Found]]:
        """To each its own."""
        found: list[list[Found]] = [[] for _ in self.watches]
        for n, id, person, *texts in rows or ():
            row = Found(UUID(id), UUID(person) if person else None, [_whole(text) for text in texts])
            for i in [int(n) - 1] if n else range(len(self.watches)):
                if row.id in self.wanted[i].ids or row.person in self.wanted[i].people:
                    found[i].append(row)
        return [sorted(one, key=lambda row: row.id.bytes) for one in found]


class Waiting(NamedTuple):
    """A watch that waits to be read for. What it wants is asked when its turn has come: by then more may have happened."""

    watch: Watch
    wants: Callable[[], Awaitable[Wanted]]
    answer: "asyncio.Future[list[Found]]"


class Reader:
    """One per process."""

    def __init__(self, db: Database) -> None:
        self._db, self._gate = db, asyncio.Semaphore(AT_ONCE)
        self._waiting: dict[tuple[UUID, str], list[Waiting]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def read(self, watch: Watch, wants: Callable[[], Awaitable[Wanted]]) -> list[Found]:
        """The records that match now, by id. Unavailable."""
        waiting, about = Waiting(watch, wants, asyncio.get_running_loop().create_future()), (watch.viewer.workspace, watch.noun.name)
        if about not in self._waiting:
            self._waiting[about] = []
            self._tasks.add(task := asyncio.create_task(self._next(about)))
            task.add_done_callback(self._tasks.discard)
        self._waiting[about].append(waiting)
        return await waiting.answer

    async def _next(self, about: tuple[UUID, str]) -> None:
        """Reads for all of a noun that came until there was a turn for them."""
        async with self._gate:
            kinds: dict[Any, list[Waiting]] = defaultdict(list)
            for one in self._waiting.pop(about):
                kinds[one.watch.kind].append(one)
            parts = [found[i : i + MOST] for _, found in sorted(kinds.items(), key=lambda kind: kind[0][1]) for i in range(0, len(found), MOST)]
            for i in range(0, len(parts), KINDS):
                await self._answer([part for some in parts[i : i + KINDS] if (part := [one for one in some if not one.answer.done()])])

    async def _answer(self, parts: Sequence[Sequence[Waiting]]) -> None:
        try:
            asked = [Part([one.watch for one in part], [await one.wants() for one in part]) for part in parts]
            found = await answers(self._db, asked) if asked else []
        except Exception as error:
            if len(parts) > 1:      # whose fault it is shows when each part is read alone
                for part in parts:
                    await self._answer([part])
                return
            for one in (one for part in parts for one in part if not one.answer.done()):
                one.answer.set_exception(error)
            return
        for part, told in zip(parts, found, strict=True):
            for one, rows in zip(part, told, strict=True):
                if not one.answer.done():
                    one.answer.set_result(rows)


async def read(db: Database, watch: Watch, wanted: Wanted) -> list[Found]:
    """The records a watch wants that match now, by id. Unavailable."""
    return (await answers(db, [Part([watch], [wanted])]))[0][0]


async def answers(db: Database, parts: Sequence[Part]) -> list[list[list[Found]]]:
    """For each watch of each part, all of one workspace, those of the records it wants that match now, by id. Unavailable."""
    workspace = parts[0].watches[0].viewer.workspace
    texts, params = list[str](), [workspace]
    for part in parts:
        sql, values = part.statement()
        shift = len(params) - 1
        texts.append(PARAMETER.sub(lambda found, shift=shift: f"${int(found[1]) + shift}" if found[1] != "1" else found[0], sql) if shift else sql)
        params += values[1:]
    if db.brief:
        _, *rows = await db.glance(f"SELECT {BRIEF}, {', '.join(f'({sql})' for sql in texts)}", *params)
    else:
        async with db.read(Actor.system(workspace)) as tx:
            rows = list(await tx.row(f"SELECT {', '.join(f'({sql})' for sql in texts)}", *params) or ())
    return [part.found(of) for part, of in zip(parts, rows, strict=True)]


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
