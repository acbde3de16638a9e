"""The only door to PostgreSQL: a transaction in one workspace, retried as a whole, safe under cancellation."""

import asyncio
import contextvars
import logging
import random
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Generator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from typing import Any, TypeVar
from uuid import UUID

import asyncpg
import asyncpg.exceptions as pg

from leadwell.base.actor import Actor
from leadwell.base.hooks import Hook, Rings, run_all
from leadwell.base.lent import Lender, Lent
from leadwell.base.pool import LOST, Connection, PooledConnection, tortoise_client
from leadwell.base.refusals import Unavailable
from leadwell.base.turns import Turns

T = TypeVar("T")
log = logging.getLogger(__name__)
AGAIN = (pg.SerializationError, pg.DeadlockDetectedError)
PATIENCE_S = 2.0   # for the server's answer to a ROLLBACK; then its connection is given up
BRIEF = "set_config('app.workspace', $1::uuid::text, true)"
SOME = UUID("00000000-0000-7000-8000-000000000000")
Write = Callable[["Tx", Sequence[T]], Awaitable[None]]


class CommitUnknown(Unavailable):
    """The connection was lost while the change was being committed, so it may or may not have been saved."""

    fix = "Send the same request with the same idempotency key: it is applied once."


class Tx:
    """One transaction of one workspace. `$1` of every statement is the workspace: pass it as `tx.workspace`."""

    def __init__(self, connection: PooledConnection, actor: Actor, client: Any, opening: str | None = None) -> None:
        self._connection, self._client, self._opening, self._now = connection, client, opening, None
        self.actor, self.workspace = actor, actor.workspace
        self.ended = False
        self.rings: set[str] = set()
        self.hooks: list[Hook] = []

    async def fetch(self, sql: str, *args: Any) -> list[asyncpg.Record]:
        return await (await self.opened()).fetch(sql, *args)

    async def row(self, sql: str, *args: Any) -> asyncpg.Record | None:
        return await (await self.opened()).fetchrow(sql, *args)

    async def value(self, sql: str, *args: Any) -> Any:
        return await (await self.opened()).fetchval(sql, *args)

    async def last(self, sql: str, *args: Any) -> list[asyncpg.Record]:
        """A statement after which this transaction sends nothing more, and which says itself which workspace it is in (`BRIEF`, before it reads or
        writes). Where nothing was sent before (`run(brief=True)`) it is the transaction. CommitUnknown."""
        if self._opening is None:
            return await self._connection.fetch(sql, *args)
        self._opening, self.ended = None, True
        try:
            return await self._connection.fetch(sql, *args)
        except LOST as error:
            raise CommitUnknown() from error

    async def opened(self) -> PooledConnection:
        """The connection, once the transaction has begun on it."""
        if self._opening is not None:
            opening, self._opening = self._opening, None
            await self._connection.execute(opening)
        assert not self.ended, "nothing follows the last statement"
        return self._connection

    async def execute(self, sql: str, *args: Any) -> int:
        """Runs a statement and returns how many rows it touched."""
        status = await (await self.opened()).execute(sql, *args)
        last = status.rsplit(" ", 1)[-1]
        return int(last) if last.isdigit() else 0

    async def batched(self, write: "Write[T]", items: Sequence[T]) -> None:
        """Writes rows of one kind: at once here, and with others of their kind where writes are gathered (`base.together`)."""
        await write(self, items)

    async def many(self, sql: str, rows: Sequence[Sequence[Any]]) -> None:
        await (await self.opened()).executemany(sql, rows)

    async def copy(self, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        """COPY into a temporary table (row-secured tables refuse COPY)."""
        await (await self.opened()).copy_records_to_table(table, records=rows, columns=list(columns))

    async def now(self) -> datetime:
        """The workspace's business clock, read once per transaction."""
        if self._now is None:
            self._now = await self.value("SELECT lw_clock($1)", self.workspace)
        return self._now

    @property
    def clock(self) -> datetime | None:
        """The business clock, if this transaction has read it."""
        return self._now

    def clocked(self, now: datetime) -> None:
        """The business clock as a statement of this transaction has just read it, which saves asking."""
        self._now = self._now or now

    @contextmanager
    def quietly(self) -> Generator[None]:
        """What is noted and put inside wakes nobody."""
        loud, self.actor = self.actor, replace(self.actor, quiet=True)
        try:
            yield
        finally:
            self.actor = loud

    @property
    def begun(self) -> bool:
        """Whether there is something to commit."""
        return self._opening is None and not self.ended

    @property
    def db(self) -> Any:
        """This transaction as a Tortoise connection, for `Model.of(tx)`."""
        assert self._opening is None, "a brief transaction writes by statements"
        return tortoise_client(self._client, self._connection)

    def ring(self, queue: str) -> None:
        """Rings a queue's bell after COMMIT, once however often it is asked."""
        self.rings.add(queue)

    def after_commit(self, hook: Hook) -> None:
        self.hooks.append(hook)


class Database:
    """One pool. `ring` is the bell of the job plane; a ring that fails costs latency, never work."""

    def __init__(
        self, pool: "asyncpg.Pool[asyncpg.Record]", client: Any = None, ring: Callable[[str], Awaitable[None]] | None = None, patience_s: float = PATIENCE_S,
    ) -> None:
        self.pool, self.client, self.ring = pool, client, ring
        self.lender = Lender(pool, self._spawn, patience_s)
        self.brief, self.scalar = False, "to_json"
        self.turns: Turns | None = None     # where many workspaces share the connections
        self.rings = Rings()
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(
        self, actor: Actor, work: Callable[[Tx], Awaitable[T]], *, replayable: bool = False, durable: bool = True, brief: bool = False, retries: int = 3,
    ) -> T:
        """Runs `work` in a transaction and commits it. Serialization failures, deadlocks and lost connections are retried as a whole;
        a connection lost at COMMIT only when `replayable` says that a second run finds what the first did. `durable=False` does not
        wait for the disk: for changes, such as leases, whose loss in a crash of the database undoes nothing that anyone was told.
        `brief` work that is replayable and sends one statement only (`Tx.last`) needs no BEGIN and COMMIT around it."""
        for attempt in range(retries + 1):
            try:
                return await self._once(actor, work, durable, brief and replayable and durable and self.brief)
            except CommitUnknown:
                if not replayable or attempt == retries:
                    raise
            except pg.InsufficientPrivilegeError:
                if not (brief and self.brief):
                    raise
                self.brief = False  # a server that writes before it enters the workspace, which row security refuses
            except AGAIN + LOST as error:
                if attempt == retries:
                    raise Unavailable() from error
                log.info("transaction retried after %s", type(error).__name__)
            await asyncio.sleep(random.uniform(0, 0.02 * 2**attempt))
        raise AssertionError("unreachable")

    async def _once(self, actor: Actor, work: Callable[[Tx], Awaitable[T]], durable: bool, brief: bool) -> T:
        async with self.lend(actor.workspace) as connection:
            opening = f"BEGIN;{_enter(actor.workspace)}{'' if durable else ';SET LOCAL synchronous_commit=off'}"
            tx = Tx(connection, actor, self.client, opening)
            if not brief:
                await tx.opened()
            result = await work(tx)
            if tx.begun:
                await _commit(connection)
        self._after(tx)
        return result

    @asynccontextmanager
    async def read(self, actor: Actor, *, snapshot: bool = False) -> AsyncGenerator[Tx]:
        """A read-only transaction; its COMMIT decides nothing. All statements of a `snapshot` see the moment of the first. Unavailable."""
        try:
            async with self.lend(actor.workspace) as connection:
                await connection.execute(f"BEGIN READ ONLY{', ISOLATION LEVEL REPEATABLE READ' if snapshot else ''};{_enter(actor.workspace)}")
                yield Tx(connection, actor, self.client)
                await connection.execute("COMMIT")
        except LOST as error:
            raise Unavailable() from error

    async def glance(self, sql: str, *args: Any) -> asyncpg.Record:
        """One statement that says itself which workspace it reads (`BRIEF`), so that it needs no transaction around it. Only where `brief`. Unavailable."""
        try:
            async with self.lend(args[0], look=True) as connection:
                found = await connection.fetchrow(sql, *args)
        except LOST as error:
            raise Unavailable() from error
        assert found is not None
        return found

    async def be_brief(self) -> None:
        """Learns what the server can. Allows `glance` where it reads the target list from left to right, sub-selects last, and forgets the setting with
        the statement."""
        named = "(SELECT count(*) = 1 FROM (SELECT 1) x WHERE nullif(current_setting('app.workspace', true), '')::uuid = $1)"
        async with self.lend() as connection:
            first = await connection.fetchrow(f"SELECT {BRIEF}, {named} AS seen", SOME)
            last = await connection.fetchrow(f"SELECT {named} AS seen, {BRIEF}", SOME)
            left = await connection.fetchval("SELECT coalesce(current_setting('app.workspace', true), '')")
            self.scalar = "JSON_SCALAR" if connection.get_server_version() >= (17,) else "to_json"     # the former looks up how only once a statement
        self.brief = bool(first and first["seen"] and last and not last["seen"] and left == "")

    async def control(self, sql: str, *args: Any) -> list[asyncpg.Record]:
        """Calls of the lw_* functions, outside any workspace. Unavailable."""
        for attempt in (1, 0):
            try:
                async with self.lend() as connection:
                    return await connection.fetch(sql, *args)
            except LOST as error:
                if not attempt:
                    raise Unavailable() from error
        raise AssertionError("unreachable")

    def lend(self, workspace: UUID | None = None, *, look: bool = False) -> Lent:
        """A connection for a while, outside any transaction."""
        return Lent(self.lender, self.turns, workspace, look=look)

    def _after(self, tx: Tx) -> None:
        if tx.hooks:
            contextvars.Context().run(self._spawn, run_all(list(tx.hooks)))
        if self.ring and tx.rings and self.rings.wanted(tx.rings):
            contextvars.Context().run(self._spawn, self.rings.ring(self.ring))

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def later(self, work: Coroutine[Any, Any, None]) -> None:
        """Does what nobody waits for beside what is under way; `work` handles its own failures."""
        self._spawn(work)

    async def settled(self) -> None:
        """Waits until every after-commit hook, and what else was left for later, has run."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def close(self) -> None:
        await self.settled()
        self.lender.put_away()
        try:
            await asyncio.wait_for(self.pool.close(), 5)
        except TimeoutError:
            self.pool.terminate()


@lru_cache(1024)
def _enter(workspace: UUID) -> str:
    """A literal, because bound parameters and set_config do not travel through every pooler or distributed engine."""
    return f"SET LOCAL app.workspace='{UUID(str(workspace))}'"


async def _commit(connection: Connection | PooledConnection) -> None:
    try:
        await connection.execute("COMMIT")
    except LOST as error:
        raise CommitUnknown() from error
