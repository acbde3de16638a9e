"""The stage of a rehearsal: a connection to itself, whose temporary tables stand before the real ones, with a clock that is set at will.

Once they stand, its transactions are read-only: PostgreSQL itself refuses every write to a table that is not one of them, and every lock on a row of
another. When the connection ends, however it ends, they are gone."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from leadwell.base.actor import Actor
from leadwell.base.tx import Database, Tx, Write
from leadwell.simulation import copying

T = TypeVar("T")
WAKING = ("leadwell.events.", "leadwell.work.")     # rooms whose writes tell and wake others; here is nobody to be woken
REMEMBERED = timedelta(days=92)                     # how far back mail counts for caps and quiet


class Stage(Tx):
    """The transaction as the rooms see it that are rehearsed. What they would tell or put to work goes nowhere; what is due is read off the tables."""

    def __init__(self, tx: Tx, at: datetime) -> None:
        super().__init__(tx._connection, Actor.system(tx.workspace), tx._client)
        self._now = at

    def move(self, at: datetime) -> None:
        """Sets the clock; it never goes back."""
        assert self._now is None or at >= self._now, "time goes forward"
        self._now = at

    def strike(self) -> None:
        """Gives the connection up, and the tables with it."""
        self._connection.terminate()

    async def settle(self) -> None:
        """Ends a transaction and begins the next, in one message, so that the tables shed what is no longer true and nobody's cleaning waits for us."""
        await self._connection.execute(f"COMMIT; BEGIN READ ONLY; SET LOCAL app.workspace='{self.workspace}'; SET LOCAL statement_timeout='120s'")

    async def batched(self, write: Write[T], items: Sequence[T]) -> None:
        if not write.__module__.startswith(WAKING):
            await write(self, items)

    def ring(self, queue: str) -> None: ...

    def after_commit(self, hook: Callable[[], Awaitable[None]]) -> None: ...


class _Over(Exception):
    """There is nothing to commit."""


async def rehearse(db: Database, actor: Actor, at: datetime, gather: Callable[[Tx], Awaitable[Sequence[UUID]]], play: Callable[[Stage], Awaitable[Any]]) -> Any:
    """What `play` comes to, among the people that `gather` finds. Nothing remains, whoever dies when: the
    connection is given up, and its tables with it."""
    played: list[Any] = []

    async def work(tx: Tx) -> None:
        stage = Stage(tx, at)
        try:
            await copying.shadow(tx, await gather(tx), at - REMEMBERED)
            await stage.settle()
            played.append(await play(stage))
        finally:
            stage.strike()
        raise _Over

    try:
        await db.run(actor, work, retries=0)
    except _Over:
        return played[0]
    raise AssertionError("a rehearsal is never committed")
