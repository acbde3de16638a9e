"""Reads of one request collected per tick: many rows' relations become one statement."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Any

Run = Callable[[list[Any]], Awaitable[dict[Any, Any]]]


class Batches:
    """Held by the request's context. A key that found nothing gives None."""

    def __init__(self) -> None:
        self._waiting: dict[Hashable, dict[Any, asyncio.Future[Any]]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self.plans: dict[Hashable, Any] = {}

    def load(self, batch: Hashable, key: Any, run: Run) -> asyncio.Future[Any]:
        """Waits until the loop is idle, so that every row of the tick is in, then runs once. Whoever is canceled does not cancel it for the others."""
        loop = asyncio.get_running_loop()
        if batch not in self._waiting:
            self._waiting[batch] = {}
            loop.call_soon(loop.call_soon, self._start, batch, run)
        waiting = self._waiting[batch]
        if key not in waiting:
            waiting[key] = loop.create_future()
            waiting[key].add_done_callback(_heard)
        return asyncio.shield(waiting[key])

    def _start(self, batch: Hashable, run: Run) -> None:
        task = asyncio.get_running_loop().create_task(self._flush(self._waiting.pop(batch), run))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _flush(self, waiting: dict[Any, "asyncio.Future[Any]"], run: Run) -> None:
        try:
            found = await run(list(waiting))
        except asyncio.CancelledError:
            for future in waiting.values():
                future.cancel()
        except Exception as error:
            for future in waiting.values():
                if not future.done():
                    future.set_exception(error)
        else:
            for key, future in waiting.items():
                if not future.done():
                    future.set_result(found.get(key))

    async def settle(self) -> None:
        """The executor may answer while other reads still run: the context waits for them before it closes."""
        while self._tasks:
            await asyncio.wait(self._tasks)     # unlike gather it lets the loop turn when all are done, so that they leave the set


def _heard(future: "asyncio.Future[Any]") -> None:
    """An answer that no field waits for any more is no warning."""
    if not future.cancelled():
        future.exception()
