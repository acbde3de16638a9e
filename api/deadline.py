"""A time limit that costs an assignment to put off: `asyncio.timeout` makes and drops a timer for each delay."""

import asyncio
from types import TracebackType
from typing import Self


class Deadline:
    """Cancels the task within it when the seconds are over, and leaves as TimeoutError. Use it once."""

    __slots__ = ("_cancellations", "_end", "_loop", "_task", "_timer", "expired", "seconds")

    def __init__(self, seconds: float) -> None:
        self.seconds, self.expired = seconds, False

    def __enter__(self) -> Self:
        self._loop = asyncio.get_running_loop()
        task = asyncio.current_task(self._loop)
        assert task is not None
        self._task, self._cancellations = task, task.cancelling()
        self._end: float | None = self._loop.time() + self.seconds
        self._timer = self._loop.call_at(self._end, self._look)
        return self

    def again(self) -> None:
        """The clock starts anew."""
        self._end = self._loop.time() + self.seconds

    def lift(self) -> None:
        """There is no limit any more."""
        self._end = None

    def _look(self) -> None:
        if self._end is None:
            return
        if self._loop.time() < self._end:
            self._timer = self._loop.call_at(self._end, self._look)
            return
        self.expired = True
        self._task.cancel()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._timer.cancel()
        # as asyncio.timeout does it: a cancellation that came from elsewhere too goes on as one
        if self.expired and self._task.uncancel() <= self._cancellations and kind is asyncio.CancelledError:
            raise TimeoutError from error
