"""Reads of one request collected per tick: many rows' relations become one statement."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Any

Run = Callable[[list[Any]], Awaitable[dict[Any, Any]]]


class Batches:
    """Held by the request's context. A key that found nothing gives None."""

    def __init__(self) -> None:
        self._waiting: dict[Hashable, dict[Any, list[asyncio.Future[Any]]]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self.plans: dict[Hashable, Any] = {}

    def load(self, batch: Hashable, key: Any, run: Run) -> asyncio.Future[Any]:
        """Waits until the loop is idle, so that every row of the tick is in, then runs once. Everybody who waits has a future of their own: whoever is
        canceled does not cancel it for the others."""
        loop = asyncio.get_running_loop()
        waiting = self._waiting.get(batch)
        if waiting is None:
            waiting = self._waiting[batch] = {}
            loop.call_soon(loop.call_soon, self._start, batch, run)
        mine = loop.create_future()
        waiting.setdefault(key, []).append(mine)
        return mine

    def _start(self, batch: Hashable, run: Run) -> None:
        task = asyncio.get_running_loop().create_task(_flush(self._waiting.pop(batch), run))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def settle(self) -> None:
        """The executor may answer while other reads still run: the context waits for them before it closes."""
        while self._tasks:
            await asyncio.wait(self._tasks)     # unlike gather it lets the loop turn when all are done, so that they leave the set


async def _flush(waiting: dict[Any, list["asyncio.Future[Any]"]], run: Run) -> None:
    try:
        found = await run(list(waiting))
    except asyncio.CancelledError:
        for future in _left(waiting):
            future.cancel()
    except Exception as error:
        for future in _left(waiting):
            future.set_exception(error)
            future.exception()      # an answer that no field waits for any more is no warning
    else:
        for key, futures in waiting.items():
            value = found.get(key)
            for future in futures:
                if not future.done():
                    future.set_result(value)


def _left(waiting: dict[Any, list["asyncio.Future[Any]"]]) -> list["asyncio.Future[Any]"]:
    return [future for futures in waiting.values() for future in futures if not future.done()]
