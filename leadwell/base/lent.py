"""A connection lent by the pool for as long as a transaction lasts."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any
from uuid import UUID

from leadwell.base.pool import Connection, PooledConnection
from leadwell.base.turns import Turns

Release = Callable[[PooledConnection, bool], Coroutine[Any, Any, None]]


class Lent:
    """A connection that always goes back. Who is canceled waits for no server: what is to be undone is undone behind them.
    Where connections are taken in turn, the turn ends when the connection is back."""

    __slots__ = ("_acquire", "_began", "_connection", "_look", "_release", "_spawn", "_turns", "_workspace")

    def __init__(
        self, acquire: Callable[[], Awaitable[PooledConnection]], release: Release, spawn: Callable[[Coroutine[Any, Any, None]], None],
        turns: Turns | None = None, workspace: UUID | None = None, *, look: bool = False,
    ) -> None:
        self._acquire, self._release, self._spawn, self._turns, self._workspace, self._look = acquire, release, spawn, turns, workspace, look

    async def __aenter__(self) -> PooledConnection:
        if self._turns is None:
            self._connection = await self._acquire()
            return self._connection
        self._began = await self._turns.take(self._workspace, look=self._look)
        try:
            self._connection = await self._acquire()
        except BaseException:
            self._turns.give(self._workspace, self._began, look=self._look)
            raise
        return self._connection

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        back = self._back(error is None) if self._turns else self._release(self._connection, error is None)
        if isinstance(error, asyncio.CancelledError):
            self._spawn(back)
        else:
            await back

    async def _back(self, whole: bool) -> None:
        assert self._turns is not None
        try:
            await self._release(self._connection, whole)
        finally:
            self._turns.give(self._workspace, self._began, look=self._look)


async def roll_back(connection: Connection | PooledConnection, patience_s: float) -> None:
    """Rolls back once a canceled statement has ended. Through a network that swallows everything neither is ever heard of: then the connection is cut."""
    try:
        await connection.execute("ROLLBACK", timeout=patience_s)
    except BaseException:
        connection.terminate()
