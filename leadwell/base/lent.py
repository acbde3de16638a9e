"""A connection lent by the pool for as long as a transaction lasts."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from leadwell.base.pool import Connection, PooledConnection

Release = Callable[[PooledConnection, bool], Coroutine[Any, Any, None]]


class Lent:
    """A connection that always goes back. Who is canceled waits for no server: what is to be undone is undone behind them."""

    __slots__ = ("_acquire", "_connection", "_release", "_spawn")

    def __init__(self, acquire: Callable[[], Awaitable[PooledConnection]], release: Release, spawn: Callable[[Coroutine[Any, Any, None]], None]) -> None:
        self._acquire, self._release, self._spawn = acquire, release, spawn

    async def __aenter__(self) -> PooledConnection:
        self._connection = await self._acquire()
        return self._connection

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        back = self._release(self._connection, error is None)
        if isinstance(error, asyncio.CancelledError):
            self._spawn(back)
        else:
            await back


async def roll_back(connection: Connection | PooledConnection, patience_s: float) -> None:
    """Rolls back once a canceled statement has ended. Through a network that swallows everything neither is ever heard of: then the connection is cut."""
    try:
        await connection.execute("ROLLBACK", timeout=patience_s)
    except BaseException:
        connection.terminate()
