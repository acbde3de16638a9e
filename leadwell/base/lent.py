"""Connections lent for as long as a transaction lasts: they always go back."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any
from uuid import UUID

import asyncpg

from leadwell.base.pool import LOST, Connection, PooledConnection
from leadwell.base.turns import Turns

Spawn = Callable[[Coroutine[Any, Any, None]], None]


class Lender:
    """Lends the pool's connections. A few that came back whole stay `at_hand` where turns say who is next: the pool makes a task and a timer of each
    that comes back, a tenth of what a short read costs."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]", spawn: Spawn, patience_s: float) -> None:
        self.pool, self.spawn, self.patience_s = pool, spawn, patience_s
        self.at_hand: list[PooledConnection] = []

    async def acquire(self) -> PooledConnection:
        """Under a shield: a connection that arrives after a cancellation goes back. A server's socket that is not there is an OSError of its own."""
        while self.at_hand:
            if _alive(connection := self.at_hand.pop()):
                return connection
            self._give_back(connection)
        try:
            if self.pool.get_idle_size():   # then nothing is waited for
                return await self.pool.acquire()
            acquiring = asyncio.ensure_future(self.pool.acquire())
            try:
                return await asyncio.shield(acquiring)
            except asyncio.CancelledError:
                acquiring.add_done_callback(self._arrived)
                raise
        except OSError as error:
            raise ConnectionError(str(error) or type(error).__name__) from error

    async def release(self, connection: PooledConnection, whole: bool, keep: int) -> None:
        """What goes wrong here must not replace the error (CommitUnknown above all) with which the transaction ended. `keep`: how many stay at hand."""
        alive = _alive(connection)
        whole = whole and alive and not connection.is_in_transaction()
        if whole and len(self.at_hand) < keep:
            self.at_hand.append(connection)
            return
        with suppress(*LOST):
            if alive and not whole:
                await roll_back(connection, self.patience_s)
            await self.pool.release(connection, timeout=self.patience_s)    # under a shield of its own

    def put_away(self) -> None:
        """Gives back what is at hand."""
        while self.at_hand:
            self._give_back(self.at_hand.pop())

    def _arrived(self, acquired: "asyncio.Future[Any]") -> None:
        if not acquired.cancelled() and acquired.exception() is None:
            self._give_back(acquired.result())

    def _give_back(self, connection: PooledConnection) -> None:
        self.spawn(self.pool.release(connection))


class Lent:
    """A connection that always goes back. Who is canceled waits for no server: what is to be undone is undone behind them.
    Where connections are taken in turn, the turn ends when the connection is back."""

    __slots__ = ("_began", "_connection", "_lender", "_look", "_turns", "_workspace")

    def __init__(self, lender: Lender, turns: Turns | None = None, workspace: UUID | None = None, *, look: bool = False) -> None:
        self._lender, self._turns, self._workspace, self._look = lender, turns, workspace, look

    async def __aenter__(self) -> PooledConnection:
        if self._turns is None:
            self._connection = await self._lender.acquire()
            return self._connection
        self._began = await self._turns.take(self._workspace, look=self._look)
        try:
            self._connection = await self._lender.acquire()
        except BaseException:
            self._turns.give(self._workspace, self._began, look=self._look)
            raise
        return self._connection

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        back = self._back(error is None)
        if isinstance(error, asyncio.CancelledError):
            self._lender.spawn(back)
        else:
            await back

    async def _back(self, whole: bool) -> None:
        try:
            await self._lender.release(self._connection, whole, self._turns.crowd if self._turns else 0)
        finally:
            if self._turns:
                self._turns.give(self._workspace, self._began, look=self._look)


def _alive(connection: PooledConnection) -> bool:
    """One that died may be out of its owner's hands already."""
    try:
        return not connection.is_closed()
    except asyncpg.InterfaceError:
        return False


async def roll_back(connection: Connection | PooledConnection, patience_s: float) -> None:
    """Rolls back once a canceled statement has ended. Through a network that swallows everything neither is ever heard of: then the connection is cut."""
    try:
        await connection.execute("ROLLBACK", timeout=patience_s)
    except BaseException:
        connection.terminate()
