"""Joins calls made at the same time into one: while a batch is under way the next one gathers."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Generic, TypeVar
from uuid import UUID

Item = TypeVar("Item")
Answer = TypeVar("Answer")
Run = Callable[[UUID, Sequence[Item]], Awaitable[Sequence[Answer]]]


class Together(Generic[Item, Answer]):
    """`await together(workspace, item)` answers as `run(workspace, [items])` did for that item. Items of one workspace share a batch of
    at most `most`; a batch that fails by exception is run again item by item, so that nobody fails for a neighbor."""

    def __init__(self, run: Run[Item, Answer], most: int = 20) -> None:
        self._run, self._most = run, most
        self._waiting: dict[UUID, list[tuple[Item, asyncio.Future[Answer]]]] = {}
        self._tasks: set[asyncio.Task[Any]] = set()

    async def __call__(self, workspace: UUID, item: Item) -> Answer:
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Answer] = loop.create_future()
        waiting = self._waiting.get(workspace)
        if waiting is None:
            self._waiting[workspace] = [(item, answer)]
            task = loop.create_task(self._serve(workspace))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        else:
            waiting.append((item, answer))
        return await answer

    async def _serve(self, workspace: UUID) -> None:
        while waiting := self._waiting[workspace]:
            batch, self._waiting[workspace] = waiting[: self._most], waiting[self._most :]
            await self._answer(workspace, batch)
        del self._waiting[workspace]

    async def _answer(self, workspace: UUID, batch: Sequence[tuple[Item, "asyncio.Future[Answer]"]]) -> None:
        try:
            answers = await self._run(workspace, [item for item, _ in batch])
        except Exception as error:
            if len(batch) > 1:
                for one in batch:
                    await self._answer(workspace, [one])
            elif not batch[0][1].done():
                batch[0][1].set_exception(error)
            return
        for (_, future), answer in zip(batch, answers, strict=True):
            if not future.done():
                future.set_result(answer)
